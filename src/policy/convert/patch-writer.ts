import { type CelText, not, quote, within } from "./cel-text.ts";
import type { Field } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { isSure, memberPlace, type Place, presence, valueOr } from "./place.ts";

/** A step of a JSON pointer: the name of a member, a number, or an index that a loop counts. */
export type PointerStep = string | { readonly index: string };

/** The root of what is patched. */
export interface PatchRoot {
  readonly place: Place;
  /** CEL for the pointer to it; empty for the whole object. */
  readonly pointer: string;
}

/**
 * Writes a JSON patch in CEL that does what Kyverno's does: maps and lists on the way that are missing are made first, and
 * what is not there is not removed.
 */
export class PatchWriter {
  readonly #root: PatchRoot;
  readonly #path: string;
  readonly #parts: { readonly text: string; readonly isOne: boolean }[] = [];
  /** Pointers of what the operations before have made. */
  readonly #made = new Set<string>();

  constructor(root: PatchRoot, path: string) {
    this.#root = root;
    this.#path = path;
  }

  /** Where a pointer leads; undefined behind the last element of a list. */
  placeOf(steps: readonly PointerStep[]): Place | undefined {
    return steps.reduce<Place | undefined>(
      (place, step) => (place === undefined ? undefined : this.#step(place, step)),
      this.#root.place,
    );
  }

  add(steps: readonly PointerStep[], value: string): void {
    const last = steps.at(-1);
    const before = steps.slice(0, -1);
    const list = this.#placeAt(before);
    if (last === "-" && !isSure(list) && !this.#isMade(before)) {
      this.#parents(before);
      this.#one("add", before, `${valueOr(list, "[]")} + [${value}]`);
      this.#note(before);
      return;
    }
    this.#parents(steps);
    this.#one("add", steps, value);
    if (last !== "-") this.#note(steps);
  }

  /** Only where nothing is there. */
  addIfMissing(steps: readonly PointerStep[], value: string): void {
    const place = this.#placeAt(steps);
    if (isSure(place)) return;
    this.#parents(steps);
    this.#when(not(presence(place)), "add", steps, value);
  }

  replace(steps: readonly PointerStep[], value: string): void {
    this.#one("replace", steps, value);
  }

  remove(steps: readonly PointerStep[]): void {
    const place = this.#placeAt(steps);
    if (isSure(place) || this.#isMade(steps)) this.#one("remove", steps);
    else this.#when(presence(place), "remove", steps);
  }

  /** A pointer in CEL. */
  pointer(steps: readonly PointerStep[]): string {
    const pieces: string[] = this.#root.pointer === "" ? [] : [this.#root.pointer];
    let text = "";
    for (const step of steps) {
      if (typeof step === "string") {
        text += `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      } else {
        pieces.push(quote(`${text}/`), `string(${step.index})`);
        text = "";
      }
    }
    if (text !== "") pieces.push(quote(text));
    return pieces.join(" + ");
  }

  /** The one operation, where there is no other and none depends on anything. */
  get only(): string | undefined {
    const [first] = this.#parts;
    return this.#parts.length === 1 && first?.isOne === true ? first.text : undefined;
  }

  /** All operations as one list in CEL. */
  get text(): string {
    const pieces: string[] = [];
    let plain: string[] = [];
    const close = (): void => {
      if (plain.length > 0) pieces.push(`[${plain.join(", ")}]`);
      plain = [];
    };
    for (const { text, isOne } of this.#parts) {
      if (isOne) {
        plain.push(text);
        continue;
      }
      close();
      pieces.push(text);
    }
    close();
    return pieces.length === 0 ? "[]" : pieces.join(" + ");
  }

  #placeAt(steps: readonly PointerStep[]): Place {
    return this.placeOf(steps) ?? this.#refuse("a place behind the last element of a list");
  }

  #step(place: Place, step: PointerStep): Place | undefined {
    const { type } = place;
    if (type.kind === "list") {
      if (step === "-") return undefined;
      if (typeof step === "string" && !/^[0-9]+$/.test(step)) return this.#refuse("a list has no members");
      if (typeof step === "string" && step !== "0") return this.#refuse("whether a list has so many elements");
      // A Pod has a container.
      if (typeof step === "string" && place.name !== "containers")
        return this.#refuse("whether a list has elements decides");
      if (!isSure(place)) return this.#refuse("an element of a list that may be missing");
      const index = typeof step === "string" ? step : step.index;
      return { ...place, base: `${place.base}[${index}]`, type: type.items };
    }
    if (typeof step !== "string") return this.#refuse("an index into something that is no list");
    return memberPlace(place, step, this.#field(place, step));
  }

  #field({ type }: Place, name: string): Field {
    if (type.kind === "map") return { type: type.value, isCertain: false };
    const field = type.kind === "object" ? type.field(name) : undefined;
    return field ?? this.#refuse(`objects of these kinds have no field ${name}, or its type is not known`);
  }

  /** Makes what is missing on the way. */
  #parents(steps: readonly PointerStep[]): void {
    for (let count = 1; count < steps.length; count++) {
      const at = steps.slice(0, count);
      const place = this.#placeAt(at);
      if (isSure(place) || this.#isMade(at)) continue;
      const isList = place.type.kind === "list";
      this.#when(not(presence(place)), "add", at, isList ? "[]" : "{}");
      this.#note(at);
    }
  }

  #one(op: string, steps: readonly PointerStep[], value?: string): void {
    this.#parts.push({ text: this.#operation(op, steps, value), isOne: true });
  }

  #when(condition: CelText, op: string, steps: readonly PointerStep[], value?: string): void {
    const list = `[${this.#operation(op, steps, value)}]`;
    this.#parts.push({ text: `(${within(condition, "or")} ? ${list} : [])`, isOne: false });
  }

  #operation(op: string, steps: readonly PointerStep[], value?: string): string {
    return `JSONPatch{op: ${quote(op)}, path: ${this.pointer(steps)}${value === undefined ? "" : `, value: ${value}`}}`;
  }

  #isMade(steps: readonly PointerStep[]): boolean {
    return this.#made.has(keyOf(steps));
  }

  #note(steps: readonly PointerStep[]): void {
    this.#made.add(keyOf(steps));
  }

  #refuse(reason: string): never {
    throw new NotConvertible(this.#path, reason);
  }
}

const keyOf = (steps: readonly PointerStep[]): string => JSON.stringify(steps);
