import { type CelType, celTypes } from "./types.ts";

/** What stands for the parameters of a signature, by name. */
export type TypeBindings = ReadonlyMap<string, CelType>;

const NULLABLE: ReadonlySet<string> = new Set(["null_type", "google.protobuf.Timestamp", "google.protobuf.Duration"]);

/** Whether a type says nothing about values. */
export function isAny(type: CelType): boolean {
  return type.kind === "parameter" || (type.kind === "simple" && type.name === "dyn");
}

function isNull(type: CelType): boolean {
  return type.kind === "simple" && type.name === "null_type";
}

/** As cel-go: null may stand for a time, and for values of types that functions define. */
function takesNull(type: CelType): boolean {
  return type.kind === "opaque" || type.kind === "optional" || (type.kind === "simple" && NULLABLE.has(type.name));
}

/**
 * Whether values of two static types may be of one type, as cel-go's checker decides: dyn is every type, lists and maps
 * go by their members. int, uint and double are three types here.
 */
export function isCompatible(left: CelType, right: CelType): boolean {
  if (isAny(left) || isAny(right)) return true;
  if (isNull(left)) return takesNull(right);
  if (isNull(right)) return takesNull(left);
  if (left.kind === "list") return right.kind === "list" && isCompatible(left.element, right.element);
  if (left.kind === "optional") return right.kind === "optional" && isCompatible(left.value, right.value);
  if (left.kind === "map") {
    return right.kind === "map" && isCompatible(left.key, right.key) && isCompatible(left.value, right.value);
  }
  return left.kind === right.kind && "name" in right && left.name === right.name;
}

/** The type of a value that is of one of two types: dyn wherever they differ. */
export function joinTypes(left: CelType, right: CelType): CelType {
  if (left === right) return left;
  if (!isCompatible(left, right) || isAny(left) || isAny(right)) return celTypes.dyn;
  if (left.kind === "list" && right.kind === "list") return celTypes.list(joinTypes(left.element, right.element));
  if (left.kind === "optional" && right.kind === "optional") {
    return celTypes.optional(joinTypes(left.value, right.value));
  }
  if (left.kind === "map" && right.kind === "map") {
    return celTypes.map(joinTypes(left.key, right.key), joinTypes(left.value, right.value));
  }
  return isNull(left) === isNull(right) ? left : celTypes.dyn;
}

/** Types nested deeper say dyn: variables that hold each other could nest without end. */
const MAX_DEPTH = 16;

/** The type, or dyn when it nests too deep to be compared. */
export function cutType(type: CelType): CelType {
  let inner: CelType | undefined = type;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    inner = inner.kind === "list" ? inner.element : "value" in inner ? inner.value : undefined;
    if (inner === undefined) return type;
  }
  return celTypes.dyn;
}

/** The type of a map literal. Only simple types can be keys; others fail when the map is made. */
export function mapTypeOf(keys: readonly CelType[], values: readonly CelType[]): CelType {
  const key = joinAll(keys);
  return celTypes.map(key.kind === "simple" ? key : celTypes.dyn, joinAll(values));
}

/** The one type of all of them, or dyn; dyn for none. */
export function joinAll(types: readonly CelType[]): CelType {
  const [first, ...rest] = types;
  return first === undefined ? celTypes.dyn : rest.reduce(joinTypes, first);
}

/** What a signature's parameters stand for when it is called with these types; undefined when it cannot be. */
export function bindSignature(declared: readonly CelType[], given: readonly CelType[]): TypeBindings | undefined {
  const bindings = new Map<string, CelType>();
  const fits = declared.every((type, index) => bind(type, given[index] ?? celTypes.dyn, bindings));
  return fits ? bindings : undefined;
}

function bind(declared: CelType, given: CelType, bindings: Map<string, CelType>): boolean {
  if (declared.kind === "parameter") {
    const bound = bindings.get(declared.name);
    if (bound !== undefined && !isCompatible(bound, given)) return false;
    bindings.set(declared.name, bound === undefined ? given : joinTypes(bound, given));
    return true;
  }
  if (declared.kind === "list" && given.kind === "list") return bind(declared.element, given.element, bindings);
  if (declared.kind === "optional" && given.kind === "optional") return bind(declared.value, given.value, bindings);
  if (declared.kind === "map" && given.kind === "map") {
    return bind(declared.key, given.key, bindings) && bind(declared.value, given.value, bindings);
  }
  return isCompatible(declared, given);
}

/** A signature's result with its parameters replaced; one that nothing is known of is dyn. */
export function applyBindings(type: CelType, bindings: TypeBindings): CelType {
  switch (type.kind) {
    case "parameter":
      return bindings.get(type.name) ?? celTypes.dyn;
    case "list":
      return celTypes.list(applyBindings(type.element, bindings));
    case "optional":
      return celTypes.optional(applyBindings(type.value, bindings));
    case "map":
      return celTypes.map(applyBindings(type.key, bindings), applyBindings(type.value, bindings));
    default:
      return type;
  }
}

/** What a macro goes over: the elements of a list, the keys of a map; undefined for a type that is neither. */
export function itemType(range: CelType): CelType | undefined {
  if (range.kind === "list") return range.element;
  if (range.kind === "map") return range.key;
  return isAny(range) ? celTypes.dyn : undefined;
}

/**
 * The type of `operand.field` and of `operand[index]`; undefined when values of the type have no members. What is
 * taken from an optional is an optional.
 */
export function memberType(operand: CelType, access: "field" | "index"): CelType | undefined {
  if (operand.kind === "optional") {
    const inner = memberType(operand.value, access);
    return inner && celTypes.optional(inner);
  }
  if (operand.kind === "map") return operand.value;
  if (operand.kind === "list" && access === "index") return operand.element;
  return isAny(operand) ? celTypes.dyn : undefined;
}
