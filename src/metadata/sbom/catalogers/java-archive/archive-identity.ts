import type { Property } from "../../sbom.ts";
import { baseName } from "../cataloger.ts";
import { inferred } from "../found-package.ts";
import { knownGroup } from "./known-groups.ts";
import type { Manifest } from "./manifest.ts";

/** Maven's coordinates. */
export interface Coordinates {
  readonly group: string;
  readonly artifact: string;
  readonly version: string | undefined;
}

/** Coordinates with what of them was guessed. */
export interface Identity extends Coordinates {
  readonly properties: readonly Property[];
}

const NUMBER_IN_NAME =
  /^(\d[\w.]{0,20}(?:-(?!alpha|beta|rc|cr|m\d|ga|final|sp|jre|jdk)[a-z]{2,20}){1,5})-(\d+\..{0,60})$/i;

function stemOf(path: string): string {
  const full = baseName(path);
  const point = full.lastIndexOf(".");
  return point <= 0 ? full : full.slice(0, point);
}

/** A file's name without its ending, in the two parts of which the second one is a version: `guava-31.1-jre`. */
export function splitFileName(path: string): { readonly name: string; readonly version: string | undefined } {
  const stem = stemOf(path);
  const match = /^(.{1,200}?)-(\d.{0,100})$/.exec(stem) ?? /^(.{1,200}?)_(\d.{0,100})$/.exec(stem);
  if (match?.[1] === undefined) return { name: stem, version: undefined };
  const [, name, version = ""] = match;
  // `log4j-1.2-api-2.20.0`: a number within the name, and the version behind it.
  const later = NUMBER_IN_NAME.exec(version);
  if (later?.[1] === undefined) return { name, version };
  return { name: `${name}-${later[1]}`, version: later[2] };
}

/** The version that a jar's manifest states; ranges and names of packages are none. */
function versionOfManifest(manifest: Manifest): string | undefined {
  for (const name of ["plugin-version", "implementation-version", "bundle-version", "specification-version"]) {
    const version = manifest.get(name)?.trim();
    if (version !== undefined && /^\d[^\s${}]{0,100}$/.test(version)) return version;
  }
  return undefined;
}

/** What groups begin with, beside the two letters of a country; the name of a module of Java may begin with anything. */
const GROUP_ROOTS = new Set(
  "com org net edu gov mil int info biz name dev app cloud software tech jakarta javax java".split(" "),
);
/** The version of Scala that an artifact is built for: `kafka_2.13`. */
const SCALA_VERSION = /_(?:2\.\d{1,2}|3)$/;

