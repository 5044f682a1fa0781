import {
  type ListFile,
  type PackageList,
  type PackageListFormat,
  readListLines,
  type StatedPackage,
  toVcsUrl,
} from "../package-list.ts";
import { joinCalls, listedTexts } from "../source-text.ts";

/** Gemfile and gems.rb of Bundler: the lines of this program that ask for a gem by plain texts. */
export const gemfile: PackageListFormat = {
  id: "ruby/gemfile",
  names: ["Gemfile", "gems.rb"],
  // Gems bring the Gemfile with which they are developed.
  where: "not in `gems/NAME`",
  isAt: (path) => !/(?:^|\/)gems\/[^/]+\/(?:[^/]+\/)*[^/]+$/.test(path),
  lockedBy: { names: ["Gemfile.lock", "gems.locked"] },
  read: readGemfile,
};

type Scope = NonNullable<StatedPackage["scope"]>;

function readGemfile({ bytes }: ListFile): PackageList {
  const packages: StatedPackage[] = [];
  // Blocks that are open, the innermost last: `group :test do … end` says how the gems in it are needed.
  const blocks: (Scope | undefined)[] = [];
  for (const line of joinCalls(readListLines(bytes).map((each) => withoutComment(each.trim().slice(0, 3_000))))) {
    const text = line.slice(0, 3_000);
    const [, name, rest = ""] = /^gem[\s(]\s{0,20}["']([^"']{1,200})["'](.*)$/.exec(text) ?? [];
    if (name !== undefined) {
      const stated = askedGem(name, rest, blocks.findLast((scope) => scope !== undefined) ?? "production");
      packages.push(stated);
    } else if (/\bdo\s*(?:\|[^|]{0,100}\|)?$/.test(text)) {
      blocks.push(/^group\b/.test(text) ? scopeOfGroups(text) : undefined);
    } else if (/^(?:if|unless|case|begin|def|while|until)\b/.test(text) && !/\bend$/.test(text)) blocks.push(undefined);
    else if (/^end\b/.test(text)) blocks.pop();
  }
  return { packages, notes: ["it is a program: only gems that it names as plain texts are listed"] };
}

function withoutComment(text: string): string {
  if (text.startsWith("#")) return "";
  const comment = text.search(/\s#\s?[^{]/);
  return comment === -1 ? text : text.slice(0, comment).trimEnd();
}

/** Groups of which all are of development or tests. */
function scopeOfGroups(text: string): Scope {
  const groups = [...text.matchAll(/:(\w{1,100})\b(?!\s{0,5}=>)/g)].map(([, name = ""]) => name);
  return groups.length > 0 && groups.every((name) => /^(?:dev|test|doc|lint|ci|rubocop|spec)/i.test(name))
    ? "development"
    : "production";
}

function askedGem(name: string, rest: string, scope: Scope): StatedPackage {
  const options = [...rest.matchAll(/(?::(\w{1,40})\s{0,5}=>|\b(\w{1,40}):)\s{0,5}["']([^"']{1,1000})["']/g)];
  const option = (key: string): string | undefined => options.find(([, old, stated]) => (old ?? stated) === key)?.[3];
  const groups = /(?::groups?\s{0,5}=>|\bgroups?:)\s{0,5}(\[[^\]]{0,500}\]|:\w{1,100})/.exec(rest)?.[1];
  const needed = groups === undefined ? scope : scopeOfGroups(groups);
  if (option("path") !== undefined) return { name, scope: needed };
  const hosted = option("github");
  const address =
    option("git") ??
    (hosted === undefined ? undefined : `https://github.com/${hosted.includes("/") ? hosted : `${hosted}/${hosted}`}`);
  if (address !== undefined) {
    const commit = option("ref") ?? option("tag") ?? option("branch");
    return { name, identity: { type: "gem", name, qualifiers: { vcs_url: toVcsUrl(address, commit) } }, scope: needed };
  }
  const ranges = listedTexts(rest);
  const [only = ""] = ranges;
  const exact = ranges.length === 1 ? /^=?\s*(\d[0-9A-Za-z.]*)$/.exec(only)?.[1] : undefined;
  return {
    name,
    ...(exact === undefined ? { requirement: ranges.join(", ") } : { version: exact }),
    identity: { type: "gem", name },
    scope: needed,
  };
}
