import { isValueObject, type Value } from "../../base/index.ts";
import type { JmesNode } from "../language/jmespath/syntax/ast.ts";
import { parseJmesPath } from "../language/jmespath/syntax/parser.ts";
import { and, atom, type CelText, not, or, relation, TRUE, within } from "./cel-text.ts";
import { TEXT, typeOfKinds } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import {
  indexPlace,
  isSure,
  itemPlace,
  memberPlace,
  type Place,
  presence,
  rootPlace,
  valueOf,
  valueOr,
} from "./place.ts";
import type { PolicyVariables } from "./policy-variables.ts";
import { type ListQuery, type Query, type SingleQuery, whenThere } from "./query.ts";
import { compareQueries, SIGNS } from "./query-comparison.ts";
import { defaultOf, emptyListFor } from "./query-defaults.ts";
import { callFunction } from "./query-functions.ts";
import { constantQuery } from "./query-literals.ts";
import { BOOLEAN, commonType, USER_INFO } from "./query-types.ts";

/** What queries may name. */
export interface QueryScope {
  /** `request.object`: its name in CEL and its type. */
  readonly object: Place;
  /** Undefined where there is none. */
  readonly oldObject: Place | undefined;
  /** `request.operation`. */
  readonly operation: string;
  /** The operations that a policy is asked about. */
  readonly operations?: readonly string[];
  /** Where variables of the policy are noted that queries need. */
  readonly variables?: PolicyVariables;
  /** `element` and variables of the rule's context. */
  readonly names: QueryNames;
  readonly taken: ReadonlySet<string>;
}

/** Queries by their names; `taken` are names of loops that theirs must not have. */
interface QueryNames {
  readonly get: (name: string, taken?: ReadonlySet<string>) => Query | undefined;
}

/** What stands in a query for another one that is put into it as text. */
type InsertedQueries = ReadonlyMap<string, SingleQuery>;

const NOTHING_INSERTED: InsertedQueries = new Map();

/** A query in JMESPath. `from` is what it is asked of, if not the rule's context. It throws NotConvertible. */
export function convertQuery(
  source: string,
  scope: QueryScope,
  path: string,
  { from, inserted = NOTHING_INSERTED }: { readonly from?: Query; readonly inserted?: InsertedQueries } = {},
): Query {
  // Written so, a path leads into the object itself also where the rule is extended to the controllers of Pods.
  const own = /"(?:object|spec|metadata)"/.test(source) ? { ...scope, object: unrewritten(scope.object) } : scope;
  return new Converter(own, path, inserted).query(parseJmesPath(source), from);
}

class Converter {
  readonly #scope: QueryScope;
  readonly #path: string;
  readonly #inserted: InsertedQueries;

  constructor(scope: QueryScope, path: string, inserted: InsertedQueries) {
    this.#scope = scope;
    this.#path = path;
    this.#inserted = inserted;
  }

  /** `at` is the value that the query is asked of; undefined for the rule's context. */
  query(node: JmesNode, at: Query | undefined): Query {
    switch (node.kind) {
      case "field":
        return at === undefined ? this.#name(node.name) : this.#member(at, node.name);
      case "current":
      case "identity":
        return at ?? this.#refuse("the whole context has no counterpart");
      case "subexpression":
      case "index-expression":
        return this.#ofRequest(node, at) ?? this.#below(node.right, this.query(node.left, at));
      case "index":
        return this.#index(at, node.index);
      case "pipe":
        return this.query(node.right, this.#pipeStart(node.left, node.right, at));
      case "literal":
        return this.#literal(node.value);
      case "or":
        return this.#default(node.left, node.right, at);
      case "and":
      case "not":
      case "comparator":
        return this.#bool(this.#condition(node, at));
      case "projection":
      case "filter-projection":
      case "flatten":
        return this.#list(node, at);
      case "function":
        return this.#call(node, at);
      default:
        return this.#refuse(`a query with the part ${node.kind} has no counterpart yet`);
    }
  }

  /** `a.f(@)` is nothing where a is nothing, while `f(a)` fails there. */
  #below(node: JmesNode, at: Query): Query {
    const made = this.query(node, at);
    if (node.kind !== "function") return made;
    if (made.kind === "single") return { ...made, isChained: true };
    const { found: _, ...others } = made;
    return others;
  }

