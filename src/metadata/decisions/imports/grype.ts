import { formatPackageUrl } from "../../../artifact/index.ts";
import { isAmapError, isValueObject, type Value, type ValueObject } from "../../../base/index.ts";
import { DocumentReader, member } from "../../document-reader.ts";
import { readOneYaml } from "./import-documents.ts";
import {
  type ImportContext,
  type ImportedEntry,
  type ImportReader,
  notSaid,
  readText,
  toImportedEntry,
  unknownFields,
} from "./imported-entry.ts";

const RULE_TEXTS = [
  "vulnerability",
  "namespace",
  "fix-state",
  "vex-status",
  "vex-justification",
  "match-type",
  "reason",
];
const RULE_FIELDS = [...RULE_TEXTS, "include-aliases", "package"];
const PACKAGE_FIELDS = ["name", "version", "language", "type", "location", "upstream-name"];

/** Conditions of a rule that no decision has, and what each means. */
const CONDITIONS: readonly (readonly [field: string, reason: string])[] = [
  ["vex-status", "it selects statements of VEX documents: give those to amap with --vex"],
  ["vex-justification", "it selects statements of VEX documents: give those to amap with --vex"],
  ["fix-state", "it is about whatever has this state of a fix, today or later: a decision is about one finding"],
  ["match-type", "it is about how grype found it, which a decision cannot name"],
];

/** Settings beside the rules that hide findings. */
const HIDING: readonly (readonly [setting: string, reason: string])[] = [
  ["only-fixed", "it hides findings without a fix: amap scan has --only-fixed"],
  ["only-notfixed", "it hides findings with a fix, whatever they are"],
  ["ignore-wontfix", "it hides findings by the state of their fix, whatever they are"],
  ["ignore-states", "it hides findings by the state of their fix, whatever they are"],
  ["exclude", "it hides files, which a decision cannot name"],
  ["vex-documents", "it names VEX documents: give them to amap with --vex"],
  ["vex-add", "it selects statements of VEX documents: give those to amap with --vex"],
];

/** Package URL types whose names are grype's, by its types of packages. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["npm", "npm"],
  ["python", "pypi"],
  ["gem", "gem"],
  ["go-module", "golang"],
  ["rust-crate", "cargo"],
  ["dotnet", "nuget"],
  ["php-composer", "composer"],
  ["hex", "hex"],
  ["dart-pub", "pub"],
  ["conan", "conan"],
  ["hackage", "hackage"],
  ["r-package", "cran"],
  ["bitnami", "bitnami"],
]);

/** The same by its languages, where it has no type: the types that a language's packages have at most. */
const LANGUAGES: ReadonlyMap<string, string> = new Map([
  ["javascript", "npm"],
  ["python", "pypi"],
  ["ruby", "gem"],
  ["go", "golang"],
  ["rust", "cargo"],
  ["dotnet", "nuget"],
  ["php", "composer"],
]);

/** A package of a distribution is named by the distribution, too: these are the namespaces that there are. */
const DISTRIBUTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["deb", ["debian", "ubuntu"]],
  ["apk", ["alpine", "wolfi", "chainguard"]],
  [
    "rpm",
    ["redhat", "fedora", "centos", "almalinux", "rocky", "amzn", "oracle", "opensuse", "suse", "sles", "azurelinux"],
  ],
]);

/**
 * The ignore rules of `.grype.yaml`. A rule becomes a decision where it names a vulnerability, and a package so that a
 * package URL says as much or less: by its type or language, and for Java not at all, as grype's names lack the group. A
 * decision is about a finding under all of its names, as with `include-aliases`.
 * @see https://github.com/anchore/grype#specifying-matches-to-ignore
 */
export const readGrype: ImportReader = (bytes, context) => {
  const reader = new DocumentReader();
  const root = readOneYaml(reader, bytes);
  if (root === undefined) return reader.finish<readonly ImportedEntry[]>(undefined);
  const rules = reader.list(root, "ignore", "").map((item, index) => readRule(item, `ignore[${index}]`, context));
  const hiding = HIDING.filter(([setting]) => isSet(member(root, setting))).map(([setting, reason]) =>
    notSaid(setting, "", reason),
  );
  return reader.finish([...rules, ...hiding]);
};

function isSet(value: Value | undefined): boolean {
  return value !== undefined && value !== false && value !== "" && !(Array.isArray(value) && value.length === 0);
}

