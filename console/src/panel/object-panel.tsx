/** An object beside a list. */
import type { ObjectKind } from "../api/answers.ts";
import { Icon } from "../shell/icon.tsx";
import { PageNote } from "../shell/page-states.tsx";
import { displayText } from "../text/display-text.ts";
import { ObjectDetails } from "./object-details.tsx";
import { useEscape } from "./use-escape.ts";

const KINDS: readonly string[] = [
  "SubnetPool",
  "SubnetClaim",
  "Subnet",
  "SubnetPoolClaim",
] satisfies ObjectKind[];
const isKind = (text: string): text is ObjectKind => KINDS.includes(text);

interface ObjectPanelProps {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly onClose: () => void;
}

export function ObjectPanel({ kind, namespace, name, onClose }: ObjectPanelProps) {
  useEscape(onClose);
  return (
    <aside className="panel" aria-label="What was chosen">
      <header className="panel-head">
        <h2 className="cut" title={displayText(name)}>
          {displayText(name)}
        </h2>
        <button
          type="button"
          className="button plain square"
          aria-label="Close"
          title="Close (Escape)"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      {isKind(kind) ? (
        <ObjectDetails key={`${kind}/${namespace}/${name}`} kind={kind} namespace={namespace} name={name} />
      ) : (
        <PageNote title="Not here" tone="warn">
          <p>{displayText(kind)} is not a kind that the console shows.</p>
        </PageNote>
      )}
    </aside>
  );
}
