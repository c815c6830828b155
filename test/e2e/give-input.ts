import type { Writable } from "node:stream";

/**
 * What a program reads from its standard input. One that ends before it has read everything is judged by its
 * exit code and not by the pipe that breaks then.
 */
export function giveInput(stdin: Writable | null, input = ""): void {
  stdin?.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  stdin?.end(input);
}
