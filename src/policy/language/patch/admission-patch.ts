import { equalValues, isValueObject, LIMITS, type Value, type ValueObject } from "../../../base/index.ts";
import { type Charge, PatchError } from "./node.ts";
import { decodeToken, parseIndex } from "./pointer.ts";
import { checkDepth } from "./typed-validation.ts";

/** One operation of RFC 6902 as a policy's `JSONPatch{…}` makes it; texts that are not set are empty. */
export interface AdmissionOperation {
  readonly op: string;
  readonly path: string;
  readonly from: string;
  /** Undefined when it is not set: then null is added. */
  readonly value: Value | undefined;
}

/** What a patch made of an object; `unmet` when a test did not hold: then nothing of the patch counts. */
export type AdmissionPatchOutcome =
  | { readonly status: "applied"; readonly object: Value }
  | { readonly status: "unmet" }
  | { readonly status: "error"; readonly message: string };

/**
 * Applies the operations one after the other, or none of them, as the API server of Kubernetes 1.36 does for the JSONPatch
 * of a MutatingAdmissionPolicy; the object is not changed. Other than what Kyverno's classic policies use
 * (`applyJsonPatch`): `add` makes no parents, `remove` of what is not there is an error, `replace` of a member that is not
 * there adds it, and `copy` of one adds null. Indices may be negative (`-1` is the last element).
 *
 * @throws {AmapError} LIMIT_EXCEEDED (depth); what `charge` throws, BUDGET_EXCEEDED as a rule
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
export function applyAdmissionPatch(
  object: Value,
  operations: readonly AdmissionOperation[],
  charge: Charge,
): AdmissionPatchOutcome {
  const edit = new Edit(object, charge);
  try {
    for (const operation of operations) {
      charge(1);
      if (!edit.apply(operation)) return { status: "unmet" };
    }
    return { status: "applied", object: edit.root };
  } catch (error) {
    if (error instanceof PatchError) return { status: "error", message: error.message };
    throw error;
  }
}

type MutableObject = { [key: string]: Value };
type Container = ValueObject | readonly Value[];

const MISSING = "missing value";
/** Characters of text that a step pays for. */
const TEXT_PER_STEP = 16;

class Edit {
  root: Value;
  readonly #charge: Charge;

  constructor(root: Value, charge: Charge) {
    this.root = root;
    this.#charge = charge;
  }

  /** Whether the patch goes on: false after a test that does not hold. */
  apply({ op, path, from, value }: AdmissionOperation): boolean {
    switch (op) {
      case "add":
        this.#add(path, value ?? null, `add operation does not apply: doc is missing path: "${path}"`, "add");
        return true;
      case "remove":
        this.#remove(path);
        return true;
      case "replace":
        this.#replace(path, value);
        return true;
      case "move":
        this.#move(from, path);
        return true;
      case "copy":
        this.#copy(from, path);
        return true;
      case "test":
        return this.#test(path, value);
      default:
        throw new PatchError(`Unexpected kind: ${op}`);
    }
  }

