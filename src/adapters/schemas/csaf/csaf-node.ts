/** A value of a CSAF document with its place, so that a check can name what it is about. */
export class CsafNode {
  readonly value: unknown;
  /** A JSON pointer. */
  readonly pointer: string;

  constructor(value: unknown, pointer = "") {
    this.value = value;
    this.pointer = pointer;
  }

  /** A member; one without a value where there is none, so that a longer path can be asked for at once. */
  get(...keys: readonly string[]): CsafNode {
    return keys.reduce((node: CsafNode, key) => node.#member(key), this);
  }

  #member(key: string): CsafNode {
    const { value, pointer } = this;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    const member: unknown = isObject && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
    return new CsafNode(member, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }

  get exists(): boolean {
    return this.value !== undefined;
  }

  get text(): string | undefined {
    return typeof this.value === "string" ? this.value : undefined;
  }

  /** The items of a list; none of anything else. */
  get items(): readonly CsafNode[] {
    if (!Array.isArray(this.value)) return [];
    return this.value.map((item: unknown, index) => new CsafNode(item, `${this.pointer}/${index}`));
  }

  /** The items of a list below. */
  list(...keys: readonly string[]): readonly CsafNode[] {
    return this.get(...keys).items;
  }

  /** The texts of a list below. */
  texts(...keys: readonly string[]): readonly string[] {
    return this.list(...keys).flatMap(({ text }) => text ?? []);
  }

  /** The members of an object. */
  get members(): readonly (readonly [key: string, node: CsafNode])[] {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return Object.keys(value).map((key) => [key, this.get(key)] as const);
  }

  /** What a check finds here. */
  finding(message: string): CheckFinding {
    return { pointer: this.pointer, message };
  }
}

/** What a check finds, at a JSON pointer. */
export interface CheckFinding {
  readonly pointer: string;
  readonly message: string;
}

/** A test of the specification: what it finds in a document that its schema allows. */
export type CsafCheckFunction = (document: CsafNode) => Iterable<CheckFinding> | Promise<Iterable<CheckFinding>>;
