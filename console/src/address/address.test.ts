import { describe, expect, test } from "vitest";
import {
  blockAround,
  blockAt,
  contains,
  formatAddress,
  formatBlock,
  largestWithin,
  parseAddress,
  parseBlock,
} from "./address.ts";

describe("addresses of the console", () => {
  test("CN-01 canonical texts are read and written unchanged", () => {
    for (const text of [
      "0.0.0.0",
      "10.0.0.1",
      "255.255.255.255",
      "::",
      "::1",
      "2001:db8::",
      "1:2:3:4:5:6:7:8",
      "1:0:2::3",
    ]) {
      const read = parseAddress(text)!;
      expect(formatAddress(read.family, read.value)).toBe(text);
    }
    expect(formatAddress(6, 0x2001_0db8_0000_0001_0000_0000_0000_0001n)).toBe("2001:db8:0:1::1");
    expect(formatAddress(6, parseAddress("1:0:2:3:4:5:6:7")!.value)).toBe("1:0:2:3:4:5:6:7");
  });

  test("CN-01 what is not an address is refused", () => {
    for (const text of [
      "",
      "10.0.0",
      "010.0.0.1",
      "256.0.0.1",
      "10.0.0.0.0",
      "1::2::3",
      ":::",
      "1:2:3:4:5:6:7",
      "12345::",
      "g::",
      "1.2.3.4/8",
    ]) {
      expect(parseAddress(text), text).toBeUndefined();
    }
    for (const text of [
      "10.0.0.0",
      "10.0.0.1/8",
      "10.0.0.0/33",
      "::/129",
      "10.0.0.0/08",
      "10.0.0.0/8/8",
      "/8",
    ]) {
      expect(parseBlock(text), text).toBeUndefined();
    }
  });

  test("CN-01 blocks are exact far beyond what a double holds", () => {
    const block = parseBlock("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128")!;
    expect(formatBlock(block)).toBe("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128");
    expect(formatBlock(blockAt(6, block.first, 127))).toBe("2001:db8:ffff:ffff:ffff:ffff:ffff:fffe/127");
    expect(contains(parseBlock("2001:db8::/32")!, block)).toBe(true);
    expect(contains(parseBlock("2001:db8::/33")!, block)).toBe(false);
  });

  test("CN-01 the largest block within a range, whether or not the range is aligned", () => {
    const within = (from: string, to: string) =>
      formatBlock(largestWithin(4, parseAddress(from)!.value, parseAddress(to)!.value));
    expect(within("10.0.0.0", "10.255.255.255")).toBe("10.0.0.0/8");
    expect(within("10.0.0.1", "10.0.0.255")).toBe("10.0.0.128/25");
    expect(within("10.0.0.7", "10.0.0.7")).toBe("10.0.0.7/32");
    expect(within("10.96.0.0", "10.199.255.255")).toBe("10.128.0.0/10");
  });

  test("CN-01 the smallest block around a range", () => {
    const first = parseAddress("10.0.0.255")!.value;
    expect(formatBlock(blockAround(4, first, first))).toBe("10.0.0.255/32");
    expect(formatBlock(blockAround(4, first, first + 1n))).toBe("10.0.0.0/23");
    expect(formatBlock(blockAround(4, 0n, 0xffff_ffffn))).toBe("0.0.0.0/0");
  });
});
