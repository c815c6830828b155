import { expect, test } from "vitest";
import { decodeProtobuf } from "./index.ts";

const bytes = (...parts: (number | string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part))));
/** A length-delimited field. */
const field = (number: number, content: Buffer | string) => {
  const body = Buffer.from(content);
  return bytes((number << 3) | 2, body.length, body);
};
const envelope = (apiVersion: string, kind: string, raw: Buffer) =>
  bytes("k8s\0", field(1, bytes(field(1, apiVersion), field(2, kind))), field(2, raw));

test("a config map as kubectl create sends it", () => {
  const metadata = bytes(
    field(1, "a"),
    field(2, ""),
    field(8, ""),
    field(11, bytes(field(1, "tier"), field(2, "front"))),
  );
  const body = envelope(
    "v1",
    "ConfigMap",
    bytes(field(1, metadata), field(2, bytes(field(1, "k"), field(2, "v")))),
  );
  expect(decodeProtobuf(body)).toEqual({
    ok: true,
    value: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", labels: { tier: "front" } },
      data: { k: "v" },
    },
  });
});

test("numbers, times, bytes and whether a pointer was set", () => {
  const seconds = bytes(0x08, 0x80, 0xf2, 0xd6, 0xca, 0x06);
  const spec = bytes(field(1, "me"), 0x10, 0x00, field(4, bytes(seconds, 0x10, 0xc0, 0x84, 0x3d)));
  const lease = decodeProtobuf(envelope("coordination.k8s.io/v1", "Lease", field(2, spec)));
  expect(lease).toMatchObject({
    value: {
      spec: { holderIdentity: "me", leaseDurationSeconds: 0, renewTime: "2026-01-01T00:00:00.001000Z" },
    },
  });
  const secret = decodeProtobuf(
    envelope("v1", "Secret", field(2, bytes(field(1, "k"), field(2, bytes(0xff))))),
  );
  expect(secret).toMatchObject({ value: { data: { k: "/w==" } } });
});

test("what cannot be read is distinguished from what no version could read", () => {
  expect(decodeProtobuf(Buffer.from("{}"))).toMatchObject({ error: { kind: "malformed" } });
  expect(decodeProtobuf(envelope("v1", "Pod", Buffer.alloc(0)))).toEqual({
    ok: false,
    error: { kind: "unknown-kind", name: "v1/Pod" },
  });
  const cut = envelope("v1", "ConfigMap", bytes(0x0a, 0x7f));
  expect(decodeProtobuf(cut)).toMatchObject({ error: { kind: "malformed" } });
});

test("a field of another wire type than its own, and a time that no calendar has, are malformed", () => {
  const meta = (content: Buffer) => decodeProtobuf(envelope("v1", "ConfigMap", field(1, content)));
  const labelsAsNumber = bytes((11 << 3) | 0, 5, field(11, bytes(field(1, "a"), field(2, "b"))));
  expect(meta(labelsAsNumber)).toMatchObject({ error: { kind: "malformed" } });
  const far = bytes(0x08, ...new Array<number>(8).fill(0xff), 0x3f);
  expect(meta(field(8, far))).toMatchObject({ error: { kind: "malformed" } });
  expect(meta(bytes((8 << 3) | 0, 1))).toMatchObject({ error: { kind: "malformed" } });
  expect(meta(bytes((7 << 3) | 2, 1, "x"))).toMatchObject({ error: { kind: "malformed" } });
});

test("entries of maps and lists are kept in order, and keys are names whatever they are", () => {
  const entry = (key: string) => field(11, bytes(field(1, key), field(2, "v")));
  const body = bytes(entry("__proto__"), entry("b"), field(14, "x"), field(14, ""), field(14, "y"));
  const decoded = decodeProtobuf(envelope("v1", "ConfigMap", field(1, body)));
  const { labels, finalizers } = (decoded as { value: { metadata: Record<string, object> } }).value.metadata;
  expect(Object.entries(labels as object)).toEqual([
    ["__proto__", "v"],
    ["b", "v"],
  ]);
  expect(finalizers).toEqual(["x", "", "y"]);
});

test("PX-09 a body of too many fields is refused, wherever they are", () => {
  const varint = (value: number): Buffer =>
    value < 0x80 ? Buffer.from([value]) : bytes((value & 0x7f) | 0x80, varint(value >>> 7));
  const long = (number: number, content: Buffer) => bytes((number << 3) | 2, varint(content.length), content);
  const entry = field(11, bytes(field(1, "k"), field(2, "v")));
  const read = (raw: Buffer) =>
    decodeProtobuf(bytes("k8s\0", field(1, bytes(field(1, "v1"), field(2, "ConfigMap"))), long(2, raw)));
  const labels = (count: number) => long(1, Buffer.concat(Array.from({ length: count }, () => entry)));
  expect(read(labels(90_000)).ok).toBe(true);
  const refused = {
    ok: false,
    error: { kind: "malformed", message: expect.stringContaining("300000 fields") },
  };
  expect(read(labels(110_000))).toEqual(refused);
  const unknown = bytes(((99 << 3) & 0x7f) | 0x80, (99 << 3) >>> 7, 1);
  expect(read(Buffer.concat(Array.from({ length: 310_000 }, () => unknown)))).toEqual(refused);
  // In the envelope, in a time, and in the entry of a map, too.
  const many = Buffer.concat(Array.from({ length: 310_000 }, () => unknown));
  const typed = field(1, bytes(field(1, "v1"), field(2, "ConfigMap")));
  expect(decodeProtobuf(bytes("k8s\0", typed, many))).toEqual(refused);
  expect(read(long(1, long(8, many)))).toEqual(refused);
  expect(read(long(2, many))).toEqual(refused);
});
