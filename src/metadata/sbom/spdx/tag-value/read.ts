import { type Decoded, LIMITS, textOf, type Value, type ValueObject } from "../../../../base/index.ts";
import { CREATION, LISTS, RELATIONSHIP_ROW, readRange, SECTIONS, type Section, type TagRow } from "./tags.ts";

/** Enough to repair a document by; a hostile one must not grow the answer. */
const MAX_PROBLEMS = 100;

/** A line that says nothing that is understood. */
export interface LineProblem {
  /** From 1; the last one where more lines than are told have a problem. */
  readonly line: number;
  readonly message: string;
}

/** A document in its JSON form, with the lines of which nothing stands in it. */
export interface TagValueDocument {
  readonly document: ValueObject;
  readonly problems: readonly LineProblem[];
}

/**
 * Reads an SPDX 2 tag-value document into the values of its JSON form, which the same decoder reads. Files that follow a
 * package are its `hasFiles`. Documents of many tools have broken lines, and one of them must not cost all packages:
 * they are told. A text without the tag SPDXVersion is none of SPDX: DOCUMENT_INVALID.
 * @see https://spdx.github.io/spdx-spec/v2.3/conformance/
 */
export function readTagValue(text: string): Decoded<TagValueDocument> {
  const reader = new TagValueReader();
  for (const { tag, value, line } of tagsOf(text, reader)) reader.take(tag, value, line);
  return reader.finish();
}

interface Tag {
  readonly tag: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

const OPEN = "<text>";
const CLOSE = "</text>";

/** The tags of a text, those with values of many lines included. */
function* tagsOf(text: string, reader: TagValueReader): Generator<Tag> {
  let line = 0;
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    line++;
    const end = endOfLine(text, at);
    const content = text.slice(at, end).trim();
    const next = end + 1;
    if (content === "" || content.startsWith("#")) {
      at = next;
      continue;
    }
    const colon = content.indexOf(":");
    const tag = content.slice(0, colon).trim();
    if (colon === -1 || !/^[A-Za-z]+$/.test(tag)) {
      reader.refuse(line, `expected TAG: VALUE, found "${content.slice(0, 60)}"`);
      at = next;
      continue;
    }
    const value = content.slice(colon + 1).trim();
    if (!value.startsWith(OPEN)) {
      yield { tag, value, line };
      at = next;
      continue;
    }
    const begin = text.indexOf(OPEN, at) + OPEN.length;
    const close = text.indexOf(CLOSE, begin);
    if (close === -1) {
      reader.refuse(line, `${tag}: ${OPEN} without ${CLOSE}; all that follows is taken for its text`);
      yield { tag, value: text.slice(begin).replaceAll("\r\n", "\n"), line };
      return;
    }
    yield { tag, value: text.slice(begin, close).replaceAll("\r\n", "\n"), line };
    const after = endOfLine(text, close);
    if (text.slice(close + CLOSE.length, after).trim() !== "") reader.refuse(line, `${tag}: text behind ${CLOSE}`);
    for (let index = text.indexOf("\n", at); index !== -1 && index < close; index = text.indexOf("\n", index + 1))
      line++;
    at = after + 1;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

type Building = Record<string, Value>;
type Lists = Record<string, Value[]>;

const BEGINNERS: ReadonlyMap<string, Section> = new Map(
  SECTIONS.map((section) => [section.rows[0]?.tag ?? "", section] as const),
);

/** Puts the document together, tag by tag. */
class TagValueReader {
  readonly #problems: LineProblem[] = [];
  readonly #document: Building = {};
  readonly #creation: Building = {};
  readonly #lists: Lists = {};
  /** Annotations by the element that they are of. */
  readonly #annotations: Building[] = [];
  readonly #byId = new Map<string, Building>();
  #section: Section = SECTIONS[0] as Section;
  #current: Building = this.#document;
  #package: Building | undefined;
  /** What a comment that follows is of. */
  #commented: Building | undefined;
  #count = 0;

  refuse(line: number, message: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ line, message });
    else this.#problems[MAX_PROBLEMS - 1] = { line, message: "this line and others before it are not understood" };
  }

