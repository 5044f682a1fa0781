import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import type { Component } from "../../sbom.ts";
import { readIntegrity, readNeeds, readPackageLicenses, textMember } from "./manifest.ts";
import { nameFromFolder, type PackageNode, type PackageTree } from "./package-tree.ts";

/** npm's record of what it installed, with the integrity that package.json files do not hold. */
export const HIDDEN_LOCK = /(?:^|\/)node_modules\/\.package-lock\.json$/;

/**
 * Adds what a package-lock.json or npm-shrinkwrap.json states to a tree of packages. Returns what is wrong with it, in
 * one sentence, or undefined.
 * @see https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json
 */
export function readLockFile(path: string, folder: string, lock: Value, tree: PackageTree): string | undefined {
  if (!isValueObject(lock)) return "a lock file is a JSON object; this is not";
  const version = memberOf(lock, "lockfileVersion");
  if (version !== undefined && version !== 1 && version !== 2 && version !== 3) {
    return `lockfileVersion ${typeof version === "number" ? version : "of another type"} is not one that amap knows (1, 2, 3)`;
  }
  const packages = memberOf(lock, "packages");
  if (packages !== undefined && !isValueObject(packages)) return "packages is not an object";
  const dependencies = memberOf(lock, "dependencies");
  if (dependencies !== undefined && !isValueObject(dependencies)) return "dependencies is not an object";
  const input = { path, folder, tree };
  // Version 2 states everything twice; `packages` is what npm itself reads, unless it is not there.
  if (packages !== undefined) {
    readPackages(packages, lock, input);
    return undefined;
  }
  if (version === 3) return "lockfileVersion 3 without packages";
  tree.addLocked(rootNode(lock, lock, input));
  readNested(dependencies, folder, input);
  return undefined;
}

interface LockInput {
  readonly path: string;
  /** The folder that the lock file's paths start at. */
  readonly folder: string;
  readonly tree: PackageTree;
}

function readPackages(packages: Value, lock: Value, input: LockInput): void {
  if (!isValueObject(packages)) return;
  const linkNames = new Map<string, string>();
  for (const [key, entry] of Object.entries(packages)) {
    const target = textMember(entry, "resolved");
    if (memberOf(entry, "link") !== true || target === undefined) continue;
    const folder = join(input.folder, target);
    input.tree.addLink(join(input.folder, key), folder);
    linkNames.set(folder, nameFromFolder(key));
  }
  for (const [key, entry] of Object.entries(packages)) {
    if (!isValueObject(entry) || memberOf(entry, "link") === true) continue;
    if (key === "") input.tree.addLocked(rootNode(entry, lock, input));
    else input.tree.addLocked(packageNode(key, entry, linkNames, input));
  }
}

function rootNode(entry: Value, lock: Value, { path, folder }: LockInput): PackageNode {
  const version = textMember(entry, "version") ?? textMember(lock, "version");
  // A version 1 lock file's `dependencies` are what is installed, not what the project itself asks for.
  const asks = entry === lock ? undefined : readNeeds(entry, true);
  return {
    folder,
    kind: "root",
    name: textMember(entry, "name") ?? textMember(lock, "name") ?? rootName(folder),
    ...(version === undefined ? {} : { version }),
    licenses: entry === lock ? [] : readPackageLicenses(entry),
    hashes: [],
    scope: "production",
    ...(asks === undefined ? {} : { needs: asks }),
    statedBy: [path],
  };
}

/** npm names a project without a name by its folder. */
export function rootName(folder: string): string {
  return nameFromFolder(folder) || "project";
}

