import { expect, test } from "vitest";
import { formatPrefix } from "../ipam/index.ts";
import { readBlock } from "./block.ts";

test.each([
  ["10.0.0.0/24", ["10.0.0.0/24"]],
  [" 10.0.0.0 / 24 ", ["10.0.0.0/24"]],
  ["10.0.0.0/255.255.255.0", ["10.0.0.0/24"]],
  ["10.0.0.0 255.255.0.0", ["10.0.0.0/16"]],
  ["0.0.0.0/0.0.0.0", ["0.0.0.0/0"]],
  ["10.0.0.1/255.255.255.255", ["10.0.0.1/32"]],
  ["10.0.0.0-10.0.0.255", ["10.0.0.0/24"]],
  ["10.0.0.0 – 10.0.1.127", ["10.0.0.0/24", "10.0.1.0/25"]],
  ["\u00a02001:DB8::/32\u00a0", ["2001:db8::/32"]],
  ["2001:db8::-2001:db8::ff", ["2001:db8::/120"]],
])("PX-13 %s is understood", (text, blocks) => {
  const read = readBlock(text);
  expect(read.ok && read.value.prefixes.map(formatPrefix)).toEqual(blocks);
});

test.each([
  ["", "missing-block", "the row names no block", "fill it in"],
  ["10.0.0.5/24", "host-bits", "host bits", 'write "10.0.0.0/24"'],
  ["10.0.0.5/255.255.255.0", "host-bits", "host bits", 'write "10.0.0.0/24"'],
  ["010.0.0.0/8", "leading-zero", "leading zero", "without the zero"],
  ["::ffff:10.0.0.0/104", "ipv4-mapped", "IPv4 address in IPv6 notation", 'write "10.0.0.0/8"'],
  ["10.0.0.0/33", "length", "greater than the family allows", "0 to 32"],
  ["10.0.0.0", "length", "prefix length is missing", 'write "10.0.0.0/32"'],
  ["10.0.0.0/x", "length", "whole number", "as in /24"],
  ["10.0.0.0/255.0.255.0", "mask", "holes", "prefix length"],
  ["10.0.0.0/0.0.0.255", "mask", "holes", 'write "10.0.0.0/24" if that is meant'],
  ["10.0.0.9-10.0.0.1", "range-reversed", "ends before it begins", 'write "10.0.0.1-10.0.0.9"'],
  ["10.0.0.0-2001:db8::1", "unreadable", "other", "as in 10.0.0.0/24"],
  ["10.0.0.300/24", "unreadable", "greater than 255", "as in 10.0.0.0/24"],
  ["Frankfurt", "unreadable", "character", "as in 10.0.0.0/24"],
  ["=HYPERLINK(1)", "unreadable", "character", "as in 10.0.0.0/24"],
])("PX-13 %j is refused as %s, with a cure", (text, kind, message, cure) => {
  const read = readBlock(text);
  expect(!read.ok && read.error).toMatchObject({
    kind,
    message: expect.stringContaining(message),
    cure: expect.stringContaining(cure),
  });
});
