import fc from "fast-check";
import { type CelEnvironment, type CelFunction, type CelType, celTypes, formatType } from "../policy/index.ts";
import { Choices } from "./cel-choices.ts";
import { chooseKeyType, chooseMember, chooseOrderedType, chooseText, chooseType, literalOf } from "./cel-literals.ts";
import { applyBindings, type Candidate, hintsOf, RowIndex, sameType } from "./cel-rows.ts";

const { bool, bytes, double, duration, dyn, int, string, timestamp, uint } = celTypes;

/** What expressions are generated from. */
export interface ExpressionShape {
  /** Its variables and functions are used, each by its declared types. */
  readonly environment: CelEnvironment;
  /**
   * No part is dyn: variables and functions of that type are left out, so that the checker knows every type. Otherwise
   * dyn parts stand wherever any type may.
   */
  readonly exact: boolean;
  /** Which functions are used; all when left out. Functions that load need facts to be answered. */
  readonly uses?: (row: CelFunction) => boolean;
  /** Which of them are used more often than the others. */
  readonly prefers?: (row: CelFunction) => boolean;
}

/** An expression that was generated and the type that it was meant to have. */
export interface GeneratedExpression {
  readonly source: string;
  readonly type: CelType;
}

interface Local {
  readonly name: string;
  readonly type: CelType;
}

type Scope = readonly Local[];
/** Source of one form, or undefined where it cannot be made. */
type Form = () => string | undefined;

const MAX_DEPTH = 5;

/** Generates sources out of choices; one maker serves any number of expressions. */
export class ExpressionMaker {
  readonly #rows: RowIndex;
  readonly #globals: Scope;
  readonly #exact: boolean;
  readonly #prefers: (row: CelFunction) => boolean;
  #choices = new Choices([]);
  /** Parts still to be made before one is made of another type than was wanted; negative for never. */
  #untilWrong = -1;

  constructor({ environment, exact, uses = () => true, prefers = () => false }: ExpressionShape) {
    this.#exact = exact;
    this.#prefers = prefers;
    this.#rows = new RowIndex(environment, exact, uses);
    this.#globals = [...environment.variables.values()].filter(({ type }) => !exact || !isDyn(type));
  }

