import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import {
  type ListFile,
  objectMember,
  optional,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readTomlObject,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
} from "../package-list.ts";
import { statedRequirements } from "./lock-files.ts";
import { normaliseName, pythonIdentity } from "./requirement.ts";

const LOCKS = {
  names: ["poetry.lock", "pdm.lock", "uv.lock", "pylock.toml", "Pipfile.lock"],
  isAbove: true,
} as const;

const NAMES = ["pyproject.toml"];

/** pyproject.toml: the tables `project` (PEP 621) and `dependency-groups` (PEP 735). */
export const pyproject: PackageListFormat = {
  id: "python/pyprojecttoml",
  names: NAMES,
  lockedBy: LOCKS,
  read: readProject,
};

function readProject({ path, bytes }: ListFile): PackageList {
  const manifest = readTomlObject(bytes);
  const project = objectMember(manifest, "project");
  const extras = objectMember(project, "optional-dependencies");
  const groups = objectMember(manifest, "dependency-groups");
  const packages = [
    ...statedRequirements(textsMember(project, "dependencies"), "production"),
    ...Object.keys(extras).flatMap((extra) => statedRequirements(textsMember(extras, extra), "optional")),
    ...Object.keys(groups).flatMap((group) => statedRequirements(textsMember(groups, group), "development")),
  ];
  const isDynamic = textsMember(project, "dynamic").some((field) => field.endsWith("dependencies"));
  return {
    packages: [...projectOf(path, project, packages), ...packages],
    notes: isDynamic ? ["its dependencies are dynamic: the program that builds it knows them"] : [],
  };
}

function projectOf(path: string, project: Value, packages: readonly StatedPackage[]): readonly StatedPackage[] {
  const name = textMember(project, "name");
  if (name === undefined) return [];
  return [
    {
      name: name === "" ? projectNameOf(path) : name,
      ...optional("version", textMember(project, "version")),
      keys: [],
      needs: packages.flatMap(({ keys }) => keys ?? []),
      isProject: true,
    },
  ];
}

/** pyproject.toml: what Poetry, PDM and uv keep in tables of their own. */
export const pyprojectTools: PackageListFormat = {
  id: "python/pyprojecttools",
  names: NAMES,
  lockedBy: LOCKS,
  read: readTools,
};

function readTools({ path, bytes }: ListFile): PackageList {
  const tool = objectMember(readTomlObject(bytes), "tool");
  const poetry = objectMember(tool, "poetry");
  const pdm = objectMember(objectMember(tool, "pdm"), "dev-dependencies");
  const groups = objectMember(poetry, "group");
  const packages = [
    ...poetryPackages(objectMember(poetry, "dependencies"), "production"),
    ...poetryPackages(objectMember(poetry, "dev-dependencies"), "development"),
    ...Object.keys(groups).flatMap((group) =>
      poetryPackages(
        objectMember(memberOf(groups, group), "dependencies"),
        group === "main" ? "production" : "development",
      ),
    ),
    ...Object.keys(pdm).flatMap((group) => statedRequirements(textsMember(pdm, group), "development")),
    ...statedRequirements(textsMember(objectMember(tool, "uv"), "dev-dependencies"), "development"),
  ];
  return { packages: [...projectOf(path, poetry, packages), ...packages] };
}

/** Poetry's own form: a range, a table, or a list of tables of which one applies. */
function poetryPackages(table: Value, scope: NonNullable<StatedPackage["scope"]>): readonly StatedPackage[] {
  if (!isValueObject(table)) return [];
  return Object.entries(table).flatMap(([name, value]) => {
    // The interpreter itself is no package.
    if (name === "python") return [];
    const forms: readonly Value[] = Array.isArray(value) ? value : [value];
    return forms.map((form) => poetryPackage(name, form, scope));
  });
}

function poetryPackage(name: string, form: Value, scope: NonNullable<StatedPackage["scope"]>): StatedPackage {
  const range = typeof form === "string" ? form : textMember(form, "version");
  const repository = textMember(form, "git");
  const isLocal = textMember(form, "path") !== undefined || textMember(form, "file") !== undefined;
  const commit = textMember(form, "rev") ?? textMember(form, "tag") ?? textMember(form, "branch");
  // A version alone is that version; anything with an operator or a star is a range.
  const version = /^(?:==\s*)?(\d[A-Za-z0-9.+!-]*)$/.exec(range ?? "")?.[1];
  return {
    name,
    ...(version !== undefined ? { version } : range === undefined ? {} : { requirement: range }),
    ...(isLocal
      ? {}
      : { identity: pythonIdentity(name, repository === undefined ? undefined : toVcsUrl(repository, commit)) }),
    scope: memberOf(form, "optional") === true ? "optional" : scope,
    keys: [normaliseName(name)],
  };
}
