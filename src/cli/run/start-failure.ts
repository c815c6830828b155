/** The message for an operator that does not start: one sentence that names the cure. */
import { ApiError, type ClusterConfig } from "../../client/index.ts";
import { oneLine } from "../../kernel/index.ts";
import { clusterFailure } from "../cluster-connection.ts";
import { CommandFailure, systemErrorCode } from "../failure.ts";

/** Of a socket that cannot be listened at. */
const SOCKET_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use",
  EADDRNOTAVAIL: "is not an address of this machine",
  EACCES: "may not be used by this user",
  ENOTFOUND: "has no address",
};

/** The failure to report; an unexpected error is returned unchanged. */
export function startFailure(error: unknown, config: ClusterConfig): unknown {
  if (error instanceof ApiError) return refused(error, config);
  const { address, hostname, port, syscall } = error as {
    readonly address?: string;
    readonly hostname?: string;
    readonly port?: number;
    readonly syscall?: string;
  };
  const meaning = SOCKET_ERRORS[systemErrorCode(error) ?? ""];
  const isOurSocket = syscall === "listen" || syscall === "getaddrinfo";
  if (meaning === undefined || !isOurSocket) return clusterFailure(error, config);
  return new CommandFailure(
    `${hostname ?? `${address}:${port}`} ${meaning}: set another address with --metrics-bind-address, --webhook-bind-address or --console-bind-address, or 0 to disable it.`,
    { cause: error },
  );
}

function refused(error: ApiError, config: ClusterConfig): unknown {
  if (error.code === 401) return clusterFailure(error, config);
  const message = error.message.replace(/\.$/, "");
  const cure =
    error.code === 403
      ? "grant it with `plexaubnet install`, or use the kubeconfig of another user"
      : "correct that, and start the operator again";
  const sentence = `${config.server} refused what the operator needs to start (${error.code}): ${message}: ${cure}.`;
  return new CommandFailure(oneLine(sentence), { cause: error });
}
