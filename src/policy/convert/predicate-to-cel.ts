import type { Value } from "../../base/index.ts";
import type { JmesNode } from "../language/jmespath/syntax/ast.ts";
import { parseJmesPath } from "../language/jmespath/syntax/parser.ts";
import type { AnyAllConditions, Condition, Conditions } from "../resource/kyverno/conditions.ts";
import { and, type CelText, or } from "./cel-text.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import { type Field, type FieldType, TEXT } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { memberPlace, type Place, presence, rootPlace } from "./place.ts";
import { type QueryScope, single } from "./query-to-cel.ts";

/** Where conditions about statements look: what a first name of a query stands for, as CEL. */
export interface PredicateNames {
  /** The value in CEL whose member a query's first name is, or undefined where there is none of this name. */
  memberOf(name: string): string | undefined;
  /** The value in CEL that a query's first name is itself. */
  valueOf(name: string): string | undefined;
}

/**
 * Conditions about predicates as one CEL condition; what is missing does not meet them. Nobody states the types of a
 * predicate's fields: they are those of the values that they are compared with. It throws NotConvertible.
 */
export function convertPredicateConditions(source: Conditions, names: PredicateNames, path: string): CelText {
  const each = (list: readonly Condition[], at: string): readonly CelText[] =>
    list.map((condition, index) => convertOne(condition, names, `${at}[${index}]`));
  if (isList(source)) return and(...each(source, path));
  const { any, all = [] } = source;
  return and(...(any === undefined ? [] : [or(...each(any, `${path}.any`))]), ...each(all, `${path}.all`));
}

const isList = (source: Conditions): source is readonly Condition[] => Array.isArray(source);

function convertOne(condition: Condition, names: PredicateNames, path: string): CelText {
  const chains = chainsOf(condition, path);
  const find = (name: string): ReturnType<typeof single> | undefined => {
    const own = chains.filter(([first]) => first?.name === name);
    const [base, isMember] = [names.valueOf(name) ?? names.memberOf(name), names.valueOf(name) === undefined];
    if (own.length === 0 || base === undefined) return undefined;
    const types = own.map((chain) => typeOfChain(isMember ? chain : chain.slice(1)));
    const [type] = types;
    if (type === undefined || types.length > 1)
      throw new NotConvertible(path, "a part of the predicate is looked at twice");
    const root = rootPlace(base, type);
    const field = type.kind === "object" ? type.field(name) : undefined;
    if (!isMember) return single(root);
    return field === undefined ? undefined : single({ ...memberPlace(root, name, field), taken: new Set(["image"]) });
  };
  const nothing = rootPlace("object", { kind: "unknown" });
  const scope: QueryScope = {
    object: nothing,
    oldObject: undefined,
    operation: "request.operation",
    names: { get: find },
    taken: new Set(["image"]),
  };
  const block: AnyAllConditions = { all: [condition] };
  const met = convertConditions(block, { scope, path, missingFails: true });
  // What a function is asked about must be there, too.
  const guards = chains.flatMap((chain) => guardOf(chain, names)).filter(({ text }) => !met.text.includes(text));
  return and(...guards, met);
}

function guardOf(chain: Chain, names: PredicateNames): readonly CelText[] {
  const [first] = chain;
  if (first === undefined || chain.some(({ isList }) => isList) || chain.at(-1)?.mayMiss === true) return [];
  const whole = names.valueOf(first.name);
  const base = whole ?? names.memberOf(first.name);
  const steps = whole === undefined ? chain : chain.slice(1);
  if (base === undefined || steps.length === 0) return [];
  const place = steps.reduce<Place>(
    (at, { name }) => memberPlace(at, name, { type: TEXT, isCertain: false }),
    rootPlace(base, TEXT),
  );
  return [presence(place)];
}

/** A way into a predicate. */
type Chain = readonly Step[];
interface Step {
  readonly name: string;
  /** What is below is looked at of each element. */
  readonly isList: boolean;
  /** The type of what the way leads to; of the last step alone. */
  readonly leaf?: FieldType;
  /** There is a default for it. */
  readonly mayMiss?: boolean;
}

/** The ways of a condition's key: the innermost variables, then what is around them. */
function chainsOf({ key, value }: Condition, path: string): readonly Chain[] {
  if (typeof key !== "string") throw new NotConvertible(`${path}.key`, "the key is no variable");
  const inner = [...key.matchAll(/\{\{([^{}]*)\}\}/g)].map(([, source = ""]) => source.trim());
  const isNested = /\{\{[^}]*\{\{/.test(key);
  return inner.flatMap((source) => {
    const node = parseJmesPath(source);
    return collect(node, isNested ? TEXT : leafOf(value ?? null), path);
  });
}

/** What a value is compared with is of its type. */
function leafOf(value: Value): FieldType {
  const [first] = Array.isArray(value) ? (value as readonly Value[]) : [value];
  if (typeof first === "boolean") return { kind: "boolean" };
  if (typeof first === "number" && Number.isInteger(first)) return { kind: "integer" };
  return TEXT;
}

function collect(node: JmesNode, leaf: FieldType, path: string): readonly Chain[] {
  if (node.kind === "literal") return [];
  if (node.kind === "function")
    return node.args.flatMap((each) =>
      collect(each, node.name === "length" ? { kind: "list", items: TEXT, isAtomic: true } : TEXT, path),
    );
  if (node.kind === "or" && node.right.kind === "literal") {
    return collect(node.left, leaf, path).map((chain) =>
      chain.map((step, index) => (index === chain.length - 1 ? { ...step, mayMiss: true } : step)),
    );
  }
  const steps = stepsOf(node);
  const last = steps?.at(-1);
  if (steps === undefined || last === undefined) throw new NotConvertible(path, "the query of a predicate is no path");
  return [[...steps.slice(0, -1), { ...last, leaf }]];
}

function stepsOf(node: JmesNode): readonly Step[] | undefined {
  switch (node.kind) {
    case "field":
      return [{ name: node.name, isList: false }];
    case "subexpression":
      return join(stepsOf(node.left), stepsOf(node.right));
    case "projection":
    case "flatten": {
      const operand = node.kind === "flatten" ? node.operand : node.left;
      const list = operand.kind === "flatten" ? stepsOf(operand.operand) : stepsOf(operand);
      const last = list?.at(-1);
      if (list === undefined || last === undefined) return undefined;
      const opened = [...list.slice(0, -1), { ...last, isList: true }];
      if (node.kind === "flatten" || node.right.kind === "identity") return opened;
      return join(opened, stepsOf(node.right));
    }
    default:
      return undefined;
  }
}

function join(left: readonly Step[] | undefined, right: readonly Step[] | undefined): readonly Step[] | undefined {
  return left === undefined || right === undefined ? undefined : [...left, ...right];
}

function typeOfChain(chain: Chain): FieldType {
  const [first, ...rest] = chain;
  if (first === undefined) return { kind: "unknown" };
  const below = rest.length === 0 ? (first.leaf ?? TEXT) : typeOfChain(rest);
  const field: Field = {
    type: first.isList ? { kind: "list", items: below, isAtomic: true } : below,
    isCertain: false,
  };
  return { kind: "object", isAtomic: true, field: (name) => (name === first.name ? field : undefined) };
}
