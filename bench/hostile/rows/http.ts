/** Requests that are odd before the server reads what they ask for. */
import { CONFIG_MAPS } from "../any-kind.ts";
import { bodied, get } from "../raw-request.ts";
import { type Row, TARGET_MS } from "../row.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));

function rawRow(id: string, what: string, of: (token: string) => string | Buffer): Row {
  return {
    id: `H-${id}`,
    kind: "http",
    what,
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const came = await attacker.raw(of(attacker.target.attackerToken));
      return { answer: /HTTP\/1\.1 (\d+)/.exec(came)?.[1] ?? "closed" };
    },
  };
}

export const HTTP_ROWS: readonly Row[] = [
  rawRow("path-1mb", "a path of 1 MB", (token) => get(`/${"a".repeat(1e6)}`, token)),
  rawRow("path-slashes", "a path of 15,000 slashes", (token) => get("/".repeat(15_000), token)),
  rawRow("path-percent", "a path whose escapes are none", (token) =>
    get("/api/v1/namespaces/%/configmaps/%zz%00%ff", token),
  ),
  rawRow("path-dots", "a path that leaves and comes back", (token) =>
    get("/api/../../api/v1/./namespaces/..%2f..%2fx", token),
  ),
  rawRow("path-absolute", "an absolute URI as the path", (token) => get("http://elsewhere:99999/api", token)),
  rawRow("path-odd", "what is no path at all", (token) => get("*", token)),
  rawRow("path-authority", "a path that begins like a host", (token) => get("//[::1/api", token)),
  rawRow("query-15000", "7,000 parameters", (token) => get(`${CONFIG_MAPS}?${"a&".repeat(7_000)}`, token)),
  rawRow("headers-2000", "2,000 headers", (token) =>
    get("/api", token, times(2_000, (i) => `X-${i}: 1\r\n`).join("")),
  ),
  rawRow("headers-1mb", "headers of 1 MB", (token) =>
    get("/api", token, times(100, (i) => `X-${i}: ${"a".repeat(10_000)}\r\n`).join("")),
  ),
  rawRow("header-accept", "an Accept of 4,000 ranges", (token) =>
    get("/api", token, `Accept: ${"a/b;q=0.5,".repeat(1_400)}*/*\r\n`),
  ),
  rawRow("header-accept-odd", "an Accept that is odd", (token) =>
    get(CONFIG_MAPS, token, "Accept: ;;;=,,application/json;as=Table;as=__proto__;v=;g,*/*;q=NaN\r\n"),
  ),
  rawRow("header-type-odd", "a Content-Type that is odd", (token) =>
    bodied(token, "Content-Type: ;;/;json;charset=\r\nContent-Length: 2\r\n", "{}"),
  ),
  rawRow("header-twice", "two lengths", (token) =>
    bodied(token, "Content-Length: 2\r\nContent-Length: 3\r\n", "{}"),
  ),
  rawRow("header-both", "a length and chunks", (token) =>
    bodied(token, "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
  ),
  rawRow("chunk-huge", "a chunk of 2^63 bytes", (token) =>
    bodied(token, "Transfer-Encoding: chunked\r\n", "7fffffffffffffff\r\n{}"),
  ),
  rawRow("chunk-extensions", "chunks with extensions of 30 KB", (token) =>
    bodied(token, "Transfer-Encoding: chunked\r\n", `1;${"a".repeat(30_000)}\r\n{\r\n`),
  ),
  rawRow("chunks-100000", "100,000 chunks of one byte", (token) =>
    bodied(token, "Transfer-Encoding: chunked\r\n", `${"1\r\n \r\n".repeat(100_000)}0\r\n\r\n`),
  ),
  rawRow("expect", "Expect: something else", (token) =>
    bodied(token, "Expect: 200-maybe\r\nContent-Length: 2\r\n", "{}"),
  ),
  rawRow("continue", "Expect: 100-continue with no body ever", (token) =>
    bodied(token, "Expect: 100-continue\r\nContent-Length: 3000000\r\n", ""),
  ),
  rawRow("upgrade", "an upgrade to websocket", (token) =>
    get(
      `${CONFIG_MAPS}?watch=true`,
      token,
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n",
    ),
  ),
  rawRow("connect", "CONNECT", () => "CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n"),
  rawRow("trace", "TRACE", () => "TRACE /api HTTP/1.1\r\nHost: x\r\n\r\n"),
  rawRow("http-2", "the preface of HTTP/2", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  rawRow("http-0-9", "HTTP/0.9", () => "GET /api\r\n\r\n"),
  rawRow("noise", "1 MB of noise", () => Buffer.from(times(1_000_000, (i) => (i * 7_919) % 256))),
  rawRow("impersonate-2000", "impersonation with 300 groups and extras", (token) =>
    get(
      "/api/v1/namespaces",
      token,
      `Impersonate-User: a\r\n${times(300, (i) => `Impersonate-Group: g${i}\r\nImpersonate-Extra-%zz${i}: 1\r\n`).join("")}`,
    ),
  ),
  rawRow("authorization-odd", "a token of 15 KB", () => get("/api", `${"a.".repeat(7_000)}`)),
];