  readonly #refuse = (reason: string): never => {
    throw new NotConvertible(this.#path, reason);
  };

  #bool({ text, level, contrary }: CelText): SingleQuery {
    return { kind: "single", type: BOOLEAN, text: within({ text, level, ...(contrary && { contrary }) }, "atom") };
  }

  #name(name: string): Query {
    const known = this.#scope.names.get(name, this.#scope.taken);
    return known ?? this.#refuse(`the variable ${name} has no counterpart`);
  }

  /** Fields of the request that CEL has too. */
  #ofRequest({ left, right }: JmesNode & { readonly left: JmesNode; readonly right: JmesNode }, at: Query | undefined) {
    if (at !== undefined || left.kind !== "field" || left.name !== "request" || right.kind !== "field")
      return undefined;
    const { object, oldObject, operation, operations } = this.#scope;
    switch (right.name) {
      case "object":
        return single(object);
      case "oldObject":
        return oldObject === undefined
          ? this.#refuse("the object before an update has none before it")
          : single(oldObject);
      case "operation":
        return {
          kind: "single",
          type: TEXT,
          text: operation,
          isFull: true,
          ...(operations && { among: operations }),
        } as const;
      case "userInfo":
        return single(rootPlace("request.userInfo", USER_INFO));
      case "namespace":
      case "name":
        return single({ ...rootPlace("request", TEXT), optional: [`.?${right.name}`] });
      default:
        return this.#refuse(`request.${right.name} has no counterpart`);
    }
  }

  #member(from: Query, name: string): Query {
    if (from.kind === "list") return this.#refuse("a member is taken of a list, which has none");
    const { place, members, constant } = from;
    if (members !== undefined) return members.get(name)?.() ?? this.#refuse(`there is no member ${name}`);
    if (isValueObject(constant)) {
      return Object.hasOwn(constant, name)
        ? this.#literal(constant[name] as Value)
        : this.#refuse(`there is no member ${name}`);
    }
    if (place === undefined) return this.#refuse("a member is taken of a value that was worked out");
    const { whenThere } = from;
    return { ...single(this.#memberPlace(place, name)), ...(whenThere && { whenThere }) };
  }

  #memberPlace(place: Place, name: string): Place {
    const { type } = place;
    if (type.kind === "map") return memberPlace(place, name, { type: type.value, isCertain: false });
    const field = type.kind === "object" ? type.field(name) : undefined;
    if (field === undefined)
      return this.#refuse(`objects of these kinds have no field ${name}, or its type is not known`);
    return memberPlace(place, name, field);
  }

  /** An element that is not there is null, while a list that is not there is an error. */
  #index(from: Query | undefined, index: number): Query {
    if (from?.kind !== "single" || from.place === undefined || from.type.kind !== "list" || index < 0)
      return this.#refuse("one element of a list that was worked out");
    const place = indexPlace(from.place, index, from.type.items);
    const there = relation(`size(${from.text})`, ">", String(index));
    return { kind: "single", type: place.type, text: valueOf(place), place, whenThere: there };
  }

  #literal(value: Value): Query {
    const inserted = typeof value === "string" ? this.#insertedText(value) : undefined;
    if (inserted !== undefined) return inserted;
    return constantQuery(value) ?? this.#refuse("a literal of this type has no counterpart yet");
  }

  /** A text into which others are put. */
  #insertedText(text: string): SingleQuery | undefined {
    const pieces = text.split(/(\uE000[0-9]+\uE001)/).filter((piece) => piece !== "");
    if (!pieces.some((piece) => this.#inserted.has(piece))) return undefined;
    const made = pieces.map((piece) => this.#inserted.get(piece) ?? (this.#literal(piece) as SingleQuery));
    const [only] = made;
    if (made.length === 1 && only !== undefined) return only;
    return { kind: "single", type: TEXT, text: `(${made.map((each) => each.text).join(" + ")})` };
  }

  #default(left: JmesNode, right: JmesNode, at: Query | undefined): Query {
    return defaultOf(this.query(left, at), () => this.query(right, at), this.#refuse);
  }

  /** What a pipe is fed with: for a length all that is empty is the same. */
  #pipeStart(left: JmesNode, right: JmesNode, at: Query | undefined): Query {
    const isLength = right.kind === "function" && right.name === "length";
    if (!isLength || left.kind !== "or" || left.right.kind !== "literal") return this.query(left, at);
    const { value } = left.right;
    const isEmpty = value === "" || (isValueObject(value) && Object.keys(value).length === 0);
    const from = this.query(left.left, at);
    const isList = from.kind === "list" || from.type.kind === "list";
    return isEmpty && isList ? emptyListFor(from, this.#refuse) : this.query(left, at);
  }

  /** A projection: `at` is the element it is about, inside another one. */
  #list(node: JmesNode, at: Query | undefined): Query {
    switch (node.kind) {
      case "flatten":
        return this.#elements(node.operand, at, true);
      case "projection": {
        const isFlat = node.left.kind === "flatten";
        const list = this.#elements(node.left.kind === "flatten" ? node.left.operand : node.left, at, isFlat);
        return this.#each(list, node.right);
      }
      case "filter-projection": {
        const list = this.#elements(node.left, at, false);
        if (list.next.kind !== "single") return this.#refuse("a filter of lists in lists");
        const condition = this.#condition(node.condition, list.next);
        return this.#each({ ...list, condition: and(list.condition, condition) }, node.right);
      }
      default:
        return this.#refuse(`a query with the part ${node.kind} is no list`);
    }
  }

  /** What a projection makes of each element. */
  #each(list: ListQuery, right: JmesNode): ListQuery {
    if (right.kind === "identity") return list;
    if (list.next.kind === "list") return { ...list, next: this.#each(list.next, right) };
    const { namesOf: _, ...others } = list;
    const next = this.query(right, list.next);
    const { place } = next;
    // What is missing in an element gives nothing.
    const isList = next.kind === "list" && place !== undefined && !isSure(place);
    return { ...others, next: isList ? { ...next, text: valueOr(place, next.namesOf ? "{}" : "[]") } : next };
  }

  /** The elements of what a node gives. */
  #elements(node: JmesNode, at: Query | undefined, flattens: boolean): ListQuery {
    if (flattens && node.kind === "subexpression" && node.right.kind === "multi-select-list") {
      return this.#several(this.query(node.left, at), node.right.items);
    }
    return this.#open(this.query(node, at), flattens);
  }

  #open(from: Query, flattens: boolean): ListQuery {
    if (from.kind === "list") {
      // Of lists in lists, those that are missing give nothing.
      if (!flattens) return from;
      const { next } = from;
      if (next.kind === "list") return { ...from, next: this.#open(next, flattens) };
      if (next.type.kind !== "list") return from;
      return { ...from, next: this.#openPlace(next, true) };
    }
    return this.#openPlace(from, false);
  }

  #openPlace(from: SingleQuery, mayMiss: boolean): ListQuery {
    const { place } = from;
    const opened = openList(from, this.#scope.taken) ?? this.#refuse("the elements of something that is no list");
    return mayMiss && place !== undefined && !isSure(place) ? { ...opened, text: valueOr(place, "[]") } : opened;
  }

  /** `[containers, initContainers][]`: those that are missing give nothing. */
  #several(parent: Query, items: readonly JmesNode[]): ListQuery {
    if (parent.kind !== "single" || parent.place === undefined) return this.#refuse("lists of several parts in lists");
    const { place: around } = parent;
    const places = items.map((item) =>
      item.kind === "field" ? this.#memberPlace(around, item.name) : this.#refuse("a part that is no field"),
    );
    const [first] = places;
    if (first === undefined || places.some(({ type }) => type.kind !== "list"))
      return this.#refuse("parts that are no lists");
    const types = places.map(({ type }) => (type.kind === "list" ? type.items : type));
    const containers = places.find(({ name }) => name === "containers") ?? first;
    const item = itemPlace(
      { ...containers, taken: new Set([...around.taken, ...this.#scope.taken]) },
      commonType(types),
    );
    const text = `(${places.map((place) => (isSure(place) ? place.base : valueOr(place, "[]"))).join(" + ")})`;
    return { kind: "list", text, item: item.base, condition: TRUE, next: single(item) };
  }

  /** A query as a condition; fields are those of `at` inside filters. */
  #condition(node: JmesNode, at: Query | undefined): CelText {
    switch (node.kind) {
      case "and":
        return and(this.#condition(node.left, at), this.#condition(node.right, at));
      case "or":
        return or(this.#condition(node.left, at), this.#condition(node.right, at));
      case "not":
        return not(this.#condition(node.operand, at));
      case "comparator":
        return compareQueries(
          this.#operand(node.left, at),
          SIGNS[node.operator],
          this.#operand(node.right, at),
          this.#refuse,
        );
      default:
        return this.#truth(this.#operand(node, at));
    }
  }

  /** What counts as true: true itself, and all that is there and not empty. */
  #truth(query: SingleQuery): CelText {
    const { type, text, place, constant } = query;
    if (constant !== undefined) return constantQuery(constant)?.isFull === true ? TRUE : not(TRUE);
    if (type.kind === "boolean" && place === undefined) return and(whenThere(query), atom(text));
    if (type.kind === "boolean" && place !== undefined) return relation(valueOr(place, "false"), "==", "true");
    if (place === undefined) return this.#refuse("a value stands where a condition should be");
    if (type.kind === "string") return relation(valueOr(place, "''"), "!=", "''");
    // An object that is there has members as a rule, but need not.
    if (type.kind === "list") return relation(`size(${valueOr(place, "[]")})`, ">", "0");
    if (type.kind === "map" || type.kind === "object") return relation(`size(${valueOr(place, "{}")})`, ">", "0");
    if (type.kind === "integer") return presence(place);
    return this.#refuse("a value stands where a condition should be");
  }

  #operand(node: JmesNode, at: Query | undefined): SingleQuery {
    const found = this.query(node, at);
    return found.kind === "single" ? found : this.#refuse("a list is compared");
  }

  #call(node: JmesNode & { readonly kind: "function" }, at: Query | undefined): Query {
    const args = node.args.map((arg) =>
      arg.kind === "expression-reference" ? this.#refuse("an expression as an argument") : this.query(arg, at),
    );
    return callFunction(node.name, args, { refuse: this.#refuse, taken: this.#scope.taken });
  }
}

/** As the object, in words that are left alone when others are rewritten; only its metadata is of a known type. */
function unrewritten({ base }: Place): Place {
  return rootPlace(`dyn(${base})`, typeOfKinds([], false));
}

/** A list at a place, element by element; undefined for what is none. */
export function openList({ place, type, text }: SingleQuery, taken: ReadonlySet<string>): ListQuery | undefined {
  if (type.kind !== "list" || place === undefined) return undefined;
  const item = itemPlace({ ...place, taken: new Set([...place.taken, ...taken]) }, type.items);
  return { kind: "list", text, item: item.base, condition: TRUE, next: single(item), place };
}

/** A place as a query: an error where there is nothing. */
export function single(place: Place): SingleQuery {
  return { kind: "single", type: place.type, text: valueOf(place), place };
}
