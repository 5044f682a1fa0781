import { compareText } from "../../../base/index.ts";
import type { Component, Property } from "../sbom.ts";
import { absolute, type ResultBuilder, toPackageUrl } from "./cataloger.ts";
import { optional, type PackageIdentity } from "./package-list.ts";

/** A package that is there, as what was installed with it states it. */
export interface FoundPackage {
  /** Whole, as its ecosystem writes it. */
  readonly name: string;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  /** Left out for what no registry has. */
  readonly identity?: PackageIdentity | undefined;
  /** `library` when left out. */
  readonly kind?: Component["kind"];
  readonly licenses?: readonly string[];
  readonly hashes?: Component["hashes"];
  readonly cpes?: readonly string[];
  readonly supplier?: string | undefined;
  readonly description?: string | undefined;
  readonly properties?: readonly Property[];
  /** Without leading slash. */
  readonly locations: readonly string[];
  /** The reference of what it is a part of. */
  readonly partOf?: string | undefined;
  /** `production` when left out. */
  readonly scope?: Component["scope"];
}

/** The name of the property by which a component says what of it was not stated, but guessed, and from what. */
const INFERRED = "inferred";

/** Says what of a component was guessed, and from what. */
export function inferred(words: string): Property {
  return { name: INFERRED, value: words };
}

/** Whether a property is one of {@link inferred}. */
export function isInferred({ name }: Property): boolean {
  return name === INFERRED;
}

/** The reference by which a package's component is known. */
export function refOfPackage({ name, version, identity }: FoundPackage): string {
  const known = version === undefined ? {} : { version };
  const purl =
    identity === undefined ? undefined : toPackageUrl({ ...identity, ...known, qualifiers: identity.qualifiers ?? {} });
  return purl ?? `package:${name}${version === undefined ? "" : `@${version}`}`;
}

/** A package as a component. */
export function toFoundComponent(found: FoundPackage): Component {
  const ref = refOfPackage(found);
  return {
    ref,
    kind: found.kind ?? "library",
    name: found.name,
    ...optional("group", found.group),
    ...optional("version", found.version),
    ...(ref.startsWith("pkg:") ? { purl: ref } : {}),
    ...(found.cpes === undefined || found.cpes.length === 0 ? {} : { cpes: found.cpes }),
    ...optional("description", found.description),
    licenses: found.licenses ?? [],
    hashes: found.hashes ?? [],
    ...optional("supplier", found.supplier),
    ...(found.properties === undefined || found.properties.length === 0 ? {} : { properties: found.properties }),
    locations: found.locations.map((path) => absolute(path)).sort(),
    ...(found.partOf === undefined || found.partOf === ref ? {} : { partOf: found.partOf }),
    scope: found.scope ?? "production",
  };
}

/** A package with what it is called by others and what it needs. */
export interface LinkedPackage {
  readonly found: FoundPackage;
  /** What those that need it call it. */
  readonly key: string;
  /** Where it is found by others: a folder of packages. */
  readonly place: string;
  /** Keys; left out where nobody says. */
  readonly needs?: readonly string[] | undefined;
}

/** Components of one key in one place that one need is shown to lead to. */
const MOST_OF_ONE_KEY = 16;

/**
 * Adds packages with their dependencies: what a package needs is looked for in its own place and, where it is not there,
 * in the only other place that has it.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies
 */
export function addLinkedPackages(packages: readonly LinkedPackage[], builder: ResultBuilder): void {
  const sorted = packages
    .map((linked) => ({ linked, component: toFoundComponent(linked.found) }))
    .sort((a, b) => compareText(a.component.ref, b.component.ref));
  const places = new Map<string, Map<string, Set<string>>>();
  for (const { linked, component } of sorted) {
    const ofKey = places.get(linked.key) ?? new Map<string, Set<string>>();
    places.set(linked.key, ofKey);
    const refs = ofKey.get(linked.place) ?? new Set<string>();
    ofKey.set(linked.place, refs);
    if (refs.size < MOST_OF_ONE_KEY) refs.add(component.ref);
  }
  for (const { linked, component } of sorted) {
    builder.components.push(component);
    if (linked.needs === undefined) continue;
    const targets = new Set(builder.dependencies.get(component.ref));
    const before = targets.size;
    for (const key of linked.needs) for (const target of resolve(places.get(key), linked.place)) targets.add(target);
    targets.delete(component.ref);
    builder.countDependencies(Math.max(0, targets.size - before));
    builder.dependencies.set(component.ref, [...targets].sort());
  }
}

function resolve(ofKey: ReadonlyMap<string, ReadonlySet<string>> | undefined, place: string): Iterable<string> {
  const own = ofKey?.get(place);
  if (own !== undefined) return own;
  const [only, ...others] = ofKey?.values() ?? [];
  return only === undefined || others.length > 0 ? [] : only;
}
