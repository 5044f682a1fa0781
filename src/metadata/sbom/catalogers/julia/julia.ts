import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  objectMember,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  readTomlObject,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
} from "../package-list.ts";

/** Manifest.toml of format 1 and 2. */
const manifestToml: PackageListFormat = {
  id: "julia/manifesttoml",
  endings: [".toml"],
  where: "`Manifest.toml`, `JuliaManifest.toml`, `Manifest-vVERSION.toml`",
  isAt: (path) => /(?:^|\/)(?:Julia)?Manifest(?:-v[0-9.]+)?\.toml$/.test(path),
  read: readManifest,
};

function readManifest({ bytes }: ListFile): PackageList {
  const manifest = readTomlObject(bytes);
  // Format 1 has the packages at the top.
  const packages = memberOf(manifest, "manifest_format") === undefined ? manifest : objectMember(manifest, "deps");
  return {
    packages: Object.entries(packages).flatMap(([name, entries]) =>
      Array.isArray(entries) ? entries.flatMap((entry: Value) => lockedPackage(name, entry)) : [],
    ),
  };
}

function lockedPackage(name: string, entry: Value): readonly StatedPackage[] {
  const version = textMember(entry, "version");
  // A package of the standard library has the version of Julia.
  if (version === undefined) return [];
  const repository = textMember(entry, "repo-url");
  const origin = repository === undefined ? undefined : toVcsUrl(repository, textMember(entry, "repo-rev"));
  const needs = memberOf(entry, "deps");
  const uuid = textMember(entry, "uuid");
  return [
    {
      name,
      version,
      ...(textMember(entry, "path") === undefined ? { identity: juliaIdentity(name, uuid, origin) } : {}),
      keys: [name, ...(uuid === undefined ? [] : [uuid])],
      // A list of names or, where a name alone is not enough, a table of names with their identifiers.
      needs: isValueObject(needs)
        ? Object.values(needs).filter((need) => typeof need === "string")
        : textsMember(entry, "deps"),
    },
  ];
}

function juliaIdentity(name: string, uuid: string | undefined, origin?: string): PackageIdentity {
  return {
    type: "julia",
    name,
    qualifiers: { ...(uuid === undefined ? {} : { uuid }), ...(origin === undefined ? {} : { vcs_url: origin }) },
  };
}

/** Project.toml. */
const projectToml: PackageListFormat = {
  id: "julia/projecttoml",
  names: ["Project.toml", "JuliaProject.toml"],
  lockedBy: { names: ["Manifest.toml", "JuliaManifest.toml"] },
  read: readProject,
};

function readProject({ bytes }: ListFile): PackageList {
  const manifest = readTomlObject(bytes);
  const ranges = objectMember(manifest, "compat");
  const asked = (member: string, scope: NonNullable<StatedPackage["scope"]>): readonly StatedPackage[] =>
    Object.entries(objectMember(manifest, member)).map(([name, uuid]) => ({
      name,
      requirement: textMember(ranges, name) ?? "",
      identity: juliaIdentity(name, typeof uuid === "string" ? uuid : undefined),
      scope,
    }));
  const packages = [
    ...asked("deps", "production"),
    ...asked("weakdeps", "optional"),
    ...asked("extras", "development"),
  ];
  const name = textMember(manifest, "name");
  if (name === undefined) return { packages };
  const project: StatedPackage = {
    name,
    ...optional("version", textMember(manifest, "version")),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

/** Formats of Julia's Pkg. */
export const JULIA_FORMATS: readonly PackageListFormat[] = [manifestToml, projectToml];

/** Julia packages. */
export const juliaCataloger = createListCataloger({
  id: "julia",
  ecosystem: "julia",
  note: "Reads Manifest.toml (format 1 and 2: versions, identifiers, dependencies, git sources) and, where there is none beside it, Project.toml (ranges: no version is made of them). Packages of the standard library without a version of their own are left out. Does not take git-tree-sha1 as a hash: it is of a file tree.",
  formats: JULIA_FORMATS,
});
