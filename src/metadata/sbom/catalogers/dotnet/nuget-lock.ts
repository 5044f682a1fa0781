import { childElements, isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { baseName } from "../cataloger.ts";
import {
  invalidFile,
  type ListFile,
  objectMember,
  optional,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readJsonObject,
  readXmlRoot,
  type StatedPackage,
  textMember,
} from "../package-list.ts";

/** NuGet compares names without case. */
export function nugetPackage(name: string, version: string): StatedPackage {
  return {
    name,
    ...(version === "" ? {} : { version }),
    identity: { type: "nuget", name },
    keys: [name.toLowerCase()],
  };
}

/** packages.lock.json. */
export const packagesLockJson: PackageListFormat = {
  id: "dotnet/packageslockjson",
  endings: [".lock.json"],
  where: "`packages.lock.json`, `packages.NAME.lock.json`",
  isAt: (path) => baseName(path).startsWith("packages."),
  read: readPackagesLock,
};

function readPackagesLock({ path, bytes }: ListFile): PackageList {
  const frameworks = Object.entries(objectMember(readJsonObject(bytes), "dependencies"));
  const packages: StatedPackage[] = [];
  const direct: string[] = [];
  for (const [framework, entries] of frameworks) {
    if (!isValueObject(entries)) throw invalidFile(`the packages of ${framework} are not an object`);
    for (const [name, entry] of Object.entries(entries)) {
      const stated = lockedPackage(framework, name, entry);
      if (stated === undefined) continue;
      packages.push(stated);
      if (textMember(entry, "type") === "Direct") direct.push(...(stated.keys ?? []));
    }
  }
  const project: StatedPackage = { name: projectNameOf(path), keys: [], needs: direct, isProject: true };
  return { packages: [...(direct.length === 0 ? [] : [project]), ...packages] };
}

function lockedPackage(framework: string, name: string, entry: Value): StatedPackage | undefined {
  const version = textMember(entry, "resolved");
  const keyOf = (key: string): string => `${framework} ${key.toLowerCase()}`;
  const needs = Object.keys(objectMember(entry, "dependencies")).map(keyOf);
  if (textMember(entry, "type") === "Project") return { name, keys: [keyOf(name)], needs, isProject: true };
  if (version === undefined) return undefined;
  return { ...nugetPackage(name, version), keys: [keyOf(name)], needs };
}

/** project.assets.json, what a restore leaves in obj/. */
export const projectAssetsJson: PackageListFormat = {
  id: "dotnet/projectassetsjson",
  names: ["project.assets.json"],
  read: (file) => readLibraries(file, assetsProject(file)),
};

function assetsProject({ path, bytes }: ListFile): StatedPackage | undefined {
  const project = objectMember(readJsonObject(bytes), "project");
  const frameworks = Object.values(objectMember(project, "frameworks"));
  const needs = frameworks.flatMap((framework) => Object.keys(objectMember(framework, "dependencies")));
  if (needs.length === 0) return undefined;
  const name = textMember(objectMember(project, "restore"), "projectName") ?? projectNameOf(path);
  return { name, keys: [], needs: needs.map((need) => need.toLowerCase()), isProject: true };
}

/** NAME.deps.json, which lies beside a program. */
export const depsJson: PackageListFormat = {
  id: "dotnet/depsjson",
  endings: [".deps.json"],
  read: (file) => readLibraries(file, undefined),
};

/** `libraries` say what there is, `targets` what needs what: both by `name/version`. */
function readLibraries({ bytes }: ListFile, project: StatedPackage | undefined): PackageList {
  const document = readJsonObject(bytes);
  const needs = new Map<string, string[]>();
  for (const target of Object.values(objectMember(document, "targets"))) {
    for (const [key, entry] of Object.entries(isValueObject(target) ? target : {})) {
      const known = needs.get(key) ?? [];
      needs.set(key, known);
      known.push(...Object.keys(objectMember(entry, "dependencies")).map((need) => need.toLowerCase()));
    }
  }
  const problems: string[] = [];
  const packages: StatedPackage[] = [];
  for (const [key, library] of Object.entries(objectMember(document, "libraries"))) {
    const [name = "", version = "", ...others] = key.split("/");
    if (name === "" || version === "" || others.length > 0) {
      if (problems.length === 0) problems.push(`the library ${key.slice(0, 100)} is not a name and a version`);
      continue;
    }
    const stated = { ...nugetPackage(name, version), ...optional("needs", needs.get(key)) };
    const isProject = memberOf(library, "type") === "project";
    packages.push(isProject ? { ...stated, isProject } : stated);
  }
  return { packages: [...(project === undefined ? [] : [project]), ...packages], problems };
}

/** packages.config, which came before PackageReference. */
export const packagesConfig: PackageListFormat = {
  id: "dotnet/packagesconfig",
  names: ["packages.config"],
  read: readPackagesConfig,
};

function readPackagesConfig({ bytes }: ListFile): PackageList {
  const problems: string[] = [];
  const packages: StatedPackage[] = [];
  for (const { attributes } of childElements(readXmlRoot(bytes, "packages"), "package")) {
    const name = attributes.get("id") ?? "";
    const version = attributes.get("version") ?? "";
    if (name === "" || version === "") {
      if (problems.length === 0) problems.push(`the package ${name.slice(0, 100)} has no id or version`);
      continue;
    }
    const isDevelopment = attributes.get("developmentDependency")?.toLowerCase() === "true";
    packages.push({ ...nugetPackage(name, version), ...(isDevelopment ? { scope: "development" } : {}) });
  }
  return { packages, problems };
}

/** dotnet-tools.json: programs that a project is built with. */
export const dotnetTools: PackageListFormat = {
  id: "dotnet/dotnettoolsjson",
  names: ["dotnet-tools.json"],
  read: ({ bytes }) => ({
    packages: Object.entries(objectMember(readJsonObject(bytes), "tools")).flatMap(([name, tool]) => {
      const version = textMember(tool, "version");
      return version === undefined ? [] : [{ ...nugetPackage(name, version), scope: "development" as const }];
    }),
  }),
};
