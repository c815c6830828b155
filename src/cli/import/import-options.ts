/** The options of `plexaubnet import`. */
import type { SourceFormat } from "../../exchange/formats.ts";
import type { Prefix } from "../../ipam/index.ts";
import type { ConnectionOptions } from "../command-options.ts";

export const REPORT_FORMATS = ["table", "json", "manifests"] as const;

export interface ImportOptions extends ConnectionOptions {
  readonly apply: boolean;
  readonly dryRun: boolean;
  readonly compare: boolean;
  readonly output: (typeof REPORT_FORMATS)[number];
  readonly format: SourceFormat;
  /** Field → heading, or number. */
  readonly column?: ReadonlyMap<string, string>;
  readonly delimiter?: string;
  readonly url?: string;
  readonly tokenFile?: string;
  readonly vrf?: string;
  readonly within?: readonly Prefix[];
  readonly cluster?: string;
  readonly skipFaulty: boolean;
  /** Seconds. */
  readonly timeout: number;
}
