import { formatPackageUrl, parsePackageUrl } from "../../../artifact/index.ts";
import { compareText } from "../../../base/index.ts";
import { partiesOf } from "../parties.ts";
import type { Component, Sbom } from "../sbom.ts";

/** A component as a comparison names it. */
export interface ComparedComponent {
  /** Its package URL without version, or its group and name. */
  readonly key: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
}

/** A field that two SBOMs state in different ways. */
export interface FieldChange {
  readonly field: "version" | "licenses" | "concludedLicenses" | "hashes" | "supplier" | "scope" | "kind";
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface ChangedComponent extends ComparedComponent {
  readonly changes: readonly FieldChange[];
}

/** One component that depends on another, both without their versions. */
export interface ComparedDependency {
  readonly from: string;
  readonly to: string;
}

/** What differs from one SBOM to another. Every list is sorted. */
export interface SbomDifference {
  readonly added: readonly ComparedComponent[];
  readonly removed: readonly ComparedComponent[];
  readonly changed: readonly ChangedComponent[];
  readonly addedDependencies: readonly ComparedDependency[];
  readonly removedDependencies: readonly ComparedDependency[];
  /** Components that are in both and say the same. */
  readonly unchanged: number;
}

/**
 * Compares two SBOMs, whatever formats they were read from. Components are the same by their package URL without version
 * and qualifiers, those without one by group and name; of several versions of one package, equal ones belong together
 * first. What they depend on is compared without versions, so that an update alone changes no dependency.
 * @example
 * ```ts
 * import { compareSboms, readSbom } from "../../index.ts";
 * import { encodeUtf8 } from "../../../base/index.ts";
 * const of = (version: string) =>
 *   readSbom(encodeUtf8(
 *     `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"left","version":"${version}"}]}`,
 *   ));
 * const [before, after] = [of("1.0.0"), of("1.1.0")];
 * before.ok && after.ok && compareSboms(before.value.sbom, after.value.sbom).changed[0]?.changes[0]?.after; // ["1.1.0"]
 * ```
 */
export function compareSboms(before: Sbom, after: Sbom): SbomDifference {
  const [left, right] = [groupsOf(before), groupsOf(after)];
  const added: ComparedComponent[] = [];
  const removed: ComparedComponent[] = [];
  const changed: ChangedComponent[] = [];
  let unchanged = 0;
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const pairs = pairUp(left.get(key) ?? [], right.get(key) ?? []);
    for (const [old, fresh] of pairs) {
      if (old === undefined) {
        if (fresh !== undefined) added.push(nameOf(key, fresh));
      } else if (fresh === undefined) removed.push(nameOf(key, old));
      else {
        const changes = changesOf(old, fresh);
        if (changes.length === 0) unchanged++;
        else changed.push({ ...nameOf(key, fresh), changes });
      }
    }
  }
  const [oldEdges, newEdges] = [edgesOf(before), edgesOf(after)];
  return {
    added: added.sort(byKey),
    removed: removed.sort(byKey),
    changed: changed.sort(byKey),
    addedDependencies: without(newEdges, oldEdges),
    removedDependencies: without(oldEdges, newEdges),
    unchanged,
  };
}

/** Whether two SBOMs say the same of everything that is compared. */
export function isSame({ added, removed, changed, addedDependencies, removedDependencies }: SbomDifference): boolean {
  return [added, removed, changed, addedDependencies, removedDependencies].every(({ length }) => length === 0);
}

function byKey(a: ComparedComponent, b: ComparedComponent): number {
  return compareText(a.key, b.key) || compareText(a.version ?? "", b.version ?? "");
}

/** What a component is, without its version. */
export function keyOfComponent({ purl, group, name }: Component): string {
  if (purl !== undefined) {
    const parsed = parsePackageUrl(purl);
    if (parsed.ok) {
      const { version: _, ...rest } = parsed.value;
      return formatPackageUrl({ ...rest, qualifiers: {} });
    }
  }
  return group === undefined ? name : `${group}/${name}`;
}

/** The subject counts where it has a name; it is the same in both SBOMs by what it is, as all others are. */
function groupsOf({ subject, components }: Sbom): ReadonlyMap<string, readonly Component[]> {
  const all = subject.name === "" ? components : [subject, ...components];
  return Map.groupBy(all, (component) => keyOfComponent(component));
}

type Pair = readonly [before: Component | undefined, after: Component | undefined];

function pairUp(before: readonly Component[], after: readonly Component[]): readonly Pair[] {
  const [old, fresh] = [sorted(before), sorted(after)];
  const pairs: Pair[] = [];
  const isTaken = new Set<Component>();
  for (const component of old) {
    const same = fresh.find((other) => !isTaken.has(other) && other.version === component.version);
    if (same === undefined) continue;
    isTaken.add(same).add(component);
    pairs.push([component, same]);
  }
  const [leftOld, leftFresh] = [old, fresh].map((list) => list.filter((component) => !isTaken.has(component)));
  const length = Math.max(leftOld?.length ?? 0, leftFresh?.length ?? 0);
  for (let index = 0; index < length; index++) pairs.push([leftOld?.[index], leftFresh?.[index]]);
  return pairs;
}

function sorted(components: readonly Component[]): readonly Component[] {
  return [...components].sort((a, b) => compareText(a.version ?? "", b.version ?? "") || compareText(a.ref, b.ref));
}

function nameOf(key: string, { name, group, version, purl }: Component): ComparedComponent {
  return {
    key,
    name: group === undefined ? name : `${group}/${name}`,
    ...(version === undefined ? {} : { version }),
    ...(purl === undefined ? {} : { purl }),
  };
}

const FIELDS: readonly (readonly [FieldChange["field"], (component: Component) => readonly string[]])[] = [
  ["version", ({ version }) => (version === undefined ? [] : [version])],
  ["kind", ({ kind }) => [kind]],
  ["scope", ({ scope }) => [scope]],
  ["licenses", ({ licenses }) => [...licenses].sort()],
  ["concludedLicenses", ({ concludedLicenses = [] }) => [...concludedLicenses].sort()],
  ["hashes", ({ hashes }) => [...new Set(hashes.map(({ algorithm, value }) => `${algorithm}:${value}`))].sort()],
  [
    "supplier",
    (component) =>
      partiesOf(component)
        .filter(({ role }) => role === "supplier")
        .map(({ name, emails, urls }) => [name, ...emails, ...urls].join(" "))
        .sort(),
  ],
];

function changesOf(before: Component, after: Component): readonly FieldChange[] {
  return FIELDS.flatMap(([field, read]) => {
    const [old, fresh] = [read(before), read(after)];
    return old.length === fresh.length && old.every((text, index) => text === fresh[index])
      ? []
      : [{ field, before: old, after: fresh }];
  });
}

function edgesOf({ subject, components, dependencies }: Sbom): ReadonlyMap<string, ComparedDependency> {
  const keys = new Map(
    [subject, ...components].map((component) => [component.ref, keyOfComponent(component)] as const),
  );
  const edges = new Map<string, ComparedDependency>();
  for (const [ref, targets] of dependencies) {
    const from = keys.get(ref);
    for (const target of targets) {
      const to = keys.get(target);
      if (from !== undefined && to !== undefined) edges.set(`${from}\n${to}`, { from, to });
    }
  }
  return edges;
}

function without(
  edges: ReadonlyMap<string, ComparedDependency>,
  others: ReadonlyMap<string, ComparedDependency>,
): readonly ComparedDependency[] {
  return [...edges]
    .filter(([key]) => !others.has(key))
    .sort(([a], [b]) => compareText(a, b))
    .map(([, edge]) => edge);
}