function readRule(item: Value, place: string, context: ImportContext): ImportedEntry {
  if (!isValueObject(item)) return notSaid(place, "", "it is no object");
  const texts = new Map<string, string>();
  const problems: string[] = [];
  const take = (object: ValueObject, keys: readonly string[], known: readonly string[]): void => {
    for (const key of keys) {
      const { text, problem } = readText(object, key);
      if (text !== undefined) texts.set(key, text);
      if (problem !== undefined) problems.push(problem);
    }
    const [unknown] = unknownFields(object, known);
    if (unknown !== undefined) problems.push(`grype knows no field ${unknown.slice(0, 60)}`);
  };
  take(item, RULE_TEXTS, RULE_FIELDS);
  const software = member(item, "package");
  if (isValueObject(software)) take(software, PACKAGE_FIELDS, PACKAGE_FIELDS);
  else if (software !== undefined) problems.push("package is no object");
  const finding = texts.get("vulnerability") ?? "";
  const about = [finding, texts.get("name") ?? texts.get("upstream-name")].filter((part) => part).join(" in ");
  const refuse = (reason: string): ImportedEntry => notSaid(place, about.slice(0, 200), reason);
  const [problem] = problems;
  if (problem !== undefined) return refuse(problem);
  const condition = CONDITIONS.find(([field]) => texts.has(field));
  if (condition !== undefined) return refuse(condition[1]);
  if (finding === "") return refuse("it names no vulnerability: a decision is about one finding");
  const components = componentsOf(texts);
  if (typeof components === "string") return refuse(components);
  const reason = texts.get("reason");
  return toImportedEntry(
    { place, finding, status: "risk_accepted", components, ...(reason === undefined ? {} : { reason }) },
    context,
    "grype",
  );
}

/** The package URLs that say as much as a rule's package or less; none for a rule without one; else why there are none. */
function componentsOf(texts: ReadonlyMap<string, string>): readonly string[] | string {
  if (texts.has("location")) return "it is for packages at a place alone, which a decision cannot name";
  if (texts.has("upstream-name")) return "it names a source package: a decision names the packages made of it";
  const [name, version, namespace] = [texts.get("name"), texts.get("version"), texts.get("namespace")];
  const [type, language] = [texts.get("type"), texts.get("language")];
  if (name === undefined) {
    if (version !== undefined || type !== undefined || language !== undefined)
      return "it is about all packages of a kind: a decision names packages, or is about all";
    return namespace === undefined
      ? []
      : "it is for what one source of advisories says alone, which a decision cannot name";
  }
  if (/[\^$*+?()[\]{}|\\]/.test(name)) return "its package's name is a pattern: a decision names packages";
  return formatAll(name, version, placesOf(type, language, namespace));
}

/** Types and namespaces of package URLs, and a release. */
interface Place {
  readonly type: string;
  readonly namespace?: string;
  readonly distro?: string;
}

function placesOf(
  type: string | undefined,
  language: string | undefined,
  namespace: string | undefined,
): readonly Place[] | string {
  const kind = type?.toLowerCase();
  const distributions = DISTRIBUTIONS.get(kind ?? "");
  if (distributions !== undefined) {
    if (language !== undefined) return "it names a language and a distribution's package";
    if (namespace === undefined) return distributions.map((each) => ({ type: kind ?? "", namespace: each }));
    return releaseOf(kind ?? "", distributions, namespace);
  }
  if (namespace !== undefined)
    return "it is for what one source of advisories says alone, which a decision cannot name";
  if (kind === undefined && language === undefined)
    return "its package has no type: packages of any kind have this name, and a package URL names one kind";
  const byType = kind === undefined ? undefined : TYPES.get(kind);
  const byLanguage = language === undefined ? undefined : LANGUAGES.get(language.toLowerCase());
  const found = byType ?? (kind === undefined ? byLanguage : undefined);
  if (found === undefined || (language !== undefined && byLanguage !== found))
    return `grype's names of ${(type ?? language ?? "").slice(0, 60)} packages are not those of package URLs`;
  return [{ type: found }];
}

/** `debian:distro:debian:12`: a distribution and its release. */
function releaseOf(type: string, distributions: readonly string[], namespace: string): readonly Place[] | string {
  const [, kind, distribution = "", release] = namespace.split(":");
  if (kind !== "distro" || !distributions.includes(distribution) || type === "rpm")
    return "it is for what one source of advisories says alone, which a decision cannot name";
  const distro = release === undefined || release === "rolling" ? {} : { distro: `${distribution}-${release}` };
  return [{ type, namespace: distribution, ...distro }];
}

function formatAll(
  name: string,
  version: string | undefined,
  places: readonly Place[] | string,
): readonly string[] | string {
  if (typeof places === "string") return places;
  try {
    return places.map((place) => format(name, version, place));
  } catch (error) {
    if (!isAmapError(error, "VALUE_INVALID")) throw error;
    return `its package has no package URL: ${error.message}`;
  }
}

function format(whole: string, version: string | undefined, { type, namespace: stated, distro }: Place): string {
  const slash = stated === undefined ? whole.lastIndexOf("/") : -1;
  const namespace = slash < 0 ? stated : whole.slice(0, slash);
  return formatPackageUrl({
    type,
    ...(namespace === undefined ? {} : { namespace }),
    name: slash < 0 ? whole : whole.slice(slash + 1),
    ...(version === undefined ? {} : { version }),
    qualifiers: distro === undefined ? {} : { distro },
  });
}
