/**
 * Writes the source of a quick run (quick.ts says what that is). A tree of closures shares its inline caches between all
 * programs; a function of its own for each program has its own, and reads `object.spec.containers` once however often
 * the expression does: row 12 of the bench takes 2,300 ns in closures, 320 so; row 4, which reads little, 220 and 90.
 *
 * The law of this file: nothing of a policy ever reaches generated source but names of fields that match
 * {@link IDENTIFIER}, safe integers and truth values. All other values of the expression are captured and stand in the
 * source as `c0`, `c1`; what surrounds them is fixed here and in the quick runs of the parts, which write no text of
 * their own but what this class gave them.
 */
import { isPlainMap } from "../values/kinds.ts";
import { type CelValue, NONE, Optional } from "../values/value.ts";
import { isAmbiguousField } from "./fields.ts";
import { exhausted, type Frame } from "./frame.ts";

/** What is written for a part: its code, and the name under which its value is found behind it. */
export type Quick = (writer: QuickWriter) => string;

/** A generated run: the value, or undefined where something is not plain. It fails only as the functions it calls do. */
export type QuickRun = (
  variables: Frame["variables"],
  locals: Frame["locals"],
  budget: Frame["budget"],
  frame: Frame | undefined,
) => CelValue | undefined;

/** What is known of a name's value: never undefined, and of one type. */
type Kind = "present" | "boolean" | "number" | "list" | "object";

/** ASCII letters, digits and `_`, all of them: `$` without the flag m is the text's end and nothing before it. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** So long a function is neither optimized nor worth reading. */
const MAX_NAMES = 4096;

/** An expression for which no function is written. */
class TooLong extends Error {}

/** Whether a member is there, for fields that more than maps may have. */
const ownMember = (holder: object, field: string): unknown =>
  Object.hasOwn(holder, field) ? (holder as Record<string, unknown>)[field] : undefined;

/** What generated source may use besides what is captured. */
const HELPERS: Readonly<Record<string, unknown>> = { isPlainMap, ownMember, exhausted, Optional, NONE };

/** One function in the making. */
export class QuickWriter {
  readonly #lines: string[] = [];
  readonly #captured: unknown[] = [];
  readonly #capturedNames = new Map<unknown, string>();
  /** What is known, by block, the innermost last: it holds behind the line that found it out, in that block. */
  readonly #known: Map<string, string>[] = [new Map()];
  #names = 0;
  /** Whether the function uses its frame; without, none need be made. */
  usesFrame = false;

