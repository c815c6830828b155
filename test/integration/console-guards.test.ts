import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type ConsoleWorld, consoleWorld } from "./console-world.ts";
import { FleetWorld } from "./fleet-world.ts";

let world: FleetWorld;
let web: ConsoleWorld;

beforeAll(async () => {
  world = await FleetWorld.start();
  web = await consoleWorld(world);
  await world.pool("corp", "10.0.0.0/16");
  await web.call(web.console.link());
  await vi.waitFor(async () => {
    expect((await web.call("/api/map?namespace=fleet&pool=corp")).code).toBe(200);
  });
});
afterAll(async () => {
  await web.stop();
  await world.stop();
});

describe("CN-08 sessions", () => {
  test("CN-08 a link begins one session, and is of no use to the next browser", async () => {
    const link = web.console.link();
    const [mine, theirs] = [web.stranger(), web.stranger()];
    const opened = await mine(link);
    expect(opened.code).toBe(303);
    expect(opened.headers.location).toBe("/");
    expect(opened.headers["set-cookie"]).toMatch(
      /^plexaubnet-console-\d+=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect((await mine("/api/session")).code).toBe(200);
    const again = await theirs(link);
    expect(again.code).toBe(403);
    expect(again.text).toContain("This link was used already");
    expect(again.headers["set-cookie"]).toBeUndefined();
    expect((await mine(link)).code, "who has a session already is let in").toBe(303);
    expect(web.console.link()).not.toBe(link);
  });

  test("CN-08 without a session, with a forged one, and after its end there is one sentence", async () => {
    const stranger = web.stranger();
    const name = `plexaubnet-console-${new URL(web.console.url).port}`;
    for (const cookie of ["", `${name}=x`, `${name}=9999999999999.abc.def`, `${name}=..`]) {
      const { code, json } = await stranger("/api/session", { headers: { cookie } });
      expect([code, json.reason, json.access]).toEqual([401, "NoSession", "caller"]);
    }
    const mine = web.stranger();
    const opened = await mine(web.console.link());
    const cookie = String(opened.headers["set-cookie"]).split(";")[0] ?? "";
    const headers = { cookie, "content-type": "application/json", "x-plexaubnet-console": "1" };
    expect((await mine("/api/logout", { method: "POST", headers, body: {} })).code).toBe(200);
    expect((await web.stranger()("/api/session", { headers: { cookie } })).code).toBe(401);
  });

  test("CN-08 no answer has the token of the cluster or the secret of a link", async () => {
    const secrets = [
      world.server.identity.token,
      new URL(web.console.link()).searchParams.get("token") ?? "none",
    ];
    for (const path of ["/", "/api/session", "/api/health", "/api/pools", "/api/balancers"]) {
      const { text, headers } = await web.call(path);
      for (const secret of secrets) expect(`${text}${JSON.stringify(headers)}`).not.toContain(secret);
    }
  });
});

describe("CN-08 other pages", () => {
  test.each([
    ["evil.example"],
    ["evil.example:80"],
    ["localhost.evil.example"],
    ["user@localhost"],
  ])("CN-08 the Host %s is refused (DNS rebinding)", async (host) => {
    for (const path of ["/", "/api/session", web.console.link()]) {
      const { code, text } = await web.call(path, { headers: { host } });
      expect(code).toBe(403);
      expect(text).toContain("he Host of this request is not a name of the console");
    }
  });

  test.each([
    ["https://evil.example"],
    ["null"],
    ["http://127.0.0.1:1"],
  ])("CN-08 the Origin %s is refused", async (origin) => {
    const { code, json } = await web.call("/api/session", { headers: { origin } });
    expect([code, json.message]).toEqual([
      403,
      "The request is from another origin: open the console itself.",
    ]);
  });

  test("CN-08 a form of another page can write nothing: the header is missing, or the type is another one", async () => {
    const body = { namespace: "fleet", pool: "corp", name: "forged", cluster: "forged" };
    const withoutHeader = { "content-type": "application/json" };
    expect((await web.call("/api/claims", { method: "POST", body, headers: withoutHeader })).code).toBe(403);
    const asForm = { "content-type": "text/plain", "x-plexaubnet-console": "1" };
    expect((await web.call("/api/claims", { method: "POST", body, headers: asForm })).code).toBe(415);
    expect((await web.call("/api/claims", { method: "DELETE" })).code).toBe(405);
  });

  test("CN-08 every answer forbids foreign scripts, frames and referrers", async () => {
    for (const path of ["/", "/api/session", "/assets/none.js", "/?token=wrong"]) {
      const { headers } = await web.stranger()(path);
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).not.toContain("unsafe");
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
      });
    }
  });

  test("CN-08 a link to another host does not come out of the redirect", async () => {
    const browser = web.stranger();
    const secret = new URL(web.console.link()).searchParams.get("token");
    const { headers } = await browser(`${web.console.url}/evil.example/?token=${secret}`);
    expect(headers.location).toBe("/evil.example/");
  });
});

