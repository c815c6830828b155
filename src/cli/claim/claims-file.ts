/** The claims of a file: manifests, or a list of requests. */
import {
  claimsOf,
  decodeText,
  describeDecodeFailure,
  faultText,
  readRequests,
  UnreadableSource,
} from "../../exchange/index.ts";
import { defined, oneLine } from "../../kernel/index.ts";
import type { ClaimToTry } from "../../operator/index.ts";
import { readBackup } from "../backup/read-backup.ts";
import { CommandFailure } from "../failure.ts";
import { readBytes } from "../import/read-bytes.ts";

export interface FileClaim {
  /** `claims.csv:12`. */
  readonly origin: string;
  readonly claim: ClaimToTry & {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  };
}

export interface ClaimsFile {
  readonly claims: readonly FileClaim[];
  /** Sentences, each with its place and a cure. */
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

export interface FileDefaults {
  readonly pool: string | undefined;
  /** Of `--namespace`. */
  readonly namespace: string | undefined;
  /** Of the context, where nothing else names one. */
  readonly fallback: string;
  /** See `RequestDefaults`. */
  readonly mayInvent?: boolean;
}

/** @throws CommandFailure when nothing can be read of it. */
export function readClaimsFile(file: string, defaults: FileDefaults): ClaimsFile {
  const name = file === "-" ? "stdin" : file;
  return claimsIn(readBytes(file), name, defaults);
}

/** @throws CommandFailure when nothing can be read of it. */
export function claimsIn(bytes: Uint8Array, file: string, defaults: FileDefaults): ClaimsFile {
  try {
    const decoded = decodeText(bytes);
    if (!decoded.ok) throw new CommandFailure(describeDecodeFailure(decoded.error, file));
    const found = MANIFEST.test(decoded.value.text)
      ? ofManifests(decoded.value.text, file, defaults)
      : ofRequests(bytes, file, defaults);
    if (found.claims.length + found.faults.length > 0) return found;
  } catch (error) {
    if (error instanceof UnreadableSource) throw new CommandFailure(oneLine(error.message), { cause: error });
    throw error;
  }
  throw new CommandFailure(`${file} contains no claim: write one a row, or name another file.`);
}

const MANIFEST = /(^|[{,])\s*["']?apiVersion["']?\s*:/m;

function ofManifests(text: string, file: string, { namespace, fallback }: FileDefaults): ClaimsFile {
  const { fleet, faults, originOf } = readBackup(text, file, { namespace, fallback });
  const claims = [...fleet.poolClaims, ...fleet.claims].map((object): FileClaim & { readonly at: number } => {
    const { name, namespace: where, labels, annotations } = object.metadata;
    const metadata = {
      name,
      namespace: where,
      ...defined({ labels, annotations }),
    };
    const origin = originOf(object);
    const claim = { kind: object.kind as ClaimToTry["kind"], metadata, spec: object.spec };
    return { origin, claim, at: lineOf(origin) };
  });
  const others = [...fleet.pools, ...fleet.subnets].map(
    (object) =>
      `${originOf(object)}: ${object.kind} ${object.metadata.name} is not a claim: create it with kubectl or restore, and remove it from this file.`,
  );
  return {
    claims: claims.toSorted((a, b) => a.at - b.at).map(({ origin, claim }) => ({ origin, claim })),
    faults: [...faults.map(({ origin, object, message }) => `${origin}: ${object}: ${message}.`), ...others],
    notes: [],
  };
}

/** Claims come in the order of the file, whatever their kind. */
function lineOf(origin: string): number {
  return Number(/(\d+)$/.exec(origin)?.[1] ?? 0);
}

function ofRequests(
  bytes: Uint8Array,
  file: string,
  { pool, namespace, fallback, mayInvent = false }: FileDefaults,
): ClaimsFile {
  const read = readRequests(bytes, file);
  if (!read.ok) throw new CommandFailure(describeDecodeFailure(read.error, file));
  const { rows, faults, notes } = read.value;
  const made = claimsOf(rows, { pool, namespace: namespace ?? fallback, mayInvent });
  const renamed = [...made.renamed].map(([words, named]) => `"${words}" becomes ${named}.`);
  return {
    claims: made.claims.map(({ origin, align, ...claim }) => ({
      origin: `${origin.file}:${origin.line}`,
      claim: { ...claim, ...(align === undefined ? {} : { align }) } as FileClaim["claim"],
    })),
    faults: [...faults, ...made.faults]
      .toSorted((a, b) => (a.origin.line ?? 0) - (b.origin.line ?? 0))
      .map(faultText),
    notes: [...notes, ...renamed],
  };
}
