import { matchesWildcard } from "../../../base/index.ts";

/** Pays for steps of work. */
export type Charge = (steps: number) => void;

/** Whether a text matches the wildcard pattern this was compiled from. */
export type TextMatcher = (text: string, charge: Charge) => boolean;

/** Whether a text holds `*` or `?`. */
export function hasWildcard(text: string): boolean {
  return text.includes("*") || text.includes("?");
}

/**
 * Compiles a wildcard pattern, with the meaning of base's matchesWildcard; the shapes that policies use most need no
 * search for stars while matching.
 */
export function compileWildcard(pattern: string): TextMatcher {
  if (!hasWildcard(pattern)) return (text) => text === pattern;
  if (pattern === "*") return () => true;
  if (pattern === "?*" || pattern === "*?") return (text) => text !== "";
  const inner = pattern.slice(1, -1);
  if (!hasWildcard(inner)) {
    const first = pattern.charAt(0);
    const last = pattern.charAt(pattern.length - 1);
    if (first === "*" && last === "*") return (text) => text.includes(inner);
    if (first === "*" && last !== "?") return endsWith(pattern.slice(1));
    if (last === "*" && first !== "?") return startsWith(pattern.slice(0, -1));
  }
  return (text, charge) => matchesPaid(pattern, text, charge);
}

/** matchesWildcard, paid for where pattern and text are long enough to be felt: it takes up to their product in steps. */
export function matchesPaid(pattern: string, text: string, charge: Charge): boolean {
  const cost = pattern.length * text.length;
  if (cost > 4_096) charge(Math.ceil(cost / 256));
  return matchesWildcard(pattern, text);
}

function startsWith(prefix: string): TextMatcher {
  return (text) => text.startsWith(prefix);
}

function endsWith(suffix: string): TextMatcher {
  return (text) => text.endsWith(suffix);
}
