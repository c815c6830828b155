/**
 * The functions that Kubernetes adds to CEL ("CEL options, language features and libraries" in its documentation):
 * addresses, lists, sets, strings, regular expressions, URLs and quantities.
 */
import { Environment } from "@marcbachmann/cel-js";
import { spend } from "../../../work-budget.ts";
import { compilePattern, type Pattern } from "../pattern.ts";
import {
  CidrValue,
  IpValue,
  isGlobalUnicast,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isUnspecified,
  parseCidr,
  parseIp,
} from "./addresses.ts";
import { registerDialect } from "./dialect.ts";
import { identityOf } from "./identity.ts";
import { registerNamedFormats } from "./named-formats.ts";
import { parseQuantity, QuantityValue } from "./quantity.ts";
import { SemverValue, semverFunctions } from "./semver.ts";
import { registerTwoVariables } from "./two-variables.ts";

class SetsNamespace {}
class IpNamespace {}
class StringsNamespace {}
class UrlValue {
  readonly url: URL;
  constructor(url: URL) {
    this.url = url;
  }
}

type Handler = (...values: never[]) => unknown;
type Functions = readonly (readonly [signature: string, handler: Handler])[];

let base: Environment | undefined;

/** An environment with all of the library, to which variables and types may be added. */
export function kubernetesEnvironment(): Environment {
  base ??= buildEnvironment();
  return base.clone();
}

function buildEnvironment(): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 5000, maxDepth: 100 },
  });
  environment.registerType("net.IP", IpValue).registerType("net.CIDR", CidrValue);
  environment.registerType("kubernetes.URL", UrlValue).registerType("kubernetes.Quantity", QuantityValue);
  environment.registerType("kubernetes.Sets", SetsNamespace).registerType("kubernetes.Semver", SemverValue);
  environment.registerOperator(
    "kubernetes.Semver == kubernetes.Semver",
    (a: SemverValue, b: SemverValue) => a.compareTo(b) === 0n,
  );
  registerDialect(environment);
  registerNamedFormats(environment);
  registerTwoVariables(environment);
  environment.registerType("kubernetes.IpNamespace", IpNamespace);
  environment.registerType("kubernetes.Strings", StringsNamespace);
  environment.registerConstant("sets", "kubernetes.Sets", new SetsNamespace());
  environment.registerConstant("ip", "kubernetes.IpNamespace", new IpNamespace());
  environment.registerConstant("strings", "kubernetes.Strings", new StringsNamespace());
  environment.registerOperator(
    "net.IP == net.IP",
    (a: IpValue, b: IpValue) => a.bits === b.bits && a.value === b.value,
  );
  environment.registerOperator(
    "net.CIDR == net.CIDR",
    (a: CidrValue, b: CidrValue) => String(a) === String(b),
  );
  environment.registerOperator(
    "kubernetes.URL == kubernetes.URL",
    (a: UrlValue, b: UrlValue) => a.url.href === b.url.href,
  );
  environment.registerOperator(
    "kubernetes.Quantity == kubernetes.Quantity",
    (a: QuantityValue, b: QuantityValue) => a.nanos === b.nanos,
  );
  for (const [signature, handler] of [
    ...addressFunctions,
    ...stringFunctions,
    ...urlFunctions,
    ...quantityFunctions,
    ...semverFunctions,
    ...listFunctions(),
    ...setFunctions,
  ]) {
    environment.registerFunction(
      signature,
      handler as (...values: unknown[]) => unknown,
      { async: false } as never,
    );
  }
  return environment;
}

function must<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new Error(message);
  return value;
}

const ip = (text: string) =>
  must(parseIp(text), `IP Address '${text}' parse error during conversion from string`);
const cidr = (text: string) =>
  must(parseCidr(text), `network address parse error during conversion from string: ${text}`);

const addressFunctions: Functions = [
  ["isIP(string): bool", (text: string) => parseIp(text) !== undefined],
  ["ip(string): net.IP", ip],
  [
    "kubernetes.IpNamespace.isCanonical(string): bool",
    (_: IpNamespace, text: string) => String(ip(text)) === text,
  ],
  ["string(net.IP): string", (value: IpValue) => String(value)],
  ["net.IP.family(): int", (value: IpValue) => (value.bits === 32 ? 4n : 6n)],
  ["net.IP.isUnspecified(): bool", isUnspecified],
  ["net.IP.isLoopback(): bool", isLoopback],
  ["net.IP.isLinkLocalUnicast(): bool", isLinkLocalUnicast],
  ["net.IP.isLinkLocalMulticast(): bool", isLinkLocalMulticast],
  ["net.IP.isGlobalUnicast(): bool", isGlobalUnicast],
  ["isCIDR(string): bool", (text: string) => parseCidr(text) !== undefined],
  ["cidr(string): net.CIDR", cidr],
  ["string(net.CIDR): string", (value: CidrValue) => String(value)],
  ["net.CIDR.containsIP(net.IP): bool", (range: CidrValue, value: IpValue) => range.contains(value)],
  ["net.CIDR.containsIP(string): bool", (range: CidrValue, text: string) => range.contains(ip(text))],
  [
    "net.CIDR.containsCIDR(net.CIDR): bool",
    (range: CidrValue, other: CidrValue) => range.containsCidr(other),
  ],
  ["net.CIDR.containsCIDR(string): bool", (range: CidrValue, text: string) => range.containsCidr(cidr(text))],
  ["net.CIDR.ip(): net.IP", (range: CidrValue) => range.address],
  ["net.CIDR.masked(): net.CIDR", (range: CidrValue) => range.masked()],
  ["net.CIDR.prefixLength(): int", (range: CidrValue) => BigInt(range.length)],
];

