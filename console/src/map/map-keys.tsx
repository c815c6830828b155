/** What the mouse and the keys do on the map, for those who look for it. */
import { useId, useRef } from "react";
import { Icon } from "../shell/icon.tsx";

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["Wheel, pinch, + −", "zoom"],
  ["Drag, Shift ← →", "move along the addresses"],
  ["← → ↑ ↓", "go from block to block, and from pool to child pool"],
  ["Click, Enter", "show everything about a block"],
  ["Double click, Z", "zoom to a block"],
  ["0", "show all"],
  ["Escape", "close the panel"],
  ["Ctrl K, ⌘ K, /", "search"],
];

export function MapKeys() {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  return (
    <>
      <button
        type="button"
        className="button square"
        aria-label="Mouse and keys"
        title="Mouse and keys"
        onClick={() => dialog.current?.showModal()}
      >
        <Icon name="help" />
      </button>
      <dialog ref={dialog} className="keys" aria-labelledby={id}>
        <header className="panel-head">
          <h2 id={id}>Mouse and keys</h2>
          <button
            type="button"
            className="button plain square"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        <dl className="facts">
          {KEYS.map(([keys, does]) => (
            <div key={keys}>
              <dt>{keys}</dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </dialog>
    </>
  );
}
