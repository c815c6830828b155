/**
 * How the tests of this run reach an embedded server. `PLEXAUBNET_TEST_TRANSPORT`:
 *
 * - unset: over HTTPS, as any client.
 * - `memory`: by calls within this process (docs/design/0018), as `plexaubnet up` does.
 */
import { ADMIN, type ApiServer } from "../src/apiserver/index.ts";
import {
  type ClusterConfig,
  createClient,
  createInProcessClient,
  type KubeClient,
} from "../src/client/index.ts";
import { systemKernel } from "../src/kernel/index.ts";

const asked = process.env.PLEXAUBNET_TEST_TRANSPORT ?? "";
if (!["", "memory"].includes(asked)) throw new Error(`PLEXAUBNET_TEST_TRANSPORT is memory, not "${asked}"`);

/**
 * The administrator's.
 *
 * @param server absent: it is not in this process, and reached over HTTPS in any case
 */
export function clientOf(
  server: ApiServer | undefined,
  config: ClusterConfig,
  userAgent = "plexaubnet",
): KubeClient {
  const options = { kernel: systemKernel, userAgent };
  if (server === undefined || asked === "") return createClient(config, options);
  return createInProcessClient(server.connect(ADMIN), options);
}
