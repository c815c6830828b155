/**
 * What names, labels and annotations may look like (`apimachinery/pkg/api/validation`, `util/validation`), and the
 * names from `generateName`.
 */
import { type Random, randomBelow } from "../../kernel/index.ts";
import type { NameRule } from "./resource.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end " +
  "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic " +
  "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation " +
  "is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
  "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED_NAME_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start " +
  "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation " +
  "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const tooLong = (limit: number) => `must be no more than ${limit} characters`;

function matching(text: string, limit: number, pattern: RegExp, otherwise: string): string[] {
  const faults: string[] = [];
  if (!pattern.test(text)) faults.push(otherwise);
  if (text.length > limit) faults.push(tooLong(limit));
  return faults;
}

/** What is wrong with a name, in Kubernetes' words. Empty: nothing. */
export function nameFaults(name: string, rule: NameRule = "subdomain"): readonly string[] {
  switch (rule) {
    case "label":
      return matching(name, 63, LABEL, LABEL_TEXT);
    case "label-1035":
      return matching(name, 63, LABEL_1035, LABEL_1035_TEXT);
    case "subdomain":
      return matching(name, 253, SUBDOMAIN, SUBDOMAIN_TEXT);
    case "path-segment":
      return pathSegmentFaults(name);
  }
}

function pathSegmentFaults(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((mark) => name.includes(mark)).map((mark) => `may not contain '${mark}'`);
}

/** Keys of labels and annotations: `name` or `subdomain/name`. */
export function qualifiedNameFaults(key: string): readonly string[] {
  const slash = key.indexOf("/");
  if (key.indexOf("/", slash + 1) > 0 && slash >= 0) {
    return [
      `a qualified name ${QUALIFIED_NAME_TEXT.slice("name part ".length)} with an optional DNS subdomain prefix ` +
        "and '/' (e.g. 'example.com/MyName')",
    ];
  }
  const faults: string[] = [];
  if (slash >= 0) {
    const prefix = key.slice(0, slash);
    if (prefix === "") faults.push("prefix part must be non-empty");
    else faults.push(...nameFaults(prefix).map((fault) => `prefix part ${fault}`));
  }
  const name = key.slice(slash + 1);
  if (name === "") faults.push("name part must be non-empty");
  else if (name.length > 63) faults.push(`name part ${tooLong(63)}`);
  if (!QUALIFIED_NAME.test(name)) faults.push(QUALIFIED_NAME_TEXT);
  return faults;
}

export function labelValueFaults(value: string): readonly string[] {
  return matching(value, 63, LABEL_VALUE, LABEL_VALUE_TEXT);
}

/** No vowels and no look-alikes, as `apimachinery/pkg/util/rand` has them. */
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
const LONGEST_NAME = 63;

/** `generateName` plus five random characters. The prefix is cut so that the whole stays a label. */
export function generatedName(prefix: string, random: Random): string {
  let suffix = "";
  for (let i = 0; i < SUFFIX_LENGTH; i++)
    suffix += SUFFIX_ALPHABET[randomBelow(random, SUFFIX_ALPHABET.length)];
  return prefix.slice(0, LONGEST_NAME - SUFFIX_LENGTH) + suffix;
}
