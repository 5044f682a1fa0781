import { isAmapError, memberOf } from "../../../../base/index.ts";
import { isLicenseExpression } from "../../licenses.ts";
import type { Component, Property } from "../../sbom.ts";
import { type Cataloger, type CatalogFiles, folderOf, ResultBuilder } from "../cataloger.ts";
import { addLinkedPackages, type LinkedPackage } from "../found-package.ts";
import {
  invalidFile,
  objectMember,
  readHexHash,
  readJsonObject,
  readListLines,
  readPrefixedHash,
  textMember,
  toVcsUrl,
  withoutPassword,
} from "../package-list.ts";
import { normaliseName, pythonIdentity } from "../python/requirement.ts";
import { licenseIdOfWords, readStatedLicenses } from "../stated-licenses.ts";
import {
  type CoreMetadata,
  type InstalledRequirement,
  mayHold,
  normaliseExtra,
  readCoreMetadata,
  readInstalledRequirement,
} from "./core-metadata.ts";

/** Metadata of installed distributions, of eggs, and of wheels and source archives that lie about as files. */
const METADATA =
  /(?:\.dist-info\/METADATA|\.egg-info\/PKG-INFO|\.egg-info|(?:^|\/)EGG-INFO\/PKG-INFO|\.tar\.gz!\/[^/]+\/PKG-INFO)$/;
const COMPANION = /(?:\.dist-info\/direct_url\.json|(?:\.egg-info|(?:^|\/)EGG-INFO)\/requires\.txt)$/;
const ARCHIVE = /\.(?:whl|egg)$/;
/** A source archive by the form of its name (PEP 625); others may be anything. */
const SOURCE_ARCHIVE = /(?:^|\/)[A-Za-z0-9][A-Za-z0-9._]*-\d[A-Za-z0-9.!+_]*\.tar\.gz$/;

/** Python distributions that are installed, or that lie there as archives. */
export const pythonInstalledCataloger: Cataloger = {
  id: "python-installed",
  ecosystem: "pypi",
  note: "Reads *.dist-info/METADATA with direct_url.json, *.egg-info (folder or file) and EGG-INFO with requires.txt, in folders, wheels, eggs and source archives: name as package indexes compare it, version, summary, licence (License-Expression, else License, else the classifiers that mean exactly one licence), author, and where a direct installation came from (a repository, an address with its hash; editable ones are told by a property). Dependencies are what Requires-Dist names of what is installed, extras as far as another package asks for them; conditions on systems and versions of Python are taken to hold. Does not compare files with RECORD.",
  wants: (path) => METADATA.test(path) || COMPANION.test(path),
  opens: (path) => (ARCHIVE.test(path) ? "zip" : SOURCE_ARCHIVE.test(path) ? "tar" : undefined),
  read: (files) => {
    const builder = new ResultBuilder();
    const found = [...files].flatMap(([path, bytes]) => {
      if (!METADATA.test(path)) return [];
      try {
        return [readDistribution(path, bytes, files)];
      } catch (error) {
        if (!isAmapError(error)) throw error;
        const code = error.code === "LIMIT_EXCEEDED" ? error.code : "PACKAGE_DATABASE_INVALID";
        builder.addProblem(path, code, `not readable: ${error.message}`);
        return [];
      }
    });
    addLinkedPackages(linkDistributions(found), builder);
    return builder.finish();
  },
};

interface Distribution {
  readonly linked: Omit<LinkedPackage, "needs">;
  readonly requires: readonly InstalledRequirement[];
}

function readDistribution(path: string, bytes: Uint8Array, files: CatalogFiles): Distribution {
  const metadata = readCoreMetadata(bytes);
  const [name] = metadata.get("name") ?? [];
  const [version] = metadata.get("version") ?? [];
  if (!name || !version) throw invalidFile("it states no Name or no Version");
  // A file `x.egg-info` has nothing beside it.
  const folder = path.endsWith(".egg-info") ? undefined : folderOf(path);
  const origin = readOrigin(folder, files);
  return {
    linked: {
      key: normaliseName(name),
      place: folderOf(folder ?? path),
      found: {
        name: normaliseName(name),
        version,
        identity: pythonIdentity(name, origin.address),
        licenses: readLicensesOf(metadata),
        hashes: origin.hashes,
        supplier: readAuthor(metadata),
        description: shortText(metadata.get("summary")?.[0]),
        properties: origin.properties,
        locations: [path],
      },
    },
    requires: [...(metadata.get("requires-dist") ?? []), ...readEggRequires(folder, files)].flatMap(
      (text) => readInstalledRequirement(text) ?? [],
    ),
  };
}

function shortText(text: string | undefined): string | undefined {
  const line = text?.split("\n", 1)[0]?.slice(0, 500);
  return line === undefined || line === "" || line === "UNKNOWN" ? undefined : line;
}

