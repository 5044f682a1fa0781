import {
  type ListFile,
  type PackageList,
  type PackageListFormat,
  readListLines,
  readListText,
  type StatedPackage,
  toVcsUrl,
} from "../package-list.ts";
import { C_COMMENTS, joinCalls, listedTexts, withoutComments } from "../source-text.ts";
import { placeOf, swiftIdentity } from "./places.ts";

/** Package.swift: what this program holds as plain texts. */
export const packageSwift: PackageListFormat = {
  id: "swift/packageswift",
  names: ["Package.swift"],
  lockedBy: { names: ["Package.resolved", ".package.resolved"], isAbove: true },
  read: readPackageSwift,
};

/** The arguments of one call are shorter. */
const MOST_ARGUMENTS = 2_000;
const NAME = /\bPackage\s{0,10}\(\s{0,200}name\s{0,10}:\s{0,10}"([^"\n]{1,200})"/;
const VERSION = /^\d+(?:\.\d+){1,2}[-+.0-9A-Za-z]*$/;

function readPackageSwift({ bytes }: ListFile): PackageList {
  const text = withoutComments(readListText(bytes), C_COMMENTS);
  const packages: StatedPackage[] = [];
  let open = 0;
  for (let at = text.indexOf(".package("); at !== -1; ) {
    const next = text.indexOf(".package(", at + 1);
    // No call stands in another one, so each text is looked at once.
    const call = argumentsAt(text.slice(at + ".package".length, next === -1 ? text.length : next));
    at = next;
    const stated = askedPackage(call);
    if (stated !== undefined) packages.push(stated);
    else if (!/\bpath\s*:/.test(call)) open += 1;
  }
  const notes =
    open === 0 ? [] : [`packages that are not named by plain texts: ${open}; only a run of Swift knows them`];
  const name = NAME.exec(text)?.[1];
  if (name === undefined) return { packages, notes };
  const needs = packages.map((stated) => stated.name);
  return { packages: [{ name, keys: [], needs, isProject: true }, ...packages], notes };
}

/** What stands in the brackets that a text begins with. */
function argumentsAt(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length && at < MOST_ARGUMENTS; at++) {
    if (text[at] === "(") depth += 1;
    else if (text[at] === ")") {
      depth -= 1;
      if (depth === 0) return text.slice(1, at);
    }
  }
  return "";
}

function askedPackage(call: string): StatedPackage | undefined {
  const address = argumentOf(call, "url");
  const id = argumentOf(call, "id");
  const place = address === undefined ? undefined : placeOf(address);
  const name = place ?? id;
  if (name === undefined) return undefined;
  const exact = argumentOf(call, "exact") ?? /\.exact\(\s{0,20}"([^"\n]{1,100})"/.exec(call)?.[1];
  if (exact !== undefined && VERSION.test(exact)) return { name, version: exact, ...swiftIdentity(name) };
  const commit = referenceOf(call, "revision") ?? referenceOf(call, "branch");
  if (commit !== undefined && address !== undefined) {
    return { name, ...swiftIdentity(name, { vcs_url: toVcsUrl(address, commit) }) };
  }
  const from = argumentOf(call, "from");
  const range = /"([^"\n]{1,100})"\s{0,20}(\.\.[.<])\s{0,20}"([^"\n]{1,100})"/.exec(call);
  const requirement = from === undefined ? range?.slice(1).join("") : `from ${from}`;
  return { name, requirement: requirement ?? "", ...swiftIdentity(name) };
}

/** A plain text behind the name of an argument. */
function argumentOf(call: string, name: string): string | undefined {
  for (const [, key, text] of call.matchAll(/\b(\w{1,40})\s{0,20}:\s{0,20}"([^"\n]{1,1000})"/g)) {
    if (key === name) return text;
  }
  return undefined;
}

