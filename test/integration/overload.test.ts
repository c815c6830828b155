/** Our client against a server that has no room for it just now. */
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { createIdentity, createMemoryStore, startApiServer } from "../../src/apiserver/index.ts";
import { createClient } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";

const PATH = "/api/v1/namespaces/default/configmaps";

test("PX-09 a request that is answered 429 is sent again after Retry-After, and finds a seat when there is one", async () => {
  const store = createMemoryStore();
  const identity = await createIdentity(systemKernel, []);
  // One seat for each user.
  const limits = { maxRequestsInFlight: 2, queueTimeoutMs: 20 };
  const { url, port, stop } = await startApiServer({ kernel: systemKernel, store, identity, limits });
  const { token, caCertificate: ca } = identity;
  // Holds the seat: its body never comes.
  const holder = connect({ host: "127.0.0.1", port, ca });
  holder.write(
    `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`,
  );
  // Its request has been read when it is told to go on.
  await new Promise<unknown>((resolve) => {
    holder.once("data", resolve);
  });
  const codes: unknown[] = [];
  const onRequest = ({ code }: { code: unknown }) => {
    codes.push(code);
    holder.destroy();
  };
  const client = createClient({ server: url, ca, auth: { token } }, { kernel: systemKernel, onRequest });
  await client.raw("GET", PATH);
  expect(codes).toEqual([429, 200]);
  await client.close();
  await stop();
  await store.close();
});
