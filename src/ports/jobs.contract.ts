import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { isAmapError } from "../base/index.ts";
import type { Job, JobRequest, Jobs } from "./jobs.ts";

const WAIT_STEP_MS = 10;

/** Waits until a condition holds; a test's own timeout ends a wait that never does. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
}

/** A promise that is kept from outside. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/**
 * The behaviour that every queue has; `make` opens one, `again` another one over the same jobs. `delayMs` is the least that
 * tells a delayed job from one that waits for the queue's next look.
 */
export function jobsContract(
  name: string,
  make: () => Promise<{ readonly jobs: Jobs; again: () => Promise<Jobs> }>,
  delayMs: number,
): void {
  describe(`${name} keeps the Jobs contract`, () => {
    let jobs: Jobs;
    let again: () => Promise<Jobs>;
    let kinds = 0;
    let kind: string;
    beforeEach(async () => {
      ({ jobs, again } = await make());
      // Queues may share a database: each test has a kind of its own.
      kind = `kind-${process.pid}-${kinds++}`;
    });
    afterEach(() => jobs.close());
    const context: Context = {
      jobs: () => jobs,
      again: () => again(),
      kind: () => kind,
      add: (key, more = {}) => jobs.add({ kind, key, payload: null, ...more }),
      delayMs,
    };
    adding(context);
    working(context);
    failing(context);
    listing(context);
  });
}

interface Context {
  readonly jobs: () => Jobs;
  readonly again: () => Promise<Jobs>;
  readonly kind: () => string;
  readonly add: (key: string, more?: Partial<JobRequest>) => Promise<Job>;
  readonly delayMs: number;
}

async function stateOf({ jobs, kind }: Context, id: string): Promise<Job["state"] | undefined> {
  return (await jobs().list({ limit: 100, kind: kind() })).items.find((job) => job.id === id)?.state;
}

function adding(context: Context): void {
  const { jobs, add, kind } = context;
  test("asking twice for what waits is asking once", async () => {
    const first = await add("a", { payload: { text: "\0", big: 2n ** 60n } });
    const same = await add("a", { payload: "another" });
    const other = await add("b");
    assert.deepEqual(same, first);
    assert.notEqual(other.id, first.id);
    assert.deepEqual(
      [first.kind, first.key, first.payload, first.state, first.attempts, first.maxAttempts],
      [kind(), "a", { text: "\0", big: 2n ** 60n }, "waiting", 0, 5],
    );
    assert.equal((await jobs().list({ limit: 9, kind: kind() })).items.length, 2);
  });

  test("many that ask at once ask once", async () => {
    const other = await context.again();
    try {
      const asked = Array.from({ length: 12 }, (_, at) =>
        (at % 2 === 0 ? jobs() : other).add({ kind: kind(), key: "\ud800 same", payload: at }),
      );
      assert.equal(new Set((await Promise.all(asked)).map((job) => job.id)).size, 1);
    } finally {
      if (other !== jobs()) await other.close();
    }
  });

  const refused: readonly (readonly [string, Partial<JobRequest>])[] = [
    ["a kind with other letters", { kind: "A b" }],
    ["no kind", { kind: "" }],
    ["no attempts", { maxAttempts: 0 }],
    ["half an attempt", { maxAttempts: 1.5 }],
    ["a delay before now", { delayMs: -1 }],
    ["an endless delay", { delayMs: Number.POSITIVE_INFINITY }],
  ];
  test("a malformed request is refused", async () => {
    for (const [name, request] of refused) {
      await assert.rejects(add("a", request), (error) => isAmapError(error, "USAGE"), name);
    }
    const payload = "x".repeat(2_000_000);
    await assert.rejects(add("a", { payload }), (error) => isAmapError(error, "LIMIT_EXCEEDED"));
  });
}

