/** A line below the header while what is shown may be out of date: since when, and that it is tried again. */

import { useLinkState } from "../api/link-state.ts";
import { displayText } from "../text/display-text.ts";
import { clockTime } from "../text/quantity.ts";
import { Icon } from "./icon.tsx";
import { useSession } from "./session-context.ts";

export function ConnectionNote() {
  const link = useLinkState();
  const session = useSession();
  const note = noteOf(link, session?.connection);
  // It is always there, so that a screen reader announces what appears in it.
  return (
    <div role="status" className={note === undefined ? "connection-note" : "connection-note is-shown"}>
      {note === undefined ? null : (
        <>
          <Icon name="warn" />
          <span>{note}</span>
        </>
      )}
    </div>
  );
}

function noteOf(
  link: ReturnType<typeof useLinkState>,
  connection: NonNullable<ReturnType<typeof useSession>>["connection"] | undefined,
): string | undefined {
  if (link.state === "lost") {
    const when = link.lastSeen === undefined ? "Never seen" : `Last seen ${clockTime(link.lastSeen)}`;
    return `${when}, trying again: the console's server does not answer. Is the command still running?`;
  }
  if (connection === undefined || connection.state === "live") return undefined;
  const when =
    connection.lastSeen === undefined
      ? ""
      : `Last seen ${clockTime(Date.parse(connection.lastSeen))}, trying again: `;
  return `${when}${displayText(connection.message ?? "the API server does not answer.")}`;
}
