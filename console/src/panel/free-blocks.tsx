/** The free blocks of a pool by size, each of which can be gone to and claimed. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { freeQuery } from "../api/queries.ts";
import { Link } from "../route/link.tsx";
import { hrefWith, usePlace } from "../route/location.ts";
import { formatCount } from "../text/quantity.ts";

interface FreeBlocksProps {
  readonly namespace: string;
  readonly pool: string;
  /** [length, count], the largest first. */
  readonly sizes: readonly (readonly [length: number, count: number])[];
}

/** As many as one chooses from. */
const MOST_BLOCKS = 24;

export function FreeBlocks({ namespace, pool, sizes }: FreeBlocksProps) {
  const [length, setLength] = useState<number>();
  if (sizes.length === 0) return null;
  return (
    <section className="panel-part">
      <h3>Free blocks</h3>
      <p className="sizes">
        {sizes.map(([size, count]) => (
          <button
            key={size}
            type="button"
            className="button small"
            aria-pressed={size === length}
            onClick={() => setLength(size === length ? undefined : size)}
          >
            {formatCount(count)} × /{size}
          </button>
        ))}
      </p>
      {length === undefined ? null : <Blocks namespace={namespace} pool={pool} length={length} />}
    </section>
  );
}

function Blocks({ namespace, pool, length }: Omit<FreeBlocksProps, "sizes"> & { readonly length: number }) {
  const here = usePlace();
  const { data, isPlaceholderData } = useQuery(freeQuery({ namespace, pool, length, limit: MOST_BLOCKS }));
  if (data === undefined || isPlaceholderData) return null;
  const rest = data.total - data.blocks.length;
  return (
    <ul className="related mono">
      {data.blocks.map((block) => (
        <li key={block}>
          <Link href={hrefWith(here, { at: block, claim: undefined })}>{block}</Link>
        </li>
      ))}
      {rest > 0 ? <li className="soft">and {formatCount(rest)} more</li> : null}
    </ul>
  );
}
