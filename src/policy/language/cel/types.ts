import type { Double } from "../../../base/index.ts";
import type {
  CelMap,
  CelObject,
  CelValue,
  Duration,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "./values/value.ts";

type TypeShape =
  | { readonly kind: "simple"; readonly name: string }
  /** Of names of types and of `type(x)`; any type's name may stand where another one's is wanted. */
  | { readonly kind: "type"; readonly of?: CelType }
  | { readonly kind: "list"; readonly element: CelType }
  | { readonly kind: "map"; readonly key: CelType; readonly value: CelType }
  | { readonly kind: "optional"; readonly value: CelType }
  /** A type that stands for one and the same type wherever it is named in a signature. */
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "opaque"; readonly name: string; readonly parameters: readonly CelType[] }
  /** A map whose fields are known: by their names and types, asked for when they are needed (schemas may recur). */
  | { readonly kind: "object"; readonly name: string; readonly fields: () => ReadonlyMap<string, CelType> };

/** A static type of CEL. `T` is the JavaScript type of its values, for typed function rows; it is not there at run time. */
export type CelType<T extends CelValue = CelValue> = TypeShape & { readonly "~value"?: T };

const simple = <T extends CelValue>(name: string): CelType<T> => ({ kind: "simple", name });

/**
 * The types that variables and function rows are declared with.
 *
 * @example
 * ```ts
 * import { celTypes, formatType } from "../../index.ts";
 * formatType(celTypes.map(celTypes.string, celTypes.list(celTypes.int))); // "map(string, list(int))"
 * ```
 */
export const celTypes = {
  /** Anything; checked when the value is used. Objects whose schema is not known are `dyn`. */
  dyn: simple<CelValue>("dyn"),
  null: simple<null>("null_type"),
  bool: simple<boolean>("bool"),
  int: simple<number | bigint>("int"),
  uint: simple<Uint>("uint"),
  double: simple<number | Double>("double"),
  string: simple<string>("string"),
  bytes: simple<Uint8Array>("bytes"),
  timestamp: simple<Timestamp>("google.protobuf.Timestamp"),
  duration: simple<Duration>("google.protobuf.Duration"),
  /** The type of a type: of that one, or of some type. */
  typeOf: (of?: CelType): CelType<TypeValue> => (of === undefined ? { kind: "type" } : { kind: "type", of }),
  list: <E extends CelValue>(element: CelType<E>): CelType<readonly E[]> => ({ kind: "list", element }),
  /** A row's function gets a plain object or a CelMap: read it with `mapGet`, `mapKeys`. */
  map: (key: CelType, value: CelType): CelType<CelObject | CelMap> => ({ kind: "map", key, value }),
  optional: (value: CelType): CelType<Optional> => ({ kind: "optional", value }),
  parameter: (name: string): CelType => ({ kind: "parameter", name }),
  /**
   * An object of a known schema: selecting a field that is not named is refused. Its values are plain objects; a field
   * may be absent (`has` asks). Give a function where the schema refers to itself.
   */
  object: (
    name: string,
    fields: Readonly<Record<string, CelType>> | (() => Readonly<Record<string, CelType>>),
  ): CelType<CelObject> => {
    let known: ReadonlyMap<string, CelType> | undefined;
    const make = (): ReadonlyMap<string, CelType> => {
      known ??= new Map(Object.entries(typeof fields === "function" ? fields() : fields));
      return known;
    };
    return { kind: "object", name, fields: make };
  },
  /** A type with values of {@link Opaque}; the name is what `type(x)` shows. It may have parameters: `pair(int, string)`. */
  opaque: <T>(name: string, ...parameters: readonly CelType[]): CelType<Opaque<T>> => ({
    kind: "opaque",
    name,
    parameters,
  }),
} as const;

/** A type as CEL's documentation writes it: `list(int)`, `map(string, dyn)`, `T`. */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case "simple":
    case "object":
    case "parameter":
      return type.name;
    case "opaque":
      return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.map(formatType).join(", ")})`;
    case "type":
      return type.of === undefined ? "type" : `type(${formatType(type.of)})`;
    case "list":
      return `list(${formatType(type.element)})`;
    case "map":
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    default:
      return `optional_type(${formatType(type.value)})`;
  }
}
