import { AmapError, isValueObject, LIMITS, type Value, type ValueObject } from "../../base/index.ts";
import { explainJmesFailure } from "../language/jmespath/explain/explain-failure.ts";
import { type JmesContext, type JmesProgram, JmesRoot } from "../language/jmespath/program.ts";
import { renderEach } from "../language/variables/render-each.ts";
import { explanationIn, isExpressionFailure, type QueryScope, type VariableNote } from "../language/variables/scope.ts";
import type { FactReader } from "./facts.ts";
import { mergeValues, sizeOfValue } from "./merge-values.ts";
import { splitVariableName } from "./variable-name.ts";

/** A member of a context that is made on first use: a context entry of a policy, or `images`. */
export interface LazyMember {
  readonly name: string;
  /** Whether its value takes the place of one that is there; otherwise objects are merged, as Kyverno does. */
  readonly replaces: boolean;
  /** Where it stands in its policy, for explanations. */
  readonly place?: string;
  /**
   * Its value; undefined when there is nothing to show. It sees what stands before it, never itself.
   * @throws MISSING_FACT, {AmapError}
   */
  load(scope: RuleContext, facts: FactReader): Value | undefined;
}

/** Lazy members in the order in which they are declared, ready for look-up. Made once for a policy. */
export interface LazyMembers {
  readonly list: readonly LazyMember[];
  /** Indexes by name, in order. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
}

/** Puts lazy members in order. */
export function indexLazyMembers(list: readonly LazyMember[]): LazyMembers {
  const byName = new Map<string, number[]>();
  for (const [index, { name }] of list.entries()) {
    const indexes = byName.get(name);
    if (indexes === undefined) byName.set(name, [index]);
    else indexes.push(index);
  }
  return { list, byName };
}

/** What one step has added. */
interface Layer {
  /** 0 for the outermost. */
  readonly depth: number;
  readonly parent: Layer | undefined;
  readonly members: ValueObject;
  readonly lazy: LazyMembers;
  /** Whether this layer or one outside of it has lazy members. */
  readonly hasLazy: boolean;
  readonly facts: FactReader | undefined;
  /** What is made already: of this layer's lazy members, and of outer ones that have read members of this layer. */
  made: Map<LazyMember, Made> | undefined;
}

/** A lazy member's outcome, and the innermost layer that it depends on. */
type Made = { readonly depth: number } & (
  | { readonly ok: true; readonly value: Value | undefined }
  | { readonly ok: false; readonly error: AmapError }
);

interface Found {
  readonly value: Value;
  readonly depth: number;
}

/** What may be seen while a lazy member is made: no lazy member behind it. */
interface Bound {
  readonly layer: Layer;
  readonly index: number;
}

/** What all contexts of one rule share. */
interface Shared {
  readonly context: JmesContext;
  readonly operation: string;
  readonly note: ((step: VariableNote) => void) | undefined;
  /** Characters of JSON that lazy members have added. */
  size: number;
  /** Lazy members that are being made, one inside the other. */
  nesting: number;
  /** What was to be made when WANTED was thrown. */
  wanted: Wanted | undefined;
}

/** A lazy member that is to be made first, as `scope` needs it. */
interface Wanted {
  readonly scope: RuleContext;
  readonly lazy: LazyMember;
  readonly owner: Layer;
  readonly index: number;
}

/** Lazy members made inside each other before the stack is unwound: each may be a deep document. */
const MAX_NESTING = 3;

/** Thrown to unwind the stack and make a lazy member first. Nothing in `policy/` catches what it does not know. */
const WANTED = Symbol("wanted member");

const NO_LAZY_MEMBERS: LazyMembers = indexLazyMembers([]);
const NO_MEMBERS: ValueObject = Object.freeze({});
const NO_INDEXES: readonly number[] = [];

/**
 * What the queries of one rule see: `request`, `images`, `element`, context entries… Contexts do not change: each step
 * of a rule makes one that shows more, and nothing is copied. Lazy members are made when a query names them, and kept.
 */
export class RuleContext extends JmesRoot implements QueryScope {
  readonly #shared: Shared;
  readonly #layer: Layer;
  readonly #bound: Bound | undefined;
  /** The innermost layer that was read, while a lazy member is made. */
  #deepest = 0;

  private constructor(shared: Shared, layer: Layer, bound?: Bound) {
    super();
    this.#shared = shared;
    this.#layer = layer;
    this.#bound = bound;
  }

