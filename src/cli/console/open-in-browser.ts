/** Opens a page with the program that the system has for it. Where there is none, the link is on the screen. */
import { spawn } from "node:child_process";

export function openInBrowser(url: string, platform: NodeJS.Platform = process.platform): void {
  const [command, ...first] = openerOf(platform);
  if (command === undefined) return;
  const child = spawn(command, [...first, url], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}

function openerOf(platform: NodeJS.Platform): readonly string[] {
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["explorer.exe"];
  return ["xdg-open"];
}
