import { AmapError, Double, isValueObject, LIMITS, type Value, type ValueObject } from "../../../base/index.ts";
import { type Charge, PatchError } from "./node.ts";
import { decodeToken, parseIndex } from "./pointer.ts";

type MutableObject = { [key: string]: Value };

/** An object or list of the draft's own, which may be changed in place. */
export type Container = MutableObject | Value[];

/** What making a container of the draft's own costs: about as much as that many steps of a walk take. */
const COPY_STEPS = 16;

/** What a container has under a key. */
export type Lookup =
  | { readonly status: "found"; readonly value: Value }
  | { readonly status: "missing" | "invalid"; readonly message: string };

/**
 * A null that an operation put in. Unlike one that was there before, Kyverno's library makes no container in its place
 * and finds that it is not null in a test.
 */
const NEW_NULL = new Double(Number.NaN);

/**
 * A value while a JSON Patch changes it: what is changed is copied first, once, and shared with the value otherwise.
 */
export class Draft {
  root: Value;
  #hasNewNulls = false;
  readonly #own = new WeakSet<object>();
  readonly #charge: Charge;

  constructor(root: Value, charge: Charge) {
    this.root = root;
    this.#charge = charge;
  }

  /** The container and key that a pointer ends in; undefined when there is no such container. */
  find(path: string): { readonly container: Container; readonly key: string } | undefined {
    const tokens = tokensOf(path);
    let container = this.#open(this.root, (copy) => {
      this.root = copy;
    });
    if (path === "") return container === undefined ? undefined : { container, key: "" };
    if (tokens.length < 2) return undefined;
    this.#charge(tokens.length);
    for (const token of tokens.slice(1, -1)) {
      container = container === undefined || token === "" ? undefined : this.#child(container, decodeToken(token));
    }
    return container === undefined ? undefined : { container, key: decodeToken(tokens.at(-1) as string) };
  }

  /**
   * Makes the containers that a pointer leads through and that are missing or null. A part with an escape is made under
   * its name as written, as Kyverno's library does; the operation then fails.
   */
  ensureParents(path: string): void {
    const tokens = tokensOf(path).slice(1);
    let container = this.#open(this.root, (copy) => {
      this.root = copy;
    });
    this.#charge(tokens.length);
    for (const [position, token] of tokens.slice(0, -1).entries()) {
      // A pointer through an empty key changes nothing with Kyverno's library, and says nothing.
      if (container === undefined || token === "") throw new PatchError("invalid state detected");
      const found = this.get(container, decodeToken(token));
      if (found.status === "found" && found.value !== null) container = this.#child(container, decodeToken(token));
      else container = this.#make(container, token, tokens[position + 1] as string);
    }
    if (container === undefined) throw new PatchError("invalid state detected");
  }

  #make(container: Container, token: string, next: string): Container {
    const index = parseIndex(token);
    if (Array.isArray(container) && index !== undefined && index > container.length) {
      this.#fill(container, index - container.length);
    }
    const made: Container = this.#isListKey(next) ? [] : {};
    this.#own.add(made);
    try {
      this.insert(container, token, made);
    } catch (error) {
      // The pointer's end is looked for afterwards and not found: that is the error which is told.
      if (!(error instanceof PatchError)) throw error;
    }
    if (Array.isArray(made)) this.#fill(made, Math.max(0, parseIndex(next) ?? 0));
    return made;
  }

  #isListKey(token: string): boolean {
    const index = parseIndex(token);
    if (index !== undefined && index < -1) {
      throw new PatchError(
        `Unable to ensure path for negative index other than -1: ${index}: invalid index referenced`,
      );
    }
    return index !== undefined || token === "-";
  }

  #fill(list: Value[], count: number): void {
    this.#charge(count);
    for (let added = 0; added < count; added++) list.push(this.#taken(null));
  }

  /** What is under a key. */
  get(container: Container, key: string): Lookup {
    if (!Array.isArray(container)) {
      if (Object.hasOwn(container, key)) return { status: "found", value: container[key] as Value };
      return { status: "missing", message: `unable to get nonexistent key: ${key}: missing value` };
    }
    const index = parseIndex(key);
    if (index === undefined) return { status: "invalid", message: notAnIndex(key) };
    const position = index < 0 ? index + container.length : index;
    if (position < 0 || position >= container.length) return { status: "invalid", message: outside(index) };
    return { status: "found", value: container[position] as Value };
  }

  /** Adds a member, or an element before the one at an index. */
  insert(container: Container, key: string, value: Value): void {
    if (!Array.isArray(container)) return this.#setMember(container, key, value);
    if (key === "-") {
      container.push(this.#taken(value));
      return;
    }
    const index = parseIndex(key);
    if (index === undefined) throw new PatchError(`value was not a proper array index: '${key}': ${notAnIndex(key)}`);
    const size = container.length + 1;
    const position = index < 0 ? index + size : index;
    if (position < 0 || position >= size) throw new PatchError(outside(index));
    this.#charge(size - position);
    container.splice(position, 0, this.#taken(value));
  }

  /** Replaces what is under a key that exists. */
  put(container: Container, key: string, value: Value): void {
    if (!Array.isArray(container)) return this.#setMember(container, key, value);
    const index = parseIndex(key) as number;
    container[index < 0 ? index + container.length : index] = this.#taken(value);
  }

  #setMember(container: MutableObject, key: string, value: Value): void {
    if (key === "__proto__") throw new PatchError('the key "__proto__" is not taken');
    container[key] = this.#taken(value);
  }

  #taken(value: Value): Value {
    if (value !== null) return value;
    this.#hasNewNulls = true;
    return NEW_NULL;
  }

  /** What the operations made of the value. */
  finish(): Value {
    this.checkDepth(this.root);
    if (this.#hasNewNulls) this.#settle(this.root);
    return this.root;
  }

  /** Moves nest values as deep as they like; what walks through them afterwards must not run out of stack. */
  checkDepth(value: Value, depth = 0): void {
    this.#charge(1);
    if (depth > LIMITS.documentDepth) throw tooDeep();
    if (typeof value !== "object" || value === null || value instanceof Double) return;
    for (const member of Object.values(value)) this.checkDepth(member, depth + 1);
  }

  /** Only the draft's own containers hold new nulls. */
  #settle(value: Value): void {
    if (typeof value !== "object" || value === null || !this.#own.has(value)) return;
    this.#charge(1);
    const container = value as MutableObject;
    for (const key of Object.keys(container)) {
      if (container[key] === NEW_NULL) container[key] = null;
      else this.#settle(container[key] as Value);
    }
  }

  /** Takes out what is under a key; nothing happens when there is nothing. */
  take(container: Container, key: string): void {
    if (!Array.isArray(container)) {
      if (Object.hasOwn(container, key)) delete container[key];
      return;
    }
    const index = parseIndex(key);
    if (index === undefined) throw new PatchError(notAnIndex(key));
    const position = index < 0 ? index + container.length : index;
    if (position < 0 || position >= container.length) return;
    this.#charge(container.length - position);
    container.splice(position, 1);
  }

  /** A copy that shares nothing with the draft. */
  clone(value: Value, depth = 0): Value {
    this.#charge(1);
    if (depth > LIMITS.documentDepth) throw tooDeep();
    if (typeof value !== "object" || value === null || value instanceof Double) return value;
    this.#charge(COPY_STEPS);
    if (Array.isArray(value))
      return this.#adopt((value as readonly Value[]).map((item) => this.clone(item, depth + 1)));
    const source = value as ValueObject;
    const copy: MutableObject = {};
    for (const key of Object.keys(source)) copy[key] = this.clone(source[key] as Value, depth + 1);
    return this.#adopt(copy);
  }

  #adopt<T extends Container>(container: T): T {
    this.#own.add(container);
    return container;
  }

  #child(container: Container, key: string): Container | undefined {
    const found = this.get(container, key);
    if (found.status !== "found") return undefined;
    return this.#open(found.value, (copy) => this.put(container, key, copy));
  }

  /** The value as a container of the draft's own; undefined for scalars. */
  #open(value: Value, replace: (copy: Container) => void): Container | undefined {
    if (typeof value !== "object" || value === null || value instanceof Double) return undefined;
    if (this.#own.has(value)) return value as Container;
    const copy: Container = isValueObject(value) ? { ...value } : [...value];
    this.#charge(Object.keys(copy).length);
    this.#adopt(copy);
    replace(copy);
    return copy;
  }
}

function tokensOf(path: string): readonly string[] {
  const tokens = path.split("/");
  if (tokens.length > LIMITS.documentDepth) throw tooDeep();
  return tokens;
}

function tooDeep(): AmapError {
  return new AmapError("LIMIT_EXCEEDED", `expected values nested at most ${LIMITS.documentDepth} deep`);
}

function notAnIndex(key: string): string {
  return `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
}

function outside(index: number): string {
  return `Unable to access invalid index: ${index}: invalid index referenced`;
}
