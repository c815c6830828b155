/** The facts of a block as a list: size, holder, pool, since when, what is beside it. */
import type { ReactNode } from "react";
import type { Neighbour, Place } from "../api/answers.ts";
import { Link } from "../route/link.tsx";
import { href, hrefWith, usePlace } from "../route/location.ts";
import { displayText } from "../text/display-text.ts";
import { ageOf, dateTime, formatCount } from "../text/quantity.ts";

export function PlaceFacts({ place, at }: { readonly place: Place; readonly at: string }) {
  const age = ageOf(place.since, Date.now());
  const text = (value: string | undefined) =>
    value === undefined || value === "" ? undefined : displayText(value);
  return (
    <dl className="facts">
      <Fact name="address">
        {at !== place.cidr && !at.includes("/") ? <span className="mono">{at}</span> : undefined}
      </Fact>
      <Fact name="addresses">
        {formatCount(BigInt(place.addresses))}
        <span className="mono soft range">
          {place.first} – {place.last}
        </span>
      </Fact>
      <Fact name="cluster">{text(place.cluster)}</Fact>
      <Fact name="purpose">{text(place.purpose)}</Fact>
      <Fact name="claim">{text(place.claim)}</Fact>
      <Fact name="pool">
        <Link href={href(["map", place.namespace, place.pool])}>{displayText(place.pool)}</Link>{" "}
        <span className="mono soft">{place.poolCidr}</span>
      </Fact>
      <Fact name="namespace">{text(place.namespace)}</Fact>
      <Fact name="since">{age === undefined ? undefined : `${dateTime(place.since ?? "")}, ${age} ago`}</Fact>
      <Fact name="rests until">
        {place.restsUntil === undefined ? undefined : dateTime(place.restsUntil)}
      </Fact>
      <Fact name="note">{text(place.note)}</Fact>
      <Fact name="overlaps">{text(place.overlaps.join(", "))}</Fact>
      {(place.cidr === place.poolCidr ? [] : place.neighbours).map((each) => (
        <Fact key={each.side} name={each.side}>
          <Beside neighbour={each} />
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  if (children === undefined) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Beside({ neighbour: { what, cidr, by } }: { readonly neighbour: Neighbour }) {
  const here = usePlace();
  if (cidr === undefined) return <>{what}</>;
  return (
    <>
      <Link className="mono" href={hrefWith(here, { at: cidr, claim: undefined })}>
        {cidr}
      </Link>{" "}
      {what === "taken" && by !== undefined ? displayText(by) : what}
    </>
  );
}
