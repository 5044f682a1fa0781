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
  /(?:\b(addSbtPlugin|addCompilerPlugin)\s{0,20}\(\s{0,100})?"([^"\s]{1,200})"\s{0,20}(%{1,3})\s{0,20}"([^"\s]{1,200})"\s{0,20}%\s{0,20}(?:"([^"\n]{0,200})"|([A-Za-z_][\w.]{0,100}))(?:\s{0,20}%\s{0,20}"?(\w{1,40}))?/g;
const SCALA_VALUE = /\bval\s{1,20}([A-Za-z_]\w{0,100})(?:\s{0,20}:\s{0,20}String)?\s{0,20}=\s{0,20}"([^"\n]{1,200})"/g;
const SCALA_VERSION = /\bscalaVersion\s{0,20}:=\s{0,20}(?:"([^"\n]{1,50})"|(\w{1,100}))/;

function readSbt({ path, bytes }: ListFile): PackageList {
  const text = withoutComments(readListText(bytes), C_COMMENTS);
  const values = new Map([...text.matchAll(SCALA_VALUE)].map(([, name = "", value = ""]) => [name, value]));
  const [, plain, named = ""] = SCALA_VERSION.exec(text) ?? [];
  const binary = /^(?:3|2\.\d+)(?=\.)/.exec(plain ?? values.get(named) ?? "")?.[0];
  // What is in project/ is for the build itself.
  const isOfBuild = /(?:^|\/)project\/[^/]+$/.test(path);
  let open = 0;
  let unnamed = 0;
  const packages = [...text.matchAll(SBT_MODULE)].map((match): StatedPackage => {
    const [, plugin, group = "", signs = "", artifact = "", stated, variable = "", configuration = ""] = match;
    const version = stated ?? values.get(variable.slice(variable.lastIndexOf(".") + 1));
    if (version === undefined) open += 1;
    const isOfScala = signs.length > 1 && binary !== undefined;
    if (signs.length > 1 && binary === undefined) unnamed += 1;
    return {
      name: `${group}:${artifact}`,
      ...versionOrRange(version ?? ""),
      identity: mavenIdentity(group, isOfScala ? `${artifact}_${binary}` : artifact),
      scope: isOfBuild || plugin !== undefined ? "development" : scopeOfWord(configuration),
    };
  });
  const notes = ["it is a program: only modules that it names as plain texts are listed"];
  if (open > 0) notes.push(`versions that are computed: ${open}; only a run of sbt knows them`);
  if (unnamed > 0) {
    notes.push(`names without the version of Scala that belongs to them: ${unnamed}; this file does not state it`);
  }
  return { packages, notes };
}

/** Words of a configuration's name, such as those of `androidTestImplementation`. */
const FOR_DEVELOPMENT =
  /(?:^(?:test|it|spec|check|lint|plugin|classpath|kapt|ksp|annotationProcessor|detekt)|(?:Test|Spec|Check|Lint|Plugin|Classpath|AnnotationProcessor))s?(?![a-z])/;

