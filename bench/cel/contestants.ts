/** The CEL libraries under measurement, each used as its own documentation recommends: compile once, evaluate often. */
import { createRequire } from "node:module";
import { CelScalar, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { Environment } from "@marcbachmann/cel-js";
import { LIMITS, readJsonFast } from "../../src/base/index.ts";
import {
  type CelActivation,
  celTypes,
  compileExpression,
  createEnvironment,
  type FactReader,
} from "../../src/policy/index.ts";
import type { Json } from "./json.ts";

/** A compiled expression. The input is what {@link ObjectForm.prepare} made. */
export type Evaluate = (input: unknown) => unknown;

/** A way to hand an object to a library; done once for each object, outside the timing. */
export interface ObjectForm {
  readonly note: string;
  prepare(json: string): unknown;
}

/** A library. */
export interface Contestant {
  readonly name: string;
  readonly version: string;
  /** In the order in which they are tried: the first that gives the right answers is used. */
  readonly forms: readonly ObjectForm[];
  /** What `compile` does, for the table. */
  readonly compileSteps: string;
  /** @throws {Error} when the library cannot compile it */
  compile(source: string): Evaluate;
}

const versionOf = (path: string): string => (createRequire(import.meta.url)(path) as { version: string }).version;

/** The environment of amap's programs. */
const AMAP_ENVIRONMENT = createEnvironment({ variables: { object: celTypes.dyn } });

/** A world without facts: no expression of the bench asks. */
const NO_FACTS: FactReader = {
  pending: new Map(),
  misses: 0,
  fact: () => {
    throw new Error("the bench has no facts");
  },
};

/** As a policy evaluates: variables are bound once for each object, and each evaluation begins with a fresh budget. */
export const AMAP: Contestant = {
  name: "amap",
  version: versionOf("../../package.json"),
  compileSteps: "parse, check, compile",
  forms: [
    {
      note: "JSON",
      prepare: (json): CelActivation => ({
        variables: AMAP_ENVIRONMENT.bind({ object: readJsonFast(json) }),
        now: 0,
        facts: NO_FACTS,
        budget: { steps: 0 },
      }),
    },
  ],
  compile(source) {
    const program = compileExpression(source, AMAP_ENVIRONMENT);
    return (input) => {
      const activation = input as CelActivation;
      activation.budget.steps = LIMITS.evaluationSteps;
      return program.evaluate(activation);
    };
  },
};

const PEER_FORMS: readonly ObjectForm[] = [
  { note: "JSON", prepare: (json) => ({ object: JSON.parse(json) }) },
  { note: "integers as bigint", prepare: (json) => ({ object: withBigIntegers(JSON.parse(json)) }) },
];

const BUF_ENVIRONMENT = celEnv({ variables: { object: CelScalar.DYN }, funcs: strings });

const BUF: Contestant = {
  name: "@bufbuild/cel",
  version: versionOf("../../node_modules/@bufbuild/cel/package.json"),
  // Its type checker is not part of its public door.
  compileSteps: "parse, plan",
  forms: PEER_FORMS,
  compile(source) {
    const evaluate = plan(BUF_ENVIRONMENT, parse(source)) as Evaluate;
    return (input) => {
      const value = evaluate(input);
      if (isCelError(value)) throw new Error(value.message);
      return value;
    };
  },
};

const CEL_JS_ENVIRONMENT = new Environment({ enableOptionalTypes: true }).registerVariable("object", "dyn");

const CEL_JS: Contestant = {
  name: "@marcbachmann/cel-js",
  version: versionOf("../../node_modules/@marcbachmann/cel-js/package.json"),
  compileSteps: "parse, check",
  forms: PEER_FORMS,
  compile(source) {
    const evaluate = CEL_JS_ENVIRONMENT.parse(source);
    const checked = evaluate.check();
    if (!checked.valid) throw checked.error ?? new Error("refused");
    return evaluate as Evaluate;
  },
};

/** The others, in the order of the tables. */
export const PEERS: readonly Contestant[] = [BUF, CEL_JS];

/** The same tree with every whole number as a bigint, which both peers take for CEL's int. */
function withBigIntegers(value: Json): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withBigIntegers);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withBigIntegers(member)]));
}
