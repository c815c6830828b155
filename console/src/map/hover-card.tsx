/** What is under the pointer: at once what the picture knows, and after a moment what the server does. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { formatAddress } from "../address/address.ts";
import type { Neighbour, Place } from "../api/answers.ts";
import { atQuery } from "../api/queries.ts";
import { displayText } from "../text/display-text.ts";
import { ageOf, formatCount, formatPercent } from "../text/quantity.ts";
import type { Pointed } from "./band-surface.tsx";
import { rangeOf, statesOf } from "./band-words.ts";
import type { MapPlace } from "./map-place.ts";

const PAUSE_MS = 90;
const OFFSET = 16;

interface HoverCardProps {
  readonly map: MapPlace;
  readonly pointed: Pointed | undefined;
}

/** For the pointer alone: the keyboard has the announcements and the panel. */
export function HoverCard({ map, pointed }: HoverCardProps) {
  const card = useRef<HTMLDivElement>(null);
  const asked = useRested(pointed, PAUSE_MS);
  useLayoutEffect(() => {
    const { current } = card;
    if (current === null || pointed === undefined) return;
    const { offsetWidth: width, offsetHeight: height } = current;
    const x = pointed.x + OFFSET + width > innerWidth ? pointed.x - OFFSET - width : pointed.x + OFFSET;
    const y = Math.min(pointed.y + OFFSET, innerHeight - height - 8);
    current.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(4, y)}px)`;
  });
  if (pointed === undefined) return null;
  const { facts, picture } = pointed;
  const isSame = asked !== undefined && asked.facts.first === facts.first && asked.facts.last === facts.last;
  return (
    <div className="hover-card" ref={card} aria-hidden="true">
      <p className="hover-cidr mono">{rangeOf(picture, facts)}</p>
      <p className="hover-state">
        {statesOf(facts)}
        {facts.count > 1 ? `, ${formatPercent(facts.use)} used` : ""}
        {` · ${formatCount(facts.last - facts.first + 1n)} addresses`}
      </p>
      {isSame ? <Details map={map} pointed={asked} /> : null}
    </div>
  );
}

function Details({ map, pointed }: { readonly map: MapPlace; readonly pointed: Pointed }) {
  const { facts, picture, address } = pointed;
  const where = facts.block === undefined ? formatAddress(picture.family, address) : undefined;
  const { data } = useQuery(
    atQuery({
      namespace: map.namespace,
      pool: map.pool,
      ...(where === undefined ? { cidr: facts.block?.cidr } : { address: where }),
    }),
  );
  const place = data?.place;
  if (place === undefined) return null;
  return (
    <>
      {place.cidr === rangeOf(picture, facts) ? null : <p className="hover-at mono">{place.cidr}</p>}
      <PlaceRows place={place} />
    </>
  );
}

function PlaceRows({ place }: { readonly place: Place }) {
  const age = ageOf(place.since, Date.now());
  const rows: (readonly [string, string | undefined])[] = [
    ["cluster", place.cluster],
    ["purpose", place.purpose],
    ["claim", place.claim],
    ["child pool", place.child],
    ["pool", place.pool],
    ["since", age],
    ["rests until", place.restsUntil],
    ["note", place.note],
    ["below", neighbour(place.neighbours, "below")],
    ["above", neighbour(place.neighbours, "above")],
  ];
  return (
    <dl className="facts">
      {rows.map(([name, value]) =>
        value === undefined || value === "" ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{displayText(value)}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** `10.0.1.0/24 of SubnetClaim web`, `10.0.1.0/24 is free`, `edge of the pool`. */
export function neighbour(neighbours: readonly Neighbour[], side: Neighbour["side"]): string | undefined {
  const found = neighbours.find((each) => each.side === side);
  if (found === undefined) return undefined;
  if (found.cidr === undefined) return found.what;
  if (found.what === "taken") return found.by === undefined ? found.cidr : `${found.cidr} of ${found.by}`;
  return `${found.cidr} is ${found.what}`;
}

/** The value after it has not changed for so long. */
function useRested<T>(value: T, ms: number): T | undefined {
  const [rested, setRested] = useState<T>();
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}
