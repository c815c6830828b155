/** Creates the claims of a file in their order, or only tries them. */
import {
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  type SubnetClaim,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { ApiError, listAll } from "../../client/index.ts";
import { counted, defined, oneLine, sleep } from "../../kernel/index.ts";
import { equalJson } from "../../kube/index.ts";
import { type WhatIf, whatIf } from "../../operator/questions/index.ts";
import { type ClusterAccess, withCluster } from "../cluster-access.ts";
import { CommandFailure } from "../failure.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { printList } from "../output.ts";
import { printNote } from "../print-note.ts";
import { scopeFor } from "../restore/restore-fleet.ts";
import { styled, table } from "../screen/text.ts";
import type { ClaimOptions } from "./claim-options.ts";
import { type ClaimsFile, type FileClaim, readClaimsFile } from "./claims-file.ts";
import { manifestOf, resourceOf, tryClaims } from "./try-claims.ts";
import { whatIfCells, whatIfSentences, whatIfTable } from "./what-if-lines.ts";

const MS = 1000;

/**
 * Sets the exit code to 1 when a claim would get, or got, no block.
 *
 * @throws CommandFailure when the file has a fault: then nothing was created.
 */
export async function claimFile(
  file: string,
  pool: string | undefined,
  options: ClaimOptions,
): Promise<void> {
  await withCluster(options, async (access) => {
    const { namespace } = options;
    const read = readClaimsFile(file, { pool, namespace, fallback: access.namespace });
    refuseFaults(read, file);
    for (const note of read.notes) printNote(oneLine(note));
    if (options.dryRun) return printTried(await tryClaims(access, read.claims), options);
    await createInOrder(access, read.claims, file);
    await printCreated(access, read.claims, options);
  });
}

export function refuseFaults({ faults, claims }: ClaimsFile, file: string): void {
  if (faults.length === 0) return;
  for (const fault of faults) printNote(oneLine(fault));
  throw new CommandFailure(
    `nothing was created: ${counted(faults.length, "row")} of ${file} cannot be read, and ${counted(claims.length, "claim")} can; correct the file.`,
  );
}

// ── trying ─────────────────────────────────────────────────────────────────────────────────────────────────

export function printTried(
  { answers, notes }: { readonly answers: readonly WhatIf[]; readonly notes: readonly string[] },
  { output, file }: Pick<ClaimOptions, "output" | "file">,
): void {
  for (const note of notes) printNote(oneLine(note));
  const [only] = answers;
  printList(output, {
    lines: () => (file === undefined && only !== undefined ? whatIfSentences(only) : whatIfTable(answers)),
    data: () => (file === undefined && only !== undefined ? only : { answers, notes }),
    cells: () => whatIfCells(answers),
  });
  if (answers.some(({ cidr }) => cidr === undefined)) process.exitCode = 1;
}

// ── creating ───────────────────────────────────────────────────────────────────────────────────────────────

/**
 * One after the other, so that each gets what a dry run reported. Those that exist as they are listed stay.
 */
async function createInOrder(
  { client }: ClusterAccess,
  claims: readonly FileClaim[],
  file: string,
): Promise<void> {
  for (const [at, { claim, origin }] of claims.entries()) {
    const { namespace, name } = claim.metadata;
    const stop = (why: string, cause?: unknown): CommandFailure =>
      new CommandFailure(
        `${origin}: ${claim.kind} ${namespace}/${name} ${why}: the ${at} before it were created; correct the row, and run \`plexaubnet claim --file ${file}\` again for the rest.`,
        { cause },
      );
    try {
      await client.create(resourceOf(claim.kind), manifestOf(claim));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason !== "AlreadyExists") throw stop(`was refused (${oneLine(error.message)})`, error);
      const existing = await client.get(resourceOf(claim.kind), { namespace, name });
      if (!equalJson((existing as SubnetClaim).spec, claim.spec))
        throw stop("exists with another spec", error);
    }
  }
}

interface Created {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly cidr?: string;
  readonly message?: string;
}

async function printCreated(
  access: ClusterAccess,
  claims: readonly FileClaim[],
  { wait, timeout, output }: ClaimOptions,
): Promise<void> {
  const created = wait
    ? await awaitAll(access, claims, timeout * MS)
    : claims.map(({ claim }) => nameOf(claim));
  printList(output, {
    lines: () =>
      table(
        [{ title: "CLAIM" }, { title: "NAMESPACE" }, { title: "BLOCK" }, { title: "" }],
        created.map(({ name, namespace, cidr, message }) => [
          [styled(name, "bold")],
          [namespace],
          [cidr ?? ""],
          [message ?? (wait ? "" : "created")],
        ]),
      ),
    data: () => created,
    cells: () => [
      ["kind", "namespace", "name", "cidr", "message"],
      ...created.map(({ kind, namespace, name, cidr, message }) => [
        kind,
        namespace,
        name,
        cidr ?? "",
        message ?? "",
      ]),
    ],
  });
  if (wait && created.some(({ cidr }) => cidr === undefined)) process.exitCode = 1;
}

function nameOf({ kind, metadata: { namespace, name } }: FileClaim["claim"]): Created {
  return { kind, namespace, name };
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Until each is answered, or the time is up: then those that are not say what they wait for. */
async function awaitAll(
  { client, kernel: { clock } }: ClusterAccess,
  claims: readonly FileClaim[],
  timeoutMs: number,
): Promise<Created[]> {
  const scope = scopeFor([...new Set(claims.map(({ claim }) => claim.metadata.namespace))]);
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const lists = [
      await listAll(client, SUBNET_CLAIMS, scope),
      await listAll(client, SUBNET_POOL_CLAIMS, scope),
    ];
    const found = new Map(
      lists.flatMap(({ items }) =>
        (items as (SubnetClaim | SubnetPoolClaim)[]).map((each) => [keyOf(each), each]),
      ),
    );
    const isOpen = claims.some(({ claim }) => !isAnswered(found.get(keyOf(claim))));
    if (isOpen && clock.monotonicMs() < deadlineMs) {
      await sleep(clock, pauseMs);
      continue;
    }
    // What a claim has, and why not, is read as a dry run reads it.
    const { answers } = whatIf(
      await readFleet(client, scope),
      claims.map(({ claim }) => claim),
      clock.now(),
    );
    return answers.map(({ kind, namespace, name, cidr, outcome, message }) => ({
      kind,
      namespace,
      name,
      ...(cidr !== undefined && outcome === "existing" ? { cidr } : {}),
      ...defined({ message }),
    }));
  }
}

function keyOf({
  kind,
  metadata,
}: {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

function isAnswered(claim: SubnetClaim | SubnetPoolClaim | undefined): boolean {
  if (claim === undefined) return true;
  const { status, metadata } = claim;
  if (status?.phase === "Bound") return true;
  return status?.phase === "Error" && status.observedGeneration === metadata.generation;
}
