/** Light, dark, or as the system has it. The choice is kept in this browser. */
import { useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";

const KEY = "plexaubnet-theme";
const CHOICES: readonly ThemeChoice[] = ["system", "light", "dark"];
const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

let choice = stored();

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY) as ThemeChoice | null;
    return value !== null && CHOICES.includes(value) ? value : "system";
  } catch {
    return "system"; // A browser that keeps nothing for this page.
  }
}

function themeNow(): Theme {
  if (choice !== "system") return choice;
  return dark?.matches ? "dark" : "light";
}

/** Writes the theme to the document: CSS reads it there, and so does the canvas. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = themeNow();
  for (const listener of listeners) listener();
}

dark?.addEventListener("change", applyTheme);

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Then it is so until the page is closed.
  }
  applyTheme();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, () => choice);
export const useTheme = (): Theme => useSyncExternalStore(subscribe, themeNow);

/** The one after it, as the switch cycles through them. */
export function nextChoice(now: ThemeChoice): ThemeChoice {
  return CHOICES[(CHOICES.indexOf(now) + 1) % CHOICES.length] ?? "system";
}
