import { mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../kernel/index.ts";
import { createLogger } from "../../runtime/index.ts";
import { LineFile } from "./log-file.ts";

/** A disk on which so many bytes still fit. */
function withDisk(run: (disk: { room: number }, lines: LineFile, read: () => string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-log-"));
  const path = join(folder, "log");
  const disk = { room: Number.POSITIVE_INFINITY };
  const append = (file: number, bytes: Uint8Array): number => {
    const fitting = bytes.subarray(0, disk.room);
    if (fitting.length === 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    disk.room -= fitting.length;
    return writeSync(file, fitting);
  };
  const lines = new LineFile(path, append);
  try {
    run(disk, lines, () => readFileSync(path, "utf8"));
  } finally {
    lines.close();
    rmSync(folder, { recursive: true });
  }
}

test("a line that does not fit is dropped and counted, and no caller that logs is disturbed", () => {
  withDisk((disk, lines, read) => {
    lines.write("first\n");
    disk.room = 4;
    for (const line of ["second ä\n", "third\n"]) lines.write(line);
    expect(lines.dropped).toBe(2);
    disk.room = 1000;
    lines.write("fourth\n");
    expect(lines.dropped).toBe(0);
    const [first, torn, told, fourth, ...more] = read().split("\n");
    expect([first, torn, fourth, more]).toEqual(["first", "seco", "fourth", [""]]);
    expect(JSON.parse(told ?? "")).toEqual({
      level: "warn",
      msg: "2 lines were dropped: the log could not be written",
      dropped: 2,
    });
  });
});

test("wherever the disk becomes full, each line that is there is whole or the last before a notice", () => {
  for (let room = 0; room < 300; room++) {
    withDisk((disk, lines, read) => {
      disk.room = room;
      for (let i = 0; i < 5; i++) lines.write(`{"line":${i}}\n`);
      const dropped = lines.dropped;
      disk.room = Number.POSITIVE_INFINITY;
      lines.write('{"line":"last"}\n');
      const whole = read()
        .split("\n")
        .filter((line) => /^\{.*\}$/.test(line))
        .map((line) => JSON.parse(line));
      expect(whole.at(-1)).toEqual({ line: "last" });
      expect(whole.at(-2)).toMatchObject(dropped > 0 ? { dropped } : { line: 4 });
      const written = whole.filter(({ line }) => typeof line === "number").map(({ line }) => line);
      expect(written).toEqual(written.map((_, i) => i));
      expect(written.length).toBeGreaterThanOrEqual(5 - dropped);
    });
  }
});

test("a log whose file cannot even be opened throws at no caller", () => {
  const lines = new LineFile("/proc/plexaubnet/log");
  const logger = createLogger({ clock: systemClock, destination: lines });
  expect(() => logger.error({ err: new Error("x") }, "request failed")).not.toThrow();
  expect(lines.dropped).toBe(1);
});
