/**
 * Durable creates a second over TLS: the API server beside a bare `node:https` handler that parses the same
 * bodies and writes them to the same store, and does nothing else. Measured in turn, in one run.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { crds } from "../../src/api/index.ts";
import {
  createIdentity,
  openSqliteStore,
  type ServerIdentity,
  type Store,
  startApiServer,
} from "../../src/apiserver/index.ts";
import { type AnyObject, createClient } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { median } from "../report.ts";
import type { LoadFigures, LoadTask } from "./load-generator.ts";

const CONNECTIONS = 64;
const CREATES = 10_000;
const ROUNDS = 3;

export interface CreateFigures {
  readonly serverPerSecond: number;
  readonly barePerSecond: number;
  readonly ratio: number;
  readonly serverP99Ms: number;
}

export async function measureCreates(): Promise<CreateFigures> {
  const directory = mkdtempSync(join(tmpdir(), "plexaubnet-bench-"));
  const identity = await createIdentity(systemKernel, []);
  const caFile = join(directory, "ca.crt");
  writeFileSync(caFile, identity.caCertificate);
  const rounds: { server: LoadFigures; bare: LoadFigures }[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const bare = await loadBare(identity, caFile, join(directory, `bare-${round}.db`));
      const server = await loadServer(identity, caFile, join(directory, `server-${round}.db`));
      rounds.push({ server, bare });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const middle = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  return {
    serverPerSecond: middle((r) => r.server.perSecond),
    barePerSecond: middle((r) => r.bare.perSecond),
    ratio: middle((r) => r.server.perSecond / r.bare.perSecond),
    serverP99Ms: middle((r) => r.server.p99Ms),
  };
}

async function loadServer(identity: ServerIdentity, caFile: string, file: string): Promise<LoadFigures> {
  const store = openSqliteStore(file);
  const server = await startApiServer({ kernel: systemKernel, store, identity });
  try {
    await installCrds(server.url, identity);
    return await load({ url: server.url, caFile, token: identity.token, ...SIZE });
  } finally {
    await server.stop();
    await store.close();
  }
}

const SIZE = { connections: CONNECTIONS, count: CREATES, prefix: "bench" };

async function load(task: LoadTask): Promise<LoadFigures> {
  const script = join(import.meta.dirname, "load-generator.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(task)]);
  const figures = JSON.parse(stdout) as LoadFigures;
  if (figures.refused > 0) throw new Error(`${figures.refused} creates were refused`);
  return figures;
}

export async function installCrds(url: string, identity: ServerIdentity): Promise<void> {
  const { token, caCertificate: ca } = identity;
  const client = createClient({ server: url, ca, auth: { token } }, { kernel: systemKernel });
  const resource = {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    namespaced: false,
  };
  for (const crd of crds) await client.create(resource, crd as unknown as AnyObject);
  await client.close();
}

async function loadBare(identity: ServerIdentity, caFile: string, file: string): Promise<LoadFigures> {
  const store = openSqliteStore(file);
  const { port, close } = await listenBare(identity, store);
  try {
    return await load({ url: `https://127.0.0.1:${port}`, caFile, token: identity.token, ...SIZE });
  } finally {
    await close();
    await store.close();
  }
}

/** Parse, commit, answer. */
async function listenBare(identity: ServerIdentity, store: Store) {
  const options = { key: identity.serverKey, cert: identity.serverCertificate, ALPNProtocols: ["http/1.1"] };
  const server = createServer(options, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const object = JSON.parse(Buffer.concat(chunks).toString()) as AnyObject;
      const address = { kind: "plexaubnet.io/subnets", namespace: "default", name: object.metadata.name };
      store.write({ do: "put", ...address, object, expectedRevision: 0 }).then((written) => {
        const text = written.ok ? written.value.json() : "";
        response.writeHead(written.ok ? 201 : 409, {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(text),
        });
        response.end(text);
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
}