function patternOf(text: string): Pattern {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(compiled.error);
  return compiled.value;
}

const stringFunctions: Functions = [
  ["string.find(string): string", (text: string, pattern: string) => patternOf(pattern).find(text) ?? ""],
  [
    "string.findAll(string): list<string>",
    (text: string, pattern: string) => patternOf(pattern).findAll(text, Number.POSITIVE_INFINITY),
  ],
  [
    "string.findAll(string, int): list<string>",
    (text: string, pattern: string, limit: bigint) =>
      patternOf(pattern).findAll(text, limit < 0n ? Number.POSITIVE_INFINITY : Number(limit)),
  ],
  ["kubernetes.Strings.quote(string): string", (_: StringsNamespace, text: string) => JSON.stringify(text)],
  ["string.charAt(int): string", (text: string, at: bigint) => [...text][Number(at)] ?? ""],
  [
    "string.replace(string, string): string",
    (text: string, from: string, to: string) => {
      spendReplaced(text, from, to);
      return text.replaceAll(from, () => to);
    },
  ],
  [
    "string.replace(string, string, int): string",
    (text: string, from: string, to: string, limit: bigint) => {
      spendReplaced(text, from, to);
      let left = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
      return text.replaceAll(from, (match) => (left-- > 0 ? to : match));
    },
  ],
  ["string.format(list): string", formatText],
];

/** What a replacement of all occurrences may make. */
function spendReplaced(text: string, from: string, to: string): void {
  spend((text.length / Math.max(1, from.length)) * (1 + to.length / 16));
}

/** `"%s is %d".format([…])` with %s, %d, %f, %x, %o, %b, %e and %%. */
function formatText(template: string, values: readonly unknown[]): string {
  let next = 0;
  return template.replace(
    /%(%|(?:\.(\d+))?([sdfxXobe]))/g,
    (_whole, verb: string, precision?: string, letter?: string) => {
      if (verb === "%") return "%";
      const value = must(values[next++], `index ${next - 1} out of range`);
      const number = value as number | bigint;
      if (letter === "x") return number.toString(16);
      if (letter === "X") return number.toString(16).toUpperCase();
      if (letter === "o") return number.toString(8);
      if (letter === "b") return number.toString(2);
      if (letter === "f") return Number(number).toFixed(Number(precision ?? 6));
      if (letter === "e") return Number(number).toExponential(Number(precision ?? 6));
      return String(value);
    },
  );
}

const parseUrl = (text: string) => {
  if (text.startsWith("/")) return URL.canParse(text, "file://") ? new URL(text, "file://") : undefined;
  return URL.canParse(text) ? new URL(text) : undefined;
};

const urlFunctions: Functions = [
  ["isURL(string): bool", (text: string) => parseUrl(text) !== undefined],
  [
    "url(string): kubernetes.URL",
    (text: string) =>
      new UrlValue(must(parseUrl(text), `URL parse error during conversion from string: ${text}`)),
  ],
  [
    "kubernetes.URL.getScheme(): string",
    ({ url }: UrlValue) => (url.protocol === "file:" ? "" : url.protocol.slice(0, -1)),
  ],
  ["kubernetes.URL.getHost(): string", ({ url }: UrlValue) => url.host],
  ["kubernetes.URL.getHostname(): string", ({ url }: UrlValue) => url.hostname.replace(/^\[|\]$/g, "")],
  ["kubernetes.URL.getPort(): string", ({ url }: UrlValue) => url.port],
  ["kubernetes.URL.getEscapedPath(): string", ({ url }: UrlValue) => url.pathname],
  [
    "kubernetes.URL.getQuery(): map<string, list<string>>",
    ({ url }: UrlValue) =>
      Map.groupBy(url.searchParams, ([key]) => key)
        .entries()
        .reduce(
          (all, [key, pairs]) =>
            all.set(
              key,
              pairs.map(([, value]) => value),
            ),
          new Map<string, string[]>(),
        ),
  ],
];

const quantity = (text: string) =>
  must(
    parseQuantity(text),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );

const NANOS = 1_000_000_000n;

