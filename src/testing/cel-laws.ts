import assert from "node:assert/strict";
import fc from "fast-check";
import { AmapError, LIMITS } from "../base/index.ts";
import {
  type Ast,
  type CelEnvironment,
  type CelFunction,
  type CelProgram,
  type CelType,
  celTypes,
  compileExpression,
  formatType,
  parseExpression,
  printExpression,
} from "../policy/index.ts";
import { Choices } from "./cel-choices.ts";
import { choiceNumbers, ExpressionMaker, type GeneratedExpression } from "./cel-expressions.ts";
import { mutateSource, tokenSoup } from "./cel-mutations.ts";
import { mentionsDyn } from "./cel-rows.ts";
import { expressionTrees } from "./cel-trees.ts";
import { evaluateWarm } from "./cel-warm.ts";
import {
  activation,
  type CelOutcome,
  chooseValues,
  deepFreeze,
  EXACT_ENVIRONMENT,
  isLoading,
  LOADING_ENVIRONMENT,
  LOOSE_ENVIRONMENT,
  outcomeOf,
  WorldReader,
} from "./cel-worlds.ts";

/** One thing that holds for every expression: run by the property tests and, for longer, by `npm run fuzz`. */
export interface CelLaw {
  readonly name: string;
  /** Runs in the tests, about half a second. */
  readonly runs: number;
  readonly property: fc.IRawProperty<unknown>;
}

const asksNothing = (row: CelFunction): boolean => row.loads === undefined;
const EXACT = new ExpressionMaker({ environment: EXACT_ENVIRONMENT, exact: true, uses: asksNothing });
/**
 * Without functions that refuse constants they can make nothing of, such as patterns, or that take dyn and yet not every
 * type.
 */
const WELL_TYPED = new ExpressionMaker({
  environment: EXACT_ENVIRONMENT,
  exact: true,
  uses: (row) => asksNothing(row) && row.prepare === undefined && !row.args.some(mentionsDyn),
});
const LOOSE = new ExpressionMaker({ environment: LOOSE_ENVIRONMENT, exact: false, uses: asksNothing });
const LOADING = new ExpressionMaker({
  environment: LOADING_ENVIRONMENT,
  exact: true,
  uses: (row) => asksNothing(row) || isLoading(row, "fact"),
  prefers: (row) => isLoading(row, "fact"),
});
const NEVER = new ExpressionMaker({
  environment: LOADING_ENVIRONMENT,
  exact: true,
  uses: (row) => asksNothing(row) || isLoading(row, "never"),
  prefers: (row) => isLoading(row, "never"),
});

/** A generated expression with values for the variables. */
interface Case extends GeneratedExpression {
  readonly values: Readonly<Record<string, string>>;
}

function cases(maker: ExpressionMaker, environment: CelEnvironment, wrong = false): fc.Arbitrary<Case> {
  const wrongAt = wrong ? fc.nat({ max: 12 }) : fc.constant(-1);
  return fc.tuple(choiceNumbers(), wrongAt, choiceNumbers(40)).map(([numbers, at, forValues]) => ({
    ...maker.make(new Choices(numbers), undefined, at),
    values: chooseValues(environment, new Choices(forValues)),
  }));
}

const REFUSALS = new Set(["EXPRESSION_INVALID", "NOT_SUPPORTED", "LIMIT_EXCEEDED"]);

/** The program, or undefined when the expression was refused as expressions are: with a code and a place. */
function compile(source: string, environment: CelEnvironment): CelProgram | undefined {
  try {
    return compileExpression(source, environment);
  } catch (error) {
    assert.ok(error instanceof AmapError, `a bug: ${String(error)}`);
    assert.ok(REFUSALS.has(error.code), `${error.code}: ${error.message}`);
    assert.match(error.message, /^\d+:\d+: /);
    return undefined;
  }
}

/** Whether a deduced type is the one that was meant; what the checker knows nothing of is dyn. */
function agrees(found: CelType, meant: CelType): boolean {
  if (found.kind === "simple" && found.name === "dyn") return true;
  if (found.kind === "list") return meant.kind === "list" && agrees(found.element, meant.element);
  if (found.kind === "optional") return meant.kind === "optional" && agrees(found.value, meant.value);
  if (found.kind === "map") {
    return meant.kind === "map" && agrees(found.key, meant.key) && agrees(found.value, meant.value);
  }
  // The name of any type may stand where another one's is wanted.
  if (found.kind === "type") return meant.kind === "type";
  return formatType(found) === formatType(meant);
}

/**
 * Whether no part is dyn, which ill-typed lists and functions of several results are; nor null, which the checker takes
 * for a time or for a value of a function's type (cel-go), and functions of these do not.
 */
function isExact({ checked }: CelProgram): boolean {
  return !checked.types.some((type) => mentionsDyn(type) || formatType(type).includes("null_type"));
}

