/**
 * Credentials from a program (`client.authentication.k8s.io/v1`, KEP-541), kept until they expire or are refused.
 * The program runs without a terminal: what needs a person at the keyboard does not work here.
 */
import { execFile } from "node:child_process";
import { type Clock, defined } from "../kernel/index.ts";
import { type ClusterConfig, type ExecPlugin, originOf } from "./cluster-config.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { ConfigError } from "./errors.ts";
import { materialSource } from "./material.ts";

const PLUGIN_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1 << 20;
/** Renewed this much before they expire, so that a request under way does not outlive them. */
const EARLY_MS = 10_000;

export class ExecCredentials implements CredentialSource {
  readonly #plugin: ExecPlugin;
  readonly #config: ClusterConfig;
  readonly #clock: Clock;
  readonly #source: string;
  #kept: { readonly credentials: Credentials; readonly untilMs: number } | undefined;
  #running: Promise<Credentials> | undefined;

  constructor(plugin: ExecPlugin, config: ClusterConfig, clock: Clock) {
    this.#plugin = plugin;
    this.#config = config;
    this.#clock = clock;
    this.#source = `the plugin ${plugin.command} (exec of ${originOf(config).user})`;
  }

  current(): Credentials | Promise<Credentials> {
    if (this.#kept !== undefined && this.#clock.now() < this.#kept.untilMs) return this.#kept.credentials;
    this.#running ??= this.#obtain().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  forget(): void {
    this.#kept = undefined;
  }

  async #obtain(): Promise<Credentials> {
    const output = await this.#run();
    const status = parseStatus(output, this.#source);
    const credentials: Credentials = {
      source: this.#source,
      ...defined({
        authorization: status.token === undefined ? undefined : `Bearer ${status.token}`,
        certificate: status.clientCertificateData,
        key: status.clientKeyData,
      }),
    };
    const expiresMs =
      status.expirationTimestamp === undefined ? undefined : Date.parse(status.expirationTimestamp);
    this.#kept = {
      credentials,
      untilMs:
        expiresMs === undefined || Number.isNaN(expiresMs) ? Number.POSITIVE_INFINITY : expiresMs - EARLY_MS,
    };
    return credentials;
  }

  #run(): Promise<string> {
    const { command, args, env, installHint } = this.#plugin;
    const info = JSON.stringify(this.#execInfo());
    return new Promise((resolve, reject) => {
      const options = {
        env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: info },
        timeout: PLUGIN_TIMEOUT_MS,
        maxBuffer: MAX_OUTPUT_BYTES,
        windowsHide: true,
      };
      const child = execFile(command, [...args], options, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const said = stderr.trim().split("\n").at(-1) ?? "";
        const why = said === "" ? (error.code ?? error.signal ?? error.message) : said;
        const hint = error.code === "ENOENT" && installHint !== undefined ? `. ${installHint.trim()}` : "";
        reject(new ConfigError(`${this.#source} returned no credentials: ${why}${hint}`, error));
      });
      child.stdin?.end();
    });
  }

  #execInfo(): object {
    const { server, ca, tlsServerName, insecureSkipTlsVerify } = this.#config;
    const spec: Record<string, unknown> = { interactive: false };
    if (this.#plugin.provideClusterInfo) {
      const text =
        ca && materialSource(ca, `certificate-authority of ${originOf(this.#config).cluster}`, this.#clock);
      spec.cluster = {
        server,
        ...defined({
          "tls-server-name": tlsServerName,
          "insecure-skip-tls-verify": insecureSkipTlsVerify === true ? true : undefined,
          "certificate-authority-data": text ? Buffer.from(text.text()).toString("base64") : undefined,
        }),
      };
    }
    return { apiVersion: this.#plugin.apiVersion, kind: "ExecCredential", spec };
  }
}

interface ExecStatus {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

function parseStatus(output: string, source: string): ExecStatus {
  let parsed: { readonly kind?: unknown; readonly status?: ExecStatus };
  try {
    parsed = JSON.parse(output);
  } catch (cause) {
    throw new ConfigError(`${source} did not print JSON`, cause);
  }
  const status = parsed?.status;
  if (parsed?.kind !== "ExecCredential" || status === undefined || status === null) {
    throw new ConfigError(`${source} printed no ExecCredential with a status`);
  }
  if (status.token === undefined && status.clientCertificateData === undefined) {
    throw new ConfigError(`${source} printed neither status.token nor status.clientCertificateData`);
  }
  return status;
}