const quantityFunctions: Functions = [
  ["isQuantity(string): bool", (text: string) => parseQuantity(text) !== undefined],
  ["quantity(string): kubernetes.Quantity", quantity],
  ["kubernetes.Quantity.isInteger(): bool", (value: QuantityValue) => value.isInteger],
  [
    "kubernetes.Quantity.asInteger(): int",
    (value: QuantityValue) =>
      must(value.isInteger ? value.integer : undefined, "cannot convert value to integer"),
  ],
  ["kubernetes.Quantity.asApproximateFloat(): double", (value: QuantityValue) => value.approximate],
  ["kubernetes.Quantity.sign(): int", (value: QuantityValue) => value.compareTo(new QuantityValue(0n))],
  [
    "kubernetes.Quantity.compareTo(kubernetes.Quantity): int",
    (a: QuantityValue, b: QuantityValue) => a.compareTo(b),
  ],
  [
    "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool",
    (a: QuantityValue, b: QuantityValue) => a.nanos > b.nanos,
  ],
  [
    "kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool",
    (a: QuantityValue, b: QuantityValue) => a.nanos < b.nanos,
  ],
  [
    "kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity",
    (a: QuantityValue, b: QuantityValue) => new QuantityValue(a.nanos + b.nanos),
  ],
  [
    "kubernetes.Quantity.add(int): kubernetes.Quantity",
    (a: QuantityValue, b: bigint) => new QuantityValue(a.nanos + b * NANOS),
  ],
  [
    "kubernetes.Quantity.sub(int): kubernetes.Quantity",
    (a: QuantityValue, b: bigint) => new QuantityValue(a.nanos - b * NANOS),
  ],
  [
    "kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity",
    (a: QuantityValue, b: QuantityValue) => new QuantityValue(a.nanos - b.nanos),
  ],
];

type Ordered = string | number | bigint | boolean | Date;

function listFunctions(): Functions {
  const ordered = [
    "int",
    "double",
    "string",
    "bool",
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
  ];
  const numeric = ["int", "double"];
  const extreme = (name: string, better: (a: Ordered, b: Ordered) => boolean) => (list: readonly Ordered[]) =>
    must(
      list.reduce<Ordered | undefined>(
        (best, each) => (best === undefined || better(each, best) ? each : best),
        undefined,
      ),
      `${name} called on empty list`,
    );
  return [
    ...ordered.flatMap(
      (type): Functions => [
        [
          `list<${type}>.isSorted(): bool`,
          (list: readonly Ordered[]) => list.every((each, i) => i === 0 || (list[i - 1] as Ordered) <= each),
        ],
        [`list<${type}>.min(): ${type}`, extreme("min", (a, b) => a < b)],
        [`list<${type}>.max(): ${type}`, extreme("max", (a, b) => a > b)],
      ],
    ),
    ...numeric.map((type): Functions[number] => [
      `list<${type}>.sum(): ${type}`,
      (list: readonly (number | bigint)[]) =>
        list.reduce(
          (total, each) => (total as never) + (each as never),
          (type === "int" ? 0n : 0) as number | bigint,
        ),
    ]),
    [
      "list<V>.indexOf(V): int",
      (list: readonly unknown[], item: unknown) => {
        const text = identityOf(item);
        return BigInt(list.findIndex((each) => identityOf(each) === text));
      },
    ],
    [
      "list<V>.lastIndexOf(V): int",
      (list: readonly unknown[], item: unknown) => {
        const text = identityOf(item);
        return BigInt(list.findLastIndex((each) => identityOf(each) === text));
      },
    ],
    [
      "list<V>.distinct(): list<V>",
      (list: readonly unknown[]) =>
        [...new Map([...list].reverse().map((each) => [identityOf(each), each])).values()].reverse(),
    ],
    [
      "list<V>.slice(int, int): list<V>",
      (list: readonly unknown[], from: bigint, to: bigint) => list.slice(Number(from), Number(to)),
    ],
  ];
}

const identities = (list: readonly unknown[]): ReadonlySet<unknown> => new Set(list.map(identityOf));

/** Whether all of `inner` are in `outer`. */
function isWithin(inner: readonly unknown[], outer: readonly unknown[]): boolean {
  const known = identities(outer);
  return inner.every((each) => known.has(identityOf(each)));
}

const setFunctions: Functions = [
  [
    "kubernetes.Sets.contains(list<V>, list<V>): bool",
    (_: SetsNamespace, a: readonly unknown[], b: readonly unknown[]) => isWithin(b, a),
  ],
  [
    "kubernetes.Sets.equivalent(list<V>, list<V>): bool",
    (_: SetsNamespace, a: readonly unknown[], b: readonly unknown[]) => isWithin(a, b) && isWithin(b, a),
  ],
  [
    "kubernetes.Sets.intersects(list<V>, list<V>): bool",
    (_: SetsNamespace, a: readonly unknown[], b: readonly unknown[]) => {
      const known = identities(a);
      return b.some((each) => known.has(identityOf(each)));
    },
  ],
];