/** A tree without what differs between two texts of one expression. */
function plain(ast: Ast): unknown {
  return JSON.parse(
    JSON.stringify(ast.root, (key, value: unknown) => {
      if (key === "id" || key === "offset") return undefined;
      if (typeof value === "bigint") return `${value}n`;
      if (value instanceof Uint8Array) return [...value];
      if (typeof value === "number" && Object.is(value, -0)) return "-0";
      return value;
    }),
  );
}

/** Evaluates with what is loaded and loads what was missing, as the app does, until nothing is missing. */
function evaluateInRounds(
  program: CelProgram,
  values: Case["values"],
  salt: number,
): { readonly outcome: CelOutcome; readonly asked: ReadonlySet<string> } {
  const loaded = new Set<string>();
  const asked = new Set<string>();
  for (;;) {
    const facts = new WorldReader(salt, loaded);
    const outcome = outcomeOf(() => program.evaluate(activation(LOADING_ENVIRONMENT, values, { facts })));
    for (const key of facts.asked) asked.add(key);
    if (outcome !== "missing") return { outcome, asked };
    assert.ok(facts.pending.size > 0, "facts are missing and none is named");
    for (const key of facts.pending.keys()) {
      assert.equal(loaded.has(key), false, `${key} is missing and was loaded`);
      loaded.add(key);
    }
  }
}

/** Ways to write an expression that is not evaluated beside one that is: `dead` is of the type of `live`. */
const DEAD_PLACES: readonly ((live: string, dead: string, deadBool: string) => string)[] = [
  (live, dead) => `(true ? ${live} : ${dead})`,
  (live, dead) => `(i == i + 1 ? ${dead} : ${live})`,
  (live, _, dead) => `(false && ${dead} ? ${live} : ${live})`,
  (live, _, dead) => `(i == i || ${dead} ? ${live} : ${live})`,
  (live, dead) => `optional.of(${live}).orValue(${dead})`,
  (live, dead) => `optional.of(${live}).or(optional.of(${dead})).value()`,
  (live, dead) => `cel.bind(unused, ${dead}, ${live})`,
  (live, _, dead) => `(ints.filter(z, z != z).all(z, ${dead}) ? ${live} : ${live})`,
  (live, dead) => `(ints.filter(z, z != z).map(z, ${dead}) == [] ? ${live} : ${live})`,
  (live, dead) => `(maybe.optMap(z, 1).hasValue() ? ${live} : maybe.optMap(z, ${dead}).orValue(${live}))`,
];

const deadCases = fc
  .tuple(choiceNumbers(), choiceNumbers(60), choiceNumbers(60), fc.nat({ max: DEAD_PLACES.length - 1 }))
  .map(([numbers, forDead, forBool, place]): Case => {
    const live = LOADING.make(new Choices(numbers));
    const dead = NEVER.make(new Choices(forDead), live.type).source;
    const deadBool = NEVER.make(new Choices(forBool), celTypes.bool).source;
    const write = DEAD_PLACES[place] as (typeof DEAD_PLACES)[number];
    const source = write(live.source, `(never.bool('x') ? ${dead} : ${dead})`, `(never.int('x') == 1 && ${deadBool})`);
    return { source, type: live.type, values: chooseValues(LOADING_ENVIRONMENT, new Choices(forDead)) };
  });

/** Evaluates junk that compiles: a value or CEL's own failure, whatever the budget. */
function runJunk(source: string, values: Case["values"], environment: CelEnvironment): void {
  const program = compile(source, environment);
  if (program === undefined) return;
  const context = activation(environment, values, { steps: 20_000 });
  outcomeOf(() => program.evaluate(context));
}

