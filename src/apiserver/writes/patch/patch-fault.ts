/**
 * Why a patch was not applied.
 *
 * - `malformed`: it is not a patch of its kind (400 BadRequest).
 * - `unprocessable`: it is one, and does not fit the object: a test failed, a path is missing (422 Invalid).
 * - `too-large`: more than the server carries out: operations, copied bytes, levels (413 RequestEntityTooLarge).
 */
export interface PatchFault {
  readonly kind: "malformed" | "unprocessable" | "too-large";
  readonly message: string;
}

export function malformed(message: string): PatchFault {
  return { kind: "malformed", message };
}

export function unprocessable(message: string): PatchFault {
  return { kind: "unprocessable", message };
}

export function tooLarge(message: string): PatchFault {
  return { kind: "too-large", message };
}
