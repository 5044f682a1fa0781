import { equalValues, listOf, memberOf, textOf } from "../../src/base/index.ts";
import { type Outcome, show } from "./outcome.ts";
import type { Pair } from "./pairs.ts";

/** Why amap and Kyverno may differ over a pair, where the reason can be told from their outcomes. */
export function explainDifference(pair: Pair, amap: Outcome, kyverno: Outcome): string | undefined {
  if (kyverno.status === "crashed") return `Kyverno's process ends: ${kyverno.reason}`;
  if (amap.status !== "applied" || kyverno.status !== "applied") return undefined;
  if (kyverno.patched === null && failsAlike(pair, amap, kyverno)) {
    return "a mutate rule ended in an error, after which Kyverno goes on with an empty object: it prints {}, later mutate rules fail on it and validate rules do not match it. amap judges the object as it was, so that an error lets nothing pass";
  }
  if (amap.results.some(({ message }) => message.includes("the result is not a finite number"))) {
    return "a function gives NaN, with which Kyverno goes on; amap says that it is no number";
  }
  return WORDINGS.find(({ text }) => isSameBut(text, amap, kyverno))?.reason;
}

/** What amap words in its own way, on purpose. */
const WORDINGS: readonly { readonly text: RegExp; readonly reason: string }[] = [
  {
    text: /^(?:nothing was generated: .*)?$/s,
    reason: "Kyverno says pass and nothing more of a generate rule that made nothing; amap says pass and why",
  },
  {
    text: /(?<=JMESPath query failed: ).*$/s,
    reason: "the words in which a function says why it failed are those of Go's libraries in Kyverno",
  },
];

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

/** Whether all is the same but a part of a message. */
function isSameBut(text: RegExp, amap: Applied, kyverno: Applied): boolean {
  const plain = ({ results }: Applied): readonly string[] =>
    results.map((each) => show({ ...each, message: each.message.replace(text, "…") }));
  return (
    plain(amap).join("\n") === plain(kyverno).join("\n") &&
    equalValues(amap.patched, kyverno.patched) &&
    equalValues(amap.others, kyverno.others)
  );
}
