import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Clock } from "./clock.ts";

/** What every clock must do. */
export function clockContract(name: string, make: () => Clock): void {
  describe(`Clock: ${name}`, () => {
    test("now is a whole number of milliseconds since 1970", () => {
      const now = make().now();
      assert.ok(Number.isSafeInteger(now) && now > 0);
    });

    test("after waiting, about that much time has passed", async () => {
      const clock = make();
      const before = clock.now();
      await clock.wait(20);
      // A timer may fire a millisecond early by the wall clock's rounding.
      assert.ok(clock.now() - before >= 19, `${clock.now() - before} ms`);
    });

    test("waiting for no time ends", async () => {
      await make().wait(0);
    });

    test("an alarm rings after its time, and not when it was cancelled", async () => {
      const clock = make();
      const rung: string[] = [];
      const early = clock.alarm(20);
      const cancelled = clock.alarm(20);
      void early.rings.then(() => rung.push("early"));
      void cancelled.rings.then(() => rung.push("cancelled"));
      cancelled.cancel();
      await clock.wait(10);
      assert.deepEqual(rung, []);
      await clock.wait(60);
      await early.rings;
      assert.deepEqual(rung, ["early"]);
    });
  });
}
