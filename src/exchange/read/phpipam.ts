/** phpIPAM's JSON: `GET /api/APP/subnets/`, or the subnets of a section. */
import type { Reading, Row } from "../row.ts";
import { given, type JsonSource, listAt, textAt } from "./json-source.ts";

function subnetsOf(value: unknown): readonly unknown[] {
  const data = listAt(value, "data");
  return data.length > 0 ? data : listAt(value);
}

export function isPhpipam(value: unknown): boolean {
  const [first] = subnetsOf(value);
  return (
    textAt(first, "mask") !== undefined &&
    (textAt(first, "subnet") ?? textAt(first, "isFolder")) !== undefined
  );
}

export function readPhpipam(source: JsonSource): Reading {
  const rows: Row[] = [];
  let folders = 0;
  for (const subnet of subnetsOf(source.value)) {
    // A folder holds subnets in the tree of the tool, and has no addresses.
    if (textAt(subnet, "isFolder") === "1") folders++;
    else rows.push(rowOf(subnet, source));
  }
  const notes =
    folders === 0
      ? []
      : [`Folders of ${source.file} have no addresses, and are not read: there are ${folders}.`];
  return { format: "phpIPAM's JSON", rows, faults: [], notes };
}

function rowOf(subnet: unknown, source: JsonSource): Row {
  const address = textAt(subnet, "subnet") ?? "";
  const mask = textAt(subnet, "mask");
  const vrf = textAt(subnet, "vrf_name") ?? nonZero(textAt(subnet, "vrfId"));
  return {
    origin: source.originOf(subnet),
    block: mask === undefined ? address : `${address}/${mask}`,
    ...given({
      owner: textAt(subnet, "customer", "title") ?? textAt(subnet, "customer_name"),
      vrf: vrf !== undefined && /^[0-9]+$/.test(vrf) ? `vrf-${vrf}` : vrf,
      description: textAt(subnet, "description"),
      status: textAt(subnet, "isFull") === "1" ? "full" : undefined,
    }),
  };
}

/** The number 0 stands for none. */
function nonZero(text: string | undefined): string | undefined {
  return text === "0" ? undefined : text;
}
