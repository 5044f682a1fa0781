import { AmapError, LIMITS, type Value } from "../base/index.ts";
import {
  type CelActivation,
  type CelEnvironment,
  type CelValue,
  celFunction,
  celTypes,
  compileExpression,
  createEnvironment,
  type Fact,
  type FactReader,
  type FactRequest,
  KYVERNO_LIBRARIES,
  MISSING_FACT,
  STANDARD_LIBRARIES,
} from "../policy/index.ts";
import { evaluateWarm } from "./cel-warm.ts";

/** 2026-01-02T03:04:05.006Z */
export const TEST_NOW = 1_767_323_045_006;

/** A reader over facts by name. */
export function factReader(facts: Readonly<Record<string, Fact>> = {}): FactReader & { readonly asked: string[] } {
  const pending = new Map<string, FactRequest>();
  const asked: string[] = [];
  let misses = 0;
  return {
    asked,
    pending,
    get misses() {
      return misses;
    },
    fact(kind, params): Value {
      const key = typeof params === "string" ? params : "";
      asked.push(key);
      const fact = Object.hasOwn(facts, key) ? facts[key] : undefined;
      if (fact === undefined) {
        misses++;
        pending.set(key, { key, kind, params });
        throw MISSING_FACT;
      }
      if (fact.ok) return fact.value;
      throw new AmapError(fact.code, fact.message);
    },
  };
}

/** `object`, `x` and `y` of any type, `late.x` computed when used, and `fact(name)` that asks the world. */
export const TEST_ENVIRONMENT: CelEnvironment = createEnvironment({
  libraries: [...STANDARD_LIBRARIES, ...KYVERNO_LIBRARIES.filter((library) => library.name === "kyverno.time")],
  variables: { object: celTypes.dyn, x: celTypes.dyn, y: celTypes.dyn },
  lazyVariables: { "late.x": celTypes.dyn },
  functions: [
    celFunction({
      name: "fact",
      args: [celTypes.string],
      result: celTypes.dyn,
      note: "A fact of the test.",
      example: "true",
      since: "0.1.0",
      loads: "facts of the test",
      call: (name, context) => context.facts.fact("imageData", name),
    }),
    celFunction({
      name: "swallow",
      args: [celTypes.string],
      result: celTypes.dyn,
      note: "A broken function that hides a missing fact.",
      example: "true",
      since: "0.1.0",
      loads: "facts of the test",
      call: (name, context) => {
        try {
          return context.facts.fact("imageData", name);
        } catch (error) {
          return String(error);
        }
      },
    }),
  ],
});

/** An activation with values by name. */
export function testActivation(
  values: Readonly<Record<string, CelValue>> = {},
  changes: Partial<CelActivation> = {},
): CelActivation {
  return {
    variables: TEST_ENVIRONMENT.bind(values),
    now: TEST_NOW,
    facts: factReader(),
    budget: { steps: LIMITS.evaluationSteps },
    ...changes,
  };
}

/** An expression's value: once with what is given besides the values, else cold and warm. */
export function evaluate(
  source: string,
  values: Readonly<Record<string, CelValue>> = {},
  changes?: Partial<CelActivation>,
): CelValue {
  const program = compileExpression(source, TEST_ENVIRONMENT);
  if (changes !== undefined) return program.evaluate(testActivation(values, changes));
  return evaluateWarm(program, () => testActivation(values));
}
