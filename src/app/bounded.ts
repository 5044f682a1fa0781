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
 * is thrown in its turn, after the results before it.
 */
export async function* mapAhead<T, R>(
  items: AsyncIterable<T>,
  width: number,
  step: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const iterator = items[Symbol.asyncIterator]();
  const begun: Promise<R>[] = [];
  let isOver = false;
  const begin = async (): Promise<void> => {
    const next = await iterator.next();
    if (next.done === true) isOver = true;
    else begun.push(step(next.value));
  };
  while (!isOver || begun.length > 0) {
    while (!isOver && begun.length < width) {
      await begin().catch((error: unknown) => {
        isOver = true;
        begun.push(Promise.reject(error));
      });
      // It is awaited below; until then a failure must not count as one that nobody handles.
      begun.at(-1)?.catch(() => {});
    }
    const result = begun.shift();
    if (result !== undefined) yield await result;
  }
}
