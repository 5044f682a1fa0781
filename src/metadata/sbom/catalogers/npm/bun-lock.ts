import { isValueObject, LIMITS, readJsonFast, type Value } from "../../../../base/index.ts";
import { folderOf } from "../cataloger.ts";
import {
  invalidFile,
  type ListFile,
  objectMember,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readListText,
  type StatedPackage,
  textMember,
  toVcsUrl,
  withoutPassword,
} from "../package-list.ts";
import { markScopes } from "../reach.ts";
import { toPlainJson } from "./json-with-comments.ts";
import { readIntegrity } from "./manifest.ts";
import { findManifest, npmIdentity, projectOf, readRanges, splitDescriptor } from "./package-json.ts";

/** bun.lock of lockfileVersion 0 and 1 (JSON with comments). */
export const bunLock: PackageListFormat = {
  id: "javascript/bunlock",
  names: ["bun.lock"],
  read: readBunLock,
};

function readBunLock(file: ListFile): PackageList {
  const lock = readJsonFast(toPlainJson(readListText(file.bytes)), { maxBytes: LIMITS.listFileBytes });
  if (!isValueObject(lock)) throw invalidFile("expected a JSON object, found another value");
  const places = objectMember(lock, "packages");
  const known = new Set(Object.keys(places));
  const packages: StatedPackage[] = [];
  const problems: string[] = [];
  for (const [place, tuple] of Object.entries(places)) {
    const stated = readTuple(place, tuple, known);
    if (stated !== undefined) packages.push(stated);
    else if (problems.length === 0)
      problems.push(`the package ${place.slice(0, 100)} is not a list that begins with its name`);
  }
  const { projects, needed } = readWorkspaces(file, lock, known);
  return { packages: [...projects, ...markScopes(packages, needed)], problems };
}

/** `[name@version, registry, needs, integrity]`; those of git and of folders have fewer members. */
function readTuple(place: string, tuple: Value, known: ReadonlySet<string>): StatedPackage | undefined {
  if (!Array.isArray(tuple)) return undefined;
  const [stated] = tuple as readonly Value[];
  if (typeof stated !== "string" || stated === "") return undefined;
  const { name, range } = splitDescriptor(stated);
  const info = (tuple as readonly Value[]).find((member) => isValueObject(member));
  const last = (tuple as readonly Value[]).at(-1);
  const isVersion = /^\d/.test(range);
  const isLocal = /^(?:file|link|workspace|root):/.test(range);
  return {
    name,
    ...(isVersion ? { version: range } : range === "" ? {} : { requirement: range }),
    ...(isLocal ? {} : { identity: npmIdentity(name, isVersion ? undefined : originOf(range)) }),
    hashes: typeof last === "string" ? readIntegrity(last) : [],
    keys: [place],
    needs: needsOf(info).flatMap((need) => resolve(place, need, known) ?? []),
  };
}

const HOSTS = new Map([
  ["github", "https://github.com/"],
  ["gitlab", "https://gitlab.com/"],
  ["bitbucket", "https://bitbucket.org/"],
]);

/** `github:user/repository#commit`, `git+ssh://…#commit`, `https://…/x.tgz`. */
function originOf(range: string): string | undefined {
  const hash = range.indexOf("#");
  const address = hash === -1 ? range : range.slice(0, hash);
  const commit = hash === -1 ? undefined : range.slice(hash + 1);
  const colon = address.indexOf(":");
  const host = HOSTS.get(address.slice(0, Math.max(0, colon)));
  if (host !== undefined) return toVcsUrl(host + address.slice(colon + 1), commit);
  if (address.startsWith("git")) return toVcsUrl(address, commit);
  return /^https?:/.test(address) ? withoutPassword(address) : undefined;
}

const NEEDS = ["dependencies", "optionalDependencies", "peerDependencies"];

function needsOf(info: Value | undefined): readonly string[] {
  return NEEDS.flatMap((member) => [...readRanges(info, member).keys()]);
}

/** Where `a/b` needs `c`: `a/b/c`, else `a/c`, else `c`, as folders of node_modules are looked up. */
function resolve(place: string, need: string, known: ReadonlySet<string>): string | undefined {
  let prefix = place;
  for (;;) {
    const candidate = prefix === "" ? need : `${prefix}/${need}`;
    if (known.has(candidate)) return candidate;
    if (prefix === "") return undefined;
    const parent = folderOf(prefix);
    // The slash of a scope does not separate two packages.
    const isScope = parent.slice(parent.lastIndexOf("/") + 1).startsWith("@");
    prefix = isScope ? folderOf(parent) : parent;
  }
}

interface Workspaces {
  readonly projects: readonly StatedPackage[];
  readonly needed: { readonly production: string[]; readonly optional: string[]; readonly development: string[] };
}

function readWorkspaces(file: ListFile, lock: Value, known: ReadonlySet<string>): Workspaces {
  const projects: StatedPackage[] = [];
  const needed: Workspaces["needed"] = { production: [], optional: [], development: [] };
  for (const [folder, workspace] of Object.entries(objectMember(lock, "workspaces"))) {
    const name = textMember(workspace, "name");
    const keys = (member: string): readonly string[] =>
      [...readRanges(workspace, member).keys()].flatMap((need) => resolve(name ?? "", need, known) ?? []);
    const production = [...keys("dependencies"), ...keys("peerDependencies")];
    const optional = keys("optionalDependencies");
    const development = keys("devDependencies");
    needed.production.push(...production);
    needed.optional.push(...optional);
    needed.development.push(...development);
    const needs = [...production, ...optional, ...development];
    const manifest = folder === "" ? findManifest(file, folderOf(file.path), "") : undefined;
    // Packages of a workspace that others need are in the list of packages.
    if (folder === "" && (name !== undefined || needs.length > 0 || manifest !== undefined)) {
      projects.push(projectOf(manifest ?? workspace, projectNameOf(file.path), needs));
    }
  }
  return { projects, needed };
}