function working(context: Context): void {
  const { jobs, add, kind, delayMs } = context;
  test("each job is handed over once, in the order asked for, and ends as done", async () => {
    const keys = ["c", "a", "b"];
    for (const key of keys) await add(key);
    const seen: string[] = [];
    const worker = await jobs().work(kind(), async (job) => {
      assert.deepEqual([job.state, job.attempts], ["running", 1]);
      seen.push(job.key);
    });
    await until(async () => (await jobs().list({ limit: 9, kind: kind(), state: "done" })).items.length === 3);
    assert.deepEqual(seen, keys);
    await worker.stop();
    await add("d");
    assert.equal(
      (await jobs().list({ limit: 9, kind: kind(), state: "waiting" })).items.length,
      1,
      "nobody works any more",
    );
  });

  test("a delayed job waits, and others go before it", async () => {
    const late = await add("late", { delayMs });
    assert.ok(Date.parse(late.startAfter) - Date.parse(late.createdAt) >= delayMs - 100);
    await add("now");
    const seen: string[] = [];
    const worker = await jobs().work(kind(), async (job) => void seen.push(job.key));
    await until(() => seen.length === 2);
    assert.deepEqual(seen, ["now", "late"]);
    await worker.stop();
  });

  test("no more jobs run at once than asked for, and as many", async () => {
    for (let at = 0; at < 6; at += 1) await add(`${at}`);
    let [running, most] = [0, 0];
    const three = gate();
    const worker = await jobs().work(
      kind(),
      async () => {
        running += 1;
        most = Math.max(most, running);
        if (running === 3) three.open();
        await three.opened;
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
      },
      { concurrency: 3 },
    );
    await until(async () => (await jobs().list({ limit: 9, kind: kind(), state: "done" })).items.length === 6);
    assert.equal(most, 3);
    await worker.stop();
  });

  test("one that runs gets one successor, which starts after it", async () => {
    const [begun, go] = [gate(), gate()];
    let [running, most] = [0, 0];
    const first = await add("a");
    const worker = await jobs().work(
      kind(),
      async () => {
        running += 1;
        most = Math.max(most, running);
        begun.open();
        await go.opened;
        running -= 1;
      },
      { concurrency: 4 },
    );
    await begun.opened;
    const [second, third] = [await add("a"), await add("a")];
    assert.notEqual(second.id, first.id);
    assert.equal(third.id, second.id);
    go.open();
    await until(async () => (await stateOf(context, second.id)) === "done");
    assert.equal(most, 1);
    await worker.stop();
  });

  test("stopping waits for what runs", async () => {
    const [begun, go] = [gate(), gate()];
    let ended = false;
    const job = await add("a");
    const worker = await jobs().work(kind(), async () => {
      begun.open();
      await go.opened;
      ended = true;
    });
    await begun.opened;
    const stopped = worker.stop();
    go.open();
    await stopped;
    assert.ok(ended);
    await until(async () => (await stateOf(context, job.id)) === "done");
  });
}

function failing(context: Context): void {
  const { jobs, add, kind } = context;
  test("one that throws is tried again, and one that never succeeds is failed and says why", async () => {
    const [good, bad] = [await add("good"), await add("bad", { maxAttempts: 2 })];
    const attempts: string[] = [];
    const worker = await jobs().work(kind(), async (job) => {
      attempts.push(`${job.key} ${job.attempts}`);
      if (job.key === "bad" || job.attempts === 1) throw new Error(`attempt ${job.attempts} \0 \ud800`);
    });
    await until(
      async () => (await stateOf(context, good.id)) === "done" && (await stateOf(context, bad.id)) === "failed",
    );
    assert.deepEqual(attempts.toSorted(), ["bad 1", "bad 2", "good 1", "good 2"]);
    const failed = (await jobs().list({ limit: 9, kind: kind(), state: "failed" })).items[0];
    assert.deepEqual([failed?.id, failed?.error, failed?.attempts], [bad.id, "attempt 2 \ufffd \ufffd", 2]);
    assert.ok(failed?.endedAt !== undefined);
    await worker.stop();
    assert.equal(await jobs().retry(bad.id), true);
    assert.equal(await jobs().retry(bad.id), false, "it waits already");
    const done = await jobs().work(kind(), async () => {});
    await until(async () => (await stateOf(context, bad.id)) === "done");
    await done.stop();
    for (const id of [bad.id, "none", "0", "99999999", "00000000-0000-0000-0000-000000000000", "1; DROP TABLE jobs"]) {
      assert.equal(await jobs().retry(id), false, id);
    }
  });
}

function listing(context: Context): void {
  const { jobs, add, kind } = context;
  test("jobs are listed newest first, page by page", async () => {
    for (const key of ["a", "b", "c"]) await add(key);
    const first = await jobs().list({ limit: 2, kind: kind() });
    const second = await jobs().list({ limit: 2, kind: kind(), cursor: first.next ?? "" });
    assert.deepEqual(
      [...first.items, ...second.items].map((job) => job.key),
      ["c", "b", "a"],
    );
    assert.equal(second.next, undefined);
    assert.equal((await jobs().list({ limit: 2, kind: kind(), state: "failed" })).items.length, 0);
    assert.equal((await jobs().list({ limit: 2, kind: "no such\0kind" })).items.length, 0);
  });

  test("a forged cursor and an empty page are refused", async () => {
    for (const cursor of ["", "x", btoa('["jobs","1); DROP TABLE jobs"]'), btoa('["jobs","1","x"]')]) {
      await assert.rejects(jobs().list({ limit: 1, cursor }), (error) => isAmapError(error, "USAGE"), cursor);
    }
    await assert.rejects(jobs().list({ limit: 0 }), (error) => isAmapError(error, "USAGE"));
  });
}
