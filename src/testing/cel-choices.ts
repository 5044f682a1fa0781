/**
 * The decisions of a generator, drawn one by one from a list of numbers. Every decision's first alternative is its
 * simplest and is taken when the numbers are used up: so fast-check, which shortens the list and makes its numbers
 * smaller, makes what is generated simpler.
 */
export class Choices {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  get isSpent(): boolean {
    return this.#at >= this.#numbers.length;
  }

  /** From 0 to before `bound`. */
  next(bound: number): number {
    return bound <= 1 ? 0 : (this.#numbers[this.#at++] ?? 0) % bound;
  }

  /** True in one of so many draws; false when the numbers are used up. */
  oneIn(count: number): boolean {
    return this.next(count) === count - 1 && count > 1;
  }

  pick<T>(items: readonly [T, ...T[]]): T;
  pick<T>(items: readonly T[]): T | undefined;
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.next(items.length)];
  }
}
