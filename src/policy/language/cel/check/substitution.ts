import { type CelType, celTypes } from "../types.ts";
import { cutType, isAny, isNull, takesNull } from "./static-type.ts";

/** Types that nest deeper than this through variables say dyn. */
const MAX_DEPTH = 64;

/**
 * What is known of type variables while an expression is checked, after cel-go's checker: a variable stands for the
 * most general of the types it met. Assigning succeeds as a whole or changes nothing.
 */
export class Substitution {
  readonly #bindings = new Map<string, CelType>();
  /** Bindings before they were changed, for going back. */
  readonly #trail: { readonly name: string; readonly before: CelType | undefined }[] = [];
  #count = 0;

  /** A type variable that nothing is known of. */
  fresh(): CelType {
    return celTypes.parameter(`%${this.#count++}`);
  }

  /** Signatures with variables of their own in place of their parameters: the same one for the same name. */
  instantiate(types: readonly CelType[]): readonly CelType[] {
    const names = new Map<string, CelType>();
    const variable = (name: string): CelType => {
      const known = names.get(name) ?? this.fresh();
      names.set(name, known);
      return known;
    };
    return types.map((type) => (hasParameter(type) ? mapParameters(type, variable, 0) : type));
  }

  /** Whether values of the first types may be used where the second ones are wanted; binds variables when they may. */
  assign(given: readonly CelType[], wanted: readonly CelType[]): boolean {
    const mark = this.#trail.length;
    if (given.every((type, index) => this.#assign(type, wanted[index] ?? celTypes.dyn, 0))) return true;
    while (this.#trail.length > mark) {
      const { name, before } = this.#trail.pop() as { name: string; before: CelType | undefined };
      if (before === undefined) this.#bindings.delete(name);
      else this.#bindings.set(name, before);
    }
    return false;
  }

  /** The type of a literal's members so far and one more: dyn when they differ. */
  join(first: CelType, second: CelType): CelType {
    return this.assign([first], [second]) ? mostGeneral(this.resolve(first), this.resolve(second)) : celTypes.dyn;
  }

  /** The type with what its variables stand for; those that stand for nothing stay. */
  resolve(type: CelType): CelType {
    return hasParameter(type) ? cutType(this.#resolve(type, 0)) : cutType(type);
  }

  /** As `resolve`; what nothing is known of is dyn. */
  settle(type: CelType): CelType {
    const resolved = this.resolve(type);
    return hasParameter(resolved) ? mapParameters(resolved, () => celTypes.dyn, 0) : resolved;
  }

  #resolve(type: CelType, depth: number): CelType {
    const variable = (name: string): CelType => {
      const bound = this.#bindings.get(name);
      if (bound === undefined) return celTypes.parameter(name);
      return depth > MAX_DEPTH ? celTypes.dyn : this.#resolve(bound, depth + 1);
    };
    return mapParameters(type, variable, 0);
  }

  #bind(name: string, type: CelType): void {
    this.#trail.push({ name, before: this.#bindings.get(name) });
    this.#bindings.set(name, type);
  }

  #assign(given: CelType, wanted: CelType, depth: number): boolean {
    if (depth > MAX_DEPTH) return true;
    if (wanted.kind === "parameter") {
      const tried = this.#substitute(wanted.name, given, depth);
      if (tried !== "unknown") return tried;
    }
    if (given.kind === "parameter") return this.#substitute(given.name, wanted, depth) === true;
    if (isAny(given) || isAny(wanted)) return true;
    if (isNull(given)) return takesNull(wanted);
    if (isNull(wanted)) return takesNull(given);
    switch (given.kind) {
      case "list":
        return wanted.kind === "list" && this.#assign(given.element, wanted.element, depth + 1);
      case "type":
        return wanted.kind === "type";
      case "optional":
        return wanted.kind === "optional" && this.#assign(given.value, wanted.value, depth + 1);
      case "map":
        return (
          wanted.kind === "map" &&
          this.#assign(given.key, wanted.key, depth + 1) &&
          this.#assign(given.value, wanted.value, depth + 1)
        );
      case "opaque":
        return (
          wanted.kind === "opaque" &&
          given.name === wanted.name &&
          given.parameters.length === wanted.parameters.length &&
          given.parameters.every((type, index) => this.#assign(type, wanted.parameters[index] as CelType, depth + 1))
        );
      default:
        return given.kind === wanted.kind && "name" in wanted && given.name === wanted.name;
    }
  }

  /** Whether a variable may stand for a type; `unknown` when it may not and stands for nothing yet. */
  #substitute(name: string, type: CelType, depth: number): boolean | "unknown" {
    if (type.kind === "parameter" && type.name === name) return true;
    const bound = this.#bindings.get(name);
    if (bound === undefined) {
      if (this.#mentions(type, name, 0)) return "unknown";
      this.#bind(name, type);
      return true;
    }
    if (bound === type) return true;
    if (!this.#assign(type, bound, depth + 1)) return false;
    const general = mostGeneral(type, bound);
    if (general !== bound && !this.#mentions(general, name, 0)) this.#bind(name, general);
    return true;
  }

  /** Whether a variable stands in a type, or in what its variables stand for. */
  #mentions(type: CelType, name: string, depth: number): boolean {
    if (depth > MAX_DEPTH) return true;
    switch (type.kind) {
      case "parameter": {
        const bound = this.#bindings.get(type.name);
        return type.name === name || (bound !== undefined && this.#mentions(bound, name, depth + 1));
      }
      case "list":
        return this.#mentions(type.element, name, depth + 1);
      case "type":
        return type.of !== undefined && this.#mentions(type.of, name, depth + 1);
      case "optional":
        return this.#mentions(type.value, name, depth + 1);
      case "map":
        return this.#mentions(type.key, name, depth + 1) || this.#mentions(type.value, name, depth + 1);
      case "opaque":
        return type.parameters.some((parameter) => this.#mentions(parameter, name, depth + 1));
      default:
        return false;
    }
  }
}

/** Whether a type mentions parameters or type variables. */
function hasParameter(type: CelType): boolean {
  switch (type.kind) {
    case "parameter":
      return true;
    case "list":
      return hasParameter(type.element);
    case "type":
      return type.of !== undefined && hasParameter(type.of);
    case "optional":
      return hasParameter(type.value);
    case "map":
      return hasParameter(type.key) || hasParameter(type.value);
    case "opaque":
      return type.parameters.some(hasParameter);
    default:
      return false;
  }
}

function mapParameters(type: CelType, map: (name: string) => CelType, depth: number): CelType {
  if (depth > MAX_DEPTH) return celTypes.dyn;
  switch (type.kind) {
    case "parameter":
      return map(type.name);
    case "list":
      return celTypes.list(mapParameters(type.element, map, depth + 1));
    case "type":
      return type.of === undefined ? type : celTypes.typeOf(mapParameters(type.of, map, depth + 1));
    case "optional":
      return celTypes.optional(mapParameters(type.value, map, depth + 1));
    case "map":
      return celTypes.map(mapParameters(type.key, map, depth + 1), mapParameters(type.value, map, depth + 1));
    case "opaque":
      return celTypes.opaque(type.name, ...type.parameters.map((each) => mapParameters(each, map, depth + 1)));
    default:
      return type;
  }
}

/** Of two types that agree, the one that says less; of null and a type that takes it, that type. */
function mostGeneral(left: CelType, right: CelType): CelType {
  return isNull(right) || isEqualOrLessSpecific(left, right) ? left : right;
}

function isEqualOrLessSpecific(left: CelType, right: CelType): boolean {
  if (isAny(left)) return true;
  if (isAny(right) || left.kind !== right.kind) return false;
  switch (left.kind) {
    case "list":
      return right.kind === "list" && isEqualOrLessSpecific(left.element, right.element);
    case "type":
      return true;
    case "optional":
      return right.kind === "optional" && isEqualOrLessSpecific(left.value, right.value);
    case "map":
      return (
        right.kind === "map" &&
        isEqualOrLessSpecific(left.key, right.key) &&
        isEqualOrLessSpecific(left.value, right.value)
      );
    case "opaque":
      return (
        right.kind === "opaque" &&
        left.name === right.name &&
        left.parameters.every((type, index) => isEqualOrLessSpecific(type, right.parameters[index] ?? celTypes.dyn))
      );
    default:
      return "name" in right && left.name === right.name;
  }
}
