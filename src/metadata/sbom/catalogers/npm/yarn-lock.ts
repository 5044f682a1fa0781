import type { Value } from "../../../../base/index.ts";
import { folderOf } from "../cataloger.ts";
import {
  type ListFile,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readListLines,
  readListText,
  readYamlObject,
  type StatedPackage,
  textMember,
  toVcsUrl,
  withoutPassword,
} from "../package-list.ts";
import { markScopes } from "../reach.ts";
import { readIntegrity } from "./manifest.ts";
import { findManifest, npmIdentity, projectOf, readAsked, readRanges, splitDescriptor } from "./package-json.ts";

/** yarn.lock of Yarn 1, and of Yarn 2 and later ("Berry"), which is YAML. */
export const yarnLock: PackageListFormat = {
  id: "javascript/yarnlock",
  names: ["yarn.lock"],
  read: (file) => (/^__metadata:/m.test(readListText(file.bytes)) ? readBerry(file) : readClassic(file)),
};

interface ClassicEntry {
  readonly descriptors: readonly string[];
  readonly fields: Map<string, string>;
  /** `name@range`. */
  readonly needs: string[];
}

function readClassic(file: ListFile): PackageList {
  const problems: string[] = [];
  const entries = readClassicEntries(readListLines(file.bytes), problems);
  const packages = entries.map(classicPackage);
  const asked = readAsked(findManifest(file, folderOf(file.path), ""));
  const keys = {
    production: descriptorsOf(asked.production),
    optional: descriptorsOf(asked.optional),
    development: descriptorsOf(asked.development),
  };
  return { packages: [...project(file, keys), ...markScopes(packages, keys)], problems };
}

function descriptorsOf(ranges: ReadonlyMap<string, string>): readonly string[] {
  return [...ranges].map(([name, range]) => `${name}@${range}`);
}

function project(
  file: ListFile,
  keys: {
    readonly production: readonly string[];
    readonly optional: readonly string[];
    readonly development: readonly string[];
  },
): readonly StatedPackage[] {
  const manifest = findManifest(file, folderOf(file.path), "");
  if (manifest === undefined) return [];
  return [projectOf(manifest, projectNameOf(file.path), [...keys.production, ...keys.optional, ...keys.development])];
}

/** Entries of two levels of indentation; a line that is none of them is a problem, once. */
function readClassicEntries(lines: readonly string[], problems: string[]): readonly ClassicEntry[] {
  const entries: ClassicEntry[] = [];
  let entry: ClassicEntry | undefined;
  let isInNeeds = false;
  for (let number = 0; number < lines.length; number++) {
    const line = (lines[number] ?? "").trimEnd();
    if (line === "" || line.trimStart().startsWith("#")) continue;
    const indentation = line.length - line.trimStart().length;
    if (indentation === 0) {
      entry = line.endsWith(":")
        ? { descriptors: words(line.slice(0, -1), ","), fields: new Map(), needs: [] }
        : undefined;
      if (entry !== undefined) entries.push(entry);
      else if (problems.length === 0) problems.push(`line ${number + 1} does not begin an entry`);
    } else if (entry !== undefined && indentation === 2) {
      const [key = "", value] = words(line, " ");
      if (value !== undefined) entry.fields.set(key, value);
      isInNeeds = line.endsWith("ependencies:");
    } else if (entry !== undefined && isInNeeds) {
      const [name = "", range = ""] = words(line, " ");
      entry.needs.push(`${name}@${range}`);
    }
  }
  return entries;
}

/** The parts of a line, with or without double quotes, separated by one character. */
function words(line: string, separator: string): readonly string[] {
  const found: string[] = [];
  let at = 0;
  while (at < line.length) {
    const character = line[at];
    if (character === " " || character === separator) {
      at += 1;
      continue;
    }
    const isQuoted = character === '"';
    const start = isQuoted ? at + 1 : at;
    const end = line.indexOf(isQuoted ? '"' : separator, start);
    const stop = end === -1 ? line.length : end;
    found.push(line.slice(start, stop));
    at = stop + 1;
  }
  return found;
}

function classicPackage({ descriptors, fields, needs }: ClassicEntry): StatedPackage {
  const { name, range } = realDescriptor(descriptors[0] ?? "");
  const version = fields.get("version") || undefined;
  const resolved = fields.get("resolved") ?? "";
  const hashes = readIntegrity(fields.get("integrity"));
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(isLocal(range) ? {} : { identity: npmIdentity(name, originOf(range, resolved)) }),
    hashes: hashes.length > 0 || isAddress(range) ? hashes : tarballHash(resolved),
    keys: descriptors,
    needs,
  };
}

