/** `plexaubnet lb lookup IP`: which pool an IP lies in, and who uses it, as the ledger knows it. */
import { describeLookUp, type LedgerPool, type LookUp, type Usage } from "../../balancers/ledger/index.ts";
import { defined } from "../../kernel/index.ts";
import { CommandFailure } from "../failure.ts";
import { printTable } from "../ledger/print-table.ts";
import { withLedger } from "../ledger/session.ts";
import { DRIFT_EXIT_CODE, type LookOptions } from "./look.ts";

export function lookUp(ip: string, options: LookOptions): Promise<void> {
  return withLedger(options, async (ledger, { settings: { cluster } }) => {
    const found = await ledger.findPoolByIp(cluster, ip.trim());
    if (found.result === "not-an-ip") throw new CommandFailure(describeLookUp(found));
    const address = found.ip;
    const usages = (await ledger.usages(cluster)).filter((usage) => usage.ip === address);
    const pool = found.result === "found" ? found.pool : undefined;
    printTable(options.output, {
      header: ["IP", "CLUSTER", "POOL", "RANGE", "USED BY", "STATE", "SINCE"],
      rows: (usages.length === 0 ? [undefined] : usages).map((usage) => [
        address,
        cluster,
        pool?.name ?? "-",
        found.result === "found" ? found.range : "-",
        usage === undefined ? "-" : `${usage.namespace}/${usage.service}`,
        usage?.state ?? "-",
        usage?.firstSeenAt ?? "-",
      ]),
      notes: pool === undefined ? [describeLookUp(found)] : [],
      data: dataOf(cluster, address, found, usages),
    });
    if (pool === undefined) process.exitCode = DRIFT_EXIT_CODE;
  });
}

function dataOf(cluster: string, ip: string, found: LookUp<LedgerPool>, usages: readonly Usage[]): object {
  return {
    ip,
    cluster,
    result: found.result,
    pool: found.result === "found" ? found.pool : null,
    range: found.result === "found" ? found.range : null,
    ...defined({
      nearest: found.result === "not-found" ? found.nearest : undefined,
      pools: found.result === "ambiguous" ? found.pools : undefined,
    }),
    usages: usages.map(({ namespace, service, state, poolName, firstSeenAt }) => ({
      namespace,
      service,
      state,
      pool: poolName,
      since: firstSeenAt,
    })),
  };
}
