/** Looks whether the API server will be able to listen, before anything is written for it. */
import { once } from "node:events";
import { createServer } from "node:net";
import { ListenError } from "../../apiserver/index.ts";
import { CommandFailure } from "../failure.ts";

/** Where the embedded API server listens. */
const HOST = "127.0.0.1";

/** @throws CommandFailure when the port cannot be listened on. 0 always can. */
export async function assertPortFree(port: number): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  try {
    await once(server.listen({ host: HOST, port }), "listening");
  } catch (error) {
    throw listenFailure(new ListenError(HOST, port, error as NodeJS.ErrnoException));
  }
  server.close();
  await once(server, "close");
}

/** With the option that cures it. */
export function listenFailure(error: ListenError): CommandFailure {
  return new CommandFailure(error.message.replace(/\.$/, " (--port NUMBER)."), { cause: error });
}
