import { createListCataloger } from "../list-cataloger.ts";
import {
  invalidFile,
  type ListFile,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  readJsonObject,
  readListLines,
  readListText,
  type StatedPackage,
  textMember,
  textsMember,
} from "../package-list.ts";
import { C_COMMENTS, withoutComments } from "../source-text.ts";
import { readStatedLicenses } from "../stated-licenses.ts";

type Scope = NonNullable<StatedPackage["scope"]>;

/** cpanfile.snapshot of Carton. */
const cartonSnapshot: PackageListFormat = {
  id: "perl/cartonlock",
  names: ["cpanfile.snapshot"],
  read: readSnapshot,
};

interface Distribution {
  readonly name: string;
  readonly version: string;
  author?: string;
  readonly provides: string[];
  readonly needs: string[];
}

/** A distribution's name and version stand in one word; the version begins with the last hyphen before a number. */
const DISTRIBUTION = /^(.{1,200})-(v?\d[\w.]{0,100}(?:-TRIAL)?)$/;

function readSnapshot({ bytes }: ListFile): PackageList {
  const [first = "", ...lines] = readListLines(bytes);
  if (!first.startsWith("# carton snapshot format"))
    throw invalidFile("expected a snapshot of Carton, found another file");
  const { found, problems } = readDistributions(lines);
  return {
    packages: found.map(({ name, version, author, provides, needs }) => ({
      name,
      version,
      identity: cpanIdentity(name, author),
      keys: provides,
      needs,
    })),
    problems,
  };
}

/** Each level of the snapshot has an indentation of its own: distributions, their fields, and the lists in these. */
function readDistributions(lines: readonly string[]): {
  readonly found: readonly Distribution[];
  readonly problems: readonly string[];
} {
  const found: Distribution[] = [];
  const problems: string[] = [];
  let list: string[] | undefined;
  for (const [index, line] of lines.entries()) {
    const text = line.trim();
    const indentation = line.length - line.trimStart().length;
    if (text === "" || text.startsWith("#") || indentation === 0) continue;
    if (indentation === 2) {
      const [, name, version] = DISTRIBUTION.exec(text) ?? [];
      list = undefined;
      if (name !== undefined && version !== undefined) found.push({ name, version, provides: [], needs: [] });
      else if (problems.length === 0) problems.push(`line ${index + 2} does not name a distribution with its version`);
    } else if (indentation === 4) list = readField(text, found.at(-1));
    else list?.push(text.split(/\s/, 1)[0] ?? "");
  }
  return { found, problems };
}

/** Takes the author from `pathname: A/AU/AUTHOR/…`; of a list, gives what it fills. */
function readField(text: string, distribution: Distribution | undefined): string[] | undefined {
  const author = /^pathname: [^/]+\/[^/]+\/([^/]+)\//.exec(text)?.[1];
  if (distribution === undefined) return undefined;
  if (author !== undefined) distribution.author = author;
  if (text === "provides:") return distribution.provides;
  return text === "requirements:" ? distribution.needs : undefined;
}

function cpanIdentity(name: string, author: string | undefined): PackageIdentity {
  return { type: "cpan", ...(author === undefined ? {} : { namespace: author.toUpperCase() }), name };
}

/** META.json and MYMETA.json of distributions that cpan and cpanm fetched or installed. */
const cpanMeta: PackageListFormat = {
  id: "perl/cpan",
  names: ["META.json", "MYMETA.json"],
  where: "in `.cpan`, `.cpanm` or `.meta`",
  isAt: (path) => /(?:^|\/)\.(?:cpanm?|cpanplus|meta)\//.test(path),
  read: ({ bytes }) => {
    const meta = readJsonObject(bytes);
    const name = textMember(meta, "name");
    const version = textMember(meta, "version");
    if (name === undefined || version === undefined) return { packages: [] };
    const licenses = textsMember(meta, "license").flatMap((word) => LICENSES.get(word) ?? []);
    return {
      packages: [{ name, version, identity: cpanIdentity(name, undefined), licenses: readStatedLicenses(licenses) }],
    };
  },
};

/** Words of CPAN::Meta::Spec that mean one licence. */
const LICENSES = new Map([
  ["perl_5", "Artistic-1.0-Perl OR GPL-1.0-or-later"],
  ["apache_2_0", "Apache-2.0"],
  ["artistic_2", "Artistic-2.0"],
  ["mit", "MIT"],
  ["bsd", "BSD-3-Clause"],
  ["freebsd", "BSD-2-Clause"],
  ["gpl_2", "GPL-2.0-only"],
  ["gpl_3", "GPL-3.0-only"],
  ["lgpl_2_1", "LGPL-2.1-only"],
  ["lgpl_3_0", "LGPL-3.0-only"],
  ["agpl_3", "AGPL-3.0-only"],
  ["zlib", "Zlib"],
]);

/** cpanfile: the calls of this program that ask for modules by plain texts. */
const cpanfile: PackageListFormat = {
  id: "perl/cpanfile",
  names: ["cpanfile"],
  lockedBy: { names: ["cpanfile.snapshot"] },
  read: readCpanfile,
};

const CALL =
  /(?:^|[\s;{])(?:(requires|recommends|suggests|configure_requires|build_requires|test_requires|author_requires)[\s(]\s{0,20}["']?([A-Za-z_][\w:]{0,200})["']?(?:\s{0,20}(?:,|=>)\s{0,20}(?:"([^"\n]{0,200})"|'([^'\n]{0,200})'|([\dv][\w.]{0,60})))?|(on)[\s(]\s{0,20}["']?(\w{1,40})["']?\s{0,20}(?:=>|,)\s{0,20}sub\s{0,20}\{|(\}))/g;

function readCpanfile({ bytes }: ListFile): PackageList {
  const packages: StatedPackage[] = [];
  const text = withoutComments(readListText(bytes), { ...C_COMMENTS, line: "#", block: ["\n=pod", "\n=cut"] });
  let phase = "runtime";
  for (const [, call, module = "", double, single, bare, on, name = "", close] of text.matchAll(CALL)) {
    if (on !== undefined) phase = name;
    else if (close !== undefined) phase = "runtime";
    else if (call !== undefined && module !== "perl") {
      packages.push(askedModule(module, (double ?? single ?? bare ?? "").trim(), scopeOf(call, phase)));
    }
  }
  return { packages, notes: ["it is a program: only modules that it names as plain texts are listed"] };
}

function scopeOf(call: string, phase: string): Scope {
  if (/^(?:configure|build|test|author)_/.test(call) || phase !== "runtime") return "development";
  return call === "requires" ? "production" : "optional";
}

/** A version alone is the least one; `== 1.0` is exact. */
function askedModule(name: string, range: string, scope: Scope): StatedPackage {
  const version = /^==\s*(v?\d\S*)$/.exec(range)?.[1];
  return {
    name,
    ...(version === undefined ? { requirement: range === "0" ? "" : range } : { version }),
    identity: { type: "cpan", name },
    scope,
  };
}

/** Formats of Carton and CPAN's clients. */
export const PERL_FORMATS: readonly PackageListFormat[] = [cartonSnapshot, cpanMeta, cpanfile];

/** Perl distributions and modules. */
export const perlCataloger = createListCataloger({
  id: "perl",
  ecosystem: "cpan",
  note: "Reads cpanfile.snapshot of Carton (distributions with author and dependencies), META.json and MYMETA.json of what cpan and cpanm installed (name, version, licence), and cpanfile where there is no snapshot: modules that it names as plain texts. Modules that were installed by other means (.packlist) are not listed. Does not run a cpanfile.",
  formats: PERL_FORMATS,
});
