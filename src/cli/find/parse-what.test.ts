import { describe, expect, test } from "vitest";
import { formatPrefix } from "../../ipam/index.ts";
import { parseWhat } from "./parse-what.ts";

function read(text: string): string {
  const what = parseWhat(text);
  if (!what.ok) return `! ${what.error}`;
  if (what.value.by === "addresses") return what.value.prefixes.map(formatPrefix).join(" ");
  return `${what.value.kind ?? "any"} ${what.value.name}`;
}

describe("what a user looks up (PX-20)", () => {
  test.each([
    ["10.20.3.4", "10.20.3.4/32"],
    ["10.20.3.0/24", "10.20.3.0/24"],
    ["10.20.3.4/24", "10.20.3.0/24"],
    ["10.20.3.0/255.255.255.0", "10.20.3.0/24"],
    ["10.20.3.0-10.20.4.255", "10.20.3.0/24 10.20.4.0/24"],
    ["::ffff:10.20.3.4", "10.20.3.4/32"],
    ["::ffff:10.20.3.0/120", "10.20.3.0/24"],
    ["2001:db8::1", "2001:db8::1/128"],
    ["2001:DB8::/32", "2001:db8::/32"],
  ])("PX-20 %s is addresses, in whichever way they are written", (text, prefixes) => {
    expect(read(text)).toBe(prefixes);
  });

  test("PX-20 host bits are cleared, and it is reported", () => {
    expect(parseWhat("10.20.3.4/24")).toMatchObject({
      value: { note: expect.stringContaining("10.20.3.4/24 is read as 10.20.3.0/24: ") },
    });
  });

  test.each([
    ["eu-1", "any eu-1"],
    ["web.example", "any web.example"],
    ["cluster/10.1", "cluster 10.1"],
    ["claim/web", "SubnetClaim web"],
    ["snp/corp", "SubnetPool corp"],
  ])("PX-20 %s is a name", (text, name) => {
    expect(read(text)).toBe(name);
  });

  test.each([
    ["10.20.3.300", /"10\.20\.3\.300" is not an IP address at character 9/],
    ["10.20.3.010", /leading zero/],
    ["10.20.3.0/33", /33/],
    ["pod/web", /"pod" is neither an address nor a kind: use cluster, claim/],
    ["  ", /the text is empty/],
  ])("PX-20 %s is neither, and the sentence reports why", (text, sentence) => {
    expect(read(text)).toMatch(sentence);
  });
});
