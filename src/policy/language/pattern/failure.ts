/**
 * Why a part of a pattern does not match. "skip": a conditional or global anchor does not hold, or nothing was left to
 * look at because of them; "negation": a forbidden key is there; "plain": anything else. The words are made when someone
 * asks: most failures only tell the next alternative to be tried.
 */
export interface Failure {
  readonly kind: "plain" | "negation" | "skip";
  /** Whether it stands for several skips of one map or list: those do not hide a sibling's failure, as in Kyverno. */
  readonly isCombined: boolean;
  readonly path: string;
  describe(): string;
}

/** Skips that one message tells of, and its characters: nested lists could make it as long as the resource. */
const MAX_SKIPS = 100;
const MAX_MESSAGE = 16_384;

/** A part that does not match. */
export function plainFailure(path: string, describe: () => string): Failure {
  return { kind: "plain", isCombined: false, path, describe };
}

/** A key that must not be there. */
export function negationFailure(path: string): Failure {
  const describe = () => `negation anchor matched in resource: ${path} is not allowed`;
  return { kind: "negation", isCombined: false, path, describe };
}

/** A conditional or global anchor that does not hold. */
export function skipFailure(anchor: "conditional" | "global", path: string, reason: () => string): Failure {
  return { kind: "skip", isCombined: false, path, describe: () => cut(`${anchor} anchor mismatch: ${reason()}`) };
}

/** The skips of one map or list. */
export class SkipList {
  #count = 0;
  readonly #kept: Failure[] = [];
  #hasSingle = false;

  add(failure: Failure): void {
    this.#count++;
    if (!failure.isCombined) this.#hasSingle = true;
    if (this.#kept.length < MAX_SKIPS) this.#kept.push(failure);
  }

  /** Whether an anchor of this very map, not one further down, made it skip. */
  get hasSingle(): boolean {
    return this.#hasSingle;
  }

  combine(path: string): Failure {
    const describe = () => {
      const parts = this.#kept.map((failure) => failure.describe());
      if (this.#count > parts.length) parts.push(`and ${this.#count - parts.length} more`);
      return cut(parts.join("; "));
    };
    return { kind: "skip", isCombined: true, path, describe };
  }
}

function cut(text: string): string {
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
}
