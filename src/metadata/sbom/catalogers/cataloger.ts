import { formatPackageUrl, type PackageUrl } from "../../../artifact/index.ts";
import { AmapError, type ErrorCode, isAmapError, LIMITS } from "../../../base/index.ts";
import type { Component, NotLookedAt } from "../sbom.ts";

/** What an image says of its operating system (os-release(5)). */
export interface OperatingSystem {
  /** `ID`, lower case: `debian`, `alpine`. */
  readonly id: string;
  /** `VERSION_ID`: `12`, `3.19.1`. Rolling releases have none. */
  readonly versionId?: string;
  /** `VERSION_CODENAME`: `bookworm`. */
  readonly codename?: string;
  readonly prettyName?: string;
  /** `ID_LIKE`, in its order. */
  readonly idLike: readonly string[];
}

/** A file that a cataloger could not read. Where the user named that file, this is the error to end with. */
export interface CatalogProblem {
  /** Absolute, inside the artifact. */
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface CatalogerContext {
  /** Found by an earlier row of the table; package URLs of operating systems' packages carry it. */
  readonly operatingSystem?: OperatingSystem;
  /** Digests of the files that `digestsOf` asks for, by path; a file that could not be read has none. */
  readonly digests?: ReadonlyMap<string, FileDigests>;
}

/** Digests of a file's bytes, lower-case hex. */
export interface FileDigests {
  readonly sha1: string;
  readonly sha256: string;
}

/** The form of an archive. A tar may be compressed with gzip or zstd. */
export type ArchiveForm = "zip" | "tar";

export interface CatalogerResult {
  /** References are unique in the result; components of other results with the same package URL are merged later. */
  readonly components: readonly Component[];
  /** By reference. An absent key means that the source does not say what the component depends on. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  readonly operatingSystem?: OperatingSystem;
  readonly notLookedAt: readonly NotLookedAt[];
  readonly problems: readonly CatalogProblem[];
}

/** Files by path without a leading slash. */
export type CatalogFiles = ReadonlyMap<string, Uint8Array>;

/** Reads the components of one ecosystem out of the files that state them. */
export interface Cataloger {
  readonly id: string;
  /** The package URL type, or what is catalogued. */
  readonly ecosystem: string;
  /** What it reads, what it takes from there and what it does not: shown in the reference. */
  readonly note: string;
  /** Whether a file's bytes are needed. The path has no leading slash. */
  wants(path: string): boolean;
  /**
   * Where the ecosystem's own tools look, whatever links lead there: paths in which `*` stands for any one name. Files
   * that are wanted by their name alone, wherever they lie, are in no such place.
   */
  readonly places?: readonly string[];
  /**
   * The form of an archive whose entries it reads; undefined for all others. Entries are then files whose paths are the
   * archive's, `!/` and the entry's own: `lib/a.war!/WEB-INF/lib/b.jar!/META-INF/MANIFEST.MF`. `wants` is asked for each
   * of them, `opens` for archives within archives. Only the cataloger that opens an archive sees its entries. An archive
   * that was opened is itself in `files`, without bytes, also where none of its entries is wanted.
   */
  opens?(path: string): ArchiveForm | undefined;
  /** Whether it needs the digests of a file's bytes, such as those of an archive that it opens. */
  digestsOf?(path: string): boolean;
  /**
   * Reads one program or library: a file that begins as ELF, Mach-O or PE does. Undefined where it states nothing. The
   * bytes must not be kept, nor views of them; the operating system is not known here.
   * @throws nothing for bytes of any kind: what cannot be read is in the result's `notLookedAt`
   */
  readProgram?(path: string, bytes: Uint8Array, context: CatalogerContext): CatalogerResult | undefined;
  /** Reads all wanted files together: a lock file and what is installed beside it describe the same packages. */
  read(files: CatalogFiles, context: CatalogerContext): CatalogerResult;
}

/** A result in the making. */
export class ResultBuilder {
  readonly components: Component[] = [];
  readonly dependencies = new Map<string, readonly string[]>();
  readonly notLookedAt: NotLookedAt[] = [];
  readonly problems: CatalogProblem[] = [];
  #dependencyCount = 0;

  /**
   * Counts dependencies before they are made.
   * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies
   */
  countDependencies(count: number): void {
    this.#dependencyCount += count;
    checkDependencyCount(this.#dependencyCount);
  }

  /** A file that cannot be read: a third result in the SBOM, and an error for whoever named the file itself. */
  addProblem(path: string, code: ErrorCode, message: string): void {
    this.problems.push({ path: absolute(path), code, message });
    this.notLookedAt.push({ path: absolute(path), reason: message });
  }

  addNotLookedAt(path: string, reason: string): void {
    this.notLookedAt.push({ path: absolute(path), reason });
  }

  finish(operatingSystem?: OperatingSystem): CatalogerResult {
    const { components, dependencies, notLookedAt, problems } = this;
    return {
      components,
      dependencies,
      notLookedAt,
      problems,
      ...(operatingSystem === undefined ? {} : { operatingSystem }),
    };
  }
}

/** @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies */
export function checkDependencyCount(count: number): void {
  if (count <= LIMITS.dependencies) return;
  throw new AmapError(
    "LIMIT_EXCEEDED",
    `the components have more than ${LIMITS.dependencies} dependencies; dependencies is ${LIMITS.dependencies}`,
  );
}

/** A path as components and messages show it. */
export function absolute(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** The last segment of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folder of a path, empty for the root. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/** A package URL, or undefined for names that none can hold: files from outside may say anything. */
export function toPackageUrl(parts: PackageUrl): string | undefined {
  try {
    return formatPackageUrl(parts);
  } catch (error) {
    if (isAmapError(error, "VALUE_INVALID")) return undefined;
    throw error;
  }
}

const lenientDecoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: false });

/**
 * Text of a package database. One maintainer's name in an old encoding must not cost the whole database, so bytes that
 * are not UTF-8 become replacement characters; names and versions are ASCII by the databases' own rules.
 */
export function decodeDatabaseText(bytes: Uint8Array): string {
  return lenientDecoder.decode(bytes);
}

/** The namespace and distribution qualifier of an operating system's packages, as syft and Trivy write them. */
export function distributionOf(
  system: OperatingSystem | undefined,
  fallbackNamespace: string,
): { readonly namespace: string; readonly distro?: string } {
  if (system === undefined) return { namespace: fallbackNamespace };
  const release = system.versionId ?? system.codename;
  return { namespace: system.id, distro: release === undefined ? system.id : `${system.id}-${release}` };
}
