/**
 * Where a part of a pattern meets the resource, as Kyverno prints it: `/spec/containers/0/image/`. The names are known
 * when the pattern is compiled, the places in lists only while matching, so that a match that succeeds makes no text.
 */
export class ResourcePath {
  static readonly root: ResourcePath = new ResourcePath(["/"]);
  /** The text around the indices: one more than there are lists above. */
  readonly #parts: readonly string[];

  private constructor(parts: readonly string[]) {
    this.#parts = parts;
  }

  member(name: string): ResourcePath {
    return new ResourcePath([...this.#parts.slice(0, -1), `${this.#parts.at(-1)}${name}/`]);
  }

  /** The items of the list here; their index stands in the slot of the {@link listDepth} here. */
  items(): ResourcePath {
    return new ResourcePath([...this.#parts, "/"]);
  }

  /** How many indices the text needs. */
  get listDepth(): number {
    return this.#parts.length - 1;
  }

  text(indices: readonly number[]): string {
    let text = this.#parts[0] as string;
    for (let depth = 1; depth < this.#parts.length; depth++) text += `${indices[depth - 1]}${this.#parts[depth]}`;
    return text;
  }
}
