import { memberOf, type Value } from "../../../../base/index.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  listMember,
  objectMember,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  readHexHash,
  readListText,
  readTomlObject,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
} from "../package-list.ts";
import { rebarConfig } from "./rebar-config.ts";
import { readTerm, type Term, termItems, termText } from "./term.ts";

/** mix.lock of Elixir's Mix: a map of names to tuples. */
const mixLock: PackageListFormat = {
  id: "elixir/mixlock",
  names: ["mix.lock"],
  read: ({ bytes }) => {
    const text = readListText(bytes);
    if (text.trim() === "") return { packages: [] };
    const { term, problem } = readTerm(text);
    if (term?.kind === "map") return readEntries(term.entries, problem);
    return { packages: [], problems: [problem ?? "expected a map of Elixir, found something else"] };
  },
};

function readEntries(
  entries: readonly (readonly [name: Term, entry: Term])[],
  problem: string | undefined,
): PackageList {
  const packages: StatedPackage[] = [];
  const problems = problem === undefined ? [] : [problem];
  for (const [key, entry] of entries) {
    const stated = mixPackage(termText(key), termItems(entry));
    if (stated !== undefined) packages.push(stated);
    else if (problems.length === 0)
      problems.push(`the entry ${termText(key).slice(0, 100)} has no package with a version`);
  }
  return { packages, problems };
}

/** `{:hex, :name, "version", "inner hash", [:mix], needs, "repository", "outer hash"}` or `{:git, "address", "commit", []}`. */
function mixPackage(key: string, items: readonly Term[]): StatedPackage | undefined {
  const [source, first, second] = items.map(termText);
  if (source === "git" && first) {
    return { name: key, identity: hexIdentity(key, { vcs_url: toVcsUrl(first, second) }) };
  }
  if (source !== "hex" || !first || !second) return undefined;
  const repository = termText(items[6]);
  const isElsewhere = repository !== "" && repository !== "hexpm";
  return {
    name: first,
    version: second,
    identity: hexIdentity(first, isElsewhere ? { repository_url: repository } : {}),
    // The outer one is of the archive (Hex specifications, "package tarball").
    hashes: readHexHash("sha256", termText(items[7])),
    keys: [key],
    needs: termItems(items[5]).map((need) => termText(termItems(need)[0])),
  };
}

function hexIdentity(name: string, qualifiers: Readonly<Record<string, string>>): PackageIdentity {
  // `repository:organisation` is an organisation of Hex: it has a namespace.
  return { type: "hex", name, qualifiers };
}

/** rebar.lock of Erlang's rebar3: `{"1.2.0", [{<<"name">>, {pkg, <<"name">>, <<"version">>}, 0}, …]}.` or the list alone. */
const rebarLock: PackageListFormat = {
  id: "erlang/rebarlock",
  names: ["rebar.lock"],
  read: readRebarLock,
};

function readRebarLock({ bytes }: ListFile): PackageList {
  const { term, problem } = readTerm(readListText(bytes));
  if (term?.kind !== "list" && term?.kind !== "tuple") {
    return { packages: [], problems: [problem ?? "expected a term of Erlang, found something else"] };
  }
  const entries = term.kind === "list" ? term.items : termItems(term.items[1]);
  const packages: StatedPackage[] = [];
  const problems = problem === undefined ? [] : [problem];
  for (const entry of entries) {
    const [name, source] = termItems(entry);
    const stated = rebarPackage(termText(name), termItems(source));
    if (stated !== undefined) packages.push(stated);
    else if (problems.length === 0)
      problems.push(`the entry ${termText(name).slice(0, 100)} has no package with a version`);
  }
  return { packages, problems };
}

function rebarPackage(key: string, items: readonly Term[]): StatedPackage | undefined {
  const [source, first, second] = items.map(termText);
  if (source === "pkg" && first && second) return { name: first, version: second, identity: hexIdentity(first, {}) };
  if (source !== "git" || !first) return undefined;
  const reference = termText(termItems(items[2])[1]);
  return { name: key, identity: hexIdentity(key, { vcs_url: toVcsUrl(first, reference) }) };
}

/** NAME.app in ebin: an application of Erlang or Elixir that is built or installed. */
const otpApplication: PackageListFormat = {
  id: "erlang/otpapplication",
  endings: [".app"],
  where: "in `ebin`",
  isAt: (path) => /(?:^|\/)ebin\/[^/]+$/.test(path),
  read: readApplication,
};

