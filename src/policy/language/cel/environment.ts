import { AmapError } from "../../../base/index.ts";
import { type CelFunction, formatSignature } from "./function.ts";
import { STANDARD_FUNCTIONS } from "./functions/table.ts";
import type { CelType } from "./types.ts";
import type { CelValue } from "./value.ts";

/** A variable that expressions may name. */
export interface CelVariable {
  readonly name: string;
  readonly type: CelType;
  /** Its place in {@link CelActivation.variables}. */
  readonly slot: number;
  /** Asked for through {@link CelActivation.lazy} each time it is used, and only then. */
  readonly lazy: boolean;
}

/** What {@link createEnvironment} takes. */
export interface CelEnvironmentOptions {
  /** Name → type. A name may be dotted (`variables.images`): the longest declared name wins. */
  readonly variables?: Readonly<Record<string, CelType>>;
  /** As `variables`, for those that are computed when they are used (they may load facts). */
  readonly lazyVariables?: Readonly<Record<string, CelType>>;
  /** Rows beside the standard library's. */
  readonly functions?: readonly CelFunction[];
}

/** What expressions are compiled against: made once for a kind of policy, then shared. */
export interface CelEnvironment {
  readonly variables: ReadonlyMap<string, CelVariable>;
  /** Rows by name, functions and methods apart. */
  readonly functions: ReadonlyMap<string, readonly CelFunction[]>;
  readonly methods: ReadonlyMap<string, readonly CelFunction[]>;
  /**
   * An array for {@link CelActivation.variables} from values by name. Names that are not declared are a bug of the
   * caller; declared ones without a value stay undefined, and using them is an evaluation error.
   * @throws {AmapError} BUG
   */
  bind(values: Readonly<Record<string, CelValue>>): (CelValue | undefined)[];
}

/**
 * The variables and functions that expressions may use: the standard library and the rows given. Two rows with one
 * signature are refused, so that no library can silently replace another's function.
 *
 * @throws {AmapError} BUG when a name is declared twice
 * @example
 * ```ts
 * import { celTypes, createEnvironment } from "../../index.ts";
 * const environment = createEnvironment({ variables: { object: celTypes.dyn } });
 * environment.variables.get("object")?.slot; // 0
 * ```
 */
export function createEnvironment(options: CelEnvironmentOptions = {}): CelEnvironment {
  const variables = new Map<string, CelVariable>();
  declare(variables, options.variables ?? {}, false);
  declare(variables, options.lazyVariables ?? {}, true);
  const rows = [...STANDARD_FUNCTIONS, ...(options.functions ?? [])];
  refuseDuplicates(rows);
  return {
    variables,
    functions: byName(rows.filter((row) => row.receiver === undefined)),
    methods: byName(rows.filter((row) => row.receiver === true)),
    bind: (values) => bindVariables(variables, values),
  };
}

function declare(into: Map<string, CelVariable>, types: Readonly<Record<string, CelType>>, lazy: boolean): void {
  for (const [name, type] of Object.entries(types)) {
    if (into.has(name)) throw new AmapError("BUG", `the CEL variable ${name} is declared twice`);
    into.set(name, { name, type, slot: into.size, lazy });
  }
}

function refuseDuplicates(rows: readonly CelFunction[]): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const signature = formatSignature(row).replace(/ -> .*$/, "");
    if (seen.has(signature)) throw new AmapError("BUG", `the CEL function ${signature} is in the table twice`);
    seen.add(signature);
  }
}

function byName(rows: readonly CelFunction[]): ReadonlyMap<string, readonly CelFunction[]> {
  const result = new Map<string, CelFunction[]>();
  for (const row of rows) {
    const overloads = result.get(row.name);
    if (overloads === undefined) result.set(row.name, [row]);
    else overloads.push(row);
  }
  return result;
}

function bindVariables(
  variables: ReadonlyMap<string, CelVariable>,
  values: Readonly<Record<string, CelValue>>,
): (CelValue | undefined)[] {
  const slots = Array.from<CelValue | undefined>({ length: variables.size });
  for (const [name, value] of Object.entries(values)) {
    const variable = variables.get(name);
    if (variable === undefined) throw new AmapError("BUG", `the CEL variable ${name} is not declared`);
    slots[variable.slot] = value;
  }
  return slots;
}
