/** The pictures of a map: the whole pool once, coarsely, and the window on the screen as finely as it can be seen. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { parseBlock } from "../address/address.ts";
import type { MapAnswer } from "../api/answers.ts";
import { mapQuery } from "../api/queries.ts";
import { type MapPicture, pictureOf } from "./map-picture.ts";
import type { Shape } from "./map-place.ts";
import type { WindowQuery } from "./window-query.ts";

const OVERVIEW_CELLS = 1024;

export interface MapName {
  readonly namespace: string;
  readonly pool: string;
}

/** The whole pool, in a few cells: where it lies, how deep it is, and what is drawn until something finer is there. */
export function useOverview({ namespace, pool }: MapName) {
  const { data, error, isPlaceholderData } = useQuery(mapQuery({ namespace, pool, cells: OVERVIEW_CELLS }));
  // Of the pool before it, until this one is there: another pool's picture is not this one's.
  const answer = isPlaceholderData && !isOf(data, { namespace, pool }) ? undefined : data;
  return { overview: usePicture(answer), error };
}

export function useWindow(name: MapName, query: WindowQuery | undefined, shape: Shape) {
  const { data, isFetching } = useQuery({
    ...mapQuery({ namespace: name.namespace, pool: name.pool, ...query, shape }),
    enabled: query !== undefined,
  });
  const answer = isOf(data, name) ? data : undefined;
  return { picture: usePicture(answer), isFetching };
}

function isOf(answer: MapAnswer | undefined, { namespace, pool }: MapName): boolean {
  return answer !== undefined && answer.namespace === namespace && answer.pool === pool;
}

function usePicture(answer: MapAnswer | undefined): MapPicture | undefined {
  return useMemo(
    () => (answer === undefined || parseBlock(answer.cidr) === undefined ? undefined : pictureOf(answer)),
    [answer],
  );
}
