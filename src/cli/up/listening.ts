/** What it means to listen on an address: who can reach it, and what the serving certificate must name. */
import { BlockList, isIP, isIPv4 } from "node:net";
import { hostname, networkInterfaces } from "node:os";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Only this machine reaches it. A name other than localhost may stand for anything. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === "localhost";
  return loopback.check(host, isIPv4(host) ? "ipv4" : "ipv6");
}

/** All addresses of the machine. */
export function isWildcard(host: string): boolean {
  if (isIP(host) === 0) return false;
  return isIPv4(host) ? host === "0.0.0.0" : /^[0:]+$/.test(host);
}

/** Names and addresses by which clients reach it, besides those of the loopback interface. */
export function hostsReached(host: string): readonly string[] {
  if (!isWildcard(host)) return isLoopback(host) && ALWAYS_NAMED.has(host) ? [] : [host];
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0)
    .map(({ address }) => address);
  const name = hostname().toLowerCase();
  return [...addresses, ...(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name) ? [name] : [])];
}

const ALWAYS_NAMED = new Set(["127.0.0.1", "::1", "localhost"]);
