/**
 * As much of an API server as the harness needs, in a few lines, with endpoints that do to it what attacks
 * do. The embedded server cannot play it: it is what the harness attacks, and falls by none of them. Its
 * objects are in the folder that it is given, its certificate in the folder `FAKE_IDENTITY`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const [directory = ""] = process.argv.slice(2);
const file = join(directory, "objects.json");
const broken = join(directory, "broken");

if (existsSync(broken)) {
  process.send?.({ failure: "it is broken" }, () => process.exit(1));
} else {
  await serve();
}

async function serve(): Promise<void> {
  const pem = (name: string) => readFileSync(join(process.env.FAKE_IDENTITY ?? "", name), "utf8");
  const options: ServerOptions = { key: pem("server.key"), cert: pem("server.crt") };
  const objects = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object[]) : [];
  let isReadOnly = false;
  const server = createServer(options, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? "", "https://localhost");
    const answer = (code: number, text: string) => {
      response.writeHead(code, { "content-type": "application/json" });
      response.end(text);
    };
    const end = performance.now() + Number(url.searchParams.get("busy") ?? 0);
    while (performance.now() < end);
    if (url.pathname === "/die") throw new Error("somebody asked for it");
    if (url.pathname === "/break") writeFileSync(broken, "");
    if (url.pathname === "/close") isReadOnly = true;
    if (url.pathname === "/forget") {
      objects.length = 0;
      writeFileSync(file, "[]");
    }
    if (url.pathname === "/never") return;
    if (url.pathname.endsWith("/token")) return answer(201, '{"status":{"token":"t"}}');
    if (request.method === "DELETE") return answer(200, "{}");
    if (request.method !== "POST") return answer(200, JSON.stringify({ items: objects }));
    if (isReadOnly) return answer(503, '{"message":"no more writes"}');
    objects.push(JSON.parse(body) as object);
    writeFileSync(file, JSON.stringify(objects));
    answer(201, body);
  });
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ url: `https://127.0.0.1:${port}`, ca: pem("ca.crt"), token: "t" });
  });
  process.once("disconnect", () => process.exit(0));
}
