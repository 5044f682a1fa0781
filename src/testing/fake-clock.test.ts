import assert from "node:assert/strict";
import { test } from "node:test";
import { clockContract } from "../ports/clock.contract.ts";
import { createFakeClock } from "./fake-clock.ts";

test("the fake clock stands still until it is moved", () => {
  const clock = createFakeClock(1_000);
  assert.equal(clock.now(), 1_000);
  clock.advance(500);
  clock.advance(-100);
  assert.equal(clock.now(), 1_400);
});

clockContract("the fake", () => createFakeClock(Date.UTC(2026, 0, 1)));
