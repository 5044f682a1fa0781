import { childElement, childElements, isAmapError, textOfElement, type XmlElement } from "../../../../base/index.ts";
import { folderOf } from "../cataloger.ts";
import { join } from "../npm/lock-file.ts";
import {
  type ListFile,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  readXmlRoot,
  type StatedPackage,
} from "../package-list.ts";

/** pom.xml and *.pom of Maven, as far as the file and its parents here say it. */
export const pomXml: PackageListFormat = {
  id: "java/pomxml",
  names: ["pom.xml"],
  endings: [".pom"],
  // Those in archives are of what is in them.
  where: "not in `META-INF`",
  isAt: (path) => !/(?:^|\/)META-INF\//.test(path),
  read: readPom,
};

/** Maven's coordinates as a package URL has them. */
export function mavenIdentity(group: string, artifact: string): PackageIdentity {
  return { type: "maven", namespace: group, name: artifact };
}

/** A project with what it inherits. */
interface Pom {
  group: string;
  artifact: string;
  version: string;
  readonly properties: Map<string, string>;
  /** By `group:artifact:type:classifier`. */
  readonly managed: Map<string, PomDependency>;
  readonly dependencies: PomDependency[];
  readonly notes: Set<string>;
}

interface PomDependency {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly scope: string;
  readonly type: string;
  readonly classifier: string;
  readonly isOptional: boolean;
}

/** Parents of one project; Maven itself knows no limit, and hardly anything has more than five. */
const MOST_PARENTS = 16;

function readPom(file: ListFile): PackageList {
  const pom = mergeProject(file.path, readXmlRoot(file.bytes, "project"), file, 0);
  const insert = (text: string): string => interpolate(text, pom);
  const managed = new Map([...pom.managed].map(([key, dependency]) => [insert(key), dependency]));
  const packages = new Map<string, StatedPackage>();
  for (const dependency of pom.dependencies) {
    const stated = toMavenPackage(dependency, managed, insert);
    const key = `${stated?.name} ${insert(dependency.type)} ${insert(dependency.classifier)}`;
    if (stated === undefined) pom.notes.add("a dependency has no groupId or artifactId that this file knows");
    else if (!packages.has(key)) packages.set(key, stated);
  }
  const [group, artifact, version] = [insert(pom.group), insert(pom.artifact), insert(pom.version)];
  const project: StatedPackage = {
    name: group === "" ? artifact : `${group}:${artifact}`,
    ...optional("version", version === "" || version.includes("${") ? undefined : version),
    keys: [],
    needs: [...packages.values()].map(({ name }) => name),
    isProject: true,
  };
  return { packages: [...(artifact === "" ? [] : [project]), ...packages.values()], notes: [...pom.notes] };
}

/** A project over its parent, where the parent is among the files. */
function mergeProject(path: string, project: XmlElement, file: ListFile, depth: number): Pom {
  const parent = childElement(project, "parent");
  const pom = parent === undefined ? emptyPom() : readParent(path, parent, file, depth);
  const own = {
    group: textOfElement(project, "groupId") || textOfElement(parent, "groupId"),
    artifact: textOfElement(project, "artifactId"),
    version: textOfElement(project, "version") || textOfElement(parent, "version"),
  };
  for (const [field, element] of [
    ["groupId", "groupId"],
    ["artifactId", "artifactId"],
    ["version", "version"],
  ] as const) {
    const text = textOfElement(parent, element);
    if (text !== "") pom.properties.set(`project.parent.${field}`, text);
  }
  Object.assign(pom, own);
  addParts(project, pom);
  for (const profile of childElements(childElement(project, "profiles"), "profile")) {
    const activation = childElement(profile, "activation");
    if (textOfElement(activation, "activeByDefault") === "true") addParts(profile, pom);
    else if (childElement(profile, "dependencies") !== undefined) {
      pom.notes.add("dependencies of profiles that are not active by default are not listed");
    }
  }
  return pom;
}

function emptyPom(): Pom {
  return {
    group: "",
    artifact: "",
    version: "",
    properties: new Map(),
    managed: new Map(),
    dependencies: [],
    notes: new Set(),
  };
}

function readParent(path: string, parent: XmlElement, file: ListFile, depth: number): Pom {
  const relative = childElement(parent, "relativePath");
  const stated = relative?.text.trim() ?? "../pom.xml";
  const place = join(folderOf(path), stated.endsWith(".xml") || stated.endsWith(".pom") ? stated : `${stated}/pom.xml`);
  const bytes = stated === "" || place === path || depth === MOST_PARENTS ? undefined : file.files.get(place);
  const found = bytes === undefined ? undefined : readParentFile(bytes);
  if (found !== undefined && isParent(found, parent)) return mergeProject(place, found, file, depth + 1);
  const pom = emptyPom();
  pom.notes.add("its parent is not here; what it inherits from there is not known");
  return pom;
}

