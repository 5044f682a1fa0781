import { folderOf } from "../cataloger.ts";
import { join } from "../npm/lock-file.ts";
import {
  type ListFile,
  type PackageList,
  type PackageListFormat,
  readListLines,
  readPrefixedHash,
  type StatedPackage,
} from "../package-list.ts";
import { normaliseName, originOfAddress, parseRequirement, pythonIdentity, toStatedPackage } from "./requirement.ts";

/** requirements.txt of pip, with the files that it names. */
export const requirementsText: PackageListFormat = {
  id: "python/requirements",
  endings: [".txt"],
  where: "with `requirements` in the name, or in a folder `requirements`",
  isAt: (path) => /requirements[^/]*$/i.test(path) || /(?:^|\/)requirements\/[^/]+$/.test(path),
  read: readRequirements,
};

/** requirements.in of pip-tools: what requirements.txt is made of. */
export const requirementsIn: PackageListFormat = {
  id: "python/requirementsin",
  endings: [".in"],
  where: "with `requirements` in the name, or in a folder `requirements`",
  isAt: (path) => /requirements[^/]*\.in$/i.test(path) || /(?:^|\/)requirements\/[^/]+$/.test(path),
  read: (file) => (file.files.has(file.path.replace(/in$/, "txt")) ? { packages: [] } : readRequirements(file)),
};

/** Files that one file leads to; more are a mistake or an attack. */
const MOST_FILES = 100;

interface Reading {
  readonly file: ListFile;
  readonly packages: StatedPackage[];
  /** By normalised name. */
  readonly constraints: Map<string, string>;
  readonly notes: Set<string>;
  readonly problems: string[];
  readonly seen: Set<string>;
}

function readRequirements(file: ListFile): PackageList {
  const reading: Reading = {
    file,
    packages: [],
    constraints: new Map(),
    notes: new Set(),
    problems: [],
    seen: new Set([file.path]),
  };
  readFile(file.path, file.bytes, false, reading);
  return {
    packages: reading.packages.map((stated) => withConstraint(stated, reading.constraints)),
    notes: [...reading.notes],
    problems: reading.problems,
  };
}

function readFile(path: string, bytes: Uint8Array, isConstraints: boolean, reading: Reading): void {
  for (const line of logicalLines(readListLines(bytes))) {
    const { requirement, options } = splitOptions(line);
    if (requirement.startsWith("-")) readOption(path, requirement, isConstraints, reading);
    else if (requirement !== "") readRequirement(requirement, options, isConstraints, reading);
  }
}

/** Lines with their continuations joined and their comments removed. */
function logicalLines(lines: readonly string[]): readonly string[] {
  const logical: string[] = [];
  let parts: string[] = [];
  for (const line of lines) {
    const isComment = line.trimStart().startsWith("#");
    if (line.endsWith("\\") && !isComment) {
      parts.push(line.slice(0, -1));
      continue;
    }
    parts.push(line);
    logical.push(withoutComment(parts.join("")).trim());
    parts = [];
  }
  if (parts.length > 0) logical.push(withoutComment(parts.join("")).trim());
  return logical;
}

/** A comment begins with `#` at the start or behind white space: `#egg=name` in an address is none. */
function withoutComment(line: string): string {
  for (let at = line.indexOf("#"); at !== -1; at = line.indexOf("#", at + 1)) {
    const before = line[at - 1];
    if (before === undefined || before === " " || before === "\t") return line.slice(0, at);
  }
  return line;
}

/** Options of one requirement (`--hash=…`) stand behind it. */
function splitOptions(line: string): { readonly requirement: string; readonly options: string } {
  if (line.startsWith("-")) return { requirement: line, options: "" };
  const at = ["--hash", "--global-option", "--config-settings", "--install-option", " -C"]
    .map((option) => line.indexOf(option))
    .filter((index) => index > 0);
  const first = Math.min(line.length, ...at);
  return { requirement: line.slice(0, first).trim(), options: line.slice(first) };
}

function readRequirement(text: string, options: string, isConstraints: boolean, reading: Reading): void {
  const requirement = parseRequirement(text);
  if (requirement === undefined) {
    readAddress(text, isConstraints, reading);
    return;
  }
  if (isConstraints) {
    reading.constraints.set(normaliseName(requirement.name), requirement.specifier);
    return;
  }
  const hashes = [...options.matchAll(/--hash[= ]([a-z0-9]{1,20}:[0-9a-fA-F]{1,200})/g)].map(([, hash]) => hash);
  const [only] = hashes;
  reading.packages.push({
    ...toStatedPackage(requirement),
    // Several are of the wheels for several systems, and nothing says which one is installed.
    hashes: hashes.length === 1 ? readPrefixedHash(only) : [],
  });
}

/** A line that is an address or a path, with or without `#egg=name`. */
function readAddress(text: string, isConstraints: boolean, reading: Reading): void {
  const name = /[#&]egg=([A-Za-z0-9._-]{1,200})/.exec(text)?.[1];
  const origin = originOfAddress(text);
  if (name !== undefined && !isConstraints) {
    reading.packages.push({
      name,
      ...(origin === undefined ? {} : { identity: pythonIdentity(name, origin) }),
      keys: [normaliseName(name)],
    });
  } else if (text.includes("${")) {
    reading.notes.add("some lines hold variables of the environment, which are known only where it is installed");
  } else if (origin !== undefined || /^\.{0,2}\/|^\.{1,2}(?:$|\[)|^[^\s]+\.(?:whl|zip|tar\.gz)$/.test(text)) {
    reading.notes.add("some packages are named by their address or path alone");
  } else if (reading.problems.length === 0) {
    reading.problems.push(`${JSON.stringify(text.slice(0, 60))} is not a requirement`);
  }
}

const OPTION = /^(?:-r|--requirement|-c|--constraint|-e|--editable)(?:[= ]|(?=[^-= ]))/;

function readOption(path: string, line: string, isConstraints: boolean, reading: Reading): void {
  const option = OPTION.exec(line)?.[0];
  if (option === undefined) return;
  const value = line.slice(option.length).trim();
  if (option.startsWith("-e") || option.startsWith("--e")) {
    const requirement = parseRequirement(value);
    if (requirement?.address === undefined) readAddress(value, isConstraints, reading);
    else reading.packages.push(toStatedPackage(requirement));
    return;
  }
  const target = join(folderOf(path), value);
  if (reading.seen.has(target)) return;
  reading.seen.add(target);
  const bytes = reading.file.files.get(target);
  if (bytes === undefined || reading.seen.size > MOST_FILES) {
    reading.notes.add(`it names the file ${value.slice(0, 100)}, which was not read`);
    return;
  }
  readFile(target, bytes, isConstraints || option.startsWith("-c") || option.startsWith("--c"), reading);
}

/** A constraint says the version where the requirement leaves it open. */
function withConstraint(stated: StatedPackage, constraints: ReadonlyMap<string, string>): StatedPackage {
  const specifier = constraints.get(normaliseName(stated.name));
  if (specifier === undefined || stated.version !== undefined || stated.requirement === undefined) return stated;
  const { requirement, ...rest } = stated;
  const constrained = toStatedPackage({ name: stated.name, specifier });
  return constrained.version === undefined
    ? { ...stated, requirement: requirement === "" ? specifier : `${requirement},${specifier}` }
    : { ...rest, version: constrained.version };
}
