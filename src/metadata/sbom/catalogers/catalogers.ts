import { apkCataloger } from "./apk/apk.ts";
import { BEAM_FORMATS, beamCataloger } from "./beam/beam.ts";
import { bitnamiCataloger } from "./bitnami/bitnami.ts";
import { bottlerocketCataloger } from "./bottlerocket/bottlerocket.ts";
import { baseName, type Cataloger, type CatalogerResult } from "./cataloger.ts";
import { CPP_FORMATS, cppCataloger } from "./cpp/cpp.ts";
import { DART_FORMATS, dartCataloger } from "./dart/dart.ts";
import { DOTNET_FORMATS, dotnetCataloger } from "./dotnet/dotnet.ts";
import { dpkgCataloger } from "./dpkg/dpkg.ts";
import { GO_FORMATS, goCataloger } from "./golang/golang.ts";
import { HASKELL_FORMATS, haskellCataloger } from "./haskell/haskell.ts";
import { homebrewCataloger } from "./homebrew/homebrew.ts";
import { INFRASTRUCTURE_FORMATS, infrastructureCataloger } from "./infrastructure/infrastructure.ts";
import { JAVA_FORMATS, javaCataloger } from "./java/java.ts";
import { javaArchiveCataloger } from "./java-archive/java-archive.ts";
import { JULIA_FORMATS, juliaCataloger } from "./julia/julia.ts";
import { FormatIndex } from "./list-cataloger.ts";
import { LUA_FORMATS, luaCataloger } from "./lua/lua.ts";
import { luaInstalledCataloger } from "./lua-installed/lua-installed.ts";
import { NIM_FORMATS, nimCataloger } from "./nim/nim.ts";
import { nixCataloger } from "./nix/nix.ts";
import { JAVASCRIPT_FORMATS, npmCataloger } from "./npm/npm.ts";
import { OCAML_FORMATS, ocamlCataloger } from "./ocaml/ocaml.ts";
import { opkgCataloger } from "./opkg/opkg.ts";
import { osReleaseCataloger } from "./os-release/os-release.ts";
import type { PackageListFormat } from "./package-list.ts";
import { pacmanCataloger } from "./pacman/pacman.ts";
import { PERL_FORMATS, perlCataloger } from "./perl/perl.ts";
import { PHP_FORMATS, phpCataloger } from "./php/php.ts";
import { portageCataloger } from "./portage/portage.ts";
import { dotnetAssemblyCataloger } from "./program/dotnet-assembly.ts";
import { goProgramCataloger } from "./program/go-program.ts";
import { kernelCataloger } from "./program/kernel.ts";
import { nativeImageCataloger } from "./program/native-image.ts";
import { runtimeCataloger } from "./program/runtime.ts";
import { rustProgramCataloger } from "./program/rust-program.ts";
import { PYTHON_FORMATS, pythonCataloger } from "./python/python.ts";
import { pythonInstalledCataloger } from "./python-installed/python-installed.ts";
import { R_FORMATS, rCataloger } from "./r/r.ts";
import { rInstalledCataloger } from "./r-installed/r-installed.ts";
import { rpmCataloger } from "./rpm/rpm.ts";
import { RUBY_FORMATS, rubyCataloger } from "./ruby/ruby.ts";
import { rubyInstalledCataloger } from "./ruby-installed/ruby-installed.ts";
import { RUST_FORMATS, rustCataloger } from "./rust/rust.ts";
import { SMALL_REGISTRY_FORMATS, smallRegistriesCataloger } from "./small-registries/small-registries.ts";
import { snapCataloger } from "./snap/snap.ts";
import { SWIFT_FORMATS, swiftCataloger } from "./swift/swift.ts";
import { TOOL_FORMATS, toolsCataloger } from "./tools/tools.ts";
import { UNSUPPORTED_PLACES, unsupportedSourceOf } from "./unsupported.ts";

/** Catalogers of lock files and manifests: what they want is known by {@link PACKAGE_LIST_FORMATS} alone. */
const LIST_CATALOGERS: readonly Cataloger[] = [
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
  luaCataloger,
  nimCataloger,
  perlCataloger,
  smallRegistriesCataloger,
  toolsCataloger,
  infrastructureCataloger,
];

