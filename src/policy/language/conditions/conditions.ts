export { type ConditionOperator, evaluateOperator } from "./operators.ts";

/** What conditions came to, and the messages of those that decided it, joined as Kyverno joins them. */
export interface ConditionOutcome {
  readonly holds: boolean;
  readonly message: string;
}

/** An `any`/`all` block of whatever the caller makes of one condition. An empty `any` holds never, an absent one always. */
export interface AnyAllBlock<Condition> {
  readonly any?: readonly Condition[];
  readonly all?: readonly Condition[];
}

/** What of a condition is needed to tell which one decided; its message is shown as it stands. */
interface ConditionMessage {
  readonly message?: string;
}

/**
 * Evaluates one `any`/`all` block. Conditions are asked in Kyverno's order (`any`, then `all`), and within each none
 * behind the one that decides: what `holds` throws, a missing fact too, goes through.
 * @example
 * ```ts
 * import { evaluateBlock } from "./conditions.ts";
 * evaluateBlock({ all: [{ message: "odd" }] }, () => true); // { holds: true, message: "odd" }
 * ```
 */
export function evaluateBlock<Condition extends ConditionMessage>(
  block: AnyAllBlock<Condition>,
  holds: (condition: Condition) => boolean,
): ConditionOutcome {
  const held: string[] = [];
  const failed: string[] = [];
  const isHeld = (condition: Condition) => {
    const isTrue = holds(condition);
    (isTrue ? held : failed).push(condition.message ?? "");
    return isTrue;
  };
  const anyHolds = block.any === undefined || block.any.some(isHeld);
  // Kyverno looks at `all` even when `any` has failed: its first failing condition adds a message.
  const allHold = (block.all ?? []).every(isHeld);
  const isTrue = anyHolds && allHold;
  return { holds: isTrue, message: joinMessages(isTrue ? held : failed, "; ") };
}

/**
 * Evaluates conditions in the old form, a plain list: all must hold, and the first that does not gives the message.
 * @example
 * ```ts
 * import { evaluateConditionList } from "./conditions.ts";
 * evaluateConditionList([{ message: "a" }, { message: "b" }], () => true); // { holds: true, message: "a;b" }
 * ```
 */
export function evaluateConditionList<Condition extends ConditionMessage>(
  conditions: readonly Condition[],
  holds: (condition: Condition) => boolean,
): ConditionOutcome {
  const messages: string[] = [];
  for (const condition of conditions) {
    if (!holds(condition)) return { holds: false, message: condition.message ?? "" };
    messages.push(condition.message ?? "");
  }
  return { holds: true, message: joinMessages(messages, ";") };
}

function joinMessages(messages: readonly string[], separator: string): string {
  return messages.filter((message) => message !== "").join(separator);
}
