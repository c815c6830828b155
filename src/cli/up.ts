/**
 * `plexaubnet up`: everything in one process, without a cluster. The implementation is in `up/bring-up.ts`, which
 * is loaded only when the command runs.
 */
import { isIP } from "node:net";
import { Command } from "commander";
import { CommandFailure, USAGE_EXIT_CODE } from "./failure.ts";
import type { AuthorizationMode, UpOptions } from "./up/up-options.ts";

const MODES: readonly AuthorizationMode[] = ["rbac", "always-allow"];
const LOOPBACK = "127.0.0.1";
export const DEFAULT_DATA_DIRECTORY = ".plexaubnet";
const DEFAULT_PORT = 16443;
const HIGHEST_PORT = 65535;

export function upCommand(version: string): Command {
  return new Command("up")
    .description("run an API server and the operator in one process, without a cluster")
    .option("--once", "exit once every claim is Bound or reports a reason", false)
    .option(
      "--data-dir <dir>",
      "directory for data, keys, kubeconfig and log",
      parseFolder,
      DEFAULT_DATA_DIRECTORY,
    )
    .option("--port <number>", "port of the API server; 0 selects a free port", parsePort, DEFAULT_PORT)
    .option(
      "--listen <address>",
      "address that the API server listens on; 0.0.0.0 or :: for all addresses",
      parseAddress,
      LOOPBACK,
    )
    .option(
      "--authorization <mode>",
      "authorization mode: rbac, or always-allow, which lets every authenticated user do everything. Defaults to rbac beyond the loopback interface",
      parseMode,
    )
    .option(
      "--audit-log <file>",
      "append a line of JSON to this file for each write and each refused request",
      parseFile,
    )
    .option("--in-memory", "do not store data", false)
    .option("--no-examples", "do not apply examples/fleet on the first start")
    .option(
      "--console-port <number>",
      "port of the console, on the loopback interface. Defaults to the port after --port, or a free port",
      parseConsolePort,
    )
    .option("--no-console", "do not serve the console")
    .option("--verbose", "write more detail to plexaubnet.log in the data directory", false)
    .action(async (options: UpOptions) => {
      const { bringUp } = await import("./up/bring-up.ts");
      await bringUp(options, version);
    });
}

function parsePort(text: string): number {
  return portIn("--port", text);
}

function parseConsolePort(text: string): number {
  return portIn("--console-port", text);
}

function portIn(flag: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  throw notUnderstood(`${flag} ${text} is not a port: use a whole number from 0 to ${HIGHEST_PORT}.`);
}

/** An IP address or a host name: a certificate can contain either. */
function parseAddress(text: string): string {
  if (isIP(text) !== 0 && !text.includes("%")) return text;
  if (HOST_NAME.test(text) && !/^[\d.]+$/.test(text)) return text.toLowerCase();
  throw notUnderstood(
    `--listen ${text} is not an address: use an IP address or a host name of this machine, and set the port with --port.`,
  );
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

function parseMode(text: string): AuthorizationMode {
  const mode = MODES.find((each) => each === text.toLowerCase());
  if (mode !== undefined) return mode;
  throw notUnderstood(`--authorization ${text} is not a mode: use ${MODES.join(" or ")}.`);
}

function parseFile(text: string): string {
  if (text !== "") return text;
  throw notUnderstood(
    "--audit-log is empty: set the path of a file, or remove the option to write no audit log.",
  );
}

export function parseFolder(text: string): string {
  if (text !== "") return text;
  throw notUnderstood(
    "--data-dir is empty: set the path of a directory, or remove the option to use .plexaubnet.",
  );
}

function notUnderstood(sentence: string): CommandFailure {
  return new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
}
