/** A client that notes what it was asked to do, in the words of RBAC: `patch subnetpools/status`. */
import type { KubeClient, Resource } from "../../src/client/index.ts";

const VERBS = new Set(["get", "list", "create", "update", "patch", "delete", "watch"]);

export function recordingClient(client: KubeClient, used: { add(right: string): unknown }): KubeClient {
  return new Proxy(client, {
    get(target, property) {
      const method = Reflect.get(target, property) as unknown;
      if (typeof method !== "function") return method;
      const bound = method.bind(target) as (...args: unknown[]) => unknown;
      if (!VERBS.has(String(property))) return bound;
      return (...args: unknown[]) => {
        const [resource] = args as [Resource];
        const options = args.at(-1) as { subresource?: string } | undefined;
        const sub = options?.subresource === undefined ? "" : `/${options.subresource}`;
        used.add(`${String(property)} ${resource.plural}${sub}`);
        return bound(...args);
      };
    },
  });
}
