import { childElements, type XmlElement } from "../../../base/index.ts";
import { areNamedAuthors } from "../parties.ts";
import type { Component, ComponentHash, ExternalReference, Party, Sbom } from "../sbom.ts";
import { toComponentHash } from "../value-reading.ts";

/** The namespace of ISO/IEC 19770-2:2015. */
export const SWID_NAMESPACE = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";

/** The namespaces of the attribute `hash`, by which SWID tells algorithms. */
export const HASH_NAMESPACES: ReadonlyMap<string, ComponentHash["algorithm"]> = new Map([
  ["http://www.w3.org/2001/04/xmlenc#sha256", "SHA-256"],
  ["http://www.w3.org/2001/04/xmlenc#sha512", "SHA-512"],
  ["http://www.w3.org/2001/04/xmldsig-more#sha384", "SHA-384"],
  ["http://www.w3.org/2000/09/xmldsig#sha1", "SHA-1"],
  ["http://www.w3.org/2001/04/xmldsig-more#md5", "MD5"],
]);

/** What stands for a registration id that nobody has. */
export const NO_REGID = "invalid.unavailable";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A tag as an SBOM: the software is what it describes, its files are components. */
export function readTag(root: XmlElement): Sbom {
  const tagId = root.attributes.get("tagId") ?? "";
  const files = new FileList(tagId);
  for (const payload of root.children.filter(({ name }) => name === "Payload" || name === "Evidence")) {
    files.readAll(payload, "");
  }
  const parties = childElements(root, "Entity").flatMap((entity) => readEntity(entity));
  const authors = parties.filter(({ role }) => role === "author");
  const version = Number(root.attributes.get("tagVersion") ?? "");
  return {
    serialNumber: UUID.test(tagId) ? `urn:uuid:${tagId.toLowerCase()}` : "",
    ...(Number.isSafeInteger(version) && version > 1 ? { version } : {}),
    createdAt: "",
    authors: authors.map(({ name }) => name),
    tools: [],
    ...(areNamedAuthors(authors) ? {} : { parties: authors }),
    subject: readSoftware(root, tagId, parties),
    components: files.finish(),
    dependencies: new Map(),
    notLookedAt: [],
  };
}

function readSoftware(root: XmlElement, tagId: string, parties: readonly Party[]): Component {
  const version = root.attributes.get("version");
  const meta = childElements(root, "Meta");
  const said = (name: string): string | undefined =>
    meta.map(({ attributes }) => attributes.get(name)).find((text) => text !== undefined);
  const description = said("description") ?? said("summary");
  const others = parties.filter(({ role }) => role !== "author");
  const supplier = others.find(({ role }) => role === "supplier");
  const references = childElements(root, "Link").flatMap((link) => readLink(link));
  return {
    ref: tagId,
    kind: "application",
    name: root.attributes.get("name") ?? "",
    // SWID has 0.0 for software whose version nobody knows.
    ...(version === undefined || version === "" ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    licenses: [],
    hashes: [],
    ...(supplier === undefined ? {} : { supplier: supplier.name }),
    ...(others.length === 0 ? {} : { parties: others }),
    ...(references.length === 0 ? {} : { references }),
    locations: [],
    scope: "production",
  };
}

/** What an entity is to the software, and to the tag. */
const ROLES: ReadonlyMap<string, Party["role"]> = new Map([
  ["tagCreator", "author"],
  ["softwareCreator", "supplier"],
  ["distributor", "publisher"],
]);

function readEntity({ attributes }: XmlElement): readonly Party[] {
  const name = attributes.get("name") ?? "";
  const regid = attributes.get("regid") ?? NO_REGID;
  if (name === "") return [];
  const urls = /^https?:\/\//.test(regid) && !regid.endsWith(NO_REGID) ? [regid] : [];
  return (attributes.get("role") ?? "").split(/\s+/).flatMap((word) => {
    const role = ROLES.get(word);
    if (role === undefined || (role === "author" && name === UNKNOWN_CREATOR)) return [];
    const kind = role === "author" ? "person" : "organization";
    return [{ role, kind, name, emails: [], urls } as const];
  });
}

/** The name of the creator in a tag of an SBOM that has no author: each tag must name one. */
export const UNKNOWN_CREATOR = "unknown";

/** Relations that CycloneDX has a word for; any other is told in the comment. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["license", "license"],
  ["installationmedia", "distribution"],
  ["see-also", "website"],
]);

/** The relation that a kind of reference is written as. */
export function relationOf({ kind, comment }: ExternalReference): string {
  const known = [...KINDS].find(([, each]) => each === kind)?.[0];
  if (known !== undefined) return known;
  return kind === "other" && comment !== undefined && RELATION.test(comment) ? comment : "see-also";
}

const RELATION = /^[a-z][a-z-]{0,40}$/;

function readLink({ attributes }: XmlElement): readonly ExternalReference[] {
  const [url, relation = ""] = [attributes.get("href"), attributes.get("rel")];
  if (url === undefined) return [];
  const kind = KINDS.get(relation);
  return [{ kind: kind ?? "other", url, ...(kind === undefined ? { comment: relation } : {}), hashes: [] }];
}

/** The files of a tag, each once. */
class FileList {
  readonly #parent: string;
  readonly #files = new Map<string, Component>();

  constructor(parent: string) {
    this.#parent = parent;
  }

  readAll(element: XmlElement, folder: string): void {
    for (const child of element.children) {
      const name = child.attributes.get("name") ?? "";
      const place = [folder, child.attributes.get("root") ?? "", child.attributes.get("location") ?? ""];
      const path = [...place, name]
        .filter((part) => part !== "")
        .join("/")
        .replace(/\/{2,}/g, "/");
      if (child.name === "Directory") this.readAll(child, path);
      else if (child.name === "File" && name !== "") this.#add(child, name, path);
    }
  }

  #add({ attributes }: XmlElement, name: string, path: string): void {
    const ref = this.#files.has(`file:${path}`) ? `file:${path}#${this.#files.size}` : `file:${path}`;
    const version = attributes.get("version");
    const hashes = [...HASH_NAMESPACES].flatMap(
      ([namespace, algorithm]) => toComponentHash(algorithm, attributes.get(`{${namespace}}hash`)) ?? [],
    );
    this.#files.set(ref, {
      ref,
      kind: "file",
      name,
      ...(version === undefined ? {} : { version }),
      licenses: [],
      hashes,
      locations: path === name ? [] : [path],
      partOf: this.#parent,
      scope: "production",
    });
  }

  finish(): readonly Component[] {
    return [...this.#files.values()].sort((a, b) => (a.ref < b.ref ? -1 : 1));
  }
}
