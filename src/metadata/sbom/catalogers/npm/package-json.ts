import { isAmapError, isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { type ListFile, readJsonObject, type StatedPackage, textMember } from "../package-list.ts";
import { join } from "./lock-file.ts";

/** What a project's package.json asks for, by the name that it uses. */
export interface Asked {
  readonly production: ReadonlyMap<string, string>;
  readonly optional: ReadonlyMap<string, string>;
  readonly development: ReadonlyMap<string, string>;
}

/** The ranges of one member of a package.json, by name. */
export function readRanges(value: Value | undefined, key: string): ReadonlyMap<string, string> {
  const member = memberOf(value, key);
  if (!isValueObject(member)) return new Map();
  return new Map(Object.entries(member).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** The package.json beside a lock file, or in a folder below it; undefined where it is not there or unreadable. */
export function findManifest({ path, files }: ListFile, folder: string, below: string): Value | undefined {
  const manifest = join(folder, below === "" ? "package.json" : `${below}/package.json`);
  const bytes = files.get(manifest);
  if (bytes === undefined || manifest === path) return undefined;
  try {
    return readJsonObject(bytes);
  } catch (error) {
    // The reader of package.json files reports it.
    if (isAmapError(error)) return undefined;
    throw error;
  }
}

export function readAsked(manifest: Value | undefined): Asked {
  return {
    production: readRanges(manifest, "dependencies"),
    optional: readRanges(manifest, "optionalDependencies"),
    development: readRanges(manifest, "devDependencies"),
  };
}

/** A package name of npm as its package URL has it, with where it comes from when that is not the registry. */
export function npmIdentity(name: string, origin?: string): NonNullable<StatedPackage["identity"]> {
  const slash = name.lastIndexOf("/");
  return {
    type: "npm",
    ...(slash === -1 ? {} : { namespace: name.slice(0, slash) }),
    name: name.slice(slash + 1),
    ...(origin === undefined
      ? {}
      : { qualifiers: origin.startsWith("git+") ? { vcs_url: origin } : { download_url: origin } }),
  };
}

/** `@scope/name@range` → name and range; the range is empty where there is none. */
export function splitDescriptor(descriptor: string): { readonly name: string; readonly range: string } {
  const at = descriptor.indexOf("@", 1);
  return at === -1
    ? { name: descriptor, range: "" }
    : { name: descriptor.slice(0, at), range: descriptor.slice(at + 1) };
}

/** The project that a lock file is of. */
export function projectOf(
  manifest: Value | undefined,
  fallbackName: string,
  needs: readonly string[] | undefined,
): StatedPackage {
  const version = textMember(manifest, "version");
  return {
    name: textMember(manifest, "name") ?? fallbackName,
    ...(version === undefined ? {} : { version }),
    keys: [],
    ...(needs === undefined ? {} : { needs }),
    isProject: true,
  };
}
