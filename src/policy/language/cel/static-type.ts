import { type CelType, celTypes } from "./types.ts";

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
    inner = inner.kind === "list" ? inner.element : "value" in inner ? inner.value : undefined;
    if (inner === undefined) return type;
  }
  return celTypes.dyn;
}
