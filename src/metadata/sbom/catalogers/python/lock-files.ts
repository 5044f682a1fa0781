import { memberOf, type Value } from "../../../../base/index.ts";
import {
  type ListFile,
  listMember,
  objectMember,
  optional,
  type PackageList,
  type PackageListFormat,
  readJsonObject,
  readPrefixedHash,
  readTomlObject,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
  withoutPassword,
} from "../package-list.ts";
import { markScopes } from "../reach.ts";
import { normaliseName, originOfAddress, parseRequirement, pythonIdentity, toStatedPackage } from "./requirement.ts";

type Scope = NonNullable<StatedPackage["scope"]>;

/** Hashes are kept where a file states one: several are of wheels for several systems, and one of them is installed. */
function onlyHash(hashes: readonly (string | undefined)[]): ReturnType<typeof readPrefixedHash> {
  const stated = [...new Set(hashes.filter((hash) => hash !== undefined))];
  return stated.length === 1 ? readPrefixedHash(stated[0]) : [];
}

/** Pipfile.lock of Pipenv. */
export const pipfileLock: PackageListFormat = {
  id: "python/pipfilelock",
  names: ["Pipfile.lock"],
  read: ({ bytes }) => {
    if (bytes.length === 0) return { packages: [] };
    const lock = readJsonObject(bytes);
    const groups = Object.keys(lock).filter((group) => group !== "_meta");
    return {
      packages: groups.flatMap((group) =>
        Object.entries(objectMember(lock, group)).map(([name, entry]) =>
          pipfilePackage(name, entry, group === "default" ? "production" : "development"),
        ),
      ),
    };
  },
};

function pipfilePackage(name: string, entry: Value, scope: Scope): StatedPackage {
  const version = /^==(.+)$/.exec(textMember(entry, "version") ?? "")?.[1];
  const repository = textMember(entry, "git");
  const file = textMember(entry, "file");
  const origin =
    repository !== undefined ? toVcsUrl(repository, textMember(entry, "ref")) : originOfAddress(file ?? "");
  const isLocal = textMember(entry, "path") !== undefined || (file !== undefined && origin === undefined);
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(isLocal ? {} : { identity: pythonIdentity(name, origin) }),
    scope,
    hashes: onlyHash(textsMember(entry, "hashes")),
    keys: [normaliseName(name)],
  };
}

/** poetry.lock of lock-version 1 and 2. */
export const poetryLock: PackageListFormat = {
  id: "python/poetrylock",
  names: ["poetry.lock"],
  read: ({ bytes }) => {
    const lock = readTomlObject(bytes);
    const files = objectMember(objectMember(lock, "metadata"), "files");
    return { packages: listMember(lock, "package").flatMap((entry) => poetryPackage(entry, files)) };
  },
};

function poetryPackage(entry: Value, files: Value): readonly StatedPackage[] {
  const name = textMember(entry, "name");
  if (name === undefined) return [];
  const source = memberOf(entry, "source");
  const type = textMember(source, "type");
  const url = textMember(source, "url") ?? "";
  const reference = textMember(source, "resolved_reference") ?? textMember(source, "reference");
  const origin = type === "git" ? toVcsUrl(url, reference) : type === "url" ? withoutPassword(url) : undefined;
  const inEntry = listMember(entry, "files");
  const stated = inEntry.length > 0 ? inEntry : listMember(files, name);
  return [
    {
      name,
      ...optional("version", textMember(entry, "version")),
      ...(type === "directory" || type === "file" ? {} : { identity: pythonIdentity(name, origin) }),
      scope: poetryScope(entry),
      hashes: onlyHash(stated.map((file) => textMember(file, "hash"))),
      keys: [normaliseName(name)],
      needs: Object.keys(objectMember(entry, "dependencies")).map((need) => normaliseName(need)),
    },
  ];
}

/** Poetry 1 had one category for each package, Poetry 2 has the groups that need it. */
function poetryScope(entry: Value): Scope {
  if (memberOf(entry, "optional") === true) return "optional";
  if (textMember(entry, "category") === "dev") return "development";
  const groups = textsMember(entry, "groups");
  return groups.length > 0 && !groups.includes("main") ? "development" : "production";
}

/** pdm.lock. */
export const pdmLock: PackageListFormat = {
  id: "python/pdmlock",
  names: ["pdm.lock"],
  read: ({ bytes }) => ({
    packages: listMember(readTomlObject(bytes), "package").flatMap((entry) => pdmPackage(entry)),
  }),
};

function pdmPackage(entry: Value): readonly StatedPackage[] {
  const name = textMember(entry, "name");
  if (name === undefined) return [];
  const repository = textMember(entry, "git");
  const url = textMember(entry, "url");
  const origin =
    repository === undefined
      ? originOfAddress(url ?? "")
      : toVcsUrl(repository, textMember(entry, "revision") ?? textMember(entry, "ref"));
  const groups = textsMember(entry, "groups");
  const isDevelopment = groups.length > 0 && !groups.includes("default");
  return [
    {
      name,
      ...optional("version", textMember(entry, "version")),
      ...(textMember(entry, "path") === undefined ? { identity: pythonIdentity(name, origin) } : {}),
      // Groups of pdm are development's, or extras that a user may choose.
      ...(isDevelopment
        ? { scope: groups.some((group) => /dev|test|lint|doc/i.test(group)) ? "development" : "optional" }
        : {}),
      hashes: onlyHash(listMember(entry, "files").map((file) => textMember(file, "hash"))),
      keys: [normaliseName(name)],
      needs: textsMember(entry, "dependencies").flatMap((text) => requirementKey(text)),
    },
  ];
}

