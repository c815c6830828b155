/** Keeps clocks and chance inside `src/kernel/` (`docs/architecture.md#determinism`). */
import { expect, test } from "vitest";
import { type Node, nodes, sourceFiles } from "./sources.ts";

const FORBIDDEN_MEMBERS = new Set([
  "Date.now",
  "Math.random",
  "performance.now",
  "crypto.randomUUID",
  "crypto.getRandomValues",
  "process.hrtime",
  "AbortSignal.timeout",
]);
const FORBIDDEN_CALLS = new Set([
  "setTimeout",
  "setInterval",
  "setImmediate",
  "fetch",
  "randomUUID",
  "randomBytes",
]);

/**
 * Folder → calls that it may make, and why. Key material must come from the platform's generator, which a
 * seed must never replace.
 */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  "src/certificates/": ["randomBytes"],
  "src/apiserver/http/auth/": ["randomBytes"],
  "src/apiserver/http/": ["randomBytes"],
  "src/console/http/": ["randomBytes"],
  "src/cli/up/": ["randomBytes"],
};

function offence(node: Node): string | undefined {
  const callee = node.callee as Node | undefined;
  if (
    node.type === "NewExpression" &&
    callee?.name === "Date" &&
    (node.arguments as unknown[]).length === 0
  ) {
    return "new Date()";
  }
  if (node.type === "CallExpression" && callee?.type === "Identifier") {
    return FORBIDDEN_CALLS.has(String(callee.name)) ? String(callee.name) : undefined;
  }
  if (node.type === "MemberExpression") {
    const object = node.object as Node;
    const property = node.property as Node;
    const name = `${String(object.name)}.${String(property.name)}`;
    return FORBIDDEN_MEMBERS.has(name) ? name : undefined;
  }
  return undefined;
}

test("nothing outside src/kernel reads a clock, sets a timer or rolls a die", () => {
  const offences: string[] = [];
  for (const file of sourceFiles("src")) {
    if (file.path.startsWith("src/kernel/") || file.path.endsWith(".test.ts")) continue;
    const allowed = Object.entries(EXCEPTIONS).find(([folder]) => file.path.startsWith(folder))?.[1] ?? [];
    for (const node of nodes(file.program)) {
      const found = offence(node);
      if (found !== undefined && !allowed.includes(found)) offences.push(`${file.path}: ${found}`);
    }
  }
  expect(offences).toEqual([]);
});

test("tests do not sleep", () => {
  const offences: string[] = [];
  for (const file of [...sourceFiles("src"), ...sourceFiles("test")]) {
    if (!file.path.endsWith(".test.ts")) continue;
    for (const node of nodes(file.program)) {
      const callee = node.callee as Node | undefined;
      if (node.type === "CallExpression" && callee?.name === "setTimeout") offences.push(file.path);
    }
  }
  expect(offences).toEqual([]);
});
