/** The bash script is run by the real bash; fish is not everywhere, so its script is read. */
import { execFileSync } from "node:child_process";
import { Command, Option } from "commander";
import { expect, test } from "vitest";
import { program } from "../main.ts";
import { completionScript } from "./completion-script.ts";

const root = new Command("demo");
root.addCommand(
  new Command("tree")
    .option("--kubeconfig <file>")
    .option("-n, --namespace <name>")
    .addOption(new Option("-o, --output <format>").choices(["table", "json"])),
);
root.addCommand(
  new Command("lb").addCommand(
    new Command("list").addOption(new Option("-o, --output <format>").choices(["html"])),
  ),
);

/** What bash offers for the last of the words. */
function offered(script: string, name: string, words: readonly string[]): string[] {
  const driver = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _${name}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync("bash", ["-c", driver, "bash", ...words], { encoding: "utf8" });
  return output.split("\n").filter((word) => word !== "");
}

const inDemo = (...words: string[]) => offered(completionScript(root, "bash"), "demo", ["demo", ...words]);

test("bash completes commands, commands of commands, and options", () => {
  expect(inDemo("")).toEqual(expect.arrayContaining(["tree", "lb"]));
  expect(inDemo("tr")).toEqual(["tree"]);
  expect(inDemo("lb", "l")).toEqual(["list"]);
  expect(inDemo("tree", "--na")).toEqual(["--namespace"]);
  expect(inDemo("lb", "--na")).toEqual([]);
});

test("bash completes the choices of the option of this very command, and files", () => {
  expect(inDemo("tree", "-o", "")).toEqual(["table", "json"]);
  expect(inDemo("lb", "list", "--output", "")).toEqual(["html"]);
  expect(inDemo("tree", "--kubeconfig", "/etc/host")).toContain("/etc/hosts");
  expect(inDemo("tree", "-n", "")).toEqual([]);
});

test("zsh takes the same script; fish gets one line for each word", () => {
  expect(completionScript(root, "zsh")).toContain("bashcompinit");
  const fish = completionScript(root, "fish");
  expect(fish).toContain("complete -c demo -n '__fish_use_subcommand' -f -a 'tree'");
  expect(fish).toContain("-s o -l output -x -a 'table json'");
  expect(fish).toContain("-l kubeconfig -r -F");
});

test("every command of the product completes", () => {
  const plexaubnet = program("0");
  const script = completionScript(plexaubnet, "bash");
  const names = plexaubnet.commands.map((command) => command.name());
  expect(offered(script, "plexaubnet", ["plexaubnet", ""])).toEqual(expect.arrayContaining(names));
  expect(offered(script, "plexaubnet", ["plexaubnet", "completion", "z"])).toEqual(["zsh"]);
});
