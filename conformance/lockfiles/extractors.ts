/**
 * How the suite's oracle, osv-scalibr, tells what a file states, by its extractors: which of the project's formats reads
 * the same file, and what the oracle makes of it. It has no ranges: where a file asks for one, it takes the lowest version
 * of it, or the words. amap leaves the version out and keeps what was asked for.
 */
import type { StatedPackage } from "../../src/metadata/index.ts";

export interface Extractor {
  /** Id of the project's format. */
  readonly format: string;
  /** Whether the project that a file is of counts as one of its packages; `only`: nothing else does. */
  readonly projects?: "also" | "only";
  /** Packages that the oracle leaves out. */
  readonly isLeftOut?: (stated: StatedPackage, all: readonly StatedPackage[]) => boolean;
  /** The oracle's version; the stated one, or nothing, where left out. */
  readonly versionOf?: (stated: StatedPackage) => string;
  /** The oracle's name. */
  readonly nameOf?: (stated: StatedPackage) => string;
}

const versionOrWords = ({ version, requirement }: StatedPackage): string => version ?? requirement ?? "";
const hasNoVersion = (stated: StatedPackage): boolean => versionOrWords(stated) === "";

/** pip's ranges: one clause is its version; of several, or of one with a star, nothing is made. */
function pipVersion({ version, requirement = "" }: StatedPackage): string {
  if (version !== undefined) return version;
  return /\*|<(?!=)|,|!=/.test(requirement) ? "" : requirement.replace(/^(?:===|==|>=|<=|~=)/, "");
}

/** pip's requirements that the oracle does not read: addresses, `>` alone, and names with points or of one letter. */
function isUnreadByPip({ name, version, requirement }: StatedPackage): boolean {
  return (version ?? requirement) === undefined || />(?!=)/.test(requirement ?? "") || !/^\w[\w-]+$/.test(name);
}

/** setup.py: the first clause with a version counts, whatever follows. */
function setupVersion({ version, requirement = "" }: StatedPackage): string {
  return version ?? /^(?:==|>=|<=)([\w.]+)/.exec(requirement)?.[1] ?? "";
}

function mavenVersion({ version, requirement = "" }: StatedPackage): string {
  return version ?? /^[[(]?([^,)\]]*)/.exec(requirement)?.[1] ?? "";
}

/** Go's versions are told without their `v`. */
function goVersion(stated: StatedPackage): string {
  return versionOrWords(stated).replace(/^v/, "");
}

function paketVersion({ version, requirement = "", identity }: StatedPackage): string {
  // A commit is no version to it.
  if (identity?.type === "github" && /^[0-9a-f]{7,}$/i.test(version ?? "")) return "";
  return version ?? /^(?:~>|[<>=]=?)?\s*(\S*)/.exec(requirement)?.[1] ?? "";
}

/** The lowest version of a range of npm; JSR's ranges stay words. */
function denoVersion({ version, requirement = "", identity }: StatedPackage): string {
  if (version !== undefined || identity?.type === "jsr") return version ?? requirement;
  const [major = "0", minor = "0", patch = "0"] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(requirement)?.slice(1) ?? [];
  return /^v?\d/.test(requirement) ? `${major}.${minor}.${patch}` : "";
}

/** What has an address instead of a version is told by that; a commit or a file is not. */
function bunVersion({ version, requirement = "" }: StatedPackage): string {
  return version ?? (requirement.includes("#") || requirement.startsWith("file:") ? "" : requirement);
}

const isOwnProject = ({ isProject, keys }: StatedPackage): boolean => isProject === true && keys?.length === 0;
const isFromGit = ({ identity }: StatedPackage): boolean => identity?.qualifiers?.["vcs_url"] !== undefined;
const isAtCommit = ({ identity }: StatedPackage): boolean =>
  /@[0-9a-f]{40}$/.test(identity?.qualifiers?.["vcs_url"] ?? "");

