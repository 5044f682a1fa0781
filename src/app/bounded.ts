/**
 * Runs an asynchronous step over items, at most `width` at a time, and returns the results in the items' order. The
 * first failure ends the whole; items not yet started are not started.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  width: number,
  step: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next;
      next += 1;
      try {
        results[index] = await step(items[index] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}

/**
 * The results of an asynchronous step, in the items' order, with at most `width` steps begun and not yet taken. A failure
 * is thrown in its turn, after the results before it. `items` must answer calls in their order, as generators do. However
 * it ends, also when a step fails or no more results are taken, begun steps are waited for and `items` is closed.
 */
export async function* mapAhead<T, R>(
  items: AsyncIterable<T>,
  width: number,
  step: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const iterator = items[Symbol.asyncIterator]();
  const begin = (): Promise<{ readonly result: R } | undefined> => {
    const begun = iterator.next().then(async ({ done, value }) => (done ? undefined : { result: await step(value) }));
    // It is awaited below; until then a failure must not count as one that nobody handles.
    begun.catch(() => {});
    return begun;
  };
  const ahead = Array.from({ length: width }, begin);
  try {
    for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
      const ended = await next;
      if (ended === undefined) return;
      ahead.push(begin());
      yield ended.result;
    }
  } finally {
    await Promise.allSettled(ahead);
    await iterator.return?.();
  }
}
