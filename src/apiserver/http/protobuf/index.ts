/**
 * Bodies in `application/vnd.kubernetes.protobuf`. client-go's typed clients, and with them `kubectl create` and
 * controller-runtime, send built-in kinds so and take JSON back. Answers are never protobuf.
 */
import { err, ok, type Result } from "../../../kernel/index.ts";
import { MAX_VALUES } from "../../depth.ts";
import { countFields, decodeMessage, type MessageType, message, ProtobufError } from "./message.ts";
import { MESSAGES } from "./messages.ts";

/** What every such body begins with. */
const MAGIC = Buffer.from("k8s\0");
const ENVELOPE = message({ 1: ["type", message({ 1: "apiVersion", 2: "kind" })], 2: ["raw", "bytes"] });

/** `unknown-kind`: this server cannot read that kind in protobuf (415). `malformed`: invalid protobuf (400). */
export type ProtobufFault =
  | { readonly kind: "unknown-kind"; readonly name: string }
  | { readonly kind: "malformed"; readonly message: string };

/** The entry of a map is a field with a key and a value: three, and one value. */
const MAX_FIELDS = 3 * MAX_VALUES;

export function decodeProtobuf(body: Buffer): Result<object, ProtobufFault> {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    return err({ kind: "malformed", message: "the body does not begin with the four bytes k8s\\0" });
  }
  try {
    const { type = {}, raw = "" } = decodeBounded(body.subarray(MAGIC.length), ENVELOPE);
    const { apiVersion = "", kind = "" } = type as { apiVersion?: string; kind?: string };
    const fields = MESSAGES[kind === "DeleteOptions" ? "v1/DeleteOptions" : `${apiVersion}/${kind}`];
    if (fields === undefined) return err({ kind: "unknown-kind", name: `${apiVersion}/${kind}` });
    return ok({ apiVersion, kind, ...decodeBounded(Buffer.from(String(raw), "base64"), fields) });
  } catch (error) {
    if (error instanceof ProtobufError) return err({ kind: "malformed", message: error.message });
    throw error;
  }
}

/** @throws ProtobufError */
function decodeBounded(bytes: Buffer, type: MessageType): Record<string, unknown> {
  if (countFields(bytes, type) > MAX_FIELDS)
    throw new ProtobufError(`the body has more than ${MAX_FIELDS} fields, which is the limit`);
  return decodeMessage(bytes, type);
}
