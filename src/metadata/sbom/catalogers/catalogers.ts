import { apkCataloger } from "./apk/apk.ts";
import { BEAM_FORMATS, beamCataloger } from "./beam/beam.ts";
import { baseName, type Cataloger } from "./cataloger.ts";
import { CPP_FORMATS, cppCataloger } from "./cpp/cpp.ts";
import { DART_FORMATS, dartCataloger } from "./dart/dart.ts";
import { DOTNET_FORMATS, dotnetCataloger } from "./dotnet/dotnet.ts";
import { dpkgCataloger } from "./dpkg/dpkg.ts";
import { GO_FORMATS, goCataloger } from "./golang/golang.ts";
import { HASKELL_FORMATS, haskellCataloger } from "./haskell/haskell.ts";
import { INFRASTRUCTURE_FORMATS, infrastructureCataloger } from "./infrastructure/infrastructure.ts";
import { JAVA_FORMATS, javaCataloger } from "./java/java.ts";
import { JULIA_FORMATS, juliaCataloger } from "./julia/julia.ts";
import { JAVASCRIPT_FORMATS, npmCataloger } from "./npm/npm.ts";
import { OCAML_FORMATS, ocamlCataloger } from "./ocaml/ocaml.ts";
import { osReleaseCataloger } from "./os-release/os-release.ts";
import type { PackageListFormat } from "./package-list.ts";
import { PHP_FORMATS, phpCataloger } from "./php/php.ts";
import { PYTHON_FORMATS, pythonCataloger } from "./python/python.ts";
import { R_FORMATS, rCataloger } from "./r/r.ts";
import { RUBY_FORMATS, rubyCataloger } from "./ruby/ruby.ts";
import { RUST_FORMATS, rustCataloger } from "./rust/rust.ts";
import { SWIFT_FORMATS, swiftCataloger } from "./swift/swift.ts";
import { UNSUPPORTED_PLACES, unsupportedSourceOf } from "./unsupported.ts";

/** Every cataloger, in the order they run: the operating system first, since package URLs name it. */
export const CATALOGERS: readonly Cataloger[] = [
  osReleaseCataloger,
  dpkgCataloger,
  apkCataloger,
  npmCataloger,
  pythonCataloger,
  rubyCataloger,
  rustCataloger,
  goCataloger,
  javaCataloger,
  phpCataloger,
  dotnetCataloger,
  beamCataloger,
  haskellCataloger,
  juliaCataloger,
  ocamlCataloger,
  cppCataloger,
  dartCataloger,
  rCataloger,
  swiftCataloger,
  infrastructureCataloger,
];

/**
 * The formats of lock files and manifests that those catalogers read one file at a time, for callers who know what a
 * file is whatever its name. Ids are those of osv-scalibr's extractors of the same files, where it has one, without
 * `language/`.
 */
export const PACKAGE_LIST_FORMATS: readonly PackageListFormat[] = [
  ...JAVASCRIPT_FORMATS,
  ...PYTHON_FORMATS,
  ...RUBY_FORMATS,
  ...RUST_FORMATS,
  ...GO_FORMATS,
  ...JAVA_FORMATS,
  ...PHP_FORMATS,
  ...DOTNET_FORMATS,
  ...BEAM_FORMATS,
  ...HASKELL_FORMATS,
  ...JULIA_FORMATS,
  ...OCAML_FORMATS,
  ...CPP_FORMATS,
  ...DART_FORMATS,
  ...R_FORMATS,
  ...SWIFT_FORMATS,
  ...INFRASTRUCTURE_FORMATS,
];

/**
 * Whether {@link catalogFiles} has something to say about a file: it reads it, or it notes that it cannot. The path is
 * relative to the artifact's root, with or without a leading slash.
 * @example
 * ```ts
 * import { wantsFile } from "../../index.ts";
 * wantsFile("app/package-lock.json"); // true
 * wantsFile("usr/share/java/log4j.jar"); // true: noted as not looked at
 * wantsFile("etc/hostname"); // false
 * ```
 */
export function wantsFile(path: string): boolean {
  return fileKindOf(path) !== undefined;
}

/**
 * What a file is to {@link catalogFiles}, or undefined where it does not want it. Two paths of one kind that lead to the
 * same file say the same, so one of them is enough.
 * @example
 * ```ts
 * import { fileKindOf } from "../../index.ts";
 * fileKindOf("etc/os-release") === fileKindOf("usr/lib/os-release"); // true
 * ```
 */
export function fileKindOf(path: string): string | undefined {
  const relative = withoutSlash(path);
  const cataloger = CATALOGERS.find((row) => row.wants(relative));
  if (cataloger === undefined) return unsupportedSourceOf(relative)?.what;
  // One cataloger reads several kinds of files, and their names tell them apart; where a place has a `*`, the name that
  // stands there has a meaning, such as the package that a copyright file is of.
  const isAnyOf = cataloger.places !== undefined && !cataloger.places.includes(relative);
  return `${cataloger.id}:${isAnyOf ? relative : baseName(relative)}`;
}

/**
 * Where package databases must be looked for whatever links lead there, without leading slash; `*` stands for any one
 * name. A database's folder can be a link to another one: no file then has the name that {@link wantsFile} knows.
 */
export const CATALOG_PLACES: readonly string[] = [
  ...CATALOGERS.flatMap(({ places }) => places ?? []),
  ...UNSUPPORTED_PLACES,
];

/**
 * Whether {@link catalogFiles} reads a file's bytes. Where {@link wantsFile} is true and this is false, an empty array
 * may stand for the bytes, so that an image's Java archives need not be loaded only to be noted.
 * @example
 * ```ts
 * import { readsFile } from "../../index.ts";
 * readsFile("usr/share/java/log4j.jar"); // false
 * ```
 */
export function readsFile(path: string): boolean {
  const relative = withoutSlash(path);
  return CATALOGERS.some((cataloger) => cataloger.wants(relative));
}

/** The form of paths that catalogers see. */
export function withoutSlash(path: string): string {
  return path.replace(/^(?:\.?\/)+/, "");
}
