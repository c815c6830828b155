/**
 * `plexaubnet up`: everything in one process, for where there is no cluster. What it does is in `up/bring-up.ts`, which
 * is loaded only when it is to be done.
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
    .description("start an API server and the operator in this process, with no cluster needed")
    .option("--once", "leave once every claim has its answer", false)
    .option(
      "--data-dir <dir>",
      "where data, keys, kubeconfig and log are kept",
      parseFolder,
      DEFAULT_DATA_DIRECTORY,
    )
    .option("--port <number>", "port of the API server; 0 takes one that is free", parsePort, DEFAULT_PORT)
    .option(
      "--listen <address>",
      "address that the API server listens on; 0.0.0.0 or :: is all of them",
      parseAddress,
      LOOPBACK,
    )
    .option(
      "--authorization <mode>",
      "rbac: users may do what roles grant; always-allow: everything. Default: rbac beyond the loopback interface",
      parseMode,
    )
    .option(
      "--audit-log <file>",
      "append who wrote what, when and from where: a line of JSON for each write and refusal",
      parseFile,
    )
    .option("--in-memory", "keep no data beyond this run", false)
    .option("--no-examples", "do not apply examples/fleet on the first start")
    .option("--verbose", "log more, in plexaubnet.log of the data directory", false)
    .action(async (options: UpOptions) => {
      const { bringUp } = await import("./up/bring-up.ts");
      await bringUp(options, version);
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  throw notUnderstood(`--port ${text} is no port: it is a whole number from 0 to ${HIGHEST_PORT}.`);
}

/** An IP address or a host name: what a certificate can name. */
function parseAddress(text: string): string {
  if (isIP(text) !== 0 && !text.includes("%")) return text;
  if (HOST_NAME.test(text) && !/^[\d.]+$/.test(text)) return text.toLowerCase();
  throw notUnderstood(
    `--listen ${text} is no address: name an IP address or a host name of this machine, and the port with --port.`,
  );
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

function parseMode(text: string): AuthorizationMode {
  const mode = MODES.find((each) => each === text.toLowerCase());
  if (mode !== undefined) return mode;
  throw notUnderstood(`--authorization ${text} is no mode: it is ${MODES.join(" or ")}.`);
}

function parseFile(text: string): string {
  if (text !== "") return text;
  throw notUnderstood("--audit-log names no file: leave it out to write none, or name one.");
}

export function parseFolder(text: string): string {
  if (text !== "") return text;
  throw notUnderstood("--data-dir names no folder: leave it out to use .plexaubnet, or name one.");
}

function notUnderstood(sentence: string): CommandFailure {
  return new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
}
