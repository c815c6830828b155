/** `plexaubnet completion SHELL`: prints a script that completes commands and options. */
import { Argument, Command } from "commander";
import { SHELLS, type Shell } from "./completion/shells.ts";

/** @param root returns all commands, this one included; called when the command runs. */
export function completionCommand(root: () => Command): Command {
  return new Command("completion")
    .description("print a shell completion script for commands and options")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText(
      "after",
      `
Load it for this session:
  bash  source <(plexaubnet completion bash)
  zsh   source <(plexaubnet completion zsh)
  fish  plexaubnet completion fish | source
For every session, put that line into ~/.bashrc, ~/.zshrc (after compinit) or ~/.config/fish/config.fish.`,
    )
    .action(async (shell: Shell) => {
      const { completionScript } = await import("./completion/completion-script.ts");
      process.stdout.write(completionScript(root(), shell));
    });
}
