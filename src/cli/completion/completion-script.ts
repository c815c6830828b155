/**
 * Completion scripts, generated from the commands as commander knows them, so that they cannot name what is not there.
 * They complete commands, options and options' choices; files after options that take a file.
 */
import type { Command, Option } from "commander";
import type { Shell } from "./shells.ts";

/** A command as a script needs it. `path` are the words that lead to it. */
interface Entry {
  readonly path: readonly string[];
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly Flag[];
  /** Values that its first argument may have. */
  readonly choices: readonly string[];
}

interface Flag {
  readonly names: readonly string[];
  readonly description: string;
  /** Another word must follow. An optional one is left to the user. */
  readonly takesValue: boolean;
  readonly takesFile: boolean;
  readonly choices: readonly string[];
}

const FILE_VALUES = new Set(["<file>", "<dir>", "<folder>"]);

export function completionScript(root: Command, shell: Shell): string {
  const entries = entriesOf(root, []);
  switch (shell) {
    case "bash":
      return bashScript(root.name(), entries);
    case "zsh":
      // zsh runs completions for bash after bashcompinit.
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(root.name(), entries)}`;
    case "fish":
      return fishScript(root.name(), entries);
  }
}

function entriesOf(command: Command, path: readonly string[]): Entry[] {
  const { visibleCommands, visibleOptions } = visible(command);
  const entry: Entry = {
    path,
    subcommands: visibleCommands.map((each) => ({ name: each.name(), description: each.description() })),
    options: visibleOptions.map(flagOf),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
  const below = visibleCommands
    .filter((each) => each.name() !== "help")
    .flatMap((each) => entriesOf(each, [...path, each.name()]));
  return [entry, ...below];
}

function visible(command: Command) {
  const help = command.createHelp();
  return { visibleCommands: help.visibleCommands(command), visibleOptions: help.visibleOptions(command) };
}

function flagOf(option: Option): Flag {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined && name !== null) as string[],
    description: option.description,
    takesValue: option.required,
    takesFile: FILE_VALUES.has(option.flags.split(" ").at(-1) ?? ""),
    choices: option.argChoices ?? [],
  };
}

// ── bash ───────────────────────────────────────────────────────────────────────────────────────────────────

function bashScript(program: string, entries: readonly Entry[]): string {
  const words = (entry: Entry) => [
    ...entry.subcommands.map(({ name }) => name),
    ...entry.options.flatMap(({ names }) => names),
    ...entry.choices,
  ];
  const lists = entries.map((entry) => {
    const all = words(entry).join(" ");
    return `    ${quoted(entry.path.join(" "))}) words=${quoted(all)} ;;`;
  });
  const steps = entries
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `      ${quoted(path.join(" "))}) at=${quoted(path.join(" "))} ;;`);
  const values = entries.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ names, takesFile, choices }) => {
        const patterns = names.map((name) => quoted(`${path.join(" ")} ${name}`)).join("|");
        const reply = takesFile ? "-f" : `-W ${quoted(choices.join(" "))}`;
        return `    ${patterns}) COMPREPLY=($(compgen ${reply} -- "$current")); return ;;`;
      }),
  );
  return `# Completion of ${program}. Made by \`${program} completion\`.
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" at="" word words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "\${at:+$at }$word" in
${steps.join("\n")}
    esac
  done
  case "$at $previous" in
${values.join("\n")}
  esac
  case "$at" in
${lists.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _${program} ${program}
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

// ── fish ───────────────────────────────────────────────────────────────────────────────────────────────────

function fishScript(program: string, entries: readonly Entry[]): string {
  const lines = entries.flatMap((entry) => {
    const condition = fishCondition(entry);
    const complete = (rest: string) => `complete -c ${program} -n ${quoted(condition)} ${rest}`;
    return [
      ...entry.subcommands.map(({ name, description }) =>
        complete(`-f -a ${quoted(name)} -d ${quoted(description)}`),
      ),
      ...entry.choices.map((choice) => complete(`-f -a ${quoted(choice)}`)),
      ...entry.options.map((flag) => complete(`${fishFlag(flag)} -d ${quoted(flag.description)}`)),
    ];
  });
  return `# Completion of ${program}. Made by \`${program} completion\`.\n${lines.join("\n")}\n`;
}

/** True where this entry's words may stand. */
function fishCondition({ path, subcommands }: Entry): string {
  if (path.length === 0) return "__fish_use_subcommand";
  const within = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const deeper = subcommands.map(({ name }) => name).join(" ");
  return [...within, ...(deeper === "" ? [] : [`not __fish_seen_subcommand_from ${deeper}`])].join("; and ");
}

function fishFlag({ names, takesValue, takesFile, choices }: Flag): string {
  const parts = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  if (!takesValue) return parts.join(" ");
  parts.push(takesFile ? "-r -F" : "-x");
  if (choices.length > 0) parts.push(`-a ${quoted(choices.join(" "))}`);
  return parts.join(" ");
}
