import { trimSpace } from "./go-text.ts";

/** What an anchor around a key asks for; "addIfNotPresent" has a meaning in mutation alone. */
export type AnchorKind = "condition" | "global" | "negation" | "addIfNotPresent" | "equality" | "existence";

/** A key that is written as an anchor: `(key)`, `<(key)`, `X(key)`, `+(key)`, `=(key)` or `^(key)`. */
export interface Anchor {
  readonly kind: AnchorKind;
  readonly key: string;
}

const ANCHOR = /^([+<=X^])?\(([^\n]+)\)$/;
const KINDS: ReadonlyMap<string | undefined, AnchorKind> = new Map([
  [undefined, "condition"],
  ["<", "global"],
  ["X", "negation"],
  ["+", "addIfNotPresent"],
  ["=", "equality"],
  ["^", "existence"],
]);

/**
 * The anchor that a key of a pattern or patch is, or undefined for a plain key. Space around it does not count, space
 * inside does; only the outermost parentheses are taken off.
 * @see https://kyverno.io/docs/policy-types/cluster-policy/validate/#anchors
 * @example
 * ```ts
 * import { parseAnchor } from "./anchor.ts";
 * parseAnchor("=(securityContext)"); // { kind: "equality", key: "securityContext" }
 * ```
 */
export function parseAnchor(key: string): Anchor | undefined {
  // Nearly every key is plain, and says so by its last letter.
  if (!key.includes(")")) return undefined;
  const match = ANCHOR.exec(trimSpace(key));
  if (match === null) return undefined;
  return { kind: KINDS.get(match[1]) as AnchorKind, key: match[2] as string };
}

/** The text of an anchor, as {@link parseAnchor} reads it. */
export function formatAnchor(anchor: Anchor): string {
  for (const [sign, kind] of KINDS) if (kind === anchor.kind) return `${sign ?? ""}(${anchor.key})`;
  return anchor.key;
}
