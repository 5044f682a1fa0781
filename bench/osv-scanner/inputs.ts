/** What both programs scan, made of the packages of suites/osv: real names and versions, of which many are vulnerable. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** A package of the suite's truth. */
export interface Package {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

/** The rows of the truth, in its order. */
export function readPackages(suite: string): readonly Package[] {
  const lines = readFileSync(join(suite, "truth", "shared.jsonl"), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Package);
}

/** So many of a list, evenly from all over it. */
export function draw<T>(all: readonly T[], count: number, offset = 0): readonly T[] {
  return Array.from(
    { length: Math.min(count, all.length) },
    (_, index) => all[(offset + Math.floor((index * all.length) / count)) % all.length] as T,
  );
}

/** A package that no advisory names: most of what is scanned is such. */
export function quietPackage(index: number): Package {
  const [name, version] = [`made-up-package-${index}`, `${index % 9}.${index % 17}.${index % 5}`];
  return { ecosystem: "npm", name, version, purl: `pkg:npm/${name}@${version}` };
}

/** Writes a CycloneDX document, its packages as a tree in which each depends on three. */
export function writeSbom(file: string, packages: readonly Package[]): void {
  const refs = packages.map(({ purl }, index) => `${index} ${purl}`);
  const components = packages.map(({ name, version, purl }, index) => ({
    type: "library",
    "bom-ref": refs[index],
    name,
    version,
    purl,
  }));
  const dependencies = refs.map((ref, index) => ({ ref, dependsOn: refs.slice(index * 3 + 1, index * 3 + 4) }));
  const root = { type: "application", "bom-ref": "root", name: "bench" };
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { timestamp: "2026-01-01T00:00:00Z", component: root },
    components,
    dependencies: [{ ref: "root", dependsOn: refs.slice(0, 1) }, ...dependencies],
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(document));
}

/** Writes a lock file of npm with so many entries; a second version of a package lies inside another one's folder. */
export function writeLockFile(file: string, packages: readonly Package[], count: number): void {
  const entries: Record<string, object> = { "": { name: "bench", version: "1.0.0" } };
  const seen = new Set<string>();
  let made = 0;
  for (const { ecosystem, name, version } of packages) {
    // npm writes no version that is none of SemVer's.
    if (ecosystem !== "npm" || !/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version) || seen.has(`${name}@${version}`))
      continue;
    const isSecond = Object.hasOwn(entries, `node_modules/${name}`);
    const place = isSecond ? `node_modules/nested-${made}/node_modules/${name}` : `node_modules/${name}`;
    seen.add(`${name}@${version}`);
    entries[place] = { version, resolved: `https://packages.example/${name}/-/${basename(name)}-${version}.tgz` };
    made += 1;
    if (made === count) break;
  }
  for (; made < count; made += 1) {
    const { name, version } = quietPackage(made);
    entries[`node_modules/${name}`] = { version };
  }
  mkdirSync(dirname(file), { recursive: true });
  const lock = { name: "bench", version: "1.0.0", lockfileVersion: 3, requires: true, packages: entries };
  writeFileSync(file, JSON.stringify(lock, undefined, 2));
}

const ENDINGS: Readonly<Record<string, string>> = {
  "CycloneDX-JSON": ".cdx.json",
  "CycloneDX-XML": ".cdx.xml",
  "SPDX-JSON": ".spdx.json",
  "SPDX-tagvalue": ".spdx",
};

/** Copies the suite's real SBOMs under names by which osv-scanner knows the format; returns how many. */
export function copyRealSboms(suite: string, folder: string): number {
  const rows = readFileSync(join(suite, "sboms", "INDEX.tsv"), "utf8")
    .split("\n")
    .slice(1);
  mkdirSync(folder, { recursive: true });
  let count = 0;
  for (const row of rows) {
    const [path = "", format = ""] = row.split("\t");
    if (path === "") continue;
    const ending = ENDINGS[format];
    if (ending === undefined) throw new Error(`${path}: no ending is known for ${format}`);
    copyFileSync(join(suite, "sboms", path), join(folder, `${path.replaceAll(/[^A-Za-z0-9.]+/g, "_")}${ending}`));
    count += 1;
  }
  return count;
}
