/**
 * `plexaubnet up`: everything in one process, for where there is no cluster. What it does is in `up/bring-up.ts`, which
 * is loaded only when it is to be done.
 */
import { Command } from "commander";
import { CommandFailure, USAGE_EXIT_CODE } from "./failure.ts";

export interface UpOptions {
  readonly once: boolean;
  readonly dataDir: string;
  readonly port: number;
  readonly inMemory: boolean;
  readonly examples: boolean;
  readonly verbose: boolean;
}

const DEFAULT_DATA_DIRECTORY = ".plexaubnet";
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

function parseFolder(text: string): string {
  if (text !== "") return text;
  throw notUnderstood("--data-dir names no folder: leave it out to use .plexaubnet, or name one.");
}

function notUnderstood(sentence: string): CommandFailure {
  return new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
}
