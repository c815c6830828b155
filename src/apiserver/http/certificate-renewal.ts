/** A server that runs for long outlives its serving certificate: a new one is issued in time, and used from then on. */
import { hostsOf, renewalDueMs } from "../../certificates/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import { issueServerCertificate, type ServerIdentity } from "./auth/index.ts";

export type ServingCertificate = Pick<ServerIdentity, "serverCertificate" | "serverKey">;

const LOOK_AGAIN_MS = 6 * 3_600_000;

/**
 * Issues a certificate for the same names when less than a third of its life is left. It is not written down: the next start
 * issues one of its own. Returns what ends it.
 */
export function renewInTime(
  identity: ServerIdentity,
  kernel: Kernel,
  use: (renewed: ServingCertificate) => void,
  onError: (error: unknown) => void,
): () => void {
  let current: ServingCertificate = identity;
  let isOver = false;
  const look = async () => {
    if (kernel.clock.now() < renewalDueMs(current.serverCertificate)) return;
    const hosts = hostsOf(current.serverCertificate);
    const renewed = await issueServerCertificate(kernel, identity, hosts);
    if (isOver) return;
    use(renewed);
    current = renewed;
  };
  const later = () =>
    kernel.clock.setTimer(
      LOOK_AGAIN_MS,
      () => {
        look()
          .catch(onError)
          .finally(() => {
            if (!isOver) timer = later();
          });
      },
      true,
    );
  let timer = later();
  return () => {
    isOver = true;
    timer.cancel();
  };
}
