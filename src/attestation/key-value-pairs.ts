import { AmapError } from "../base/index.ts";
import { quoteText } from "./quote-text.ts";

/** The values of a flag such as `--rekor url=…,operator=…`. */
export interface KeyValuePairs {
  /** Empty for a key that is not there. */
  readonly value: (key: string) => string;
  /** @throws {AmapError} USAGE for a key that is not there, or is empty */
  readonly needed: (key: string) => string;
}

/**
 * Reads `key=value` pairs with commas between them. Stricter than cosign: keys that are unknown or there twice are refused.
 * @throws {AmapError} USAGE
 */
export function readKeyValuePairs(flag: string, text: string, known: readonly string[]): KeyValuePairs {
  const values = new Map<string, string>();
  for (const pair of text.split(",")) {
    const split = pair.indexOf("=");
    const key = pair.slice(0, Math.max(0, split)).trim();
    if (!known.includes(key) || values.has(key)) {
      const expected = `pairs key=value, each once, of ${known.join(", ")}`;
      throw new AmapError("USAGE", `--${flag}: expected ${expected}, found ${quoteText(pair)}`);
    }
    values.set(key, pair.slice(split + 1).trim());
  }
  return {
    value: (key) => values.get(key) ?? "",
    needed: (key) => {
      const value = values.get(key) ?? "";
      if (value !== "") return value;
      throw new AmapError("USAGE", `--${flag}: expected ${key}=…, found none`);
    },
  };
}
