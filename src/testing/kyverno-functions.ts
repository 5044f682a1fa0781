import { AmapError, canonicalJson, Double, LIMITS, type Value } from "../base/index.ts";
import {
  type CelActivation,
  type CelEffect,
  type CelEnvironment,
  type CelValue,
  celTypes,
  compileExpression,
  createEnvironment,
  type Fact,
  type FactKind,
  type FactReader,
  type FactRequest,
  kyvernoLibraries,
  MISSING_FACT,
  STANDARD_LIBRARIES,
  Timestamp,
} from "../policy/index.ts";
import { TEST_NOW } from "./cel-activation.ts";
import { evaluateWarm } from "./cel-warm.ts";

/** What answers a question of the tests. */
export type Answer = (kind: FactKind, params: Value) => Fact;

/** A reader that has some answers; it keeps what was asked, and what is missing. */
export class AnsweringReader implements FactReader {
  readonly pending = new Map<string, FactRequest>();
  readonly asked: FactRequest[] = [];
  misses = 0;
  readonly #answer: Answer;
  readonly #isThere: (key: string) => boolean;

  constructor(answer: Answer, isThere: (key: string) => boolean = () => true) {
    this.#answer = answer;
    this.#isThere = isThere;
  }

  fact(kind: FactKind, params: Value): Value {
    const request: FactRequest = { key: `${kind}:${canonicalJson(params)}`, kind, params };
    this.asked.push(request);
    if (!this.#isThere(request.key)) {
      this.misses++;
      this.pending.set(request.key, request);
      throw MISSING_FACT;
    }
    const fact = this.#answer(kind, params);
    if (fact.ok) return fact.value;
    throw new AmapError(fact.code, fact.message);
  }
}

/** What one evaluation of the tests is given. */
export interface KyvernoRun {
  readonly variables?: Readonly<Record<string, CelValue>>;
  /** Of a namespaced policy. */
  readonly namespace?: string;
  readonly facts?: FactReader;
  readonly seed?: Uint8Array;
  readonly effects?: CelEffect[];
  readonly steps?: number;
}

const environments = new Map<string, CelEnvironment>();

/** The language with Kyverno's libraries and variables of any type. */
export function kyvernoEnvironment(names: readonly string[], namespace: string | undefined): CelEnvironment {
  const key = JSON.stringify([names, namespace]);
  const known = environments.get(key);
  if (known !== undefined) return known;
  const environment = createEnvironment({
    variables: Object.fromEntries(names.map((name) => [name, celTypes.dyn])),
    libraries: [...STANDARD_LIBRARIES, ...kyvernoLibraries(namespace === undefined ? {} : { namespace })],
  });
  environments.set(key, environment);
  return environment;
}

const nothingAsked: Answer = (kind) => ({ ok: false, code: "BUG", message: `${kind} was asked for` });

/** An expression's value with Kyverno's libraries. */
export function evaluateKyverno(source: string, run: KyvernoRun = {}): CelValue {
  const variables = run.variables ?? {};
  const environment = kyvernoEnvironment(Object.keys(variables), run.namespace);
  const program = compileExpression(source, environment);
  const activate = (): CelActivation => ({
    variables: environment.bind(variables),
    now: TEST_NOW,
    facts: run.facts ?? new AnsweringReader(nothingAsked),
    seed: run.seed ?? new Uint8Array(32),
    ...(run.effects === undefined ? {} : { effects: run.effects }),
    budget: { steps: run.steps ?? LIMITS.evaluationSteps },
  });
  // What is written down in the facts or the effects is meant to come once.
  return run.facts === undefined && run.effects === undefined
    ? evaluateWarm(program, activate)
    : program.evaluate(activate());
}

/** The value after as many passes as it takes, all facts withheld at first. */
export function evaluateInPasses(source: string, answer: Answer, run: KyvernoRun = {}): CelValue {
  const there = new Set<string>();
  for (let pass = 0; pass < 100; pass++) {
    const facts = new AnsweringReader(answer, (key) => there.has(key));
    try {
      return evaluateKyverno(source, { ...run, facts });
    } catch (error) {
      if (error !== MISSING_FACT) throw error;
      for (const key of facts.pending.keys()) there.add(key);
    }
  }
  throw new Error("no end");
}

/** A value as tables write it: doubles and timestamps apart from ints and texts. */
export function showValue(value: CelValue): unknown {
  if (value instanceof Double) return { double: value.value };
  if (typeof value === "number" && !Number.isSafeInteger(value)) return { double: value };
  if (value instanceof Timestamp) return { timestamp: evaluateKyverno("string(t)", { variables: { t: value } }) };
  if (Array.isArray(value)) return (value as readonly CelValue[]).map(showValue);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, showValue(member as CelValue)]));
}
