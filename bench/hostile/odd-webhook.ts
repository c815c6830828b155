/**
 * An admission webhook that answers as it is instructed to, and a configuration that sends the kind Any to
 * it.
 */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createIdentity, type ServerIdentity } from "../../src/apiserver/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import type { Attacker } from "./attacker.ts";

export interface OddAnswer {
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Given the uid of the review. */
  readonly body: (uid: string) => string | Buffer;
}

let identity: Promise<ServerIdentity> | undefined;

/** An AdmissionReview with this response. */
export function review(response: object): OddAnswer {
  return {
    body: (uid) =>
      JSON.stringify({
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        response: { uid, ...response },
      }),
  };
}

/** Serves the answer to every review of an Any until the row is over. `more` is added to the webhook. */
export async function configureWebhook(
  attacker: Attacker,
  kind: "Mutating" | "Validating",
  answer: OddAnswer,
  more: object = {},
): Promise<void> {
  identity ??= createIdentity(systemKernel, []);
  const { serverKey: key, serverCertificate: cert, caCertificate } = await identity;
  const server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const uid = /"uid":"([^"]+)"/.exec(Buffer.concat(chunks).toString().slice(0, 400))?.[1] ?? "";
      response.writeHead(answer.code ?? 200, { "content-type": "application/json", ...answer.headers });
      response.end(answer.body(uid));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  attacker.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const rules = [
    { apiGroups: ["atk.io"], apiVersions: ["*"], operations: ["CREATE", "UPDATE"], resources: ["anys"] },
  ];
  const webhook = {
    name: "odd.atk.io",
    clientConfig: { url, caBundle: Buffer.from(caCertificate).toString("base64") },
    rules,
    failurePolicy: "Fail",
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    timeoutSeconds: 10,
    ...more,
  };
  await attacker.prepare({
    method: "POST",
    path: `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}webhookconfigurations`,
    body: {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: `${kind}WebhookConfiguration`,
      metadata: { name: attacker.name() },
      webhooks: [webhook],
    },
  });
}
