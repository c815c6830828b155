/**
 * The token that `plexaubnet up` takes: that of the administrator, as the file has it at the moment. What runs inside needs
 * none, so that a rotation cuts nothing of it off.
 */
import { readFile } from "node:fs/promises";
import { ADMIN, type FixedTokens, faultOfToken, fixedTokens } from "../../apiserver/index.ts";
import type { Clock, Timer } from "../../kernel/index.ts";

/** A rotation counts after so long at most. */
const LOOK_EVERY_MS = 1_000;

export interface AdminTokensOptions {
  readonly file: string;
  /** What the file holds now. */
  readonly current: string;
  readonly clock: Clock;
  /** Called when the file holds another token, which counts from then on. */
  readonly onRotated: () => void;
}

export interface AdminTokens extends FixedTokens {
  /** Reads the file now. Never rejects. */
  look(): Promise<void>;
  close(): void;
}

export function followAdminTokens({ file, current, clock, onRotated }: AdminTokensOptions): AdminTokens {
  const tokensOf = (admin: string) => fixedTokens([[admin, ADMIN]]);
  let admin = current;
  let tokens = tokensOf(admin);
  let isOpen = true;
  let timer: Timer | undefined;
  const look = async () => {
    // A file that is missing, or is being restored by hand, does not count as a rotation.
    const found = await readFile(file, "utf8").then(
      (text) => text.trim(),
      () => admin,
    );
    if (!isOpen || found === admin || faultOfToken(found) !== undefined) return;
    admin = found;
    tokens = tokensOf(admin);
    onRotated();
  };
  const schedule = () => {
    if (isOpen) timer = clock.setTimer(LOOK_EVERY_MS, () => void look().then(schedule), true);
  };
  schedule();
  return {
    look,
    userOf: (token) => tokens.userOf(token),
    close: () => {
      isOpen = false;
      timer?.cancel();
    },
  };
}
