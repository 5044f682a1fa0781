import { Double, isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { folderOf } from "../cataloger.ts";
import {
  invalidFile,
  type ListFile,
  objectMember,
  optional,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readYamlObject,
  type StatedPackage,
  textMember,
  toVcsUrl,
  withoutPassword,
} from "../package-list.ts";
import { markScopes } from "../reach.ts";
import { readIntegrity } from "./manifest.ts";
import { findManifest, npmIdentity, projectOf, splitDescriptor } from "./package-json.ts";

/** pnpm-lock.yaml of lockfileVersion 5, 6 and 9. */
export const pnpmLock: PackageListFormat = {
  id: "javascript/pnpmlock",
  names: ["pnpm-lock.yaml"],
  read: readPnpmLock,
};

function readPnpmLock(file: ListFile): PackageList {
  const lock = readYamlObject(file.bytes);
  if (lock === undefined) return { packages: [] };
  const major = majorVersion(memberOf(lock, "lockfileVersion"));
  if (major !== undefined && (major < 3 || major > 9))
    throw invalidFile(`lockfileVersion ${major} is not one that amap knows`);
  const style = (major ?? 5) >= 9 ? 9 : (major ?? 5) >= 6 ? 6 : 5;
  const problems: string[] = [];
  const packages: StatedPackage[] = [];
  const snapshots = groupSnapshots(objectMember(lock, "snapshots"));
  for (const [path, entry] of Object.entries(objectMember(lock, "packages"))) {
    const stated = readPackage({ path, entry, style, snapshots: snapshots.get(path) ?? [] });
    if (stated !== undefined) packages.push(stated);
    else if (!isValueObject(entry) || problems.length > 0) continue;
    else problems.push(`the package ${path.slice(0, 100)} has no name and version`);
  }
  const { projects, needed } = readImporters(file, lock, style);
  return { packages: [...projects, ...(style === 9 ? markScopes(packages, needed) : packages)], problems };
}

function majorVersion(value: Value | undefined): number | undefined {
  const number = value instanceof Double ? value.value : value;
  const major =
    typeof number === "number" ? Math.trunc(number) : Number.parseInt(typeof number === "string" ? number : "", 10);
  return Number.isNaN(major) ? undefined : major;
}

type Style = 5 | 6 | 9;
type Snapshot = readonly [key: string, entry: Value];

/** Version 9 keeps what a package needs apart, once for each set of peers. */
function groupSnapshots(snapshots: Value): ReadonlyMap<string, readonly Snapshot[]> {
  const groups = new Map<string, Snapshot[]>();
  for (const [key, entry] of Object.entries(isValueObject(snapshots) ? snapshots : {})) {
    const base = withoutPeers(key);
    const group = groups.get(base);
    if (group === undefined) groups.set(base, [[key, entry]]);
    else group.push([key, entry]);
  }
  return groups;
}

function withoutPeers(text: string): string {
  const bracket = text.indexOf("(");
  return bracket === -1 ? text : text.slice(0, bracket);
}

interface PackageInput {
  readonly path: string;
  readonly entry: Value;
  readonly style: Style;
  readonly snapshots: readonly Snapshot[];
}

function readPackage({ path, entry, style, snapshots }: PackageInput): StatedPackage | undefined {
  const stated: Named = path.startsWith("file:") ? {} : style === 9 ? nameOfVersion9(path) : nameOfPath(path, style);
  const name = textMember(entry, "name") ?? stated.name;
  const version = textMember(entry, "version") ?? stated.version;
  if (name === undefined || (version === undefined && style !== 9)) return undefined;
  const resolution = memberOf(entry, "resolution");
  const isLocal = path.startsWith("file:") || textMember(resolution, "directory") !== undefined;
  const states = style === 9 ? snapshots.map(([, snapshot]) => snapshot) : [entry];
  return {
    name,
    ...(version === undefined ? optional("requirement", stated.requirement) : { version }),
    ...(isLocal ? {} : { identity: npmIdentity(name, originOf(resolution)) }),
    hashes: readIntegrity(textMember(resolution, "integrity")),
    ...scopeOf(entry, states),
    keys: style === 9 ? [...snapshots.map(([key]) => key), path] : [path],
    ...(states.length === 0 ? {} : { needs: states.flatMap((state) => needsOf(state, style)) }),
  };
}

function scopeOf(entry: Value, states: readonly Value[]): Pick<StatedPackage, "scope"> | undefined {
  if (memberOf(entry, "dev") === true) return { scope: "development" };
  const isOptional = states.length > 0 && states.every((state) => memberOf(state, "optional") === true);
  return isOptional ? { scope: "optional" } : undefined;
}

interface Named {
  readonly name?: string;
  readonly version?: string;
  /** Where it is, for what has no version. */
  readonly requirement?: string;
}

/** `name@version`, `name@https://…`. */
function nameOfVersion9(path: string): Named {
  const { name, range } = splitDescriptor(withoutPeers(path));
  if (name === "" || range === "") return {};
  return /^\d/.test(range) ? { name, version: range } : { name, requirement: range };
}

/** `/name/1.0.0_peer`, `/@scope/name/1.0.0`, `host/name/1.0.0`; since version 6 `/name@1.0.0(peer)`. */
function nameOfPath(path: string, style: Style): Named {
  const slash = path.indexOf("/");
  if (slash === -1) return {};
  const rest = withoutPeers(path.slice(slash + 1));
  if (style === 6) {
    const { name, range } = splitDescriptor(rest);
    if (/^\d/.test(range)) return { name, version: range };
  }
  const parts = rest.split("/");
  const name = rest.startsWith("@") ? parts.splice(0, 2).join("/") : parts.shift();
  const version = parts[0]?.split("_", 1)[0];
  return name === undefined || version === undefined || !/^\d/.test(version) ? {} : { name, version };
}

function originOf(resolution: Value | undefined): string | undefined {
  const repository = textMember(resolution, "repo");
  if (repository !== undefined) return toVcsUrl(repository, textMember(resolution, "commit"));
  const tarball = textMember(resolution, "tarball");
  // With an integrity it is a registry's tarball at an address that cannot be guessed from its name.
  return tarball === undefined || textMember(resolution, "integrity") !== undefined
    ? undefined
    : withoutPassword(tarball);
}

function needsOf(state: Value, style: Style): readonly string[] {
  return ["dependencies", "optionalDependencies"].flatMap((member) => keysOf(memberOf(state, member), style));
}

function keysOf(dependencies: Value | undefined, style: Style): readonly string[] {
  if (!isValueObject(dependencies)) return [];
  return Object.entries(dependencies).flatMap(([name, value]) => {
    const version = typeof value === "string" ? value : textMember(value, "version");
    return version === undefined ? [] : [keyOf(name, version, style)];
  });
}

/** A version where the name is the real one; the package's own path where it is an alias or comes from elsewhere. */
function keyOf(name: string, version: string, style: Style): string {
  if (!/^\d/.test(version))
    return version.startsWith("@") || version.includes("@") || style !== 9 ? version : `${name}@${version}`;
  if (style === 9) return `${name}@${version}`;
  return style === 6 ? `/${name}@${version}` : `/${name}/${version}`;
}

interface Importers {
  readonly projects: readonly StatedPackage[];
  readonly needed: { readonly production: string[]; readonly optional: string[]; readonly development: string[] };
}

/** The projects of the workspace; a lock file without `importers` is of one. */
function readImporters(file: ListFile, lock: Value, style: Style): Importers {
  const listed = Object.entries(objectMember(lock, "importers"));
  const importers: readonly (readonly [string, Value])[] = listed.length > 0 ? listed : [[".", lock]];
  const projects: StatedPackage[] = [];
  const needed: Importers["needed"] = { production: [], optional: [], development: [] };
  for (const [folder, importer] of importers) {
    const production = keysOf(memberOf(importer, "dependencies"), style);
    const optional = keysOf(memberOf(importer, "optionalDependencies"), style);
    const development = keysOf(memberOf(importer, "devDependencies"), style);
    needed.production.push(...production);
    needed.optional.push(...optional);
    needed.development.push(...development);
    const needs = [...production, ...optional, ...development];
    const manifest = findManifest(file, folderOf(file.path), folder === "." ? "" : folder);
    if (needs.length === 0 && manifest === undefined) continue;
    const fallback = folder === "." ? projectNameOf(file.path) : folder.slice(folder.lastIndexOf("/") + 1);
    projects.push(projectOf(manifest, fallback, needs));
  }
  return { projects, needed };
}