/** The others: the operating system first, since package URLs name it. */
const OTHER_CATALOGERS: readonly Cataloger[] = [
  osReleaseCataloger,
  dpkgCataloger,
  apkCataloger,
  rpmCataloger,
  pacmanCataloger,
  opkgCataloger,
  portageCataloger,
  nixCataloger,
  homebrewCataloger,
  bottlerocketCataloger,
  snapCataloger,
  bitnamiCataloger,
  npmCataloger,
  pythonInstalledCataloger,
  rubyInstalledCataloger,
  javaArchiveCataloger,
  goProgramCataloger,
  rustProgramCataloger,
  nativeImageCataloger,
  kernelCataloger,
  dotnetAssemblyCataloger,
  rInstalledCataloger,
  luaInstalledCataloger,
  runtimeCataloger,
];

/** Every cataloger, in the order they run. */
export const CATALOGERS: readonly Cataloger[] = [...OTHER_CATALOGERS, ...LIST_CATALOGERS];

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
  ...LUA_FORMATS,
  ...NIM_FORMATS,
  ...PERL_FORMATS,
  ...SMALL_REGISTRY_FORMATS,
  ...TOOL_FORMATS,
  ...INFRASTRUCTURE_FORMATS,
];

const LISTS = new FormatIndex(PACKAGE_LIST_FORMATS);

/** The first cataloger that reads a file. Every file of an image is asked about, so that one look answers for all lists. */
function catalogerOf(path: string): Cataloger | undefined {
  const other = OTHER_CATALOGERS.find((row) => row.wants(path));
  if (other !== undefined || LISTS.formatsOf(path).length === 0) return other;
  return LIST_CATALOGERS.find((row) => row.wants(path));
}

/**
 * Whether {@link catalogFiles} has something to say about a file: it reads it, or it notes that it cannot. The path is
 * relative to the artifact's root, with or without a leading slash.
 * @example
 * ```ts
 * import { wantsFile } from "../../index.ts";
 * wantsFile("app/package-lock.json"); // true
 * wantsFile("usr/share/java/log4j.jar"); // true: to be opened
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
  const cataloger = catalogerOf(relative);
  if (cataloger === undefined) {
    const opener = archiveCatalogerOf(relative);
    return opener === undefined ? unsupportedSourceOf(relative)?.what : `${opener.id}:archive`;
  }
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
 * may stand for the bytes: of an archive, its entries are read; other such files are only noted.
 * @example
 * ```ts
 * import { readsFile } from "../../index.ts";
 * readsFile("usr/share/java/log4j.jar"); // false
 * ```
 */
export function readsFile(path: string): boolean {
  return catalogerOf(withoutSlash(path)) !== undefined;
}

/** The form of paths that catalogers see. */
export function withoutSlash(path: string): string {
  return path.replace(/^(?:\.?\/)+/, "");
}

/**
 * The cataloger that reads an archive's entries, or undefined for every other file: the first of the table. The path is
 * relative to the artifact's root, without a leading slash.
 * @example
 * ```ts
 * import { archiveCatalogerOf } from "../../index.ts";
 * archiveCatalogerOf("etc/hostname"); // undefined
 * ```
 */
export function archiveCatalogerOf(path: string): Cataloger | undefined {
  return CATALOGERS.find((row) => row.opens?.(path) !== undefined);
}

/**
 * Whether a cataloger asks for the digests of a file's bytes.
 * @example
 * ```ts
 * import { needsDigests } from "../../index.ts";
 * needsDigests("etc/hostname"); // false
 * ```
 */
export function needsDigests(path: string): boolean {
  return CATALOGERS.some((row) => row.digestsOf?.(path) === true);
}

/**
 * What the catalogers say of one program, a file that begins as ELF, Mach-O or PE does. Its bytes are not kept.
 * @example
 * ```ts
 * import { readProgram } from "../../index.ts";
 * readProgram("usr/bin/true", new Uint8Array(64)); // []
 * ```
 */
export function readProgram(path: string, bytes: Uint8Array): readonly CatalogerResult[] {
  return CATALOGERS.flatMap((row) => row.readProgram?.(path, bytes, {}) ?? []);
}
