/**
 * What a state is made of, ready before the state is: members of a large object are frozen and written as text one by
 * one, each in a step of its own. What is left to do with the revision at hand is little.
 */
import type { AnyObject } from "../../kube/object.ts";
import type { Steps } from "../steps.ts";

/** Below this it is not worth it: characters of text that a part has at least. */
const LARGE_CHARACTERS = 16 * 1024;

/** Texts, by what they are of, which is frozen. */
const parts = new WeakMap<object, string>();

/**
 * Prepares the members of the object, and those of its metadata.
 *
 * @param freeze checks and freezes one.
 */
export function* prepareParts(object: AnyObject, freeze: (part: object) => void): Steps<void> {
  for (const part of partsOf(object)) {
    if (typeof part !== "object" || part === null || parts.has(part)) continue;
    freeze(part);
    yield;
    const text = JSON.stringify(part);
    if (text.length >= LARGE_CHARACTERS) parts.set(part, text);
    yield;
  }
  ready.add(object);
}

/** The members of the object except for its metadata, and the members of the metadata. */
export function partsOf(object: AnyObject): readonly unknown[] {
  const { metadata, ...own } = object;
  return [...Object.values(metadata ?? {}), ...Object.values(own)];
}

/** Whether it was found to be sound before. */
export function isPrepared(part: unknown): boolean {
  return typeof part === "object" && part !== null && parts.has(part);
}

/** Objects whose parts are prepared. */
const ready = new WeakSet<object>();

export function isReady(object: AnyObject): boolean {
  return ready.has(object);
}

/** JSON of an object as JSON.stringify has it, with what was prepared. The texts of the parts are forgotten. */
export function textOf(object: AnyObject): string {
  const { metadata } = object;
  return textOfMembers(object, (member) => (member === metadata ? textOfMembers(metadata) : undefined));
}

function textOfMembers(
  object: object,
  of: (member: unknown) => string | undefined = () => undefined,
): string {
  const texts: string[] = [];
  for (const [key, member] of Object.entries(object)) {
    const text = of(member) ?? takePart(member) ?? JSON.stringify(member);
    if (text !== undefined) texts.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${texts.join(",")}}`;
}

function takePart(member: unknown): string | undefined {
  if (typeof member !== "object" || member === null) return undefined;
  const text = parts.get(member);
  parts.delete(member);
  return text;
}
