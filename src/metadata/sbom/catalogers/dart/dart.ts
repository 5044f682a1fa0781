import { memberOf, type Value } from "../../../../base/index.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  objectMember,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readHexHash,
  readYamlObject,
  type StatedPackage,
  textMember,
  toVcsUrl,
} from "../package-list.ts";

/** pubspec.lock of Dart and Flutter. */
const pubspecLock: PackageListFormat = {
  id: "dart/pubspec",
  names: ["pubspec.lock"],
  read: readPubspecLock,
};

function readPubspecLock({ path, bytes }: ListFile): PackageList {
  const entries = Object.entries(objectMember(readYamlObject(bytes), "packages"));
  const packages = entries.map(([name, entry]) => lockedPackage(name, entry));
  const direct = entries.filter(([, entry]) => textMember(entry, "dependency")?.startsWith("direct") === true);
  const project: StatedPackage = {
    name: projectNameOf(path),
    keys: [],
    needs: direct.map(([name]) => name),
    isProject: true,
  };
  return { packages: [...(direct.length === 0 ? [] : [project]), ...packages] };
}

function lockedPackage(name: string, entry: Value): StatedPackage {
  const source = textMember(entry, "source");
  const description = memberOf(entry, "description");
  return {
    name,
    ...optional("version", textMember(entry, "version")),
    // Packages of a folder, and of Flutter's SDK, are of no registry.
    ...(source === "path" || source === "sdk" ? {} : { identity: pubIdentity(name, source, description) }),
    ...(textMember(entry, "dependency") === "direct dev" ? { scope: "development" } : {}),
    hashes: readHexHash("sha256", textMember(description, "sha256")),
  };
}

const REGISTRIES = new Set(["https://pub.dev", "https://pub.dartlang.org"]);

function pubIdentity(name: string, source: string | undefined, description: Value | undefined): PackageIdentity {
  const url = textMember(description, "url");
  if (source === "git" && url !== undefined) {
    return { type: "pub", name, qualifiers: { vcs_url: toVcsUrl(url, textMember(description, "resolved-ref")) } };
  }
  const isElsewhere = url !== undefined && !REGISTRIES.has(url);
  return { type: "pub", name, ...(isElsewhere ? { qualifiers: { repository_url: url } } : {}) };
}

/** Formats of pub. */
export const DART_FORMATS: readonly PackageListFormat[] = [pubspecLock];

/** Dart packages as pub locks them. */
export const dartCataloger = createListCataloger({
  id: "dart",
  ecosystem: "pub",
  note: "Reads pubspec.lock: versions, the hash of the archive, git sources, other registries, what the project needs itself, and what of it is for development only. What the file calls transitive may be needed for development only: it does not say. Does not read pubspec.yaml.",
  formats: DART_FORMATS,
});