function readParentFile(bytes: Uint8Array): XmlElement | undefined {
  try {
    return readXmlRoot(bytes, "project");
  } catch (error) {
    // It is reported where it is read for itself.
    if (isAmapError(error)) return undefined;
    throw error;
  }
}

/** Whether a file is the parent that a project means: another project may lie there (Maven looks into its repository then). */
function isParent(found: XmlElement, parent: XmlElement): boolean {
  const group = textOfElement(found, "groupId") || textOfElement(childElement(found, "parent"), "groupId");
  return (
    textOfElement(found, "artifactId") === textOfElement(parent, "artifactId") &&
    group === textOfElement(parent, "groupId")
  );
}

/** Adds a project's or a profile's properties, managed and own dependencies over what is there. */
function addParts(element: XmlElement, pom: Pom): void {
  for (const { name, text } of childElement(element, "properties")?.children ?? [])
    pom.properties.set(name, text.trim());
  const managed = childElement(childElement(element, "dependencyManagement"), "dependencies");
  for (const dependency of childElements(managed, "dependency").map(readDependency)) {
    if (dependency.scope === "import") pom.notes.add("versions of imported dependency management are not known");
    pom.managed.set(keyOf(dependency), dependency);
  }
  const own = childElements(childElement(element, "dependencies"), "dependency").map(readDependency);
  // The nearest statement of a dependency counts: the project's own before its parents'.
  pom.dependencies.unshift(...own);
}

function readDependency(element: XmlElement): PomDependency {
  return {
    group: textOfElement(element, "groupId"),
    artifact: textOfElement(element, "artifactId"),
    version: textOfElement(element, "version"),
    scope: textOfElement(element, "scope"),
    type: textOfElement(element, "type") || "jar",
    classifier: textOfElement(element, "classifier"),
    isOptional: textOfElement(element, "optional") === "true",
  };
}

function keyOf({ group, artifact, type, classifier }: PomDependency): string {
  return `${group}:${artifact}:${type}:${classifier}`;
}

/** Rounds of insertion: a property may be made of others. And how long what they make may be. */
const MOST_ROUNDS = 8;
const LONGEST = 500;

function interpolate(text: string, pom: Pom): string {
  let result = text;
  for (let round = 0; round < MOST_ROUNDS && result.includes("${") && result.length <= LONGEST; round++) {
    const before = result;
    result = result.replaceAll(/\$\{([^}]{1,200})\}/g, (whole, name: string) => {
      const value = propertyOf(name, pom);
      return value === undefined || value.length > LONGEST ? whole : value;
    });
    if (result === before) break;
  }
  return result;
}

function propertyOf(name: string, pom: Pom): string | undefined {
  const own = pom.properties.get(name);
  if (own !== undefined) return own;
  const field = /^(?:(?:project|pom)\.)?(groupId|artifactId|version)$/.exec(name)?.[1];
  if (field === "groupId") return pom.group || undefined;
  if (field === "artifactId") return pom.artifact || undefined;
  if (field === "version") return pom.version || undefined;
  return /^(?:pom\.)?parent\./.test(name) ? pom.properties.get(`project.${name.replace(/^pom\./, "")}`) : undefined;
}

function toMavenPackage(
  dependency: PomDependency,
  managed: ReadonlyMap<string, PomDependency>,
  insert: (text: string) => string,
): StatedPackage | undefined {
  const group = insert(dependency.group);
  const artifact = insert(dependency.artifact);
  if (group === "" || artifact === "" || group.includes("${") || artifact.includes("${")) return undefined;
  const manager = managed.get(insert(keyOf(dependency)));
  const range = insert(dependency.version || (manager?.version ?? ""));
  const scope = insert(dependency.scope || (manager?.scope ?? ""));
  const version = exactVersion(range);
  const isOptional = dependency.isOptional || scope === "provided" || scope === "system";
  return {
    name: `${group}:${artifact}`,
    ...(version !== undefined ? { version } : range === "" ? {} : { requirement: range }),
    identity: { ...mavenIdentity(group, artifact), qualifiers: qualifiersOf(dependency, insert) },
    scope: scope === "test" ? "development" : isOptional ? "optional" : "production",
  };
}

function qualifiersOf({ type, classifier }: PomDependency, insert: (text: string) => string): Record<string, string> {
  return {
    ...(type === "jar" ? {} : { type: insert(type) }),
    ...(classifier === "" ? {} : { classifier: insert(classifier) }),
  };
}

/** A version alone is what Maven takes where nobody else asks for another one; `[1.0]` is exactly that. */
function exactVersion(range: string): string | undefined {
  if (range === "" || range.includes("${")) return undefined;
  const bracketed = /^\[([^,[\]()]+)\]$/.exec(range)?.[1];
  return bracketed ?? (/[[\](),]/.test(range) || /^(?:LATEST|RELEASE)$/.test(range) ? undefined : range);
}
