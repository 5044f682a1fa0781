import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  invalidFile,
  type ListFile,
  listMember,
  objectMember,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readJsonObject,
  readListLines,
  readYamlObject,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
} from "../package-list.ts";
import { cartfile, mintfile, packageSwift, podfile } from "./manifests.ts";
import { placeOf, swiftIdentity } from "./places.ts";

/** Package.resolved of Swift's package manager, version 1 to 3. */
const packageResolved: PackageListFormat = {
  id: "swift/packageresolved",
  names: ["Package.resolved", ".package.resolved"],
  read: readPackageResolved,
};

function readPackageResolved({ bytes }: ListFile): PackageList {
  const resolved = readJsonObject(bytes);
  const version = memberOf(resolved, "version");
  if (version !== undefined && version !== 1 && version !== 2 && version !== 3) {
    throw invalidFile("version is not one that amap knows (1, 2, 3)");
  }
  const pins = version === 1 ? listMember(objectMember(resolved, "object"), "pins") : listMember(resolved, "pins");
  return { packages: pins.flatMap((pin) => pinnedPackage(pin)) };
}

function pinnedPackage(pin: Value): readonly StatedPackage[] {
  const address = textMember(pin, "location") ?? textMember(pin, "repositoryURL");
  const identity = textMember(pin, "identity") ?? textMember(pin, "package");
  const state = memberOf(pin, "state");
  const version = textMember(state, "version");
  const revision = textMember(state, "revision");
  const place = address === undefined ? undefined : placeOf(address);
  const name = place ?? identity;
  if (name === undefined) return [];
  const isLocal = address?.startsWith("/") === true || (address !== undefined && place === undefined);
  const origin = version === undefined && address !== undefined ? { vcs_url: toVcsUrl(address, revision) } : undefined;
  return [{ name, ...(version === undefined ? {} : { version }), ...(isLocal ? {} : swiftIdentity(name, origin)) }];
}

/** Podfile.lock of CocoaPods. */
const podfileLock: PackageListFormat = {
  id: "swift/podfilelock",
  names: ["Podfile.lock"],
  read: readPodfileLock,
};

function readPodfileLock({ path, bytes }: ListFile): PackageList {
  const lock = readYamlObject(bytes);
  if (lock === undefined || memberOf(lock, "PODS") === undefined)
    throw invalidFile("expected the list PODS, found none");
  const sources = objectMember(lock, "EXTERNAL SOURCES");
  const checkouts = objectMember(lock, "CHECKOUT OPTIONS");
  const problems: string[] = [];
  const packages: StatedPackage[] = [];
  for (const pod of listMember(lock, "PODS")) {
    const stated = readPod(pod, sources, checkouts);
    if (stated !== undefined) packages.push(stated);
    else if (problems.length === 0) problems.push("an item of PODS is not a name with its version");
  }
  const asked = textsMember(lock, "DEPENDENCIES").map((text) => text.split(" ", 1)[0] ?? "");
  const project: StatedPackage = { name: projectNameOf(path), keys: [], needs: asked, isProject: true };
  return { packages: [...(asked.length === 0 ? [] : [project]), ...packages], problems };
}

/** `Name (1.0)`, or an object of that and what it needs. */
function readPod(pod: Value, sources: Value, checkouts: Value): StatedPackage | undefined {
  const [text = "", needs] =
    typeof pod === "string" ? [pod, []] : (Object.entries(isValueObject(pod) ? pod : {})[0] ?? []);
  const open = text.indexOf(" (");
  const name = text.slice(0, Math.max(0, open));
  const version = text.endsWith(")") ? text.slice(open + 2, -1) : "";
  if (name === "" || version === "") return undefined;
  const identity = podIdentity(name, sources, checkouts);
  return {
    name,
    version,
    ...(identity === undefined ? {} : { identity }),
    needs: (Array.isArray(needs) ? needs : []).flatMap((need: Value) =>
      typeof need === "string" ? [need.split(" ", 1)[0] ?? ""] : [],
    ),
  };
}

/** A part of a pod (`Pod/Part`) is a subpath of its package URL. */
function podIdentity(name: string, sources: Value, checkouts: Value): PackageIdentity | undefined {
  const slash = name.indexOf("/");
  const pod = slash === -1 ? name : name.slice(0, slash);
  const source = memberOf(sources, pod);
  if (textMember(source, ":path") !== undefined) return undefined;
  const checkout = memberOf(checkouts, pod);
  const repository = textMember(checkout, ":git") ?? textMember(source, ":git");
  const commit = textMember(checkout, ":commit") ?? textMember(source, ":commit") ?? textMember(source, ":tag");
  return {
    type: "cocoapods",
    name: pod,
    ...(repository === undefined ? {} : { qualifiers: { vcs_url: toVcsUrl(repository, commit) } }),
    ...(slash === -1 ? {} : { subpath: name.slice(slash + 1) }),
  };
}

/** Cartfile.resolved of Carthage: `github "owner/repository" "version"`. */
const cartfileResolved: PackageListFormat = {
  id: "swift/carthagecartfileresolved",
  names: ["Cartfile.resolved"],
  read: ({ bytes }) => {
    const problems: string[] = [];
    const packages = readListLines(bytes).flatMap((line, index): readonly StatedPackage[] => {
      const text = line.trim();
      if (text === "" || text.startsWith("#")) return [];
      const [, kind, place, version] = /^(github|git|binary) "([^"]{1,1000})" "([^"]{1,200})"$/.exec(text) ?? [];
      if (kind !== undefined && place !== undefined && version !== undefined)
        return [carthagePackage(kind, place, version)];
      if (problems.length === 0) problems.push(`line ${index + 1} is not a source, a place and a version`);
      return [];
    });
    return { packages, problems };
  },
};

function carthagePackage(kind: string, place: string, version: string): StatedPackage {
  const slash = place.indexOf("/");
  const isGitHub = kind === "github" && slash > 0 && !place.includes("://");
  return {
    name: place,
    version,
    ...(isGitHub
      ? { identity: { type: "github", namespace: place.slice(0, slash), name: place.slice(slash + 1) } }
      : {}),
  };
}

/** Formats of Swift's package manager, CocoaPods and Carthage. */
export const SWIFT_FORMATS: readonly PackageListFormat[] = [
  packageResolved,
  podfileLock,
  cartfileResolved,
  packageSwift,
  podfile,
  cartfile,
  mintfile,
];

/** Swift and Objective-C packages. */
export const swiftCataloger = createListCataloger({
  id: "swift",
  ecosystem: "swift",
  note: "Reads Package.resolved (version 1, 2, 3; named by their repository), Podfile.lock (pkg:cocoapods, parts of pods as subpath, dependencies) and Cartfile.resolved. Checksums of a Podfile.lock are of pods' descriptions and are not taken. Also reads Package.swift and Podfile as far as they are plain texts, Cartfile and Mintfile, each where there is no lock file of it. Does not run them.",
  formats: SWIFT_FORMATS,
});
