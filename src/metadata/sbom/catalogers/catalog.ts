import { AmapError, compareText, LIMITS } from "../../../base/index.ts";
import type { Component, ComponentHash, NotLookedAt } from "../sbom.ts";
import { type CatalogerResult, type CatalogProblem, checkDependencyCount, type OperatingSystem } from "./cataloger.ts";
import { CATALOGERS, withoutSlash } from "./catalogers.ts";
import { noteUnsupported } from "./unsupported.ts";

/** What the catalogers found in an artifact's files. */
export interface Catalog {
  /** Sorted by reference; each package URL once, with all the places that name it. */
  readonly components: readonly Component[];
  /** From reference to the references it depends on, sorted. An absent key means that nobody says. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  readonly operatingSystem?: OperatingSystem;
  /** Sorted by path. Files that could not be read are here too. */
  readonly notLookedAt: readonly NotLookedAt[];
  /** Files that could not be read, for a caller whose user named one of them. */
  readonly problems: readonly CatalogProblem[];
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
export function catalogFiles(files: ReadonlyMap<string, Uint8Array>): Catalog {
  const normalised = new Map<string, Uint8Array>();
  for (const [path, bytes] of [...files].sort(([a], [b]) => compareText(a, b))) {
    normalised.set(withoutSlash(path), bytes);
  }
  checkSizes(normalised);
  const builder = new CatalogBuilder();
  for (const cataloger of CATALOGERS) {
    const wanted = new Map([...normalised].filter(([path]) => cataloger.wants(path)));
    const system = builder.operatingSystem;
    if (wanted.size > 0) builder.add(cataloger.read(wanted, system === undefined ? {} : { operatingSystem: system }));
  }
  builder.note(noteUnsupported([...normalised.keys()].filter((path) => !isRead(path))));
  return builder.finish();
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
  return builder.finish();
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

function isRead(path: string): boolean {
  return CATALOGERS.some((cataloger) => cataloger.wants(path));
}

function checkSizes(files: ReadonlyMap<string, Uint8Array>): void {
  let total = 0;
  for (const [path, bytes] of files) {
    total += bytes.length;
    if (bytes.length > LIMITS.catalogFileBytes && isRead(path)) {
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
  return {
    ...merged,
    licenses: same.find(({ licenses }) => licenses.length > 0)?.licenses ?? [],
    hashes: sortHashes(same.flatMap(({ hashes }) => hashes)),
    locations: [...new Set(same.flatMap(({ locations }) => locations))].sort(),
    scope: SCOPES.find((scope) => scopes.has(scope)) ?? merged.scope,
  };
}

const SCOPES = ["production", "optional", "development"] as const;

function sortHashes(hashes: readonly ComponentHash[]): readonly ComponentHash[] {
  if (hashes.length < 2) return hashes;
  const unique = new Map(hashes.map((hash) => [`${hash.algorithm} ${hash.value}`, hash]));
  return [...unique].sort(([a], [b]) => compareText(a, b)).map(([, hash]) => hash);
}
