import { nearestName } from "../../../resource/nearest-name.ts";
import type { CelEnvironment, CelMessageType, CelVariable } from "../environment.ts";
import type { CelFunction } from "../function.ts";
import { formatSignature } from "../function.ts";
import { escapeFieldName } from "../kubernetes/field-names.ts";
import type { CelMacro } from "../library.ts";
import type { AstNode, CallNode, IdentifierNode, PresenceNode, SelectNode } from "../syntax/ast.ts";
import { dottedName } from "../syntax/dotted-name.ts";
import { type CelType, celTypes, formatType } from "../types.ts";

/** What a name stands for that is no macro's variable. */
export type NameReference =
  | { readonly kind: "variable"; readonly variable: CelVariable }
  /** The name of a type as a value: `type(x) == int`. */
  | { readonly kind: "type"; readonly name: string; readonly type: CelType };

/** The rows of a call by name, form and number of arguments; without rows, why there are none. */
export interface ResolvedCall {
  readonly rows: readonly CelFunction[];
  /** The object of a method first. */
  readonly args: readonly AstNode[];
  readonly refusal: string;
}

const { bool, bytes, double, duration, dyn, int, list, map, optional, string, timestamp, typeOf, uint } = celTypes;

const NAMED_TYPES: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ...[celTypes.null, bool, int, uint, double, string, bytes, timestamp, duration].map(
    (type) => [formatType(type), type] as const,
  ),
  ["list", list(dyn)],
  ["map", map(dyn, dyn)],
  ["optional_type", optional(dyn)],
  ["type", typeOf()],
]);

/** The type that a type's name as `type(x)` shows it stands for. */
export function typeOfName(name: string): CelType {
  return NAMED_TYPES.get(name) ?? celTypes.opaque(name);
}

/** Finds what names of variables, types and functions stand for (cel-spec, name resolution), and words what is wrong. */
export class Resolver {
  readonly #environment: CelEnvironment;

  constructor(environment: CelEnvironment) {
    this.#environment = environment;
  }

  /** A dotted name that is declared as a whole (`x`, `variables.images`, `google.protobuf.Timestamp`). */
  name(
    node: IdentifierNode | SelectNode | PresenceNode,
    isLocal: (name: string) => boolean,
  ): NameReference | undefined {
    const name = node.kind === "presence" ? presenceName(node) : dottedName(node);
    if (name === undefined) return undefined;
    if (name.startsWith(".")) return this.#global(name.slice(1));
    if (isLocal(firstOf(name))) return undefined;
    for (const prefix of this.#environment.prefixes) {
      const reference = this.#global(`${prefix}${name}`);
      if (reference !== undefined) return reference;
    }
    return undefined;
  }

