import { AmapError, excerptOfValue, isValueObject, memberOf, type Value } from "../../base/index.ts";

/** An object of a policy whose variables are replaced, read member by member. */
export class PolicyFields {
  readonly #value: Value;
  readonly #path: string;

  constructor(value: Value, path: string) {
    this.#value = value;
    this.#path = path;
    if (!isValueObject(value)) throw this.refuse("", `expected an object, found ${excerptOfValue(value)}`);
  }

  has(name: string): boolean {
    return (memberOf(this.#value, name) ?? null) !== null;
  }

  /** An empty object where the member is absent. */
  at(name: string): PolicyFields {
    return new PolicyFields(memberOf(this.#value, name) ?? {}, `${this.#path}.${name}`);
  }

  /** Empty where the member is absent. */
  text(name: string): string {
    const value = memberOf(this.#value, name) ?? "";
    if (typeof value === "string") return value;
    throw this.refuse(name, `expected text, found ${excerptOfValue(value)}`);
  }

  /** As `text`, where an empty one would stand for any. */
  namedText(name: string): string | undefined {
    if (!this.has(name)) return undefined;
    const text = this.text(name);
    if (text !== "") return text;
    throw this.refuse(name, "expected a text, found an empty one; leave it out where any will do");
  }

  texts(name: string): readonly (readonly [string, string])[] {
    const inside = this.at(name);
    return Object.keys(inside.#value as object).map((key) => [key, inside.text(key)]);
  }

  flag(name: string): boolean {
    const value = memberOf(this.#value, name) ?? false;
    if (typeof value === "boolean") return value;
    throw this.refuse(name, `expected true or false, found ${excerptOfValue(value)}`);
  }

  refuse(name: string, problem: string): AmapError {
    const at = name === "" ? this.#path : `${this.#path}.${name}`;
    return new AmapError("POLICY_INVALID", `${at}: ${problem}`);
  }
}
