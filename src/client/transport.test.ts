import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { ConfigError } from "./index.ts";
import { failure, one, pod, pods, useClientFixture } from "./testing/client-fixture.ts";
import { PuppetServer } from "./testing/puppet-server.ts";
import { useScratchDirectory } from "./testing/scratch-directory.ts";
import { testAuthority } from "./testing/test-authority.ts";

const fixture = useClientFixture();
const scratch = useScratchDirectory();

describe("who we are and whom we trust", () => {
  test("a CA that did not sign the server's certificate stops everything, with file and field", async () => {
    const other = await testAuthority("another");
    const origin = { cluster: "clusters[dev] in /cfg", user: "u" };
    const error = await failure(fixture.client({}, { ca: other.ca, origin }).create(pods, pod));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toBe(
      `the certificate of ${fixture.server.url} is not trusted: it was not signed by the certificate-authority of clusters[dev] in /cfg`,
    );
    expect(fixture.server.untaken).toBe(0);
  });

  test("a certificate for another name is refused unless tls-server-name names it", async () => {
    await using named = await PuppetServer.start({
      authority: fixture.server.authority,
      dnsName: "kubernetes.example",
    });
    const error = await failure(fixture.client({}, { server: named.url }).get(pods, one));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain("tls-server-name");
    const answer = fixture
      .client({}, { server: named.url, tlsServerName: "kubernetes.example" })
      .get(pods, one);
    (await named.next()).json(200, pod);
    expect(await answer).toEqual(pod);
  });

  test("insecure-skip-tls-verify takes any certificate", async () => {
    const other = await testAuthority("another");
    const answer = fixture.client({}, { ca: other.ca, insecureSkipTlsVerify: true }).get(pods, one);
    (await fixture.server.next()).json(200, pod);
    expect(await answer).toEqual(pod);
  });

  test("a client certificate is shown", async () => {
    await using asking = await PuppetServer.start({
      authority: fixture.server.authority,
      requestCertificate: true,
    });
    const { certificate, key } = await fixture.server.authority.issueClient("jane");
    const auth = { clientCertificate: certificate, clientKey: key };
    const answer = fixture.client({}, { server: asking.url, auth }).get(pods, one);
    const exchange = await asking.next();
    expect(exchange.clientCertificate.subject.CN).toBe("jane");
    exchange.json(200, pod);
    await answer;
  });

  test("a client certificate that was rotated in its file is shown from then on", async () => {
    const { authority } = fixture.server;
    await using asking = await PuppetServer.start({ authority, requestCertificate: true });
    const write = async (name: string) => {
      const { certificate, key } = await authority.issueClient(name);
      return { certificate: scratch.write("me.crt", certificate), key: scratch.write("me.key", key) };
    };
    const files = await write("jane");
    const auth = { clientCertificate: { file: files.certificate }, clientKey: { file: files.key } };
    const client = fixture.client({}, { server: asking.url, auth });
    for (const name of ["jane", "joan"]) {
      await write(name);
      fixture.clock.advance(60_000);
      const answer = client.get(pods, one);
      const exchange = await asking.next();
      expect(exchange.clientCertificate.subject.CN).toBe(name);
      exchange.json(200, pod);
      await answer;
    }
  });

  test("an http:// port behind https:// is named", async () => {
    const plain = createServer((_, response) => response.end("hi"));
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const { port } = plain.address() as { port: number };
    const error = await failure(fixture.client({}, { server: `https://127.0.0.1:${port}` }).get(pods, one));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain("speaks no TLS");
    plain.close();
  });

  test("plain http:// is taken at its word, as for kubectl proxy", async () => {
    const plain = createServer((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(pod));
    });
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const { port } = plain.address() as { port: number };
    expect(await fixture.client({}, { server: `http://127.0.0.1:${port}` }).get(pods, one)).toEqual(pod);
    plain.close();
  });

  test("a client certificate that is not PEM is named", async () => {
    const rubbish = "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n";
    const auth = { clientCertificate: rubbish, clientKey: rubbish };
    const error = await failure(fixture.client({}, { auth }).get(pods, one));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain("is not valid PEM");
  });

  test("a server address that is none is refused when the client is made", () => {
    const config = { server: "dev:6443", origin: { cluster: "clusters[dev] in /cfg", user: "u" } };
    expect(() => fixture.client({}, config)).toThrow(
      new ConfigError(
        'server of clusters[dev] in /cfg is not an address: "dev:6443" (expected https://host:port)',
      ),
    );
  });

  test("impersonation is passed on", async () => {
    const impersonate = { user: "jane", groups: ["a", "b"], uid: "7", extra: { "example.org/x": ["1"] } };
    const answer = fixture.client({}, { auth: { token: "t", impersonate } }).get(pods, one);
    const exchange = await fixture.server.next();
    expect(exchange.request.headers).toMatchObject({
      authorization: "Bearer t",
      "impersonate-user": "jane",
      "impersonate-group": "a, b",
      "impersonate-uid": "7",
      "impersonate-extra-example.org%2fx": "1",
    });
    exchange.json(200, pod);
    await answer;
  });
});
