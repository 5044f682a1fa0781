import { AmapError, isAmapError, isValueObject, type Value } from "../../../base/index.ts";
import { compileCommunityJmesPath } from "../jmespath/compile.ts";
import { isList } from "../jmespath/evaluate/values.ts";
import type { JmesContext, JmesProgram } from "../jmespath/program.ts";
import { type AssertionExpression, parseAssertionExpression } from "./expression.ts";
import { matchValue } from "./match.ts";
import { shownValue } from "./shown-value.ts";

/** Something that is not as an assertion wants it. */
export interface AssertionFailure {
  /** `object.spec.(length(containers))`: the keys of the tree, indexes and keys of elements in brackets. */
  readonly path: string;
  /** What was expected, and what was found. */
  readonly message: string;
}

/** A compiled assertion tree: immutable, for any number of values. */
export interface Assertion {
  /** What may be amiss with how it is written, for people to read. */
  readonly warnings: readonly string[];
  /**
   * Everything that is not as wanted, in the order of the tree. `context.variable` has the bindings that are there from
   * the start.
   * @throws MISSING_FACT from a binding
   * @throws {AmapError} EXPRESSION_FAILED, with the place in the tree, where a question cannot be answered: a key is asked of
   * what is no object, values of different types are compared, an expression fails; BUDGET_EXCEEDED, LIMIT_EXCEEDED
   */
  check(value: Value, context: JmesContext): readonly AssertionFailure[];
}

/** Where a check is. */
interface Place {
  readonly path: string;
  readonly context: JmesContext;
}

/** A part of a tree; it adds to `failures`. */
type Node = (value: Value, place: Place, failures: AssertionFailure[]) => void;

/** What a tree is compiled with. */
interface Compiling {
  readonly warnings: string[];
}

/**
 * Compiles an assertion tree of kyverno-json: objects say what the members of an object must be, lists what each element
 * must be, anything else what a value must equal. A key or a text in round brackets is a query in the community's JMESPath;
 * `~.key` asks each element, `key->name` binds `$name` for what follows in the tree, `\key\` is a key with marks in it.
 * Queries are compiled at once.
 *
 * @throws {AmapError} EXPRESSION_INVALID, LIMIT_EXCEEDED of a query; NOT_SUPPORTED for another engine than `jp`; each with
 * the place in the tree
 * @see https://kyverno.github.io/kyverno-json/latest/policies/asserts/
 */
export function compileAssertion(tree: Value): Assertion {
  const compiling: Compiling = { warnings: [] };
  const node = compileNode(tree, "", compiling);
  return Object.freeze({
    warnings: Object.freeze(compiling.warnings),
    check(value: Value, context: JmesContext) {
      const failures: AssertionFailure[] = [];
      node(value, { path: "", context }, failures);
      return failures;
    },
  });
}

function compileNode(tree: Value, path: string, compiling: Compiling): Node {
  if (isList(tree)) return compileList(tree, path, compiling);
  if (isValueObject(tree)) return compileObject(Object.entries(tree), path, compiling);
  return compileScalar(tree, path);
}

const childOf = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

function compileObject(entries: readonly (readonly [string, Value])[], path: string, compiling: Compiling): Node {
  if (entries.length === 0) {
    return (value, place, failures) => {
      if (value === null) failures.push({ path: place.path, message: "Invalid value: null: must not be null" });
    };
  }
  const members = entries.map(([key, tree]) => compileMember(key, tree, childOf(path, key), compiling));
  return (value, place, failures) => {
    let { context } = place;
    // What one member binds, those behind it see.
    for (const member of members) context = member(value, { path: place.path, context }, failures);
  };
}

/** A member of an object; it gives the context for those behind it. */
type Member = (value: Value, place: Place, failures: AssertionFailure[]) => JmesContext;

function compileMember(key: string, tree: Value, path: string, compiling: Compiling): Member {
  const expression = parseAssertionExpression(key);
  if (expression?.binding !== undefined && /[\t ]$/.test(expression.statement)) {
    compiling.warnings.push(`${path}: the space before -> belongs to the key`);
  }
  const project = compileProjection(key, expression, path);
  const node = compileNode(tree, path, compiling);
  return (value, { path: parent, context }, failures) => {
    const at = childOf(parent, key);
    context.charge(1);
    const projected = project(value, { path: at, context });
    if (projected === undefined) {
      failures.push({ path: at, message: "Required value: field not found in the input object" });
      return context;
    }
    const bound =
      expression === undefined || expression.binding === "" ? context : bind(context, expression.binding, projected);
    const inner: Place = { path: at, context: bound };
    if (expression?.iterates === true) checkEach(projected, node, expression.index, inner, failures);
    else node(projected, inner, failures);
    return bound;
  };
}

