import { childElement, childElements, memberOf, type Value } from "../../../../base/index.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  objectMember,
  type PackageList,
  type PackageListFormat,
  readHexHash,
  readListLines,
  readTomlObject,
  readXmlRoot,
  type StatedPackage,
  textMember,
} from "../package-list.ts";
import { gradleBuild, ivyXml, mavenInstall, sbtBuild, sbtLock } from "./build-files.ts";
import { clojureDeps, leiningenProject } from "./clojure.ts";
import { mavenIdentity, pomXml } from "./pom.ts";

/** Lock files of Gradle: one for the project, one for what builds it, and the older ones of each configuration. */
const gradleLockfile: PackageListFormat = {
  id: "java/gradlelockfile",
  endings: [".lockfile"],
  where: "`gradle.lockfile`, `buildscript-gradle.lockfile`, or in `gradle/dependency-locks`",
  isAt: (path) => /(?:^|\/)(?:(?:buildscript-)?gradle\.lockfile|gradle\/dependency-locks\/[^/]+)$/.test(path),
  read: readGradleLockfile,
};

function readGradleLockfile({ path, bytes }: ListFile): PackageList {
  const isOfBuild = path.endsWith("buildscript-gradle.lockfile");
  const packages: StatedPackage[] = [];
  const problems: string[] = [];
  for (const [index, line] of readListLines(bytes).entries()) {
    const text = line.trim();
    // `empty=` names the configurations without dependencies.
    if (text === "" || text.startsWith("#") || text.startsWith("empty=")) continue;
    const equals = text.indexOf("=");
    const [group, artifact, version, ...others] = (equals === -1 ? text : text.slice(0, equals)).split(":");
    if (!group || !artifact || !version || others.length > 0) {
      if (problems.length === 0) problems.push(`line ${index + 1} is not group:artifact:version=configurations`);
      continue;
    }
    const configurations = equals === -1 ? [] : text.slice(equals + 1).split(",");
    const isOfTests = configurations.length > 0 && configurations.every((name) => /test/i.test(name));
    packages.push({
      name: `${group}:${artifact}`,
      version,
      identity: mavenIdentity(group, artifact),
      ...(isOfBuild || isOfTests ? { scope: "development" } : {}),
    });
  }
  return { packages, problems };
}

/** gradle/verification-metadata.xml: checksums of what Gradle may use. */
const verificationMetadata: PackageListFormat = {
  id: "java/gradleverificationmetadataxml",
  names: ["verification-metadata.xml"],
  where: "in `gradle`",
  isAt: (path) => /(?:^|\/)gradle\/[^/]+$/.test(path),
  read: readVerificationMetadata,
};

function readVerificationMetadata({ bytes }: ListFile): PackageList {
  const components = childElement(readXmlRoot(bytes, "verification-metadata"), "components");
  return {
    packages: childElements(components, "component").map((component) => {
      const group = component.attributes.get("group") ?? "";
      const artifact = component.attributes.get("name") ?? "";
      const version = component.attributes.get("version") ?? "";
      const files = childElements(component, "artifact");
      const jar = files.find(({ attributes }) => attributes.get("name") === `${artifact}-${version}.jar`);
      return {
        name: `${group}:${artifact}`,
        ...(version === "" ? {} : { version }),
        ...(group === "" || artifact === "" ? {} : { identity: mavenIdentity(group, artifact) }),
        hashes: ["sha256", "sha512", "sha1", "md5"].flatMap((algorithm) =>
          readHexHash(algorithm, childElement(jar, algorithm)?.attributes.get("value")),
        ),
      };
    }),
  };
}

/** Version catalogs of Gradle: libs.versions.toml, and others in gradle/. */
const versionCatalog: PackageListFormat = {
  id: "java/gradleversioncatalog",
  endings: [".versions.toml"],
  where: "`libs.versions.toml`, or in `gradle`",
  isAt: (path) => /(?:^|\/)(?:libs\.versions\.toml|gradle\/[^/]+)$/.test(path),
  lockedBy: { names: ["gradle.lockfile"], isAbove: true },
  read: readVersionCatalog,
};

function readVersionCatalog({ bytes }: ListFile): PackageList {
  const catalog = readTomlObject(bytes);
  const versions = objectMember(catalog, "versions");
  return {
    packages: Object.values(objectMember(catalog, "libraries")).flatMap((library) => catalogLibrary(library, versions)),
  };
}

/** `group:name:version`, `{module, version}` or `{group, name, version}`. */
function catalogLibrary(library: Value, versions: Value): readonly StatedPackage[] {
  const text = typeof library === "string" ? library : textMember(library, "module");
  const [group = textMember(library, "group"), artifact = textMember(library, "name"), stated] = text?.split(":") ?? [];
  if (!group || !artifact) return [];
  const range = stated ?? rangeOf(memberOf(library, "version"), versions);
  const isRange = range !== undefined && (/[[\](),+]/.test(range) || range.startsWith("latest."));
  return [
    {
      name: `${group}:${artifact}`,
      ...(range === undefined ? {} : isRange ? { requirement: range } : { version: range }),
      identity: mavenIdentity(group, artifact),
    },
  ];
}

/** A text, a reference to the table of versions, or a rich version, whose strict part is first. */
function rangeOf(version: Value | undefined, versions: Value): string | undefined {
  if (typeof version === "string") return version;
  const reference = textMember(version, "ref");
  if (reference !== undefined) {
    const found = memberOf(versions, reference);
    return textMember(found, "ref") === undefined ? rangeOf(found, {}) : undefined;
  }
  return textMember(version, "strictly") ?? textMember(version, "require") ?? textMember(version, "prefer");
}

/** Formats of Maven, Gradle, Ivy, sbt, Bazel and Clojure. */
export const JAVA_FORMATS: readonly PackageListFormat[] = [
  pomXml,
  gradleLockfile,
  verificationMetadata,
  versionCatalog,
  gradleBuild,
  ivyXml,
  mavenInstall,
  sbtLock,
  sbtBuild,
  clojureDeps,
  leiningenProject,
];

/** Java packages as Maven and Gradle state them. */
export const javaCataloger = createListCataloger({
  id: "java",
  ecosystem: "maven",
  note: "Reads pom.xml and *.pom (properties, dependency management, profiles that are active by default, and parents that lie where the file says), gradle.lockfile, buildscript-gradle.lockfile, gradle/dependency-locks, gradle/verification-metadata.xml (with the hash of the jar) and version catalogs (*.versions.toml; not where a gradle.lockfile is beside or above). Tests' dependencies are for development only; provided and optional ones are optional. Does not fetch parents or imported dependency management, does not follow dependencies of dependencies, and does not run build files: of build.gradle, build.gradle.kts and *.sbt it reads what they hold as plain texts (with plain variables of the same file). Also reads ivy.xml, maven_install.json of Bazel, build.sbt.lock, and deps.edn and project.clj of Clojure.",
  formats: JAVA_FORMATS,
});
