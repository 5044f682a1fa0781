import { type CelEnvironment, type CelFunction, type CelType, celTypes, formatType } from "../policy/index.ts";

/** What the parameters of a row stand for in one use of it. */
export type Bindings = ReadonlyMap<string, CelType>;

/** A row that can give a wanted type, and what its parameters stand for then. */
export interface Candidate {
  readonly row: CelFunction;
  readonly bindings: Bindings;
}

const isDyn = (type: CelType): boolean => type.kind === "simple" && type.name === "dyn";

/** Whether values of a row's result may be of any type, whatever its arguments are. */
function isVague(row: CelFunction): boolean {
  const parameters = (type: CelType): readonly string[] => formatType(type).match(/\b[A-Z]\b/g) ?? [];
  const given = new Set(row.args.flatMap(parameters));
  return mentionsDyn(row.result) || parameters(row.result).some((name) => !given.has(name));
}

/** Whether dyn stands anywhere in a type. */
export function mentionsDyn(type: CelType): boolean {
  switch (type.kind) {
    case "list":
      return mentionsDyn(type.element);
    case "map":
      return mentionsDyn(type.key) || mentionsDyn(type.value);
    case "optional":
      return mentionsDyn(type.value);
    default:
      return isDyn(type);
  }
}

export function sameType(left: CelType, right: CelType): boolean {
  return formatType(left) === formatType(right);
}

/** Makes `declared` the wanted type by its parameters; false where it is another type. */
function unify(declared: CelType, wanted: CelType, bindings: Map<string, CelType>): boolean {
  if (declared.kind === "parameter") {
    const bound = bindings.get(declared.name);
    if (bound === undefined) bindings.set(declared.name, wanted);
    return bound === undefined || sameType(bound, wanted);
  }
  if (declared.kind === "list" && wanted.kind === "list") return unify(declared.element, wanted.element, bindings);
  if (declared.kind === "optional" && wanted.kind === "optional") return unify(declared.value, wanted.value, bindings);
  if (declared.kind === "map" && wanted.kind === "map") {
    return unify(declared.key, wanted.key, bindings) && unify(declared.value, wanted.value, bindings);
  }
  return sameType(declared, wanted);
}

/** A type with its parameters replaced; those that nothing is bound to are asked for. */
export function applyBindings(type: CelType, parameter: (name: string) => CelType): CelType {
  switch (type.kind) {
    case "parameter":
      return parameter(type.name);
    case "list":
      return celTypes.list(applyBindings(type.element, parameter));
    case "map":
      return celTypes.map(applyBindings(type.key, parameter), applyBindings(type.value, parameter));
    case "optional":
      return celTypes.optional(applyBindings(type.value, parameter));
    default:
      return type;
  }
}

/** The rows of an environment by what they give: made once, so that rows added later are used without being named. */
export class RowIndex {
  readonly #rows: readonly CelFunction[];
  readonly #exact: boolean;
  readonly #known = new Map<string, readonly Candidate[]>();
  /** Types that functions define, in the order in which they can be made. */
  readonly #makeable: string[] = [];

  /** `exact` leaves out rows whose result says dyn, or a parameter that no argument settles (`optional.none()`). */
  constructor(environment: CelEnvironment, exact: boolean, uses: (row: CelFunction) => boolean) {
    const rows = [...environment.functions.values(), ...environment.methods.values()].flat();
    this.#rows = rows.filter((row) => uses(row) && !(exact && isVague(row)));
    this.#exact = exact;
    this.#findMakeable();
  }

  /** Rows that give a type, all of whose arguments can be made. */
  of(wanted: CelType): readonly Candidate[] {
    const key = formatType(wanted);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#rows.flatMap((row): Candidate[] => {
      const bindings = new Map<string, CelType>();
      const fits = (!this.#exact && isDyn(row.result)) || unify(row.result, wanted, bindings);
      return fits && row.args.every((arg) => this.canMake(arg)) ? [{ row, bindings }] : [];
    });
    this.#known.set(key, found);
    return found;
  }

  /** The names of types that functions define and whose values some row makes. */
  get opaqueTypes(): readonly string[] {
    return this.#makeable;
  }

  canMake(type: CelType): boolean {
    switch (type.kind) {
      case "opaque":
        return this.#makeable.includes(type.name);
      case "list":
        return this.canMake(type.element);
      case "map":
        return this.canMake(type.key) && this.canMake(type.value);
      case "optional":
        return this.canMake(type.value);
      default:
        return true;
    }
  }

  /** Rows that make a value of a type that functions define out of types that come before it: they end. */
  constructorsOf(type: CelType): readonly Candidate[] {
    const place = (part: CelType): number => (part.kind === "opaque" ? this.#makeable.indexOf(part.name) : -1);
    return this.of(type).filter(({ row }) => row.args.every((arg) => place(arg) < place(type)));
  }

  /** Types of functions are makeable when a row makes them out of makeable ones. */
  #findMakeable(): void {
    for (let before = -1; before !== this.#makeable.length; ) {
      before = this.#makeable.length;
      for (const { args, result } of this.#rows) {
        const isNew = result.kind === "opaque" && !this.#makeable.includes(result.name);
        if (isNew && args.every((arg) => this.canMake(arg))) this.#makeable.push(result.name);
      }
    }
  }
}

/** The texts in a row's example, as they are written there: they mean something to its function. */
export function hintsOf(row: CelFunction): readonly string[] {
  const texts = row.example.match(/[bBrR]*(?:'(?:[^'\\\n]|\\[^\n])*'|"(?:[^"\\\n]|\\[^\n])*")/g) ?? [];
  return texts.filter((text) => /^[rR]?['"]/.test(text));
}