  #add(path: string, value: Value, missing: string, doing: string): void {
    this.#change(path, missing, (container, key) =>
      within(`error in ${doing} for path: '${path}'`, () => this.#inserted(container, key, value)),
    );
  }

  #remove(path: string): void {
    this.#change(path, `remove operation does not apply: doc is missing path: "${path}"`, (container, key) =>
      within(`error in remove for path: '${path}'`, () => this.#without(container, key)),
    );
  }

  #replace(path: string, value: Value | undefined): void {
    if (path === "") {
      if (!isContainer(value)) throw new PatchError("replace operation value must be object or array");
      this.root = value;
      return;
    }
    this.#change(path, `replace operation does not apply: doc is missing path: ${path}`, (container, key) => {
      if (!isList(container)) return this.#withMember(container, key, value ?? null);
      const index = positionIn(container, key);
      if (typeof index === "string") {
        throw new PatchError(`replace operation does not apply: doc is missing key: ${path}: ${MISSING}`);
      }
      this.#charge(container.length);
      return container.with(index, value ?? null);
    });
  }

  #move(from: string, path: string): void {
    if (from === "")
      throw new PatchError(`move operation failed to decode from: operation, missing from field: ${MISSING}`);
    let value: Value = null;
    this.#change(from, `move operation does not apply: doc is missing from path: ${from}`, (container, key) =>
      within(`error in move for path: '${key}'`, () => {
        value = read(container, key) ?? null;
        return this.#without(container, key);
      }),
    );
    this.#add(path, value, `move operation does not apply: doc is missing destination path: ${path}`, "move");
  }

  #copy(from: string, path: string): void {
    if (from === "")
      throw new PatchError(`copy operation failed to decode from: operation, missing from field: ${MISSING}`);
    const found = this.#find(from);
    if (found === undefined) {
      throw new PatchError(`copy operation does not apply: doc is missing from path: ${from}: ${MISSING}`);
    }
    const value = within(`error in copy for from: '${from}'`, () => read(found.container, found.key) ?? null);
    // A copy shares what it is made of: without this, copies of copies would be larger than any memory when written.
    this.#measure(value, 0);
    this.#change(path, `copy operation does not apply: doc is missing destination path: ${path}`, (container, key) =>
      within("error while adding value during copy", () => this.#inserted(container, key, value)),
    );
  }

  #test(path: string, expected: Value | undefined): boolean {
    if (path === "") {
      // The API server's library has no answer to this one: it panics, and the request fails.
      if (expected === undefined) throw new PatchError(`test operation does not apply to the whole: ${MISSING}`);
      return this.#equal(this.root, expected);
    }
    const found = this.#find(path);
    if (found === undefined) {
      throw new PatchError(`test operation does not apply: is missing path: ${path}: ${MISSING}`);
    }
    const value = within(`error in test for path: '${path}'`, () => read(found.container, found.key) ?? null);
    // To the API server what is null or missing equals a value that is not set, and nothing else, null neither.
    if (value === null || expected === undefined) return value === null && expected === undefined;
    // A null that is written out is read as an empty list or object.
    if (expected === null) return isContainer(value) && Object.keys(value).length === 0;
    return this.#equal(value, expected);
  }

  #equal(left: Value, right: Value): boolean {
    this.#measure(left, 0);
    this.#measure(right, 0);
    return equalValues(left, right);
  }

  #measure(value: Value, depth: number): void {
    this.#charge(typeof value === "string" ? 1 + value.length / TEXT_PER_STEP : 1);
    checkDepth(depth);
    if (isContainer(value)) for (const member of Object.values(value)) this.#measure(member, depth + 1);
  }

  /** The container and key that a pointer ends in. */
  #find(path: string): { readonly container: Container; readonly key: string } | undefined {
    const tokens = tokensOf(path);
    const key = tokens.at(-1);
    if (tokens.length < 2 || key === undefined || !isContainer(this.root)) return undefined;
    this.#charge(tokens.length);
    let container: Container = this.root;
    for (const token of tokens.slice(1, -1)) {
      const next = childOf(container, decodeToken(token));
      if (next === undefined) return undefined;
      container = next;
    }
    return { container, key: decodeToken(key) };
  }

  /** The root with another container at the place of the one that a pointer ends in. */
  #change(path: string, missing: string, change: (container: Container, key: string) => Container): void {
    const tokens = tokensOf(path);
    if (tokens.length < 2 || !isContainer(this.root)) throw new PatchError(`${missing}: ${MISSING}`);
    const descend = (container: Container, at: number): Container => {
      const token = decodeToken(tokens[at] as string);
      if (at === tokens.length - 1) return change(container, token);
      const next = childOf(container, token);
      if (next === undefined) throw new PatchError(`${missing}: ${MISSING}`);
      const changed = descend(next, at + 1);
      if (!isList(container)) return this.#withMember(container, token, changed);
      this.#charge(container.length);
      return container.with(positionIn(container, token) as number, changed);
    };
    this.root = descend(this.root, 1);
  }

  #inserted(container: Container, key: string, value: Value): Container {
    if (!isList(container)) return this.#withMember(container, key, value);
    this.#charge(container.length);
    if (key === "-") return [...container, value];
    const index = parseIndex(key);
    if (index === undefined) throw new PatchError(`value was not a proper array index: '${key}': ${notAnIndex(key)}`);
    const position = index < 0 ? index + container.length + 1 : index;
    if (position < 0 || position > container.length) throw new PatchError(outside(index));
    return container.toSpliced(position, 0, value);
  }

  #without(container: Container, key: string): Container {
    if (isList(container)) {
      const index = positionIn(container, key);
      if (typeof index === "string") throw new PatchError(index);
      this.#charge(container.length);
      return container.toSpliced(index, 1);
    }
    if (!Object.hasOwn(container, key)) throw new PatchError(`Unable to remove nonexistent key: ${key}: ${MISSING}`);
    const rest: MutableObject = { ...container };
    this.#charge(Object.keys(rest).length);
    delete rest[key];
    return rest;
  }

  #withMember(container: ValueObject, key: string, value: Value): ValueObject {
    if (key === "__proto__") throw new PatchError('the key "__proto__" is not taken');
    const changed = { ...container, [key]: value };
    this.#charge(Object.keys(changed).length);
    return changed;
  }
}

function tokensOf(path: string): readonly string[] {
  const tokens = path.split("/");
  checkDepth(tokens.length > LIMITS.documentDepth ? tokens.length : 0);
  return tokens;
}

function isContainer(value: Value | undefined): value is Container {
  return Array.isArray(value) || (value !== undefined && isValueObject(value));
}

const isList = (container: Container): container is readonly Value[] => Array.isArray(container);

function childOf(container: Container, key: string): Container | undefined {
  const position = isList(container) ? positionIn(container, key) : key;
  if (isList(container)) {
    const element = typeof position === "string" ? undefined : container[position];
    return isContainer(element) ? element : undefined;
  }
  const member = Object.hasOwn(container, key) ? container[key] : undefined;
  return isContainer(member) ? member : undefined;
}

/** What is under a key; undefined for a member that is not there. */
function read(container: Container, key: string): Value | undefined {
  if (!isList(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  const index = positionIn(container, key);
  if (typeof index === "string") throw new PatchError(index);
  return container[index];
}

/** Where an element is, or why there is none. */
function positionIn(list: readonly Value[], key: string): number | string {
  const index = parseIndex(key);
  if (index === undefined) return notAnIndex(key);
  const position = index < 0 ? index + list.length : index;
  return position < 0 || position >= list.length ? outside(index) : position;
}

function notAnIndex(key: string): string {
  return `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
}

function outside(index: number): string {
  return `Unable to access invalid index: ${index}: invalid index referenced`;
}

/** Runs a step of an operation; what goes wrong in it is told with its place. */
function within<T>(context: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof PatchError ? new PatchError(`${context}: ${error.message}`) : error;
  }
}
