import { AmapError, isValueObject, LIMITS, type Value, type ValueObject } from "../../../base/index.ts";
import { quoteAsGo } from "../cel/values/text.ts";
import { goNumber, printed, typeName } from "../pattern/go-text.ts";
import { keyOfElement } from "./list-key.ts";
import type { MergeAtom, MergeList, MergeMap, MergeType } from "./merge-type.ts";
import type { Charge } from "./node.ts";

/** What is wrong at one place; messages are the API server's own. */
export interface MergeIssue {
  /** `.spec.containers[name="web"].image`; empty for the whole object. */
  readonly path: string;
  readonly message: string;
}

/** How an object is held against a type. */
interface ValidationOptions {
  /** Whether elements of a set or map may be there twice: in objects that were stored before the type said otherwise. */
  readonly allowsDuplicates: boolean;
  readonly charge: Charge;
}

/** What of a value is not of the type, in the order of the value: all that is found, but for more than people read. */
export function validateTyped(value: Value, type: MergeType, options: ValidationOptions): readonly MergeIssue[] {
  const issues: MergeIssue[] = [];
  new Validation(issues, options).validate(value, type, "", 0);
  return issues;
}

/** The form that a value has, of those that are possible; all of them for null and for what fits none. */
export function deduceForm(atom: MergeAtom, value: Value | undefined): MergeAtom {
  if (value === null || value === undefined) return atom;
  if (Array.isArray(value)) return atom.list === undefined ? atom : { ...NO_FORM, list: atom.list };
  if (isValueObject(value)) return atom.map === undefined ? atom : { ...NO_FORM, map: atom.map };
  return atom.scalar === undefined ? atom : { ...NO_FORM, scalar: atom.scalar };
}

/** A message is read by people: what is wrong in the hundredth place does not help. */
const MAX_ISSUES = 100;
const MAX_MESSAGE_LENGTH = 4_096;
const NO_FORM: MergeAtom = { scalar: undefined, list: undefined, map: undefined };

/** @throws {AmapError} LIMIT_EXCEEDED */
export function checkDepth(depth: number): void {
  if (depth > LIMITS.documentDepth) {
    throw new AmapError("LIMIT_EXCEEDED", `expected values nested at most ${LIMITS.documentDepth} deep`);
  }
}

class Validation {
  readonly #issues: MergeIssue[];
  readonly #allowsDuplicates: boolean;
  readonly #charge: Charge;

  constructor(issues: MergeIssue[], { allowsDuplicates, charge }: ValidationOptions) {
    this.#issues = issues;
    this.#allowsDuplicates = allowsDuplicates;
    this.#charge = charge;
  }

  validate(value: Value, type: MergeType, path: string, depth: number): void {
    this.#charge(1);
    checkDepth(depth);
    const form = deduceForm(type(), value);
    // Null is a value of any type.
    if (value === null) return;
    if (form.map !== undefined) this.#validateMap(value, form.map, path, depth);
    else if (form.scalar !== undefined) this.#validateScalar(value, form.scalar, path);
    else if (form.list !== undefined) this.#validateList(value, form.list, path, depth);
  }

  #validateMap(value: Value, map: MergeMap, path: string, depth: number): void {
    if (!isValueObject(value)) return this.#refuse(path, `expected map, got &{${printed(value)}}`);
    for (const [key, member] of Object.entries(value)) {
      const type = map.field(key)?.type ?? map.others;
      const place = `${path}.${key}`;
      if (type === undefined) this.#refuse(place, "field not declared in schema");
      else this.validate(member, type, place, depth + 1);
    }
  }

  #validateList(value: Value, list: MergeList, path: string, depth: number): void {
    if (!Array.isArray(value)) return this.#refuse(path, `expected list, got &{${printed(value)}}`);
    const seen = new Set<string>();
    for (const [index, element] of (value as readonly Value[]).entries()) {
      if (list.isAtomic) {
        this.validate(element, list.element, `${path}[${index}]`, depth + 1);
        continue;
      }
      const key = keyOfElement(list, element);
      // Without a key there is no name for the places within, nor within what follows.
      if (!key.ok) return this.#refuse(path, `element ${index}: ${key.message}`);
      if (seen.has(key.id) && !this.#allowsDuplicates) {
        this.#refuse(path, `duplicate entries for key ${key.text}`);
      }
      seen.add(key.id);
      this.validate(element, list.element, path + key.text, depth + 1);
    }
  }

  #validateScalar(value: Value, scalar: NonNullable<MergeAtom["scalar"]>, path: string): void {
    switch (scalar) {
      case "numeric":
        if (goNumber(value) === undefined) {
          this.#refuse(path, `expected numeric (int or float), got ${typeName(value)}`);
        }
        return;
      case "string":
        if (typeof value !== "string") {
          this.#refuse(path, `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
        }
        return;
      case "boolean":
        if (typeof value !== "boolean") this.#refuse(path, `expected boolean, got &{${printed(value)}}`);
        return;
      default:
        if (Array.isArray(value) || isValueObject(value)) {
          this.#refuse(path, `expected any scalar, got &{${printed(value)}}`);
        }
    }
  }

  #refuse(path: string, message: string): void {
    if (this.#issues.length >= MAX_ISSUES) return;
    const isLong = message.length > MAX_MESSAGE_LENGTH;
    this.#issues.push({ path, message: isLong ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message });
  }
}

/** A value as `%#v` prints it. */
function goSyntax(value: Value): string {
  if (typeof value === "string") return quoteAsGo(value);
  if (value === null) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${(value as readonly Value[]).map(goSyntax).join(", ")}}`;
  if (isValueObject(value)) return goMapSyntax(value);
  return printed(value);
}

function goMapSyntax(value: ValueObject): string {
  const members = Object.keys(value)
    .sort()
    .map((key) => `${quoteAsGo(key)}:${goSyntax(value[key] as Value)}`);
  return `map[string]interface {}{${members.join(", ")}}`;
}
