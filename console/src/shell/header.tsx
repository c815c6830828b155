/** Name, navigation, search, freshness, theme. */

import { useLinkState } from "../api/link-state.ts";
import { Link } from "../route/link.tsx";
import { href, usePlace } from "../route/location.ts";
import { displayText } from "../text/display-text.ts";
import { Icon } from "./icon.tsx";
import { PAGES, pageOf } from "./pages.ts";
import { useSession } from "./session-context.ts";
import { chooseTheme, nextChoice, useThemeChoice } from "./theme.ts";

export function Header({ onSearch }: { readonly onSearch: () => void }) {
  return (
    <header className="header">
      <Link className="brand" href="/" aria-label="Plexaubnet: to the map">
        <Icon name="logo" />
        <span className="brand-name">Plexaubnet</span>
      </Link>
      <Navigation />
      <div className="header-tools">
        <button
          type="button"
          className="button search-button"
          onClick={onSearch}
          aria-keyshortcuts="Control+K Meta+K"
        >
          <Icon name="search" />
          <span className="search-word">Search</span>
          <kbd aria-hidden="true">{isMac() ? "⌘K" : "Ctrl K"}</kbd>
        </button>
        <Freshness />
        <ThemeSwitch />
      </div>
    </header>
  );
}

const isMac = (): boolean => /mac|iphone|ipad/i.test(navigator.platform);

function Navigation() {
  const { parts } = usePlace();
  const session = useSession();
  const current = pageOf(parts)?.id;
  const pages = PAGES.filter(({ needsLedger }) => needsLedger !== true || session?.hasLedger !== false);
  return (
    <nav className="navigation" aria-label="Pages">
      {pages.map(({ id, title }) => (
        <Link key={id} href={href([id])} aria-current={id === current ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}

function Freshness() {
  const link = useLinkState();
  const session = useSession();
  const isLive = link.state === "live" && session?.connection.state === "live";
  const word = isLive
    ? "live"
    : link.state === "connecting" || session === undefined
      ? "connecting"
      : "not live";
  const where = session === undefined ? "" : ` ${displayText(session.cluster)}`;
  return (
    <Link
      className={`freshness ${isLive ? "is-live" : "is-not"}`}
      href="/health"
      title={`${word}:${where}`}
      aria-label={`Health: ${word}`}
    >
      <span className="dot" aria-hidden="true" />
      <span className="freshness-word" aria-hidden="true">
        {word}
      </span>
    </Link>
  );
}

const THEME_ICONS = { system: "auto", light: "sun", dark: "moon" } as const;

function ThemeSwitch() {
  const choice = useThemeChoice();
  const label = `Theme: ${choice === "system" ? "as the system" : choice}`;
  return (
    <button
      type="button"
      className="button plain square"
      onClick={() => chooseTheme(nextChoice(choice))}
      aria-label={label}
      title={label}
    >
      <Icon name={THEME_ICONS[choice]} />
    </button>
  );
}