/** `branch: "main"` of today, `.branch("main")` of the first versions. */
function referenceOf(call: string, name: string): string | undefined {
  const stated = argumentOf(call, name);
  if (stated !== undefined) return stated;
  for (const [, key, text] of call.matchAll(/\.(\w{1,40})\(\s{0,20}"([^"\n]{1,1000})"/g)) if (key === name) return text;
  return undefined;
}

/** Cartfile of Carthage: `github "owner/repository" ~> 1.0`. */
export const cartfile: PackageListFormat = {
  id: "swift/cartfile",
  names: ["Cartfile", "Cartfile.private"],
  lockedBy: { names: ["Cartfile.resolved"] },
  read: ({ bytes }) => {
    const problems: string[] = [];
    const packages = readListLines(bytes).flatMap((line, index): readonly StatedPackage[] => {
      const text = (line.split("#", 1)[0] ?? "").trim();
      if (text === "") return [];
      const [, kind, place, range = ""] = /^(github|git|binary)\s+"([^"]{1,1000})"\s*(.{0,200})$/.exec(text) ?? [];
      if (kind !== undefined && place !== undefined) return [cartfilePackage(kind, place, range)];
      if (problems.length === 0) problems.push(`line ${index + 1} is not a source and a place`);
      return [];
    });
    return { packages, problems };
  },
};

function cartfilePackage(kind: string, place: string, range: string): StatedPackage {
  const slash = place.indexOf("/");
  const isGitHub = kind === "github" && slash > 0 && !place.includes("://");
  const version = /^==\s*(\S+)$/.exec(range)?.[1];
  return {
    name: place,
    ...(version === undefined ? { requirement: range } : { version }),
    ...(isGitHub
      ? { identity: { type: "github", namespace: place.slice(0, slash), name: place.slice(slash + 1) } }
      : {}),
  };
}

/** Mintfile of Mint: `owner/repository@version`, tools that are built from their repositories. */
export const mintfile: PackageListFormat = {
  id: "swift/mintfile",
  names: ["Mintfile"],
  read: ({ bytes }) => ({
    packages: readListLines(bytes).flatMap((line): readonly StatedPackage[] => {
      const [text = ""] = (line.split("#", 1)[0] ?? "").trim().split(/\s/, 1);
      const at = text.lastIndexOf("@");
      const isVersioned = at > text.lastIndexOf("/");
      const source = isVersioned ? text.slice(0, at) : text;
      if (!source.includes("/")) return [];
      const name = placeOf(source.includes(":") ? source : `https://github.com/${source}`) ?? source;
      const version = isVersioned && at + 1 < text.length ? { version: text.slice(at + 1) } : { requirement: "" };
      return [{ name, ...version, ...swiftIdentity(name), scope: "development" }];
    }),
  }),
};

/** Podfile of CocoaPods: the lines of this program that ask for a pod by plain texts. */
export const podfile: PackageListFormat = {
  id: "swift/podfile",
  names: ["Podfile"],
  lockedBy: { names: ["Podfile.lock"] },
  read: ({ bytes }) => ({
    packages: joinCalls(readListLines(bytes)).flatMap((line): readonly StatedPackage[] => {
      const [, name, rest = ""] = /^\s*pod\s*\(?\s*["']([^"']{1,200})["'](.{0,2000})$/.exec(line.slice(0, 3_000)) ?? [];
      return name === undefined ? [] : [askedPod(name, rest)];
    }),
    notes: ["it is a program: only pods that it names as plain texts are listed"],
  }),
};

function askedPod(name: string, rest: string): StatedPackage {
  const slash = name.indexOf("/");
  const subpath = slash === -1 ? {} : { subpath: name.slice(slash + 1) };
  const identity = { type: "cocoapods", name: slash === -1 ? name : name.slice(0, slash), ...subpath };
  const options = [...rest.matchAll(/(\w{1,40})\s{0,5}(?:=>|:)\s{0,5}["']([^"']{1,1000})["']/g)];
  const option = (key: string): string | undefined => options.find(([, stated]) => stated === key)?.[2];
  if (option("path") !== undefined) return { name };
  const repository = option("git");
  if (repository !== undefined) {
    const commit = option("commit") ?? option("tag") ?? option("branch");
    return { name, identity: { ...identity, qualifiers: { vcs_url: toVcsUrl(repository, commit) } } };
  }
  const ranges = listedTexts(rest);
  const version = ranges.length === 1 ? /^=?\s*(\d[0-9A-Za-z.-]*)$/.exec(ranges[0] ?? "")?.[1] : undefined;
  return { name, ...(version === undefined ? { requirement: ranges.join(", ") } : { version }), identity };
}
