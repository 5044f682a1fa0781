import type { ServerResponse } from "node:http";
import type { Change } from "../api/index.ts";
import type { Store } from "../app/index.ts";
import { AmapError, LIMITS } from "../base/index.ts";
import type { ServerLog } from "./log.ts";

/** What the streams are made with. */
export interface EventStreamOptions {
  readonly store: Store;
  readonly log: ServerLog;
  /** Whether a session still holds, and until when it was given. */
  readonly isValid: (tokenHash: string) => Promise<boolean>;
  readonly pollMs: number;
  readonly heartbeatMs: number;
}

/** One who listens. */
interface Client {
  readonly response: ServerResponse;
  readonly tokenHash: string;
  /** The last change that was written, or that came before the stream. */
  sent: number;
}

/** The server-sent events of all clients. */
export interface EventStream {
  readonly clients: number;
  /** @throws {AmapError} RATE_LIMITED when there are LIMITS.eventStreams */
  reserve(): void;
  /**
   * Streams to a response until it is closed. `lastEventId` is what the browser had before it lost the connection.
   * It needs a `reserve` before.
   */
  add(response: ServerResponse, options: { readonly tokenHash: string; readonly lastEventId?: number }): Promise<void>;
  /** Ends the streams of a session. */
  endSession(tokenHash: string): void;
  close(): void;
}

/** Changes read from the store at once. */
const BATCH = 500;
/** After a failed look at the store. */
const RETRY_MS = 5_000;

/**
 * One poller for all clients: it reads the changes after the one that the client furthest behind has, and writes to each
 * what it does not have yet, so that a client that resumes needs no path of its own. Nothing runs while nobody listens.
 */
export function createEventStream(options: EventStreamOptions): EventStream {
  const { store, log, pollMs, heartbeatMs } = options;
  const clients = new Set<Client>();
  let reserved = 0;
  let poller: NodeJS.Timeout | undefined;
  let heart: NodeJS.Timeout | undefined;

  const drop = (client: Client): void => {
    clients.delete(client);
    client.response.end();
    if (clients.size === 0) stopTimers();
  };
  const write = (client: Client, text: string): void => {
    client.response.write(text);
    // Whoever does not read would make us keep everything that happens in memory.
    if (client.response.writableLength <= LIMITS.eventBacklogBytes) return;
    log.warn({ backlogBytes: client.response.writableLength }, "cut off an event stream that is not read");
    clients.delete(client);
    client.response.destroy();
  };
  const stopTimers = (): void => {
    clearTimeout(poller);
    clearTimeout(heart);
    poller = undefined;
    heart = undefined;
  };

  /** Writes what is new; how long to wait before the next look. */
  const deliver = async (): Promise<number> => {
    const from = Math.min(...[...clients].map(({ sent }) => sent));
    const changes = await store.changes(from, BATCH);
    const last = changes.at(-1)?.sequence;
    if (last === undefined) return pollMs;
    for (const client of clients) {
      const news = changes.filter(({ sequence }) => sequence > client.sent);
      if (news.length === 0) continue;
      client.sent = last;
      write(client, news.map(eventOf).join(""));
    }
    return changes.length < BATCH ? pollMs : 0;
  };
  const poll = async (): Promise<void> => {
    let waitMs = RETRY_MS;
    try {
      waitMs = clients.size === 0 ? pollMs : await deliver();
    } catch (error) {
      log.error({ error: String(error) }, "the store did not say what changed");
    }
    if (clients.size > 0) poller = setTimeout(() => void poll(), waitMs);
    else poller = undefined;
  };

  const checkSessions = async (): Promise<void> => {
    for (const tokenHash of new Set([...clients].map((client) => client.tokenHash))) {
      if (!(await options.isValid(tokenHash))) endSession(tokenHash);
    }
  };
  const beat = async (): Promise<void> => {
    for (const client of clients) write(client, ":\n\n");
    try {
      await checkSessions();
    } catch (error) {
      // An unanswered question is no ended session; the next beat asks again.
      log.error({ error: String(error) }, "the store did not say which sessions hold");
    }
    if (clients.size > 0) heart = setTimeout(() => void beat(), heartbeatMs);
    else heart = undefined;
  };
  const endSession = (tokenHash: string): void => {
    for (const client of clients) if (client.tokenHash === tokenHash) drop(client);
  };

  return {
    get clients() {
      return clients.size;
    },
    reserve: () => {
      if (reserved >= LIMITS.eventStreams)
        throw new AmapError("RATE_LIMITED", `${LIMITS.eventStreams} event streams are open`);
      reserved += 1;
    },
    add: async (response, { tokenHash, lastEventId }) => {
      // Gone while its session was looked up: `close` was told already, and will not be told again.
      if (response.destroyed) {
        reserved -= 1;
        return;
      }
      let isClosed = false;
      const client: Client = { response, tokenHash, sent: 0 };
      response.once("close", () => {
        isClosed = true;
        reserved -= 1;
        clients.delete(client);
        if (clients.size === 0) stopTimers();
      });
      // A broken connection is not news; `close` follows.
      response.once("error", () => undefined);
      try {
        const newest = await store.lastChange();
        client.sent = lastEventId === undefined ? newest : Math.min(lastEventId, newest);
        if (isClosed) return;
        response.write("retry: 2000\n\n");
        // The store forgets: one who comes back after more than it keeps must read everything again.
        if (lastEventId !== undefined && (lastEventId > newest || newest - lastEventId >= LIMITS.storeChanges))
          response.write(`event: reset\nid: ${newest}\ndata: {}\n\n`);
        clients.add(client);
        poller ??= setTimeout(() => void poll(), 0);
        heart ??= setTimeout(() => void beat(), heartbeatMs);
      } catch (error) {
        log.error({ error: String(error) }, "an event stream could not start");
        response.destroy();
      }
    },
    endSession,
    close: () => {
      for (const client of clients) drop(client);
      stopTimers();
    },
  };
}

/** One event (HTML Living Standard §9.2.6). JSON on one line has no line break that could end it early. */
function eventOf({ sequence, kind, id, at }: Change): string {
  return `id: ${sequence}\ndata: ${JSON.stringify({ sequence, kind, id, at })}\n\n`;
}
