import { failingRules, type ResourceRow, type RuleRow } from "./check-report.ts";
import { printableExcerpt } from "./table.ts";

/**
 * What somebody is told whose resource is denied: each rule that does not hold, with its message, in the words of the
 * check's table. The same text from `amap check`, the webhook, events and reports.
 *
 * @example
 * ```ts
 * import { denialMessage } from "./index.ts";
 * const rules = [{ policy: "shop", rule: "signed", status: "fail", message: "it is not signed" }] as const;
 * denialMessage({ resource: "Pod shop/web", allowed: false, images: [], rules }); // "amap denies Pod shop/web\nshop/signed: it is not signed"
 * ```
 */
export function denialMessage(row: ResourceRow): string {
  return [`amap denies ${printableExcerpt(row.resource)}`, ...failingRules(row).map(ruleMessage)].join("\n");
}

/** One line about a rule that does not hold: `policy/rule: CODE: message`. */
export function ruleMessage({ policy, rule, code, message = "" }: RuleRow): string {
  const parts = [`${policy}/${rule}`, ...(code === undefined ? [] : [code]), ...(message === "" ? [] : [message])];
  return printableExcerpt(parts.join(": "));
}
