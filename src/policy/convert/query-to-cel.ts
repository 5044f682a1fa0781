import { isValueObject, type Value } from "../../base/index.ts";
import type { JmesNode } from "../language/jmespath/syntax/ast.ts";
import { parseJmesPath } from "../language/jmespath/syntax/parser.ts";
import { and, atom, type CelText, not, or, quote, relation, TRUE, within } from "./cel-text.ts";
import { type FieldType, TEXT, typeOfKinds } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { isSure, itemPlace, memberPlace, type Place, presence, rootPlace, valueOf, valueOr } from "./place.ts";
import { type ListQuery, type Query, type SingleQuery, sizeOf, someElement } from "./query.ts";

/** What queries may name. */
export interface QueryScope {
  /** `request.object`: its name in CEL and its type. */
  readonly object: Place;
  /** Undefined where there is none. */
  readonly oldObject: Place | undefined;
  /** `request.operation`. */
  readonly operation: string;
  /** `element` and variables of the rule's context. */
  readonly names: { readonly get: (name: string) => Query | undefined };
  readonly taken: ReadonlySet<string>;
}

const BOOLEAN: FieldType = { kind: "boolean" };
const INTEGER: FieldType = { kind: "integer" };

/** A query in JMESPath. It throws NotConvertible. */
export function convertQuery(source: string, scope: QueryScope, path: string): Query {
  // Written so, a path leads into the object itself also where the rule is extended to the controllers of Pods.
  const own = /"(?:object|spec|metadata)"/.test(source) ? { ...scope, object: unrewritten(scope.object) } : scope;
  return new Converter(own, path).top(parseJmesPath(source));
}

class Converter {
  readonly #scope: QueryScope;
  readonly #path: string;

  constructor(scope: QueryScope, path: string) {
    this.#scope = scope;
    this.#path = path;
  }

  refuse(reason: string): never {
    throw new NotConvertible(this.#path, reason);
  }

  top(node: JmesNode): Query {
    switch (node.kind) {
      case "field":
        return this.#name(node.name);
      case "subexpression":
        return this.#subexpression(node.left, node.right);
      case "literal":
        return this.#literal(node.value);
      case "or":
        return this.#default(node.left, node.right);
      case "and":
      case "not":
      case "comparator":
        return this.#bool(this.#condition(node, undefined));
      case "projection":
      case "filter-projection":
      case "flatten":
        return this.#list(node, undefined);
      case "function":
        return this.#call(node.name, node.args, undefined);
      default:
        return this.refuse(`a query with the part ${node.kind} has no counterpart yet`);
    }
  }

  #bool({ text, level }: CelText): SingleQuery {
    return { kind: "single", type: BOOLEAN, text: within({ text, level }, "atom") };
  }

