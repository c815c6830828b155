/** The options of `plexaubnet claim`. */
import type { ConnectionOptions, ListOutputOptions } from "../command-options.ts";

export interface ClaimOptions extends ConnectionOptions, ListOutputOptions {
  /** Required without a file. */
  readonly cluster?: string;
  readonly size?: number;
  readonly cidr?: string;
  readonly name?: string;
  readonly file?: string;
  readonly dryRun: boolean;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}
