import { isValueObject, type Value, type ValueObject } from "../../src/base/index.ts";
import type { Choices } from "../../src/testing/cel-choices.ts";
import type { Key } from "./conditions.ts";
import { IMAGES, LABEL_VALUES, pickValue, times } from "./resources.ts";

const LIST_KEYS: ReadonlySet<string> = new Set([
  "containers",
  "initContainers",
  "volumes",
  "ports",
  "env",
  "tolerations",
  "imagePullSecrets",
  "volumeMounts",
]);

/** A strategic merge patch over an object: some of its keys changed, added if absent, deleted, or under conditions. */
export function makeMerge(choices: Choices, object: ValueObject, texts: readonly Key[], depth = 0): ValueObject {
  const patch: Record<string, Value> = {};
  for (const [key, value] of Object.entries(object)) {
    if (depth === 0 && ["apiVersion", "kind"].includes(key)) continue;
    const isBranch = typeof value === "object" && value !== null;
    if (isBranch ? choices.oneIn(3) : !choices.oneIn(3)) continue;
    if (depth === 1 && ["name", "namespace"].includes(key)) continue;
    putChange(choices, patch, key, value, texts, depth);
  }
  if (depth === 0 && choices.oneIn(2)) {
    const metadata = isValueObject(patch["metadata"] ?? null) ? (patch["metadata"] as ValueObject) : {};
    patch["metadata"] = { ...metadata, labels: makeLabels(choices, texts) };
  }
  if (depth > 1 && choices.oneIn(10))
    patch[choices.pick(["+(added)", "added"])] = pickValue(choices, ["x", 1, true, ["a"], { b: "c" }]);
  if (Object.keys(patch).length === 0)
    return depth === 0 ? { metadata: { labels: makeLabels(choices, texts) } } : { added: "y" };
  return patch;
}

function makeLabels(choices: Choices, texts: readonly Key[]): ValueObject {
  const labels: Record<string, Value> = {};
  for (const key of ["app", "tier", "added"]) {
    if (choices.oneIn(2)) labels[choices.oneIn(2) ? `+(${key})` : key] = makeText(choices, texts);
  }
  if (choices.oneIn(10)) labels["l-{{ request.object.kind }}"] = "by-kind";
  return Object.keys(labels).length === 0 ? { added: "label" } : labels;
}

function makeText(choices: Choices, texts: readonly Key[]): Value {
  const [key] = [choices.pick(texts)];
  return choices.oneIn(3) && key !== undefined ? key.text : choices.pick(LABEL_VALUES);
}

function putChange(
  choices: Choices,
  patch: Record<string, Value>,
  key: string,
  value: Value,
  texts: readonly Key[],
  depth: number,
): void {
  if (Array.isArray(value) && value.some(isValueObject)) {
    patch[key] = times(1 + (choices.oneIn(5) ? 1 : 0), (index) =>
      makeElementPatch(choices, key, value, texts, depth, index),
    );
    return;
  }
  if (isValueObject(value)) {
    if (choices.oneIn(14)) patch[key] = null;
    else {
      const merge = makeMerge(choices, value, texts, depth + 1);
      // Kyverno refuses labels and annotations of a patch that are no text.
      const isTexts = key === "labels" || key === "annotations";
      const made = isTexts
        ? Object.fromEntries(
            Object.entries(merge).map(([name, each]) => [name, typeof each === "string" ? each : "text"]),
          )
        : merge;
      const anchored = choices.oneIn(2) ? `+(${key})` : `(${key})`;
      patch[choices.oneIn(6) ? anchored : key] = made;
    }
    return;
  }
  const isScalar = !Array.isArray(value);
  switch (choices.next(12)) {
    case 9:
      patch[`+(${key})`] = change(choices, value, texts);
      return;
    case 10:
      patch[isScalar ? `(${key})` : key] = isScalar && choices.oneIn(2) ? choices.pick(["*", "?*", value]) : value;
      return;
    case 11:
      patch[isScalar && choices.oneIn(2) ? `<(${key})` : key] = isScalar ? value : null;
      return;
    default:
      patch[key] = change(choices, value, texts);
  }
}

