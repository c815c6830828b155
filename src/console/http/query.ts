/** Reads the parameters of a request. What cannot be read is a fault that names the parameter, the value and the cure. */
import {
  type Address,
  compareAddresses,
  describeParseFailure,
  lastAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
} from "../../ipam/index.ts";
import { shortened } from "../../kernel/index.ts";
import { type Fault, invalid } from "../read/fault.ts";

/** Thrown by the readers, and answered as it is. */
export class FaultError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** As much of a value as a sentence can bear. */
const MOST_SHOWN = 60;
/** Longer than any name, CIDR or filter. */
const MOST_TEXT = 512;

export class Query {
  readonly #parameters: URLSearchParams;

  constructor(parameters: URLSearchParams) {
    this.#parameters = parameters;
  }

  text(name: string): string | undefined {
    const value = this.#parameters.get(name);
    if (value === null) return undefined;
    if (value.length <= MOST_TEXT) return value;
    throw new FaultError(invalid(`${name} has ${value.length} characters: use at most ${MOST_TEXT}`));
  }

  /** Absent and empty alike are a fault. */
  required(name: string): string {
    const value = this.text(name);
    if (value !== undefined && value !== "") return value;
    throw new FaultError(invalid(`${name} is missing: set it in the URL`));
  }

  isSet(name: string): boolean {
    return this.text(name) === "1";
  }

  number(name: string, preset: number, least: number, most: number): number {
    return this.optionalNumber(name, least, most) ?? preset;
  }

  optionalNumber(name: string, least: number, most: number): number | undefined {
    const value = this.text(name);
    if (value === undefined || value === "") return undefined;
    const number = Number(value);
    if (/^-?\d{1,16}$/.test(value) && number >= least && number <= most) return number;
    throw new FaultError(
      invalid(`${name} ${shown(value)} is out of range: use a whole number from ${least} to ${most}`),
    );
  }

  oneOf<T extends string>(name: string, values: readonly T[], preset: T): T {
    const value = this.text(name);
    if (value === undefined || value === "") return preset;
    const found = values.find((each) => each === value);
    if (found !== undefined) return found;
    throw new FaultError(invalid(`${name} ${shown(value)} is unknown: use ${values.join(", ")}`));
  }

  address(name: string): Address | undefined {
    const value = this.text(name);
    if (value === undefined || value === "") return undefined;
    const parsed = parseAddress(value);
    if (parsed.ok) return parsed.value;
    throw new FaultError(invalid(`${name}: ${describeParseFailure(parsed.error)}`));
  }

  prefix(name: string): Prefix | undefined {
    const value = this.text(name);
    if (value === undefined || value === "") return undefined;
    const parsed = parsePrefix(value);
    if (parsed.ok) return parsed.value;
    throw new FaultError(invalid(`${name}: ${describeParseFailure(parsed.error)}`));
  }

  /** `cidr`, or `from` and `to`; undefined: none of them. */
  range(): { readonly first: Address; readonly last: Address } | undefined {
    const prefix = this.prefix("cidr");
    if (prefix !== undefined) return { first: prefix as Address, last: lastAddress(prefix) };
    const [first, last] = [this.address("from"), this.address("to")];
    if (first === undefined && last === undefined) return undefined;
    if (first === undefined || last === undefined) {
      throw new FaultError(invalid("from and to belong together: set both, or cidr"));
    }
    if (first.family !== last.family || compareAddresses(first, last) > 0) {
      throw new FaultError(
        invalid("from is after to, or of another family: set the first and the last address"),
      );
    }
    return { first, last };
  }
}

function shown(value: string): string {
  return JSON.stringify(shortened(value, MOST_SHOWN));
}
