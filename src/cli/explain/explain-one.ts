/** Finds the object that a name means, and prints its explanation with what was reported about it. */
import { type Explanation, explain, type ReportedEvent, readEventsOf } from "../../operator/explain/index.ts";
import type { FleetObject, FleetObjects } from "../../operator/index.ts";
import { type ClusterAccess, withCluster } from "../cluster-access.ts";
import type { ConnectionOptions, OutputOptions } from "../command-options.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { OUR_RESOURCES, resourceOfWord } from "../kind-words.ts";
import { hintAtNamespace } from "../other-namespaces.ts";
import { print } from "../output.ts";
import { printNote } from "../print-note.ts";
import { readReadable } from "../readable-fleet.ts";
import { type Line, styled } from "../screen/text.ts";

export interface ExplainOptions extends ConnectionOptions, OutputOptions {
  readonly allNamespaces: boolean;
}

/** @throws CommandFailure when there is no such object. */
export async function explainOne(name: string, options: ExplainOptions): Promise<void> {
  const wanted = parseTarget(name);
  if (options.allNamespaces) return explainEverywhere(wanted, options);
  const { explanation, events } = await withCluster(options, (access) => lookUp(access, wanted));
  print(options.output, {
    lines: () => linesOf(explanation, events),
    data: () => ({ ...explanation, events }),
  });
}

/** @throws CommandFailure when there is none in any namespace. */
async function explainEverywhere(target: Target, options: ExplainOptions): Promise<void> {
  const { found, note } = await withCluster(options, async (access) => {
    const { namespaces, note } = await readReadable(access);
    const found: Found[] = [];
    for (const fleet of namespaces.values()) {
      const object = find(fleet, target);
      if (object === undefined) continue;
      found.push({
        explanation: explain(object, fleet),
        events: (await readEventsOf(access.client, object)) ?? [],
      });
    }
    return { found, note };
  });
  if (note !== undefined) printNote(note);
  if (found.length === 0)
    throw new CommandFailure(
      `there is no ${target.kind ?? "claim, pool or Subnet"} ${target.name} in any namespace that was read: \`plexaubnet find\` lists what there is.`,
    );
  print(options.output, {
    lines: () =>
      found.flatMap(({ explanation, events }, at) => [
        ...(at > 0 ? [[]] : []),
        [styled(`namespace ${explanation.namespace}`, "accent")],
        ...linesOf(explanation, events),
      ]),
    data: () => found.map(({ explanation, events }) => ({ ...explanation, events })),
  });
}

export interface Target {
  /** Undefined: whichever kind has something of this name. */
  readonly kind: string | undefined;
  readonly name: string;
}

export function parseTarget(text: string): Target {
  const slash = text.indexOf("/");
  if (slash < 0) return { kind: undefined, name: text };
  const resource = resourceOfWord(text.slice(0, slash));
  if (resource !== undefined) return { kind: resource.kind, name: text.slice(slash + 1) };
  throw new CommandFailure(
    `"${text.slice(0, slash)}" is not a kind that can be explained: use claim, poolclaim, pool or subnet.`,
    { exitCode: USAGE_EXIT_CODE },
  );
}

interface Found {
  readonly explanation: Explanation;
  readonly events: readonly ReportedEvent[];
}

async function lookUp({ client, namespace }: ClusterAccess, target: Target): Promise<Found> {
  const fleet = await readFleet(client, { namespace });
  const object = find(fleet, target);
  if (object === undefined) {
    const what = target.kind ?? "claim, pool or Subnet";
    const kinds = OUR_RESOURCES.filter(({ kind }) => target.kind === undefined || kind === target.kind);
    const hint = await hintAtNamespace(client, kinds, target.name);
    throw new CommandFailure(
      `there is no ${what} ${target.name} in namespace ${namespace}${hint === undefined ? ": specify another namespace with -n" : `; ${hint}`}.`,
    );
  }
  const events = (await readEventsOf(client, object)) ?? [];
  return { explanation: explain(object, fleet), events };
}

export function find(fleet: FleetObjects, { kind, name }: Target): FleetObject | undefined {
  const inOrder: readonly FleetObject[] = [
    ...fleet.claims,
    ...fleet.poolClaims,
    ...fleet.pools,
    ...fleet.subnets,
  ];
  return inOrder.find(
    (object) => object.metadata.name === name && (kind === undefined || object.kind === kind),
  );
}

const MOST_EVENTS = 10;

function linesOf({ sentences }: Explanation, events: readonly ReportedEvent[]): Line[] {
  const [first = "", ...rest] = sentences;
  const shown = events.slice(-MOST_EVENTS);
  return [
    [styled(first, "bold")],
    ...rest.map((sentence): Line => [sentence]),
    ...(shown.length === 0 ? [] : [[], [styled("EVENTS", "dim")]]),
    ...shown.map(
      ({ lastSeen, type, reason, message, count }): Line => [
        styled(`${lastSeen}  `, "dim"),
        styled(reason, type === "Warning" ? "warn" : "good"),
        `  ${message}${count > 1 ? ` (${count} times)` : ""}`,
      ],
    ),
  ];
}
