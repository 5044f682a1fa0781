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
