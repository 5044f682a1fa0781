import { AmapError } from "../../../base/index.ts";
import { type CelFunction, formatSignature } from "./function.ts";
import { STANDARD_LIBRARIES } from "./functions/table.ts";
import { type CelLibrary, MacroTable } from "./library.ts";
import type { CelType } from "./types.ts";
import { TYPE_NAMES } from "./values/kinds.ts";
import type { CelValue } from "./values/value.ts";

/** A variable that expressions may name. */
export interface CelVariable {
  readonly name: string;
  readonly type: CelType;
  /** Its place in {@link CelActivation.variables}. */
  readonly slot: number;
  /** Asked for through {@link CelActivation.lazy} each time it is used, and only then. */
  readonly lazy: boolean;
}

/** A type whose values expressions make: `Name{field: value}`. */
export interface CelMessageType {
  readonly type: CelType;
  /** Undefined for a name that is no field. */
  field(name: string): CelType | undefined;
  /** For suggestions; none where every name is a field. */
  readonly fieldNames: readonly string[];
  /** @throws {CelError} where a value is not of its field's type, which may not have been known before */
  make(fields: ReadonlyMap<string, CelValue>): CelValue;
}

/** Finds message types by their full names. */
export type CelMessages = (name: string) => CelMessageType | undefined;

/** What may be added to an environment. */
export interface CelDeclarations {
  /** Name → type. A name may be dotted (`variables.images`): the longest declared name wins. */
  readonly variables?: Readonly<Record<string, CelType>>;
  /** As `variables`, for those that are computed when they are used (they may load facts). */
  readonly lazyVariables?: Readonly<Record<string, CelType>>;
  /** Rows beside the libraries'. */
  readonly functions?: readonly CelFunction[];
  /** Message types, instead of those that were there. */
  readonly messages?: CelMessages;
}

/** What {@link createEnvironment} takes. */
export interface CelEnvironmentOptions extends CelDeclarations {
  /** {@link STANDARD_LIBRARIES} when left out. */
  readonly libraries?: readonly CelLibrary[];
  /**
   * A namespace: in `a.b`, the name `x` is `a.b.x`, else `a.x`, else `x` (cel-spec, name resolution). Empty when left
   * out.
   */
  readonly container?: string;
}

/** What expressions are compiled against: made once for a kind of policy, then shared. */
export interface CelEnvironment {
  readonly variables: ReadonlyMap<string, CelVariable>;
  /** Rows by name, functions and methods apart. */
  readonly functions: ReadonlyMap<string, readonly CelFunction[]>;
  readonly methods: ReadonlyMap<string, readonly CelFunction[]>;
  readonly macros: MacroTable;
  /** Names of types that expressions may use as values: the language's, and those that rows define. */
  readonly typeNames: ReadonlySet<string>;
  /** Undefined where expressions make no messages. */
  readonly messages: CelMessages | undefined;
  /** What may stand before a name, in the order it is tried; the last one is empty. */
  readonly prefixes: readonly string[];
  /**
   * An array for {@link CelActivation.variables} from values by name. Names that are not declared are a bug of the
   * caller; declared ones without a value stay undefined, and using them is an evaluation error.
   * @throws {AmapError} BUG
   */
  bind(values: Readonly<Record<string, CelValue>>): (CelValue | undefined)[];
  /**
   * This environment and more variables and functions; made much faster than a new one. Values bound for this one are
   * not bound for the other.
   * @throws {AmapError} BUG when a name or signature is there already
   */
  extend(declarations: CelDeclarations): CelEnvironment;
}

/**
 * The variables, functions and macros that expressions may use: those of the libraries, and the rows given. Two rows
 * with one signature are refused, so that no library can silently replace another's function.
 *
 * @throws {AmapError} BUG when a name is declared twice
 * @example
 * ```ts
 * import { celTypes, createEnvironment } from "../../index.ts";
 * const environment = createEnvironment({ variables: { object: celTypes.dyn } });
 * environment.variables.get("object")?.slot; // 0
 * environment.extend({ variables: { params: celTypes.dyn } }).variables.size; // 2
 * ```
 */
