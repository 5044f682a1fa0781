import { decodeBase64, decodeUtf8, isValueObject, LIMITS, memberOf, type Value } from "../../base/index.ts";
import type { Facts } from "./facts.ts";
import type { RuleTrace, TraceStep } from "./rule-trace.ts";

/** What stands in a trace for what is in a Secret. */
const HIDDEN = "(hidden: it is in a Secret)";

/** Shorter texts are hidden only where they stand alone: they are in every text. */
const SHORTEST_PART = 4;
/** Texts of Secrets that are looked for; with more of them no text is shown at all. */
const MAX_SECRET_TEXTS = 500;

const NO_MORE: TraceStep = Object.freeze({
  kind: "note",
  path: "",
  message: `more than ${LIMITS.explainedSteps} steps: the others are not told`,
});

/**
 * Keeps what happens while a rule is evaluated. Texts of the data of Secrets are hidden wherever they come to stand, also
 * decoded, in part or in the other case; what a function made of them otherwise (a hash, a length) is not recognized.
 */
export class TraceWriter {
  readonly #steps: TraceStep[] = [];
  readonly #secrets = new SecretTexts();

  /** Secrets among these values, and among the facts, are known from the begin. */
  constructor(values: readonly (Value | undefined)[], facts: Facts) {
    for (const value of values) this.#secrets.collect(value);
    for (const fact of facts.values()) if (fact.ok) this.#secrets.collect(fact.value);
  }

  push(step: TraceStep): void {
    if (this.#steps.length >= LIMITS.explainedSteps) {
      if (this.#steps.length === LIMITS.explainedSteps) this.#steps.push(NO_MORE);
      return;
    }
    if (step.kind === "entry" || step.kind === "variable") this.#secrets.collect(step.value);
    this.#steps.push(this.#secrets.hideInStep(step));
  }

  get steps(): RuleTrace {
    return this.#steps;
  }
}

class SecretTexts {
  readonly #texts = new Set<string>();
  /** Objects and lists that were looked through, and what is told of them: the same ones come again and again. */
  readonly #seen = new WeakSet<object>();
  #hidden = new WeakMap<object, Value>();
  #hidesAll = false;

  /** Remembers the texts of all Secrets in a value. */
  collect(value: Value | undefined): void {
    if (typeof value !== "object" || value === null || this.#seen.has(value)) return;
    this.#seen.add(value);
    if (Array.isArray(value)) {
      for (const item of value) this.collect(item);
    } else if (isValueObject(value)) {
      if (memberOf(value, "kind") === "Secret") this.#collectFrom(value);
      else for (const member of Object.values(value)) if (typeof member === "object") this.collect(member);
    }
  }

  #collectFrom(secret: Value): void {
    for (const part of ["data", "stringData"]) {
      const data = memberOf(secret, part);
      if (!isValueObject(data)) continue;
      for (const text of Object.values(data)) if (typeof text === "string") this.#remember(text);
    }
  }

  #remember(text: string): void {
    if (this.#texts.size >= MAX_SECRET_TEXTS) {
      this.#hidesAll = true;
      return;
    }
    if (text === "") return;
    this.#hidden = new WeakMap();
    this.#texts.add(text.toLowerCase());
    const decoded = decodedText(text);
    if (decoded !== undefined && decoded !== "") this.#texts.add(decoded.toLowerCase());
  }

  hideInStep(step: TraceStep): TraceStep {
    if (this.#texts.size === 0 && !this.#hidesAll) return step;
    // Every step is plain data, and so is what becomes of it; places and names are the policy's own.
    const members = Object.entries(step).map(([name, member]) => [
      name,
      PLAIN_MEMBERS.has(name) ? member : this.#hide(member as Value),
    ]);
    return Object.fromEntries(members) as TraceStep;
  }

  #hide(value: Value): Value {
    if (typeof value === "string") return this.#hideText(value);
    if (typeof value !== "object" || value === null) return value;
    const known = this.#hidden.get(value) ?? this.#hideMembers(value);
    this.#hidden.set(value, known);
    return known;
  }

  #hideMembers(value: Value): Value {
    if (Array.isArray(value)) return value.map((item) => this.#hide(item));
    if (!isValueObject(value)) return value;
    const isSecret = memberOf(value, "kind") === "Secret";
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        const isData = isSecret && (key === "data" || key === "stringData");
        return [key, isData && member !== null ? HIDDEN : this.#hide(member)];
      }),
    );
  }

  #hideText(text: string): string {
    if (this.#hidesAll) return HIDDEN;
    const lower = text.toLowerCase();
    if (this.#texts.has(lower)) return HIDDEN;
    if (lower.length < SHORTEST_PART) return text;
    for (const secret of this.#texts) {
      if (secret.includes(lower)) return HIDDEN;
      if (secret.length >= SHORTEST_PART && lower.includes(secret)) return HIDDEN;
    }
    return text;
  }
}

/** What is the policy's own text, or no text at all. */
const PLAIN_MEMBERS: ReadonlySet<string> = new Set([
  "kind",
  "path",
  "at",
  "operator",
  "expression",
  "source",
  "anchor",
  "sort",
  "status",
  "name",
]);

function decodedText(text: string): string | undefined {
  const bytes = decodeBase64(text);
  return bytes === undefined ? undefined : decodeUtf8(bytes);
}