describe("CN-10 bad input", () => {
  test.each([
    ["/api/map?namespace=fleet&pool=gone", 404, /^There is no SubnetPool gone in namespace fleet: /],
    ["/api/map?pool=corp", 400, /^Namespace is missing: /],
    ["/api/map?namespace=fleet&pool=corp&cidr=10.0.0.0", 400, /^Cidr: "10\.0\.0\.0" /],
    [
      "/api/map?namespace=fleet&pool=corp&cidr=192.0.2.0/24",
      400,
      /^The window is outside of pool corp \(10\.0\.0\.0\/16\)/,
    ],
    ["/api/map?namespace=fleet&pool=corp&from=10.0.0.0", 400, /^From and to belong together/],
    ["/api/map?namespace=fleet&pool=corp&from=10.0.1.0&to=10.0.0.0", 400, /^From is after to/],
    [
      "/api/map?namespace=fleet&pool=corp&cells=1e9",
      400,
      /^Cells "1e9" is out of range: use a whole number from 1 to 4096\.$/,
    ],
    [
      "/api/map?namespace=fleet&pool=corp&shape=circle",
      400,
      /^Shape "circle" is unknown: use band, square\.$/,
    ],
    ["/api/at", 400, /^Address and cidr are missing/],
    ["/api/at?namespace=fleet&pool=corp&address=192.0.2.1", 404, /outside of pool corp/],
    ["/api/object?kind=Secret&namespace=fleet&name=x", 400, /^Kind is unknown: use SubnetPool/],
    ["/api/object?kind=Subnet&namespace=fleet&name=x", 404, /^There is no Subnet x in namespace fleet/],
    ["/api/pools?limit=100000", 400, /^Limit "100000" is out of range/],
    [`/api/search?q=${"x".repeat(1_000)}`, 400, /^Q has 1000 characters: use at most 512\.$/],
    [
      "/api/free?namespace=fleet&pool=corp&length=8",
      400,
      /^Length 8 is not one of pool corp: use 16 to 32\.$/,
    ],
    ["/api/nothing", 404, /^There is no \/api\/nothing/],
    ["/api/incidents/%zz", 502, /^No ledger is configured/],
  ])("CN-10 %s is answered with one sentence", async (path, code, message) => {
    const answer = await web.call(path);
    expect(answer.code).toBe(code);
    expect(answer.json.message).toMatch(message);
    expect(answer.text).not.toMatch(/\bat .*\.ts:\d+|Error:/);
  });

  test.each([
    ["{", /cannot be read as JSON/],
    ["[]", /not an object/],
    ['{"namespace":"fleet"}', /^Pool is missing/],
    ['{"namespace":"fleet","pool":["corp"]}', /^Pool must be a text/],
    ['{"namespace":"fleet","pool":"corp","length":1.5}', /^Length must be a prefix length/],
    ['{"namespace":"fleet","pool":"corp","cluster":"UPPER"}', /^Spec\.clusterID: "UPPER" must be/],
    ['{"namespace":"fleet","pool":"corp","cidr":"10.0.0.0/16","length":8}', /mutually exclusive/],
  ])("CN-10 the body %s is refused with one sentence", async (body, message) => {
    const { code, json } = await web.post("/api/what-if", body);
    expect(code).toBe(400);
    expect(json.message).toMatch(message);
  });

  test("CN-10 a body without end is not read to its end", async () => {
    const { code, json } = await web.post("/api/what-if", "x".repeat(100_000));
    expect([code, json.message]).toEqual([400, "The body is longer than 65536 bytes."]);
  });

  test("CN-10 no path reaches a file outside of the page, and nothing ends the process", async () => {
    const port = Number(new URL(web.console.url).port);
    const secret = readFileSync("package.json", "utf8").slice(0, 40);
    for (const path of [
      "/../package.json",
      "/%2e%2e/%2e%2e/package.json",
      "/assets/../../package.json",
      "//[",
      "/\\..\\x",
      "*",
      "http://[/",
    ]) {
      expect(await rawRequest(port, path)).not.toContain(secret);
    }
    expect((await web.call("/api/session")).code).toBe(200);
  });
});

/** As it stands, without what clients make of a path. */
function rawRequest(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    socket.on("end", () => resolve(text)).on("error", reject);
  });
}
