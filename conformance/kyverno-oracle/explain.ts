import { equalValues, isValueObject, listOf, memberOf, textOf, type Value } from "../../src/base/index.ts";
import { type Outcome, show } from "./outcome.ts";
import type { Pair } from "./pairs.ts";

/** Why amap and Kyverno may differ over a pair, where the reason can be told from their outcomes. */
export function explainDifference(pair: Pair, amap: Outcome, kyverno: Outcome): string | undefined {
  if (kyverno.status === "crashed") return `Kyverno's process ends: ${kyverno.reason}`;
  if (amap.status !== "applied" || kyverno.status !== "applied") return undefined;
  if (isLost(kyverno.patched) && failsAlike(pair, amap, kyverno)) {
    return "a mutate rule ended in an error, after which Kyverno goes on with an empty object: it prints {}, later mutate rules fail on it and validate rules do not match it. amap judges the object as it was, so that an error lets nothing pass";
  }
  if (isSameButEntry(amap, kyverno)) {
    return "the message shows a context entry's value as Go prints a map; amap shows it as JSON";
  }
  return undefined;
}

function isLost(patched: Value): boolean {
  return isValueObject(patched) && memberOf(patched, "kind") === undefined;
}

type Applied = Outcome & { readonly status: "applied" };

/** Whether both say the same of the mutate rules up to one that is an error. */
function failsAlike({ policy }: Pair, amap: Applied, kyverno: Applied): boolean {
  const rules = listOf(memberOf(policy, "spec") ?? null, "rules").filter(
    (rule) => memberOf(rule, "mutate") !== undefined,
  );
  const names = new Set(rules.map((rule) => textOf(rule, "name")));
  const untilError = ({ results }: Applied): readonly string[] => {
    const own = results.filter(({ rule }) => names.has(rule.replace(/^autogen-(?:cronjob-)?/, "")));
    return own.slice(0, own.findIndex(({ result }) => result === "error") + 1).map(show);
  };
  const theirs = untilError(kyverno);
  return theirs.length > 0 && JSON.stringify(untilError(amap)) === JSON.stringify(theirs);
}

/** What an entry's value is shown as, in a message. */
const ENTRY = /(failed to substitute variables in context entry \S+ ).*?(: failed to resolve )/;

function isSameButEntry(amap: Applied, kyverno: Applied): boolean {
  const plain = ({ results }: Applied): readonly string[] =>
    results.map((each) => show({ ...each, message: each.message.replace(ENTRY, "$1…$2") }));
  const isShown = kyverno.results.some(({ message }) => ENTRY.test(message));
  return isShown && plain(amap).join("\n") === plain(kyverno).join("\n") && equalValues(amap.patched, kyverno.patched);
}