function packageNode(
  key: string,
  entry: Value,
  linkNames: ReadonlyMap<string, string>,
  { path, folder }: LockInput,
): PackageNode {
  const place = join(folder, key);
  const version = textMember(entry, "version");
  const origin = originOf(textMember(entry, "resolved"));
  const isLocal = !/(?:^|\/)node_modules\//.test(key);
  const isMemory = !isLocal && HIDDEN_LOCK.test(path);
  return {
    folder: place,
    kind: "package",
    name: textMember(entry, "name") ?? linkNames.get(place) ?? nameFromFolder(place),
    ...(version === undefined ? {} : { version }),
    ...(origin === undefined ? {} : { origin }),
    licenses: readPackageLicenses(entry),
    hashes: readIntegrity(textMember(entry, "integrity")),
    scope: scopeOf(entry),
    needs: readNeeds(entry, isLocal),
    statedBy: [path],
    ...(isMemory ? { rememberedBy: folder } : {}),
  };
}

/** Version 1: packages nested as they lie in node_modules. */
function readNested(dependencies: Value | undefined, parent: string, input: LockInput): void {
  if (!isValueObject(dependencies)) return;
  for (const [name, entry] of Object.entries(dependencies)) {
    if (!isValueObject(entry)) continue;
    const folder = join(parent, `node_modules/${name}`);
    const requires = memberOf(entry, "requires");
    input.tree.addLocked({
      folder,
      kind: "package",
      ...identityOf(name, textMember(entry, "version") ?? ""),
      licenses: [],
      hashes: readIntegrity(textMember(entry, "integrity")),
      scope: scopeOf(entry),
      ...(isValueObject(requires) ? { needs: Object.keys(requires) } : requires === undefined ? { needs: [] } : {}),
      statedBy: [input.path],
    });
    readNested(memberOf(entry, "dependencies"), folder, input);
  }
}

/** A version 1 `version` is a version, an alias, or the address of what was fetched instead of a registry's package. */
function identityOf(name: string, version: string): Pick<PackageNode, "name" | "version" | "origin"> {
  const alias = /^npm:(@?[^@]+)@(.+)$/.exec(version);
  if (alias?.[1] !== undefined && alias[2] !== undefined) return { name: alias[1], version: alias[2] };
  const origin = originOf(version) ?? downloadOf(version);
  if (origin !== undefined) return { name, origin };
  return version === "" || version.startsWith("file:") ? { name } : { name, version };
}

function scopeOf(entry: Value): Component["scope"] {
  if (memberOf(entry, "dev") === true) return "development";
  const optional = memberOf(entry, "optional") === true || memberOf(entry, "devOptional") === true;
  return optional ? "optional" : "production";
}

const HOSTS = new Map([
  ["github", "git+https://github.com/"],
  ["gitlab", "git+https://gitlab.com/"],
  ["bitbucket", "git+https://bitbucket.org/"],
  ["gist", "git+https://gist.github.com/"],
]);

/** A git address as package URLs write it, `git+https://host/repository@commit` (SPDX download location). */
function originOf(address: string | undefined): PackageNode["origin"] {
  if (address === undefined) return undefined;
  const short = /^(github|gitlab|bitbucket|gist):(.+)$/.exec(address);
  const long = short === null ? address : `${HOSTS.get(short[1] ?? "")}${short[2]}`;
  if (!/^git(?:\+[a-z]+)?:\/\//.test(long)) return undefined;
  const hash = long.indexOf("#");
  const repository = withoutSecret(hash === -1 ? long : long.slice(0, hash));
  return { vcsUrl: hash === -1 ? repository : `${repository}@${long.slice(hash + 1)}` };
}

function downloadOf(address: string): PackageNode["origin"] {
  return /^https?:\/\//.test(address) ? { downloadUrl: withoutSecret(address.replace(/[?#].*$/, "")) } : undefined;
}

/** Addresses in lock files may carry tokens, here or in a query. A plain user name (`git@`) says which protocol is meant and stays. */
function withoutSecret(address: string): string {
  return address.replace(/^([a-z+]+:\/\/)([^/@]*)@/, (_, scheme: string, user: string) =>
    user === "git" ? `${scheme}git@` : scheme,
  );
}

/** Joins a folder and a relative path of a lock file, without leaving the root of the artifact. */
export function join(folder: string, relative: string): string {
  const segments = folder === "" ? [] : folder.split("/");
  for (const segment of relative.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") segments.pop();
    else segments.push(segment);
  }
  return segments.join("/");
}
