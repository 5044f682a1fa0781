/** A form of Clojure's data notation, as far as its build files use it. Names and keywords are words. */
export type Form =
  | { readonly kind: "text" | "word"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Form[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: Form, value: Form])[] };

/** Build files nest a dozen levels. */
const MAX_DEPTH = 64;

/** The forms of a text, and what is wrong with it where reading ended before its end. */
export function readForms(text: string): { readonly forms: readonly Form[]; readonly problem?: string } {
  const reader = new FormReader(text);
  const forms = reader.readUntil("", 0);
  return { forms, ...(reader.problem === undefined ? {} : { problem: reader.problem }) };
}

/** The value of a key in a map. */
export function formMember(form: Form | undefined, key: string): Form | undefined {
  if (form?.kind !== "map") return undefined;
  return form.entries.find(([each]) => each.kind === "word" && each.text === key)?.[1];
}

/** The items of a list or vector. */
export function formItems(form: Form | undefined): readonly Form[] {
  return form?.kind === "list" ? form.items : [];
}

/** A quoted text. */
export function formText(form: Form | undefined): string | undefined {
  return form?.kind === "text" && form.text !== "" ? form.text : undefined;
}

const CLOSING = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);
const WORD = /[^\s,;"()[\]{}]{1,1000}/y;

class FormReader {
  readonly #text: string;
  #at = 0;
  problem: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Forms up to a closing mark; without one, up to the end. */
  readUntil(close: string, depth: number): readonly Form[] {
    const forms: Form[] = [];
    while (this.problem === undefined) {
      this.#skipSpace();
      const character = this.#text[this.#at];
      if (character === undefined) {
        if (close !== "") this.#fail(`expected ${close}, found the end`);
        break;
      }
      if (character === close) {
        this.#at += 1;
        break;
      }
      const form = this.#read(character, depth);
      if (form !== undefined) forms.push(form);
    }
    return forms;
  }

  #fail(message: string): undefined {
    this.problem ??= `${message} at line ${this.#text.slice(0, this.#at).split("\n").length}`;
  }

  #skipSpace(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === ";") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else if (character === "," || (character !== undefined && /\s/.test(character))) this.#at += 1;
      else return;
    }
  }

  #read(character: string, depth: number): Form | undefined {
    if (depth > MAX_DEPTH) return this.#fail(`expected at most ${MAX_DEPTH} levels, found more`);
    if (character === '"') return this.#readText();
    const close = CLOSING.get(character);
    if (close !== undefined) {
      this.#at += 1;
      return this.#readGroup(close, depth);
    }
    // Marks before a form: of one that counts for nothing, of a quotation, of what is said of it, and of a set.
    if (this.#text.startsWith("#_", this.#at)) {
      this.#at += 2;
      this.#readNext(depth);
      return undefined;
    }
    if ("'`~@^#".includes(character)) {
      this.#at += 1;
      // What is said of the form comes before it: `^:replace [...]`.
      if (character === "^") this.#readNext(depth);
      return this.#readNext(depth);
    }
    return this.#readWord();
  }

  #readNext(depth: number): Form | undefined {
    this.#skipSpace();
    const next = this.#text[this.#at];
    return next === undefined ? this.#fail("expected a form, found the end") : this.#read(next, depth + 1);
  }

  #readGroup(close: string, depth: number): Form {
    const items = this.readUntil(close, depth + 1);
    if (close !== "}") return { kind: "list", items };
    const entries: (readonly [Form, Form])[] = [];
    for (let index = 0; index + 1 < items.length; index += 2) {
      const [key, value] = [items[index], items[index + 1]];
      if (key !== undefined && value !== undefined) entries.push([key, value]);
    }
    return { kind: "map", entries };
  }

  #readText(): Form | undefined {
    const parts: string[] = [];
    let from = this.#at + 1;
    for (let at = from; at < this.#text.length; at++) {
      const character = this.#text[at];
      if (character === '"') {
        parts.push(this.#text.slice(from, at));
        this.#at = at + 1;
        return { kind: "text", text: parts.join("") };
      }
      if (character === "\\") {
        parts.push(this.#text.slice(from, at));
        from = at + 1;
        at += 1;
      }
    }
    return this.#fail("a text has no end");
  }

  #readWord(): Form | undefined {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) return this.#fail(`expected a form, found ${JSON.stringify(this.#text[this.#at])}`);
    this.#at += word.length;
    return { kind: "word", text: word };
  }
}
