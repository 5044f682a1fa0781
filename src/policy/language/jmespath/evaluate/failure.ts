import { type AmapError, isAmapError, type Value } from "../../../../base/index.ts";
import { JmesRoot } from "../program.ts";

/**
 * What the root threw, on its way through operators that read an expression's own failure as null: it is none of theirs.
 */
export class RootFailure {
  readonly cause: unknown;
  constructor(cause: unknown) {
    this.cause = cause;
  }
}

/** Whether a thrown value is the failure of a call, and no missing fact, spent budget, limit or bug. */
export function isCallFailure(error: unknown): error is AmapError {
  return isAmapError(error, "EXPRESSION_FAILED");
}

/** A root whose failures are wrapped. */
export class GuardedRoot extends JmesRoot {
  readonly #root: JmesRoot;

  constructor(root: JmesRoot) {
    super();
    this.#root = root;
  }

  member(name: string): Value | undefined {
    return guard(() => this.#root.member(name));
  }

  whole(): Value {
    return guard(() => this.#root.whole());
  }
}

function guard<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new RootFailure(error);
  }
}
