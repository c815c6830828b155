/** The map of a pool: what the URL names, the picture, and what is beside it. */
import { useEffect } from "react";
import type { Connection } from "../api/answers.ts";
import { FleetOverview } from "../overview/fleet-overview.tsx";
import { PlacePanel } from "../panel/place-panel.tsx";
import { go, href, usePlace } from "../route/location.ts";
import { Empty, Failure, Loading, PageNote } from "../shell/page-states.tsx";
import { useSession } from "../shell/session-context.ts";
import { displaySentence } from "../text/display-text.ts";
import { type MapPlace, readMapPlace } from "./map-place.ts";
import { MapView } from "./map-view.tsx";
import { useOverview } from "./use-map-data.ts";

export default function MapPage() {
  const place = usePlace();
  const session = useSession();
  const map = readMapPlace(place);
  const home = session?.home;
  const isRoot = place.parts.length === 0;
  useEffect(() => {
    if (isRoot && home !== undefined) go(href(["map", home.namespace, home.pool]), { replace: true });
  }, [isRoot, home]);
  if (map !== undefined) return <PoolMap key={`${map.namespace}/${map.pool}`} map={map} />;
  if (session !== undefined && home === undefined) return <NoPool connection={session.connection} />;
  return isRoot ? <Loading what="the map" isPage /> : <FleetOverview namespace={place.parts[1]} />;
}

/** Whether there is none is known when all are listed. */
function NoPool({ connection }: { readonly connection: Connection }) {
  const { state, message } = connection;
  if (state !== "live") {
    const title = state === "starting" ? "The pools are not listed yet" : "The pools cannot be listed";
    return (
      <PageNote title={title} tone="warn" isPage>
        <p>{displaySentence(message ?? "The API server does not answer.")}</p>
      </PageNote>
    );
  }
  return (
    <Empty title="There is no pool yet" isPage>
      <p>
        A SubnetPool holds a range of addresses, and claims get blocks of it. Create one with{" "}
        <code>kubectl apply</code>, or bring an address plan with <code>plexaubnet import FILE</code>. It
        appears here without a reload.
      </p>
    </Empty>
  );
}

function PoolMap({ map }: { readonly map: MapPlace }) {
  const { overview, error } = useOverview(map);
  if (overview === undefined)
    return error === null ? <Loading what="the map" isPage /> : <Failure error={error} isPage />;
  return (
    <div className={map.at === undefined ? "map-page" : "map-page has-panel"}>
      <MapView map={map} overview={overview} />
      {map.at === undefined ? null : <PlacePanel map={map} at={map.at} />}
    </div>
  );
}
