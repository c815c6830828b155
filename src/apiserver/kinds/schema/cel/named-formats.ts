/**
 * `format.dns1123Label().validate(text)`: the formats that rules can ask for by name. What a text lacks comes as an
 * optional list of messages; none means that it has the format.
 */
import { type Environment, Optional } from "@marcbachmann/cel-js";
import { formatChecks } from "../formats.ts";

class FormatNamespace {}

class NamedFormat {
  readonly name: string;
  readonly check: (text: string) => boolean;

  constructor(name: string, check: (text: string) => boolean) {
    this.name = name;
    this.check = check;
  }
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const NAME_PART = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const isLabel = (text: string) => text.length <= 63 && LABEL.test(text);
const isLabel1035 = (text: string) => text.length <= 63 && LABEL_1035.test(text);
const isSubdomain = (text: string) => text.length <= 253 && text.split(".").every((part) => LABEL.test(part));
const isNamePart = (text: string) => text.length <= 63 && NAME_PART.test(text);

/** The prefix of a generated name may end in a hyphen, where the rest will follow. */
const asPrefix = (check: (text: string) => boolean) => (text: string) => check(text.replace(/-$/, "a"));

function isQualifiedName(text: string): boolean {
  const [name = "", ...prefix] = text.split("/").reverse();
  return prefix.length <= 1 && prefix.every(isSubdomain) && isNamePart(name);
}

const ofSchema = (name: string) => (text: string) => formatChecks.get(name)?.(text) ?? true;

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  dns1123Label: isLabel,
  dns1123Subdomain: isSubdomain,
  dns1035Label: isLabel1035,
  dns1123LabelPrefix: asPrefix(isLabel),
  dns1123SubdomainPrefix: asPrefix(isSubdomain),
  dns1035LabelPrefix: asPrefix(isLabel1035),
  qualifiedName: isQualifiedName,
  labelValue: (text) => text === "" || isNamePart(text),
  uri: ofSchema("uri"),
  uuid: ofSchema("uuid"),
  byte: ofSchema("byte"),
  date: ofSchema("date"),
  datetime: ofSchema("date-time"),
};

const formats = new Map(Object.entries(checks).map(([name, check]) => [name, new NamedFormat(name, check)]));

function validate(format: NamedFormat, text: string): unknown {
  return format.check(text)
    ? Optional.none()
    : Optional.of([`${JSON.stringify(text)} is not a valid ${format.name}`]);
}

export function registerNamedFormats(environment: Environment): void {
  const options = { async: false } as never;
  environment.registerType("kubernetes.FormatNamespace", FormatNamespace);
  environment.registerType("kubernetes.NamedFormat", NamedFormat);
  environment.registerConstant("format", "kubernetes.FormatNamespace", new FormatNamespace());
  for (const [name, format] of formats) {
    environment.registerFunction(
      `kubernetes.FormatNamespace.${name}(): kubernetes.NamedFormat`,
      () => format,
      options,
    );
  }
  environment.registerFunction(
    "kubernetes.FormatNamespace.named(string): optional<kubernetes.NamedFormat>",
    ((_: FormatNamespace, name: string) => Optional.of(formats.get(name))) as never,
    options,
  );
  environment.registerFunction(
    "kubernetes.NamedFormat.validate(string): optional<list<string>>",
    validate as never,
    options,
  );
}
