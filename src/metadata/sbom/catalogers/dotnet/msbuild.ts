import { childElements, isAmapError, textOfElement, type XmlElement } from "../../../../base/index.ts";
import { baseName, folderOf } from "../cataloger.ts";
import {
  type ListFile,
  type PackageList,
  type PackageListFormat,
  readXmlRoot,
  type StatedPackage,
} from "../package-list.ts";

const PROJECT = /\.(?:cs|fs|vb)proj$/i;

/** Project files of MSBuild: the packages that they refer to. */
export const projectFile: PackageListFormat = {
  id: "dotnet/csproj",
  endings: [".csproj", ".fsproj", ".vbproj"],
  lockedBy: { names: ["packages.lock.json", "obj/project.assets.json", "packages.config"] },
  read: (file) => readReferences(file, centralVersions(file)),
};

/** Directory.Packages.props and Directory.Build.props: versions and references for all projects below. */
export const directoryProps: PackageListFormat = {
  id: "dotnet/nugetcpm",
  names: ["Directory.Packages.props", "Directory.Build.props"],
  read: (file) => readReferences(file, new Map()),
};

interface Reference {
  readonly name: string;
  readonly version: string;
  readonly isDevelopment: boolean;
}

const REFERENCES = ["PackageReference", "GlobalPackageReference", "PackageVersion"];

function readReferences({ path, bytes }: ListFile, central: ReadonlyMap<string, string>): PackageList {
  const packages = new Map<string, StatedPackage>();
  for (const reference of referencesOf(readXmlRoot(bytes, "Project"), REFERENCES)) {
    const version = reference.version === "" ? (central.get(reference.name.toLowerCase()) ?? "") : reference.version;
    const stated = toReferenced({ ...reference, version });
    packages.set(`${reference.name.toLowerCase()} ${version}`, stated);
  }
  if (packages.size === 0 || !PROJECT.test(path)) return { packages: [...packages.values()] };
  const project: StatedPackage = {
    name: baseName(path).replace(PROJECT, ""),
    keys: [],
    needs: [...packages.values()].flatMap(({ keys }) => keys ?? []),
    isProject: true,
  };
  return { packages: [project, ...packages.values()] };
}

/** A version alone is the least one, and what a restore takes; brackets, commas and stars make a range. */
function toReferenced({ name, version, isDevelopment }: Reference): StatedPackage {
  const exact = /^\[?(\d[0-9A-Za-z.+-]*)\]?$/.exec(version)?.[1];
  const isExact = exact !== undefined && version.startsWith("[") === version.endsWith("]");
  return {
    name,
    ...(isExact ? { version: exact } : version === "" ? {} : { requirement: version }),
    identity: { type: "nuget", name },
    ...(isDevelopment ? { scope: "development" } : {}),
    keys: [name.toLowerCase()],
  };
}

function referencesOf(project: XmlElement, names: readonly string[]): readonly Reference[] {
  const properties = propertiesOf(project);
  const found: Reference[] = [];
  for (const group of childElements(project, "ItemGroup")) {
    for (const element of group.children) {
      if (!names.includes(element.name)) continue;
      const name = element.attributes.get("Include") ?? element.attributes.get("Update") ?? "";
      if (name.trim() === "") continue;
      const version =
        ["VersionOverride", "Version"].map((key) => partOf(element, key)).find((text) => text !== "") ?? "";
      const isDevelopment =
        partOf(element, "PrivateAssets").toLowerCase() === "all" || element.name === "GlobalPackageReference";
      found.push({ name: name.trim(), version: insert(version, properties), isDevelopment });
    }
  }
  return found;
}

/** What MSBuild takes from an attribute or from an element of the same name. */
function partOf(element: XmlElement, key: string): string {
  return (element.attributes.get(key) ?? textOfElement(element, key)).trim();
}

function propertiesOf(project: XmlElement): ReadonlyMap<string, string> {
  const groups = childElements(project, "PropertyGroup");
  return new Map(groups.flatMap((group) => group.children.map(({ name, text }) => [name, text.trim()] as const)));
}

/** No version is longer, nor the value of a property that is one. */
const LONGEST = 200;

/** `$(Name)` by the file's own properties; one that is not known stays. */
function insert(text: string, properties: ReadonlyMap<string, string>): string {
  if (text.length > LONGEST) return text;
  return text.replaceAll(/\$\(([A-Za-z0-9_.-]{1,100})\)/g, (whole, name: string) => {
    const value = properties.get(name);
    return value === undefined || value.length > LONGEST ? whole : value;
  });
}

/** The versions of the nearest Directory.Packages.props, by lower-case name. */
function centralVersions({ path, files }: ListFile): ReadonlyMap<string, string> {
  for (let folder = folderOf(path); ; folder = folderOf(folder)) {
    const bytes = files.get(folder === "" ? "Directory.Packages.props" : `${folder}/Directory.Packages.props`);
    if (bytes !== undefined) return versionsOf(bytes);
    if (folder === "") return new Map();
  }
}

function versionsOf(bytes: Uint8Array): ReadonlyMap<string, string> {
  try {
    const references = referencesOf(readXmlRoot(bytes, "Project"), ["PackageVersion"]);
    return new Map(references.map(({ name, version }) => [name.toLowerCase(), version]));
  } catch (error) {
    // The reader of that file reports it.
    if (isAmapError(error)) return new Map();
    throw error;
  }
}
