/** A webhook beside the tests, over TLS: it answers each review with what the test provides. */
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority, issueServerCertificate } from "../../src/certificates/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";

export interface ReviewServer {
  readonly url: string;
  /** For `clientConfig`. */
  readonly caBundle: string;
  close(): void;
}

/** @param answer the `response` of the review, of its `request`. */
export async function startReviewServer<R>(answer: (request: R) => object): Promise<ReviewServer> {
  const authority = await createAuthority(systemKernel, "contract");
  const { certificate, key } = await issueServerCertificate(systemKernel, authority, "hook", ["127.0.0.1"]);
  const server = createServer({ cert: certificate, key }, async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const { apiVersion, kind, request } = JSON.parse(body) as {
      readonly apiVersion: string;
      readonly kind: string;
      readonly request: R;
    };
    outgoing.end(JSON.stringify({ apiVersion, kind, response: answer(request) }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(authority.certificate).toString("base64"),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
