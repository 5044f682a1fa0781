import { formatPackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import type { ValueObject } from "../../base/index.ts";
import { type DocumentReader, join, member } from "../document-reader.ts";
import { parseCpe, VERSION_OF_CPE } from "./cpe-matching.ts";
import type { VexComponent, VexProduct } from "./vex.ts";
import type { VexNotes } from "./vex-notes.ts";

/** What a CSAF document's product ids stand for. */
export interface CsafProducts {
  /** The products, any of which the id stands for; at least one, though it may be one that nothing matches. */
  readonly resolve: (productId: string, path: string) => readonly VexProduct[];
  /** The product ids that a list of ids and groups names, each once. */
  readonly expand: (item: ValueObject, path: string) => readonly string[];
}

/** Kinds of relationships of CSAF 2.0 and 2.1: all put a product into, onto or beside another one. */
const RELATIONSHIPS = [
  "default_component_of",
  "external_component_of",
  "installed_on",
  "installed_with",
  "optional_component_of",
];
/** Ways to identify hardware and sold items, by which nothing here is known. */
const UNREAD_HELPERS = ["model_numbers", "serial_numbers", "skus"];
const MAX_PACKAGE_URLS = 100;
/** A product inside a product. */
const MAX_CHAIN = 2;
/** CSAF's names of hash algorithms that OpenVEX writes otherwise. */
const HASH_NAMES: ReadonlyMap<string, string> = new Map([
  ["sha1", "sha-1"],
  ["sha224", "sha-224"],
  ["sha256", "sha-256"],
  ["sha384", "sha-384"],
  ["sha512", "sha-512"],
]);

interface Reading {
  readonly reader: DocumentReader;
  readonly notes: VexNotes;
  /** Leaf products, each with its alternatives. */
  readonly components: Map<string, readonly VexComponent[]>;
  /** Products made of others, the innermost first. */
  readonly chains: Map<string, readonly string[]>;
  readonly groups: Map<string, readonly string[]>;
}

const VERSION_BRANCHES: ReadonlyMap<string, BranchVersion["kind"]> = new Map([
  ["product_version", "version"],
  ["product_version_range", "range"],
]);

/** What the branches above a product say of its version. */
interface BranchVersion {
  readonly kind: "version" | "range";
  readonly name: string;
}

/**
 * Reads the product tree of a CSAF 2.0 or 2.1 document: branches, full product names, groups, relationships (2.0) and
 * product paths (2.1). A product id is a name inside its document alone, so that a product without package URL, CPE or
 * hash gets the id `csaf:<product id>`, which nothing matches.
 */
export function readCsafProducts(reader: DocumentReader, notes: VexNotes, root: ValueObject): CsafProducts {
  const reading: Reading = { reader, notes, components: new Map(), chains: new Map(), groups: new Map() };
  const tree = reader.optionalObject(root, "product_tree", "");
  if (tree !== undefined) {
    const at = "product_tree";
    reader.objects(tree, "full_product_names", at, (item, path) => readFullProduct(reading, item, path));
    readBranches(reading, tree, at);
    reader.objects(tree, "relationships", at, (item, path) => readRelationship(reading, item, path));
    reader.objects(tree, "product_paths", at, (item, path) => readProductPath(reading, item, path));
    reader.objects(tree, "product_groups", at, (item, path) => {
      reading.groups.set(reader.string(item, "group_id", path), reader.strings(item, "product_ids", path));
    });
  }
  const resolved = new Map<string, readonly VexProduct[]>();
  return {
    resolve: (productId, path) => {
      const known = resolved.get(productId) ?? resolveProduct(reading, productId, path);
      resolved.set(productId, known);
      return known;
    },
    expand: (item, path) => expandIds(reading, item, path),
  };
}

function readBranches(reading: Reading, tree: ValueObject, at: string): void {
  const { reader } = reading;
  const pending: { parent: ValueObject; path: string; version: BranchVersion | undefined }[] = [
    { parent: tree, path: at, version: undefined },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { parent, path, version } = next;
    reader.objects(parent, "branches", path, (branch, place) => {
      const category = reader.string(branch, "category", place);
      const name = reader.string(branch, "name", place);
      const kind = VERSION_BRANCHES.get(category);
      const own = kind === undefined ? version : { kind, name };
      const product = reader.optionalObject(branch, "product", place);
      if (product !== undefined) readFullProduct(reading, product, join(place, "product"), own);
      pending.push({ parent: branch, path: place, version: own });
      return undefined;
    });
  }
}

function readFullProduct(reading: Reading, item: ValueObject, path: string, version?: BranchVersion): void {
  const id = takeId(reading, item, path);
  if (id !== undefined) reading.components.set(id, readIdentification(reading, item, path, { id, version }));
}

/** The product id, unless it is taken: two products of one id leave open which one a statement means. */
function takeId({ reader, components, chains }: Reading, item: ValueObject, path: string): string | undefined {
  const id = reader.string(item, "product_id", path);
  if (!components.has(id) && !chains.has(id)) return id;
  return reader.refuse(join(path, "product_id"), "expected an id of its own, found one that another product has");
}

function readIdentification(
  { reader, notes }: Reading,
  item: ValueObject,
  path: string,
  { id, version }: { readonly id: string; readonly version: BranchVersion | undefined },
): readonly VexComponent[] {
  const helper = reader.optionalObject(item, "product_identification_helper", path);
  const at = join(path, "product_identification_helper");
  const nameless: VexComponent = { id: localId(id), identifiers: {}, hashes: {} };
  if (helper === undefined) {
    notes.add(path, "a product without package URL, CPE or hash: statements about it match nothing");
    return [nameless];
  }
  for (const key of UNREAD_HELPERS) {
    if (member(helper, key) !== undefined) notes.add(join(at, key), `${key} are not read`);
  }
  const hashes = readHashes(reader, notes, helper, at);
  const stated = reader.optionalString(helper, "cpe", at);
  const cpe = version?.kind === "version" ? narrowCpe(notes, stated, version.name, at) : stated;
  const cpes: Readonly<Record<string, string>> =
    cpe === undefined ? {} : { [cpe.startsWith("cpe:2.3:") ? "cpe23" : "cpe22"]: cpe };
  const links = reader.objects(helper, "x_generic_uris", at, (uri, place) => bomLinkIn(reader, notes, uri, place));
  const purls = readPackageUrls(reader, helper, at);
  if (version?.kind === "range" && (purls.length > 0 || cpe !== undefined)) {
    notes.add(path, "a range of versions is not read: statements about it match nothing");
    return [nameless];
  }
  const named = purls.flatMap((purl) => narrow(notes, purl, version?.name, at) ?? []);
  const components: VexComponent[] = named.map((purl) => ({ id: purl, identifiers: { purl, ...cpes }, hashes }));
  if (components.length === 0 && (cpe !== undefined || Object.keys(hashes).length > 0)) {
    components.push({ id: cpe ?? nameless.id, identifiers: cpes, hashes });
  }
  const all = [...components, ...links.map((link) => ({ id: link, identifiers: {}, hashes: {} }))];
  if (all.length > 0) return all;
  notes.add(path, "a product without package URL, CPE or hash: statements about it match nothing");
  return [nameless];
}

/** CSAF 2.0 writes one package URL, 2.1 a list. */
function readPackageUrls(reader: DocumentReader, helper: ValueObject, at: string): readonly string[] {
  const one = reader.optionalString(helper, "purl", at);
  const purls = [...new Set([...(one === undefined ? [] : [one]), ...reader.strings(helper, "purls", at)])];
  if (purls.length <= MAX_PACKAGE_URLS) return purls;
  reader.refuse(
    join(at, "purls"),
    `expected at most ${MAX_PACKAGE_URLS} package URLs of one product`,
    "LIMIT_EXCEEDED",
  );
  return [];
}

/** A package URL without version takes over the one of its branch, else "fixed in 2.0" would speak of every version. */
function narrow(notes: VexNotes, purl: string, version: string | undefined, at: string): string | undefined {
  const parsed = parsePackageUrl(purl);
  if (!parsed.ok) {
    notes.add(at, "a package URL that cannot be read: statements about it match nothing");
    return undefined;
  }
  if (version === undefined || parsed.value.version !== undefined) return purl;
  notes.add(at, "a package URL without version: that of its branch is taken");
  return formatPackageUrl({ ...parsed.value, version });
}

/** The same of a CPE: one that is silent about the version takes over its branch's, if its form can say it. */
function narrowCpe(notes: VexNotes, cpe: string | undefined, version: string, at: string): string | undefined {
  const parsed = cpe === undefined ? undefined : parseCpe(cpe);
  if (parsed === undefined || parsed.attributes[VERSION_OF_CPE] !== "*") return cpe;
  notes.add(at, "a CPE without version: that of its branch is taken");
  const escaped = version.replace(/[^A-Za-z0-9._-]/g, "\\$&");
  const attributes = parsed.attributes.map((attribute, index) =>
    index === VERSION_OF_CPE ? escaped : attribute.replace(/[^\\*?A-Za-z0-9._-]/g, "\\$&"),
  );
  return `cpe:2.3:${attributes.join(":")}`;
}

function readHashes(
  reader: DocumentReader,
  notes: VexNotes,
  helper: ValueObject,
  at: string,
): Readonly<Record<string, string>> {
  const files = reader.objects(helper, "hashes", at, (item, path) =>
    reader.objects(item, "file_hashes", path, (hash, place) => {
      const algorithm = reader.string(hash, "algorithm", place).toLowerCase();
      return [HASH_NAMES.get(algorithm) ?? algorithm, reader.string(hash, "value", place).toLowerCase()] as const;
    }),
  );
  const [first] = files;
  if (files.length > 1) notes.add(join(at, "hashes"), "hashes of several files are not read: one alone is no product");
  return files.length > 1 || first === undefined ? {} : Object.fromEntries(first);
}

function bomLinkIn(reader: DocumentReader, notes: VexNotes, item: ValueObject, path: string): string | undefined {
  const uri = reader.string(item, "uri", path);
  if (uri.startsWith("urn:cdx:")) return uri;
  notes.add(path, "x_generic_uris other than BOM-Links are not read");
  return undefined;
}

function readRelationship(reading: Reading, item: ValueObject, path: string): void {
  const { reader } = reading;
  checkCategory(reader, item, path);
  const inner = reader.string(item, "product_reference", path);
  addChain(reading, item, path, [inner, reader.string(item, "relates_to_product_reference", path)]);
}

function readProductPath(reading: Reading, item: ValueObject, path: string): void {
  const { reader } = reading;
  const inner = reader.string(item, "beginning_product_reference", path);
  const outer = reader.objects(item, "subpaths", path, (subpath, place) => {
    checkCategory(reader, subpath, place);
    return reader.string(subpath, "next_product_reference", place);
  });
  if (outer.length === 0) reader.refuse(join(path, "subpaths"), "expected at least one subpath, found none");
  else addChain(reading, item, path, [inner, ...outer]);
}

function checkCategory(reader: DocumentReader, item: ValueObject, path: string): void {
  if (RELATIONSHIPS.includes(reader.string(item, "category", path))) return;
  reader.refuse(join(path, "category"), `expected one of ${RELATIONSHIPS.join(", ")}`);
}

function addChain(reading: Reading, item: ValueObject, path: string, chain: readonly string[]): void {
  const product = reading.reader.object(member(item, "full_product_name"), join(path, "full_product_name"));
  if (product === undefined) return;
  const at = join(path, "full_product_name");
  const id = takeId(reading, product, at);
  if (member(product, "product_identification_helper") !== undefined) {
    reading.notes.add(at, "identification of a product inside a product is not read: its two parts are what counts");
  }
  if (id !== undefined) reading.chains.set(id, chain);
}

function resolveProduct(reading: Reading, productId: string, path: string): readonly VexProduct[] {
  const { notes, components } = reading;
  const nameless: VexComponent = { id: localId(productId), identifiers: {}, hashes: {} };
  const chain = flatten(reading, productId);
  if (chain === undefined) {
    notes.add(path, "a product inside a product inside another one is not read: statements about it match nothing");
    return [{ ...nameless, subcomponents: [] }];
  }
  const [inner = [nameless], outer] = chain.map((id) => {
    const known = components.get(id);
    if (known === undefined) notes.add(path, "a product that the product tree does not have: it matches nothing");
    return known ?? [{ id: localId(id), identifiers: {}, hashes: {} }];
  });
  if (outer === undefined) return inner.map((component) => ({ ...component, subcomponents: [] }));
  return outer.map((component) => ({ ...component, subcomponents: inner }));
}

/** The leaf products that a product id is made of, the innermost first; undefined where they are more than two. */
function flatten({ chains }: Reading, productId: string): readonly string[] | undefined {
  let ids: readonly string[] = [productId];
  // Every step replaces one id by at least two, so a circle ends by the limit.
  for (let at = 0; at < ids.length; ) {
    const chain = chains.get(ids[at] ?? "");
    if (chain === undefined) at++;
    else ids = [...ids.slice(0, at), ...chain, ...ids.slice(at + 1)];
    if (ids.length > MAX_CHAIN) return undefined;
  }
  return ids;
}

function expandIds({ reader, notes, groups }: Reading, item: ValueObject, path: string): readonly string[] {
  const ids = new Set(reader.strings(item, "product_ids", path));
  for (const group of reader.strings(item, "group_ids", path)) {
    const members = groups.get(group);
    if (members === undefined) notes.add(join(path, "group_ids"), "a group that the product tree does not have");
    for (const id of members ?? []) ids.add(id);
  }
  return [...ids];
}

/** A product id as an IRI in which no package URL or digest can be read. */
function localId(productId: string): string {
  return `csaf:${encodeURIComponent(productId.toWellFormed())}`;
}
