/**
 * Who holds a block in the view of a pool. As a rule a Subnet, by its plain name. What is held without a live Subnet has
 * the name of what it is held for, after its kind: no object's name has a slash.
 */

const CLAIM = "claim/";
const POOL_CLAIM = "poolclaim/";
const POOL = "pool/";
const ORPHAN = "subnet/";
const OUTSIDER = "outsider/";

export type Holder =
  | { readonly kind: "Subnet"; readonly name: string }
  /** A claim that was promised the block or remembers it, or asks for it now. */
  | { readonly kind: "SubnetClaim"; readonly name: string }
  | { readonly kind: "SubnetPoolClaim"; readonly name: string }
  /** A child pool that is not empty, and whose block has no Subnet. */
  | { readonly kind: "SubnetPool"; readonly name: string }
  /** A Subnet of a pool whose object is gone. */
  | { readonly kind: "orphan"; readonly name: string }
  /** A Subnet from under which its pool was moved. */
  | { readonly kind: "outsider"; readonly name: string; readonly pool: string };

export const holderName = {
  claim: (name: string) => `${CLAIM}${name}`,
  /** Several parts of a range may be without a Subnet. */
  poolClaim: (name: string, piece: string) => `${POOL_CLAIM}${name}/${piece}`,
  pool: (name: string, piece: string) => `${POOL}${name}/${piece}`,
  orphan: (name: string) => `${ORPHAN}${name}`,
  outsider: (name: string, pool: string) => `${OUTSIDER}${pool}/${name}`,
} as const;

export function isSubnetName(owner: string): boolean {
  return !owner.includes("/");
}

export function holderOf(owner: string): Holder {
  if (owner.startsWith(CLAIM)) return { kind: "SubnetClaim", name: owner.slice(CLAIM.length) };
  if (owner.startsWith(POOL_CLAIM)) return { kind: "SubnetPoolClaim", name: nameAfter(POOL_CLAIM, owner) };
  if (owner.startsWith(POOL)) return { kind: "SubnetPool", name: nameAfter(POOL, owner) };
  if (owner.startsWith(ORPHAN)) return { kind: "orphan", name: owner.slice(ORPHAN.length) };
  if (owner.startsWith(OUTSIDER)) {
    const [pool = "", name = ""] = owner.slice(OUTSIDER.length).split("/");
    return { kind: "outsider", name, pool };
  }
  return { kind: "Subnet", name: owner };
}

function nameAfter(kind: string, owner: string): string {
  return owner.slice(kind.length, owner.indexOf("/", kind.length));
}

/** The object that it is to a user: `SubnetClaim web`. */
export function objectHolding(owner: string): string {
  const { kind, name } = holderOf(owner);
  return `${kind === "orphan" || kind === "outsider" ? "Subnet" : kind} ${name}`;
}

/** Continues "10.0.0.0/24 is …". */
export function takenBy(owner: string): string {
  const holder = holderOf(owner);
  const { kind, name } = holder;
  switch (kind) {
    case "Subnet":
      return `taken by Subnet ${name}`;
    case "SubnetPool":
      return `in use by the child pool ${name}`;
    case "orphan":
      return `taken by Subnet ${name}, whose pool does not exist`;
    case "outsider":
      return `taken by Subnet ${name}, which is outside of its pool ${holder.pool}`;
    default:
      return `kept for ${kind} ${name}`;
  }
}
