import {
  compareText,
  isAmapError,
  isValueObject,
  LIMITS,
  memberOf,
  readJsonFast,
  type Value,
} from "../../../../base/index.ts";
import type { Component } from "../../sbom.ts";
import {
  absolute,
  baseName,
  type Cataloger,
  type CatalogerResult,
  type CatalogFiles,
  folderOf,
  ResultBuilder,
  toPackageUrl,
} from "../cataloger.ts";
import { addPackageLists, FormatIndex } from "../list-cataloger.ts";
import type { PackageListFormat } from "../package-list.ts";
import { bunLock } from "./bun-lock.ts";
import { denoJson, denoLock } from "./deno.ts";
import { HIDDEN_LOCK, join, readLockFile, rootName } from "./lock-file.ts";
import { readNeeds, readPackageLicenses, textMember } from "./manifest.ts";
import { nameFromFolder, type PackageNode, PackageTree } from "./package-tree.ts";
import { pnpmLock } from "./pnpm-lock.ts";
import { yarnLock } from "./yarn-lock.ts";

const INSTALLED = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/;
const IN_NODE_MODULES = /(?:^|\/)node_modules\//;

/** Lock files of other tools, which state the same packages of npm's registry. */
const OTHER_LOCKS: readonly PackageListFormat[] = [yarnLock, pnpmLock, bunLock, denoLock];

/** Formats of other tools. */
export const JAVASCRIPT_FORMATS: readonly PackageListFormat[] = [...OTHER_LOCKS, denoJson];

const OTHER_LOCKS_INDEX = new FormatIndex(OTHER_LOCKS);
const JAVASCRIPT_INDEX = new FormatIndex(JAVASCRIPT_FORMATS);

/** JavaScript packages as npm and others lock and install them. */
export const npmCataloger: Cataloger = {
  id: "npm",
  ecosystem: "npm",
  note: "Reads package-lock.json and npm-shrinkwrap.json (lockfileVersion 1, 2, 3; a shrinkwrap wins over a lock file beside it), node_modules/.package-lock.json (what it names and the folder holds no more is not there), and the package.json of projects and of installed packages. Lock file entries and installed packages at the same place are one component. Dependencies are resolved as Node looks modules up. Takes integrity as hashes of the tarball, dev and optional as scope, aliases by their real name, git and tarball origins as package URL qualifiers. A project's own root is an application without a package URL. Also reads yarn.lock (Yarn 1, and 2 and later), pnpm-lock.yaml (version 5, 6, 9), bun.lock, deno.lock (version 2 to 5) and deno.json: versions, integrity, dependencies, workspaces, and what is for development only where the file or the package.json beside it says so. Modules that Deno loads by address are only counted. Does not read bun.lockb, lock files inside node_modules, or bundled code.",
  wants: (path) => isLockFile(path) || INSTALLED.test(path) || isProjectManifest(path) || isOfOthers(path),
  read: readNpm,
};

function isLockFile(path: string): boolean {
  if (HIDDEN_LOCK.test(path)) return true;
  const name = baseName(path);
  // A lock file inside an installed package describes how that package was developed, not what is here.
  return (name === "package-lock.json" || name === "npm-shrinkwrap.json") && !IN_NODE_MODULES.test(path);
}

function isOfOthers(path: string): boolean {
  return JAVASCRIPT_INDEX.formatsOf(path).length > 0;
}

function isProjectManifest(path: string): boolean {
  return baseName(path) === "package.json" && !IN_NODE_MODULES.test(path);
}

function readNpm(files: CatalogFiles): CatalogerResult {
  const builder = new ResultBuilder();
  const tree = new PackageTree();
  const lockFolders = addLockFiles(files, tree, builder);
  const installedIn = addInstalledPackages(files, tree, builder);
  forgetGone(files, installedIn, tree);
  const others = [...files.keys()].filter((path) => OTHER_LOCKS_INDEX.formatsOf(path).length > 0);
  const otherLocks = new Set(others.map((path) => folderOf(path)));
  addProjects({ files, tree, builder, covered: new Set([...lockFolders, ...installedIn]), otherLocks });
  addComponents(tree, builder);
  addPackageLists(JAVASCRIPT_INDEX, files, builder);
  return builder.finish();
}

