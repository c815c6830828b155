/** Objects whose creation was acknowledged: none of them may be lost, whatever is done to the server. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "./answers.ts";
import { Attacker, type Target } from "./attacker.ts";

const PATH = "/api/v1/namespaces/default/configmaps";
const LIMIT_MS = 20_000;
const LATER_MS = 250;

export class Keepers {
  readonly #names = new Set<string>();
  #next = 0;

  /** Writes one more. Returns what came instead of a 201. To be asked to come later is not a refusal. */
  async keep(target: Target): Promise<string | undefined> {
    const name = `keeper-${this.#next++}`;
    const attacker = new Attacker(target, AbortSignal.timeout(LIMIT_MS), "keeper");
    const metadata = { name, labels: { hostile: "keeper" } };
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { name } };
    const write = () => attacker.send({ method: "POST", path: PATH, body, token: target.adminToken });
    let answer = await write();
    while (answer.code === 429) {
      await sleep(LATER_MS);
      answer = await write();
    }
    await attacker.stop();
    if (answer.code !== 201) return `${answer.code} ${answer.error ?? messageOf(answer)}`;
    this.#names.add(name);
    return undefined;
  }

  /** Names of those that were acknowledged and are not there, or why they cannot be read. */
  async missing(target: Target): Promise<readonly string[]> {
    const attacker = new Attacker(target, AbortSignal.timeout(LIMIT_MS), "keeper");
    const path = `${PATH}?labelSelector=hostile%3Dkeeper`;
    const answer = await attacker.send({ path, token: target.adminToken });
    await attacker.stop();
    if (answer.code !== 200) return [`the list answers ${answer.code} ${answer.error ?? ""}`];
    const { items } = JSON.parse(answer.text) as { items: { data?: { name?: string } }[] };
    const there = new Set(items.map(({ data }) => data?.name));
    return [...this.#names].filter((name) => !there.has(name));
  }

  /** Where the store is a new one. */
  forget(): void {
    this.#names.clear();
  }
}
