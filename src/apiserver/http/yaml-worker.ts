/** The thread that reads long YAML. */
import { parentPort } from "node:worker_threads";
import { assert } from "../../kernel/index.ts";
import type { Remarks } from "../writes/field-validation.ts";
import { parseYaml } from "./yaml-body.ts";

/** One reply to each text, in order. */
export type YamlReply =
  | { readonly ok: true; readonly json: string; readonly remarks: Remarks }
  | { readonly ok: false; readonly message: string };

assert(parentPort !== null, "the YAML worker runs as a worker thread");
const port = parentPort;

port.on("message", (text: string) => {
  let reply: YamlReply;
  try {
    const { value, remarks } = parseYaml(text);
    reply = { ok: true, json: JSON.stringify(value), remarks };
  } catch (error) {
    reply = { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply);
});
