import { AmapError, Double, isValueObject, type Value } from "../../../base/index.ts";
import type { CelRun } from "../../compile/cel-plan.ts";
import type { GenerationTemplate, TemplateNode, TemplatePlaceholder } from "../../compile/generation-template.ts";
import { CelError } from "../../language/cel/error.ts";
import { toTreeValue } from "../../language/cel/functions/kyverno/go-json.ts";
import { typeName } from "../../language/cel/values/kinds.ts";
import { formatDouble } from "../../language/cel/values/text.ts";
import { type CelValue, Uint } from "../../language/cel/values/value.ts";
import { renderEach } from "../../language/variables/render-each.ts";
import { evaluationError, rethrowAs } from "../../rules/evaluation-error.ts";
import { failureReason } from "./failure-reason.ts";

const INT64_MAX = 2n ** 63n - 1n;
/** Characters of text that a step pays for. */
const TEXT_PER_STEP = 16;

/** What rendering a template needs of a run. */
export type Rendering = Pick<CelRun, "evaluate" | "charge">;

/**
 * The objects of a template, one for each document.
 * @throws MISSING_FACT, {AmapError} with Kyverno's message when a placeholder fails, BUDGET_EXCEEDED
 */
export function renderTemplate({ documents }: GenerationTemplate, run: Rendering): readonly Value[] {
  try {
    return renderEach([...documents.entries()], ([index, document]) =>
      within(`document ${index + 1}`, () => {
        const value = renderNode(document, run);
        if (isValueObject(value)) return value;
        throw new AmapError("VALUE_INVALID", `expected an object with apiVersion and kind, found ${nameOf(value)}`);
      }),
    );
  } catch (thrown) {
    throw rethrowAs("failed to render generation template", thrown);
  }
}

/** What fails within a part of a document says where. */
function within<T>(place: string, render: () => T): T {
  try {
    return render();
  } catch (thrown) {
    throw rethrowAs(place, thrown);
  }
}

function renderNode(node: TemplateNode, run: Rendering): Value {
  run.charge(1);
  switch (node.kind) {
    case "literal":
      return node.value;
    case "object": {
      const values = renderEach(node.members, ({ key, node: member }) =>
        within(`field ${JSON.stringify(key)}`, () => renderNode(member, run)),
      );
      return Object.fromEntries(node.members.map(({ key }, index) => [key, values[index] ?? null]));
    }
    case "list":
      return renderEach([...node.items.entries()], ([index, item]) =>
        within(`item ${index}`, () => renderNode(item, run)),
      );
    case "whole":
      return valueOf(node.placeholder, run);
    default:
      return renderEach(node.parts, (part) => (typeof part === "string" ? part : textOf(part, run))).join("");
  }
}

/** The value of a placeholder as a value of the tree. */
function valueOf({ expression, program, path }: TemplatePlaceholder, run: Rendering): Value {
  const what = `placeholder ${JSON.stringify(expression)}`;
  const value = attempt(`failed to evaluate ${what}`, () => run.evaluate(program, path));
  return attempt(`failed to convert ${what} result`, () => convert(value, run));
}

function attempt<T>(doing: string, make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    const error = evaluationError(thrown);
    throw new AmapError(error.code, `${doing}: ${failureReason(error)}`, { cause: error });
  }
}

/** As CEL's own conversion to JSON, but that an int of its own stays a number however large it is. */
function convert(value: CelValue, run: Rendering): Value {
  if (typeof value === "bigint") return value;
  if (value instanceof Uint) {
    if (value.value <= INT64_MAX) return integer(value.value);
    throw new CelError("overflow", `uint value ${value.value} overflows the supported integer range`);
  }
  return toTreeValue(value, "generated", run);
}

function integer(value: bigint): Value {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The value of a placeholder within a text. */
function textOf(placeholder: TemplatePlaceholder, run: Rendering): string {
  const value = valueOf(placeholder, run);
  const text = scalarText(value);
  if (text === undefined) {
    const what = `placeholder ${JSON.stringify(placeholder.expression)} embedded in a string`;
    const message = `${what} must evaluate to a scalar, got ${nameOf(value)}; use a whole-value placeholder for structured results`;
    throw new AmapError("VALUE_INVALID", message);
  }
  run.charge(text.length / TEXT_PER_STEP);
  return text;
}

function scalarText(value: Value): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : formatDouble(value);
  return value instanceof Double ? formatDouble(value.value) : undefined;
}

function nameOf(value: Value): string {
  if (value === null) return "null";
  return typeName(value);
}
