import type { Query } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { keysOfEvent } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { sessionStore } from "@/api/session-store";

export interface ApplianceEvent {
  id: number;
  name: string;
  time: string;
  task_id: string;
  entity_id: string;
  data: Record<string, unknown>;
}

/** `resting`: the tab was out of sight for a while and has hung up to leave lines to others. */
export type LineState = "open" | "lost" | "resting";
type Listener = (event: ApplianceEvent) => void;

const ADDRESS = "/api/v1/events";
const TRY_AGAIN_MS = 5_000;
const REST_AFTER_MS = 60_000; // browsers have six lines to a server for all their tabs
const AT_MOST_EVERY_MS = 1_000;
const TOGETHER_MS = 50; // what happens at once is asked for at once

/** The one event stream of this tab: makes queries fresh, and tells whoever listens. */
class EventLine {
  #source: EventSource | null = null;
  #state: LineState = "resting";
  #lastId = "";
  #isFirst = true;
  #users = 0;
  #timer: number | undefined;
  #outdated = new Set<string>();
  #refreshTimer: number | undefined;
  #refreshed = Number.NEGATIVE_INFINITY;
  readonly #watchers = new Set<() => void>();
  readonly #listeners = new Set<Listener>();

  state = (): LineState => this.#state;

  watch = (tell: () => void): (() => void) => {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  };

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keeps the line open until the returned function is called. */
  use(): () => void {
    this.#users += 1;
    if (this.#users === 1) {
      document.addEventListener("visibilitychange", this.#onVisibility);
      this.#open();
    }
    return () => {
      this.#users -= 1;
      if (this.#users === 0) {
        document.removeEventListener("visibilitychange", this.#onVisibility);
        this.#close("resting");
      }
    };
  }

  readonly #onVisibility = (): void => {
    window.clearTimeout(this.#timer);
    if (document.hidden) {
      this.#timer = window.setTimeout(() => this.#close("resting"), REST_AFTER_MS);
    } else if (this.#source === null) {
      this.#open();
    }
  };

  #open(): void {
    window.clearTimeout(this.#timer);
    const after = this.#lastId === "" ? "" : `?after=${this.#lastId}`;
    const source = new EventSource(ADDRESS + after);
    this.#source = source;
    source.onopen = () => this.#onOpen();
    source.onerror = () => this.#onError(source);
    for (const name of Object.keys(keysOfEvent)) {
      source.addEventListener(name, (message) => this.#onEvent(message));
    }
    source.addEventListener("missed", (message) => {
      this.#lastId = message.lastEventId;
      void queryClient.invalidateQueries();
    });
  }

  #onOpen(): void {
    if (!this.#isFirst && this.#lastId === "") {
      void queryClient.invalidateQueries(); // nobody can tell what was missed meanwhile
    }
    this.#isFirst = false;
    this.#setState("open");
  }

  #close(state: LineState): void {
    window.clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.#setState(state);
  }

  #onError(source: EventSource): void {
    this.#isFirst = false;
    this.#setState("lost");
    if (source.readyState !== EventSource.CLOSED) {
      return; // the browser tries again by itself
    }
    this.#close("lost");
    this.#timer = window.setTimeout(() => void this.#tryAgain(), TRY_AGAIN_MS);
  }

  /** The line was refused: because the session has ended, or for a reason that passes. */
  async #tryAgain(): Promise<void> {
    try {
      const response = await fetch("/api/v1/session");
      if (response.status === 401 && !(await sessionStore.signInAgain())) {
        return;
      }
    } catch {
      // no answer yet: the new line will tell
    }
    if (this.#users > 0 && this.#source === null) {
      this.#open();
    }
  }

  #onEvent(message: MessageEvent<string>): void {
    this.#lastId = message.lastEventId;
    const event = JSON.parse(message.data) as ApplianceEvent;
    for (const listener of this.#listeners) {
      listener(event);
    }
    for (const key of keysOfEvent[event.name] ?? []) {
      this.#outdated.add(key);
    }
    const rest = this.#refreshed + AT_MOST_EVERY_MS - performance.now();
    this.#refreshTimer ??= window.setTimeout(() => this.#refresh(), Math.max(rest, TOGETHER_MS));
  }

  #refresh(): void {
    this.#refreshTimer = undefined;
    this.#refreshed = performance.now();
    const outdated = this.#outdated;
    this.#outdated = new Set();
    refreshAll((query) => outdated.has(String(query.queryKey[0])));
  }

  #setState(state: LineState): void {
    if (state !== this.#state) {
      this.#state = state;
      for (const tell of this.#watchers) {
        tell();
      }
    }
  }
}

/** What is being asked for the first time may be answered as it was before the event: once more. */
function refreshAll(isOutdated: (query: Query) => boolean): void {
  const underWay = queryClient.getQueryCache().findAll({
    predicate: (query) =>
      isOutdated(query) && query.state.fetchStatus === "fetching" && query.state.data === undefined,
  });
  void queryClient.invalidateQueries({ predicate: isOutdated });
  for (const query of underWay) {
    const again = () =>
      void queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true });
    void query.promise?.then(again, again);
  }
}

const line = new EventLine();

/** Keeps the event stream open while mounted, and tells how it stands. The shell does so once. */
export function useEvents(): LineState {
  useEffect(() => line.use(), []);
  return useEventLineState();
}

/** How the stream stands, for what polls while it is lost. */
export function useEventLineState(): LineState {
  return useSyncExternalStore(line.watch, line.state);
}

/** Calls the listener with each event; it should be stable (useCallback). */
export function useEventListener(listener: (event: ApplianceEvent) => void): void {
  useEffect(() => line.listen(listener), [listener]);
}
