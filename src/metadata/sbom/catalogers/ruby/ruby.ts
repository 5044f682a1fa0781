import { readAllLicenses } from "../../licenses.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readHexHash,
  readListLines,
  type StatedPackage,
  toVcsUrl,
} from "../package-list.ts";
import { gemfile } from "./gemfile.ts";

/** Gemfile.lock and gems.locked of Bundler. */
const gemfileLock: PackageListFormat = {
  id: "ruby/gemfilelock",
  names: ["Gemfile.lock", "gems.locked"],
  read: readGemfileLock,
};

const SOURCES = new Set(["GEM", "GIT", "PATH", "PLUGIN SOURCE"]);
const SECTIONS = new Set([...SOURCES, "PLATFORMS", "DEPENDENCIES", "RUBY VERSION", "BUNDLED WITH", "CHECKSUMS"]);

interface GemEntry {
  readonly name: string;
  readonly version: string;
  readonly platform: string | undefined;
  readonly source: GemSource;
  readonly needs: string[];
}

interface GemSource {
  readonly section: string;
  remote: string;
  revision?: string;
}

interface GemLock {
  readonly entries: GemEntry[];
  readonly asked: string[];
  /** By `name version-platform`. */
  readonly checksums: Map<string, string>;
  readonly problems: string[];
}

function readGemfileLock({ path, bytes }: ListFile): PackageList {
  const lock: GemLock = { entries: [], asked: [], checksums: new Map(), problems: [] };
  let source: GemSource = { section: "", remote: "" };
  for (const [index, line] of readListLines(bytes).entries()) {
    if (line === "") continue;
    if (!line.startsWith(" ")) {
      source = { section: line.trimEnd(), remote: "" };
      if (!SECTIONS.has(source.section) && lock.problems.length === 0) {
        lock.problems.push(`line ${index + 1} is not a section that amap knows`);
      }
    } else readLine(line, source, lock, index);
  }
  const project: StatedPackage = { name: projectNameOf(path), keys: [], needs: lock.asked, isProject: true };
  const packages = lock.entries.map((entry) => toGem(entry, lock.checksums));
  return { packages: [...(lock.asked.length === 0 ? [] : [project]), ...packages], problems: lock.problems };
}

function readLine(line: string, source: GemSource, lock: GemLock, index: number): void {
  const text = line.trim();
  const indentation = line.length - line.trimStart().length;
  if (source.section === "DEPENDENCIES") {
    lock.asked.push(nameOf(text.endsWith("!") ? text.slice(0, -1) : text));
  } else if (source.section === "CHECKSUMS") {
    const hash = / sha256=([0-9a-f]+)/.exec(text)?.[1];
    const { name, inBrackets } = splitEntry(text);
    if (hash !== undefined) lock.checksums.set(`${name} ${inBrackets}`, hash);
  } else if (!SOURCES.has(source.section)) {
    return;
  } else if (indentation === 2) {
    if (text.startsWith("remote: ")) source.remote ||= text.slice("remote: ".length);
    else if (text.startsWith("revision: ")) source.revision = text.slice("revision: ".length);
  } else if (indentation === 4) {
    const entry = readEntry(text, source);
    if (entry !== undefined) lock.entries.push(entry);
    else if (lock.problems.length === 0) lock.problems.push(`line ${index + 1} does not name a gem with its version`);
  } else {
    lock.entries.at(-1)?.needs.push(nameOf(text));
  }
}

function nameOf(text: string): string {
  return text.split(" ", 1)[0] ?? "";
}

/** `name (inside)`. */
function splitEntry(text: string): { readonly name: string; readonly inBrackets: string } {
  const open = text.indexOf(" (");
  const close = text.indexOf(")", open);
  return open === -1 || close === -1
    ? { name: nameOf(text), inBrackets: "" }
    : { name: text.slice(0, open), inBrackets: text.slice(open + 2, close) };
}

/** A gem for one platform has it behind its version: `1.13.3-x86_64-linux`. */
function readEntry(text: string, source: GemSource): GemEntry | undefined {
  const { name, inBrackets } = splitEntry(text);
  const dash = inBrackets.indexOf("-");
  const version = dash === -1 ? inBrackets : inBrackets.slice(0, dash);
  if (name === "" || version === "") return undefined;
  return { name, version, platform: dash === -1 ? undefined : inBrackets.slice(dash + 1), source, needs: [] };
}