/** By the oracle's name; an extractor that is not here has the id of the format that reads the same file. */
export const EXTRACTORS: Readonly<Record<string, Extractor>> = {
  "language/cpp/conanfiletxt": { format: "cpp/conanfiletxt", versionOf: versionOrWords },
  "language/dotnet/csproj": { format: "dotnet/csproj", isLeftOut: hasNoVersion, versionOf: versionOrWords },
  "language/dotnet/depsjson": { format: "dotnet/depsjson", projects: "also" },
  "language/dotnet/nugetcpm": { format: "dotnet/nugetcpm", isLeftOut: hasNoVersion, versionOf: versionOrWords },
  "language/dotnet/packageslockjson": {
    format: "dotnet/packageslockjson",
    projects: "also",
    isLeftOut: isOwnProject,
  },
  "language/dotnet/projectassetsjson": {
    format: "dotnet/projectassetsjson",
    projects: "also",
    isLeftOut: isOwnProject,
  },
  "language/dotnet/paketlock": {
    format: "dotnet/paketlock",
    isLeftOut: ({ identity }) => identity === undefined,
    versionOf: paketVersion,
  },
  "language/dotnet/paketdependencies": { format: "dotnet/paketdependencies", versionOf: paketVersion },
  "language/erlang/mixlock": { format: "elixir/mixlock" },
  "language/gleam/gleamtoml": { format: "gleam/gleamtoml", versionOf: versionOrWords },
  "language/golang/gomod": { format: "golang/gomod", versionOf: goVersion },
  "language/golang/gosum": { format: "golang/gosum", versionOf: goVersion },
  "language/golang/vendormodules": { format: "golang/vendormodules", versionOf: goVersion },
  "language/haskell/cabalprojectfreeze": { format: "haskell/cabal" },
  "language/java/gradleversioncatalog": { format: "java/gradleversioncatalog", versionOf: versionOrWords },
  "language/java/pomxml": {
    format: "java/pomxml",
    isLeftOut: ({ requirement = "" }) => requirement.includes("${"),
    versionOf: mavenVersion,
  },
  "language/javascript/bunlock": { format: "javascript/bunlock", versionOf: bunVersion },
  "language/javascript/pnpmlock": { format: "javascript/pnpmlock", versionOf: versionOrWords },
  "language/javascript/denojson": {
    format: "javascript/denojson",
    // It reads only projects that can be published.
    isLeftOut: (stated, all) =>
      !all.some(({ isProject, version }) => isProject === true && version !== undefined) || denoVersion(stated) === "",
    versionOf: denoVersion,
    nameOf: ({ name }) => name.replace(/^@/, ""),
  },
  "language/julia/projecttoml": { format: "julia/projecttoml", projects: "only" },
  "language/python/conda": { format: "python/condameta" },
  "language/python/pipfilelock": { format: "python/pipfilelock", isLeftOut: hasNoVersion },
  "language/python/pyprojecttoml": {
    format: "python/pyprojecttoml",
    // It does not know dependency groups.
    isLeftOut: (stated) => stated.scope === "development" || isUnreadByPip(stated),
    versionOf: pipVersion,
  },
  "language/python/requirements": { format: "python/requirements", isLeftOut: isUnreadByPip, versionOf: pipVersion },
  "language/python/setup": {
    format: "python/setup",
    isLeftOut: (stated) => setupVersion(stated) === "",
    versionOf: setupVersion,
  },
  "language/python/setupcfg": { format: "python/setupcfg", versionOf: pipVersion },
  "language/r/renvlock": {
    format: "r/renvlock",
    isLeftOut: (stated) => stated.identity?.type !== "cran" || isFromGit(stated),
  },
  "language/ruby/gemspec": { format: "ruby/gemspec", projects: "only" },
  "language/rust/cargolock": { format: "rust/cargolock", projects: "also" },
  "language/rust/cargotoml": {
    format: "rust/cargotoml",
    projects: "also",
    // It reads the table of dependencies alone, and of git only what is at a commit.
    isLeftOut: (stated) =>
      stated.scope === "development" || (hasNoVersion(stated) && stated.isProject !== true && !isAtCommit(stated)),
    versionOf: versionOrWords,
  },
};
