import { AmapError } from "../errors/amap-error.ts";
import { LIMITS } from "../limits.ts";
import type { XmlTag } from "./xml-tree.ts";

const XML = "http://www.w3.org/XML/1998/namespace";

/** The namespaces that prefixes stand for in the elements that are open (Namespaces in XML 1.0 §6). */
export class DeclaredNamespaces {
  /** By prefix, the innermost last; the default namespace has an empty prefix. */
  readonly #byPrefix = new Map<string, string[]>([["xml", [XML]]]);
  /** Prefixes that each open element declares. */
  readonly #declared: (readonly string[])[] = [];
  #count = 0;

  /** The element with its names resolved. `fail` throws. */
  open(qualifiedName: string, attributes: ReadonlyMap<string, string>, fail: (message: string) => never): XmlTag {
    this.#declared.push(this.#declare(attributes, fail));
    const { prefix, local } = split(qualifiedName, fail);
    const resolved = new Map<string, string>();
    for (const [name, value] of attributes) {
      if (name === "xmlns" || name.startsWith("xmlns:")) continue;
      const key = this.#attributeKey(name, fail);
      if (resolved.has(key)) fail(`the attribute ${name} occurs twice`);
      resolved.set(key, value);
    }
    return { name: local, namespace: this.#find(prefix, fail), attributes: resolved };
  }

  close(): void {
    const prefixes = this.#declared.pop() ?? [];
    this.#count -= prefixes.length;
    for (const prefix of prefixes) this.#byPrefix.get(prefix)?.pop();
  }

  #declare(attributes: ReadonlyMap<string, string>, fail: (message: string) => never): readonly string[] {
    const prefixes: string[] = [];
    for (const [name, uri] of attributes) {
      if (name !== "xmlns" && !name.startsWith("xmlns:")) continue;
      const prefix = name.slice("xmlns:".length);
      if (prefix !== "" && uri === "") fail(`the prefix ${prefix} is declared without a namespace`);
      if (prefix === "xmlns") fail("the prefix xmlns cannot be declared");
      const uris = this.#byPrefix.get(prefix) ?? [];
      uris.push(uri);
      this.#byPrefix.set(prefix, uris);
      prefixes.push(prefix);
    }
    this.#count += prefixes.length;
    // The parser copies the declarations that are in force whenever an element ends.
    if (this.#count > LIMITS.xmlAttributes) {
      throw new AmapError("LIMIT_EXCEEDED", `expected at most ${LIMITS.xmlAttributes} namespaces in force, found more`);
    }
    return prefixes;
  }

  #attributeKey(name: string, fail: (message: string) => never): string {
    const { prefix, local } = split(name, fail);
    // An attribute without a prefix is in no namespace, whatever the default namespace is.
    return prefix === "" ? local : `{${this.#find(prefix, fail)}}${local}`;
  }

  #find(prefix: string, fail: (message: string) => never): string {
    const uri = this.#byPrefix.get(prefix)?.at(-1);
    if (uri === undefined && prefix !== "") fail(`the prefix ${prefix} has no namespace`);
    return uri ?? "";
  }
}

function split(
  qualifiedName: string,
  fail: (message: string) => never,
): { readonly prefix: string; readonly local: string } {
  const colon = qualifiedName.indexOf(":");
  if (colon === -1) return { prefix: "", local: qualifiedName };
  const local = qualifiedName.slice(colon + 1);
  if (colon === 0 || local === "" || local.includes(":")) fail(`the name ${qualifiedName} is not a prefix and a name`);
  return { prefix: qualifiedName.slice(0, colon), local };
}
