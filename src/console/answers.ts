/**
 * The JSON API of the console: every request and every answer, as types alone. The page is built against this file, so it
 * imports nothing.
 *
 * - Everything is below `/api/`, same origin, with the session cookie. `GET` unless said otherwise.
 * - Addresses and CIDRs are canonical text (RFC 5952). Numbers of addresses are decimal text, since those of IPv6 exceed what a
 *   JSON number holds. Times are RFC 3339 in UTC. Percentages are 0 to 100.
 * - An answer that is not 2xx is a {@link Refusal}.
 * - Texts are as users wrote them: show them as text, never as markup.
 * - A `POST` carries `Content-Type: application/json` and the header `X-Plexaubnet-Console: 1`, without which it is refused.
 */

export type * from "./answers/balancers.ts";
export type * from "./answers/map.ts";
export type * from "./answers/objects.ts";
export type * from "./answers/pools.ts";
export type * from "./answers/session.ts";