/** Author or maintainer: a name, or the name within `"Name" <address>`. */
function readAuthor(metadata: CoreMetadata): string | undefined {
  for (const field of ["author", "author-email", "maintainer", "maintainer-email"]) {
    const [text] = metadata.get(field) ?? [];
    const name = shortText(field.endsWith("email") ? text?.split("<", 1)[0]?.trim().replaceAll('"', "") : text);
    if (name !== undefined && name !== "") return name;
  }
  return undefined;
}

function readLicensesOf(metadata: CoreMetadata): readonly string[] {
  const expression = readStatedLicenses(metadata.get("license-expression") ?? []);
  if (expression.length > 0) return expression;
  const stated = readStatedLicenses(metadata.get("license") ?? []);
  if (stated.length > 0 && stated.every((license) => isLicenseExpression(license))) return stated;
  const classifiers = (metadata.get("classifier") ?? []).flatMap((classifier) => {
    const parts = classifier.split("::").map((part) => part.trim());
    const last = parts.at(-1) ?? "";
    return parts[0] === "License" && last !== "OSI Approved" && parts.length > 1 ? [last] : [];
  });
  const known = classifiers.every((words) => licenseIdOfWords(words) !== undefined);
  return stated.length > 0 && (classifiers.length === 0 || !known) ? stated : readStatedLicenses(classifiers);
}

interface Origin {
  readonly address?: string;
  readonly hashes: Component["hashes"];
  readonly properties: readonly Property[];
}

/** Where a distribution came from that no index gave (PEP 610). */
function readOrigin(folder: string | undefined, files: CatalogFiles): Origin {
  const bytes = folder === undefined ? undefined : files.get(`${folder}/direct_url.json`);
  if (bytes === undefined) return { hashes: [], properties: [] };
  const record = readJsonObject(bytes);
  const url = textMember(record, "url") ?? "";
  const isEditable = memberOf(objectMember(record, "dir_info"), "editable") === true;
  const properties = isEditable ? [{ name: "python:editable", value: withoutPassword(url) }] : [];
  const commit = textMember(objectMember(record, "vcs_info"), "commit_id");
  const archive = objectMember(record, "archive_info");
  const hashes = readHexHash("sha256", textMember(objectMember(archive, "hashes"), "sha256"));
  const one = readPrefixedHash(textMember(archive, "hash")?.replace("=", ":"));
  // Builders install from folders of their own: a package of the index by the name that it has there.
  if (!/^(?:https?|ssh|git):\/\//.test(url)) return { hashes: [], properties };
  if (textMember(objectMember(record, "vcs_info"), "vcs") !== undefined) {
    return { address: toVcsUrl(url, commit), hashes: [], properties };
  }
  return { address: withoutPassword(url), hashes: hashes.length > 0 ? hashes : one, properties };
}

/** requires.txt of setuptools: requirements below the `[extra:marker]` under which they are needed. */
function readEggRequires(folder: string | undefined, files: CatalogFiles): readonly string[] {
  const bytes = folder === undefined ? undefined : files.get(`${folder}/requires.txt`);
  if (bytes === undefined) return [];
  let condition = "";
  return readListLines(bytes).flatMap((line) => {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) return [];
    const section = /^\[([^:\]]*)(?::[^\]]*)?\]$/.exec(text);
    if (section === null) return [text + condition];
    const extra = normaliseExtra(section[1] ?? "");
    condition = /^[a-z0-9-]+$/.test(extra) ? `; extra == "${extra}"` : "";
    return [];
  });
}

/** Rounds in which extras ask for more extras: hardly anything real needs three. */
const MOST_ROUNDS = 8;

/** Requirements that hold with the extras that others ask for. */
function linkDistributions(distributions: readonly Distribution[]): readonly LinkedPackage[] {
  const extras = new Map<string, Set<string>>();
  for (let round = 0, isNew = true; round < MOST_ROUNDS && isNew; round++) {
    isNew = false;
    for (const { linked, requires } of distributions) {
      for (const { name, extras: asked } of requires.filter(({ marker }) =>
        mayHold(marker, extrasOf(linked, extras)),
      )) {
        const key = `${linked.place}\n${normaliseName(name)}`;
        const known = extras.get(key) ?? new Set<string>();
        const before = known.size;
        for (const extra of asked) known.add(extra);
        if (known.size > before) isNew = true;
        if (known.size > 0) extras.set(key, known);
      }
    }
  }
  return distributions.map(({ linked, requires }) => {
    const held = requires.filter(({ marker }) => mayHold(marker, extrasOf(linked, extras)));
    return { ...linked, needs: held.map(({ name }) => normaliseName(name)) };
  });
}

const NONE: ReadonlySet<string> = new Set();

function extrasOf({ place, key }: Omit<LinkedPackage, "needs">, extras: ReadonlyMap<string, ReadonlySet<string>>) {
  return extras.get(`${place}\n${key}`) ?? NONE;
}
