/**
 * Reads YAML bodies. A short text is read at once. A longer one is read by a thread of its own, since the parser takes
 * milliseconds for a kilobyte of what it was not made for, and hands back JSON; when it takes too long, the thread ends.
 */
import { Worker } from "node:worker_threads";
import type { Clock } from "../../kernel/index.ts";
import { badRequest, type StatusError, tooManyRequests } from "../status-error.ts";
import { parseYaml, type YamlBody } from "./yaml-body.ts";
import type { YamlReply } from "./yaml-worker.ts";

/** kubectl and the client libraries send JSON, whatever the file was that they read. This is for curl. */
const YAML_LIMIT_BYTES = 1024 * 1024;
/** Read at once: the worst text of this length takes some milliseconds. */
const SHORT_CHARACTERS = 4 * 1024;
/** A megabyte of honest YAML takes about one. */
const LIMIT_MS = 5_000;
const MAX_WAITING = 32;

/** `.ts` where sources run as they are, `.js` in the published package. */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf("."));

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();
let worker: Worker | undefined;

/** @throws StatusError 400, 429 */
export async function readYaml(text: string, clock: Clock): Promise<YamlBody> {
  if (text.length <= SHORT_CHARACTERS) return parseYaml(text);
  if (Buffer.byteLength(text) > YAML_LIMIT_BYTES) {
    throw notValid(`it is larger than ${YAML_LIMIT_BYTES} bytes, the limit for YAML; send it as JSON`);
  }
  if (waiting >= MAX_WAITING) throw tooManyRequests("too much YAML is waiting to be read; send JSON", 1);
  waiting++;
  const answer = last.then(() => askWorker(text, clock));
  last = answer.catch(() => undefined).finally(() => waiting--);
  const reply = await answer;
  if (!reply.ok) throw badRequest(reply.message);
  return { value: JSON.parse(reply.json), remarks: reply.remarks };
}

function notValid(why: string): StatusError {
  return badRequest(`the body of the request is not valid YAML: ${why}`);
}

/** One text at a time. */
function askWorker(text: string, clock: Clock): Promise<YamlReply> {
  worker ??= new Worker(new URL(`./yaml-worker${EXTENSION}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  const asked = worker;
  return new Promise((resolve) => {
    const done = (reply: YamlReply, usable: boolean) => {
      timer.cancel();
      asked.removeAllListeners();
      // A late error is irrelevant, and must not end the process.
      asked.on("error", () => undefined);
      if (usable) asked.unref();
      else {
        worker = undefined;
        void asked.terminate();
      }
      resolve(reply);
    };
    const fail = (why: string) =>
      done({ ok: false, message: `the body of the request is not valid YAML: ${why}` }, false);
    const timer = clock.setTimer(LIMIT_MS, () => fail(`reading it takes more than ${LIMIT_MS / 1000} s`));
    asked.removeAllListeners();
    asked.on("message", (reply: YamlReply) => done(reply, true));
    asked.on("error", (error) => fail(error instanceof Error ? error.message : String(error)));
    asked.on("exit", () => fail("the thread that reads it has ended"));
    asked.ref();
    asked.postMessage(text);
  });
}
