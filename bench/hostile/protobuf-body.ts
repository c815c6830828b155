/** Bodies in protobuf, as client-go writes them, and as it would not. */

const MAGIC = Buffer.from("k8s\0");

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** A field with a length: a string, bytes, a message. */
export function field(number: number, content: string | Buffer): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

export function numberField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number << 3), varint(value)]);
}

export function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([MAGIC, field(1, type), field(2, raw)]);
}

/** Numbers of the fields of metadata (`generated.proto` of apimachinery). */
export const META = { name: 1, labels: 11, ownerReferences: 13, finalizers: 14, managedFields: 17 } as const;

/** A ConfigMap: its name, more fields of its metadata, and more of its own. */
export function protobufConfigMap(name: string, metadata: readonly Buffer[], own: readonly Buffer[]): Buffer {
  const meta = Buffer.concat([field(META.name, name), ...metadata]);
  return envelope("v1", "ConfigMap", Buffer.concat([field(1, meta), ...own]));
}

export const PROTOBUF = "application/vnd.kubernetes.protobuf";