  #name(name: string): Query {
    const known = this.#scope.names.get(name);
    if (known !== undefined) return known;
    return this.refuse(`the variable ${name} has no counterpart`);
  }

  /** Fields of the request that CEL has too. */
  #subexpression(left: JmesNode, right: JmesNode): Query {
    if (left.kind === "field" && left.name === "request" && right.kind === "field") {
      switch (right.name) {
        case "object":
          return single(this.#scope.object);
        case "oldObject":
          return this.#scope.oldObject === undefined
            ? this.refuse("the object before an update has none before it")
            : single(this.#scope.oldObject);
        case "operation":
          return { kind: "single", type: TEXT, text: this.#scope.operation };
        case "userInfo":
          return single(rootPlace("request.userInfo", USER_INFO));
        case "namespace":
        case "name":
          return single({ ...rootPlace("request", TEXT), optional: [`.?${right.name}`] });
        default:
          return this.refuse(`request.${right.name} has no counterpart`);
      }
    }
    return this.#step(this.top(left), right);
  }

  #step(from: Query, node: JmesNode): Query {
    if (from.kind === "list") return { ...from, next: this.#step(from.next, node) };
    if (node.kind === "field") {
      const { place } = from;
      if (place === undefined) return this.refuse("a member is taken of a value that was worked out");
      return single(this.#member(place, node.name));
    }
    if (node.kind === "subexpression") return this.#step(this.#step(from, node.left), node.right);
    if (node.kind === "identity" || node.kind === "current") return from;
    if (node.kind === "multi-select-list") return this.refuse("a list of several parts is not flattened");
    return this.refuse(`a query with the part ${node.kind} has no counterpart here`);
  }

  #member(place: Place, name: string): Place {
    const { type } = place;
    if (type.kind === "map") return memberPlace(place, name, { type: type.value, isCertain: false });
    const field = type.kind === "object" ? type.field(name) : undefined;
    if (field === undefined)
      return this.refuse(`objects of these kinds have no field ${name}, or its type is not known`);
    return memberPlace(place, name, field);
  }

  #literal(value: Value): Query {
    if (typeof value === "string") return { kind: "single", type: TEXT, text: quote(value) };
    if (typeof value === "boolean") return { kind: "single", type: BOOLEAN, text: String(value) };
    if (typeof value === "number" && Number.isInteger(value))
      return { kind: "single", type: INTEGER, text: String(value) };
    return this.refuse("a literal of this type has no counterpart yet");
  }

  /** `a || b`, where b is what the type has for nothing: what counts as nothing in JMESPath is just that, too. */
  #default(left: JmesNode, right: JmesNode): Query {
    if (right.kind === "literal" && Array.isArray(right.value) && right.value.length === 0)
      return this.#listOrEmpty(left);
    const from = this.top(left);
    if (right.kind !== "literal") return this.refuse("a default that is no literal has no counterpart yet");
    if (from.kind === "list" || from.place === undefined) return this.refuse("the default of a worked out value");
    const { type, place } = from;
    const { value } = right;
    if (isValueObject(value) && Object.keys(value).length === 0 && (type.kind === "map" || type.kind === "object")) {
      return { ...from, text: valueOr(place, "{}") };
    }
    const isZero =
      (type.kind === "string" && value === "") ||
      (type.kind === "boolean" && value === false) ||
      (type.kind === "integer" && typeof value === "number" && Number.isInteger(value));
    if (!isZero)
      return this.refuse(
        `the default ${JSON.stringify(value) ?? ""} is of another type than the field, or stands for an empty one too`,
      );
    const literal = typeof value === "string" ? quote(value) : String(value);
    return { kind: "single", type, text: valueOr(place, literal) };
  }

  #listOrEmpty(node: JmesNode): Query {
    const from = this.top(node);
    if (from.kind === "single") {
      const { place, type } = from;
      if (place === undefined || type.kind !== "list")
        return this.refuse("the default [] stands beside something that is no list");
      return { ...from, text: valueOr(place, "[]") };
    }
    return from.place === undefined ? from : { ...from, text: valueOr(from.place, "[]") };
  }

  /** A projection: `base` is the element it is about, inside another one. */
  #list(node: JmesNode, base: Query | undefined): Query {
    switch (node.kind) {
      case "flatten":
        return this.#elements(node.operand, base, true);
      case "projection": {
        const list =
          node.left.kind === "flatten"
            ? this.#elements(node.left.operand, base, true)
            : this.#elements(node.left, base, false);
        return this.#step(list, node.right);
      }
      case "filter-projection": {
        const list = this.#elements(node.left, base, false);
        if (list.kind !== "list" || list.next.kind !== "single") return this.refuse("a filter of lists in lists");
        const { next } = list;
        const condition = this.#condition(node.condition, next);
        return this.#step({ ...list, condition: and(list.condition, condition) }, node.right);
      }
      default:
        return this.refuse(`a query with the part ${node.kind} is no list`);
    }
  }

  /** The elements of what a node gives. */
  #elements(node: JmesNode, base: Query | undefined, flattens: boolean): ListQuery {
    if (flattens && node.kind === "subexpression" && node.right.kind === "multi-select-list") {
      const parent = base === undefined ? this.top(node.left) : this.#step(base, node.left);
      return this.#several(parent, node.right.items);
    }
    const from = this.#listSource(node, base);
    return this.#open(from, flattens);
  }

  #listSource(node: JmesNode, base: Query | undefined): Query {
    if (node.kind === "projection" || node.kind === "filter-projection" || node.kind === "flatten")
      return this.#list(node, base);
    if (base !== undefined) return this.#step(base, node);
    return this.top(node);
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

  #openPlace({ place, type, text }: SingleQuery, mayMiss: boolean): ListQuery {
    if (type.kind !== "list" || place === undefined)
      return this.refuse("the elements of something that is no list are taken");
    const item = itemPlace({ ...place, taken: new Set([...place.taken, ...this.#scope.taken]) }, type.items);
    const list = mayMiss && !isSure(place) ? valueOr(place, "[]") : text;
    return { kind: "list", text: list, item: item.base, condition: TRUE, next: elementOf(item), place };
  }

  /** `[containers, initContainers][]`: those that are missing give nothing. */
  #several(parent: Query, items: readonly JmesNode[]): ListQuery {
    if (parent.kind !== "single" || parent.place === undefined) return this.refuse("lists of several parts in lists");
    const { place: around } = parent;
    const places = items.map((item) =>
      item.kind === "field" ? this.#member(around, item.name) : this.refuse("a part that is no field"),
    );
    const [first] = places;
    if (first === undefined || places.some(({ type }) => type.kind !== "list"))
      return this.refuse("parts that are no lists");
    const types = places.map(({ type }) => (type.kind === "list" ? type.items : type));
    const containers = places.find(({ name }) => name === "containers") ?? first;
    const item = itemPlace(
      { ...containers, taken: new Set([...around.taken, ...this.#scope.taken]) },
      commonType(types),
    );
    const text = `(${places.map((place) => (isSure(place) ? place.base : valueOr(place, "[]"))).join(" + ")})`;
    return { kind: "list", text, item: item.base, condition: TRUE, next: elementOf(item) };
  }

  /** A query as a condition; fields are those of `base` inside filters. */
  #condition(node: JmesNode, base: SingleQuery | undefined): CelText {
    switch (node.kind) {
      case "and":
        return and(this.#condition(node.left, base), this.#condition(node.right, base));
      case "or":
        return or(this.#condition(node.left, base), this.#condition(node.right, base));
      case "not":
        return not(this.#condition(node.operand, base));
      case "comparator": {
        const sign = SIGNS[node.operator];
        return this.#compare(this.#operand(node.left, base), sign, this.#operand(node.right, base));
      }
      case "function": {
        const called = this.#call(node.name, node.args, base);
        if (called.type.kind === "boolean") return atom(called.text);
        return this.refuse("a value stands where a condition should be");
      }
      default: {
        const from = this.#operand(node, base);
        if (from.type.kind !== "boolean" || from.place === undefined)
          return this.refuse("a value stands where a condition should be");
        return relation(valueOr(from.place, "false"), "==", "true");
      }
    }
  }

  #operand(node: JmesNode, base: SingleQuery | undefined): SingleQuery {
    if (base === undefined || node.kind === "literal") {
      const found = this.top(node);
      return found.kind === "single" ? found : this.refuse("a list is compared");
    }
    if (node.kind === "function") return this.#call(node.name, node.args, base);
    const found = this.#step(base, node);
    return found.kind === "single" ? found : this.refuse("a list is compared");
  }

  /** A missing value equals nothing but null, and is in no order. */
  #compare(left: SingleQuery, sign: string, right: SingleQuery): CelText {
    if (left.type.kind !== right.type.kind || !["string", "boolean", "integer"].includes(left.type.kind)) {
      return this.refuse("values of different types are compared");
    }
    if (left.type.kind !== "integer" && sign !== "==" && sign !== "!=")
      return this.refuse("texts are compared by their order");
    const places = [left.place, right.place].filter((place) => place !== undefined && !isSure(place));
    if (places.length === 0) return relation(left.text, sign, right.text);
    if (places.length > 1) return this.refuse("two values that may be missing are compared");
    const there = and(...places.map((place) => presence(place as Place)));
    const compared = relation(left.text, sign, right.text);
    return sign === "!=" ? or(not(there), compared) : and(there, compared);
  }

  #call(name: string, args: readonly JmesNode[], base: SingleQuery | undefined): SingleQuery {
    const [first, second] = args;
    if (first === undefined) return this.refuse(`the function ${name} has no counterpart`);
    switch (name) {
      case "length":
        return this.#length(base === undefined ? this.top(first) : this.#step(base, first));
      case "starts_with":
      case "ends_with":
      case "contains":
        return this.#search(name, this.#argument(first, base), this.#argument(second, base));
      case "regex_match": {
        const [pattern, value] = [this.#argument(first, base), this.#argument(second, base)];
        if (pattern.kind !== "single" || value.kind !== "single") return this.refuse("regex_match of a list");
        if (first.kind !== "literal" || value.type.kind !== "string")
          return this.refuse("regex_match of something that is no text");
        return { kind: "single", type: BOOLEAN, text: `${value.text}.matches(${pattern.text})` };
      }
      default:
        return this.refuse(`the function ${name} has no counterpart yet`);
    }
  }

  #argument(node: JmesNode | undefined, base: SingleQuery | undefined): Query {
    if (node === undefined) return this.refuse("an argument is missing");
    if (base === undefined || node.kind === "literal") return this.top(node);
    return this.#step(base, node);
  }

  #length(query: Query): SingleQuery {
    const text =
      query.kind === "list"
        ? sizeOf(query)
        : ["list", "map", "string"].includes(query.type.kind)
          ? `size(${query.text})`
          : undefined;
    if (text === undefined) return this.refuse("the length of this has no counterpart");
    return { kind: "single", type: INTEGER, text };
  }

  #search(name: string, subject: Query, wanted: Query): SingleQuery {
    if (wanted.kind !== "single" || wanted.type.kind !== "string")
      return this.refuse(`${name} of something that is no text`);
    if (subject.kind === "list" && name === "contains") {
      const found = someElement(subject, (element) =>
        element.type.kind === "string"
          ? relation(element.text, "==", wanted.text)
          : this.refuse("contains of a list that does not hold texts"),
      );
      return { kind: "single", type: BOOLEAN, text: found.text };
    }
    if (subject.kind !== "single") return this.refuse(`${name} of a list`);
    if (subject.type.kind === "list" && subject.type.items.kind === "string" && name === "contains") {
      return { kind: "single", type: BOOLEAN, text: `(${wanted.text} in ${subject.text})` };
    }
    if (subject.type.kind !== "string") return this.refuse(`${name} of something that is no text`);
    const method = { starts_with: "startsWith", ends_with: "endsWith", contains: "contains" }[name] as string;
    return { kind: "single", type: BOOLEAN, text: `${subject.text}.${method}(${wanted.text})` };
  }
}

const SIGNS = { tEQ: "==", tNE: "!=", tLT: "<", tLTE: "<=", tGT: ">", tGTE: ">=" } as const;

const USER_INFO: FieldType = {
  kind: "object",
  isAtomic: false,
  field: (name) =>
    name === "username"
      ? { type: TEXT, isCertain: false }
      : name === "groups"
        ? { type: { kind: "list", items: TEXT, isAtomic: true }, isCertain: false }
        : undefined,
};

/** As the object, in words that are left alone when others are rewritten; only its metadata is of a known type. */
function unrewritten({ base }: Place): Place {
  return rootPlace(`dyn(${base})`, typeOfKinds([], false));
}

/** A place as a query: an error where there is nothing. */
export function single(place: Place): SingleQuery {
  return { kind: "single", type: place.type, text: valueOf(place), place };
}

const elementOf = single;

/** Fields that all of several types have, with the same type; certain where they are so in all. */
function commonType(types: readonly FieldType[]): FieldType {
  const [first] = types;
  if (first === undefined) return { kind: "unknown" };
  if (types.every(({ kind }) => kind !== "object"))
    return types.every(({ kind }) => kind === first.kind) ? first : { kind: "unknown" };
  return {
    kind: "object",
    isAtomic: false,
    field: (name) => {
      const fields = types.map((type) => (type.kind === "object" ? type.field(name) : undefined));
      const found = fields.filter((field) => field !== undefined);
      const [one] = found;
      if (one === undefined) return undefined;
      const type = commonType(found.map((field) => field.type));
      return { type, isCertain: found.length === types.length && found.every((field) => field.isCertain) };
    },
  };
}
