import { describe, expect, test } from "vitest";
import type { Subnet } from "../../api/index.ts";
import type { CacheDelta, DeltaOrigin } from "../../runtime/index.ts";
import { allocated, subnet } from "../testing/objects.ts";
import { TicketBook } from "./ticket-book.ts";

function at(revision: string, more: Parameters<typeof subnet>[3] = {}): Subnet {
  return subnet("a", "prod", "10.0.0.0/24", {
    ...more,
    metadata: { ...more.metadata, resourceVersion: revision },
  });
}

function bookOf(...deltas: CacheDelta<Subnet>[]): TicketBook {
  const book = new TicketBook();
  for (const delta of deltas) book.apply(delta);
  return book;
}

const added = (object: Subnet, origin: DeltaOrigin = "watch"): CacheDelta<Subnet> => ({
  type: "added",
  new: object,
  origin,
});
const updated = (old: Subnet, object: Subnet, origin: DeltaOrigin = "watch"): CacheDelta<Subnet> => ({
  type: "updated",
  old,
  new: object,
  origin,
});

describe("tickets (PX-02)", () => {
  test("PX-02 a creation that was watched is the ticket", () => {
    expect(bookOf(added(at("7"))).ticketOf(at("7"))).toBe("7");
  });

  test("PX-02 what a list shows has no known place in the order", () => {
    expect(bookOf(added(at("7"), "list")).ticketOf(at("7"))).toBeUndefined();
  });

  test("PX-02 a relist makes a known ticket unknown: a revival may have gone by unseen", () => {
    expect(bookOf(added(at("7")), updated(at("7"), at("9"), "list")).ticketOf(at("9"))).toBeUndefined();
  });

  test("PX-02 being decided does not make a new ticket", () => {
    const decided = at("8", { status: allocated() });
    expect(bookOf(added(at("7")), updated(at("7"), decided)).ticketOf(decided)).toBe("7");
  });

  test("PX-02 a revival is a new ticket", () => {
    const failed = at("8", { status: { phase: "Failed" } });
    const revived = at("9", { status: { phase: "Pending" } });
    expect(bookOf(added(at("7")), updated(at("7"), failed), updated(failed, revived)).ticketOf(revived)).toBe(
      "9",
    );
  });

  test("PX-02 a revival gives a ticket to one whose place was unknown", () => {
    const failed = at("8", { status: { phase: "Failed" } });
    const revived = at("9", { status: { phase: "Pending" } });
    expect(bookOf(added(failed, "list"), updated(failed, revived)).ticketOf(revived)).toBe("9");
  });

  test("PX-02 another block, or another pool, is a new ticket", () => {
    const moved = at("9", { spec: { cidr: "10.0.4.0/24" } });
    expect(bookOf(added(at("7")), updated(at("7"), moved)).ticketOf(moved)).toBe("9");
    const elsewhere = at("9", { spec: { poolRef: "staging" } });
    expect(bookOf(added(at("7")), updated(at("7"), elsewhere)).ticketOf(elsewhere)).toBe("9");
  });

  test("RQ-07 a Subnet made again under the same name starts with a new ticket", () => {
    const book = bookOf(added(at("7")), { type: "deleted", old: at("7"), origin: "watch" }, added(at("11")));
    expect(book.ticketOf(at("11"))).toBe("11");
  });
});
