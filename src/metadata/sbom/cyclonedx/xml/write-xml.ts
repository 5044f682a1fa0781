import { Double, isValueObject, memberOf, type Value, type ValueObject } from "../../../../base/index.ts";
import type { DocumentStream } from "../../document-stream.ts";
import type { Losses } from "../../losses.ts";
import { type Markup, type MarkupStream, writeMarkupPieces } from "../../markup.ts";
import { attributesOf, EXTENSION_MEMBER, elementsOf } from "./extensions.ts";
import { type Alternative, CHOICES, type Field, fieldsOf } from "./table.ts";

/** Members of the document that XML says by its namespace. */
const BY_NAMESPACE: ReadonlySet<string> = new Set(["$schema", "bomFormat", "specVersion"]);

/** Writes a document in its JSON form as XML of the same version, in pieces; what XML has no place for is a loss. */
export function writeBom(stream: DocumentStream, version: string, losses: Losses): Iterable<string> {
  const namespace = `http://cyclonedx.org/schema/bom/${version}`;
  const root = new BomWriter(namespace, losses).writeDocument(stream);
  return writeMarkupPieces({ ...root, namespace }, losses);
}

class BomWriter {
  readonly #namespace: string;
  readonly #losses: Losses;

  constructor(namespace: string, losses: Losses) {
    this.#namespace = namespace;
    this.#losses = losses;
  }