  /** An expression of a type, or of a type that the choices choose. `wrongAt` makes one part of another type. */
  make(choices: Choices, wanted?: CelType, wrongAt = -1): GeneratedExpression {
    this.#choices = choices;
    this.#untilWrong = wrongAt;
    const type = wanted ?? this.#anyType();
    return { source: this.#make(type, this.#globals, MAX_DEPTH), type };
  }

  #anyType(): CelType {
    const names = this.#rows.opaqueTypes;
    if (names.length > 0 && this.#choices.oneIn(8)) return celTypes.opaque(this.#choices.pick(names) as string);
    return this.#choices.oneIn(4) ? bool : chooseType(this.#choices);
  }

  #make(wanted: CelType, scope: Scope, depth: number): string {
    const type = this.#untilWrong-- === 0 ? this.#otherType(wanted) : wanted;
    if (depth <= 0 || this.#choices.isSpent) return this.#leaf(type, scope);
    const forms: readonly [Form, ...Form[]] = [
      () => this.#leaf(type, scope),
      () => this.#ownForm(type, scope, depth - 1),
      () => this.#call(type, scope, depth - 1),
      () => this.#call(type, scope, depth - 1),
      () => this.#anyForm(type, scope, depth - 1),
    ];
    return this.#choices.pick(forms)() ?? this.#leaf(type, scope);
  }

  /** Never null: the checker takes it for a time (cel-go), which has no arithmetic with it. */
  #otherType(type: CelType): CelType {
    for (let tries = 0; tries < 8; tries++) {
      const other = chooseType(this.#choices, 1);
      if (!sameType(other, type) && !/\bnull_type\b/.test(formatType(other))) return other;
    }
    return sameType(type, string) ? bytes : string;
  }

  /** A variable or a field of one, or a literal. */
  #leaf(type: CelType, scope: Scope): string {
    if (!this.#choices.oneIn(3)) {
      const isDynTaken = !this.#exact && this.#choices.oneIn(4);
      const variables = this.#visible(scope).flatMap((local) =>
        isDyn(local.type) && !isDynTaken && !isDyn(type) ? [] : this.#paths(local, type, 2),
      );
      const variable = this.#choices.pick(variables);
      if (variable !== undefined) return variable;
    }
    return this.#literal(type) ?? this.#constructed(type, scope) ?? "null";
  }

  #literal(type: CelType): string | undefined {
    if (isDyn(type)) return this.#literal(this.#anyType());
    const literal = literalOf(type, this.#choices, this.#exact ? "typed" : "plain");
    // What follows a negative number belongs to it only in parentheses.
    return literal?.startsWith("-") ? `(${literal})` : literal;
  }

  /** A value of a type that functions define, out of leaves. */
  #constructed(type: CelType, scope: Scope): string | undefined {
    if (type.kind === "list") {
      const element = this.#constructed(type.element, scope);
      return element && `[${element}]`;
    }
    if (type.kind === "optional") {
      const value = this.#constructed(type.value, scope);
      return value && `optional.of(${value})`;
    }
    if (type.kind === "map") {
      const value = this.#constructed(type.value, scope);
      return value && `{${this.#leaf(type.key, scope)}: ${value}}`;
    }
    const found = this.#choices.pick(this.#rows.constructorsOf(type));
    return found && this.#written(found, scope, 0);
  }

  /** Later names hide earlier ones, and dotted names that begin with them. */
  #visible(scope: Scope): Scope {
    return scope.filter((local, index) => {
      const first = local.name.split(".")[0];
      return scope.findLastIndex(({ name }) => name === local.name || name === first) === index;
    });
  }

  #paths({ name, type }: Local, wanted: CelType, depth: number): readonly string[] {
    if (isDyn(type)) return this.#exact || this.#choices.oneIn(4) ? [name] : [`${name}${chooseMember(this.#choices)}`];
    if (sameType(type, wanted) || isDyn(wanted)) return [name];
    if (type.kind !== "object" || depth === 0) return [];
    return Array.from(type.fields(), ([field, fieldType]) => ({ name: `${name}.${field}`, type: fieldType })).flatMap(
      (path) => this.#paths(path, wanted, depth - 1),
    );
  }

  /** A new variable of a macro: a name of its own, or one that hides another. */
  #bind(type: CelType, scope: Scope): readonly [string, Scope] {
    const taken = this.#choices.oneIn(8) ? this.#choices.pick(scope)?.name.split(".")[0] : undefined;
    const name = taken ?? `v${scope.length - this.#globals.length}`;
    return [name, [...scope, { name, type }]];
  }

  /** A function that gives the type. */
  #call(type: CelType, scope: Scope, depth: number): string | undefined {
    const rows = this.#rows.of(type);
    const preferred = rows.filter(({ row }) => this.#prefers(row));
    const found = this.#choices.pick(preferred.length > 0 && !this.#choices.oneIn(4) ? preferred : rows);
    return found && this.#written(found, scope, depth);
  }

  #written({ row, bindings }: Candidate, scope: Scope, depth: number): string {
    const chosen = new Map(bindings);
    const parameter = (name: string): CelType => {
      const bound = chosen.get(name) ?? chooseType(this.#choices, 1);
      chosen.set(name, bound);
      return bound;
    };
    const hints = hintsOf(row);
    const args = row.args.map((declared) => {
      const type = applyBindings(declared, parameter);
      const isHinted = sameType(type, string) && hints.length > 0 && !this.#choices.oneIn(4);
      return isHinted ? chooseText(this.#choices, hints) : this.#make(this.#settled(type), scope, depth);
    });
    const [target = "", ...rest] = args;
    return row.receiver ? `${target}.${row.name}(${rest.join(", ")})` : `${row.name}(${args.join(", ")})`;
  }

  /** In exact expressions an argument that may be anything is of some exact type. */
  #settled(type: CelType): CelType {
    if (isDyn(type)) return this.#exact || this.#choices.oneIn(2) ? this.#anyType() : type;
    return this.#exact ? applyDyn(type, () => chooseType(this.#choices, 1)) : type;
  }

  /** Forms that give any type. */
  #anyForm(type: CelType, scope: Scope, depth: number): string | undefined {
    const choices = this.#choices;
    const part = (wanted: CelType, inner = scope): string => this.#make(wanted, inner, depth);
    const forms: readonly [Form, ...Form[]] = [
      () => `(${part(bool)} ? ${part(type)} : ${part(type)})`,
      () => `${part(celTypes.list(type))}[${part(int)}]`,
      () => {
        const key = chooseKeyType(choices);
        return `${part(celTypes.map(key, type))}[${part(key)}]`;
      },
      () => `${part(celTypes.map(string, type))}.${choices.pick(["a", "b", "`a`", "b_c"])}`,
      () => {
        const valueType = this.#anyType();
        const value = part(valueType);
        const [name, inner] = this.#bind(valueType, scope);
        return `cel.bind(${name}, ${value}, ${part(type, inner)})`;
      },
      () => `${part(celTypes.optional(type))}.orValue(${part(type)})`,
      () => `${part(celTypes.optional(type))}.value()`,
      () => `(${part(bool)} ? ${part(type)} : ${part(bool)} ? ${part(type)} : ${part(type)})`,
      () => (this.#exact ? undefined : `dyn(${part(type)})`),
      () => {
        const global = choices.pick(this.#globals.filter((each) => sameType(each.type, type)));
        return global && `.${global.name}`;
      },
    ];
    return choices.pick(forms)();
  }

  /** Operators and macros that give this type. */
  #ownForm(type: CelType, scope: Scope, depth: number): string | undefined {
    const part = (wanted: CelType, inner = scope): string => this.#make(wanted, inner, depth);
    switch (type.kind) {
      case "list":
        return this.#list(type.element, scope, depth);
      case "map":
        return this.#map(type.key, type.value, scope, depth);
      case "optional":
        return this.#optional(type.value, scope, depth);
      case "simple":
        if (sameType(type, bool)) return this.#bool(scope, depth);
        if (sameType(type, timestamp)) {
          return this.#choices.pick([
            () => `(${part(timestamp)} ${this.#choices.pick(["+", "-"])} ${part(duration)})`,
            () => `(${part(duration)} + ${part(timestamp)})`,
          ])();
        }
        if (sameType(type, duration) && this.#choices.oneIn(2)) return `(${part(timestamp)} - ${part(timestamp)})`;
        return this.#arithmetic(type, part);
      default:
        return undefined;
    }
  }

  #arithmetic(type: CelType, part: (type: CelType) => string): string | undefined {
    const operators = OPERATORS.find(([of]) => sameType(of, type))?.[1];
    if (operators === undefined) return undefined;
    const operator = this.#choices.pick(operators) as string;
    if (operator === "-x") return `(-${part(type)})`;
    const third = this.#choices.oneIn(4) ? ` ${operator} ${part(type)}` : "";
    return `(${part(type)} ${operator} ${part(type)}${third})`;
  }

  #bool(scope: Scope, depth: number): string | undefined {
    const choices = this.#choices;
    const part = (wanted: CelType, inner = scope): string => this.#make(wanted, inner, depth);
    const forms: readonly [Form, ...Form[]] = [
      () => {
        const operator = choices.pick(["&&", "||"]);
        const third = choices.oneIn(4) ? ` ${operator} ${part(bool)}` : "";
        return `(${part(bool)} ${operator} ${part(bool)}${third})`;
      },
      () => {
        const type = this.#anyType();
        return `(${part(type)} ${choices.pick(["==", "!="])} ${part(type)})`;
      },
      () => {
        const type = chooseOrderedType(choices);
        const other = NUMBERS.some((each) => sameType(each, type)) && choices.oneIn(3) ? choices.pick(NUMBERS) : type;
        return `(${part(type)} ${choices.pick(["<", "<=", ">", ">="])} ${part(other)})`;
      },
      () => `!${part(bool)}`,
      () => {
        const type = this.#anyType();
        return `(${part(type)} in ${part(celTypes.list(type))})`;
      },
      () => {
        const key = chooseKeyType(choices);
        return `(${part(key)} in ${part(celTypes.map(key, this.#anyType()))})`;
      },
      () => {
        const document = this.#exact ? undefined : choices.pick(this.#globals.filter(({ type }) => isDyn(type)));
        return document && `has(${document.name}${chooseMember(choices)}.${choices.pick(["a", "b", "items"])})`;
      },
      () => {
        const object = choices.pick(this.#visible(scope).filter(({ type }) => type.kind === "object"));
        if (object?.type.kind !== "object") return `has(${part(celTypes.map(string, this.#anyType()))}.a)`;
        return `has(${object.name}.${choices.pick([...object.type.fields().keys()])})`;
      },
      () => this.#over(scope, depth, choices.pick(["all", "exists", "exists_one", "existsOne"]), [bool]),
    ];
    return choices.pick(forms)();
  }

  /** A macro over a list or map, with one variable or two, and parts of these types that see them. */
  #over(scope: Scope, depth: number, macro: string, parts: readonly CelType[], form?: 1 | 2): string {
    const choices = this.#choices;
    const count = form ?? (choices.oneIn(3) ? 2 : 1);
    const element = this.#anyType();
    const key = chooseKeyType(choices);
    const isMap = choices.oneIn(3);
    const range = this.#make(isMap ? celTypes.map(key, element) : celTypes.list(element), scope, depth);
    const types = count === 2 ? [isMap ? key : int, element] : [isMap ? key : element];
    const names: string[] = [];
    let inner = scope;
    for (const type of types) {
      const [name, next] = this.#bind(type, inner);
      // Two variables of one macro have two names.
      names.push(names.includes(name) ? `${name}_` : name);
      inner = names.at(-1) === name ? next : [...inner, { name: `${name}_`, type }];
    }
    const written = parts.map((type) => this.#make(type, inner, depth));
    return `${range}.${macro}(${[...names, ...written].join(", ")})`;
  }

  #list(element: CelType, scope: Scope, depth: number): string | undefined {
    const choices = this.#choices;
    const list = celTypes.list(element);
    const part = (wanted: CelType, inner = scope): string => this.#make(wanted, inner, depth);
    const filtered = (): readonly CelType[] => (choices.oneIn(3) ? [bool, element] : [element]);
    const forms: readonly [Form, ...Form[]] = [
      () => `[${Array.from({ length: this.#count(4) }, () => part(element)).join(", ")}]`,
      () => `(${part(list)} + ${part(list)})`,
      () => this.#over(scope, depth, "map", filtered(), 1),
      () => {
        const [name, inner] = this.#bind(element, scope);
        return `${part(list)}.filter(${name}, ${part(bool, inner)})`;
      },
      () => this.#over(scope, depth, "transformList", filtered(), 2),
      () => {
        const [name, inner] = this.#bind(element, scope);
        return `${part(list)}.sortBy(${name}, ${part(chooseOrderedType(choices), inner)})`;
      },
      () => `[?${part(celTypes.optional(element))}, ${part(element)}]`,
    ];
    return choices.pick(forms)();
  }

  /** The number of a literal's members: one at least where the type of none would not be known. */
  #count(bound: number): number {
    return this.#exact ? 1 + this.#choices.next(bound - 1) : this.#choices.next(bound);
  }

  #map(key: CelType, value: CelType, scope: Scope, depth: number): string | undefined {
    const choices = this.#choices;
    const part = (wanted: CelType): string => this.#make(wanted, scope, depth);
    const entry = (): string => `${part(key)}: ${part(value)}`;
    const forms: readonly [Form, ...Form[]] = [
      () => `{${Array.from({ length: this.#count(3) }, entry).join(", ")}}`,
      () => `{?${part(key)}: ${part(celTypes.optional(value))}}`,
      () => this.#transformed(key, value, scope, depth),
      () => this.#over(scope, depth, "transformMapEntry", [celTypes.map(key, value)], 2),
    ];
    return choices.pick(forms)();
  }

  /** `transformMap` keeps the keys: of a list they are its indexes. */
  #transformed(key: CelType, value: CelType, scope: Scope, depth: number): string {
    const from = this.#anyType();
    const isList = sameType(key, int) && this.#choices.oneIn(2);
    const range = this.#make(isList ? celTypes.list(from) : celTypes.map(key, from), scope, depth);
    const [k, withKey] = this.#bind(key, scope);
    const v = `${k}_`;
    const inner = [...withKey, { name: v, type: from }];
    const predicate = this.#choices.oneIn(3) ? `${this.#make(bool, inner, depth)}, ` : "";
    return `${range}.transformMap(${k}, ${v}, ${predicate}${this.#make(value, inner, depth)})`;
  }

  #optional(value: CelType, scope: Scope, depth: number): string | undefined {
    const choices = this.#choices;
    const part = (wanted: CelType, inner = scope): string => this.#make(wanted, inner, depth);
    const forms: readonly [Form, ...Form[]] = [
      () => `optional.of(${part(value)})`,
      () => `${part(celTypes.list(value))}[?${part(int)}]`,
      () => `${part(celTypes.map(string, value))}.?${choices.pick(["a", "b", "`a`"])}`,
      () => {
        const key = chooseKeyType(choices);
        return `${part(celTypes.map(key, value))}[?${part(key)}]`;
      },
      () => {
        const from = this.#anyType();
        const [name, inner] = this.#bind(from, scope);
        const flat = choices.oneIn(2);
        const body = part(flat ? celTypes.optional(value) : value, inner);
        return `${part(celTypes.optional(from))}.${flat ? "optFlatMap" : "optMap"}(${name}, ${body})`;
      },
      () => `${part(celTypes.optional(celTypes.map(string, value)))}.?a`,
    ];
    return choices.pick(forms)();
  }
}

const NUMBERS: readonly [CelType, ...CelType[]] = [int, double, uint];
const OPERATORS: readonly (readonly [CelType, readonly string[]])[] = [
  [int, ["+", "-", "*", "/", "%", "-x"]],
  [uint, ["+", "-", "*", "/", "%"]],
  [double, ["+", "-", "*", "/", "-x"]],
  [string, ["+"]],
  [bytes, ["+"]],
  [duration, ["+", "-"]],
];

function isDyn(type: CelType): boolean {
  return sameType(type, dyn);
}

/** A type with each dyn within it replaced. */
function applyDyn(type: CelType, choose: () => CelType): CelType {
  switch (type.kind) {
    case "list":
      return celTypes.list(applyDyn(type.element, choose));
    case "map":
      return celTypes.map(isDyn(type.key) ? string : type.key, applyDyn(type.value, choose));
    case "optional":
      return celTypes.optional(applyDyn(type.value, choose));
    default:
      return isDyn(type) ? choose() : type;
  }
}

/** The numbers that generators choose by. */
export function choiceNumbers(maxLength = 120): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.nat({ max: 0xffff }), { maxLength, size: "max" });
}
