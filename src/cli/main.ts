/**
 * The command line: its commands and exit codes. Each command is implemented in the file of its name.
 *
 * Exit codes: 0 success, 1 failure, 2 usage error; for `lb` and `rca` 2 means that there is a difference, and every error is 1. A
 * failure is one sentence on stderr.
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError, Help, type Option } from "commander";
import { backupCommand } from "./backup.ts";
import { checkCommand } from "./check.ts";
import { claimCommand } from "./claim.ts";
import { completionCommand } from "./completion.ts";
import { consoleCommand } from "./console.ts";
import { explainCommand } from "./explain.ts";
import { exportCommand } from "./export.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "./failure.ts";
import { findCommand } from "./find.ts";
import { freeCommand } from "./free.ts";
import { historyCommand } from "./history.ts";
import { importCommand } from "./import.ts";
import { installCommand } from "./install.ts";
import { lbCommand } from "./lb.ts";
import { planCommand } from "./plan.ts";
import { printNote } from "./print-note.ts";
import { rcaCommand } from "./rca.ts";
import { repairCommand } from "./repair.ts";
import { restoreCommand } from "./restore.ts";
import { rotateTokenCommand } from "./rotate-token.ts";
import { runCommand } from "./run.ts";
import { treeCommand } from "./tree.ts";
import { upCommand } from "./up.ts";

/** As in package.json, which is two folders up from here both in a checkout and in the published package. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

export function program(version: string): Command {
  const root = new Command("plexaubnet")
    .description("IP address management for Kubernetes, with or without a cluster.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print the help of a command")
    .configureOutput({ outputError: () => {} })
    .configureHelp({ optionDescription: describeOption })
    .exitOverride();
  const commands = [
    upCommand(version),
    rotateTokenCommand(),
    runCommand(version),
    installCommand(version),
    consoleCommand(version),
    treeCommand(),
    findCommand(),
    freeCommand(),
    explainCommand(),
    claimCommand(),
    planCommand(),
    historyCommand(),
    checkCommand(),
    importCommand(),
    exportCommand(),
    restoreCommand(),
    backupCommand(),
    repairCommand(),
    completionCommand(() => root),
    lbCommand(),
    rcaCommand(),
  ];
  for (const command of commands) {
    for (const part of [command, ...command.commands])
      part.copyInheritedSettings(root).allowExcessArguments(false);
    root.addCommand(command);
  }
  return root;
}

/** The default, except that flags do not show that they are off by default. */
function describeOption(option: Option): string {
  if (option.defaultValue !== false) return new Help().optionDescription(option);
  return option.envVar === undefined ? option.description : `${option.description} (env: ${option.envVar})`;
}

/**
 * Runs the command that `argv` names (`argv[2]` is its first word) and sets the exit code of the process.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const root = program(packageVersion());
  if (argv.length <= 2) {
    root.outputHelp();
    return;
  }
  try {
    await root.parseAsync([...argv]);
  } catch (error) {
    const code = report(error, helpFor(root, argv.slice(2)));
    process.exitCode = code === USAGE_EXIT_CODE && COMPARING.includes(argv[2] ?? "") ? 1 : code;
  }
}

/** Their exit code 2 means that there is a difference, and nothing else. */
const COMPARING: readonly string[] = ["lb", "rca"];

/** The command that prints the help for these arguments. */
export function helpFor(root: Command, words: readonly string[]): string {
  const names = [root.name()];
  let command: Command | undefined = root;
  for (const word of words) {
    command = command.commands.find((each) => each.name() === word);
    if (command === undefined) break;
    names.push(command.name());
  }
  return [...names, "--help"].join(" ");
}

/** Prints the error, and returns its exit code. */
function report(error: unknown, help: string): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const said = error.code === "commander.help" ? "a command is missing" : error.message;
    const complaint = said
      .replace(/^error: /, "")
      .replaceAll("\n", " ")
      .replace(/\.$/, "");
    printNote(`plexaubnet: ${complaint}: see \`${help}\`.`);
    return USAGE_EXIT_CODE;
  }
  if (error instanceof CommandFailure) {
    printNote(`plexaubnet: ${error.message}`);
    return error.exitCode;
  }
  printNote(error);
  return 1;
}
