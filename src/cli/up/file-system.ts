/** On what kind of file system a folder is. */
import { statfsSync } from "node:fs";

/** `statfs(2)`, field `f_type`: those that other machines may write to at the same time. */
const NETWORK: Readonly<Record<number, string>> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB",
  1397113167: "AFS",
  1799439955: "AFS",
  22092: "NCP",
  1937076805: "Coda",
  12805120: "Ceph",
  18225520: "GFS",
  198183888: "Lustre",
  1952539503: "OCFS2",
};

const MASK = 2 ** 32;

/** Its name when it is one of a network; undefined: it is not, or the system does not say. */
export function networkFileSystemAt(
  path: string,
  typeOf: (path: string) => number = (at) => statfsSync(at).type,
): string | undefined {
  try {
    // Some platforms show it as a signed number.
    return NETWORK[((typeOf(path) % MASK) + MASK) % MASK];
  } catch {
    return undefined;
  }
}
