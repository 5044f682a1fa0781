import { AmapError, compareText, isAmapError, LIMITS } from "../../../base/index.ts";
import type { Component } from "../sbom.ts";
import {
  absolute,
  type Cataloger,
  type CatalogerResult,
  type CatalogFiles,
  folderOf,
  ResultBuilder,
  toPackageUrl,
} from "./cataloger.ts";
import type { PackageList, PackageListFormat, StatedPackage } from "./package-list.ts";

/** What a cataloger of lists is made of. */
export interface ListCatalogerInput {
  readonly id: string;
  readonly ecosystem: string;
  readonly note: string;
  /** Several may read the same file, each a part of it. */
  readonly formats: readonly PackageListFormat[];
}

/** A cataloger of files that each list packages. */
export function createListCataloger({ id, ecosystem, note, formats }: ListCatalogerInput): Cataloger {
  const index = new FormatIndex(formats);
  return {
    id,
    ecosystem,
    note,
    wants: (path) => index.formatsOf(path).length > 0,
    read: (files): CatalogerResult => {
      const builder = new ResultBuilder();
      addPackageLists(index, files, builder);
      return builder.finish();
    },
  };
}

/** Folders of what package managers fetched: files in there say how it was developed, not what is here. */
const FETCHED = /(?:^|\/)(?:node_modules|site-packages|dist-packages|\.cargo\/registry|pkg\/mod|vendor\/bundle)\//;
const NONE: readonly PackageListFormat[] = [];

/** Whether a package manager fetched a file with a package. */
export function isFetched(path: string): boolean {
  return FETCHED.test(path);
}

/** Formats by the names of their files: every file of an image is asked about. */
export class FormatIndex {
  readonly #byName = new Map<string, PackageListFormat[]>();
  /** By what stands behind the last point of their endings. */
  readonly #byExtension = new Map<string, { readonly ending: string; readonly format: PackageListFormat }[]>();

  constructor(formats: readonly PackageListFormat[]) {
    for (const format of formats) {
      for (const name of format.names ?? []) {
        this.#byName.set(name, [...(this.#byName.get(name) ?? []), format]);
      }
      for (const ending of format.endings ?? []) {
        const extension = ending.slice(ending.lastIndexOf("."));
        this.#byExtension.set(extension, [...(this.#byExtension.get(extension) ?? []), { ending, format }]);
      }
    }
  }

  /** The formats that read a file; the path has no leading slash. */
  formatsOf(path: string): readonly PackageListFormat[] {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const named = this.#byName.get(name) ?? NONE;
    const ended = this.#byExtension.get(name.slice(Math.max(0, name.lastIndexOf(".")))) ?? [];
    if (named.length === 0 && ended.length === 0) return NONE;
    const found = [...named, ...ended.filter(({ ending }) => name.endsWith(ending)).map(({ format }) => format)];
    return found.filter((format) => format.isAt?.(path) !== false && !isFetched(path));
  }
}

/** Adds what the files of some formats state to a result in the making. */
export function addPackageLists(index: FormatIndex, files: CatalogFiles, builder: ResultBuilder): void {
  const sets = new Map<string, PlacedPackage[]>();
  for (const [path, bytes] of [...files].sort(([a], [b]) => compareText(a, b))) {
    for (const format of index.formatsOf(path)) {
      if (isLocked(path, format, files)) continue;
      const list = readList(format, { path, bytes, files }, builder);
      if (list === undefined) continue;
      checkCount(builder.components.length + list.packages.length);
      addNotes(path, list, builder);
      const set = format.isOneSet === true ? `${format.id} ${folderOf(path)}` : `${format.id} ${path}`;
      const placed = sets.get(set) ?? [];
      sets.set(set, placed);
      for (const stated of list.packages) placed.push({ stated, path });
    }
  }
  for (const placed of sets.values()) addPackages(placed, builder);
}

/** Whether another file states the same packages with their versions. */
function isLocked(path: string, { lockedBy }: PackageListFormat, files: CatalogFiles): boolean {
  if (lockedBy === undefined) return false;
  if (lockedBy.isAbove === true) return hasAtOrAbove(path, lockedBy.names, files);
  return hasIn(folderOf(path), path, lockedBy.names, files);
}

type Paths = { has(path: string): boolean };

function hasIn(folder: string, path: string, names: readonly string[], files: Paths): boolean {
  const prefix = folder === "" ? "" : `${folder}/`;
  return names.some((name) => files.has(prefix + name) && prefix + name !== path);
}

