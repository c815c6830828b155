import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { credentialSource } from "./credential-source.ts";
import { type ClusterConfig, ConfigError, type ExecPlugin } from "./index.ts";
import { failure, one, pod, pods, useClientFixture } from "./testing/client-fixture.ts";
import { useScratchDirectory } from "./testing/scratch-directory.ts";

const scratch = useScratchDirectory();
const fixture = useClientFixture();
const START = new Date("2026-01-01T00:00:00Z").getTime();

function source(auth: ClusterConfig["auth"], clock = new ManualClock()) {
  const origin = { cluster: "clusters[c] in /cfg", user: "users[u] in /cfg" };
  return credentialSource({ server: "https://c", origin, ...(auth !== undefined && { auth }) }, clock);
}

describe("tokens and passwords", () => {
  test("become headers", async () => {
    expect(await source({ token: "t" }).current()).toMatchObject({ authorization: "Bearer t" });
    expect(await source({ username: "jane", password: "p:w" }).current()).toMatchObject({
      authorization: `Basic ${Buffer.from("jane:p:w").toString("base64")}`,
    });
    expect(await source({}).current()).not.toHaveProperty("authorization");
  });

  test("in a file are read again once a minute, and sooner when they were refused", () => {
    const clock = new ManualClock();
    const tokenFile = scratch.write("token", "one\n");
    const credentials = source({ tokenFile, token: "ignored" }, clock);
    expect(credentials.current()).toMatchObject({ authorization: "Bearer one" });
    writeFileSync(tokenFile, "two");
    clock.advance(59_999);
    expect(credentials.current()).toMatchObject({ authorization: "Bearer one" });
    clock.advance(1);
    expect(credentials.current()).toMatchObject({ authorization: "Bearer two" });
    writeFileSync(tokenFile, "three");
    credentials.forget();
    expect(credentials.current()).toMatchObject({ authorization: "Bearer three" });
  });

  test("that cannot be tokens are refused before they are sent, and not shown", () => {
    const empty = scratch.write("empty", "\n");
    const sentence = `the token in ${empty} (tokenFile of users[u] in /cfg) is empty or not a token`;
    expect(() => source({ tokenFile: empty }).current()).toThrow(new ConfigError(sentence));
    expect(() => source({ token: "a\nb" }).current()).toThrow(
      "token of users[u] in /cfg is empty or not a token",
    );
    expect(() => source({ tokenFile: "/none" }).current()).toThrow(
      "cannot read /none (ENOENT), which tokenFile of users[u] in /cfg names",
    );
  });

  test("a token that was rotated is used after a 401", async () => {
    const tokenFile = scratch.write("token", "old");
    const client = fixture.client({}, { auth: { tokenFile } });
    const answer = client.get(pods, one);
    const first = await fixture.server.next();
    expect(first.request.headers.authorization).toBe("Bearer old");
    writeFileSync(tokenFile, "new");
    first.status(401, "Unauthorized");
    const second = await fixture.server.next();
    expect(second.request.headers.authorization).toBe("Bearer new");
    second.json(200, pod);
    expect(await answer).toEqual(pod);
  });
});

describe("client certificates", () => {
  test("need both halves", () => {
    expect(() => source({ clientCertificate: "x" })).toThrow(/users\[u\] in \/cfg lacks client-key/);
    expect(() => source({ clientKey: "x" })).toThrow(/users\[u\] in \/cfg lacks client-certificate/);
  });

  test("in files are used from the next connection on when they were rotated", async () => {
    const { authority } = fixture.server;
    const [jane, joan] = [await authority.issueClient("jane"), await authority.issueClient("joan")];
    const certificate = scratch.write("me.crt", jane.certificate);
    const key = scratch.write("me.key", jane.key);
    const credentials = source({ clientCertificate: { file: certificate }, clientKey: { file: key } });
    const before = credentials.current();
    expect(credentials.current()).toBe(before);
    writeFileSync(certificate, joan.certificate);
    writeFileSync(key, joan.key);
    credentials.forget();
    expect(credentials.current()).toMatchObject({
      certificate: joan.certificate.trim(),
      key: joan.key.trim(),
    });
  });
});

