/** Beside the map: everything about what was chosen. */
import { useQuery } from "@tanstack/react-query";
import { parseBlock } from "../address/address.ts";
import type { AtAnswer, Place } from "../api/answers.ts";
import { atQuery } from "../api/queries.ts";
import { ClaimForm } from "../claim-form/claim-form.tsx";
import { type MapPlace, whereOf } from "../map/map-place.ts";
import { formatRange, windowOf } from "../map/view-window.ts";
import { Link } from "../route/link.tsx";
import { go, href, hrefWith, usePlace } from "../route/location.ts";
import { Icon } from "../shell/icon.tsx";
import { Failure, Loading } from "../shell/page-states.tsx";
import { displayText } from "../text/display-text.ts";
import { FreePart } from "./free-part.tsx";
import { HistoryPart } from "./history-part.tsx";
import { ObjectDetails } from "./object-details.tsx";
import { PlaceFacts } from "./place-facts.tsx";
import { PoolPart } from "./pool-part.tsx";
import { StateChip } from "./state-chip.tsx";
import { useEscape } from "./use-escape.ts";

interface PlacePanelProps {
  readonly map: MapPlace;
  /** An address or a CIDR; what is neither, the server has a sentence about. */
  readonly at: string;
}

export function PlacePanel({ map, at }: PlacePanelProps) {
  const { namespace, pool } = map;
  const { data, error } = useQuery(atQuery({ namespace, pool, ...whereOf(at) }));
  const place = usePlace();
  const close = () => go(hrefWith(place, { at: undefined, claim: undefined }), { replace: true });
  useEscape(close);
  return (
    <aside className="panel" aria-label="What was chosen">
      <header className="panel-head">
        <h2 className="mono">{data?.place?.cidr ?? displayText(at)}</h2>
        <button
          type="button"
          className="button plain square"
          aria-label="Close"
          title="Close (Escape)"
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </header>
      {error !== null ? (
        <Failure error={error} />
      ) : data === undefined ? (
        <Loading what="it" />
      ) : (
        <Found map={map} answer={data} />
      )}
    </aside>
  );
}

function Found({ map, answer }: { readonly map: MapPlace; readonly answer: AtAnswer }) {
  const { place, others } = answer;
  if (place === undefined)
    return <p className="panel-part">No pool that you may see contains {displayText(answer.at)}.</p>;
  return (
    <div>
      <div className="panel-part">
        <p>{isPool(place) ? <span className="chip">pool</span> : <StateChip state={place.state} />}</p>
        <p>{displayText(place.sentence)}</p>
        <Actions map={map} place={place} />
        <PlaceFacts place={place} at={answer.at} />
      </div>
      {place.state === "free" ? <Free map={map} place={place} /> : null}
      <Details map={map} place={place} />
      {others.length > 0 ? <Others map={map} others={others} /> : null}
    </div>
  );
}

function Actions({ map, place }: { readonly map: MapPlace; readonly place: Place }) {
  const here = usePlace();
  const block = parseBlock(place.cidr);
  const inner = isPool(place) ? place.pool : place.child;
  return (
    <p className="actions">
      {block === undefined ? null : (
        <Link className="button" href={hrefWith(here, { range: formatRange(block.family, windowOf(block)) })}>
          Zoom to it
        </Link>
      )}
      {inner === undefined || inner === map.pool ? null : (
        <Link className="button" href={href(["map", place.namespace, inner])}>
          Open pool {displayText(inner)}
        </Link>
      )}
    </p>
  );
}

function Free({ map, place }: { readonly map: MapPlace; readonly place: Place }) {
  const here = usePlace();
  if (map.isClaiming) {
    return (
      <ClaimForm
        namespace={place.namespace}
        pool={place.pool}
        block={place.cidr}
        onClose={() => go(hrefWith(here, { claim: undefined }), { replace: true })}
      />
    );
  }
  return <FreePart place={place} onClaim={() => go(hrefWith(here, { claim: "1" }), { replace: true })} />;
}

/** The whole of a pool, and not a block of it. */
const isPool = ({ cidr, poolCidr, subnet }: Place): boolean => cidr === poolCidr && subnet === undefined;

/** Of the object behind it: the pool, or the Subnet. */
function Details({ map, place }: { readonly map: MapPlace; readonly place: Place }) {
  const { namespace, subnet } = place;
  const pool = place.child ?? (isPool(place) ? place.pool : undefined);
  if (pool !== undefined) {
    return (
      <>
        <PoolPart
          key={`pool ${pool}`}
          namespace={namespace}
          pool={pool}
          isClaiming={map.isClaiming && place.state !== "free"}
        />
        <ObjectDetails key={pool} kind="SubnetPool" namespace={namespace} name={pool} />
        <HistoryPart namespace={namespace} pool={pool} />
      </>
    );
  }
  if (subnet === undefined) return <PoolPart namespace={namespace} pool={place.pool} isBrief />;
  return (
    <>
      <ObjectDetails key={subnet} kind="Subnet" namespace={namespace} name={subnet} />
      <HistoryPart namespace={namespace} pool={place.pool} cidr={place.cidr} />
    </>
  );
}

function Others({ map, others }: { readonly map: MapPlace; readonly others: readonly Place[] }) {
  return (
    <section className="panel-part">
      <h3>Also there</h3>
      <ul className="plain-list">
        {others.map((other) => (
          <li key={`${other.namespace}/${other.pool}/${other.subnet ?? other.cidr}`}>
            <Link
              href={href(
                ["map", other.namespace, other.namespace === map.namespace ? map.pool : other.pool],
                { at: other.cidr },
              )}
            >
              <span className="mono">{other.cidr}</span>
            </Link>{" "}
            {displayText(
              `${other.cluster ?? other.child ?? other.state} in ${other.namespace}/${other.pool}`,
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
