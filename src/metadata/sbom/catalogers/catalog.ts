import { AmapError, compareText, LIMITS } from "../../../base/index.ts";
import { findRoots } from "../roots.ts";
import type { Component, ComponentHash, NotLookedAt } from "../sbom.ts";
import {
  type Cataloger,
  type CatalogerContext,
  type CatalogerResult,
  type CatalogProblem,
  checkDependencyCount,
  type FileDigests,
  folderOf,
  type OperatingSystem,
} from "./cataloger.ts";
import { archiveCatalogerOf, CATALOGERS, readsFile, withoutSlash } from "./catalogers.ts";
import { withoutStatedAssemblies } from "./program/dotnet-assembly.ts";
import { withoutOwned } from "./program/runtime.ts";
import { noteUnsupported } from "./unsupported.ts";

/** What the catalogers found in an artifact's files. */
export interface Catalog {
  /** Sorted by reference; each package URL once, with all the places that name it. */
  readonly components: readonly Component[];
  /** From reference to the references it depends on, sorted. An absent key means that nobody says. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /**
   * Of several catalogs in one: the references that something depends on, and that nothing depends on in one of them. What
   * is said of what is over them does not hold there.
   */
  readonly tops?: readonly string[];
  readonly operatingSystem?: OperatingSystem;
  /** Sorted by path. Files that could not be read are here too. */
  readonly notLookedAt: readonly NotLookedAt[];
  /** Files that could not be read, for a caller whose user named one of them. */
  readonly problems: readonly CatalogProblem[];
}

/** What is known of an artifact's files beside their bytes. */
export interface CatalogDetails {
  /**
   * The entries of archives that were opened, and those archives, by path, each with the path of the file that holds it:
   * an archive that lies in no other one is held by itself.
   */
  readonly archives?: ReadonlyMap<string, string>;
  /** Digests of the files for which `needsDigests` is true. */
  readonly digests?: ReadonlyMap<string, FileDigests>;
  /** What was found elsewhere, as in programs, and what could not be read. */
  readonly results?: readonly CatalogerResult[];
}

/**
 * Finds the components that an artifact's files state. Paths are relative to the artifact's root; ask {@link wantsFile}
 * which files to pass. The result depends on the files only, not on their order.
 *
 * Nothing is left out in silence: a file that cannot be read, and a kind of file that amap does not read yet, is in
 * `notLookedAt`.
 * @throws {AmapError} LIMIT_EXCEEDED for a file above LIMITS.catalogFileBytes, files above LIMITS.catalogTotalBytes, more
 * components than LIMITS.components, or more dependencies than LIMITS.dependencies
 * @example
 * ```ts
 * import { catalogFiles } from "../../index.ts";
 * import { encodeUtf8 } from "../../../base/index.ts";
 * const manifest = encodeUtf8('{"name": "left-pad", "version": "1.3.0"}');
 * const catalog = catalogFiles(new Map([["app/node_modules/left-pad/package.json", manifest]]));
 * catalog.components[0]?.purl; // "pkg:npm/left-pad@1.3.0"
 * ```
 */
export function catalogFiles(files: ReadonlyMap<string, Uint8Array>, details: CatalogDetails = {}): Catalog {
  const normalised = new Map<string, Uint8Array>();
  for (const [path, bytes] of [...files].sort(([a], [b]) => compareText(a, b))) {
    normalised.set(withoutSlash(path), bytes);
  }
  checkSizes(normalised);
  const builder = new CatalogBuilder();
  for (const cataloger of CATALOGERS) {
    const wanted = new Map([...normalised].filter(([path]) => isFor(cataloger, path, details)));
    const { operatingSystem } = builder;
    const context: CatalogerContext = {
      ...(operatingSystem === undefined ? {} : { operatingSystem }),
      ...(details.digests === undefined ? {} : { digests: details.digests }),
    };
    if (wanted.size > 0) builder.add(cataloger.read(wanted, context));
  }
  const hasSystemPackages = builder.hasSystemPackages();
  const folders = new Set([...normalised.keys()].filter((path) => path.endsWith(".deps.json")).map(folderOf));
  for (const result of details.results ?? []) {
    builder.add(withoutStatedAssemblies(hasSystemPackages ? withoutOwned(result) : result, folders));
  }
  const isUnread = (path: string): boolean => details.archives?.has(path) !== true && !readsFile(path);
  const isArchive = (path: string): boolean => archiveCatalogerOf(path) !== undefined;
  builder.note(noteUnsupported([...normalised.keys()].filter(isUnread), normalised, isArchive));
  return builder.finish();
}