  /** The document's element, whose lists are written item by item. */
  writeDocument({ head, list, items }: DocumentStream): MarkupStream {
    const fields = (fieldsOf("bom") ?? []).filter(({ place }) => place !== "attribute");
    const isInside = (key: string): boolean => BY_NAMESPACE.has(key) || fields.some(({ member }) => member === key);
    const others = Object.fromEntries(Object.entries(head).filter(([key]) => !isInside(key)));
    const outside = this.writeObject(others, "bom", "bom", "");
    const extension = memberOf(head, EXTENSION_MEMBER);
    const childrenOf = (field: Field): Iterable<Markup | MarkupStream> => {
      const value = memberOf(head, field.member);
      if (field.member === list) return [this.#streamList(items(), field, extension)];
      if (value === undefined) return [];
      if (field.place === "wrapped" && Array.isArray(value)) return [this.#streamList(value, field, extension)];
      return this.writeObject({ [field.member]: value }, "bom", "bom", "").children;
    };
    function* children(): Generator<Markup | MarkupStream> {
      for (const field of fields) yield* childrenOf(field);
      yield* outside.children;
    }
    return { name: "bom", attributes: outside.attributes, stream: children() };
  }

  #streamList(items: Iterable<Value>, field: Field, extension: Value | undefined): MarkupStream {
    const { name, member } = field;
    const listed = (item: Value): readonly Markup[] => this.#writeListed(item, field, member);
    const others = elementsOf(extension, name, this.#namespace);
    function* children(): Generator<Markup> {
      for (const item of items) yield* listed(item);
      yield* others;
    }
    return { name, attributes: attributesOf(extension, name), stream: children() };
  }

  #writeListed(value: Value, { item, kind }: Field, path: string): readonly Markup[] {
    const written =
      item === "" ? this.#writeChoice(value, kind, `${path}[]`) : this.#writeValue(value, kind, item, `${path}[]`);
    return written === undefined ? [] : [written];
  }

  writeObject(object: ValueObject, kind: string, name: string, path: string): Markup {
    const extension = memberOf(object, EXTENSION_MEMBER);
    const attributes: (readonly [string, string])[] = [];
    const children: Markup[] = [];
    const written = new Set([EXTENSION_MEMBER]);
    let text = "";
    for (const field of fieldsOf(kind) ?? []) {
      if (field.place === "inline") {
        for (const child of this.#writeInline(object, field, path, written)) children.push(child);
        continue;
      }
      written.add(field.member);
      const value = memberOf(object, field.member);
      if (value === undefined || value === null) continue;
      const at = path === "" ? field.member : `${path}.${field.member}`;
      if (field.place === "attribute") {
        const scalar = this.#toText(value, at);
        if (scalar !== undefined) attributes.push([field.name, scalar]);
      } else if (field.place === "text") text = this.#toText(value, at) ?? "";
      // One by one: a list may have more items than a call may have arguments.
      else for (const child of this.#writeField(value, field, at, extension)) children.push(child);
    }
    for (const key of Object.keys(object)) if (!written.has(key)) this.#drop(path === "" ? key : `${path}.${key}`);
    children.push(...elementsOf(extension, "", this.#namespace));
    return { name, attributes: [...attributes, ...attributesOf(extension)], children, text };
  }

  /** The members of an element that has no object of its own in the JSON form. */
  #writeInline(object: ValueObject, { name, kind }: Field, path: string, written: Set<string>): readonly Markup[] {
    const names = (fieldsOf(kind) ?? []).map(({ member }) => member);
    for (const member of names) written.add(member);
    const inner = Object.fromEntries(Object.entries(object).filter(([key]) => names.includes(key)));
    return Object.keys(inner).length === 0 ? [] : [this.writeObject(inner, kind, name, path)];
  }

  #writeField(value: Value, field: Field, path: string, extension: Value | undefined): readonly Markup[] {
    const { place, name, kind } = field;
    if (place === "wrapped") return this.#writeWrapped(value, field, path, extension);
    if (place === "repeated") {
      const items = Array.isArray(value) ? (value as readonly Value[]) : [value];
      return items.flatMap((item) => this.#writeValue(item, kind, name, `${path}[]`) ?? []);
    }
    return [this.#writeValue(value, kind, name, path)].filter((each) => each !== undefined);
  }

  #writeWrapped(value: Value, field: Field, path: string, extension: Value | undefined): readonly Markup[] {
    const { name } = field;
    if (!Array.isArray(value)) {
      this.#drop(path);
      return [];
    }
    const items = (value as readonly Value[]).flatMap((each) => this.#writeListed(each, field, path));
    const children = [...items, ...elementsOf(extension, name, this.#namespace)];
    return [{ name, attributes: attributesOf(extension, name), children, text: "" }];
  }

  #writeValue(value: Value, kind: string, name: string, path: string): Markup | undefined {
    if (kind === "tools") return this.#writeTools(value, name, path);
    if (kind === "transform")
      return this.#writeValue(value, isValueObject(value) ? "transformParts" : "text", name, path);
    if (CHOICES.has(kind)) {
      const chosen = this.#writeChoice(value, kind, path);
      return chosen === undefined ? undefined : { name, attributes: [], children: [chosen], text: "" };
    }
    if (fieldsOf(kind) !== undefined) {
      if (isValueObject(value)) return this.writeObject(value, kind, name, path);
      this.#drop(path);
      return undefined;
    }
    const text = this.#toText(value, path);
    if (text === undefined) return undefined;
    if (kind === "ref") return { name, attributes: [["ref", text]], children: [], text: "" };
    return { name, attributes: [], children: [], text };
  }

  #writeTools(value: Value, name: string, path: string): Markup | undefined {
    if (!Array.isArray(value)) return this.#writeValue(value, "toolParts", name, path);
    const tools = (value as readonly Value[]).flatMap(
      (tool) => this.#writeValue(tool, "tool", "tool", `${path}[]`) ?? [],
    );
    return { name, attributes: [], children: tools, text: "" };
  }

  #writeChoice(value: Value, kind: string, path: string): Markup | undefined {
    const alternatives = CHOICES.get(kind) ?? [];
    const chosen = alternatives.find((each) => fits(value, each));
    if (chosen === undefined) {
      this.#drop(path);
      return undefined;
    }
    const { within } = chosen;
    if (within === undefined) return this.#writeValue(value, chosen.kind, chosen.element, path);
    for (const key of Object.keys(value as ValueObject)) if (key !== within) this.#drop(`${path}.${key}`);
    return this.#writeValue(memberOf(value, within) ?? null, chosen.kind, chosen.element, `${path}.${within}`);
  }

  #toText(value: Value, path: string): string | undefined {
    if (typeof value === "string") return value;
    if (typeof value === "boolean" || typeof value === "number" || typeof value === "bigint") return String(value);
    if (value instanceof Double) return String(value.value);
    this.#drop(path);
    return undefined;
  }

  #drop(path: string): void {
    this.#losses.add(path, "dropped", "the XML form has no place for it");
  }
}

/** Whether a value is one of several that may stand in a place. */
function fits(value: Value, { kind, within, knownBy }: Alternative): boolean {
  if (fieldsOf(kind) === undefined) return !isValueObject(value);
  if (!isValueObject(value)) return false;
  if (within !== undefined) return Object.hasOwn(value, within);
  return knownBy === undefined || knownBy.some((member) => Object.hasOwn(value, member));
}
