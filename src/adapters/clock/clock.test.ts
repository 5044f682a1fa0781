import assert from "node:assert/strict";
import { test } from "node:test";
import { clockContract } from "../../ports/clock.contract.ts";
import { systemClock, systemEntropy } from "./index.ts";

test("the clock tells milliseconds since 1970, and whole ones", () => {
  const now = systemClock.now();
  assert.ok(Number.isInteger(now) && now > Date.UTC(2024, 0, 1));
});

test("entropy has the asked length and is not repeated", () => {
  const first = systemEntropy.bytes(32);
  assert.equal(first.length, 32);
  assert.notDeepEqual(first, systemEntropy.bytes(32));
  assert.equal(systemEntropy.bytes(0).length, 0);
});

clockContract("the machine's", () => systemClock);