function requirementKey(text: string): readonly string[] {
  const requirement = parseRequirement(text);
  return requirement === undefined ? [] : [normaliseName(requirement.name)];
}

/** uv.lock. */
export const uvLock: PackageListFormat = {
  id: "python/uvlock",
  names: ["uv.lock"],
  read: readUvLock,
};

const LOCAL_SOURCES = ["virtual", "editable", "directory", "path"];

function readUvLock({ bytes }: ListFile): PackageList {
  const entries = listMember(readTomlObject(bytes), "package");
  const needed = { production: [] as string[], optional: [] as string[], development: [] as string[] };
  for (const entry of entries) {
    const source = memberOf(entry, "source");
    if (textMember(source, "virtual") === undefined && textMember(source, "editable") === undefined) continue;
    needed.production.push(...uvNeeds(listMember(entry, "dependencies")));
    needed.optional.push(...uvGroups(entry, "optional-dependencies"));
    needed.development.push(...uvGroups(entry, "dev-dependencies"));
  }
  return {
    packages: markScopes(
      entries.flatMap((entry) => uvPackage(entry)),
      needed,
    ),
  };
}

function uvPackage(entry: Value): readonly StatedPackage[] {
  const name = textMember(entry, "name");
  if (name === undefined) return [];
  const version = textMember(entry, "version");
  const source = memberOf(entry, "source");
  const isProject = textMember(source, "virtual") === "." || textMember(source, "editable") === ".";
  const isLocal = LOCAL_SOURCES.some((member) => textMember(source, member) !== undefined);
  const repository = textMember(source, "git");
  const origin =
    repository === undefined
      ? originOfAddress(textMember(source, "url") ?? "")
      : toVcsUrl(repository.split(/[?#]/, 1)[0] ?? "", repository.split("#")[1]);
  const files = [memberOf(entry, "sdist"), ...listMember(entry, "wheels")];
  return [
    {
      name,
      ...optional("version", version),
      ...(isLocal ? {} : { identity: pythonIdentity(name, origin) }),
      ...(isProject ? { isProject: true as const } : {}),
      hashes: onlyHash(files.map((file) => textMember(file, "hash"))),
      keys: [name, `${name}@${version ?? ""}`],
      needs: [
        ...uvNeeds(listMember(entry, "dependencies")),
        ...uvGroups(entry, "optional-dependencies"),
        ...uvGroups(entry, "dev-dependencies"),
      ],
    },
  ];
}

/** A need names the version where the file has several of a package. */
function uvNeeds(needs: readonly Value[]): readonly string[] {
  return needs.flatMap((need) => {
    const name = textMember(need, "name");
    const version = textMember(need, "version");
    return name === undefined ? [] : [version === undefined ? name : `${name}@${version}`];
  });
}

function uvGroups(entry: Value, member: string): readonly string[] {
  const groups = objectMember(entry, member);
  return Object.keys(groups).flatMap((group) => uvNeeds(listMember(groups, group)));
}

/** pylock.toml and pylock.NAME.toml (PEP 751). */
export const pylock: PackageListFormat = {
  id: "python/pylock",
  endings: [".toml"],
  where: "`pylock.toml`, `pylock.NAME.toml`",
  isAt: (path) => /(?:^|\/)pylock(?:\.[^./]+)?\.toml$/.test(path),
  read: ({ bytes }) => ({
    packages: listMember(readTomlObject(bytes), "packages").flatMap((entry) => pylockPackage(entry)),
  }),
};

function pylockPackage(entry: Value): readonly StatedPackage[] {
  const name = textMember(entry, "name");
  if (name === undefined) return [];
  const vcs = memberOf(entry, "vcs");
  const repository = textMember(vcs, "url");
  const archive = memberOf(entry, "archive");
  const directory = textMember(memberOf(entry, "directory"), "path");
  const origin =
    repository === undefined
      ? originOfAddress(textMember(archive, "url") ?? "")
      : toVcsUrl(repository, textMember(vcs, "commit-id"));
  const files = [archive, memberOf(entry, "sdist"), ...listMember(entry, "wheels")];
  const hashes = files.map((file) => textMember(memberOf(file, "hashes"), "sha256"));
  const isElsewhere = directory !== undefined || (vcs !== undefined && repository === undefined);
  return [
    {
      name,
      ...optional("version", textMember(entry, "version")),
      ...(isElsewhere ? {} : { identity: pythonIdentity(name, origin) }),
      ...(directory === "." ? { isProject: true as const } : {}),
      hashes: onlyHash(hashes.map((hash) => (hash === undefined ? undefined : `sha256:${hash}`))),
      keys: [normaliseName(name)],
      ...(memberOf(entry, "dependencies") === undefined
        ? {}
        : { needs: listMember(entry, "dependencies").flatMap((need) => textMember(need, "name") ?? []) }),
    },
  ];
}

/** Requirements as a manifest lists them. */
export function statedRequirements(texts: readonly string[], scope: Scope): readonly StatedPackage[] {
  return texts.flatMap((text) => {
    const requirement = parseRequirement(text);
    return requirement === undefined ? [] : [toStatedPackage(requirement, scope)];
  });
}
