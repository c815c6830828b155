import type { Command } from "commander";
import { expect, test } from "vitest";
import { helpFor, program } from "./main.ts";

test("the help that is named is that of the command as far as it was understood", () => {
  const help = (...words: string[]) => helpFor(program("0.0.0"), words);
  expect(help("lb", "diff", "--nonsense")).toBe("plexaubnet lb diff --help");
  expect(help("lb", "nonsense")).toBe("plexaubnet lb --help");
  expect(help("up", "lb")).toBe("plexaubnet up --help");
  expect(help("nonsense", "lb")).toBe("plexaubnet --help");
  expect(help()).toBe("plexaubnet --help");
});

test("no help text states that a flag is off unless it is given", () => {
  const texts = (command: Command): string[] => [
    command.helpInformation(),
    ...command.commands.flatMap((each) => texts(each)),
  ];
  expect(texts(program("0.0.0")).join("")).not.toContain("default: false");
});

test("the help of run names the variable of every flag", () => {
  const run = program("0.0.0").commands.find((each) => each.name() === "run");
  const text = run?.helpInformation().replace(/\s+/g, " ");
  for (const { envVar } of run?.options ?? []) expect(text).toContain(`env: ${envVar})`);
});
