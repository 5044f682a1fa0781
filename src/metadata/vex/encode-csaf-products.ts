import { AmapError, LIMITS, type ValueObject } from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import { type Identification, identify, identityKey } from "./encode-component.ts";
import type { VexLosses } from "./encode-losses.ts";
import type { VexComponent, VexProduct } from "./vex.ts";

/** Editions of CSAF that are written. */
export type CsafEdition = "2.0" | "2.1";

/** The product tree of a document while it grows. */
interface CsafProductTree {
  /** The ids of a product: itself, or each of its subcomponents inside it. */
  readonly idOf: (product: VexProduct) => readonly string[];
  readonly tree: () => ValueObject;
}

const BOM_LINK_NAMESPACE = "https://cyclonedx.org/capabilities/bomlink/";
const IRI_NAMESPACE = "https://openvex.dev/ns";
/** Shorter ones CSAF does not take. */
const SHORTEST_HASH = 32;
/** CSAF's names of hash algorithms are those of OpenSSL. */
const HASH_NAMES: ReadonlyMap<string, string> = new Map([
  ["sha-1", "sha1"],
  ["sha-224", "sha224"],
  ["sha-256", "sha256"],
  ["sha-384", "sha384"],
  ["sha-512", "sha512"],
]);

/** Starts a product tree: every component is a product of its own, one inside another a relationship of both. */
export function encodeCsafProducts(version: CsafEdition, losses: VexLosses): CsafProductTree {
  const leaves = new Map<string, { readonly id: string; readonly name: string; readonly item: ValueObject }>();
  const inside = new Map<string, { readonly id: string; readonly item: ValueObject }>();
  const nextId = (): string => {
    const count = leaves.size + inside.size;
    if (count === LIMITS.csafProducts)
      throw new AmapError("LIMIT_EXCEEDED", `more than ${LIMITS.csafProducts} products and components in them`);
    return `CSAFPID-${String(count + 1).padStart(4, "0")}`;
  };
  const leafOf = (component: VexComponent): { readonly id: string; readonly name: string } => {
    const key = identityKey(component);
    const known = leaves.get(key);
    if (known !== undefined) return known;
    const identification = identify(component, losses);
    const { name } = identification;
    const id = nextId();
    const helper = helperOf(identification, version, losses);
    const item = withoutUndefined({ name, product_id: id, product_identification_helper: helper });
    const leaf = { id, name, item };
    leaves.set(key, leaf);
    return leaf;
  };
  const insideOf = (component: VexComponent, product: VexComponent): string => {
    const [inner, outer] = [leafOf(component), leafOf(product)];
    const key = `${inner.id} ${outer.id}`;
    const known = inside.get(key);
    if (known !== undefined) return known.id;
    const id = nextId();
    const product_name = { name: `${inner.name} in ${outer.name}`, product_id: id };
    inside.set(key, { id, item: relate(version, inner.id, outer.id, product_name) });
    return id;
  };
  return {
    idOf: (product) =>
      product.subcomponents.length === 0
        ? [leafOf(product).id]
        : product.subcomponents.map((component) => insideOf(component, product)),
    tree: () => {
      const related = [...inside.values()].map(({ item }) => item);
      const key = version === "2.0" ? "relationships" : "product_paths";
      return {
        full_product_names: [...leaves.values()].map(({ item }) => item),
        ...(related.length === 0 ? {} : { [key]: related }),
      };
    },
  };
}

function relate(version: CsafEdition, inner: string, outer: string, product: ValueObject): ValueObject {
  const category = "default_component_of";
  return version === "2.0"
    ? { category, full_product_name: product, product_reference: inner, relates_to_product_reference: outer }
    : {
        beginning_product_reference: inner,
        full_product_name: product,
        subpaths: [{ category, next_product_reference: outer }],
      };
}

function helperOf(
  { name, purl, cpe, hashes, bomLink, iri }: Identification,
  version: CsafEdition,
  losses: VexLosses,
): ValueObject | undefined {
  const fileHashes = Object.entries(hashes).flatMap(([algorithm, value]) => {
    if (value.length >= SHORTEST_HASH && /^[0-9a-f]+$/.test(value))
      return [{ algorithm: HASH_NAMES.get(algorithm) ?? algorithm, value }];
    losses.add("dropped", "statements[].products[].hashes", "a hash that is none in CSAF's form");
    return [];
  });
  const uris = [
    ...(bomLink === undefined ? [] : [{ namespace: BOM_LINK_NAMESPACE, uri: bomLink }]),
    ...(iri === undefined || !/^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i.test(iri)
      ? []
      : [{ namespace: IRI_NAMESPACE, uri: iri }]),
  ];
  if (iri !== undefined)
    losses.add(
      "changed",
      "statements[].products[].id",
      "an IRI is kept as a URI of the product, by which nothing is matched",
    );
  const helper = withoutUndefined({
    cpe,
    hashes: fileHashes.length === 0 ? undefined : [{ file_hashes: fileHashes, filename: name }],
    purl: version === "2.0" ? purl : undefined,
    purls: version === "2.1" && purl !== undefined ? [purl] : undefined,
    x_generic_uris: uris.length === 0 ? undefined : uris,
  });
  return Object.keys(helper).length === 0 ? undefined : helper;
}
