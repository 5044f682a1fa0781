import { isValueObject, type Value, type ValueObject, type XmlElement } from "../../../../base/index.ts";
import { EXTENSION_MEMBER, Extensions } from "./extensions.ts";
import { CHOICES, type Field, fieldsOf } from "./table.ts";

/**
 * The JSON form of a CycloneDX document in XML, without `bomFormat` and `specVersion`. What the table has no name for is
 * kept under {@link EXTENSION_MEMBER} of the object that it stands in.
 */
export function readBom(root: XmlElement, version: string): ValueObject {
  return new BomReader(root.namespace, version).readObject(root, "bom");
}

/** The fields of a type by the names of their attributes and elements. */
const indexes = new Map<string, ReadonlyMap<string, Field>>();

function indexOf(kind: string): ReadonlyMap<string, Field> {
  const known = indexes.get(kind);
  if (known !== undefined) return known;
  const fields = fieldsOf(kind) ?? [];
  const index = new Map(fields.map((field) => [field.place === "attribute" ? `@${field.name}` : field.name, field]));
  indexes.set(kind, index);
  return index;
}

class BomReader {
  readonly #namespace: string;
  readonly #version: string;

  constructor(namespace: string, version: string) {
    this.#namespace = namespace;
    this.#version = version;
  }

  readObject(element: XmlElement, kind: string): ValueObject {
    const fields = indexOf(kind);
    const members = new Map<string, Value>();
    const extensions = new Extensions();
    for (const [name, text] of element.attributes) {
      const field = fields.get(`@${name}`);
      if (field === undefined) extensions.addAttribute(name, text);
      else members.set(field.member, readScalar(text, field.kind));
    }
    for (const child of element.children) {
      const field = child.namespace === this.#namespace ? fields.get(child.name) : undefined;
      if (field === undefined || !this.#read(child, field, members, extensions)) extensions.addElement(child);
    }
    const own = fields.get("");
    if (own !== undefined) members.set(own.member, readScalar(element.text, own.kind));
    const extension = extensions.finish();
    if (extension !== undefined) members.set(EXTENSION_MEMBER, extension);
    return Object.fromEntries(members);
  }

  /** Reads a child into the members; false for one that has no place there. */
  #read(child: XmlElement, field: Field, members: Map<string, Value>, extensions: Extensions): boolean {
    const { place, member, kind } = field;
    if (place === "inline") {
      for (const [key, value] of Object.entries(this.readObject(child, kind))) members.set(key, value);
      return true;
    }
    if (place === "wrapped") {
      const before = members.get(member);
      const items = Array.isArray(before) ? (before as Value[]) : [];
      this.#readItems(child, field, items, extensions);
      members.set(member, items);
      return true;
    }
    const before = members.get(member);
    if (place === "element" && before !== undefined) return false;
    const value = this.#readValue(child, kind);
    if (value === undefined) return false;
    if (place === "element") members.set(member, value);
    else this.#append(value, field, members);
    return true;
  }

  /** The identity of 1.5's evidence is one object where later versions have a list. */
  #append(value: Value, { member, kind }: Field, members: Map<string, Value>): void {
    const before = members.get(member);
    if (before === undefined && kind === "identity" && this.#version === "1.5") members.set(member, value);
    else if (Array.isArray(before)) (before as Value[]).push(value);
    else members.set(member, before === undefined ? [value] : [before, value]);
  }

  #readItems(wrapper: XmlElement, { name, item, kind }: Field, items: Value[], extensions: Extensions): void {
    for (const child of wrapper.children) {
      const value = this.#readItem(child, item, kind);
      if (value === undefined) extensions.addElement(child, name);
      else items.push(value);
    }
    for (const [attribute, text] of wrapper.attributes) extensions.addAttribute(`${name}/${attribute}`, text);
  }

  #readItem(child: XmlElement, item: string, kind: string): Value | undefined {
    if (child.namespace !== this.#namespace) return undefined;
    if (item === "") return this.#readChoice(child, kind);
    return child.name === item ? this.#readValue(child, kind) : undefined;
  }

  #readChoice(child: XmlElement, kind: string): Value | undefined {
    const chosen = CHOICES.get(kind)?.find(({ element }) => element === child.name);
    if (chosen === undefined) return undefined;
    const value = this.#readValue(child, chosen.kind);
    return value === undefined || chosen.within === undefined ? value : { [chosen.within]: value };
  }

  /** The value of one element; undefined where it is not of its kind. */
  #readValue(element: XmlElement, kind: string): Value | undefined {
    if (kind === "tools") return this.#readTools(element);
    if (kind === "transform") return this.#readValue(element, element.children.length > 0 ? "transformParts" : "text");
    if (CHOICES.has(kind)) {
      const [only, ...others] = element.children;
      return only === undefined || others.length > 0 ? undefined : this.#readChoice(only, kind);
    }
    if (fieldsOf(kind) !== undefined) return this.readObject(element, kind);
    if (element.children.length > 0) return undefined;
    if (kind === "ref") return element.attributes.get("ref");
    return readScalar(element.text, kind);
  }

  /** A list of tools, or since 1.5 the components and services that they are. */
  #readTools(element: XmlElement): Value | undefined {
    if (element.children.some(({ name }) => name === "components" || name === "services")) {
      return this.readObject(element, "toolParts");
    }
    const tools = element.children.map((child) => this.#readItem(child, "tool", "tool"));
    return tools.every((tool) => isValueObject(tool)) ? tools : undefined;
  }
}

/** Text as its kind; what is not of its kind stays text, for the rules of the format to refuse. */
function readScalar(text: string, kind: string): Value {
  if (kind === "text") return text;
  const token = text.trim();
  if (kind === "boolean") {
    if (token === "true" || token === "1") return true;
    return token === "false" || token === "0" ? false : token;
  }
  if (kind === "integer") return /^[+-]?\d{1,15}$/.test(token) ? Number(token) : token;
  if (kind === "number") return /^[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})$/.test(token) ? Number(token) : token;
  return token;
}
