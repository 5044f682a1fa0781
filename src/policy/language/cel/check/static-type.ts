import { type CelType, celTypes } from "../types.ts";

const NULLABLE: ReadonlySet<string> = new Set(["null_type", "google.protobuf.Timestamp", "google.protobuf.Duration"]);

/** Whether a type says nothing about values. */
export function isAny(type: CelType): boolean {
  return type.kind === "parameter" || (type.kind === "simple" && type.name === "dyn");
}

export function isNull(type: CelType): boolean {
  return type.kind === "simple" && type.name === "null_type";
}

/** As cel-go: null may stand for a time, for objects, and for values of types that functions define. */
export function takesNull(type: CelType): boolean {
  switch (type.kind) {
    case "opaque":
    case "optional":
    case "object":
      return true;
    default:
      return type.kind === "simple" && NULLABLE.has(type.name);
  }
}

/** Types nested deeper say dyn: variables that hold each other could nest without end. */
const MAX_DEPTH = 16;

/** The type, or dyn when it nests too deep to be compared. */
export function cutType(type: CelType): CelType {
  let inner: CelType | undefined = type;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    inner = innerType(inner);
    if (inner === undefined) return type;
  }
  return celTypes.dyn;
}

/** The member's type that a type may nest in; keys of maps do not nest. */
function innerType(type: CelType): CelType | undefined {
  switch (type.kind) {
    case "list":
      return type.element;
    case "type":
      return type.of;
    case "optional":
    case "map":
      return type.value;
    default:
      return undefined;
  }
}

/** Whether some of a type's values are only known when they are there. */
export function containsAny(type: CelType): boolean {
  const inner = innerType(type);
  return isAny(type) || (inner !== undefined && containsAny(inner));
}