/** What a key gives for a value; undefined where there is no such member. */
type Projection = (value: Value, place: Place) => Value | undefined;

function compileProjection(key: string, expression: AssertionExpression | undefined, path: string): Projection {
  if (expression !== undefined && expression.engine !== "") {
    const program = compileQuery(expression, path);
    return (value, place) => evaluate(program, value, place);
  }
  const name = expression?.statement ?? key;
  return (value, { path: at }) => {
    if (isValueObject(value)) return Object.hasOwn(value, name) ? (value[name] ?? null) : undefined;
    if (value === null) return undefined;
    throw failed(at, `expected an object with the key ${JSON.stringify(name)}, found ${shownValue(value)}`);
  };
}

function compileQuery({ engine, statement }: AssertionExpression, path: string): JmesProgram {
  if (engine !== "jp") {
    const message = `${path}: queries are written in JMESPath, found the engine ${engine}: leave out "${engine}:"`;
    throw new AmapError("NOT_SUPPORTED", message);
  }
  try {
    return compileCommunityJmesPath(statement);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new AmapError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** @throws MISSING_FACT, {AmapError} */
function evaluate(program: JmesProgram, value: Value, { path, context }: Place): Value {
  try {
    return program.evaluate(value, context);
  } catch (error) {
    if (isAmapError(error, "EXPRESSION_FAILED")) throw failed(path, error.message, error);
    throw error;
  }
}

/** A step through a tree takes about as long as this many of an expression (measured). */
const STEPS_PER_ELEMENT = 16;

function checkEach(projected: Value, node: Node, index: string, place: Place, failures: AssertionFailure[]): void {
  const { path, context } = place;
  const check = (value: Value, key: string | number): void => {
    context.charge(STEPS_PER_ELEMENT);
    const own = index === "" ? context : bind(context, index, key);
    node(value, { path: `${path}[${key}]`, context: own }, failures);
  };
  if (isList(projected)) {
    for (const [position, item] of projected.entries()) check(item, position);
  } else if (isValueObject(projected)) {
    for (const [key, member] of Object.entries(projected)) check(member, key);
  } else throw failed(path, `expected a list or an object to go through, found ${shownValue(projected)}`);
}

function bind(context: JmesContext, name: string, value: Value): JmesContext {
  context.charge(1);
  return {
    now: context.now,
    charge: (steps) => context.charge(steps),
    entropy: () => context.entropy(),
    variable: (wanted) => (wanted === name ? value : context.variable?.(wanted)),
  };
}

function compileList(trees: readonly Value[], path: string, compiling: Compiling): Node {
  const nodes = trees.map((tree, index) => compileNode(tree, `${path}[${index}]`, compiling));
  return (value, { path: at, context }, failures) => {
    if (value === null) {
      failures.push({ path: at, message: `Invalid value: null: expected a list of ${nodes.length}` });
      return;
    }
    if (!isList(value)) throw failed(at, `expected a list, found ${shownValue(value)}`);
    if (value.length !== nodes.length) {
      failures.push({ path: at, message: `Invalid value: expected ${nodes.length} elements, found ${value.length}` });
      return;
    }
    for (const [index, node] of nodes.entries()) {
      context.charge(1);
      node(value[index] ?? null, { path: `${at}[${index}]`, context }, failures);
    }
  };
}

function compileScalar(tree: Value, path: string): Node {
  const expression = typeof tree === "string" ? parseAssertionExpression(tree) : undefined;
  // Without brackets a text is what the value must equal, marks and all.
  if (expression === undefined || expression.engine === "") return comparison(() => tree);
  if (expression.index !== "")
    throw new AmapError("EXPRESSION_INVALID", `${path}: ~${expression.index}. stands before keys only`);
  if (expression.binding !== "") {
    throw new AmapError("EXPRESSION_INVALID", `${path}: ->${expression.binding} stands behind keys only`);
  }
  const program = compileQuery(expression, path);
  return comparison((value, place) => evaluate(program, value, place));
}

function comparison(wanted: (value: Value, place: Place) => Value): Node {
  return (value, place, failures) => {
    const expected = wanted(value, place);
    const matched = matchValue(expected, value, (steps) => place.context.charge(steps));
    if (!matched.ok) throw failed(place.path, matched.reason);
    if (matched.matches) return;
    failures.push({
      path: place.path,
      message: `Invalid value: ${shownValue(value)}: Expected value: ${shownValue(expected)}`,
    });
  };
}

function failed(path: string, reason: string, cause?: unknown): AmapError {
  const message = path === "" ? reason : `${path}: ${reason}`;
  return new AmapError("EXPRESSION_FAILED", message, cause === undefined ? {} : { cause });
}