/** Names with dots by which a manifest says what the jar is: `org.slf4j.api`. */
function dottedNames(manifest: Manifest): readonly string[] {
  const stated = [
    "group-id",
    "bundle-symbolicname",
    "automatic-module-name",
    "implementation-vendor-id",
    "extension-name",
  ];
  return stated.flatMap((name) => {
    const text = manifest.get(name)?.split(";", 1)[0]?.trim() ?? "";
    if (!/^[a-z][a-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+$/.test(text) || text.length > 200) return [];
    const root = text.slice(0, text.indexOf("."));
    return root.length === 2 || GROUP_ROOTS.has(root) ? [text] : [];
  });
}

/**
 * The group that a dotted name means for an artifact: the name without the artifact's own words at its end. The first of
 * them stays where it is the group's last word, too: of `org.apache.commons.lang3` and `commons-lang3` it is
 * `org.apache.commons`, of `org.checkerframework.checker.qual` and `checker-qual` `org.checkerframework`.
 */
function groupOf(dotted: string, artifact: string): string {
  const words = dotted.split(".");
  const wanted = artifact.toLowerCase();
  const last = (words.at(-1) ?? "").toLowerCase();
  if (words.length <= 2) return dotted;
  if (last === wanted) return words.slice(0, -1).join(".");
  const parts = wanted.split("-");
  const rest = words.slice(0, -parts.length);
  const isWhole = parts.length > 1 && words.slice(-parts.length).join("-").toLowerCase() === wanted;
  if (isWhole && rest.length >= 2 && rest.some((word) => word.startsWith(parts[0] ?? ""))) return rest.join(".");
  if (isWhole && parts.length > 1) return words.slice(0, 1 - parts.length).join(".");
  return wanted.endsWith(`-${last}`) ? words.slice(0, -1).join(".") : dotted;
}

/** What an archive is that has no Maven descriptor of its own: by its manifest and by its file's name. */
export function guessIdentity(path: string, manifest: Manifest): Identity {
  const file = splitFileName(path);
  const plugin = manifest.get("short-name");
  // Jenkins' plugins state their own coordinates.
  if (plugin !== undefined && manifest.has("plugin-version")) {
    const group = manifest.get("group-id");
    return {
      group: group ?? "org.jenkins-ci.plugins",
      artifact: plugin,
      version: manifest.get("plugin-version")?.split(" ", 1)[0],
      properties: group === undefined ? [inferred("the group is that of Jenkins' plugins")] : [],
    };
  }
  const artifact = file.name;
  const plain = artifact.replace(SCALA_VERSION, "");
  const known = knownGroup(plain);
  const [dotted] = dottedNames(manifest);
  const version = file.version ?? versionOfManifest(manifest);
  return {
    group: known ?? (dotted === undefined ? artifact : groupOf(dotted, plain)),
    artifact,
    version,
    properties: [
      inferred(
        [
          "the artifact from the file's name",
          `the group ${groupSource(known, dotted)}`,
          ...(version === undefined
            ? []
            : [`the version from ${file.version === undefined ? "the manifest" : "the file's name"}`]),
        ].join(", "),
      ),
    ],
  };
}

function groupSource(known: string | undefined, dotted: string | undefined): string {
  if (known !== undefined) return "as known of Maven Central";
  return dotted === undefined ? "from the artifact" : "from the manifest";
}

/**
 * Which of the Maven descriptors in an archive is its own; the others are of what was put into it. Undefined where none
 * is.
 */
export function ownDescriptor<T extends Coordinates>(
  path: string,
  manifest: Manifest,
  poms: readonly T[],
): T | undefined {
  const { name, version } = splitFileName(path);
  const named = poms.filter(({ artifact }) => artifact === name);
  const isVariant = (pom: T): boolean => pom.version === version && name.startsWith(`${pom.artifact}-`);
  if (named.length > 0) return named.find((pom) => pom.version === version) ?? named[0];
  const begun = poms
    .filter((pom) => pom.version !== undefined && (isFileOf(path, pom.artifact, pom.version) || isVariant(pom)))
    .sort((a, b) => b.artifact.length - a.artifact.length);
  if (begun[0] !== undefined) return begun[0];
  // Distributions name the file by their own rules: `geronimo-interceptor-3.0-spec.jar` of `geronimo-interceptor_3.0_spec`.
  const respelt = poms.filter(({ artifact }) => withDashes(artifact) === withDashes(stemOf(path)));
  if (respelt.length === 1) return respelt[0];
  const stated = poms.filter(({ artifact }) => isStatedIn(manifest, artifact));
  if (stated.length === 1) return stated[0];
  const [only] = poms;
  if (only === undefined || poms.length > 1) return undefined;
  const known = version ?? versionOfManifest(manifest);
  // `app.jar`: the file was given another name, and nothing speaks for another artifact.
  return known === undefined || known === only.version ? only : undefined;
}

function withDashes(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

const TITLES = "implementation-title bundle-symbolicname bundle-name automatic-module-name specification-title".split(
  " ",
);

function isStatedIn(manifest: Manifest, artifact: string): boolean {
  return TITLES.some((field) => {
    const title = manifest.get(field)?.split(";", 1)[0]?.trim() ?? "";
    return title === artifact || title.endsWith(`.${artifact}`) || title.endsWith(`.${artifact.replaceAll("-", ".")}`);
  });
}

/** `artifact-version-classifier.jar`, or with the group before it. */
function isFileOf(path: string, artifact: string, version: string): boolean {
  const name = baseName(path);
  return name.startsWith(`${artifact}-${version}`) || name.includes(`.${artifact}-${version}`);
}
