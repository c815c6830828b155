/** Which webhook the flags of `plexaubnet run` ask for, and what in them contradicts itself. */
import type { ClusterConfig } from "../../client/index.ts";
import type { CertificateFiles, WebhookOptions } from "../../operator/index.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import type { RunOptions } from "./run-options.ts";

type WebhookFlags = Pick<
  RunOptions,
  | "webhookBindAddress"
  | "webhookService"
  | "webhookCert"
  | "webhookKey"
  | "webhookCa"
  | "denyOverlappingPools"
  | "leaderElectionNamespace"
>;

/**
 * Undefined: none is served.
 *
 * @throws CommandFailure when something is missing, or of no use
 */
export function webhookOptions(
  options: WebhookFlags,
  config: Pick<ClusterConfig, "namespace">,
): WebhookOptions | undefined {
  const { webhookBindAddress: address, webhookService: service, denyOverlappingPools } = options;
  const files = certificateFiles(options);
  if (address === false) {
    if (files === undefined) return undefined;
    throw refusal(
      "--webhook-cert, --webhook-key and --webhook-ca have no effect without --webhook-bind-address: set the address for reviews, or remove them.",
    );
  }
  const settings = { ...address, policy: { denyOverlappingPools } };
  const namespace = options.leaderElectionNamespace ?? config.namespace;
  if (files !== undefined && service === undefined) return { ...settings, files };
  if (namespace === undefined) {
    const what = files === undefined ? "webhook's certificate" : "Service of the webhook";
    throw refusal(`the namespace of the ${what} is unknown: set --leader-election-namespace.`);
  }
  return {
    ...settings,
    ...(files === undefined ? { namespace } : { files }),
    ...(service === undefined ? {} : { serviceHosts: [`${service}.${namespace}.svc`] }),
  };
}

/** All three, or none. */
function certificateFiles({
  webhookCert,
  webhookKey,
  webhookCa,
}: WebhookFlags): CertificateFiles | undefined {
  const given = [
    ["--webhook-cert", webhookCert],
    ["--webhook-key", webhookKey],
    ["--webhook-ca", webhookCa],
  ] as const;
  const missing = given.filter(([, file]) => !file).map(([flag]) => flag);
  if (missing.length === given.length) return undefined;
  if (webhookCert && webhookKey && webhookCa) {
    return { certificate: webhookCert, key: webhookKey, authority: webhookCa };
  }
  throw refusal(
    `a certificate for the webhook consists of three files, and ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} missing: set all three, or none to let the operator create one.`,
  );
}

function refusal(sentence: string): CommandFailure {
  return new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
}
