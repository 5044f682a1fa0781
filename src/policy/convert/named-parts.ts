import { canonicalJson, type Value } from "../../base/index.ts";

/** Parts of a policy that expressions name: equal ones are one, and no two have the same name. */
export class NamedParts {
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #parts: Readonly<Record<string, Value>>[] = [];

  /** The name of a part: made of `hint`, the first time. */
  add(hint: string, part: Readonly<Record<string, Value>>): string {
    const key = canonicalJson(part);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = this.#free(identifierOf(hint));
    this.#names.set(key, name);
    this.#taken.add(name);
    this.#parts.push({ name, ...part });
    return name;
  }

  get parts(): readonly Value[] {
    return this.#parts;
  }

  #free(base: string): string {
    for (let count = 1; ; count++) {
      const name = count === 1 ? base : `${base}${count}`;
      if (!this.#taken.has(name)) return name;
    }
  }
}

/** `verify custom attestation` → `verifyCustomAttestation`. */
function identifierOf(hint: string): string {
  const words = hint.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const text = words
    .map((word, index) => (index === 0 ? word : `${word.charAt(0).toUpperCase()}${word.slice(1)}`))
    .join("");
  const name = /^[A-Za-z]/.test(text) ? text : `part${text}`;
  return name.slice(0, 40);
}
