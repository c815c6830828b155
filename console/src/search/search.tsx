/** ⌘K: an address, a CIDR, a cluster or a name, and where it is. */
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { useEffect, useRef, useState } from "react";
import type { SearchHit } from "../api/answers.ts";
import { searchQuery } from "../api/queries.ts";
import { go, href } from "../route/location.ts";
import { PAGES } from "../shell/pages.ts";
import { displayText } from "../text/display-text.ts";
import { addressOfHit } from "./hit-address.ts";

interface SearchProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

/** The browser's own dialog: focus stays in it, Escape closes it, and nothing behind it can be reached. */
export function Search({ isOpen, onOpenChange }: SearchProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = dialog;
    if (isOpen && current?.open === false) {
      current.showModal();
      current.querySelector("input")?.focus();
    }
    if (!isOpen && current?.open) current.close();
  }, [isOpen]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, as any dialog.
    <dialog
      ref={dialog}
      className="search"
      aria-label="Search"
      onClose={() => onOpenChange(false)}
      onClick={(event) => event.target === dialog.current && onOpenChange(false)}
    >
      {isOpen ? <Palette onDone={() => onOpenChange(false)} /> : null}
    </dialog>
  );
}

const PAUSE_MS = 80;

const WORDS: Readonly<Record<SearchHit["what"], string>> = {
  address: "block",
  pool: "pool",
  cluster: "cluster",
  claim: "claim",
  subnet: "Subnet",
  poolclaim: "pool claim",
};

function Palette({ onDone }: { readonly onDone: () => void }) {
  const [text, setText] = useState("");
  const asked = usePaused(text.trim(), PAUSE_MS);
  const { data, error, isFetching } = useQuery({ ...searchQuery(asked), enabled: asked !== "" });
  const hits = asked === "" || text.trim() === "" ? [] : (data?.hits ?? []);
  const choose = (target: string) => {
    onDone();
    go(target);
  };
  return (
    <Command className="palette" label="Search" shouldFilter={false} loop>
      <Command.Input
        className="palette-input"
        placeholder="IP address, CIDR, cluster, or name"
        value={text}
        onValueChange={setText}
      />
      <Command.List className="palette-list" label="Results">
        <Command.Empty className="palette-note">
          {error !== null
            ? displayText(error.message)
            : isFetching || asked !== text.trim()
              ? "Searching…"
              : noteOf(asked)}
        </Command.Empty>
        {hits.map((hit, index) => (
          <Command.Item
            key={`${hit.what} ${hit.namespace} ${hit.title} ${hit.detail}`}
            value={`${index} ${hit.what} ${hit.namespace} ${hit.title}`}
            className="palette-item"
            onSelect={() => choose(addressOfHit(hit))}
          >
            <span className="chip">{WORDS[hit.what]}</span>
            <span className="palette-title cut">{displayText(hit.title)}</span>
            <span className="palette-detail cut soft">{displayText(hit.detail)}</span>
          </Command.Item>
        ))}
        {text.trim() === "" ? <PageItems onChoose={choose} /> : null}
      </Command.List>
    </Command>
  );
}

const noteOf = (asked: string): string =>
  asked === "" ? "Type an address, a CIDR, a cluster or a name." : `0 results for “${displayText(asked)}”.`;

function PageItems({ onChoose }: { readonly onChoose: (target: string) => void }) {
  return (
    <Command.Group heading="Pages">
      {PAGES.map(({ id, title }) => (
        <Command.Item
          key={id}
          value={`page ${id}`}
          className="palette-item"
          onSelect={() => onChoose(href([id]))}
        >
          <span className="chip">page</span>
          <span className="palette-title">{title}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}

/** The value after it has not changed for so long. */
function usePaused(value: string, ms: number): string {
  const [paused, setPaused] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return paused;
}