export function createEnvironment(options: CelEnvironmentOptions = {}): CelEnvironment {
  const libraries = options.libraries ?? STANDARD_LIBRARIES;
  const bare = new Environment({
    variables: new Map(),
    functions: new Map(),
    methods: new Map(),
    macros: new MacroTable(libraries.flatMap((library) => library.macros ?? [])),
    typeNames: new Set(TYPE_NAMES),
    messages: undefined,
    prefixes: prefixesOf(options.container ?? ""),
  });
  const functions = [...libraries.flatMap((library) => library.functions), ...(options.functions ?? [])];
  return bare.extend({ ...options, functions });
}

function prefixesOf(container: string): readonly string[] {
  const names = container === "" ? [] : container.split(".");
  return [...names.map((_, index) => `${names.slice(0, names.length - index).join(".")}.`), ""];
}

class Environment implements CelEnvironment {
  readonly variables: ReadonlyMap<string, CelVariable>;
  readonly functions: ReadonlyMap<string, readonly CelFunction[]>;
  readonly methods: ReadonlyMap<string, readonly CelFunction[]>;
  readonly macros: MacroTable;
  readonly typeNames: ReadonlySet<string>;
  readonly messages: CelMessages | undefined;
  readonly prefixes: readonly string[];

  constructor(parts: Omit<CelEnvironment, "bind" | "extend">) {
    this.variables = parts.variables;
    this.functions = parts.functions;
    this.methods = parts.methods;
    this.macros = parts.macros;
    this.typeNames = parts.typeNames;
    this.messages = parts.messages;
    this.prefixes = parts.prefixes;
  }

  bind(values: Readonly<Record<string, CelValue>>): (CelValue | undefined)[] {
    const slots = Array.from<CelValue | undefined>({ length: this.variables.size });
    for (const [name, value] of Object.entries(values)) {
      const variable = this.variables.get(name);
      if (variable === undefined) throw new AmapError("BUG", `the CEL variable ${name} is not declared`);
      slots[variable.slot] = value;
    }
    return slots;
  }

  extend(declarations: CelDeclarations): CelEnvironment {
    const { variables = {}, lazyVariables = {}, functions = [], messages = this.messages } = declarations;
    const declared = new Map(this.variables);
    declare(declared, variables, false);
    declare(declared, lazyVariables, true);
    const { macros, prefixes, typeNames } = this;
    if (functions.length === 0) {
      const same = { functions: this.functions, methods: this.methods };
      return new Environment({ ...same, variables: declared, macros, messages, prefixes, typeNames });
    }
    return new Environment({
      variables: declared,
      macros,
      messages,
      prefixes,
      functions: addRows(
        this.functions,
        functions.filter((row) => row.receiver === undefined),
      ),
      methods: addRows(
        this.methods,
        functions.filter((row) => row.receiver === true),
      ),
      typeNames: new Set([
        ...this.typeNames,
        ...functions.flatMap((row) => [row.result, ...row.args].flatMap(ownName)),
      ]),
    });
  }
}

function declare(into: Map<string, CelVariable>, types: Readonly<Record<string, CelType>>, lazy: boolean): void {
  for (const [name, type] of Object.entries(types)) {
    if (into.has(name)) throw new AmapError("BUG", `the CEL variable ${name} is declared twice`);
    into.set(name, { name, type, slot: into.size, lazy });
  }
}

/** Rows by name; those that were there before stay as they are. */
function addRows(
  before: ReadonlyMap<string, readonly CelFunction[]>,
  rows: readonly CelFunction[],
): ReadonlyMap<string, readonly CelFunction[]> {
  const result = new Map(before);
  for (const row of rows) {
    const overloads = result.get(row.name) ?? [];
    const signature = argumentsOf(row);
    if (overloads.some((other) => argumentsOf(other) === signature)) {
      throw new AmapError("BUG", `the CEL function ${signature} is in the table twice`);
    }
    result.set(row.name, [...overloads, row]);
  }
  return result;
}

/** The signature without the result: what must not be there twice. */
const argumentsOf = (row: CelFunction): string => formatSignature(row).replace(/ -> .*$/, "");

/** The name of a type that functions define. */
function ownName(type: CelType): readonly string[] {
  return type.kind === "opaque" ? [type.name] : [];
}
