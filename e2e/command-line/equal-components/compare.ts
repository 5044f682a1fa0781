/** SBOMs, compared by all that the model says of their components. */
import type { Component, Sbom } from "../../../src/metadata/index.ts";

/** What a form cannot say of a component; `notLookedAt` of the whole. */
export type Without = readonly (keyof Component | "notLookedAt")[];

/** How an SBOM differs from the one that it must equal; empty where it does not. */
export function differencesOf(expected: Sbom, found: Sbom, without: Without = []): readonly string[] {
  return [
    ...compareLists("component", componentsOf(expected, without), componentsOf(found, without)),
    ...compareLists("dependency", edgesOf(expected), edgesOf(found)),
    ...(without.includes("notLookedAt") ? [] : compareLists("not looked at", notesOf(expected), notesOf(found))),
  ];
}

/** How many dependencies an SBOM states between components. */
export function countEdges(sbom: Sbom): number {
  return edgesOf(sbom).length;
}

function compareLists(what: string, expected: readonly string[], found: readonly string[]): readonly string[] {
  const [all, here] = [new Set(expected), new Set(found)];
  const missing = expected.filter((each) => !here.has(each)).map((each) => `missing ${what} ${each}`);
  const more = found.filter((each) => !all.has(each)).map((each) => `more ${what} ${each}`);
  const count = expected.length === found.length ? [] : [`${what}: ${expected.length} expected, ${found.length} found`];
  return [...missing, ...more, ...count];
}

/** A component without what its document alone says: its reference, and the words of the document's format. */
function componentsOf(sbom: Sbom, without: Without): readonly string[] {
  const names = namesOf(sbom);
  return sbom.components.map((component) => {
    const { ref: _, remainders: __, partOf, ...rest } = component;
    const part = partOf === undefined ? {} : { partOf: names.get(partOf) };
    const fields = Object.entries({ ...rest, ...part }).filter(([field]) => !without.some((each) => each === field));
    const said = fields.sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify(Object.fromEntries(said));
  });
}

function identityOf({ kind, name, version, purl }: Component): string {
  return purl ?? `${kind} ${name} ${version ?? ""}`;
}

function namesOf({ components, subject }: Sbom): ReadonlyMap<string, string> {
  return new Map([...components.map((each) => [each.ref, identityOf(each)] as const), [subject.ref, "the subject"]]);
}

/** The dependencies of components; what the whole depends on is the subject's, whose name differs. */
function edgesOf(sbom: Sbom): readonly string[] {
  const names = namesOf(sbom);
  const edges = [...sbom.dependencies].flatMap(([from, targets]) =>
    targets.length === 0
      ? [`${names.get(from)} on nothing`]
      : targets.map((to) => `${names.get(from)} on ${names.get(to)}`),
  );
  return edges.sort();
}

function notesOf({ notLookedAt }: Sbom): readonly string[] {
  return notLookedAt.map(({ path, reason }) => `${path}: ${reason}`);
}
