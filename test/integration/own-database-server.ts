/**
 * A database server for one test file alone: for settings, certificates and signals that would disturb
 * others. Needs the programs that `.ci/databases` installs; TEST_MYSQL_URL and TEST_POSTGRES_URL say that
 * they are there.
 */
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { type LedgerTarget, parseConnectionString } from "../../src/balancers/ledger/index.ts";
import { createAuthority, issueServerCertificate } from "../../src/certificates/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";

export interface OwnServer {
  readonly url: string;
  /** Of the authority that signed its certificate, in PEM form. */
  readonly caFile: string;
  /** Resolves once its processes have stopped: one that was at work goes on for a while after the signal. */
  hang(): Promise<void>;
  goOn(): void;
  stop(): void;
}

const SCRIPT = join(import.meta.dirname, "../../.ci/databases");

/** @param hosts names and IPs in its certificate */
export async function startOwnServer(
  dialect: "mysql" | "postgres",
  hosts: readonly string[],
  options = "",
): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), `plexaubnet-own-${dialect}-`));
  chmodSync(folder, 0o755);
  const authority = await createAuthority(systemKernel, "authority of a test");
  const { certificate, key } = await issueServerCertificate(systemKernel, authority, "a test", hosts);
  const files = { ca: authority.certificate, certificate, key };
  mkdirSync(join(folder, dialect));
  const path = (name: string) => join(folder, `${name}.pem`);
  for (const [name, content] of Object.entries(files)) writeFileSync(path(name), content);
  if (process.getuid?.() === 0) execFileSync("chown", [dialect, path("key"), join(folder, dialect)]);
  chmodSync(path("key"), 0o600);
  const tls =
    dialect === "mysql"
      ? `--ssl-cert=${path("certificate")} --ssl-key=${path("key")} --ssl-ca=${path("ca")}`
      : `-c ssl=on -c ssl_cert_file=${path("certificate")} -c ssl_key_file=${path("key")}`;
  const variable = dialect === "mysql" ? "TEST_MYSQL_ARGS" : "TEST_POSTGRES_ARGS";
  const env = { ...process.env, TEST_DATABASES_DIR: folder, [variable]: `${tls} ${options}` };
  const { stdout } = await promisify(execFile)("bash", [SCRIPT, "start", dialect], { env }).catch((error) => {
    throw new Error(`${dialect} did not start: ${error.stderr}${tailOf(join(folder, dialect, "log"))}`);
  });
  const pid = Number(execFileSync("bash", [SCRIPT, "pid", dialect], { env, encoding: "utf8" }).trim());
  const signal = (name: NodeJS.Signals) => {
    for (const one of [pid, ...childrenOf(pid)]) signalIfThere(one, name);
  };
  return {
    url: stdout.trim(),
    caFile: path("ca"),
    hang: async () => {
      signal("SIGSTOP");
      while (![pid, ...childrenOf(pid)].every(hasStopped)) await nextTurn();
    },
    goOn: () => signal("SIGCONT"),
    stop: () => {
      signal("SIGCONT");
      signal("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function tailOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").slice(-2_000) : "";
}

/** PostgreSQL serves each connection by a process of its own. */
function childrenOf(pid: number): number[] {
  const listed = execFileSync("bash", ["-c", `cat /proc/${pid}/task/*/children`], { encoding: "utf8" });
  return listed.split(/\s+/).filter(Boolean).map(Number);
}

/** A child may end between the listing and its signal: PostgreSQL's do so whenever a client hangs up. */
function signalIfThere(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** With all of its threads. One that has ended has stopped, too. */
function hasStopped(pid: number): boolean {
  const states = execFileSync("bash", ["-c", `cat /proc/${pid}/task/*/status 2>/dev/null || true`], {
    encoding: "utf8",
  });
  return states
    .split("\n")
    .filter((line) => line.startsWith("State:"))
    .every((line) => /^State:\s+[TtZX]/.test(line));
}

/** Its address with another host and with options. */
export function targetOf({ url }: OwnServer, host: string, options: string): LedgerTarget {
  const target = parseConnectionString(`${url.replace("127.0.0.1", host)}?${options}`);
  if (!target.ok) throw new Error(target.error);
  return target.value;
}
