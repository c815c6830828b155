/** Which life of an identity an object is. */
import type { KubeObject } from "../kube/index.ts";

/** The UID of which only this much is kept: a label holds 63 characters, and a cache holds a million of these. */
const LIFE_DIGITS = 8;

/** The beginning of the UID, after a letter: YAML reads `2e638458` alone as a number, and a label is a string. */
export function lifeOf({ metadata }: Pick<KubeObject, "metadata">): string {
  const { uid = "" } = metadata;
  return uid === "" ? "" : `u${uid.slice(0, LIFE_DIGITS)}`;
}
