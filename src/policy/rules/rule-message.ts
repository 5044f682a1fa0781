import { type Value, writeJson } from "../../base/index.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import { compileTemplate, type Template } from "../language/variables/template.ts";
import { evaluationError } from "./evaluation-error.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import { joinNonEmpty } from "./rule-outcome.ts";

/** A rule's `message`, and the sentences that Kyverno makes of it. A failing variable never changes the verdict. */
export interface RuleMessage {
  /** As written. */
  readonly text: string;
  /** Of a pattern that does not match: `path` is empty when it is not known where. */
  ofPattern(rule: string, at: { readonly path: string; readonly message: string }, context: RuleContext): string;
  ofAnyPattern(rule: string, failures: string, context: RuleContext): string;
  /** Of a deny whose conditions hold; `conditions` are their own messages. */
  ofDenial(rule: string, conditions: string, context: RuleContext): string;
}

export function compileMessage(text: string, path: string, compiler: RuleCompiler): RuleMessage {
  const template = compiler.template(text, path);
  const joined = new JoinedMessages();
  const substitute = (context: RuleContext): string | undefined => {
    try {
      return textOfValue(template.render(context));
    } catch (thrown) {
      evaluationError(thrown);
      return undefined;
    }
  };
  const failedIn = (rule: string, reason: string): string =>
    `validation error: variables substitution error in rule ${rule} execution error: ${reason}`;
  return {
    text,
    ofPattern(rule, at, context) {
      const where = at.path === "" ? `execution error: ${at.message}` : `failed at path ${at.path}`;
      if (text === "") return `validation error: rule ${rule} ${where}`;
      const message = substitute(context);
      if (message === undefined) return failedIn(rule, at.message);
      return `validation error: ${withStop(message)} rule ${rule} ${where}`;
    },
    ofAnyPattern(rule, failures, context) {
      if (text === "") return `validation error: ${failures}`;
      const message = substitute(context);
      if (message === undefined) return failedIn(rule, failures);
      return `validation error: ${withStop(message)} ${failures}`;
    },
    ofDenial(rule, conditions, context) {
      if (text === "" && conditions === "") return `validation error: rule ${rule} failed`;
      // The conditions' messages may have variables, too.
      try {
        const message = conditions === "" ? template : joined.compile(joinNonEmpty([text, conditions], "; "), context);
        const rendered = message.render(context);
        return typeof rendered === "string"
          ? rendered
          : "the produced message didn't resolve to a string, check your policy definition.";
      } catch (thrown) {
        evaluationError(thrown);
        return conditions;
      }
    },
  };
}

/** Messages as the conditions that hold put them together: each is compiled when it is first met, and paid for. */
class JoinedMessages {
  readonly #templates = new Map<string, Template>();

  /** @throws {AmapError} EXPRESSION_INVALID, LIMIT_EXCEEDED, BUDGET_EXCEEDED */
  compile(text: string, { context }: RuleContext): Template {
    let template = this.#templates.get(text);
    if (template === undefined) {
      context.charge(text.length * STEPS_PER_CHARACTER);
      template = compileTemplate(text);
      // Conditions of `any` can hold in any combination: too many to keep all.
      if (this.#templates.size >= MAX_JOINED) this.#templates.clear();
      this.#templates.set(text, template);
    }
    return template;
  }
}

const MAX_JOINED = 64;
const STEPS_PER_CHARACTER = 4;

const withStop = (message: string): string => (message.endsWith(".") ? message : `${message}.`);

function textOfValue(value: Value): string {
  return typeof value === "string" ? value : writeJson(value);
}