/** Whether a file's folder, or one above it, has another file of one of some names. */
export function hasAtOrAbove(path: string, names: readonly string[], files: Paths): boolean {
  for (let folder = folderOf(path); ; folder = folderOf(folder)) {
    if (hasIn(folder, path, names, files)) return true;
    if (folder === "") return false;
  }
}

function readList(
  format: PackageListFormat,
  file: { readonly path: string; readonly bytes: Uint8Array; readonly files: CatalogFiles },
  builder: ResultBuilder,
): PackageList | undefined {
  try {
    return format.read(file);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    const code = error.code === "LIMIT_EXCEEDED" ? error.code : "LOCKFILE_INVALID";
    builder.addProblem(file.path, code, `not readable: ${error.message}`);
    return undefined;
  }
}

/** Packages of one key that one dependency is shown to lead to: more would make n packages n × n references. */
const MOST_OF_ONE_KEY = 16;

/** Checked before components are made: a file of 16 MiB may name eight million packages. */
function checkCount(count: number): void {
  if (count <= LIMITS.components) return;
  throw new AmapError("LIMIT_EXCEEDED", `expected at most ${LIMITS.components} components, found more`);
}

interface PlacedPackage {
  readonly stated: StatedPackage;
  readonly path: string;
}

/** Adds packages that can name each other by their keys. */
function addPackages(placed: readonly PlacedPackage[], builder: ResultBuilder): void {
  const refs = placed.map(({ stated }) => refOf(stated));
  const byKey = new Map<string, Set<string>>();
  for (const [index, { stated }] of placed.entries()) {
    for (const key of stated.keys ?? [stated.name]) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, new Set([refs[index] ?? ""]));
      else if (known.size < MOST_OF_ONE_KEY) known.add(refs[index] ?? "");
    }
  }
  for (const [index, { stated, path }] of placed.entries()) {
    const ref = refs[index] ?? "";
    builder.components.push(toComponent(stated, ref, path));
    if (stated.needs !== undefined) addDependencies(ref, stated.needs, byKey, builder);
  }
}

function addNotes(path: string, list: PackageList, builder: ResultBuilder): void {
  for (const problem of list.problems ?? []) builder.addProblem(path, "LOCKFILE_INVALID", problem);
  for (const note of list.notes ?? []) builder.addNotLookedAt(path, note);
  noteRequirements(path, list.packages, builder);
}

function addDependencies(
  ref: string,
  needs: readonly string[],
  byKey: ReadonlyMap<string, ReadonlySet<string>>,
  builder: ResultBuilder,
): void {
  const targets = new Set(builder.dependencies.get(ref));
  const before = targets.size;
  for (const key of needs) for (const target of byKey.get(key) ?? []) targets.add(target);
  targets.delete(ref);
  builder.countDependencies(Math.max(0, targets.size - before));
  builder.dependencies.set(ref, [...targets].sort());
}

function noteRequirements(path: string, packages: readonly StatedPackage[], builder: ResultBuilder): void {
  const asked = packages.filter((stated) => isOpen(stated)).length;
  if (asked > 0) {
    const what = asked === 1 ? "1 package is" : `${asked} packages are`;
    builder.addNotLookedAt(path, `${what} asked for without an exact version, and no lock file beside it says which`);
  }
}

/** What comes from a folder, a repository or an address has no range that a lock file could settle. */
function isOpen({ version, requirement, identity }: StatedPackage): boolean {
  const { vcs_url: repository, download_url: address } = identity?.qualifiers ?? {};
  return (
    version === undefined &&
    requirement !== undefined &&
    identity !== undefined &&
    repository === undefined &&
    address === undefined
  );
}

function refOf(stated: StatedPackage): string {
  const version = stated.version === undefined ? "" : `@${stated.version}`;
  if (stated.isProject === true) return `application:${stated.name}${version}`;
  return purlOf(stated) ?? `package:${stated.name}${version}`;
}

function purlOf({ identity, version }: StatedPackage): string | undefined {
  if (identity === undefined) return undefined;
  return toPackageUrl({
    ...identity,
    ...(version === undefined ? {} : { version }),
    qualifiers: identity.qualifiers ?? {},
  });
}

function toComponent(stated: StatedPackage, ref: string, path: string): Component {
  const purl = stated.isProject === true ? undefined : purlOf(stated);
  return {
    ref,
    kind: stated.isProject === true ? "application" : "library",
    name: stated.name,
    ...(stated.version === undefined ? {} : { version: stated.version }),
    ...(purl === undefined ? {} : { purl }),
    licenses: stated.licenses ?? [],
    hashes: stated.hashes ?? [],
    ...(stated.supplier === undefined ? {} : { supplier: stated.supplier }),
    locations: [absolute(path)],
    scope: stated.scope ?? "production",
  };
}
