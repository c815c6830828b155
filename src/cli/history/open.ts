/** Which history a command reads, and how it is opened. */
import { existsSync } from "node:fs";
import { LedgerError, type LedgerTarget } from "../../balancers/ledger/index.ts";
import { parseHistoryAddress } from "../../history/address.ts";
import { type History, openHistory } from "../../history/index.ts";
import { systemKernel } from "../../kernel/index.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import { LOCAL_HISTORY } from "./local-history.ts";

/** @throws CommandFailure when the address cannot be read */
export function historyTarget(address: string): LedgerTarget {
  const target = parseHistoryAddress(address);
  if (target.ok) return target.value;
  throw new CommandFailure(target.error, { exitCode: USAGE_EXIT_CODE });
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined: none is named, and there is none in this folder. */
export function findHistory(given: string | undefined, env: Environment = process.env): string | undefined {
  const named = given || env.PLEXAUBNET_HISTORY || env.PLEXAUBNET_LEDGER;
  if (named) return named;
  return existsSync(LOCAL_HISTORY) ? `sqlite:${LOCAL_HISTORY}` : undefined;
}

/** Opens it to be read. @throws CommandFailure for all that its user can cure */
export async function withHistory<T>(
  given: string | undefined,
  use: (history: History) => Promise<T>,
): Promise<T> {
  const address = findHistory(given);
  if (address === undefined) {
    throw new CommandFailure(
      `there is no ${LOCAL_HISTORY}: set a history with --history or PLEXAUBNET_HISTORY, or start \`plexaubnet up\` in this folder.`,
    );
  }
  const target = historyTarget(address);
  if (target.dialect === "sqlite" && !existsSync(target.path))
    throw new CommandFailure(`there is no file ${target.path}: specify a history with --history.`);
  let history: History | undefined;
  try {
    history = await openHistory({ target, kernel: systemKernel, readOnly: true });
    return await use(history);
  } catch (error) {
    if (error instanceof LedgerError) throw new CommandFailure(error.message, { cause: error });
    throw error;
  } finally {
    await history?.close();
  }
}
