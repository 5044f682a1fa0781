import {
  equalValues,
  excerptOfValue,
  isAmapError,
  isValueObject,
  memberOf,
  readJson,
  readYaml,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import { type Container, Draft } from "./draft.ts";
import { type Charge, PatchError } from "./node.ts";

/**
 * What a patch made of an object, which is never changed itself. `applied`: `object` is the given object when nothing
 * changed (Kyverno: "no patches applied").
 */
export type PatchOutcome =
  | { readonly status: "applied"; readonly object: Value }
  | { readonly status: "error"; readonly message: string };

/** Operations that were read, or why they could not be. */
export type ParsedPatch =
  | { readonly status: "parsed"; readonly operations: readonly Value[] }
  | { readonly status: "error"; readonly message: string };

/**
 * The operations of a patch as policies give it: text that is JSON when it begins with `[` and YAML otherwise. Every
 * operation is complete afterwards.
 * @throws {AmapError} LIMIT_EXCEEDED (bytes, depth, nodes, aliases)
 * @see https://www.rfc-editor.org/rfc/rfc6902#section-4
 * @example
 * ```ts
 * import { parseJsonPatch } from "./json-patch.ts";
 * parseJsonPatch("- {op: remove, path: /spec/replicas}").status; // "parsed"
 * ```
 */
export function parseJsonPatch(text: string): ParsedPatch {
  try {
    return { status: "parsed", operations: checkOperations(readOperations(text)) };
  } catch (error) {
    if (isAmapError(error, "JSON_INVALID")) return failed(`failed to decode patches: ${error.message}`);
    if (isAmapError(error, "YAML_INVALID"))
      return failed(`failed to convert patchesJSON6902 to JSON: ${error.message}`);
    if (error instanceof PatchError) return failed(`failed to decode patches: ${error.message}`);
    throw error;
  }
}

function failed(message: string): { readonly status: "error"; readonly message: string } {
  return { status: "error", message };
}

/**
 * What the text of a patch says, before it is looked at.
 * @throws {AmapError} JSON_INVALID, YAML_INVALID, LIMIT_EXCEEDED
 * @throws {PatchError} for several documents
 */
export function readOperations(text: string): Value {
  if (text.startsWith("[")) return readJson(text);
  const documents = readYaml(text);
  if (documents.length > 1) throw new PatchError(`expected one YAML document, found ${documents.length}`);
  return documents[0] ?? [];
}

function checkOperations(operations: Value): readonly Value[] {
  if (!Array.isArray(operations)) throw new PatchError("expected a list of operations");
  const list = operations as readonly Value[];
  for (const operation of list) {
    const problem = operationProblem(operation);
    if (problem !== undefined) throw new PatchError(`invalid operation ${excerptOfValue(operation)}: ${problem}`);
  }
  return list;
}

const OPERATIONS: ReadonlySet<Value | undefined> = new Set(["add", "remove", "replace", "move", "copy", "test"]);

function operationProblem(operation: Value): string | undefined {
  const name = memberOf(operation, "op");
  if (!OPERATIONS.has(name)) return "unsupported operation";
  if ((name === "add" || name === "replace") && memberOf(operation, "value") === undefined) {
    return "failed to decode 'value': operation, missing value field: missing value";
  }
  if ((name === "move" || name === "copy") && typeof memberOf(operation, "from") !== "string") {
    return "failed to decode 'from': operation, missing from field: missing value";
  }
  if (typeof memberOf(operation, "path") !== "string") {
    return "failed to decode 'path': operation missing path field: missing value";
  }
  return undefined;
}

/**
 * Applies the operations of RFC 6902 one after the other, or none of them. As Kyverno uses the library
 * evanphx/json-patch: `add` makes the parents that are missing (objects, or lists filled with null where the next part
 * is a number or `-`), `remove` of what is not there does nothing, indices may be negative (`-1` is the last element,
 * or the end for `add`), and `test` of a missing member equals null. Copies and list shifts are charged by their size.
 * @throws {AmapError} LIMIT_EXCEEDED (depth); what `charge` throws, BUDGET_EXCEEDED as a rule
 * @see https://www.rfc-editor.org/rfc/rfc6902
 * @example
 * ```ts
 * import { applyJsonPatch } from "./json-patch.ts";
 * const operations = [{ op: "add", path: "/metadata/labels/team", value: "a" }];
 * applyJsonPatch({ kind: "Pod" }, operations, () => {}); // { status: "applied", object: { kind: "Pod", metadata: { labels: { team: "a" } } } }
 * ```
 */
export function applyJsonPatch(object: Value, operations: readonly Value[], charge: Charge): PatchOutcome {
  try {
    const draft = new Draft(object, charge);
    for (const operation of checkOperations(operations)) {
      charge(1);
      applyOperation(draft, operation as ValueObject);
    }
    const after = draft.finish();
    return { status: "applied", object: after === object || equalValues(after, object) ? object : after };
  } catch (error) {
    if (error instanceof PatchError) return failed(error.message);
    throw error;
  }
}

function applyOperation(draft: Draft, operation: ValueObject): void {
  const path = operation["path"] as string;
  const from = operation["from"] as string;
  const value = operation["value"];
  switch (operation["op"]) {
    case "add":
      return add(draft, path, value as Value);
    case "remove":
      return remove(draft, path);
    case "replace":
      return replace(draft, path, value as Value);
    case "move":
      return move(draft, from, path);
    case "copy":
      return copy(draft, from, path);
    default:
      return test(draft, path, value ?? null);
  }
}

function add(draft: Draft, path: string, value: Value): void {
  if (path === "") return setRoot(draft, value);
  draft.ensureParents(path);
  const found = draft.find(path);
  if (found === undefined) {
    throw new PatchError(`add operation does not apply: doc is missing path: "${path}": missing value`);
  }
  within(`error in add for path: '${path}'`, () => draft.insert(found.container, found.key, value));
}

function setRoot(draft: Draft, value: Value): void {
  if (!isValueObject(value) && !Array.isArray(value)) throw new PatchError("invalid value, expected object");
  draft.root = value;
}

function remove(draft: Draft, path: string): void {
  const found = draft.find(path);
  if (found !== undefined) within(`error in remove for path: '${path}'`, () => draft.take(found.container, found.key));
}

function replace(draft: Draft, path: string, value: Value): void {
  if (path === "") return setRoot(draft, value);
  const found = draft.find(path);
  if (found === undefined) {
    throw new PatchError(`replace operation does not apply: doc is missing path: ${path}: missing value`);
  }
  // An empty key counts as there in Kyverno's library.
  if (found.key !== "" && draft.get(found.container, found.key).status !== "found") {
    throw new PatchError(`replace operation does not apply: doc is missing key: ${path}: missing value`);
  }
  draft.put(found.container, found.key, value);
}

function move(draft: Draft, from: string, path: string): void {
  if (from === "") throw new PatchError("unable to move entire document to another path: invalid state detected");
  const source = draft.find(from);
  if (source === undefined) {
    throw new PatchError(`move operation does not apply: doc is missing from path: ${from}: missing value`);
  }
  const value = existing(draft, source, `error in move for path: '${source.key}'`);
  draft.take(source.container, source.key);
  const target = draft.find(path);
  if (target === undefined) {
    throw new PatchError(`move operation does not apply: doc is missing destination path: ${path}: missing value`);
  }
  within(`error in move for path: '${path}'`, () => draft.insert(target.container, target.key, value));
}

function copy(draft: Draft, from: string, path: string): void {
  const value = from === "" ? draft.root : sourceOfCopy(draft, from);
  const target = draft.find(path);
  if (target === undefined) {
    throw new PatchError(`copy operation does not apply: doc is missing destination path: ${path}: missing value`);
  }
  const copied = draft.clone(value);
  within("error while adding value during copy", () => draft.insert(target.container, target.key, copied));
}

function sourceOfCopy(draft: Draft, from: string): Value {
  const source = draft.find(from);
  if (source === undefined) {
    throw new PatchError(`copy operation does not apply: doc is missing from path: "${from}": missing value`);
  }
  return existing(draft, source, `error in copy for from: '${from}'`);
}

function existing(
  draft: Draft,
  place: { readonly container: Container; readonly key: string },
  context: string,
): Value {
  const found = draft.get(place.container, place.key);
  if (found.status !== "found") throw new PatchError(`${context}: ${found.message}`);
  return found.value;
}

function test(draft: Draft, path: string, expected: Value): void {
  let value: Value = draft.root;
  if (path !== "") {
    const found = draft.find(path);
    if (found === undefined) {
      throw new PatchError(`test operation does not apply: is missing path: ${path}: missing value`);
    }
    const member = draft.get(found.container, found.key);
    if (member.status === "invalid") throw new PatchError(`error in test for path: '${path}': ${member.message}`);
    value = member.status === "found" ? member.value : null;
  }
  draft.checkDepth(value);
  if (!equalValues(value, expected)) throw new PatchError(`testing value ${path} failed: test failed`);
}

/** Runs a step of an operation; what goes wrong in it is told with its place. */
function within(context: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    throw error instanceof PatchError ? new PatchError(`${context}: ${error.message}`) : error;
  }
}