/** `{application, name, [{vsn, "1.0"}, {applications, [kernel, stdlib]}, …]}.` */
function readApplication({ bytes }: ListFile): PackageList {
  const { term, problem } = readTerm(readListText(bytes));
  const [kind, key, options] = termItems(term);
  const name = termText(key);
  if (termText(kind) !== "application" || name === "") {
    return { packages: [], problems: [problem ?? "expected an application of Erlang, found another term"] };
  }
  const field = (wanted: string): Term | undefined =>
    termItems(termItems(options).find((option) => termText(termItems(option)[0]) === wanted))[1];
  const version = termText(field("vsn"));
  return {
    packages: [{ name, ...optional("version", version === "" ? undefined : version), identity: { type: "otp", name } }],
  };
}

/** gleam.toml. */
const gleamToml: PackageListFormat = {
  id: "gleam/gleamtoml",
  names: ["gleam.toml"],
  lockedBy: { names: ["manifest.toml"] },
  read: readGleamToml,
};

function readGleamToml({ bytes }: ListFile): PackageList {
  const manifest = readTomlObject(bytes);
  const packages = [
    ...Object.entries(objectMember(manifest, "dependencies")).flatMap(([name, value]) =>
      gleamPackage(name, value, "production"),
    ),
    ...["dev-dependencies", "dev_dependencies"].flatMap((member) =>
      Object.entries(objectMember(manifest, member)).flatMap(([name, value]) =>
        gleamPackage(name, value, "development"),
      ),
    ),
  ];
  const name = textMember(manifest, "name");
  const project = name === undefined ? [] : [gleamProject(name, textMember(manifest, "version"), packages)];
  return { packages: [...project, ...packages] };
}

function gleamProject(name: string, version: string | undefined, packages: readonly StatedPackage[]): StatedPackage {
  return {
    name,
    ...optional("version", version),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
}

function gleamPackage(
  name: string,
  value: Value,
  scope: NonNullable<StatedPackage["scope"]>,
): readonly StatedPackage[] {
  const range = typeof value === "string" ? value : textMember(value, "version");
  const repository = textMember(value, "git");
  // A folder of the project is no package of Hex.
  if (textMember(value, "path") !== undefined || (range === undefined && repository === undefined)) return [];
  const origin = repository === undefined ? {} : { vcs_url: toVcsUrl(repository, textMember(value, "ref")) };
  return [{ name, ...(range === undefined ? {} : { requirement: range }), identity: hexIdentity(name, origin), scope }];
}

/** manifest.toml, Gleam's lock file. */
const gleamManifest: PackageListFormat = {
  id: "gleam/manifesttoml",
  names: ["manifest.toml"],
  read: ({ bytes }) => {
    const lock = readTomlObject(bytes);
    // Other tools have files of this name: Gleam's has a list of packages with the tools that build them.
    const entries = listMember(lock, "packages");
    return { packages: entries.flatMap((entry) => gleamLocked(entry)) };
  },
};

function gleamLocked(entry: Value): readonly StatedPackage[] {
  const name = textMember(entry, "name");
  const version = textMember(entry, "version");
  const source = textMember(entry, "source");
  if (name === undefined || version === undefined || memberOf(entry, "build_tools") === undefined) return [];
  const repository = textMember(entry, "repo");
  const origin = repository === undefined ? {} : { vcs_url: toVcsUrl(repository, textMember(entry, "commit")) };
  return [
    {
      name,
      version,
      ...(source === "local" ? {} : { identity: hexIdentity(name, origin) }),
      hashes: readHexHash("sha256", textMember(entry, "outer_checksum")),
      needs: textsMember(entry, "requirements"),
    },
  ];
}

/** Formats of Elixir, Erlang and Gleam, which share the registry Hex. */
export const BEAM_FORMATS: readonly PackageListFormat[] = [
  mixLock,
  rebarLock,
  rebarConfig,
  otpApplication,
  gleamToml,
  gleamManifest,
];

/** Packages of Elixir, Erlang and Gleam. */
export const beamCataloger = createListCataloger({
  id: "beam",
  ecosystem: "hex",
  note: "Reads mix.lock and rebar.lock (Hex packages, with the hash of the archive and dependencies where the file has them, and git sources), gleam.toml (ranges: no version is made of them) and Gleam's manifest.toml. A package from git has no version in a lock file of Mix or rebar3. Also reads rebar.config (what is asked for, where no rebar.lock is beside it) and *.app in ebin: applications that are built or installed (pkg:otp; not what they need of each other). Does not read mix.exs, which is a program.",
  formats: BEAM_FORMATS,
});
