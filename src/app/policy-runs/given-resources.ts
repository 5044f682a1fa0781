import { isValueObject, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { BUILT_IN_KINDS, type KnownKinds } from "./known-kinds.ts";

/** Fields that are maps; written without a value they are empty ones (`annotations:`). */
const MAPS: ReadonlySet<string> = new Set([
  "annotations",
  "labels",
  "matchLabels",
  "nodeSelector",
  "data",
  "stringData",
]);

/**
 * An object as Kyverno's command line takes it from a file: in the namespace `default` where it names none and its kind
 * has them, and with empty maps where a known one has no value.
 */
export function completeResource(object: ValueObject, kinds: KnownKinds = BUILT_IN_KINDS): ValueObject {
  const filled = fillMaps(object) as ValueObject;
  const metadata = memberOf(filled, "metadata");
  const kind = kinds.find(textOf(filled, "apiVersion"), textOf(filled, "kind"));
  if (textOf(metadata, "namespace") !== "" || kind?.namespaced === false) return filled;
  return { ...filled, metadata: { ...(isValueObject(metadata) ? metadata : {}), namespace: "default" } };
}

/** Objects in which nothing is to be filled are themselves: most are, and there may be very many. */
function fillMaps(value: Value): Value {
  if (Array.isArray(value)) {
    let filled: Value[] | undefined;
    for (const [index, item] of (value as readonly Value[]).entries()) {
      const other = fillMaps(item);
      if (other === item) continue;
      filled ??= [...value];
      filled[index] = other;
    }
    return filled ?? value;
  }
  if (!isValueObject(value)) return value;
  let filled: Record<string, Value> | undefined;
  for (const name of Object.keys(value)) {
    const member = value[name] as Value;
    const other = member === null && MAPS.has(name) ? {} : fillMaps(member);
    if (other === member) continue;
    filled ??= { ...value };
    filled[name] = other;
  }
  return filled ?? value;
}

/** What tells objects apart: `apiVersion,kind,namespace,name`. */
export function keyOfResource(object: Value): string {
  const metadata = memberOf(object, "metadata");
  return [
    textOf(object, "apiVersion"),
    textOf(object, "kind"),
    textOf(metadata, "namespace"),
    textOf(metadata, "name"),
  ].join(",");
}

/** The objects without those whose group, kind, namespace and name an earlier one has. */
export function withoutDuplicates(objects: readonly ValueObject[]): {
  readonly unique: readonly ValueObject[];
  readonly duplicates: readonly ValueObject[];
} {
  const seen = new Set<string>();
  const unique: ValueObject[] = [];
  const duplicates: ValueObject[] = [];
  for (const object of objects) {
    const [apiVersion = "", ...rest] = keyOfResource(object).split(",");
    const group = apiVersion.includes("/") ? apiVersion.split("/", 1)[0] : "";
    const key = [group, ...rest].join(",");
    (seen.has(key) ? duplicates : unique).push(object);
    seen.add(key);
  }
  return { unique, duplicates };
}
