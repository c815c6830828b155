/** The twin of the picture: what is on the screen as a table, the widest blocks in address order. */
import { type Block, parseBlock } from "../address/address.ts";
import { Empty } from "../shell/page-states.tsx";
import { displayText } from "../text/display-text.ts";
import { counted, formatCount } from "../text/quantity.ts";
import { rangeOf, statesOf } from "./band-words.ts";
import { factsOf, type MapPicture, type SegmentFacts } from "./map-picture.ts";

interface MapTableProps {
  readonly picture: MapPicture;
  readonly onChoose: (block: Block | undefined) => void;
}

/** As many rows as one reads; a closer look shows more. */
const MOST_ROWS = 400;

/** Segments of all lanes in address order, the outer before the inner. */
export function rowsOf(picture: MapPicture): readonly SegmentFacts[] {
  const all = picture.answer.lanes.flatMap((lane, index) =>
    lane.start.flatMap((_, segment) => factsOf(picture, { lane: index, segment }) ?? []),
  );
  return all.sort((a, b) => Number(a.first > b.first) - Number(a.first < b.first) || a.depth - b.depth);
}

export function MapTable({ picture, onChoose }: MapTableProps) {
  const all = rowsOf(picture);
  const rows = all.slice(0, MOST_ROWS);
  if (rows.length === 0) return <Empty title="Nothing here">No block lies in this part.</Empty>;
  return (
    <section className="twin" tabIndex={0} aria-label="The map as a table">
      <table className="plain-table">
        <caption>
          {picture.answer.from} – {picture.answer.to}: {counted(all.length, "row")}
          {all.length > rows.length
            ? `, the first ${rows.length}: zoom in, or open a child pool, for the others`
            : ""}
        </caption>
        <thead>
          <tr>
            <th scope="col">CIDR</th>
            <th scope="col">State</th>
            <th scope="col">Holder</th>
            <th scope="col">Pool</th>
            <th scope="col" className="numeric">
              Addresses
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((facts) => (
            <TwinRow
              key={`${facts.depth} ${facts.first}`}
              picture={picture}
              facts={facts}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface TwinRowProps extends MapTableProps {
  readonly facts: SegmentFacts;
}

function TwinRow({ picture, facts, onChoose }: TwinRowProps) {
  const range = rangeOf(picture, facts);
  const block = parseBlock(range);
  const holder = facts.block?.child ?? facts.cluster ?? facts.block?.claim ?? "";
  return (
    <tr>
      <th scope="row" className="mono" style={{ paddingInlineStart: `${0.75 + facts.depth}rem` }}>
        {block === undefined ? (
          range
        ) : (
          <button type="button" className="link" onClick={() => onChoose(block)}>
            {range}
          </button>
        )}
      </th>
      <td>{statesOf(facts)}</td>
      <td>{displayText(holder)}</td>
      <td>{displayText(facts.block?.pool ?? "")}</td>
      <td className="numeric">{formatCount(facts.last - facts.first + 1n)}</td>
    </tr>
  );
}