  take(tag: string, value: string, line: number): void {
    const beginner = BEGINNERS.get(tag);
    if (beginner !== undefined && beginner.name !== "document") this.#begin(beginner, line);
    if (tag === "Relationship") return this.#addRelationship(value, line);
    if (tag === "RelationshipComment" || tag === "ExternalRefComment") return this.#addComment(tag, value, line);
    if (tag === "SnippetByteRange" || tag === "SnippetLineRange") return this.#addRange(tag, value, line);
    const creation = CREATION.find((row) => row.tag === tag);
    if (creation !== undefined) return this.#put(this.#creation, creation, value, line);
    const row = this.#section.rows.find((each) => each.tag === tag);
    if (row === undefined) return this.refuse(line, `${tag} is no tag of a ${this.#section.name}`);
    this.#put(this.#current, row, value, line);
    if (tag === "SPDXID" || tag === "SnippetSPDXID") this.#identify(value);
  }

  /** Every element has an id; annotations and packages' files refer to it. */
  #identify(id: string): void {
    this.#byId.set(id, this.#current);
    if (this.#section.name !== "file" || this.#package === undefined) return;
    const files = (this.#package["hasFiles"] ??= []) as unknown as Value[];
    files.push(id);
  }

  #begin(section: Section, line: number): void {
    if (++this.#count === LIMITS.spdxElements + 1) {
      this.refuse(line, `more than ${LIMITS.spdxElements} packages, files and other elements`);
    }
    this.#section = section;
    this.#current = {};
    if (this.#count > LIMITS.spdxElements) return;
    if (section.name === "annotation") this.#annotations.push(this.#current);
    else if (section.name !== "document") this.#listOf(LISTS[section.name]).push(this.#current);
    if (section.name === "package") this.#package = this.#current;
  }

  #listOf(name: string): Value[] {
    return (this.#lists[name] ??= []);
  }

  #put(object: Building, { tag, member, form, isList }: TagRow, text: string, line: number): void {
    const value = form.read(text);
    if (value === undefined) return this.refuse(line, `${tag}: "${text.slice(0, 60)}" has another form than the tag's`);
    if (isList) {
      const list = (object[member] ??= []) as unknown as Value[];
      list.push(value);
      this.#commented = value as Building;
    } else if (Object.hasOwn(object, member)) this.refuse(line, `${tag} occurs twice`);
    else object[member] = value;
  }

  #addRelationship(text: string, line: number): void {
    const value = RELATIONSHIP_ROW.form.read(text);
    if (value === undefined)
      return this.refuse(line, `Relationship: expected ID TYPE ID, found "${text.slice(0, 60)}"`);
    this.#listOf("relationships").push(value);
    this.#commented = value as Building;
  }

  #addComment(tag: string, text: string, line: number): void {
    if (this.#commented === undefined || typeof this.#commented !== "object") {
      return this.refuse(line, `${tag}: there is nothing that it comments`);
    }
    this.#commented["comment"] = text;
  }

  #addRange(tag: string, text: string, line: number): void {
    const file = textOf(this.#current, "snippetFromFile");
    const range = readRange(text, tag === "SnippetByteRange" ? "offset" : "lineNumber", file);
    if (range === undefined) return this.refuse(line, `${tag}: expected FROM:TO, found "${text.slice(0, 60)}"`);
    const ranges = (this.#current["ranges"] ??= []) as unknown as Value[];
    ranges.push(range);
  }

  finish(): Decoded<TagValueDocument> {
    if (Object.keys(this.#creation).length > 0) this.#document["creationInfo"] = this.#creation;
    for (const { SPDXREF: stated = "SPDXRef-DOCUMENT", ...annotation } of this.#annotations) {
      const id = typeof stated === "string" ? stated : "";
      const element = this.#byId.get(id) ?? (id === "SPDXRef-DOCUMENT" ? this.#document : undefined);
      if (element === undefined) {
        this.refuse(0, `SPDXREF: the document has no element "${id.slice(0, 200)}"`);
        continue;
      }
      const list = (element["annotations"] ??= []) as unknown as Value[];
      list.push(annotation);
    }
    if (!Object.hasOwn(this.#document, "spdxVersion")) {
      const message = "expected an SPDX tag-value document, found no tag SPDXVersion";
      return { ok: false, issues: [{ code: "DOCUMENT_INVALID", path: "", message }] };
    }
    return { ok: true, value: { document: { ...this.#document, ...this.#lists }, problems: this.#problems } };
  }
}
