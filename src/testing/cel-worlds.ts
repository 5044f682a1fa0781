import { AmapError, type Value } from "../base/index.ts";
import {
  type CelContext,
  type CelEnvironment,
  CelError,
  type CelFunction,
  type CelLibrary,
  type CelType,
  type CelValue,
  celFunction,
  celTypes,
  compileExpression,
  createEnvironment,
  type Fact,
  type FactReader,
  type FactRequest,
  KUBERNETES_LIBRARIES,
  KYVERNO_LIBRARIES,
  MISSING_FACT,
  STANDARD_LIBRARIES,
} from "../policy/index.ts";
import { TEST_NOW } from "./cel-activation.ts";
import type { Choices } from "./cel-choices.ts";
import { literalOf } from "./cel-literals.ts";

const { bool, bytes, double, duration, dyn, int, list, map, optional, string, timestamp, uint } = celTypes;

const PORT = celTypes.object("test.Port", { name: string, number: int });
const SERVICE = celTypes.object("test.Service", {
  name: string,
  replicas: int,
  labels: map(string, string),
  ports: list(PORT),
  first: PORT,
});

/** Variables whose types are known to their last member. */
export const EXACT_VARIABLES: Readonly<Record<string, CelType>> = {
  i: int,
  j: int,
  u: uint,
  d: double,
  s: string,
  t: string,
  y: bytes,
  b: bool,
  at: timestamp,
  span: duration,
  ints: list(int),
  texts: list(string),
  grid: list(list(int)),
  counts: map(string, int),
  names: map(int, string),
  maybe: optional(int),
  service: SERVICE,
  "spaced.name": string,
};

function readText({ facts }: CelContext, key: string): string {
  const fact = facts.fact("imageData", key);
  return typeof fact === "string" ? fact : "";
}

/** A function of the test that asks the world; `name` is asked for, `read` makes the answer out of its text. */
function loading(name: string, result: CelType, read: (text: string) => CelValue): CelFunction {
  return celFunction({
    name,
    args: [string],
    result,
    note: "A fact of the test.",
    example: `${name}('a') == ${name}('b')`,
    since: "0.2.0",
    loads: "facts of the test",
    call: (key, context) => read(readText(context, `${name}:${key}`)),
  });
}

const loadingRows = (namespace: string): readonly CelFunction[] => [
  loading(`${namespace}.bool`, bool, (text) => text.length % 2 === 0),
  loading(`${namespace}.int`, int, (text) => text.length - 5),
  loading(`${namespace}.text`, string, (text) => text.slice(-2)),
  loading(`${namespace}.texts`, list(string), (text) => text.slice(-3).split("")),
];

/** Every library there is: rows that are added later are tried, too. */
const libraries: readonly CelLibrary[] = [...STANDARD_LIBRARIES, ...KUBERNETES_LIBRARIES, ...KYVERNO_LIBRARIES];

/** Everything is of an exact type: what the checker accepts here may not fail by types. */
export const EXACT_ENVIRONMENT: CelEnvironment = createEnvironment({ libraries, variables: EXACT_VARIABLES });

/** Objects of no known type beside exact ones. */
export const LOOSE_ENVIRONMENT: CelEnvironment = createEnvironment({
  libraries,
  variables: { object: dyn, x: dyn, ...EXACT_VARIABLES },
});

/** Functions that ask the world: those in `fact`, and those in `never` that a test puts where nothing is evaluated. */
export const LOADING_ENVIRONMENT: CelEnvironment = createEnvironment({
  libraries,
  variables: EXACT_VARIABLES,
  functions: [...loadingRows("fact"), ...loadingRows("never")],
});

/** Whether a row asks the test's world, in this namespace. */
export function isLoading(row: CelFunction, namespace: "fact" | "never"): boolean {
  return row.name.startsWith(`${namespace}.`);
}

const values = new Map<string, CelValue>();

function valueOfLiteral(source: string): CelValue {
  const known = values.get(source);
  if (known !== undefined) return known;
  const value = compileExpression(source, EXACT_ENVIRONMENT).evaluate(activation(EXACT_ENVIRONMENT, {}));
  values.set(source, value);
  return value;
}

/** Sources of values for the variables of an environment; a few variables have none. */
export function chooseValues(environment: CelEnvironment, choices: Choices): Readonly<Record<string, string>> {
  const chosen: Record<string, string> = {};
  for (const { name, type } of environment.variables.values()) {
    const literal = literalOf(type, choices);
    if (literal !== undefined) chosen[name] = literal;
  }
  return chosen;
}

/** What an evaluation is given: variables by the sources of their values. */
export function activation(
  environment: CelEnvironment,
  sources: Readonly<Record<string, string>>,
  { facts = new WorldReader(), steps = 200_000 }: { readonly facts?: FactReader; readonly steps?: number } = {},
) {
  const bound = Object.entries(sources).map(([name, source]) => [name, valueOfLiteral(source)] as const);
  return {
    variables: environment.bind(Object.fromEntries(bound)),
    now: TEST_NOW,
    seed: new Uint8Array(32),
    facts,
    budget: { steps },
  };
}

/** How an evaluation ended, in a form that can be compared. */
export type CelOutcome =
  | { readonly value: CelValue }
  | { readonly code: string; readonly reason: string; readonly message: string }
  | "missing";

/** Evaluates; what is thrown and is not one of CEL's own endings is thrown on. */
export function outcomeOf(evaluate: () => CelValue): CelOutcome {
  try {
    return { value: evaluate() };
  } catch (error) {
    if (error === MISSING_FACT) return "missing";
    if (error instanceof CelError) return { code: error.code, reason: error.reason, message: error.message };
    if (error instanceof AmapError && error.code === "BUDGET_EXCEEDED") {
      return { code: error.code, reason: "", message: error.message };
    }
    throw error;
  }
}

function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return state >>> 4;
}

/** A world that has an answer to every question, of which some are failures. */
function factFor(key: string): Fact {
  const number = hash(key);
  return number % 7 === 0
    ? { ok: false, code: "REGISTRY_UNREACHABLE", message: `no answer to ${key}` }
    : { ok: true, value: `${key}${number % 1000}` };
}

/** A reader over the test's world that at first has only some of its facts. */
export class WorldReader implements FactReader {
  readonly pending = new Map<string, FactRequest>();
  /** Every question, also those that were answered. */
  readonly asked = new Set<string>();
  misses = 0;
  readonly #isHeld: (key: string) => boolean;

  /** Without a salt every fact is there; with one about half of them are missing, and others for another salt. */
  constructor(salt?: number, loaded: ReadonlySet<string> = new Set()) {
    this.#isHeld = (key) => salt === undefined || loaded.has(key) || hash(`${salt}:${key}`) % 2 === 0;
  }

  fact(kind: FactRequest["kind"], params: Value): Value {
    const key = typeof params === "string" ? params : "";
    this.asked.add(key);
    if (!this.#isHeld(key)) {
      this.misses++;
      this.pending.set(key, { key, kind, params });
      throw MISSING_FACT;
    }
    const fact = factFor(key);
    if (fact.ok) return fact.value;
    throw new AmapError(fact.code, fact.message);
  }
}

/** Freezes a value and all within it, except bytes, which cannot be. */
export function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
}
