/**
 * What two programs found in the same thing, side by side. Components are the same by package URL without qualifiers:
 * architecture, distribution and source package are told in ways of each program's own.
 */
import { parsePackageUrl } from "../../src/artifact/index.ts";
import type { Component, Sbom } from "../../src/metadata/index.ts";

/** A component as it is compared. */
export interface Listed {
  readonly key: string;
  /** The package URL's type; `none` where there is none. */
  readonly type: string;
  /** Namespace and name. */
  readonly name: string;
  /** Empty where it is not known. */
  readonly version: string;
  readonly scope: Component["scope"];
  readonly kind: Component["kind"];
  /** Files that name it, without what is inside them. */
  readonly places: readonly string[];
}

/** What one program lists, by key. */
export type Listing = ReadonlyMap<string, Listed>;

/** One thing in which two listings differ: a component of one of them, or of each one that stands for the same. */
export interface Difference {
  readonly amap?: Listed;
  readonly peer?: Listed;
}

/** How a difference comes about. The first rule of a table that fits counts. */
export interface DifferenceRule {
  readonly id: string;
  readonly fits: (difference: Difference, listings: Listings) => boolean;
  /** Whose answer holds: where neither is wrong, `either`. */
  readonly right: "amap" | "peer" | "either";
  readonly why: string;
}

export interface Listings {
  readonly amap: Listing;
  readonly peer: Listing;
}

/** Two listings compared. */
export interface Compared {
  readonly listings: Listings;
  readonly counts: ReadonlyMap<string, TypeCounts>;
  readonly explained: ReadonlyMap<string, readonly Difference[]>;
  readonly unexplained: readonly Difference[];
}

interface TypeCounts {
  readonly both: number;
  readonly onlyAmap: number;
  readonly onlyPeer: number;
}

/** The components of an SBOM as they are compared; each once, with all its places. */
export function listOf({ components }: Sbom): Listing {
  const listing = new Map<string, Listed>();
  for (const component of components) {
    const made = toListed(component);
    const known = listing.get(made.key);
    if (known === undefined) listing.set(made.key, made);
    else listing.set(made.key, { ...known, places: [...new Set([...known.places, ...made.places])] });
  }
  return listing;
}

/** Compares, pairs what stands for the same in other words, and explains what is left by the rules. */
export function compareListings(listings: Listings, rules: readonly DifferenceRule[]): Compared {
  const { amap, peer } = listings;
  const onlyAmap = [...amap.values()].filter(({ key }) => !peer.has(key));
  const onlyPeer = [...peer.values()].filter(({ key }) => !amap.has(key));
  const explained = new Map<string, Difference[]>();
  const unexplained: Difference[] = [];
  for (const difference of pairUp(onlyAmap, onlyPeer)) {
    const rule = rules.find(({ fits }) => fits(difference, listings));
    if (rule === undefined) unexplained.push(difference);
    else explained.set(rule.id, [...(explained.get(rule.id) ?? []), difference]);
  }
  return { listings, counts: countTypes(listings), explained, unexplained };
}

/** Last part of a name: the artifact of Maven's, the module of Go's without its major version. */
export function lastName({ name }: Listed): string {
  const parts = name.split(/[/:]/).filter((part) => part !== "" && !/^v\d+$/.test(part));
  return (parts.at(-1) ?? name).toLowerCase();
}

function toListed(component: Component): Listed {
  const { purl, kind, scope } = component;
  const parsed = purl === undefined ? undefined : parsePackageUrl(purl);
  const places = [...new Set(placesOf(component))];
  const version = (component.version ?? "").replace(/^(?:UNKNOWN|\(devel\))$/, "");
  if (parsed?.ok !== true) {
    const name = component.group === undefined ? component.name : `${component.group}/${component.name}`;
    return { key: `none/${name}@${version}`, type: "none", name, version, kind, scope, places };
  }
  const { type, namespace, name: last, subpath, version: stated = "", qualifiers } = parsed.value;
  const path = namespace === undefined ? last : `${namespace}/${last}`;
  // syft writes the end of a Go module's path as subpath.
  const whole = type === "golang" && subpath !== undefined ? `${path}/${subpath}` : path;
  const name =
    type === "golang" ? whole.toLowerCase() : type === "pypi" ? whole.toLowerCase().replaceAll("_", "-") : whole;
  // An epoch is a qualifier for some, and a part of the version for others.
  const epoch = Object.hasOwn(qualifiers, "epoch") && !stated.includes(":") ? `${qualifiers["epoch"]}:` : "";
  const known = epoch + stated.replace(/^(?:UNKNOWN|\(devel\))$/, "");
  return { key: `${type}/${name}@${known}`, type, name, version: known, kind, scope, places };
}

const SYFT_PLACE = /^syft:location:\d+:path$/;

function placesOf({ locations, properties = [] }: Component): readonly string[] {
  const told = properties.flatMap(({ name, value }) => (SYFT_PLACE.test(name) ? [value] : []));
  return [...locations, ...told].map((place) => (place.split("!/", 1)[0] ?? place).replace(/#.*$/, ""));
}

/** Joins what is in one listing only with what the other has for it: of the same place, with the same last name. */
function pairUp(onlyAmap: readonly Listed[], onlyPeer: readonly Listed[]): readonly Difference[] {
  const byPlace = new Map<string, Listed[]>();
  for (const each of onlyPeer) {
    for (const place of each.places) byPlace.set(place, [...(byPlace.get(place) ?? []), each]);
  }
  const taken = new Set<Listed>();
  const differences: Difference[] = onlyAmap.map((amap) => {
    const near = amap.places.flatMap((place) => byPlace.get(place) ?? []).filter((each) => !taken.has(each));
    const peer =
      near.find((each) => each.name === amap.name) ??
      near.find((each) => lastName(each) === lastName(amap) && each.version === amap.version) ??
      near.find((each) => lastName(each) === lastName(amap)) ??
      near.find((each) => isProgramOfBoth(amap, each) || isArchiveOfBoth(amap, each));
    if (peer === undefined) return { amap };
    taken.add(peer);
    return { amap, peer };
  });
  return [...differences, ...onlyPeer.filter((each) => !taken.has(each)).map((peer) => ({ peer }))];
}

/** One program has one main component, whatever it is called. */
function isProgramOfBoth(amap: Listed, peer: Listed): boolean {
  return amap.kind === "application" && peer.type === "golang" && lastName(peer) === lastName(amap);
}

/** A Java archive for which each has a name of its own. */
function isArchiveOfBoth(amap: Listed, peer: Listed): boolean {
  const isBundle = lastName(amap).endsWith(`.${lastName(peer)}`) || lastName(amap).endsWith(`-${lastName(peer)}`);
  return amap.type === "maven" && peer.type === "maven" && amap.version === peer.version && isBundle;
}

function countTypes({ amap, peer }: Listings): ReadonlyMap<string, TypeCounts> {
  const types = [...new Set([...amap.values(), ...peer.values()].map(({ type }) => type))].sort();
  const count = (of: Listing, type: string, isIn: (key: string) => boolean): number =>
    [...of.values()].filter((each) => each.type === type && isIn(each.key)).length;
  return new Map(
    types.map((type) => [
      type,
      {
        both: count(amap, type, (key) => peer.has(key)),
        onlyAmap: count(amap, type, (key) => !peer.has(key)),
        onlyPeer: count(peer, type, (key) => !amap.has(key)),
      },
    ]),
  );
}
