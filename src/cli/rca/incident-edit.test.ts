import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Incident, IncidentKeeper, incidentIn } from "../../balancers/incidents/index.ts";
import { type Ledger, openLedger } from "../../balancers/ledger/index.ts";
import { systemKernel } from "../../kernel/index.ts";
import { type EditOptions, editOneIncident } from "./incident-edit.ts";

const LIFE = { cluster: "default", quietSeconds: 0 };
const OPENED_MS = Date.UTC(2026, 0, 5, 10);
const at = (minute: number) => new Date(OPENED_MS + minute * 60_000).toISOString();
const row = {
  id: "pool-missing-in-ledger:pool/gpu",
  kind: "pool-missing-in-ledger" as const,
  subject: "pool/gpu",
  field: "",
  ledger: undefined,
  cluster: "192.0.2.64/28",
  message: "MetalLB hands out IPs from the pool gpu, which the ledger lacks.",
};

let folder: string;
let ledger: Ledger;
let keeper: IncidentKeeper;
let address: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plexaubnet-edit-"));
  const path = join(folder, "ledger.db");
  address = `sqlite:${path}`;
  ledger = await openLedger({ target: { dialect: "sqlite", path }, kernel: systemKernel });
  keeper = new IncidentKeeper({ ledger, kernel: systemKernel, settings: LIFE, actor: "test" });
  await keeper.observe({ at: at(0), drift: [row] });
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

async function incident(): Promise<Incident> {
  const found = incidentIn((await ledger.incidents("default"))[0]);
  if (found === undefined) throw new Error("there is no incident");
  return found;
}

const edit = (options: EditOptions) => editOneIncident(undefined, { ledger: address, ...options });

test("RC-08 what a person enters is kept, in the audit log too, and nothing observed replaces it", async () => {
  await edit({
    title: "ACME could not be billed",
    severity: "high",
    task: "desynchronisation.now",
    pic: "budi",
  });
  const changed = {
    ...row,
    cluster: "192.0.2.64/27",
    message: "MetalLB hands out IPs from the pool gpu, in a larger range.",
  };
  await keeper.observe({ at: at(1), drift: [changed] });
  expect(await incident()).toMatchObject({
    title: "ACME could not be billed",
    edits: { severity: "high", tasks: { "desynchronisation.now": { pic: "budi" } } },
  });
  const [edited] = (await ledger.audit()).filter(({ action }) => action === "incident.edit");
  expect(edited).toMatchObject({ reason: "edited by hand: title, severity, pic, task", cluster: "default" });
});

test("RC-08 a closed incident is edited, and stays closed", async () => {
  await keeper.observe({ at: at(1), drift: [] });
  await keeper.observe({ at: at(2), drift: [] });
  const closedAt = (await incident()).closedAt;
  expect(closedAt).toBe(at(2));
  await edit({ ticket: "OPS-7", note: "checked" });
  expect(await incident()).toMatchObject({ ticket: "OPS-7", closedAt, status: "Resolved" });
  expect(await ledger.openIncidents("default")).toEqual([]);
});

test("RC-07 logs and Events of the time of the incident are evidence, in the zone that is named", async () => {
  const [log, events] = [join(folder, "web.log"), join(folder, "events.json")];
  writeFileSync(
    log,
    "2026-01-05 16:55:00 pool gpu record not found\n2026-01-05 09:55:00 of another time\nI0105 17:00:01.5 x\n",
  );
  const event = {
    kind: "Event",
    involvedObject: { kind: "IPAddressPool", name: "gpu" },
    reason: "Created",
    message: "made",
    lastTimestamp: at(-1),
  };
  writeFileSync(events, JSON.stringify({ kind: "List", items: [event] }));
  await edit({ log, events, timeZone: "Asia/Jakarta" });
  const { evidence, status } = await incident();
  const handedIn = evidence.filter(({ source }) => source === "log" || source === "event");
  expect(handedIn.map(({ source, kind, at: when }) => [source, kind, when])).toEqual([
    ["event", "Created", at(-1)],
    ["log", "left-out", expect.any(String)],
    ["log", "line", at(-5)],
    ["log", "line", "2026-01-05T10:00:01.500Z"],
  ]);
  expect(status).toBe("Investigating");
});

test.each<[EditOptions, string]>([
  [{}, "there is nothing to change"],
  [{ task: "nope", status: "Done" }, "there is no task nope"],
  [{ log: "no-such-file" }, "no-such-file"],
  [{ log: import.meta.filename, since: "yesterday" }, "--since"],
  [{ log: import.meta.filename, timeZone: "Mars" }, "there is no time zone"],
  [{ log: import.meta.filename, grep: "(" }, "--grep"],
  [{ events: import.meta.filename }, "it is not JSON"],
])("RC-08 %j is refused in a sentence, and nothing is changed", async (options, message) => {
  const before = await incident();
  await expect(edit(options)).rejects.toThrow(message);
  expect(await incident()).toEqual(before);
});
