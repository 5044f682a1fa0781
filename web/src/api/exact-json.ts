/** What a reviver is given beside key and value (ECMAScript's JSON.parse source text access). */
interface ParseContext {
  readonly source?: string;
}

/** JSON.rawJSON, which compilers do not know yet: a number that is written as it was read. */
const rawJson = (JSON as { readonly rawJSON?: (text: string) => unknown }).rawJSON;

/**
 * JSON text as values; an integer that a JavaScript number cannot hold stays as it is written, and is written so again by
 * JSON.stringify.
 * @throws {SyntaxError}
 */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: ParseContext) => {
    const isLost = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "");
    return isLost && rawJson !== undefined ? rawJson(context?.source ?? "") : value;
  });
}