function change(choices: Choices, value: Value, texts: readonly Key[]): Value {
  if (choices.oneIn(12)) return null;
  switch (typeof value) {
    case "number":
      return value + choices.next(3);
    case "boolean":
      return choices.pick([true, false]);
    case "string":
      return makeText(choices, texts);
    default:
      return Array.isArray(value) ? pickValue(choices, [["a", "b"], [], [...value, "z"]]) : value;
  }
}

/** A patch of one element of a list: an existing one by name, some by a condition, or a new one. */
function makeElementPatch(
  choices: Choices,
  key: string,
  list: readonly Value[],
  texts: readonly Key[],
  depth: number,
  index: number,
): ValueObject {
  const sample = list[choices.next(list.length)];
  const element = isValueObject(sample) ? sample : {};
  const { name, ...others } = element;
  if (!LIST_KEYS.has(key) || name === undefined) return makeMerge(choices, element, texts, depth + 2);
  switch (choices.next(8)) {
    case 4:
      return { name, ...makeMerge(choices, others, texts, depth + 2) };
    case 5:
      return { name: `new${index}`, image: choices.pick(IMAGES) };
    case 6:
      return { name, $patch: choices.pick(["delete", "replace"]) };
    case 7:
      return {
        "(image)": choices.pick(["*:latest", "nginx*", "*acme*"]),
        ...makeMerge(choices, others, texts, depth + 2),
      };
    default:
      return {
        "(name)": choices.pick(["*", "c*", "?*", "!c0", name]),
        ...makeMerge(choices, others, texts, depth + 2),
      };
  }
}

/** A JSON Patch over an object, as YAML or JSON text; now and then of a path that is not there. */
export function makeJsonPatch(choices: Choices, object: ValueObject, texts: readonly Key[]): string {
  const pointers = pointersOf(object).filter(
    (pointer) => !/^\/(?:apiVersion|kind|metadata(?:\/name(?:space)?)?)?$/.test(pointer),
  );
  const operations = times(1 + choices.next(3), () => makeOperation(choices, pointers, texts));
  if (choices.oneIn(4)) return JSON.stringify(operations);
  return operations
    .map(
      (operation) =>
        `- ${Object.entries(operation)
          .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
          .join("\n  ")}`,
    )
    .join("\n");
}

function makeOperation(choices: Choices, pointers: readonly string[], texts: readonly Key[]): ValueObject {
  const path = choices.oneIn(16) ? "/spec/nothing/here" : (choices.pick(pointers) ?? "/metadata/labels");
  const value = pickValue(choices, [makeText(choices, texts), 5, true, { a: "b" }, ["x"], null]);
  const parent = path.slice(0, path.lastIndexOf("/"));
  switch (choices.next(8)) {
    case 0:
    case 1:
      return { op: "add", path: /\/\d+$/.test(path) && choices.oneIn(2) ? `${parent}/-` : path, value };
    case 2:
      return { op: "add", path: "/metadata/labels/example.com~1added", value: makeText(choices, texts) };
    case 3:
      return { op: "remove", path };
    case 4:
      return { op: "replace", path, value };
    case 5:
      return { op: "copy", from: path, path: "/metadata/annotations/copied" };
    case 6:
      return { op: "move", from: path, path: choices.pick(["/metadata/annotations/moved", "/spec/moved"]) };
    default:
      return choices.oneIn(3)
        ? { op: "test", path, value }
        : { op: "add", path: "/metadata/annotations/new", value: makeText(choices, texts) };
  }
}

function pointersOf(value: Value, pointer = ""): readonly string[] {
  const entries = Array.isArray(value)
    ? value.map((item, index) => [String(index), item as Value] as const)
    : isValueObject(value)
      ? Object.entries(value)
      : [];
  const below = entries.flatMap(([key, item]) =>
    pointersOf(item, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
  return pointer === "" ? below : [pointer, ...below];
}
