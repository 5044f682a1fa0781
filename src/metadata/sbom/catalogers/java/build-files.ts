import { childElement, childElements, isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import {
  type ListFile,
  listMember,
  objectMember,
  optional,
  type PackageList,
  type PackageListFormat,
  readHexHash,
  readJsonObject,
  readListText,
  readPrefixedHash,
  readXmlRoot,
  type StatedPackage,
  textMember,
  textsMember,
} from "../package-list.ts";
import { C_COMMENTS, withoutComments } from "../source-text.ts";
import { mavenIdentity } from "./pom.ts";

type Scope = NonNullable<StatedPackage["scope"]>;

/** A version that names one, of Maven's and Ivy's forms. */
function versionOrRange(stated: string): { readonly version?: string; readonly requirement?: string } {
  const isRange = stated === "" || /[[\](),+${}*\s]/.test(stated) || stated.startsWith("latest");
  return isRange ? { requirement: stated } : { version: stated };
}

/** ivy.xml of Apache Ivy. */
export const ivyXml: PackageListFormat = {
  id: "java/ivyxml",
  names: ["ivy.xml"],
  read: ({ bytes }) => {
    const root = readXmlRoot(bytes, "ivy-module");
    const info = childElement(root, "info")?.attributes;
    const packages = childElements(childElement(root, "dependencies"), "dependency").flatMap(
      ({ attributes }): readonly StatedPackage[] => {
        // A dependency without an organisation is of the module's own.
        const group = attributes.get("org") ?? info?.get("organisation") ?? "";
        const artifact = attributes.get("name") ?? "";
        if (group === "" || artifact === "") return [];
        const isOfTests = /^test\b/.test(attributes.get("conf") ?? "");
        return [
          {
            name: `${group}:${artifact}`,
            ...versionOrRange(attributes.get("rev") ?? ""),
            identity: mavenIdentity(group, artifact),
            scope: isOfTests ? "development" : "production",
          },
        ];
      },
    );
    const name = info?.get("module");
    if (name === undefined) return { packages };
    const group = info?.get("organisation");
    return { packages: [projectOf(group ? `${group}:${name}` : name, info?.get("revision"), packages), ...packages] };
  },
};

function projectOf(name: string, version: string | undefined, packages: readonly StatedPackage[]): StatedPackage {
  return {
    name,
    ...optional("version", version || undefined),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
}

/** build.sbt.lock of sbt-dependency-lock. */
export const sbtLock: PackageListFormat = {
  id: "scala/sbtlock",
  endings: [".sbt.lock"],
  read: ({ bytes }) => ({
    packages: listMember(readJsonObject(bytes), "dependencies").flatMap((entry) => sbtLocked(entry)),
  }),
};

function sbtLocked(entry: Value): readonly StatedPackage[] {
  const group = textMember(entry, "org");
  const artifact = textMember(entry, "name");
  const version = textMember(entry, "version");
  if (group === undefined || artifact === undefined || version === undefined) return [];
  const jar = listMember(entry, "artifacts").find((each) => textMember(each, "name") === `${artifact}.jar`);
  const configurations = textsMember(entry, "configurations");
  const isOfTests = configurations.length > 0 && configurations.every((name) => name.startsWith("test"));
  return [
    {
      name: `${group}:${artifact}`,
      version,
      identity: mavenIdentity(group, artifact),
      hashes: readPrefixedHash(textMember(jar, "hash")),
      scope: isOfTests ? "development" : "production",
    },
  ];
}

/** build.sbt and project/*.sbt: what these programs hold as plain texts. */
export const sbtBuild: PackageListFormat = {
  id: "scala/sbt",
  endings: [".sbt"],
  lockedBy: { names: ["build.sbt.lock"] },
  read: readSbt,
};

/** `"group" %% "artifact" % "version" % Test`; two or three signs add the version of Scala to the name. */
const SBT_MODULE =
  /"([^"\s]{1,200})"\s{0,20}(%{1,3})\s{0,20}"([^"\s]{1,200})"\s{0,20}%\s{0,20}(?:"([^"\n]{0,200})"|([A-Za-z_][\w.]{0,100}))(?:\s{0,20}%\s{0,20}"?(\w{1,40}))?/g;
