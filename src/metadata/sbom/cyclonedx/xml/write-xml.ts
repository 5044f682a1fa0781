import { Double, isValueObject, memberOf, type Value, type ValueObject } from "../../../../base/index.ts";
import type { Losses } from "../../losses.ts";
import { type Markup, writeMarkup } from "../../markup.ts";
import { attributesOf, EXTENSION_MEMBER, elementsOf } from "./extensions.ts";
import { type Alternative, CHOICES, type Field, fieldsOf } from "./table.ts";

/** Members of the document that XML says by its namespace. */
const BY_NAMESPACE: ReadonlySet<string> = new Set(["$schema", "bomFormat", "specVersion"]);

/** Writes a document in its JSON form as XML of the same version; what XML has no place for is a loss. */
export function writeBom(document: ValueObject, version: string, losses: Losses): string {
  const namespace = `http://cyclonedx.org/schema/bom/${version}`;
  const members = Object.fromEntries(Object.entries(document).filter(([key]) => !BY_NAMESPACE.has(key)));
  const root = new BomWriter(namespace, losses).writeObject(members, "bom", "bom", "");
  return writeMarkup({ ...root, namespace }, losses);
}

class BomWriter {
  readonly #namespace: string;
  readonly #losses: Losses;

  constructor(namespace: string, losses: Losses) {
    this.#namespace = namespace;
    this.#losses = losses;
  }

  writeObject(object: ValueObject, kind: string, name: string, path: string): Markup {
    const extension = memberOf(object, EXTENSION_MEMBER);
    const attributes: (readonly [string, string])[] = [];
    const children: Markup[] = [];
    const written = new Set([EXTENSION_MEMBER]);
    let text = "";
    for (const field of fieldsOf(kind) ?? []) {
      if (field.place === "inline") {
        children.push(...this.#writeInline(object, field, path, written));
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
      else children.push(...this.#writeField(value, field, at, extension));
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

  #writeWrapped(
    value: Value,
    { name, item, kind }: Field,
    path: string,
    extension: Value | undefined,
  ): readonly Markup[] {
    if (!Array.isArray(value)) {
      this.#drop(path);
      return [];
    }
    const items = (value as readonly Value[]).flatMap(
      (each) =>
        (item === "" ? this.#writeChoice(each, kind, `${path}[]`) : this.#writeValue(each, kind, item, `${path}[]`)) ??
        [],
    );
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