/** What lies in an archive is for the cataloger that opens it alone: a shaded pom.xml is no project of the artifact. */
function isFor(cataloger: Cataloger, path: string, { archives }: CatalogDetails): boolean {
  const holder = archives?.get(path);
  if (holder !== undefined && archiveCatalogerOf(holder) === cataloger) return true;
  return (holder === undefined || holder === path) && cataloger.wants(path);
}

/**
 * One catalog of several, as of the platforms of one image: each component once, with all that any of them says of it.
 * The operating system is the first one's.
 * @throws {AmapError} LIMIT_EXCEEDED for more components than LIMITS.components or more dependencies than
 * LIMITS.dependencies
 * @example
 * ```ts
 * import { catalogFiles, mergeCatalogs } from "../../index.ts";
 * mergeCatalogs([catalogFiles(new Map()), catalogFiles(new Map())]).components.length; // 0
 * ```
 */
export function mergeCatalogs(catalogs: readonly Catalog[]): Catalog {
  const builder = new CatalogBuilder();
  for (const catalog of catalogs) builder.add(catalog);
  const merged = builder.finish();
  const tops = topsWithin(catalogs, merged);
  return tops.length === 0 ? merged : { ...merged, tops };
}

function topsWithin(catalogs: readonly Catalog[], merged: Catalog): readonly string[] {
  if (catalogs.length < 2) return [];
  const everywhere = new Set(findRoots(merged.components, merged.dependencies));
  const tops = catalogs.flatMap(({ components, dependencies }) => findRoots(components, dependencies));
  return [...new Set(tops)].filter((ref) => !everywhere.has(ref)).sort();
}

/** Brings the results of several sources together: each reference once. */
class CatalogBuilder {
  /** All that state one reference: brought together once, at the end. */
  readonly #components = new Map<string, [Component, ...Component[]]>();
  readonly #dependencies = new Map<string, Set<string>>();
  readonly #problems: CatalogProblem[] = [];
  readonly #notLookedAt: NotLookedAt[] = [];
  #dependencyCount = 0;
  operatingSystem: OperatingSystem | undefined;

