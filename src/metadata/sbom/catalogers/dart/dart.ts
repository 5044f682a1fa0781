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

/** pubspec.yaml; those of packages that pub has fetched say how they are developed. */
const pubspecYaml: PackageListFormat = {
  id: "dart/pubspecyaml",
  names: ["pubspec.yaml"],
  where: "not in pub's cache",
  isAt: (path) => !/(?:^|\/)(?:\.pub-cache|pub-cache|\.dart_tool)\//.test(path),
  lockedBy: { names: ["pubspec.lock"], isAbove: true },
  read: readPubspec,
};

function readPubspec({ path, bytes }: ListFile): PackageList {
  const manifest = readYamlObject(bytes);
  const asked = (member: string, scope: NonNullable<StatedPackage["scope"]>): readonly StatedPackage[] =>
    Object.entries(objectMember(manifest, member)).flatMap(([name, form]) => askedPackage(name, form, scope));
  const packages = [...asked("dependencies", "production"), ...asked("dev_dependencies", "development")];
  const project: StatedPackage = {
    name: textMember(manifest, "name") ?? projectNameOf(path),
    ...optional("version", textMember(manifest, "version")),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

/** A range, nothing for any version, or where the package comes from. */
function askedPackage(name: string, form: Value, scope: NonNullable<StatedPackage["scope"]>): readonly StatedPackage[] {
  // What comes with Flutter's SDK is of no registry.
  if (memberOf(form, "sdk") !== undefined) return [];
  if (memberOf(form, "path") !== undefined) return [{ name, scope }];
  const git = memberOf(form, "git");
  if (git !== undefined) {
    const address = typeof git === "string" ? git : textMember(git, "url");
    const origin = address === undefined ? {} : { vcs_url: toVcsUrl(address, textMember(git, "ref")) };
    return [{ name, identity: { type: "pub", name, qualifiers: origin }, scope }];
  }
  const range = (typeof form === "string" ? form : textMember(form, "version")) ?? "any";
  const isExact = /^\d+\.\d+\.\d+[-+.0-9A-Za-z]*$/.test(range);
  const hosted = memberOf(form, "hosted");
  const url = typeof hosted === "string" ? hosted : textMember(hosted, "url");
  return [
    {
      name,
      ...(isExact ? { version: range } : { requirement: range }),
      identity: pubIdentity(name, "hosted", url === undefined ? undefined : { url }),
      scope,
    },
  ];
}

/** Formats of pub. */
export const DART_FORMATS: readonly PackageListFormat[] = [pubspecLock, pubspecYaml];

/** Dart packages as pub locks them. */
export const dartCataloger = createListCataloger({
  id: "dart",
  ecosystem: "pub",
  note: "Reads pubspec.lock: versions, the hash of the archive, git sources, other registries, what the project needs itself, and what of it is for development only. What the file calls transitive may be needed for development only: it does not say. Also reads pubspec.yaml where there is no lock file (of a range no version is made). Does not list what comes with the SDK of Flutter.",
  formats: DART_FORMATS,
});
