import type { Candidate, PreparedComponent, PreparedProduct } from "./prepared-statements.ts";

/** Subcomponents of one product that are compared to find the nearest; the first ones. */
const MAX_COMPARED = 200;
/** Products of one statement that are compared. */
const MAX_NEAR = 5;

/** Places in a list: of what has a name, and of what has none, by what it is known by. */
interface Places {
  readonly byName: ReadonlyMap<string, readonly number[]>;
  readonly purls: readonly number[];
  /** The first of each kind that is no package URL: all of a kind differ alike from any component. */
  readonly others: readonly number[];
}

/** Sorted out for the first finding: this is asked for each. */
const SUBCOMPONENTS = new WeakMap<PreparedProduct, Places>();
const PRODUCTS = new WeakMap<Candidate, ProductPlaces>();

/**
 * The first subcomponents of a product, without those that cannot be the nearest where only components of one name are
 * there: of those that have another name, or none, the first of each kind stands for all.
 */
export function nearSubcomponents(
  product: PreparedProduct,
  onlyName: string | undefined,
): readonly PreparedComponent[] {
  const { subcomponents } = product;
  if (onlyName === undefined) return subcomponents.slice(0, MAX_COMPARED);
  const known = SUBCOMPONENTS.get(product);
  const { byName, purls, others } = known ?? placesOf(subcomponents.slice(0, MAX_COMPARED));
  if (known === undefined) SUBCOMPONENTS.set(product, { byName, purls, others });
  const named = byName.get(onlyName) ?? [];
  const isNamed = new Set(named);
  const unnamed = purls.find((place) => !isNamed.has(place));
  const places = [...named, ...others, ...(unnamed === undefined ? [] : [unnamed])].sort((a, b) => a - b);
  return places.flatMap((place) => subcomponents[place] ?? []);
}

function placesOf(components: readonly PreparedComponent[]): Places {
  const byName = new Map<string, number[]>();
  const purls: number[] = [];
  const others = new Map<string, number>();
  components.forEach((component, place) => {
    if (component.purls.length > 0) purls.push(place);
    else if (!others.has(kindOf(component))) others.set(kindOf(component), place);
    for (const name of new Set(component.purls.map((purl) => purl.name))) addPlace(byName, name, place);
  });
  return { byName, purls, others: [...others.values()] };
}

function kindOf({ component: { hashes }, cpes }: PreparedComponent): "cpe" | "hash" | "none" {
  if (cpes.length > 0) return "cpe";
  return Object.keys(hashes).length > 0 ? "hash" : "none";
}

interface ProductPlaces {
  /** The first that name the artifact. */
  readonly subjects: readonly number[];
  /** The first of each name. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
}

/** The products that a miss is looked for in: a document may have thousands, and this is done for each finding. */
export function nearProducts(candidate: Candidate, name: string | undefined): readonly PreparedProduct[] {
  const { products } = candidate;
  const known = PRODUCTS.get(candidate);
  const { subjects, byName } = known ?? productPlacesOf(products);
  if (known === undefined) PRODUCTS.set(candidate, { subjects, byName });
  const named = name === undefined ? [] : (byName.get(name) ?? []);
  const places = [...new Set([...subjects, ...named])].sort((a, b) => a - b).slice(0, MAX_NEAR);
  const near = places.flatMap((place) => products[place] ?? []);
  return near.length === 0 ? products.slice(0, MAX_NEAR) : near;
}

function productPlacesOf(products: readonly PreparedProduct[]): ProductPlaces {
  const subjects: number[] = [];
  const byName = new Map<string, number[]>();
  products.forEach(({ isSubject, platforms, purls }, place) => {
    if ((isSubject || platforms.length > 0) && subjects.length < MAX_NEAR) subjects.push(place);
    for (const name of new Set(purls.map((purl) => purl.name))) {
      if ((byName.get(name)?.length ?? 0) < MAX_NEAR) addPlace(byName, name, place);
    }
  });
  return { subjects, byName };
}

function addPlace(places: Map<string, number[]>, name: string, place: number): void {
  const listed = places.get(name);
  if (listed === undefined) places.set(name, [place]);
  else listed.push(place);
}
