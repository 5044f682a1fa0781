import { isValueObject, memberOf, type Value, type ValueObject, type XmlElement } from "../../../../base/index.ts";
import type { Markup } from "../../markup.ts";

/** The member under which an object keeps what its element holds beyond CycloneDX's own names. */
export const EXTENSION_MEMBER = "$xml";

/** Attributes and elements of other namespaces, as they are collected while an element is read. */
export class Extensions {
  readonly #attributes: Record<string, Value> = {};
  readonly #elements: Value[] = [];

  addAttribute(name: string, value: string): void {
    Object.defineProperty(this.#attributes, name, { value, enumerable: true, configurable: true, writable: true });
  }

  /** An element, and the name of the list in whose element it stands. */
  addElement(element: XmlElement, within = ""): void {
    this.#elements.push(within === "" ? toValue(element) : { ...toValue(element), in: within });
  }

  /** As the value of {@link EXTENSION_MEMBER}; undefined where there is nothing. */
  finish(): ValueObject | undefined {
    const hasAttributes = Object.keys(this.#attributes).length > 0;
    if (!hasAttributes && this.#elements.length === 0) return undefined;
    return {
      ...(hasAttributes ? { attributes: this.#attributes } : {}),
      ...(this.#elements.length === 0 ? {} : { elements: this.#elements }),
    };
  }
}

/** An element as a value, for a member of an object. */
export function toValue({ name, namespace, attributes, children, text }: XmlElement): ValueObject {
  return {
    name,
    namespace,
    ...(attributes.size === 0 ? {} : { attributes: Object.fromEntries(attributes) }),
    ...(children.length === 0 ? {} : { children: children.map((child) => toValue(child)) }),
    ...(text.trim() === "" ? {} : { text }),
  };
}

/** The attributes that an object keeps: of its own element, or of the element of one of its lists. */
export function attributesOf(extension: Value | undefined, list = ""): Markup["attributes"] {
  const all = memberOf(extension, "attributes");
  if (!isValueObject(all)) return [];
  const wanted = Object.entries(all).flatMap(([key, value]) => {
    const [, of = "", name = key] = OF_LIST.exec(key) ?? [];
    return of === list ? [[name, value] as const] : [];
  });
  return toAttributes(Object.fromEntries(wanted));
}

/** `components/{urn:x}y`: the attribute of a list's element. */
const OF_LIST = /^([A-Za-z]+)\/(.+)$/;

/** The elements that an object keeps, of one of its lists or its own. */
export function elementsOf(extension: Value | undefined, within: string, namespace: string): readonly Markup[] {
  return objectsIn(extension, "elements")
    .filter((element) => (memberOf(element, "in") ?? "") === within)
    .flatMap((element) => toMarkup(element, namespace) ?? []);
}

/** What {@link toValue} made, to write in the namespace around it; undefined for what is none. */
export function toMarkup(value: ValueObject, around: string): Markup | undefined {
  const [name, stated, text] = ["name", "namespace", "text"].map((key) => memberOf(value, key));
  // What another tool put there is left out where it is no name.
  if (typeof name !== "string" || !NAME.test(name)) return undefined;
  const namespace = typeof stated === "string" ? stated : around;
  return {
    name,
    ...(namespace === around ? {} : { namespace }),
    attributes: toAttributes(memberOf(value, "attributes")),
    children: objectsIn(value, "children").flatMap((child) => toMarkup(child, namespace) ?? []),
    text: typeof text === "string" ? text : "",
  };
}

const NAME = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;
const QUALIFIED = /^\{([^{}]+)\}(.+)$/;
const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";

/** Attributes with the declarations of their namespaces, each under a prefix of its own. */
function toAttributes(value: Value | undefined): Markup["attributes"] {
  if (!isValueObject(value)) return [];
  return Object.entries(value).flatMap(([key, text], index) => {
    const [, namespace, local = key] = QUALIFIED.exec(key) ?? [];
    if (typeof text !== "string" || !NAME.test(local)) return [];
    if (namespace === undefined) return [[local, text] as const];
    if (namespace === XML_NAMESPACE) return [[`xml:${local}`, text] as const];
    const prefix = `ns${index + 1}`;
    return [[`xmlns:${prefix}`, namespace] as const, [`${prefix}:${local}`, text] as const];
  });
}

function objectsIn(value: Value | undefined, key: string): readonly ValueObject[] {
  const list = memberOf(value, key);
  return Array.isArray(list) ? (list as readonly Value[]).filter((item) => isValueObject(item)) : [];
}