  add(result: CatalogerResult): void {
    this.operatingSystem ??= result.operatingSystem;
    for (const component of result.components) addComponent(component, this.#components);
    for (const [ref, targets] of result.dependencies) this.#addTargets(ref, targets);
    this.note(result.notLookedAt);
    for (const problem of result.problems) this.#problems.push(problem);
  }

  #addTargets(ref: string, targets: readonly string[]): void {
    const known = this.#dependencies.get(ref) ?? new Set();
    this.#dependencies.set(ref, known);
    const before = known.size;
    for (const target of targets) known.add(target);
    this.#dependencyCount += known.size - before;
    checkDependencyCount(this.#dependencyCount);
  }

  /** Whether a package database of an operating system was read. */
  hasSystemPackages(): boolean {
    return [...this.#components.keys()].some((ref) => /^pkg:(?:deb|apk|rpm|alpm)\//.test(ref));
  }

  note(notes: readonly NotLookedAt[]): void {
    for (const note of notes) this.#notLookedAt.push(note);
  }

  finish(): Catalog {
    const dependencies = [...this.#dependencies].sort(([a], [b]) => compareText(a, b));
    return {
      components: Array.from(this.#components.values(), mergeComponents).sort((a, b) => compareText(a.ref, b.ref)),
      dependencies: new Map(dependencies.map(([ref, targets]) => [ref, [...targets].sort()])),
      ...(this.operatingSystem === undefined ? {} : { operatingSystem: this.operatingSystem }),
      notLookedAt: boundByReason(sortUnique(this.#notLookedAt, ({ path, reason }) => `${path}\n${reason}`)),
      problems: sortUnique(this.#problems, ({ path, code, message }) => `${path}\n${code}\n${message}`),
    };
  }
}

/** Paths shown for one reason. */
const SHOWN = 10;

/** A few paths of each reason, and how many more there are: an image may hold ten thousand Java archives. */
function boundByReason(notes: readonly NotLookedAt[]): readonly NotLookedAt[] {
  const counts = new Map<string, number>();
  for (const { reason } of notes) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const shown = new Map<string, number>();
  return notes.flatMap(({ path, reason }) => {
    const number = (shown.get(reason) ?? 0) + 1;
    shown.set(reason, number);
    if (number > SHOWN) return [];
    const more = (counts.get(reason) ?? 0) - SHOWN;
    return [{ path, reason: number === SHOWN && more > 0 ? `${reason}; ${more} more such files are here` : reason }];
  });
}

function sortUnique<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const unique = new Map(items.map((item) => [keyOf(item), item]));
  return [...unique].sort(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}

function checkSizes(files: ReadonlyMap<string, Uint8Array>): void {
  let total = 0;
  for (const [path, bytes] of files) {
    total += bytes.length;
    if (bytes.length > LIMITS.catalogFileBytes && readsFile(path)) {
      throw tooMuch(`/${path} has ${bytes.length} bytes; catalogFileBytes is ${LIMITS.catalogFileBytes}`);
    }
  }
  if (total > LIMITS.catalogTotalBytes) {
    throw tooMuch(`the files to catalogue have ${total} bytes; catalogTotalBytes is ${LIMITS.catalogTotalBytes}`);
  }
}

function tooMuch(message: string): AmapError {
  return new AmapError("LIMIT_EXCEEDED", message);
}

function addComponent(component: Component, found: Map<string, [Component, ...Component[]]>): void {
  const same = found.get(component.ref);
  if (same === undefined) found.set(component.ref, [component]);
  else same.push(component);
  if (found.size > LIMITS.components) {
    throw tooMuch(`the artifact has more than ${LIMITS.components} components; components is ${LIMITS.components}`);
  }
}

/** The same package stated in several places: all that any place says of it; needed in production anywhere is needed. */
function mergeComponents(same: readonly [Component, ...Component[]]): Component {
  let merged: Component = same[0];
  for (const component of same) merged = { ...component, ...merged };
  const scopes = new Set(same.map(({ scope }) => scope));
  const layers = [...new Set(same.flatMap((component) => component.layers ?? []))];
  return {
    ...merged,
    licenses: same.find(({ licenses }) => licenses.length > 0)?.licenses ?? [],
    hashes: sortHashes(same.flatMap(({ hashes }) => hashes)),
    locations: [...new Set(same.flatMap(({ locations }) => locations))].sort(),
    scope: SCOPES.find((scope) => scopes.has(scope)) ?? merged.scope,
    ...(layers.length === 0 ? {} : { layers }),
  };
}

const SCOPES = ["production", "optional", "development"] as const;

function sortHashes(hashes: readonly ComponentHash[]): readonly ComponentHash[] {
  if (hashes.length < 2) return hashes;
  const unique = new Map(hashes.map((hash) => [`${hash.algorithm} ${hash.value}`, hash]));
  return [...unique].sort(([a], [b]) => compareText(a, b)).map(([, hash]) => hash);
}
