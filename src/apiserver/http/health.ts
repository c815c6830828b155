/** `/healthz`, `/livez`, `/readyz`, with one line for each check when `?verbose` asks for it. */
export interface HealthCheck {
  readonly name: string;
  /** Undefined: all is well. */
  fault(): string | undefined;
  /** Whether that passes without a restart: then the process is not ready, and lives. Default: it does not. */
  isTemporary?(): boolean;
}

const PATH = /^\/(healthz|livez|readyz)(?:\/([\w-]+))?\/?$/;

/** Undefined: the path is none of these. */
export function answerHealth(
  path: string,
  query: URLSearchParams,
  checks: readonly HealthCheck[],
): { readonly code: number; readonly text: string } | undefined {
  const match = PATH.exec(path);
  if (match === null) return undefined;
  const [, endpoint = "", only] = match;
  const excluded = new Set(query.getAll("exclude"));
  const chosen = checks.filter(({ name }) => (only === undefined || name === only) && !excluded.has(name));
  if (only !== undefined && chosen.length === 0) return { code: 404, text: "404 page not found\n" };
  const isForLife = endpoint === "livez";
  const results = chosen.map((check) => {
    const isIgnored = isForLife && check.isTemporary?.() === true;
    return { name: check.name, fault: isIgnored ? undefined : check.fault() };
  });
  const failed = results.some((result) => result.fault !== undefined);
  if (!failed && !query.has("verbose")) return { code: 200, text: "ok" };
  const lines = results.map(({ name, fault }) =>
    fault === undefined ? `[+]${name} ok` : `[-]${name} failed: ${fault}`,
  );
  lines.push(failed ? `${endpoint} check failed` : `${endpoint} check passed`);
  return { code: failed ? 500 : 200, text: `${lines.join("\n")}\n` };
}