const SCALA_VALUE = /\bval\s{1,20}([A-Za-z_]\w{0,100})(?:\s{0,20}:\s{0,20}String)?\s{0,20}=\s{0,20}"([^"\n]{1,200})"/g;
const SCALA_VERSION = /\bscalaVersion\s{0,20}:=\s{0,20}(?:"([^"\n]{1,50})"|(\w{1,100}))/;

function readSbt({ bytes }: ListFile): PackageList {
  const text = withoutComments(readListText(bytes), C_COMMENTS);
  const values = new Map([...text.matchAll(SCALA_VALUE)].map(([, name = "", value = ""]) => [name, value]));
  const [, plain, named = ""] = SCALA_VERSION.exec(text) ?? [];
  const binary = /^(?:3|2\.\d+)(?=\.)/.exec(plain ?? values.get(named) ?? "")?.[0];
  let open = 0;
  const packages = [...text.matchAll(SBT_MODULE)].map((match): StatedPackage => {
    const [, group = "", signs = "", artifact = "", stated, variable = "", configuration = ""] = match;
    const version = stated ?? values.get(variable.slice(variable.lastIndexOf(".") + 1));
    if (version === undefined) open += 1;
    const isOfScala = signs.length > 1 && binary !== undefined;
    return {
      name: `${group}:${artifact}`,
      ...versionOrRange(version ?? ""),
      identity: mavenIdentity(group, isOfScala ? `${artifact}_${binary}` : artifact),
      scope: scopeOfWord(configuration),
    };
  });
  const notes = open === 0 ? [] : [`versions that are computed: ${open}; only a run of sbt knows them`];
  return { packages, notes };
}

function scopeOfWord(word: string): Scope {
  if (/test|spec|check|lint|plugin|classpath|kapt|ksp|annotationProcessor|detekt/i.test(word)) return "development";
  return /^(?:provided|optional|compileOnly)/i.test(word) ? "optional" : "production";
}

/** build.gradle and build.gradle.kts: what these programs hold as plain texts. */
export const gradleBuild: PackageListFormat = {
  id: "java/gradlebuild",
  endings: [".gradle", ".gradle.kts"],
  where: "`build`",
  isAt: (path) => /(?:^|\/)build\.gradle(?:\.kts)?$/.test(path),
  lockedBy: { names: ["gradle.lockfile"], isAbove: true },
  read: readGradle,
};

