/** What would happen: the block, use and free blocks before and after, the manifest and the command. */
import type { WhatIfAnswer, WhatIfFigures } from "../api/answers.ts";
import { CopyLine } from "../shell/copy-line.tsx";
import { UsageBar } from "../shell/usage-bar.tsx";
import { displayText } from "../text/display-text.ts";
import { formatCount, formatPercent } from "../text/quantity.ts";

interface WhatIfViewProps {
  readonly answer: WhatIfAnswer;
  readonly canSubmit: boolean;
  readonly isCreated: boolean;
}

export function WhatIfView({ answer, canSubmit, isCreated }: WhatIfViewProps) {
  const { message, before, after, manifest, command, mayCreate, cidr } = answer;
  return (
    <>
      <p role="status" className={cidr === undefined ? "what-if-message problem" : "what-if-message"}>
        {displayText(message)}
      </p>
      <Figures before={before} after={after} />
      {mayCreate ? (
        <p>
          <button type="submit" className="button primary" disabled={!canSubmit || isCreated}>
            {isCreated ? "Created" : "Create the claim"}
          </button>
          {canSubmit || isCreated ? null : <span className="soft"> Name a cluster first.</span>}
        </p>
      ) : (
        <p className="soft">
          You may not create SubnetClaims in this namespace; who may can use one of these:
        </p>
      )}
      <h4>Command</h4>
      <CopyLine text={command} what="the command" />
      <h4>Manifest</h4>
      <CopyLine text={manifest} what="the manifest" />
    </>
  );
}

function Figures({ before, after }: Pick<WhatIfAnswer, "before" | "after">) {
  return (
    <table className="figures">
      <thead>
        <tr>
          <td />
          <th scope="col">now</th>
          <th scope="col">then</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">used</th>
          <td>
            <UsageBar percent={before.usePercent} />
          </td>
          <td>
            <UsageBar percent={after.usePercent} />
          </td>
        </tr>
        <tr>
          <th scope="row">largest free</th>
          <td>{lengthOf(before)}</td>
          <td>{lengthOf(after)}</td>
        </tr>
        <tr>
          <th scope="row">fragmented</th>
          <td>{formatPercent(before.fragmentationPercent)}</td>
          <td>{formatPercent(after.fragmentationPercent)}</td>
        </tr>
        <tr>
          <th scope="row">free blocks</th>
          <td>{sizes(before)}</td>
          <td>{sizes(after)}</td>
        </tr>
      </tbody>
    </table>
  );
}

const lengthOf = ({ largestFreeLength }: WhatIfFigures): string =>
  largestFreeLength === undefined ? "none" : `/${largestFreeLength}`;

const MOST_SIZES = 4;

function sizes({ free }: WhatIfFigures): string {
  if (free.length === 0) return "none";
  const shown = free.slice(0, MOST_SIZES).map(([length, count]) => `${formatCount(count)} × /${length}`);
  return shown.join(", ") + (free.length > MOST_SIZES ? ", …" : "");
}
