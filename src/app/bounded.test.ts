import assert from "node:assert/strict";
import { test } from "node:test";
import { mapAhead } from "./bounded.ts";

async function* numbers(count: number, failure?: Error): AsyncGenerator<number> {
  for (let number = 0; number < count; number++) yield number;
  if (failure !== undefined) throw failure;
}

async function collect<T>(
  results: AsyncIterable<T>,
): Promise<{ readonly taken: readonly T[]; readonly error: unknown }> {
  const taken: T[] = [];
  try {
    for await (const result of results) taken.push(result);
    return { taken, error: undefined };
  } catch (error) {
    return { taken, error };
  }
}

for (const count of [0, 1, 3, 10]) {
  test(`mapAhead gives ${count} results in order, with three steps begun at most`, async () => {
    let [begun, taken, most] = [0, 0, 0];
    const step = async (number: number): Promise<number> => {
      most = Math.max(most, ++begun - taken);
      for (let turn = number % 3; turn < 3; turn++) await Promise.resolve();
      return number * 2;
    };
    const results: number[] = [];
    for await (const result of mapAhead(numbers(count), 3, step)) {
      taken++;
      results.push(result);
    }
    assert.deepEqual(
      results,
      Array.from({ length: count }, (_, index) => index * 2),
    );
    // The one that is being taken has made room for another.
    assert.ok(most <= 4, `${most}`);
  });
}

test("mapAhead throws a step's failure in its turn", async () => {
  const failure = new Error("step");
  const step = async (number: number): Promise<number> => (number === 2 ? Promise.reject(failure) : number);
  assert.deepEqual(await collect(mapAhead(numbers(5), 4, step)), { taken: [0, 1], error: failure });
});

test("mapAhead throws the items' failure after the results before it", async () => {
  const failure = new Error("items");
  assert.deepEqual(await collect(mapAhead(numbers(2, failure), 4, async (number) => number)), {
    taken: [0, 1],
    error: failure,
  });
});

/** Numbers, and whether who gave them was closed. */
function watched(count: number): { readonly items: AsyncGenerator<number>; readonly isClosed: () => boolean } {
  let closed = false;
  async function* items(): AsyncGenerator<number> {
    try {
      yield* numbers(count);
    } finally {
      closed = true;
    }
  }
  return { items: items(), isClosed: () => closed };
}

test("mapAhead closes its items when a step fails, when no more is taken, and at the end", async () => {
  const failing = watched(9);
  const step = async (number: number): Promise<number> => (number === 2 ? Promise.reject(new Error("step")) : number);
  await collect(mapAhead(failing.items, 3, step));
  assert.equal(failing.isClosed(), true);
  const left = watched(9);
  for await (const _ of mapAhead(left.items, 3, async (number) => number)) break;
  assert.equal(left.isClosed(), true);
  const whole = watched(2);
  await collect(mapAhead(whole.items, 3, async (number) => number));
  assert.equal(whole.isClosed(), true);
});

test("mapAhead has no step under way when it has ended", async () => {
  let underWay = 0;
  const step = async (number: number): Promise<number> => {
    underWay++;
    for (let turn = 0; turn < number * 3; turn++) await Promise.resolve();
    underWay--;
    return number === 1 ? Promise.reject(new Error("step")) : number;
  };
  await collect(mapAhead(numbers(9), 4, step));
  assert.equal(underWay, 0);
});