  #global(name: string): NameReference | undefined {
    const variable = this.#environment.variables.get(name);
    if (variable !== undefined) return { kind: "variable", variable };
    return this.#environment.typeNames.has(name) ? { kind: "type", name, type: typeOfName(name) } : undefined;
  }

  /** Whether expressions may make messages at all. */
  get hasMessages(): boolean {
    return this.#environment.messages !== undefined;
  }

  /** The type of `Name{…}`, looked for from the container outwards. */
  message(name: string): CelMessageType | undefined {
    const { messages, prefixes } = this.#environment;
    if (name.startsWith(".")) return messages?.(name.slice(1));
    for (const prefix of prefixes) {
      const message = messages?.(`${prefix}${name}`);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  undeclared(name: string): string {
    const names = [...this.#environment.variables.keys()];
    const members = names.filter((each) => each.startsWith(`${name}.`));
    if (members.length > 0) {
      return `there is no variable of this name; declared are ${members.slice(0, 20).join(", ")}`;
    }
    return `there is no variable ${name}${suggestion(name, names)}`;
  }

  unknownField(type: string, field: string, fields: readonly string[]): string {
    const escaped = fields.find((name) => name !== field && escapeFieldName(name) === field);
    const hint = escaped === undefined ? suggestion(field, fields) : `; write .\`${escaped}\``;
    return `${type} has no field ${field}${hint}`;
  }

  noOverload(rows: readonly CelFunction[], types: readonly string[]): string {
    const signatures = rows.map(formatSignature).join("; ");
    return `no such overload: ${rows[0]?.name} for ${types.join(", ")}: there is ${signatures}`;
  }

  /** `f(…)`, `namespace.f(…)` and `target.f(…)`. */
  call(node: CallNode, isLocal: (name: string) => boolean): ResolvedCall {
    const { functions, methods } = this.#environment;
    if (node.target === undefined) {
      const name = this.#qualified(node.name) ?? node.name;
      return this.#ofCount(node, name, functions, node.args);
    }
    const namespace = dottedName(node.target);
    if (namespace !== undefined && !isLocal(firstOf(namespace))) {
      const qualified = this.#qualified(`${namespace}.${node.name}`);
      if (qualified !== undefined) return this.#ofCount(node, qualified, functions, node.args);
      const refusal = this.#namespaceRefusal(node, namespace);
      if (refusal !== undefined) return { rows: [], args: node.args, refusal };
    }
    return this.#ofCount(node, node.name, methods, [node.target, ...node.args]);
  }

  /** The name of a function as it is declared, looked for from the container outwards. */
  #qualified(name: string): string | undefined {
    const { functions, prefixes } = this.#environment;
    if (name.startsWith(".")) return functions.has(name.slice(1)) ? name.slice(1) : undefined;
    return prefixes.map((prefix) => `${prefix}${name}`).find((each) => functions.has(each));
  }

  /** A namespace of functions that lacks this one: "no such variable" would not help. */
  #namespaceRefusal(node: CallNode, namespace: string): string | undefined {
    const { functions, variables, methods, macros } = this.#environment;
    const name = `${namespace}.${node.name}`;
    const macro = macros.countsOf(name, "function");
    if (macro.length > 0) return wrongCount(name, macro);
    if (variables.has(firstOf(namespace)) || variables.has(namespace)) return undefined;
    const members = [...functions.keys(), ...macros.names("function")].filter((each) =>
      each.startsWith(`${namespace}.`),
    );
    if (members.length === 0 || (methods.has(node.name) && variables.has(namespace))) return undefined;
    return `there is no function ${name}${suggestion(name, members)}`;
  }

  #ofCount(
    node: CallNode,
    name: string,
    table: ReadonlyMap<string, readonly CelFunction[]>,
    args: readonly AstNode[],
  ): ResolvedCall {
    const all = table.get(name) ?? [];
    const rows = all.filter((row) => row.args.length === args.length);
    if (rows.length > 0) return { rows, args, refusal: "" };
    if (all.length === 0) return { rows, args, refusal: this.#unknownFunction(node, name) };
    const signatures = all.map(formatSignature).join("; ");
    return { rows, args, refusal: `wrong number of arguments for ${name}: there is ${signatures}` };
  }

  #unknownFunction(node: CallNode, name: string): string {
    const { functions, methods, macros } = this.#environment;
    const isMethod = node.target !== undefined;
    const form = isMethod ? "method" : "function";
    const counts = macros.countsOf(name, form);
    if (counts.length > 0) return wrongCount(name, counts);
    if (isMethod && functions.has(name)) return `${name} is a function, not a method: write ${name}(…)`;
    if (!isMethod && (methods.has(name) || macros.countsOf(name, "method").length > 0)) {
      return `${name} is a method: write x.${name}(…)`;
    }
    const names = [...(isMethod ? methods : functions).keys(), ...macros.names(form)];
    return `there is no ${form} ${name}${suggestion(name, names)}`;
  }
}

function wrongCount(name: string, counts: readonly CelMacro["counts"][]): string {
  const texts = counts.flatMap((each) => ("atLeast" in each ? [`${each.atLeast} or more`] : each.map(String)));
  return `wrong number of arguments for the macro ${name}: it takes ${[...new Set(texts)].join(" or ")}`;
}

function presenceName({ operand, field, quoted }: PresenceNode): string | undefined {
  const name = quoted ? undefined : dottedName(operand);
  return name === undefined ? undefined : `${name}.${field}`;
}

const firstOf = (name: string): string => name.split(".")[0] as string;

/** `; did you mean x?` or nothing. */
function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearestName(name, candidates);
  return near === undefined ? "" : `; did you mean ${near}?`;
}