function toGem({ name, version, platform, source, needs }: GemEntry, checksums: GemLock["checksums"]): StatedPackage {
  const hash = checksums.get(`${name} ${version}${platform === undefined ? "" : `-${platform}`}`);
  return {
    name,
    version,
    ...(source.section === "PATH" ? {} : { identity: gemIdentity(name, platform, source) }),
    hashes: readHexHash("sha256", hash),
    needs,
  };
}

function gemIdentity(name: string, platform: string | undefined, source: GemSource): PackageIdentity {
  const isGit = source.section === "GIT" || source.revision !== undefined;
  const isElsewhere = !isGit && source.remote !== "" && !/^https?:\/\/rubygems\.org\/?$/.test(source.remote);
  return {
    type: "gem",
    name,
    qualifiers: {
      ...(platform === undefined ? {} : { platform }),
      ...(isGit ? { vcs_url: toVcsUrl(source.remote, source.revision) } : {}),
      ...(isElsewhere ? { repository_url: source.remote } : {}),
    },
  };
}

/** *.gemspec of a gem that is developed here; those of installed gems lie below `specifications`. */
const gemspec: PackageListFormat = {
  id: "ruby/gemspec",
  endings: [".gemspec"],
  where: "not in `specifications`",
  isAt: (path) => !/(?:^|\/)specifications\//.test(path),
  read: readGemspec,
};

const TEXT = /["']([^"'#]{1,300})["']/g;
const ADDED = /\.add_(?:(runtime|development)_)?dependency[\s(]/;

function readGemspec({ bytes }: ListFile): PackageList {
  const fields = new Map<string, readonly string[]>();
  const packages: StatedPackage[] = [];
  for (const line of readListLines(bytes)) {
    const text = line.trim().slice(0, 2_000);
    if (text.startsWith("#")) continue;
    const field = /^[a-z_]{1,40}\.(name|version|licenses?)\s*=/.exec(text);
    const added = ADDED.exec(text);
    if (field?.[1] !== undefined) fields.set(field[1], textsIn(text.slice(field[0].length)));
    if (added !== null) packages.push(...askedGem(textsIn(text.slice(added.index)), added[1] === "development"));
  }
  const [name] = fields.get("name") ?? [];
  const [version] = fields.get("version") ?? [];
  const notes =
    packages.length === 0 && name === undefined ? ["it is a program that states nothing as plain texts"] : [];
  if (name === undefined) return { packages, notes };
  const project: StatedPackage = {
    name,
    ...optional("version", version),
    licenses: readAllLicenses([...(fields.get("license") ?? []), ...(fields.get("licenses") ?? [])]),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages], notes };
}

function textsIn(text: string): readonly string[] {
  return [...text.matchAll(TEXT)].map(([, inner]) => inner ?? "");
}

function askedGem([name, ...ranges]: readonly string[], isDevelopment: boolean): readonly StatedPackage[] {
  if (name === undefined) return [];
  const [only = ""] = ranges;
  const exact = ranges.length === 1 ? /^=?\s*(\d[0-9A-Za-z.]*)$/.exec(only)?.[1] : undefined;
  return [
    {
      name,
      ...(exact === undefined ? { requirement: ranges.join(", ") } : { version: exact }),
      identity: { type: "gem", name },
      scope: isDevelopment ? "development" : "production",
    },
  ];
}

/** Formats of Bundler and RubyGems. */
export const RUBY_FORMATS: readonly PackageListFormat[] = [gemfileLock, gemfile, gemspec];

/** Ruby gems as Bundler locks them and gemspecs ask for them. */
export const rubyCataloger = createListCataloger({
  id: "ruby",
  ecosystem: "gem",
  note: "Reads Gemfile.lock and gems.locked (gems of servers, git and folders, with platform, dependencies, and SHA-256 where CHECKSUMS has it) and *.gemspec outside of specifications/ (name, version and what it adds, where these are plain texts). A lock file does not say which gems are for development only, so all of them are listed as needed. Also reads Gemfile and gems.rb where there is no lock file: gems that they name as plain texts, with their groups. Does not run a gemspec or a Gemfile.",
  formats: RUBY_FORMATS,
});