  /**
   * A context of these members; `operation` is `request.operation`, which decides what `request.object` means. `note` is
   * told of each variable, those of context entries included.
   */
  static create(
    members: ValueObject,
    operation: string,
    context: JmesContext,
    note?: (step: VariableNote) => void,
  ): RuleContext {
    const shared: Shared = { context, operation, note, size: 0, nesting: 0, wanted: undefined };
    return new RuleContext(shared, layerOver(undefined, members));
  }

  get context(): JmesContext {
    return this.#shared.context;
  }

  get operation(): string {
    return this.#shared.operation;
  }

  get note(): ((step: VariableNote) => void) | undefined {
    return this.#shared.note;
  }

  /** One that shows these members instead of those of the same names. */
  withMembers(members: ValueObject): RuleContext {
    return this.#below(layerOver(this.#layer, members));
  }

  /** One whose `request.object` is another: the next step of a chain of mutations. */
  withResource(object: Value): RuleContext {
    const request = this.member("request");
    return this.withMembers({ request: isValueObject(request) ? { ...request, object } : { object } });
  }

  /**
   * One with variables that a test or the command line gives: `request.object.metadata.name` sets a member of what is
   * there, a part with points stands in quotes, objects are merged.
   * @throws {AmapError} VALUE_INVALID for a name that cannot be read
   */
  withVariables(variables: Iterable<readonly [name: string, value: Value]>): RuleContext {
    let members: Record<string, Value> | undefined;
    for (const [name, value] of variables) {
      members ??= Object.create(null) as Record<string, Value>;
      const [first, ...path] = splitVariableName(name) as [string, ...string[]];
      const nested = path.reduceRight<Value>((inner, key) => ({ [key]: inner }), value);
      const there = members[first] ?? this.member(first);
      members[first] = there === undefined ? nested : mergeValues(there, nested);
    }
    return members === undefined ? this : this.#below(layerOver(this.#layer, members));
  }

