/** A line for a terminal, with a button that copies it. */
import { useEffect, useState } from "react";
import { displayLines } from "../text/display-text.ts";
import { Icon } from "./icon.tsx";

interface CopyLineProps {
  readonly text: string;
  /** What is copied, for the button's label: `the command`. */
  readonly what: string;
}

export function CopyLine({ text, what }: CopyLineProps) {
  return (
    <div className="copy-line">
      <pre>{displayLines(text)}</pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}

export function CopyButton({ text, what }: CopyLineProps) {
  const [state, setState] = useState<"" | "copied" | "failed">("");
  useEffect(() => {
    if (state === "") return;
    const timer = setTimeout(() => setState(""), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  return (
    <button
      type="button"
      className="button plain square"
      onClick={copy}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
    >
      <Icon name={state === "copied" ? "check" : "copy"} />
      <span className="unseen" role="status">
        {state === "copied"
          ? "Copied"
          : state === "failed"
            ? "The browser does not allow it: select and copy it"
            : ""}
      </span>
    </button>
  );
}
