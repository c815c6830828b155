/** Where the flags of `plexaubnet run` ask for the endpoints to be served, and what in them contradicts itself. */
import type { ClusterConfig } from "../../client/index.ts";
import type { EndpointCertificate, EndpointServerOptions } from "../../operator/index.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import type { RunOptions } from "./run-options.ts";

type EndpointFlags = Pick<
  RunOptions,
  | "metricsBindAddress"
  | "metricsSecure"
  | "metricsService"
  | "metricsCert"
  | "metricsKey"
  | "leaderElectionNamespace"
>;

/**
 * Undefined: they are served nowhere.
 *
 * @throws CommandFailure when something is missing, or of no use
 */
export function endpointOptions(
  options: EndpointFlags,
  config: Pick<ClusterConfig, "namespace">,
): EndpointServerOptions | undefined {
  const { metricsBindAddress: address, metricsSecure, metricsCert, metricsKey } = options;
  if ((metricsCert === undefined) !== (metricsKey === undefined)) {
    const missing = metricsCert === undefined ? "--metrics-cert" : "--metrics-key";
    throw refusal(
      `a certificate for the endpoints consists of two files, and ${missing} is missing: set both.`,
    );
  }
  if (metricsCert !== undefined && !metricsSecure) {
    throw refusal(
      "--metrics-cert and --metrics-key have no effect without --metrics-secure: add it, or remove them.",
    );
  }
  if (address === false) return undefined;
  return metricsSecure ? { ...address, tls: certificateOf(options, config) } : address;
}

function certificateOf(
  { metricsCert, metricsKey, metricsService: service, leaderElectionNamespace }: EndpointFlags,
  config: Pick<ClusterConfig, "namespace">,
): EndpointCertificate {
  if (metricsCert !== undefined && metricsKey !== undefined) {
    return { files: { certificate: metricsCert, key: metricsKey } };
  }
  const namespace = leaderElectionNamespace ?? config.namespace;
  if (namespace === undefined) {
    throw refusal(
      "the namespace of the certificate for the endpoints is unknown: set --leader-election-namespace, or files with --metrics-cert and --metrics-key.",
    );
  }
  return { namespace, ...(service !== undefined && { serviceHosts: [`${service}.${namespace}.svc`] }) };
}

function refusal(sentence: string): CommandFailure {
  return new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
}
