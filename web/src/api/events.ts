import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import type { Change, RouteKey } from "../../../src/api/index.ts";

const EVENTS_ADDRESS = "/api/v1/events";
/** Many writes come at once (a background scan): the lists are read again at most this often. */
const SETTLE_MS = 1_000;
/** After a refusal (no session, too many listeners) the stream is asked for again after this long. */
const REOPEN_MS = 10_000;

/** Which lists a kind of change makes stale. */
const STALE: Readonly<Record<Change["kind"], readonly RouteKey[]>> = {
  image: [
    "GET /api/v1/images",
    "GET /api/v1/images/:image",
    "GET /api/v1/images/:image/document",
    "GET /api/v1/findings",
    "GET /api/v1/overview",
  ],
  policy: ["GET /api/v1/policies", "GET /api/v1/policies/:name", "GET /api/v1/overview"],
  result: [
    "GET /api/v1/results",
    "GET /api/v1/results/history",
    "GET /api/v1/images",
    "GET /api/v1/images/:image",
    "GET /api/v1/policies",
    "GET /api/v1/overview",
  ],
  admission: ["GET /api/v1/admissions", "GET /api/v1/overview"],
  audit: ["GET /api/v1/audit"],
};

/** How the event stream stands. */
export interface LiveState {
  readonly connected: boolean;
  /** Whether the admission log is held still. */
  readonly paused: boolean;
  /** Admission decisions that came while it was held. */
  readonly held: number;
}

let state: LiveState = { connected: false, paused: false, held: 0 };
const listeners = new Set<() => void>();
function change(next: Partial<LiveState>): void {
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

/** The state of the stream; the component is drawn again when it changes. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Holds the admission log still, or lets it follow again (what was held is then read). */
export function setPaused(paused: boolean, client: QueryClient): void {
  change({ paused, held: 0 });
  if (!paused) void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "GET /api/v1/admissions" });
}

/** Follows the server's events while mounted: what they make stale is read again. One component, the shell, calls it. */
export function useLiveUpdates(): void {
  const client = useQueryClient();
  useEffect(() => {
    let source: EventSource;
    let reopening: ReturnType<typeof setTimeout> | undefined;
    const stale = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => {
      timer = undefined;
      const keys = new Set(stale);
      stale.clear();
      void client.invalidateQueries({ predicate: ({ queryKey }) => keys.has(String(queryKey[0])) });
    };
    const onChange = (event: MessageEvent<string>) => {
      const kind = kindOf(event.data);
      if (kind === undefined) return;
      if (kind === "admission" && state.paused) change({ held: state.held + 1 });
      for (const key of STALE[kind]) if (!(state.paused && key === "GET /api/v1/admissions")) stale.add(key);
      timer ??= setTimeout(settle, SETTLE_MS);
    };
    const open = () => {
      source = new EventSource(EVENTS_ADDRESS);
      source.addEventListener("open", () => change({ connected: true }));
      source.addEventListener("message", onChange);
      // More was written while we were away than the server remembers: everything is read again.
      source.addEventListener("reset", () => void client.invalidateQueries());
      source.addEventListener("error", () => {
        change({ connected: false });
        // The browser tries again by itself, except after a refusal: the session may have ended.
        if (source.readyState !== EventSource.CLOSED) return;
        void client.invalidateQueries({ queryKey: ["GET /api/v1/session"] });
        reopening = setTimeout(open, REOPEN_MS);
      });
    };
    open();
    return () => {
      source.close();
      clearTimeout(timer);
      clearTimeout(reopening);
      change({ connected: false });
    };
  }, [client]);
}

function kindOf(data: string): Change["kind"] | undefined {
  try {
    const kind: unknown = (JSON.parse(data) as Partial<Change> | null)?.kind;
    return typeof kind === "string" && Object.hasOwn(STALE, kind) ? (kind as Change["kind"]) : undefined;
  } catch {
    return undefined;
  }
}