  /** A value of the expression: written out where it is a truth value or a safe integer, else captured. */
  constant(value: CelValue): string {
    if (typeof value === "boolean") return this.know("boolean", String(value));
    // -0 is not written as it is.
    const isWritten = typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0);
    if (isWritten) return this.know("number", `(${value})`);
    return this.know("present", this.capture(value));
  }

  /** A name for any value or function. */
  capture(value: unknown): string {
    const known = this.#capturedNames.get(value);
    if (known !== undefined) return known;
    const name = `c${this.#captured.push(value) - 1}`;
    this.#capturedNames.set(value, name);
    return name;
  }

  /** The frame's name. */
  frame(): string {
    this.usesFrame = true;
    return "f";
  }

  /** A variable; undefined where it has no value. */
  variable(slot: number): string {
    return this.#once(`variable ${slot}`, () => `vs[${slot}]`);
  }

  /** A macro's variable: of a loop of this function, or of one around it. */
  local(slot: number): string {
    return this.#once(`local ${slot}`, () => `ls[${slot}]`);
  }

  /** From here on, in this block, the macro's variable is what has this name. */
  setLocal(slot: number, name: string): void {
    this.#remember(`local ${slot}`, this.know("present", name));
  }

  /** A new name for what an expression over names gives. */
  define(expression: string): string {
    const name = this.#name("v");
    this.line(`const ${name} = ${expression};`);
    return name;
  }

  /** A new name that is assigned later. */
  declare(value: string): string {
    const name = this.#name("r");
    this.line(`let ${name} = ${value};`);
    return name;
  }

  /** A call of something captured, with names. It may throw as evaluations fail; undefined is not plain. */
  call(called: unknown, args: readonly string[]): string {
    return this.present(this.define(`${this.capture(called)}(${args.join(", ")})`));
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** Lines between braces; what is found out in them is forgotten behind. */
  block(head: string, write: () => void): void {
    this.line(`${head} {`);
    this.#known.push(new Map());
    write();
    this.#known.pop();
    this.line("}");
  }

  /** As `block`, with a label that is left by `break`. */
  labelled(head: string, write: (label: string) => void): void {
    const label = this.#name("l");
    this.block(`${label}: ${head}`, () => write(label));
  }

  /** A loop over a list, from its first element on. */
  loop(list: string, slot: number, write: () => void): void {
    const index = this.#name("i");
    this.block(`for (let ${index} = 0; ${index} < ${list}.length; ${index}++)`, () => {
      this.setLocal(slot, this.define(`${list}[${index}]`));
      write();
    });
  }

  /** Takes steps from the budget. */
  spend(steps: number): void {
    this.line(`if ((b.steps -= ${this.constant(steps)}) < 0) throw exhausted();`);
  }

  /** The same name; from here on its value is there. */
  present(name: string): string {
    return this.#demand("present", name, `${name} === undefined`);
  }

  /** The same name; from here on its value is a truth value. */
  boolean(name: string): string {
    return this.#demand("boolean", name, `typeof ${name} !== "boolean"`);
  }

  /** States what is known of a name. */
  know(kind: Kind, name: string): string {
    this.#remember(`${kind} ${name}`, name);
    if (kind !== "present") this.#remember(`present ${name}`, name);
    return name;
  }

  knows(kind: Kind, name: string): boolean {
    return this.#find(`${kind} ${name}`) !== undefined;
  }

  /** A member; undefined where it is not there. What should hold it is no Optional. */
  member(holder: string, field: string): string {
    return this.#once(`member ${holder}.${field}`, () => {
      if (isAmbiguousField(field)) {
        this.#demandPlainMap(holder);
        return `ownMember(${holder}, ${this.capture(field)})`;
      }
      this.#demand("object", holder, `typeof ${holder} !== "object" || ${holder} === null`);
      return IDENTIFIER.test(field) ? `${holder}.${field}` : `${holder}[${this.capture(field)}]`;
    });
  }

  /** As `member`, where undefined means that a map has none. */
  memberOrNone(holder: string, field: string): string {
    const member = this.member(holder, field);
    const isKnown = ["present", "none"].some((fact) => this.#find(`${fact} ${member}`) !== undefined);
    if (isKnown || this.#find(`plain ${holder}`) !== undefined) return member;
    this.line(`if (${member} === undefined && !isPlainMap(${holder})) return undefined;`);
    this.#remember(`none ${member}`, member);
    return member;
  }

  /** The function; undefined where code must not be made from strings, and for what is too long. */
  static generate(quick: Quick): { readonly run: QuickRun; readonly usesFrame: boolean } | undefined {
    const writer = new QuickWriter();
    try {
      const result = quick(writer);
      const run = writer.#make(result);
      return { run, usesFrame: writer.usesFrame };
    } catch (error) {
      // Node's --disallow-code-generation-from-strings, a page's content security policy; blocks nested too deep.
      if (error instanceof EvalError || error instanceof TooLong || error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #make(result: string): QuickRun {
    const captured = this.#captured.map((_, index) => `const c${index} = c[${index}];`);
    const lines = ['"use strict";', ...captured, "return (vs, ls, b, f) => {", ...this.#lines, `return ${result}; };`];
    // oxlint-disable-next-line typescript/no-implied-eval -- only identifiers in fixed lines: see the file's law
    const make = new Function("c", ...Object.keys(HELPERS), lines.join("\n"));
    return make(this.#captured, ...Object.values(HELPERS)) as QuickRun;
  }

  #demandPlainMap(name: string): void {
    if (this.#find(`plain ${name}`) !== undefined) return;
    this.line(`if (!isPlainMap(${name})) return undefined;`);
    this.#remember(`plain ${name}`, name);
    this.know("object", name);
  }

  #demand(kind: Kind, name: string, unless: string): string {
    if (this.knows(kind, name)) return name;
    this.line(`if (${unless}) return undefined;`);
    return this.know(kind, name);
  }

  /** What is known under a key, or else a new name for the expression. */
  #once(key: string, expression: () => string): string {
    const known = this.#find(key);
    if (known !== undefined) return known;
    const text = expression();
    const name = this.define(text);
    this.#remember(key, name);
    return name;
  }

  #find(key: string): string | undefined {
    for (let level = this.#known.length - 1; level >= 0; level--) {
      const found = this.#known[level]?.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #remember(key: string, name: string): void {
    this.#known.at(-1)?.set(key, name);
  }

  #name(prefix: string): string {
    if (++this.#names > MAX_NAMES) throw new TooLong();
    return `${prefix}${this.#names}`;
  }
}
