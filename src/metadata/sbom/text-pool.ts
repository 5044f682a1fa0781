import { isValueObject, type Value } from "../../base/index.ts";

/** Texts that are remembered: enough for the elements, licences and people that a document names again and again. */
const MAX_TEXTS = 100_000;
/** Longer ones are seldom said twice. */
const MAX_LENGTH = 256;

/** Makes one text of texts that are alike, so that what is kept of a large document is small. */
export class TextPool {
  readonly #known = new Map<string, string>();
  readonly #lists = new Map<string, readonly string[]>();

  /** A value with its texts from the pool; a list whose items are made when they are asked for becomes one that has them. */
  share(value: Value): Value {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return (value as readonly Value[]).map((item) => this.share(item));
    if (!isValueObject(value)) return value;
    const shared: Record<string, Value> = { ...value };
    for (const key of Object.keys(shared)) shared[key] = this.share(shared[key] as Value);
    return shared;
  }

  /** A list of few texts, such as licences; any other as it is. */
  list(texts: readonly string[]): readonly string[] {
    const key = texts.join("\n");
    if (key.length > MAX_LENGTH) return texts;
    const known = this.#lists.get(key);
    // A text may hold what stands between two of them.
    if (known?.length === texts.length) return known;
    if (known === undefined && this.#lists.size < MAX_TEXTS) this.#lists.set(key, texts);
    return texts;
  }

  /** The text itself, or the one like it that was there before. */
  text(text: string): string {
    if (text.length > MAX_LENGTH) return text;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size < MAX_TEXTS) this.#known.set(text, text);
    return text;
  }
}
