import type { ExplainedRule } from "../../report/index.ts";
import { writeErrorTraces, writeTraces } from "../../report/index.ts";
import type { VerbContext } from "../verb.ts";

/** What is done with explanations. */
export interface ExplanationTarget {
  /** Whether they were asked for: else errors alone are explained, as messages. */
  readonly isAsked: boolean;
  /** Whether the result is a document for other programs: then explanations are messages, too. */
  readonly isDocument: boolean;
}

/** Shows what happened, once for each rule and object. */
export function showExplanations(
  { terminal }: VerbContext,
  rules: readonly ExplainedRule[],
  { isAsked, isDocument }: ExplanationTarget,
): void {
  const each = [...new Set(rules)];
  if (each.length === 0) return;
  if (!isAsked) {
    const errors = writeErrorTraces(each);
    if (errors !== "") terminal.note(errors);
  } else if (isDocument) terminal.note(writeTraces(each).trimEnd());
  else terminal.result(`\n${writeTraces(each, { paint: terminal.paint })}`);
}