/** An alias `a@npm:b@1` is the package b. */
function realDescriptor(descriptor: string): { readonly name: string; readonly range: string } {
  const outer = splitDescriptor(descriptor);
  if (!outer.range.startsWith("npm:")) return outer;
  const inner = splitDescriptor(outer.range.slice("npm:".length));
  return inner.range === "" ? outer : inner;
}

function isLocal(range: string): boolean {
  return /^(?:file|link|portal|workspace):|^\.{0,2}\//.test(range);
}

/** Whether a range is where to fetch something instead of versions of a registry: an address, or `user/repository`. */
function isAddress(range: string): boolean {
  return /^[a-z+]+:|^[^@:\s]+\//i.test(range) && !range.startsWith("npm:");
}

function originOf(range: string, resolved: string): string | undefined {
  if (!isAddress(range) || resolved === "") return undefined;
  const hash = resolved.indexOf("#");
  const address = hash === -1 ? resolved : resolved.slice(0, hash);
  const isGit = /^(?:git|ssh)/.test(address) || address.endsWith(".git");
  return isGit ? toVcsUrl(address, hash === -1 ? undefined : resolved.slice(hash + 1)) : withoutPassword(address);
}

/** Yarn 1 wrote the SHA-1 of a registry's tarball behind its address before there was `integrity`. */
function tarballHash(resolved: string): StatedPackage["hashes"] & object {
  const hash = /\.tgz#([0-9a-f]{40})$/.exec(resolved)?.[1];
  return hash === undefined ? [] : [{ algorithm: "SHA-1", value: hash }];
}

function readBerry(file: ListFile): PackageList {
  const lock = readYamlObject(file.bytes) ?? {};
  const problems: string[] = [];
  const packages: StatedPackage[] = [];
  for (const [descriptors, entry] of Object.entries(lock)) {
    if (descriptors === "__metadata") continue;
    const resolution = textMember(entry, "resolution");
    if (resolution === undefined && textMember(entry, "version") === undefined) {
      if (problems.length === 0) problems.push(`the entry ${descriptors.slice(0, 100)} has no version`);
      continue;
    }
    packages.push(berryPackage(descriptors, resolution, entry));
  }
  const root = packages.find(({ isProject }) => isProject === true);
  const { development } = readAsked(findManifest(file, folderOf(file.path), ""));
  const developmentKeys = new Set(berryKeys(development));
  const production = (root?.needs ?? []).filter((key) => !developmentKeys.has(key));
  const members = packages.filter(({ identity, isProject }) => identity === undefined && isProject !== true);
  const needed = {
    production: [...production, ...members.flatMap(({ needs }) => needs ?? [])],
    optional: [],
    development: [...developmentKeys],
  };
  return { packages: markScopes(packages, needed), problems };
}

function berryPackage(descriptors: string, resolution: string | undefined, entry: Value): StatedPackage {
  const keys = descriptors.split(", ").flatMap((descriptor) => withBothForms(descriptor));
  const { name, range } = splitDescriptor(resolution ?? realName(keys[0] ?? ""));
  const version = textMember(entry, "version");
  const needs = [
    ...berryKeys(readRanges(entry, "dependencies")),
    ...berryKeys(readRanges(entry, "optionalDependencies")),
  ];
  const isRoot = range === "workspace:.";
  const isRegistry = range.startsWith("npm:") || range.startsWith("patch:") || /^[\d^~<>=*]/.test(range);
  const commit = /#commit[=:]([0-9a-f]+)/.exec(range);
  return {
    name,
    ...(version === undefined || isRoot ? {} : { version }),
    ...(isRoot ? { isProject: true } : {}),
    ...(isRegistry || resolution === undefined
      ? { identity: npmIdentity(name) }
      : isRoot || isLocal(range)
        ? {}
        : { identity: npmIdentity(name, addressOf(range, commit?.[1])) }),
    keys,
    needs,
  };
}

function realName(descriptor: string): string {
  const { name, range } = realDescriptor(descriptor);
  return `${name}@${range}`;
}

function addressOf(range: string, commit: string | undefined): string {
  const hash = range.indexOf("#");
  const address = hash === -1 ? range : range.slice(0, hash);
  return commit === undefined ? withoutPassword(address) : toVcsUrl(address, commit);
}

/** Yarn 2 and 3 leave `npm:` out of some ranges. */
function withBothForms(descriptor: string): readonly string[] {
  const { name, range } = splitDescriptor(descriptor);
  return range.startsWith("npm:") ? [descriptor, `${name}@${range.slice(4)}`] : [descriptor, `${name}@npm:${range}`];
}

function berryKeys(ranges: ReadonlyMap<string, string>): readonly string[] {
  return [...ranges].map(([name, range]) =>
    range.startsWith("npm:") ? `${name}@${range.slice(4)}` : `${name}@${range}`,
  );
}
