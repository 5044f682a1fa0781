import { CelError } from "../../error.ts";
import type { CelCall } from "../../function.ts";
import type { CelValue } from "../../values/value.ts";

/**
 * A `prepare` for a row that reads a text: a constant is read once, when the expression is loaded. One that cannot be
 * read fails when the expression runs, as in Kubernetes.
 */
export function readOnce(
  read: (text: string) => CelValue,
): (constants: readonly (CelValue | undefined)[]) => CelCall | undefined {
  return ([text, second]) => {
    if (typeof text !== "string" || second !== undefined) return undefined;
    try {
      const value = read(text);
      return () => value;
    } catch (error) {
      if (error instanceof CelError) return undefined;
      throw error;
    }
  };
}

/** A text for a message, quoted and cut. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
