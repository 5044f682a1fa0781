import { isValueObject, LIMITS, memberOf, readJsonFast, type Value } from "../../../../base/index.ts";
import {
  invalidFile,
  type ListFile,
  objectMember,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readHexHash,
  readJsonObject,
  readListText,
  type StatedPackage,
  textMember,
  textsMember,
} from "../package-list.ts";
import { toPlainJson } from "./json-with-comments.ts";
import { readIntegrity } from "./manifest.ts";
import { npmIdentity, projectOf, readRanges, splitDescriptor } from "./package-json.ts";

/** deno.lock of version 2 to 5. */
export const denoLock: PackageListFormat = {
  id: "javascript/denolock",
  names: ["deno.lock"],
  read: readDenoLock,
};

function readDenoLock({ path, bytes }: ListFile): PackageList {
  const lock = readJsonObject(bytes);
  const version = Number(memberOf(lock, "version") ?? "1");
  if (!(version >= 1 && version <= 5)) throw invalidFile("version is not one that amap knows (1 to 5)");
  // Version 3 keeps them below `packages`, version 2 the packages of npm below `npm`.
  const holder = version === 3 ? objectMember(lock, "packages") : lock;
  const npm = version === 2 ? objectMember(objectMember(lock, "npm"), "packages") : objectMember(holder, "npm");
  const specifiers = readRanges(version === 2 ? objectMember(lock, "npm") : holder, "specifiers");
  const byName = new Map(Object.keys(npm).map((key) => [splitDescriptor(key).name, key]));
  const packages = [
    ...Object.entries(npm).map(([key, entry]) => npmPackage(key, entry, byName)),
    ...Object.entries(objectMember(holder, "jsr")).map(([key, entry]) => jsrPackage(key, entry, specifiers)),
  ].filter((stated) => stated !== undefined);
  const remote = Object.keys(objectMember(lock, "remote")).length;
  const asked = textsMember(memberOf(lock, "workspace"), "dependencies");
  const ofPackageJson = textsMember(memberOf(memberOf(lock, "workspace"), "packageJson"), "dependencies");
  const needs = [...asked, ...ofPackageJson].flatMap((specifier) => keyOfSpecifier(specifier, specifiers));
  return {
    packages: [...(needs.length === 0 ? [] : [projectOf(undefined, projectNameOf(path), needs)]), ...packages],
    notes: remote === 0 ? [] : [`${remote} modules are loaded by their address; no package says what they are`],
  };
}

/** `name@1.0.0`, with `_peer@1.0.0` behind it where it has peers. */
function npmPackage(key: string, entry: Value, byName: ReadonlyMap<string, string>): StatedPackage | undefined {
  const { name, range } = splitDescriptor(key);
  const version = range.split("_", 1)[0] ?? "";
  if (name === "" || !/^\d/.test(version)) return undefined;
  return {
    name,
    version,
    identity: npmIdentity(name),
    hashes: readIntegrity(textMember(entry, "integrity")),
    keys: [`npm:${key}`],
    needs: ["dependencies", "optionalDependencies"].flatMap((member) => npmNeeds(memberOf(entry, member), byName)),
  };
}

/** A list of `name`, `name@1.0.0` or `alias@npm:name@1.0.0`; an object of these until version 3. */
function npmNeeds(needs: Value | undefined, byName: ReadonlyMap<string, string>): readonly string[] {
  const words = Array.isArray(needs) ? needs : isValueObject(needs) ? Object.values(needs) : [];
  return words.flatMap((word: Value) => {
    if (typeof word !== "string") return [];
    const alias = word.indexOf("@npm:", 1);
    const real = alias === -1 ? word : word.slice(alias + 5);
    // A name alone: the file has one version of it.
    return [`npm:${splitDescriptor(real).range === "" ? (byName.get(real) ?? real) : real}`];
  });
}

function jsrPackage(key: string, entry: Value, specifiers: ReadonlyMap<string, string>): StatedPackage | undefined {
  const { name, range } = splitDescriptor(key);
  if (name === "" || range === "") return undefined;
  return {
    name,
    version: range,
    identity: { ...npmIdentity(name), type: "jsr" },
    hashes: readHexHash("sha256", textMember(entry, "integrity")),
    keys: [`jsr:${key}`],
    needs: textsMember(entry, "dependencies").flatMap((specifier) => keyOfSpecifier(specifier, specifiers)),
  };
}

/** `npm:name@^1` → `npm:name@1.2.3`, through the file's own table. */
function keyOfSpecifier(specifier: string, specifiers: ReadonlyMap<string, string>): readonly string[] {
  const resolved = specifiers.get(specifier);
  if (resolved === undefined) return [specifier];
  if (/^(?:npm|jsr):/.test(resolved)) return [resolved];
  const scheme = specifier.slice(0, specifier.indexOf(":") + 1);
  const { name } = splitDescriptor(specifier.slice(scheme.length));
  return [resolved.includes("@", 1) ? `${scheme}${resolved}` : `${scheme}${name}@${resolved}`];
}

/** deno.json and deno.jsonc: the imports that name packages. */
export const denoJson: PackageListFormat = {
  id: "javascript/denojson",
  names: ["deno.json", "deno.jsonc"],
  lockedBy: { names: ["deno.lock"], isAbove: true },
  read: readDenoJson,
};

function readDenoJson({ path, bytes }: ListFile): PackageList {
  const manifest = readJsonFast(toPlainJson(readListText(bytes)), { maxBytes: LIMITS.listFileBytes });
  if (!isValueObject(manifest)) throw invalidFile("expected a JSON object, found another value");
  const packages = [...readRanges(manifest, "imports").values()].flatMap((specifier) => readSpecifier(specifier));
  const hasName = textMember(manifest, "name") !== undefined;
  const needs = packages.flatMap(({ keys }) => keys ?? []);
  return { packages: [...(hasName ? [projectOf(manifest, projectNameOf(path), needs)] : []), ...packages] };
}

/** Addresses of the networks that serve packages of npm, JSR and Deno's own old registry. */
const NETWORKS: readonly (readonly [prefix: string, type: "npm" | "jsr" | "deno" | "github"])[] = [
  ["npm:", "npm"],
  ["jsr:", "jsr"],
  ["https://esm.sh/jsr/", "jsr"],
  ["https://esm.sh/gh/", "github"],
  ["https://esm.sh/", "npm"],
  ["https://unpkg.com/", "npm"],
  ["https://deno.land/x/", "deno"],
];

function readSpecifier(specifier: string): readonly StatedPackage[] {
  const network = NETWORKS.find(([prefix]) => specifier.startsWith(prefix));
  if (network === undefined) return [];
  const { name, range } = splitDescriptor(specifier.slice(network[0].length).replace(/^\//, ""));
  // Behind the version there may be a path into the package.
  const requirement = range.split("/", 1)[0] ?? "";
  if (name === "" || requirement === "") return [];
  const exact = /^v?(\d+\.\d+\.\d+[^\s]*)$/.exec(requirement)?.[1];
  const isNamed = network[1] === "npm" || network[1] === "jsr";
  return [
    {
      name,
      ...(exact === undefined ? { requirement } : { version: exact }),
      identity: isNamed
        ? { ...npmIdentity(name), type: network[1] }
        : { ...npmIdentity(name), type: network[1] === "github" ? "github" : "generic" },
      keys: [specifier],
    },
  ];
}
