import { AmapError, Double, type Value } from "../../../base/index.ts";
import { cleanPath } from "./paths.ts";

/** What a text with references became: the text, or why it has none. */
export type ResolvedText = { readonly text: string } | { readonly error: AmapError };

type Scalar = string | number | bigint | boolean | null | Double;

/** The texts and scalars of a document by their path without anchors, which references are looked up in. */
export class ReferenceTable {
  readonly #document: Value;
  readonly #path: string;
  #scalars: Map<string, Scalar> | undefined;

  constructor(document: Value, path: string) {
    this.#document = document;
    this.#path = path;
  }

  /**
   * A text with each `$(path)` replaced, as Kyverno does before anything else: by what the document says there, before
   * its own variables and references are replaced.
   */
  resolve(text: string, path: string): ResolvedText {
    let result = "";
    let from = 0;
    for (const { start, end } of findReferences(text)) {
      const found = this.#lookUp(text.slice(start, end), path);
      if (typeof found !== "string") return { error: found };
      result += text.slice(from, start) + found;
      from = end;
    }
    return { text: dropEscapes(result + text.slice(from)) };
  }

  #lookUp(reference: string, path: string): string | AmapError {
    const inside = reference.replace(/^[$()]+|[$()]+$/g, "");
    const operator = /^(?:>=|<=|[><!])/.exec(inside.length < 2 ? "" : inside)?.[0] ?? "";
    const target = inside.slice(operator.length);
    if (target === "") return unresolved(reference, path, "expected path, found empty reference");
    const absolute = target.startsWith("/") ? cleanPath(target) : cleanPath(`${path}/${target}`);
    this.#scalars ??= collectScalars(this.#document, this.#path);
    // Kyverno does not clean a path that is absolute already.
    const found = this.#scalars.get(target.startsWith("/") ? target : absolute);
    if (found === undefined || found === null) {
      if (operator !== "") return unresolved(reference, path, mismatch(operator, "<nil>"));
      return failure(`got nil resolved variable ${reference} at path ${path}: <nil>`);
    }
    if (typeof found === "string") return operator + found;
    if (operator === "") return failure(`NotResolvedReferenceErr,reference ${reference} not resolved at path ${path}`);
    if (typeof found === "boolean") return unresolved(reference, path, mismatch(operator, String(found)));
    return operator + numberText(found);
  }
}

function unresolved(reference: string, path: string, reason: string): AmapError {
  return failure(`failed to resolve ${reference} at path ${path}: ${reason}`);
}

function mismatch(operator: string, value: string): string {
  return `incorrect expression: operator ${operator} does not match with value ${value}`;
}

function failure(message: string): AmapError {
  return new AmapError("EXPRESSION_FAILED", message);
}

/** As Go's %d and %f. */
function numberText(value: number | bigint | Double): string {
  return typeof value === "bigint" || Number.isSafeInteger(value) ? String(value) : Number(value).toFixed(6);
}

const ANCHOR = /^[+<=X^]?\((.+)\)$/s;

/** Maps and lists cannot be referred to: Kyverno takes the name of one of their members, whichever comes last. */
function collectScalars(document: Value, base: string): Map<string, Scalar> {
  const scalars = new Map<string, Scalar>();
  const walk = (value: Value, path: string): void => {
    if (typeof value !== "object" || value === null || value instanceof Double) {
      scalars.set(withoutAnchors(path), value);
      return;
    }
    for (const [key, member] of Object.entries(value)) walk(member, `${path}/${key.replaceAll("/", "\\/")}`);
  };
  walk(document, base);
  return scalars;
}

function withoutAnchors(path: string): string {
  if (path === "") return path;
  const parts = path.split("/").map((part) => {
    const trimmed = part.trim();
    return ANCHOR.exec(trimmed)?.[1] ?? part;
  });
  return cleanPath(parts.join("/"));
}

/**
 * Where the references of a text stand, in order, as Kyverno's `^\$\(.[^\ ]*\)|[^\\]\$\(.[^\ ]*\)` finds them: from `$(`
 * to the last bracket before a space, no backslash before it. Linear, which that expression is not here.
 */
function findReferences(text: string): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let space = -1;
  let bracket = -1;
  let end = 0;
  for (let at = text.indexOf("$("); at >= 0; at = text.indexOf("$(", Math.max(at + 2, end))) {
    const body = at + 3;
    if (space < body) {
      const next = text.indexOf(" ", body);
      space = next < 0 ? text.length : next;
      bracket = text.lastIndexOf(")", space - 1);
    }
    const isFree = at === 0 || (at > end && text[at - 1] !== "\\");
    if (!isFree || bracket < body || text[at + 2] === "\n") continue;
    end = bracket + 1;
    found.push({ start: at, end });
  }
  return found;
}

/** `\$(path)` is `$(path)` as such. */
function dropEscapes(text: string): string {
  let result = "";
  let from = 0;
  let stop = -1;
  for (let at = text.indexOf("\\$("); at >= 0; at = text.indexOf("\\$(", at + 3)) {
    const body = at + 4;
    if (stop < body) stop = nextOf(text, body);
    if (text[stop] !== ")" || text[at + 3] === "\n") continue;
    result += text.slice(from, at);
    from = at + 1;
  }
  return result + text.slice(from);
}

function nextOf(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === " " || text[at] === ")") return at;
  return text.length;
}