  /** One with members that are made when they are used. */
  withLazyMembers(lazy: LazyMembers, facts: FactReader): RuleContext {
    if (lazy.list.length === 0) return this;
    const { depth } = this.#layer;
    const made = undefined;
    return this.#below({
      depth: depth + 1,
      parent: this.#layer,
      members: NO_MEMBERS,
      lazy,
      hasLazy: true,
      facts,
      made,
    });
  }

  query(program: JmesProgram): Value {
    // As Kyverno: what a query names is loaded before it runs, and in the order of the declarations.
    this.#load(program.names);
    try {
      return program.evaluate(this, this.context);
    } catch (error) {
      if (!isExpressionFailure(error)) throw error;
      const message = `JMESPath query failed: ${error.message}`;
      throw new AmapError(error.code, message, { cause: error, hint: error.hint, details: this.#explain(program) });
    }
  }

  /** Details of the failure of a query, where an explanation was asked for. All that it names is there by now. */
  #explain(program: JmesProgram): Readonly<Record<string, unknown>> {
    if (this.#shared.note === undefined) return {};
    const explanation = explainJmesFailure(program.source, this, this.context.now);
    return explanation === undefined ? {} : { explanation };
  }

  member(name: string): Value | undefined {
    const found = this.#findNow(name);
    if (found !== undefined && found.depth > this.#deepest) this.#deepest = found.depth;
    return found?.value;
  }

  /** All that is there: lazy members only when they have been made, as in Kyverno. */
  whole(): Value {
    const names = new Set<string>();
    for (let layer: Layer | undefined = this.#layer; layer !== undefined; layer = layer.parent) {
      for (const name of Object.keys(layer.members)) names.add(name);
      for (const [{ name }, made] of layer.made ?? []) if (made.ok) names.add(name);
    }
    const members: Record<string, Value> = {};
    for (const name of names) {
      const value = this.member(name);
      if (value !== undefined && name !== "__proto__") members[name] = value;
    }
    return members;
  }

  /**
   * Makes what the names stand for. A long chain of members that use each other is made from its end, so that it cannot
   * overflow the stack.
   */
  #load(names: readonly string[]): void {
    const shared = this.#shared;
    if (!this.#layer.hasLazy) return;
    const waiting: Wanted[] = [];
    for (;;) {
      const next = waiting.at(-1);
      try {
        if (next === undefined) renderEach(names, (name) => this.#find(name));
        else next.scope.#make(next.lazy, next.owner, next.index);
        if (waiting.pop() === undefined) return;
      } catch (error) {
        if (error !== WANTED || shared.nesting > 0 || shared.wanted === undefined) throw error;
        waiting.push(shared.wanted);
      }
    }
  }

  #below(layer: Layer): RuleContext {
    return new RuleContext(this.#shared, layer, this.#bound);
  }

  /** The same outside of a query, which has made all that it names before it runs. */
  #findNow(name: string): Found | undefined {
    try {
      return this.#find(name);
    } catch (error) {
      if (error !== WANTED) throw error;
      this.#load([name]);
      return this.#find(name);
    }
  }

  #find(name: string): Found | undefined {
    let lazy: { readonly layer: Layer; readonly index: number }[] | undefined;
    let found: Found | undefined;
    for (let layer: Layer | undefined = this.#layer; layer !== undefined; layer = layer.parent) {
      const indexes = layer.lazy === NO_LAZY_MEMBERS ? NO_INDEXES : (layer.lazy.byName.get(name) ?? NO_INDEXES);
      for (const index of indexes.toReversed()) {
        if (this.#maySee(layer, index)) (lazy ??= []).push({ layer, index });
      }
      const value = Object.hasOwn(layer.members, name) ? layer.members[name] : undefined;
      if (value === undefined) continue;
      found = { value, depth: layer.depth };
      break;
    }
    for (const { layer, index } of lazy?.toReversed() ?? []) found = this.#over(found, layer, index);
    return found;
  }

  #maySee(layer: Layer, index: number): boolean {
    if (this.#bound === undefined || layer.depth < this.#bound.layer.depth) return true;
    return layer === this.#bound.layer && index < this.#bound.index;
  }

  /** What a name shows with one lazy member more. */
  #over(found: Found | undefined, layer: Layer, index: number): Found | undefined {
    const lazy = layer.lazy.list[index] as LazyMember;
    const made = this.#recall(lazy, layer) ?? this.#make(lazy, layer, index);
    if (!made.ok) throw made.error;
    if (made.value === undefined) return found;
    if (found === undefined || lazy.replaces) return { value: made.value, depth: made.depth };
    return { value: mergeValues(found.value, made.value), depth: Math.max(made.depth, found.depth) };
  }

  #recall(lazy: LazyMember, owner: Layer): Made | undefined {
    for (let layer = this.#layer; ; layer = layer.parent as Layer) {
      const made = layer.made?.get(lazy);
      if (made !== undefined || layer === owner) return made;
    }
  }

  /** Makes a lazy member, and keeps it where all that it has read is the same. */
  #make(lazy: LazyMember, owner: Layer, index: number): Made {
    const shared = this.#shared;
    if (shared.nesting >= MAX_NESTING) {
      shared.wanted = { scope: this, lazy, owner, index };
      throw WANTED;
    }
    this.context.charge(1);
    const scope = new RuleContext(shared, this.#layer, { layer: owner, index });
    const depth = (): number => Math.max(owner.depth, scope.#deepest);
    let made: Made;
    shared.nesting++;
    try {
      const value = lazy.load(scope, owner.facts as FactReader);
      if (value !== undefined) this.#count(value);
      made = { ok: true, value, depth: depth() };
      if (value !== undefined) shared.note?.({ kind: "entry", path: lazy.place ?? "", name: lazy.name, value });
    } catch (error) {
      if (!isExpressionFailure(error)) throw error;
      made = { ok: false, error, depth: depth() };
      shared.note?.({
        kind: "entryFailed",
        path: lazy.place ?? "",
        name: lazy.name,
        message: error.message,
        ...explanationIn(error),
      });
    } finally {
      shared.nesting--;
    }
    let layer = this.#layer;
    while (layer.depth > made.depth) layer = layer.parent as Layer;
    (layer.made ??= new Map()).set(lazy, made);
    return made;
  }

  /** As Kyverno limits a context, so that entries made of each other cannot grow without end. */
  #count(value: Value): void {
    const left = LIMITS.contextCharacters - this.#shared.size;
    const size = sizeOfValue(value, left, (steps) => this.context.charge(steps));
    if (size > left) {
      throw new AmapError(
        "LIMIT_EXCEEDED",
        `context entries hold more than ${LIMITS.contextCharacters} characters of JSON`,
      );
    }
    this.#shared.size += size;
  }
}

function layerOver(parent: Layer | undefined, members: ValueObject): Layer {
  const depth = parent === undefined ? 0 : parent.depth + 1;
  return {
    depth,
    parent,
    members,
    lazy: NO_LAZY_MEMBERS,
    hasLazy: parent?.hasLazy ?? false,
    facts: undefined,
    made: undefined,
  };
}
