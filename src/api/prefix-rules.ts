/**
 * The CEL rules of a field that holds a prefix. Their messages name the fault and the cure, as `describeParseFailure`
 * does, which the API server cannot call: they are composed of the value in CEL.
 *
 * `string(cidr(…))` is joined to other words by `format` alone: Kubernetes knows no bound for its length, and a definition
 * that appends to it by `+` is refused as too costly.
 */
import type { CelRule } from "./cel-rule.ts";

const quoted = (text: string) => `'${text}'`;

/** A fault and its message in CEL. The first that applies is reported. */
interface Fault {
  readonly when: string;
  /** A CEL expression. */
  readonly message: string;
}

/** The value, and what is wrong with it. */
const valueThat = (words: string) => `self + ${quoted(` ${words}`)}`;

const ADDRESS = "self.split('/')[0]";
const IS_IPV4 = `ip(${ADDRESS}).family() == 4`;

/** The cure of an address without a length: itself, and the usual range around it. */
const withoutLength = (width: number, usual: number) =>
  `'%s has no prefix length: write %s/${width} for this address, or a range such as %s'.format([self, self, string(cidr(self + '/${usual}').masked())])`;

const FAULTS: readonly Fault[] = [
  { when: "self.matches('[ \\\\t\\\\r\\\\n]')", message: `"'" + self + "' contains white space: remove it"` },
  {
    when: "self.contains('%')",
    message: valueThat("has a zone, which is not allowed here: remove the % and what follows"),
  },
  {
    when: "!self.contains(':') && self.matches('(^|[./])0[0-9]')",
    message: valueThat(
      "has a number with a leading zero, which some software reads as octal: remove the zero",
    ),
  },
  {
    when: "self.lowerAscii().startsWith('::ffff:')",
    message: valueThat("is an IPv4 address in IPv6 notation: write it as IPv4, such as 10.0.0.0/16"),
  },
  {
    when: "self.contains('-')",
    message: valueThat("is a range from one address to another: write prefixes, such as 10.0.0.0/24"),
  },
  {
    when: `!isIP(${ADDRESS})`,
    message: valueThat("is not a prefix: write it as 10.0.0.0/16 or fd00::/48"),
  },
  { when: `!self.contains('/') && ${IS_IPV4}`, message: withoutLength(32, 24) },
  { when: "!self.contains('/')", message: withoutLength(128, 64) },
  { when: IS_IPV4, message: valueThat("must end in a prefix length, from /0 to /32") },
];

const OTHERWISE = valueThat("must end in a prefix length, from /0 to /128");

/** A prefix without host bits, of either family. At most one of the rules reports a message. */
export const CANONICAL_PREFIX: readonly CelRule[] = [
  {
    rule: "isCIDR(self)",
    message: "must be an IPv4 or IPv6 prefix, such as 10.0.0.0/16 or fd00::/48",
    messageExpression: `${FAULTS.map(({ when, message }) => `${when} ? ${message} : `).join("")}${OTHERWISE}`,
  },
  {
    rule: "!isCIDR(self) || cidr(self).masked() == cidr(self)",
    message: "must have no host bits set: write 10.0.0.0/24 instead of 10.0.0.1/24",
    messageExpression: "'%s has host bits set: write %s'.format([self, string(cidr(self).masked())])",
  },
];
