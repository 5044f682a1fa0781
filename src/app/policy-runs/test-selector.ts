import { AmapError, matchesWildcard } from "../../base/index.ts";
import type { TestResult } from "../../policy/index.ts";

/** Which results of tests are looked at. */
export type SelectResult = (result: TestResult) => TestResult | undefined;

/**
 * Reads `policy=…,rule=…,resource=…`, patterns with `*` and `?`; all of them must match, and what a result does not name
 * matches. A resource that is selected is the only one that is looked at.
 * @throws {AmapError} USAGE
 */
export function parseTestSelector(text: string): SelectResult {
  const patterns = new Map<string, string>();
  for (const part of text.split(",").filter((each) => each.trim() !== "")) {
    const [key = "", value, ...rest] = part.split("=").map((each) => each.trim());
    if (value === undefined || rest.length > 0 || !["policy", "rule", "resource"].includes(key)) {
      throw new AmapError("USAGE", `--test-case-selector: expected policy=…, rule=… or resource=…, found ${part}`);
    }
    patterns.set(key, value);
  }
  const matches = (key: string, name: string | undefined): boolean => {
    const pattern = patterns.get(key);
    return pattern === undefined || !name || matchesWildcard(pattern, name);
  };
  const resource = patterns.get("resource") ?? "*";
  return (result) => {
    const named = result.resources ?? [];
    const isSelected =
      matches("policy", result.policy) &&
      matches("rule", result.rule) &&
      (named.length === 0 || named.some((name) => matches("resource", name)));
    if (!isSelected) return undefined;
    return resource === "*" ? result : { ...result, resources: [resource] };
  };
}
