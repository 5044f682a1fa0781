import { type CelType, celTypes, formatType } from "../../src/policy/index.ts";
import type { MessageSource } from "./message.ts";

/** A cel.expr.Type of a case. */
export interface CaseType {
  /** What a variable or function row is declared with; dyn stands for protobuf messages, which amap does not have. */
  readonly type: CelType;
  /** As amap formats types, and messages by their name. */
  readonly text: string;
  /** Whether it names a message, enum or wrapper, other than a timestamp or duration. */
  readonly isProtobuf: boolean;
}

const PRIMITIVES: Readonly<Record<string, CelType>> = {
  BOOL: celTypes.bool,
  BYTES: celTypes.bytes,
  DOUBLE: celTypes.double,
  INT64: celTypes.int,
  STRING: celTypes.string,
  UINT64: celTypes.uint,
};
const TIMES: Readonly<Record<string, CelType>> = {
  DURATION: celTypes.duration,
  TIMESTAMP: celTypes.timestamp,
  "google.protobuf.Duration": celTypes.duration,
  "google.protobuf.Timestamp": celTypes.timestamp,
};

/** @throws {Error} for a type that no case has so far */
export function readType(source: MessageSource): CaseType {
  if (source.has("dyn")) return plain(celTypes.dyn);
  if (source.has("null")) return plain(celTypes.null);
  if (source.has("type_param")) return plain(celTypes.parameter(source.text("type_param")));
  if (source.has("primitive")) return simple(PRIMITIVES[source.enumName("primitive")], source.enumName("primitive"));
  if (source.has("well_known")) return simple(TIMES[source.enumName("well_known")], source.enumName("well_known"));
  if (source.has("message_type")) return simple(TIMES[source.text("message_type")], source.text("message_type"));
  if (source.has("wrapper")) return simple(undefined, `wrapper(${source.enumName("wrapper")})`);
  if (source.has("type")) return compose([child(source, "type")], ([of]) => celTypes.typeOf(of), "type");
  const list = source.message("list_type");
  if (list !== undefined) return compose([child(list, "elem_type")], ([of]) => celTypes.list(of), "list");
  const map = source.message("map_type");
  if (map !== undefined) {
    return compose(
      [child(map, "key_type"), child(map, "value_type")],
      ([key, value]) => celTypes.map(key, value),
      "map",
    );
  }
  const abstract = source.message("abstract_type");
  if (abstract === undefined) throw new Error("a type of a case that the runner does not know");
  return abstractType(abstract.text("name"), abstract.messages("parameter_types").map(readType));
}

function abstractType(name: string, parameters: readonly CaseType[]): CaseType {
  if (name === "optional_type") return compose(parameters, ([of]) => celTypes.optional(of), name);
  return compose(parameters, (types) => celTypes.opaque(name, ...types), name);
}

function child(source: MessageSource, field: string): CaseType {
  const type = source.message(field);
  return type === undefined ? plain(celTypes.dyn) : readType(type);
}

function plain(type: CelType): CaseType {
  return { type, text: formatType(type), isProtobuf: false };
}

function simple(type: CelType | undefined, name: string): CaseType {
  return type === undefined ? { type: celTypes.dyn, text: name, isProtobuf: true } : plain(type);
}

function compose(
  parts: readonly CaseType[],
  make: (types: [CelType, CelType, ...CelType[]]) => CelType,
  name: string,
): CaseType {
  const types = parts.map((part) => part.type);
  return {
    type: make(types as [CelType, CelType, ...CelType[]]),
    text: parts.length === 0 ? name : `${name}(${parts.map((part) => part.text).join(", ")})`,
    isProtobuf: parts.some((part) => part.isProtobuf),
  };
}
