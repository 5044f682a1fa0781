import assert from "node:assert/strict";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Change } from "../api/index.ts";
import type { Store } from "../app/index.ts";
import { LIMITS } from "../base/index.ts";
import { openServerFixture, type ServerFixture } from "../testing/server-fixture.ts";
import { createEventStream, type EventStream } from "./event-stream.ts";

/** What one client was told so far. */
interface Listener {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly events: { readonly id: number; readonly data: string; readonly name?: string }[];
  readonly comments: number;
  readonly isOver: boolean;
  until(condition: () => boolean): Promise<void>;
  leave(): void;
}

let fixture: ServerFixture;
let cookie = "";
const listeners: Listener[] = [];

before(async () => {
  fixture = await openServerFixture({ timing: { pollMs: 5, heartbeatMs: 20 } });
  cookie = await fixture.signIn();
});
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.leave();
});
after(() => fixture.close());

function listen(headers: Readonly<Record<string, string>> = {}): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const request = get(
      `${fixture.server.url}/api/v1/events`,
      { headers: { cookie, ...headers }, agent: false },
      (response) => {
        const listener = follow(response, () => request.destroy());
        listeners.push(listener);
        resolve(listener);
      },
    );
    request.once("error", reject);
  });
}

function follow(response: IncomingMessage, leave: () => void): Listener {
  let text = "";
  let isOver = false;
  let wake = (): void => undefined;
  const listener = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events: [] as { id: number; data: string; name?: string }[],
    comments: 0,
    get isOver() {
      return isOver;
    },
    until: async (condition: () => boolean) => {
      while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
    },
    leave,
  };
  response.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (text + chunk).split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      if (part.startsWith(":")) listener.comments += 1;
      const field = (name: string): string | undefined =>
        part
          .split("\n")
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const [id, data, name] = [field("id"), field("data"), field("event")];
      if (data !== undefined) listener.events.push({ id: Number(id), data, ...(name === undefined ? {} : { name }) });
    }
    wake();
  });
  const end = (): void => {
    isOver = true;
    wake();
  };
  response.once("close", end).once("error", end);
  return listener;
}

const happen = (target: string): Promise<unknown> =>
  fixture.store.audit.append({ at: "2026-11-22T12:00:00Z", actor: "test", action: "test", target, details: {} });

describe("the event stream", () => {
  test("tells what happens after its start, to everyone who listens, once and in order", async () => {
    await happen("before");
    const both = [await listen(), await listen()];
    await Promise.all(both.map((each) => each.until(() => each.comments > 0)));
    for (let index = 0; index < 20; index += 1) await happen(`event ${index}`);
    for (const listener of both) {
      await listener.until(() => listener.events.length >= 20);
      const ids = listener.events.map(({ id }) => id);
      assert.deepEqual(
        ids,
        [...new Set(ids)].sort((a, b) => a - b),
      );
      assert.equal(listener.events.length, 20);
      const [first] = listener.events;
      assert.deepEqual(Object.keys(JSON.parse(first?.data ?? "")), ["sequence", "kind", "id", "at"]);
    }
    assert.equal(both[0]?.headers["content-type"], "text/event-stream; charset=utf-8");
    assert.match(String(both[0]?.headers["content-security-policy"]), /^default-src 'none'/);
  });

  test("goes on where a lost connection stopped", async () => {
    const from = await fixture.store.lastChange();
    for (let index = 0; index < 7; index += 1) await happen(`missed ${index}`);
    const listener = await listen({ "last-event-id": String(from + 2) });
    await listener.until(() => listener.events.length >= 5);
    assert.deepEqual(
      listener.events.map(({ id }) => id),
      [3, 4, 5, 6, 7].map((step) => from + step),
    );
    assert.ok(listener.events.every(({ name }) => name === undefined));
  });

  test("says so when it cannot go on there: the number is not of this store", async () => {
    const newest = await fixture.store.lastChange();
    const listener = await listen({ "last-event-id": "999999999" });
    await happen("after");
    await listener.until(() => listener.events.length >= 2);
    assert.deepEqual(
      listener.events.map(({ id, name }) => [id, name]),
      [
        [newest, "reset"],
        [newest + 1, undefined],
      ],
    );
  });

  test("ends with its session, and others stay", async () => {
    const other = await listen();
    const mine = await fixture.signIn();
    const listener = await listen({ cookie: mine });
    assert.equal((await fixture.ask({ method: "DELETE", path: "/api/v1/session", cookie: mine })).status, 204);
    await listener.until(() => listener.isOver);
    const { comments } = other;
    await other.until(() => other.comments > comments);
    assert.equal(other.isOver, false);
  });

  test("ends when its session was ended elsewhere, or expires", async () => {
    const mine = await fixture.signIn();
    const listener = await listen({ cookie: mine });
    fixture.clock.now += 12 * 3_600_000 + 1;
    await listener.until(() => listener.isOver);
    cookie = await fixture.signIn();
  });

  test("is refused to more than a bounded number of clients, and free again when one leaves", async () => {
    const all = await Promise.all(Array.from({ length: LIMITS.eventStreams }, () => listen()));
    const refused = await fixture.ask({ path: "/api/v1/events", cookie });
    assert.deepEqual([refused.status, refused.json["code"]], [429, "RATE_LIMITED"]);
    assert.match((await fixture.ask({ path: "/metrics" })).text, /^amap_http_event_streams 64$/m);
    all[0]?.leave();
    let next = await listen();
    while (next.status !== 200) next = await listen();
    assert.equal(next.status, 200);
  });
});

/** Streams over a store in which these changes happened, with what they log. */
function createStream(changes: readonly Change[]): { events: EventStream; log: string[] } {
  const log: string[] = [];
  const note = (_: object, message: string): void => void log.push(message);
  const events = createEventStream({
    store: {
      lastChange: async () => 0,
      changes: async (from: number, limit: number) => changes.slice(from, from + limit),
    } as unknown as Store,
    log: { info: note, warn: note, error: note },
    isValid: async () => true,
    pollMs: 1,
    heartbeatMs: 1_000,
  });
  return { events, log };
}

test("a client that is gone before its stream starts takes no place", async () => {
  const { events } = createStream([]);
  for (let index = 0; index < LIMITS.eventStreams + 1; index += 1) {
    events.reserve();
    await events.add({ destroyed: true } as ServerResponse, { tokenHash: "" });
  }
  assert.equal(events.clients, 0);
});

test("a client that does not read is cut off before it fills the memory", async () => {
  const changes = Array.from({ length: 2_000 }, (_, index) => ({
    sequence: index + 1,
    kind: "image" as const,
    id: "x".repeat(10_000),
    at: "2026-11-22T12:00:00Z",
  }));
  const { events, log } = createStream(changes);
  const server = createServer((_, response) => {
    events.reserve();
    void events.add(response, { tokenHash: "", lastEventId: 0 });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const slow = connect({ port, host: "127.0.0.1" }, () =>
    slow.pause().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  );
  slow.once("error", () => undefined);
  while (log.length === 0) await setTimeout(1);
  assert.deepEqual([log, events.clients], [["cut off an event stream that is not read"], 0]);
  slow.destroy();
  events.close();
  await new Promise((resolve) => server.close(resolve));
});
