/** Free space as a thing: what it is, and that one can have it. */
import type { Place } from "../api/answers.ts";
import { displayText } from "../text/display-text.ts";

export function FreePart({ place, onClaim }: { readonly place: Place; readonly onClaim: () => void }) {
  return (
    <section className="panel-part free-part">
      <button type="button" className="button primary" onClick={onClaim}>
        Free {`/${place.cidr.split("/")[1]}`}: claim it
      </button>
      <p className="soft">
        Or a part of it. You see what it would do to pool {displayText(place.pool)} before anything is
        written.
      </p>
    </section>
  );
}
