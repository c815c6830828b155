/**
 * The answers of a real kube-apiserver, played against the embedded server. How to see a difference, and what
 * to do once one is fixed: `npm run test:contract -- --answers --differences [--only TEXT]`, then `--answers
 * --update`.
 */
import { expect, test } from "vitest";
import { startEmbedded } from "./answers/embedded.ts";
import { knownLines, linesOf, scoreOf, staleMeant, withoutMeant } from "./answers/known.ts";
import { replay } from "./answers/replay.ts";
import { RECORDED_VERSION, recordedScenarios } from "./answers/scenario.ts";
import { createWire } from "./wire.ts";

// Some of the answers lie with what a controller manager or an add-on would do: a cluster of one's own is
// compared by hand, see answers/main.ts.
test.skipIf(process.env.CONTRACT_CONTEXT !== undefined)(
  `PX-09 the embedded server answers as kube-apiserver ${RECORDED_VERSION} did, except for what is known`,
  { timeout: 120_000 },
  async () => {
    const embedded = await startEmbedded();
    const wire = createWire(embedded.config);
    try {
      const played = await replay(recordedScenarios(), { wire, hurried: true });
      const unmeant = withoutMeant(played);
      console.log(`${scoreOf(played)}\nWithout what is meant, ${scoreOf(unmeant)}`);
      expect(linesOf(unmeant), "differences; --answers --update writes those that are known").toEqual(
        knownLines(),
      );
      expect(staleMeant(played), "meant differences that are not there").toEqual([]);
    } finally {
      await wire.close();
      await embedded.stop();
    }
  },
);