/** Returns the folders that lock files describe. */
function addLockFiles(files: CatalogFiles, tree: PackageTree, builder: ResultBuilder): readonly string[] {
  const folders: string[] = [];
  for (const path of [...files.keys()].filter((name) => isLockFile(name)).sort(compareText)) {
    const hidden = HIDDEN_LOCK.test(path);
    const folder = hidden ? folderOf(folderOf(path)) : folderOf(path);
    if (baseName(path) === "package-lock.json" && files.has(join(folder, "npm-shrinkwrap.json"))) continue;
    const lock = readDocument(path, files, builder, "LOCKFILE_INVALID");
    // An unreadable lock file still covers its folder: that it could not be read is already said.
    folders.push(folder);
    if (lock === undefined) continue;
    const wrong = readLockFile(path, folder, lock, tree);
    if (wrong !== undefined) builder.addProblem(path, "LOCKFILE_INVALID", wrong);
  }
  return folders;
}

/** Returns the folders that have a node_modules. */
function addInstalledPackages(files: CatalogFiles, tree: PackageTree, builder: ResultBuilder): readonly string[] {
  const folders = new Set<string>();
  for (const path of files.keys()) {
    if (!INSTALLED.test(path)) continue;
    const folder = folderOf(path);
    folders.add(folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1)));
    const manifest = readDocument(path, files, builder, "DOCUMENT_INVALID");
    if (manifest === undefined) continue;
    const version = textMember(manifest, "version");
    tree.addInstalled({
      folder,
      kind: "package",
      name: textMember(manifest, "name") ?? nameFromFolder(folder),
      ...(version === undefined ? {} : { version }),
      licenses: readPackageLicenses(manifest),
      hashes: [],
      scope: "production",
      needs: readNeeds(manifest, false),
      statedBy: [path],
    });
  }
  return [...folders];
}

/** A node_modules of which only the record was given says what it says. */
function forgetGone(files: CatalogFiles, installedIn: readonly string[], tree: PackageTree): void {
  const isWithin = (folder: string, project: string): boolean =>
    project === "" || `${folder}/`.startsWith(`${project}/`);
  const projects = new Map<string, boolean>();
  tree.forget(({ folder }, project) => {
    const hasInstalled = projects.get(project) ?? installedIn.some((each) => isWithin(each, project));
    projects.set(project, hasInstalled);
    return hasInstalled && !files.has(`${folder}/package.json`);
  });
}

interface ProjectsInput {
  readonly files: CatalogFiles;
  readonly tree: PackageTree;
  readonly builder: ResultBuilder;
  /** Folders whose dependencies' versions are known. */
  readonly covered: ReadonlySet<string>;
  /** Folders whose projects another tool's lock file states. */
  readonly otherLocks: ReadonlySet<string>;
}

function addProjects({ files, tree, builder, covered, otherLocks }: ProjectsInput): void {
  for (const path of files.keys()) {
    if (!isProjectManifest(path)) continue;
    const folder = folderOf(path);
    if (covered.has(folder) || tree.has(folder)) {
      const manifest = readDocument(path, files, builder, "DOCUMENT_INVALID");
      if (manifest !== undefined) tree.addInstalled(projectNode(path, manifest));
    } else if (!isInside(folder, covered) && !isInside(folder, otherLocks)) {
      noteUnlocked(path, files, builder);
    }
  }
}

function projectNode(path: string, manifest: Value): PackageNode {
  const folder = folderOf(path);
  const version = textMember(manifest, "version");
  return {
    folder,
    kind: "root",
    name: textMember(manifest, "name") ?? rootName(folder),
    ...(version === undefined ? {} : { version }),
    licenses: readPackageLicenses(manifest),
    hashes: [],
    scope: "production",
    needs: readNeeds(manifest, true),
    statedBy: [path],
  };
}

