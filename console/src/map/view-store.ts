/**
 * The window that is on the screen, apart from React: it changes with every frame, and what depends on it in the page
 * (requests, URL) follows when it comes to rest or a moment has passed.
 */
import { type Bounds, between, fitted, type ViewWindow } from "./view-window.ts";

export type ViewListener = (view: ViewWindow) => void;

const WAY_MS = 320;

export class ViewStore {
  #view: ViewWindow;
  #bounds: Bounds;
  #frame: number | undefined;
  readonly #listeners = new Set<ViewListener>();

  /** The range that this window has put into the URL: one that differs is from elsewhere. */
  written: string | undefined;

  constructor(view: ViewWindow, bounds: Bounds, written?: string) {
    this.written = written;
    this.#view = fitted(view, bounds);
    this.#bounds = bounds;
  }

  get view(): ViewWindow {
    return this.#view;
  }

  get bounds(): Bounds {
    return this.#bounds;
  }

  listen(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(view: ViewWindow): void {
    this.stop();
    this.#become(fitted(view, this.#bounds));
  }

  /** Along a way that can be followed; at once for those who want no motion. */
  goTo(target: ViewWindow): void {
    this.stop();
    const from = this.#view;
    const to = fitted(target, this.#bounds);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#become(to);
      return;
    }
    const began = performance.now();
    const step = (now: number) => {
      const t = Math.min(1, Math.max(0, (now - began) / WAY_MS));
      this.#frame = t < 1 ? requestAnimationFrame(step) : undefined;
      this.#become(between(from, to, t * (2 - t)));
    };
    this.#frame = requestAnimationFrame(step);
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #become(view: ViewWindow): void {
    if (view.start === this.#view.start && view.span === this.#view.span) return;
    this.#view = view;
    for (const listener of this.#listeners) listener(view);
  }
}
