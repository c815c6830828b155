/** Looks whether the API server will be able to listen, before anything is written for it. */
import { once } from "node:events";
import { createServer } from "node:net";
import { ListenError } from "../../apiserver/index.ts";
import { CommandFailure } from "../failure.ts";

/** @throws CommandFailure when the port cannot be listened on. 0 always can. */
export async function assertPortFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  try {
    await once(server.listen({ host, port }), "listening");
  } catch (error) {
    throw listenFailure(new ListenError(host, port, error as NodeJS.ErrnoException));
  }
  server.close();
  await once(server, "close");
}

/** With the option that cures it. */
export function listenFailure(error: ListenError): CommandFailure {
  const option = ABOUT_THE_ADDRESS.has(error.code) ? "--listen ADDRESS" : "--port NUMBER";
  return new CommandFailure(error.message.replace(/\.$/, ` (${option}).`), { cause: error });
}

const ABOUT_THE_ADDRESS = new Set(["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN"]);
