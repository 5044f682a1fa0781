import { equalValues, isValueObject, memberOf, textOf, type Value, type ValueObject } from "../../../../base/index.ts";
import type { DocumentStream } from "../../document-stream.ts";
import type { Losses } from "../../losses.ts";
import { CREATION, LISTS, RELATIONSHIP_ROW, SECTIONS, type SectionName, type TagRow } from "./tags.ts";

/**
 * Writes an SPDX 2 document as tag-value, in pieces that end with a line. What no tag can say is noted as dropped.
 */
export function writeTagValue(stream: DocumentStream, losses: Losses): Iterable<string> {
  return new TagValueWriter(losses).write(stream);
}

/** Members that are written elsewhere, or that tag-value says by the order of its sections. */
const ELSEWHERE: Readonly<Record<SectionName, ReadonlySet<string>>> = {
  document: new Set(["creationInfo", "relationships", "annotations", "documentDescribes", ...Object.values(LISTS)]),
  package: new Set(["annotations", "hasFiles"]),
  file: new Set(["annotations"]),
  snippet: new Set(["annotations", "ranges"]),
  license: new Set(),
  annotation: new Set(),
  review: new Set(),
};

class TagValueWriter {
  readonly #losses: Losses;
  readonly #lines: string[] = [];

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  *write({ head, items, tail }: DocumentStream): Generator<string> {
    this.#section("document", head);
    const creation = head["creationInfo"];
    if (isValueObject(creation)) this.#rows(CREATION, creation, "creationInfo", new Set());
    this.#annotations(head, "SPDXRef-DOCUMENT");
    const files = new Map(this.#objects(head, "files").map((file) => [file["SPDXID"], file] as const));
    yield* this.#filesOfNone(files, items);
    const written = new Set<Value>();
    for (const each of items()) {
      this.#element("package", each);
      for (const id of listOf(each, "hasFiles")) {
        const file = files.get(id);
        if (file !== undefined && !written.has(id)) this.#element("file", file);
        else
          this.#losses.add("packages[].hasFiles", "dropped", "tag-value has each file in one package, and no others");
        written.add(id);
      }
      yield this.#piece();
    }
    const document = { ...head, ...tail() };
    for (const snippet of this.#objects(document, "snippets")) this.#snippet(snippet);
    for (const license of this.#objects(document, LISTS.license)) this.#section("license", license);
    for (const review of this.#objects(document, LISTS.review)) this.#section("review", review);
    yield this.#piece();
    yield* this.#relationships(document);
  }

  /** The lines that were not yet given. */
  #piece(): string {
    const lines = this.#lines.splice(0);
    return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
  }

  /** Files that follow a package are in it, so that those of none stand first. */
  *#filesOfNone(files: ReadonlyMap<Value | undefined, ValueObject>, items: DocumentStream["items"]): Generator<string> {
    const inPackages = new Set<Value>();
    if (files.size > 0) for (const each of items()) for (const id of listOf(each, "hasFiles")) inPackages.add(id);
    for (const [id, file] of files) {
      if (inPackages.has(id ?? null)) continue;
      this.#element("file", file);
      yield this.#piece();
    }
  }

  #objects(parent: ValueObject, member: string): readonly ValueObject[] {
    return listOf(parent, member).filter((item) => isValueObject(item));
  }

  #element(name: "package" | "file" | "snippet", object: ValueObject): void {
    this.#section(name, object);
    this.#annotations(object, textOf(object, "SPDXID"));
  }

  #snippet(snippet: ValueObject): void {
    this.#section("snippet", snippet);
    for (const range of listOf(snippet, "ranges")) {
      const [from, to] = [memberOf(range, "startPointer"), memberOf(range, "endPointer")];
      const member = memberOf(from, "offset") === undefined ? "lineNumber" : "offset";
      const tag = member === "offset" ? "SnippetByteRange" : "SnippetLineRange";
      this.#lines.push(`${tag}: ${numberOf(from, member)}:${numberOf(to, member)}`);
    }
    this.#annotations(snippet, textOf(snippet, "SPDXID"));
  }

  #section(name: SectionName, object: ValueObject): void {
    const rows = SECTIONS.find((section) => section.name === name)?.rows ?? [];
    if (name !== "document") this.#lines.push("");
    this.#rows(rows, object, name === "document" ? "" : `${name}s[]`, ELSEWHERE[name]);
  }

  #rows(rows: readonly TagRow[], object: ValueObject, path: string, elsewhere: ReadonlySet<string>): void {
    for (const row of rows) {
      const value = object[row.member];
      if (value === undefined) continue;
      for (const item of row.isList && Array.isArray(value) ? (value as readonly Value[]) : [value]) {
        this.#tag(row, item, path);
      }
    }
    for (const key of Object.keys(object)) {
      if (!elsewhere.has(key) && !rows.some(({ member }) => member === key)) this.#drop(path, key);
    }
  }

  #tag({ tag, member, form }: TagRow, value: Value, path: string): void {
    const text = form.write(value);
    if (text === undefined || text.includes("</text>")) return this.#drop(path, member);
    // What would be read as something else, such as an id with a space in it, is not written.
    if (!equalValues(form.read(text) ?? null, withoutComment(value))) return this.#drop(path, member);
    const isPlain = text === text.trim() && !text.includes("\n") && !text.startsWith("<text>");
    this.#lines.push(`${tag}: ${isPlain ? text : `<text>${text}</text>`}`);
    const comment = memberOf(value, "comment");
    if (tag === "ExternalRef" && typeof comment === "string") this.#comment("ExternalRefComment", comment);
  }

  #comment(tag: string, text: string): void {
    this.#lines.push(`${tag}: <text>${text}</text>`);
  }

  #drop(path: string, member: string): void {
    const place = path === "" ? member : `${path}.${member}`;
    this.#losses.add(place, "dropped", "tag-value has no tag for what it says");
  }

  #annotations(object: ValueObject, id: string): void {
    for (const annotation of this.#objects(object, "annotations"))
      this.#section("annotation", { ...annotation, SPDXREF: id });
  }

  *#relationships(document: ValueObject): Generator<string> {
    const stated = this.#objects(document, "relationships");
    const described = new Set<Value | undefined>();
    this.#lines.push("");
    for (const relationship of stated) {
      this.#tag(RELATIONSHIP_ROW, relationship, "");
      const { comment } = relationship as { readonly comment?: Value };
      if (typeof comment === "string") this.#comment("RelationshipComment", comment);
      const { spdxElementId, relationshipType, relatedSpdxElement = null } = relationship;
      if (relationshipType === "DESCRIBES" && spdxElementId === "SPDXRef-DOCUMENT") described.add(relatedSpdxElement);
      yield this.#piece();
    }
    for (const id of listOf(document, "documentDescribes").filter((each) => typeof each === "string")) {
      if (!described.has(id)) this.#lines.push(`Relationship: SPDXRef-DOCUMENT DESCRIBES ${id}`);
    }
    yield this.#piece();
  }
}

/** A reference and a relationship have their comment in a tag of its own. */
function withoutComment(value: Value): Value {
  if (!isValueObject(value)) return value;
  const { comment: _, ...rest } = value as ValueObject & { readonly comment?: Value };
  return rest;
}

function listOf(parent: ValueObject, member: string): readonly Value[] {
  const value = parent[member];
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

function numberOf(pointer: Value | undefined, member: string): number {
  const value = memberOf(pointer, member);
  return typeof value === "number" ? value : 0;
}
