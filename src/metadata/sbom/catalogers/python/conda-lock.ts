import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import {
  type ListFile,
  listMember,
  objectMember,
  optional,
  type PackageList,
  type PackageListFormat,
  readHexHash,
  readListLines,
  readYamlObject,
  type StatedPackage,
  textMember,
  textsMember,
  withoutPassword,
} from "../package-list.ts";
import { condaNameOf, readCondaAddress } from "./conda-package.ts";
import { normaliseName, parseRequirement, pythonIdentity } from "./requirement.ts";

/** conda-lock.yml, which holds the packages of all platforms. */
export const condaLock: PackageListFormat = {
  id: "python/condalock",
  endings: [".yml", ".yaml"],
  where: "`conda-lock`, or `NAME.conda-lock`",
  isAt: (path) => /(?:^|[/.])conda-lock\.ya?ml$/.test(path),
  read: ({ bytes }) => ({
    packages: listMember(readYamlObject(bytes), "package").flatMap((entry) => lockedPackage(entry)),
  }),
};

function lockedPackage(entry: Value): readonly StatedPackage[] {
  const name = textMember(entry, "name");
  const version = textMember(entry, "version");
  if (name === undefined || version === undefined) return [];
  const isOfPip = textMember(entry, "manager") === "pip";
  const platform = textMember(entry, "platform") ?? "";
  const hash = memberOf(entry, "hash");
  const category = textMember(entry, "category") ?? "main";
  return [
    {
      name,
      version,
      identity: isOfPip
        ? pythonIdentity(name)
        : (readCondaAddress(textMember(entry, "url") ?? "")?.identity ?? {
            type: "conda",
            name,
            qualifiers: { subdir: platform },
          }),
      // What pip installs has one archive for each platform.
      hashes: isOfPip
        ? []
        : [...readHexHash("sha256", textMember(hash, "sha256")), ...readHexHash("md5", textMember(hash, "md5"))],
      scope: category !== "main" ? "development" : memberOf(entry, "optional") === true ? "optional" : "production",
      keys: [`${platform} ${normaliseName(name)}`],
      needs: Object.keys(objectMember(entry, "dependencies")).map((need) => `${platform} ${normaliseName(need)}`),
    },
  ];
}

/** conda-linux-64.lock and what `conda list --explicit` writes: addresses, one a line. */
export const condaExplicit: PackageListFormat = {
  id: "python/condaexplicit",
  endings: [".lock"],
  where: "`conda-PLATFORM.lock`",
  isAt: (path) => /(?:^|\/)conda-[^/]+\.lock$/.test(path),
  read: readExplicit,
};

function readExplicit({ bytes }: ListFile): PackageList {
  const packages: StatedPackage[] = [];
  const problems: string[] = [];
  for (const [index, line] of readListLines(bytes).entries()) {
    const text = line.trim();
    if (text === "" || text.startsWith("#") || text === "@EXPLICIT") continue;
    const archive = readCondaAddress(text.slice(0, 2_000));
    if (archive !== undefined) {
      const hash = text.slice(text.indexOf("#") + 1).replace("sha256:", "");
      packages.push({ ...archive, hashes: [...readHexHash("md5", hash), ...readHexHash("sha256", hash)] });
    } else if (problems.length === 0) problems.push(`line ${index + 1} is not the address of a package of conda`);
  }
  return { packages, problems };
}

/** pixi.lock, version 4 to 6: packages of conda and of Python's index. */
export const pixiLock: PackageListFormat = {
  id: "python/pixilock",
  names: ["pixi.lock"],
  read: ({ bytes }) => ({
    packages: listMember(readYamlObject(bytes), "packages").flatMap((entry) => pixiLocked(entry)),
  }),
};

function pixiLocked(entry: Value): readonly StatedPackage[] {
  if (!isValueObject(entry)) return [];
  // Version 4 and 5 say the kind in words and the address apart; version 6 has the address under the kind.
  const conda = textMember(entry, "conda") ?? (textMember(entry, "kind") === "conda" ? textMember(entry, "url") : "");
  const hashes = [
    ...readHexHash("sha256", textMember(entry, "sha256")),
    ...readHexHash("md5", textMember(entry, "md5")),
  ];
  if (conda) {
    const archive = readCondaAddress(conda);
    if (archive === undefined) return [];
    return [{ ...archive, hashes, keys: [archive.name], needs: textsMember(entry, "depends").map(condaNameOf) }];
  }
  const name = textMember(entry, "name");
  const version = textMember(entry, "version");
  if (name === undefined) return [];
  const needs = textsMember(entry, "requires_dist").flatMap((text) => parseRequirement(text)?.name ?? []);
  const address = textMember(entry, "pypi") ?? textMember(entry, "url") ?? textMember(entry, "path") ?? "";
  // A folder of the project is of no registry.
  const isLocal = memberOf(entry, "path") !== undefined || (address !== "" && !address.includes("://"));
  const isOfGit = address.startsWith("git+");
  return [
    {
      name,
      ...optional("version", version),
      ...(isLocal ? {} : { identity: pythonIdentity(name, isOfGit ? withoutPassword(address) : undefined) }),
      keys: [normaliseName(name)],
      needs: needs.map(normaliseName),
    },
  ];
}