describe("a credential plugin", () => {
  /** A program that answers with `status` and counts its runs in a file beside it. */
  function plugin(status: object, more: Partial<ExecPlugin> = {}): ExecPlugin & { readonly runs: string } {
    const runs = `${scratch.path}/runs`;
    const answer = JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status,
    });
    const script = `#!/bin/sh\nprintf '%s\\n' "$KUBERNETES_EXEC_INFO $REGION $1" >> ${runs}\ncat <<'END'\n${answer}\nEND\n`;
    const command = scratch.write("login", script, 0o700);
    const apiVersion = "client.authentication.k8s.io/v1";
    return {
      apiVersion,
      command,
      args: ["arg"],
      env: { REGION: "x" },
      provideClusterInfo: false,
      ...more,
      runs,
    };
  }

  function runsOf({ runs }: { readonly runs: string }): string[] {
    return readFileSync(runs, "utf8").trim().split("\n");
  }

  test("is run once, however many ask, until what it gave expires", async () => {
    const clock = new ManualClock(START);
    const exec = plugin({ token: "t", expirationTimestamp: "2026-01-01T01:00:00Z" });
    const credentials = source({ exec }, clock);
    const [a, b] = await Promise.all([credentials.current(), credentials.current()]);
    expect(a).toMatchObject({ authorization: "Bearer t" });
    expect(b).toBe(a);
    clock.advance(3_589_000);
    expect(await credentials.current()).toBe(a);
    expect(runsOf(exec)).toHaveLength(1);
    clock.advance(1_000);
    await credentials.current();
    credentials.forget();
    await credentials.current();
    expect(runsOf(exec)).toHaveLength(3);
  });

  test("gets the request it serves, and the cluster if it asks for it", async () => {
    const exec = plugin({ token: "t" });
    await source({ exec: { ...exec, provideClusterInfo: true } }).current();
    await source({ exec }).current();
    const [told, untold] = runsOf(exec);
    expect(told).toContain('"cluster":{"server":"https://c"}');
    expect(told).toMatch(/ x arg$/);
    expect(untold).toContain(
      '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}',
    );
  });

  test("may give a certificate", async () => {
    const exec = plugin({ clientCertificateData: "CERT", clientKeyData: "KEY" });
    expect(await source({ exec }).current()).toMatchObject({ certificate: "CERT", key: "KEY" });
  });

  test("that fails, is missing or prints rubbish is named", async () => {
    const said = async (exec: ExecPlugin) => {
      const error = await failure(Promise.resolve(source({ exec }).current()));
      expect(error).toBeInstanceOf(ConfigError);
      return error.message;
    };
    const missing = { ...plugin({}), command: "/none/login", installHint: "Install it." };
    expect(await said(missing)).toBe(
      "the plugin /none/login (exec of users[u] in /cfg) returned no credentials: ENOENT. Install it.",
    );
    const command = scratch.write(
      "fails",
      "#!/bin/sh\necho first >&2\necho 'log in first' >&2\nexit 3\n",
      0o700,
    );
    expect(await said({ ...plugin({}), command })).toMatch(/returned no credentials: log in first$/);
    const rubbish = scratch.write("rubbish", "#!/bin/sh\necho hello\n", 0o700);
    expect(await said({ ...plugin({}), command: rubbish })).toMatch(/did not print JSON$/);
    expect(await said(plugin({}))).toMatch(/printed neither status.token nor status.clientCertificateData$/);
  });

  test("that failed is asked again by the next request", async () => {
    const exec = plugin({ token: "t" });
    const credentials = source({ exec });
    writeFileSync(exec.command, "#!/bin/sh\nexit 1\n");
    await failure(Promise.resolve(credentials.current()));
    plugin({ token: "t" });
    expect(await credentials.current()).toMatchObject({ authorization: "Bearer t" });
  });
});