function scopeOfWord(word: string): Scope {
  if (FOR_DEVELOPMENT.test(word) || word.startsWith("detekt")) return "development";
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
  /(?<=^|[\s;{])([a-z]\w{0,60}|"[a-z]\w{0,60}")\s{0,5}\(?\s{0,5}(?:(?:enforcedPlatform|platform|testFixtures|(kotlin))\s{0,5}\(\s{0,5})?/g;
const KNOWN_CONFIGURATION =
  /^(?:implementation|api|compile|runtime|compileOnly|runtimeOnly|compileOnlyApi|provided|annotationProcessor|kapt|ksp|classpath|coreLibraryDesugaring|developmentOnly|detektPlugins|\w+(?:Implementation|Api|Compile|Runtime|CompileOnly|RuntimeOnly|AnnotationProcessor))$/;
const COORDINATES = /^["']([^"':$\s]{1,200}):([^"':$\s]{1,200})(?::([^"'\s]{0,200}))?["']/;
const PARTS =
  /^group\s{0,5}[:=]\s{0,5}["']([^"']{1,200})["']\s{0,5},\s{0,5}name\s{0,5}[:=]\s{0,5}["']([^"']{1,200})["'](?:\s{0,5},\s{0,5}version\s{0,5}[:=]\s{0,5}(?:["']([^"']{1,200})["']|(\w{1,100})))?/;
/** A part of Kotlin's own libraries; its version is that of Kotlin's plugin where it has none. */
const KOTLIN_PART = /^["']([\w.-]{1,100})["'](?:\s{0,5},\s{0,5}["']([^"'\s]{1,100})["'])?/;
/** Parts of the project, what its own files hold, what a version catalog states, and other uses of a configuration's name. */
const OTHER_SOURCE =
  /^(?:(?:project|files|fileTree|gradleApi|localGroovy|gradleTestKit|gradleKotlinDsl|npm|by|sourceSets)\b|(?:libs|projects)\.|["']:|[^A-Za-z"']|$)/;
const GRADLE_VALUE =
  /(?:^|[\s{;.])(?:def|val|var|String)?\s{0,5}\[?["']?([A-Za-z_]\w{0,100})["']?\]?\s{0,5}(?:=|by\s{1,5}extra\s{0,5}[({])\s{0,5}["']([^"'$\n]{1,200})["']/g;
/** `set("name", "1.0")`, as in the builds that Spring Initializr writes. */
const GRADLE_SET = /\bset\s{0,5}\(\s{0,5}["']([A-Za-z_][\w.]{0,100})["']\s{0,5},\s{0,5}["']([^"'$\n]{1,200})["']/g;

function readGradle({ bytes }: ListFile): PackageList {
  const text = withoutComments(readListText(bytes), C_COMMENTS);
  const values = new Map<string, string>();
  for (const pattern of [GRADLE_VALUE, GRADLE_SET]) {
    for (const [, name = "", value = ""] of text.matchAll(pattern)) values.set(name, value);
  }
  const packages: StatedPackage[] = [];
  let unnamed = 0;
  let open = 0;
  // The arguments of a call may stand on lines of their own.
  for (const line of text.replaceAll(/([(,[])[ \t\r]*\n\s*/g, "$1 ").split("\n")) {
    const { configuration, modules, isUnnamed } = gradleDependencies(line.slice(0, 4_000), values);
    if (isUnnamed) unnamed += 1;
    for (const { group, artifact, version } of modules) {
      if (version?.includes("$") === true) open += 1;
      packages.push({
        name: `${group}:${artifact}`,
        // `1.0:classifier@aar` and `1.0!!` say more than the version.
        ...versionOrRange(version?.split(/[:@!]/, 1)[0] ?? ""),
        identity: mavenIdentity(group, artifact),
        scope: scopeOfWord(configuration),
      });
    }
  }
  const notes: string[] = [];
  if (open > 0) notes.push(`versions that are computed: ${open}; only a run of Gradle knows them`);
  if (unnamed > 0) notes.push(`dependencies that are not plain texts: ${unnamed}; only a run of Gradle knows them`);
  return { packages, notes };
}

interface GradleModule {
  readonly group: string;
  readonly artifact: string;
  readonly version?: string;
}

interface GradleLine {
  readonly configuration: string;
  readonly modules: readonly GradleModule[];
  /** Whether it adds something that no plain text names. */
  readonly isUnnamed: boolean;
}

/** The dependencies that a line adds. */
function gradleDependencies(line: string, values: ReadonlyMap<string, string>): GradleLine {
  const call = [...line.matchAll(CONFIGURATION)].find(([, name = ""]) =>
    KNOWN_CONFIGURATION.test(name.replaceAll('"', "")),
  );
  if (call === undefined) return { configuration: "", modules: [], isUnnamed: false };
  const configuration = call[1]?.replaceAll('"', "") ?? "";
  let rest = line.slice(call.index + call[0].length).replaceAll(/\$\{?([\w.]{1,100})\}?/g, (whole, name: string) => {
    return values.get(name.slice(name.lastIndexOf(".") + 1)) ?? whole;
  });
  const modules: GradleModule[] = [];
  for (;;) {
    const found = call[2] === undefined ? moduleAt(rest, values) : kotlinModuleAt(rest);
    if (found === undefined) break;
    modules.push(found.module);
    rest = rest.slice(found.length);
    // `api "a:b:1", "c:d:2"` adds both.
    const comma = /^\s{0,5},\s{0,5}/.exec(rest)?.[0];
    if (comma === undefined) break;
    rest = rest.slice(comma.length);
  }
  return { configuration, modules, isUnnamed: modules.length === 0 && !OTHER_SOURCE.test(rest) };
}

interface FoundModule {
  readonly module: GradleModule;
  /** How much of the text names it. */
  readonly length: number;
}

function moduleAt(text: string, values: ReadonlyMap<string, string>): FoundModule | undefined {
  const plain = COORDINATES.exec(text);
  if (plain !== null) {
    const [{ length }, group = "", artifact = "", version] = plain;
    return { module: { group, artifact, ...optional("version", version) }, length };
  }
  const parts = PARTS.exec(text);
  if (parts === null) return undefined;
  const [{ length }, group = "", artifact = "", stated, variable] = parts;
  const version = stated ?? (variable === undefined ? undefined : (values.get(variable) ?? `\${${variable}}`));
  return { module: { group, artifact, ...optional("version", version) }, length };
}

function kotlinModuleAt(text: string): FoundModule | undefined {
  const found = KOTLIN_PART.exec(text);
  if (found === null) return undefined;
  const [{ length }, name = "", version] = found;
  return {
    module: { group: "org.jetbrains.kotlin", artifact: `kotlin-${name}`, ...optional("version", version) },
    length,
  };
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
