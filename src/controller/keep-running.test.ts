import assert from "node:assert/strict";
import { test } from "node:test";
import { logOf, NOW } from "../testing/controller-fixture.ts";
import { createManualTime } from "../testing/manual-time.ts";
import { keepRunning, runTogether } from "./keep-running.ts";

test("a loop that fails is started again, ever later, until it is stopped; calm starts the waits anew", async () => {
  const [time, log, stop] = [createManualTime(NOW), logOf(), new AbortController()];
  const starts: number[] = [];
  let lastsMs = 0;
  const work = async (): Promise<void> => {
    starts.push(time.monotonic());
    await time.wait(lastsMs, stop.signal);
    throw new Error("it failed");
  };
  const ended = keepRunning("loop", work, { time, log, signal: stop.signal });
  await time.advance(4_000);
  assert.deepEqual(starts, [0, 250, 750, 1_750, 3_750]);
  lastsMs = 90_000;
  await time.advance(4_000 + 90_000 + 250);
  assert.equal((starts.at(-1) ?? 0) - (starts.at(-2) ?? 0), 90_250);
  stop.abort();
  await ended;
  assert.equal(log.lines[0]?.["loop"], "loop");
  assert.equal(time.pending(), 0);
});

test("of works that belong together none goes on when one fails, so that none is ever there twice", async () => {
  const stop = new AbortController();
  const ended: string[] = [];
  const wait = (name: string) => (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        ended.push(name);
        resolve();
      });
    });
  const fails = async (): Promise<void> => {
    throw new Error("it failed");
  };
  await assert.rejects(runTogether(stop.signal, [wait("a"), fails, wait("b")]), /it failed/);
  assert.deepEqual(ended, ["a", "b"]);
  const running = runTogether(stop.signal, [wait("c")]);
  stop.abort();
  await running;
  assert.deepEqual(ended, ["a", "b", "c"]);
});