/** What every correct engine does, whatever the expression. */
export const CEL_LAWS: readonly CelLaw[] = [
  {
    name: "what is meant to be well-typed is accepted with its type",
    runs: 500,
    property: fc.property(cases(WELL_TYPED, EXACT_ENVIRONMENT), ({ source, type }) => {
      const found = compileExpression(source, EXACT_ENVIRONMENT).type;
      assert.ok(agrees(found, type), `${formatType(found)}, not ${formatType(type)}`);
    }),
  },
  {
    name: "what the checker accepts never fails with a type error",
    runs: 800,
    property: fc.property(
      fc.oneof(cases(EXACT, EXACT_ENVIRONMENT), cases(EXACT, EXACT_ENVIRONMENT, true)),
      ({ source, values }) => {
        const program = compile(source, EXACT_ENVIRONMENT);
        if (program === undefined || !isExact(program)) return;
        const outcome = outcomeOf(() => program.evaluate(activation(EXACT_ENVIRONMENT, values)));
        if (typeof outcome === "object" && "reason" in outcome) {
          assert.notEqual(outcome.reason, "no_such_overload", outcome.message);
        }
      },
    ),
  },
  {
    name: "printing and parsing an expression gives its tree",
    runs: 500,
    property: fc.property(cases(LOOSE, LOOSE_ENVIRONMENT), ({ source }) => {
      const tree = parseExpression(source);
      const printed = printExpression(tree);
      const again = parseExpression(printed);
      assert.deepEqual(plain(again), plain(tree), printed);
      assert.equal(printExpression(again), printed);
    }),
  },
  {
    name: "printing and parsing a tree gives the tree",
    runs: 500,
    property: fc.property(expressionTrees(), (root) => {
      const tree: Ast = { source: "", root, nodeCount: 0 };
      const printed = printExpression(tree);
      assert.deepEqual(plain(parseExpression(printed)), plain(tree), printed);
    }),
  },
  {
    name: "an expression ends the same whichever facts are there at first",
    runs: 400,
    property: fc.property(cases(LOADING, LOADING_ENVIRONMENT), fc.nat({ max: 1000 }), ({ source, values }, salt) => {
      const program = compile(source, LOADING_ENVIRONMENT);
      if (program === undefined) return;
      const expected = outcomeOf(() => program.evaluate(activation(LOADING_ENVIRONMENT, values)));
      assert.notEqual(expected, "missing");
      assert.deepEqual(evaluateInRounds(program, values, salt).outcome, expected);
    }),
  },
  {
    name: "nothing is asked for from a branch that is not taken",
    runs: 400,
    property: fc.property(deadCases, fc.nat({ max: 1000 }), ({ source, values }, salt) => {
      const program = compile(source, LOADING_ENVIRONMENT);
      if (program === undefined) return;
      const { asked } = evaluateInRounds(program, values, salt);
      for (const key of asked) assert.equal(key.startsWith("never."), false, key);
    }),
  },
  {
    name: "tokens in any order are refused with a place, or give a value or a failure",
    runs: 1500,
    property: fc.property(tokenSoup(), choiceNumbers(40), (source, numbers) => {
      runJunk(source, chooseValues(LOOSE_ENVIRONMENT, new Choices(numbers)), LOOSE_ENVIRONMENT);
    }),
  },
  {
    name: "damaged expressions are refused with a place, or give a value or a failure",
    runs: 800,
    property: fc.property(cases(LOOSE, LOOSE_ENVIRONMENT), choiceNumbers(30), ({ source, values }, numbers) => {
      runJunk(mutateSource(source, new Choices(numbers)), values, LOOSE_ENVIRONMENT);
    }),
  },
  {
    name: "ill-typed expressions are refused with a place, or give a value or a failure",
    runs: 800,
    property: fc.property(cases(LOOSE, LOOSE_ENVIRONMENT, true), ({ source, values }) => {
      runJunk(source, values, LOOSE_ENVIRONMENT);
    }),
  },
  {
    name: "a program that is warm ends as it did cold, for the same steps, whatever the values and the budget",
    runs: 500,
    property: fc.property(
      cases(LOOSE, LOOSE_ENVIRONMENT),
      choiceNumbers(40),
      fc.oneof(fc.nat({ max: 60 }), fc.constant(LIMITS.evaluationSteps)),
      ({ source, values }, numbers, steps) => {
        const program = compile(source, LOOSE_ENVIRONMENT);
        const cold = compile(source, LOOSE_ENVIRONMENT);
        if (program === undefined || cold === undefined) return;
        const others = chooseValues(LOOSE_ENVIRONMENT, new Choices(numbers));
        outcomeOf(() => evaluateWarm(program, () => activation(LOOSE_ENVIRONMENT, values)));
        // What the lane was written for has no part in what it gives for others.
        const once = (each: CelProgram): readonly [CelOutcome, number] => {
          const given = activation(LOOSE_ENVIRONMENT, others, { steps });
          return [outcomeOf(() => each.evaluate(given)), Math.max(given.budget.steps, 0)];
        };
        assert.deepEqual(once(program), once(cold));
      },
    ),
  },
  {
    name: "evaluating twice gives one result and changes nothing that was given",
    runs: 500,
    property: fc.property(cases(LOOSE, LOOSE_ENVIRONMENT), ({ source, values }) => {
      const program = compile(source, LOOSE_ENVIRONMENT);
      if (program === undefined) return;
      const { variables } = activation(LOOSE_ENVIRONMENT, values);
      deepFreeze(variables);
      const before = structuredClone(variables);
      const run = (): CelOutcome =>
        outcomeOf(() => program.evaluate({ ...activation(LOOSE_ENVIRONMENT, values), variables }));
      const first = run();
      assert.deepEqual(run(), first);
      assert.deepEqual(structuredClone(variables), before);
    }),
  },
];