const CONFIGURATION =
  /(?<=^|[\s;{])([a-z]\w{0,60}|"[a-z]\w{0,60}")\s{0,5}\(?\s{0,5}(?:(?:enforcedPlatform|platform|testFixtures|kotlin)\s{0,5}\(\s{0,5})?/g;
const KNOWN_CONFIGURATION =
  /^(?:implementation|api|compile|runtime|compileOnly|runtimeOnly|compileOnlyApi|provided|annotationProcessor|kapt|ksp|classpath|coreLibraryDesugaring|developmentOnly|detektPlugins|\w+(?:Implementation|Api|Compile|Runtime|CompileOnly|RuntimeOnly|AnnotationProcessor))$/;
const COORDINATES = /^["']([^"':\s]{1,200}):([^"':\s]{1,200})(?::([^"'\s]{0,200}))?["']/;
const PARTS =
  /^group\s{0,5}[:=]\s{0,5}["']([^"']{1,200})["']\s{0,5},\s{0,5}name\s{0,5}[:=]\s{0,5}["']([^"']{1,200})["'](?:\s{0,5},\s{0,5}version\s{0,5}[:=]\s{0,5}(?:["']([^"']{1,200})["']|(\w{1,100})))?/;
const GRADLE_VALUE =
  /(?:^|[\s{;.])(?:def|val|var|String)?\s{0,5}\[?["']?([A-Za-z_]\w{0,100})["']?\]?\s{0,5}(?:=|by\s{1,5}extra\s{0,5}[({])\s{0,5}["']([^"'$\n]{1,200})["']/g;

function readGradle({ bytes }: ListFile): PackageList {
  const text = withoutComments(readListText(bytes), C_COMMENTS);
  const values = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(GRADLE_VALUE)) values.set(name, value);
  const packages: StatedPackage[] = [];
  let open = 0;
  for (const line of text.split("\n")) {
    const found = gradleDependency(line.slice(0, 2_000));
    if (found === undefined) continue;
    const { group, artifact, configuration } = found;
    const version = found.version?.replaceAll(/\$\{?([\w.]{1,100})\}?/g, (whole, name: string) => {
      return values.get(name.slice(name.lastIndexOf(".") + 1)) ?? whole;
    });
    if (version?.includes("$") === true) open += 1;
    packages.push({
      name: `${group}:${artifact}`,
      // `1.0:classifier@aar` and `1.0!!` say more than the version.
      ...versionOrRange(version?.split(/[:@!]/, 1)[0] ?? ""),
      identity: mavenIdentity(group, artifact),
      scope: scopeOfWord(configuration),
    });
  }
  const notes = open === 0 ? [] : [`versions that are computed: ${open}; only a run of Gradle knows them`];
  return { packages, notes };
}

/** The dependency that a line adds, or undefined. */
function gradleDependency(
  line: string,
):
  | { readonly configuration: string; readonly group: string; readonly artifact: string; readonly version?: string }
  | undefined {
  const call = [...line.matchAll(CONFIGURATION)].find(([, name = ""]) =>
    KNOWN_CONFIGURATION.test(name.replaceAll('"', "")),
  );
  if (call === undefined) return undefined;
  const configuration = call[1]?.replaceAll('"', "") ?? "";
  const rest = line.slice(call.index + call[0].length);
  const [, group, artifact, version] = COORDINATES.exec(rest) ?? [];
  if (group !== undefined && artifact !== undefined)
    return { configuration, group, artifact, ...optional("version", version) };
  const [, byName, named, stated, variable] = PARTS.exec(rest) ?? [];
  if (byName === undefined || named === undefined) return undefined;
  const text = stated ?? (variable === undefined ? undefined : `\${${variable}}`);
  return { configuration, group: byName, artifact: named, ...optional("version", text) };
}

/** maven_install.json of Bazel's rules_jvm_external, the form of today and the first one. */
export const mavenInstall: PackageListFormat = {
  id: "java/maveninstalljson",
  endings: [".json"],
  where: "`maven_install`, or `NAME_maven_install`",
  isAt: (path) => /(?:^|[/_])maven_install\.json$/.test(path),
  read: readMavenInstall,
};

function readMavenInstall({ bytes }: ListFile): PackageList {
  const lock = readJsonObject(bytes);
  const tree = memberOf(lock, "dependency_tree");
  if (isValueObject(tree)) {
    return { packages: listMember(tree, "dependencies").flatMap((entry) => treeArtifact(entry)) };
  }
  const needs = objectMember(lock, "dependencies");
  return {
    packages: Object.entries(objectMember(lock, "artifacts")).flatMap(([key, entry]) => {
      const [group = "", artifact = ""] = key.split(":");
      const version = textMember(entry, "version");
      if (group === "" || artifact === "" || version === undefined) return [];
      const hash = textMember(memberOf(entry, "shasums"), "jar");
      return [
        {
          name: `${group}:${artifact}`,
          version,
          identity: mavenIdentity(group, artifact),
          hashes: readHexHash("sha256", hash),
          needs: textsMember(needs, key).map(withoutClassifier),
        },
      ];
    }),
  };
}

/** `group:artifact:version`, or with the kind of the archive and its classifier before the version. */
function treeArtifact(entry: Value): readonly StatedPackage[] {
  const parts = textMember(entry, "coord")?.split(":") ?? [];
  const [group = "", artifact = ""] = parts;
  const version = parts.at(-1) ?? "";
  if (group === "" || artifact === "" || version === "" || parts.length < 3) return [];
  // Sources and documentation are not what runs.
  if (parts.includes("sources") || parts.includes("javadoc")) return [];
  return [
    {
      name: `${group}:${artifact}`,
      version,
      identity: mavenIdentity(group, artifact),
      hashes: readHexHash("sha256", textMember(entry, "sha256")),
      needs: textsMember(entry, "directDependencies").map(withoutClassifier),
    },
  ];
}

function withoutClassifier(coordinates: string): string {
  return coordinates.split(":", 2).join(":");
}