/** A package.json that only marks a folder (`{"type": "module"}`) asks for nothing; one with dependencies does. */
function noteUnlocked(path: string, files: CatalogFiles, builder: ResultBuilder): void {
  const manifest = readDocument(path, files, builder, "DOCUMENT_INVALID");
  const needs = memberOf(manifest, "dependencies");
  const count = isValueObject(needs) ? Object.keys(needs).length : 0;
  if (count > 0) {
    builder.addNotLookedAt(path, "it asks for packages, but no lock file or node_modules says which versions");
  }
}

function isInside(folder: string, covered: ReadonlySet<string>): boolean {
  for (let above = folder; above !== ""; above = folderOf(above)) if (covered.has(above)) return true;
  return covered.has("");
}

function readDocument(
  path: string,
  files: CatalogFiles,
  builder: ResultBuilder,
  code: "LOCKFILE_INVALID" | "DOCUMENT_INVALID",
): Value | undefined {
  const bytes = files.get(path) ?? new Uint8Array();
  try {
    return readJsonFast(hasByteOrderMark(bytes) ? bytes.subarray(3) : bytes, { maxBytes: LIMITS.catalogFileBytes });
  } catch (error) {
    if (!isAmapError(error)) throw error;
    builder.addProblem(path, error.code === "LIMIT_EXCEEDED" ? error.code : code, `not readable: ${error.message}`);
    return undefined;
  }
}

/** npm itself skips one. */
function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function addComponents(tree: PackageTree, builder: ResultBuilder): void {
  const refs = new Map<PackageNode, string>();
  const nodes = [...tree.all()].sort((a, b) => compareText(a.folder, b.folder) || compareText(a.name, b.name));
  const byRef = new Map<string, PackageNode[]>();
  for (const node of nodes) {
    const ref = refOf(node);
    refs.set(node, ref);
    const same = byRef.get(ref);
    if (same === undefined) byRef.set(ref, [node]);
    else same.push(node);
  }
  for (const [ref, same] of byRef) {
    for (const node of same) builder.components.push(toComponent(node, ref));
    const stated = same.filter((node) => node.needs !== undefined);
    if (stated.length === 0) continue;
    const targets = new Set<string>();
    for (const node of stated) {
      for (const name of node.needs ?? []) {
        const target = tree.resolve(node.folder, name);
        if (target !== undefined) targets.add(refs.get(target) ?? refOf(target));
      }
    }
    targets.delete(ref);
    builder.countDependencies(targets.size);
    builder.dependencies.set(ref, [...targets].sort());
  }
}

function refOf(node: PackageNode): string {
  const version = node.version === undefined ? "" : `@${node.version}`;
  if (node.kind === "root") return `application:${node.name}${version}`;
  return packageUrlOf(node) ?? `npm:${node.name}${version}`;
}

function packageUrlOf(node: PackageNode): string | undefined {
  // Nobody publishes a project's own root under its name: a registry's package of that name is another one.
  if (node.kind === "root") return undefined;
  const slash = node.name.lastIndexOf("/");
  const origin = node.origin;
  return toPackageUrl({
    type: "npm",
    ...(slash === -1 ? {} : { namespace: node.name.slice(0, slash) }),
    name: node.name.slice(slash + 1),
    ...(node.version === undefined ? {} : { version: node.version }),
    qualifiers:
      origin === undefined
        ? {}
        : "vcsUrl" in origin
          ? { vcs_url: origin.vcsUrl }
          : { download_url: origin.downloadUrl },
  });
}

function toComponent(node: PackageNode, ref: string): Component {
  const purl = packageUrlOf(node);
  return {
    ref,
    kind: node.kind === "root" ? "application" : "library",
    name: node.name,
    ...(node.version === undefined ? {} : { version: node.version }),
    ...(purl === undefined ? {} : { purl }),
    licenses: node.licenses,
    hashes: node.hashes,
    locations: node.statedBy.map((path) => absolute(path)),
    scope: node.scope,
  };
}
