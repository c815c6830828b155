/** `plexaubnet import SOURCE`: validates an address plan of another tool, and imports it with --apply. */
import { Command, InvalidArgumentError, Option } from "commander";
import { COLUMN_FIELDS, SOURCE_FORMATS } from "../exchange/formats.ts";
import { describeParseFailure, type Prefix, parsePrefix } from "../ipam/index.ts";
import { withConnection } from "./command-options.ts";
import { type ImportOptions, REPORT_FORMATS } from "./import/import-options.ts";

const DEFAULT_TIMEOUT_SECONDS = 60;

export function importCommand(): Command {
  return withConnection(new Command("import"))
    .description("bring in an address plan of another tool; without --apply, only look at it")
    .argument("[source]", "CSV, a list, or JSON of NetBox, phpIPAM, AWS, Terraform or kubectl; - is stdin")
    .addOption(flag("--apply", "create the pools, claims and Subnets, and wait until each has its block"))
    .addOption(
      flag(
        "--dry-run",
        "say what would come in, and what is wrong with it; so it is without --apply",
      ).conflicts("apply"),
    )
    .addOption(
      flag(
        "--compare",
        "print only the differences: what is in the source alone, in the cluster alone, or with another owner",
      ).conflicts("apply"),
    )
    .addOption(
      new Option(
        "-o, --output <format>",
        "what to print: for people, for programs, or manifests for kubectl or git",
      )
        .choices(REPORT_FORMATS)
        .default("table"),
    )
    .addOption(
      new Option("--format <format>", "the format of the source").choices(SOURCE_FORMATS).default("auto"),
    )
    .option(
      "--column <field=heading>",
      `which column holds what, by its heading or number, several times; fields: ${COLUMN_FIELDS.join(", ")}`,
      collectColumn,
    )
    .option("--delimiter <character>", "what separates the cells of CSV; else it is guessed", parseDelimiter)
    .option("--url <address>", "read prefixes, aggregates and IP ranges of the NetBox at this address")
    .option("--token-file <file>", "the file with the token for it; else NETBOX_TOKEN")
    .option("--vrf <name>", "rows of this VRF alone; global: those of none")
    .option("--within <cidr>", "a pool that the source does not name, several times", collectPrefix)
    .option("--cluster <id>", "owner of the rows that name none")
    .option("--skip-faulty", "bring in the rest, where something is wrong with a row", false)
    .option(
      "--timeout <seconds>",
      "how long to wait while no claim gets its block",
      parseSeconds,
      DEFAULT_TIMEOUT_SECONDS,
    )
    .addHelpText(
      "after",
      `
A row with an owner (a cluster, an owner, a tenant) becomes a SubnetClaim for exactly its block, any other a
Subnet. What other rows lie in becomes a SubnetPool. Each VRF becomes a namespace; --namespace is for the rows of none. What
is there already stays as it is, so that a second run changes nothing.`,
    )
    .action(async (source: string | undefined, options: ImportOptions) => {
      const { importPlan } = await import("./import/import-plan.ts");
      await importPlan(source, options);
    });
}

function flag(name: string, description: string): Option {
  return new Option(name, description).default(false);
}

function collectColumn(text: string, before: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError("Write field=heading, as in cidr=Prefix.");
  return new Map(before).set(text.slice(0, at), text.slice(at + 1));
}

function collectPrefix(text: string, before: readonly Prefix[] = []): readonly Prefix[] {
  const parsed = parsePrefix(text);
  if (parsed.ok) return [...before, parsed.value];
  throw new InvalidArgumentError(`${describeParseFailure(parsed.error)}.`);
}

function parseDelimiter(text: string): string {
  const character = text === "\\t" || text === "tab" ? "\t" : text;
  if (character.length === 1 && !/["\r\n]/.test(character)) return character;
  throw new InvalidArgumentError("It is one character, as in ; or tab.");
}

function parseSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number of seconds.");
}
