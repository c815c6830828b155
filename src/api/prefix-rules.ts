/**
 * The CEL rules of a field that holds a prefix. Their messages name the fault and the cure, as `describeParseFailure`
 * does, which the API server cannot call: they are composed of the value in CEL.
 *
 * `string(cidr(…))` is joined to other words by `format` alone: Kubernetes knows no bound for its length, and a definition
 * that appends to it by `+` is refused as too costly.
 */
import type { CelRule } from "./cel-rule.ts";

const quoted = (text: string) => `'${text}'`;

/** A fault and how CEL tells it. The first that applies is told. */
interface Fault {
  readonly when: string;
  /** A CEL expression. */
  readonly say: string;
}

/** The text, and what is wrong with it. */
const says = (words: string) => `self + ${quoted(` ${words}`)}`;

const ADDRESS = "self.split('/')[0]";
const IS_IPV4 = `ip(${ADDRESS}).family() == 4`;

/** The cure of an address without a length: itself, and the usual range around it. */
const withoutLength = (width: number, usual: number) =>
  `'%s has no prefix length: write %s/${width} for this address, or a range such as %s'.format([self, self, string(cidr(self + '/${usual}').masked())])`;

const FAULTS: readonly Fault[] = [
  { when: "self.matches('[ \\\\t\\\\r\\\\n]')", say: `"'" + self + "' has white space in it: leave it out"` },
  {
    when: "self.contains('%')",
    say: says("has a zone, which has no meaning here: leave out the % and what follows"),
  },
  {
    when: "!self.contains(':') && self.matches('(^|[./])0[0-9]')",
    say: says("has a number with a leading zero, which some software reads as octal: leave the zero out"),
  },
  {
    when: "self.lowerAscii().startsWith('::ffff:')",
    say: says("is an IPv4 address in IPv6 notation: write it as IPv4, such as 10.0.0.0/16"),
  },
  {
    when: "self.contains('-')",
    say: says("is a range from one address to another: write prefixes, such as 10.0.0.0/24"),
  },
  {
    when: `!isIP(${ADDRESS})`,
    say: says("is no prefix: write it as 10.0.0.0/16 or fd00::/48"),
  },
  { when: `!self.contains('/') && ${IS_IPV4}`, say: withoutLength(32, 24) },
  { when: "!self.contains('/')", say: withoutLength(128, 64) },
  { when: IS_IPV4, say: says("must end in a prefix length, from /0 to /32") },
];

const OTHERWISE = says("must end in a prefix length, from /0 to /128");

/** A prefix without host bits, of either family. At most one of the rules has something to say. */
export const CANONICAL_PREFIX: readonly CelRule[] = [
  {
    rule: "isCIDR(self)",
    message: "must be an IPv4 or IPv6 prefix, such as 10.0.0.0/16 or fd00::/48",
    messageExpression: `${FAULTS.map(({ when, say }) => `${when} ? ${say} : `).join("")}${OTHERWISE}`,
  },
  {
    rule: "!isCIDR(self) || cidr(self).masked() == cidr(self)",
    message: "must have no host bits set: write 10.0.0.0/24 instead of 10.0.0.1/24",
    messageExpression: "'%s has host bits set: write %s'.format([self, string(cidr(self).masked())])",
  },
];
