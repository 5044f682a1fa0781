import { childElement, childElements, isAmapError, textOfElement } from "../../../../base/index.ts";
import type { Component } from "../../sbom.ts";
import {
  type Cataloger,
  type CatalogerContext,
  type CatalogerResult,
  type CatalogFiles,
  folderOf,
  ResultBuilder,
} from "../cataloger.ts";
import { addLinkedPackages, type FoundPackage, type LinkedPackage, refOfPackage } from "../found-package.ts";
import { mavenIdentity, pomXml } from "../java/pom.ts";
import { readXmlRoot } from "../package-list.ts";
import { readStatedLicenses } from "../stated-licenses.ts";
import { type Coordinates, guessIdentity, type Identity, ownDescriptor } from "./archive-identity.ts";
import { type Manifest, readManifest, readProperties } from "./manifest.ts";

const ARCHIVE = /\.(?:jar|war|ear|jpi|hpi|par|sar|rar|kar|nar|lpkg|aar)$/i;
const MANIFEST = /^(.*!\/)META-INF\/MANIFEST\.MF$/i;
const DESCRIPTOR = /^(.*!\/|(?:.*\/)?)META-INF\/maven\/([^/]+)\/([^/]+)\/pom\.(properties|xml)$/;

/** Java archives, those within them, and what was put into them. */
export const javaArchiveCataloger: Cataloger = {
  id: "java-archive",
  ecosystem: "maven",
  note: "Reads jar, war, ear, hpi, jpi, par, sar, rar, kar, nar, lpkg and aar files and the archives in them (each a part of the one that it lies in): META-INF/maven/**/pom.properties and pom.xml, MANIFEST.MF (of Maven's, OSGi's and Jenkins' attributes), and where these do not say what the archive is, its file's name, with the groups of artifacts of Maven Central that are known to leave no descriptor. What was guessed that way has the property `inferred`. Maven descriptors of other artifacts within an archive are components that were put into it (shaded). SHA-1 and SHA-256 are of the archive's file. Licences from pom.xml or Bundle-License, dependencies from the pom.xml of an archive among the archives beside it. Also reads META-INF/maven in folders, where an archive was unpacked. Does not look at class files, and does not ask Maven Central for hashes.",
  wants: (path) => MANIFEST.test(path) || DESCRIPTOR.test(path),
  opens: (path) => (ARCHIVE.test(path) ? "zip" : undefined),
  digestsOf: (path) => ARCHIVE.test(path),
  read: readArchives,
};

/** The files of one archive, or of one folder that an archive was unpacked into. */
interface ArchiveFiles {
  manifest?: Uint8Array;
  /** By `group/artifact`. */
  readonly descriptors: Map<string, { properties?: Uint8Array; xml?: Uint8Array; path: string }>;
}

function readArchives(files: CatalogFiles, context: CatalogerContext): CatalogerResult {
  const builder = new ResultBuilder();
  const archives = new Map<string, ArchiveFiles>();
  for (const path of files.keys()) if (ARCHIVE.test(path)) archiveOf(path, archives);
  for (const [path, bytes] of files) {
    const manifest = MANIFEST.exec(path);
    if (manifest?.[1] !== undefined) archiveOf(manifest[1].slice(0, -2), archives).manifest = bytes;
    const descriptor = DESCRIPTOR.exec(path);
    if (descriptor !== null) addDescriptor(path, bytes, descriptor, archives);
  }
  const linked: LinkedPackage[] = [];
  const own = new Map<string, string>();
  const parents = new Map<string, string | undefined>();
  // An archive's path is shorter than those of the archives in it, so that its reference is known before theirs.
  for (const [path, archive] of [...archives].sort(([a], [b]) => a.length - b.length)) {
    linked.push(...readArchive(path, archive, { files, context, builder, own, parents }));
  }
  addLinkedPackages(linked, builder);
  return builder.finish();
}

function archiveOf(path: string, archives: Map<string, ArchiveFiles>): ArchiveFiles {
  const known = archives.get(path) ?? { descriptors: new Map() };
  archives.set(path, known);
  return known;
}

function addDescriptor(
  path: string,
  bytes: Uint8Array,
  [, prefix = "", group = "", artifact = "", ending]: RegExpExecArray,
  archives: Map<string, ArchiveFiles>,
): void {
  // A folder has no name of its own to tell its descriptors apart: each is by itself.
  const place = prefix.endsWith("!/") ? prefix.slice(0, -2) : `${prefix}META-INF/maven/${group}/${artifact}`;
  const { descriptors } = archiveOf(place, archives);
  const key = `${group}/${artifact}`;
  const known = descriptors.get(key) ?? { path };
  descriptors.set(key, { ...known, ...(ending === "xml" ? { xml: bytes } : { properties: bytes }) });
}

interface ReadInput {
  readonly files: CatalogFiles;
  readonly context: CatalogerContext;
  readonly builder: ResultBuilder;
  /** References of the archives that were read, by path. */
  readonly own: Map<string, string>;
  /**
   * What each reference is a part of, by the place that was read first: then nothing becomes a part of itself, whatever
   * archives hold each other.
   */
  readonly parents: Map<string, string | undefined>;
}

/** A Maven descriptor that was read. */
interface Descriptor extends Coordinates {
  readonly path: string;
  readonly licenses: readonly string[];
  /** `group:artifact`; left out where there is no pom.xml. */
  readonly needs?: readonly string[];
}

function readArchive(path: string, archive: ArchiveFiles, input: ReadInput): readonly LinkedPackage[] {
  const poms = [...archive.descriptors].flatMap(([key, files]) => readDescriptor(key, files, input) ?? []);
  const isFile = ARCHIVE.test(path);
  const place = folderOf(path);
  if (!isFile) return poms.map((pom) => linkDescriptor(pom, { place, locations: [pom.path] }));
  const manifest = archive.manifest === undefined ? new Map<string, string>() : readManifest(archive.manifest);
  const own = ownDescriptor(path, manifest, poms);
  const identity: Identity = own === undefined ? guessIdentity(path, manifest) : { ...own, properties: [] };
  const linked = linkArchive(path, { identity, own, manifest, place, partOf: parentOf(path, input), input });
  const ref = refOfPackage(linked.found);
  input.own.set(path, ref);
  const others = poms.filter((pom) => pom !== own);
  const within = others.map((pom) => linkDescriptor(pom, { place: path, locations: [path], partOf: ref }));
  return [linked, ...within].map((each) => withFirstParent(each, input.parents));
}

function withFirstParent(linked: LinkedPackage, parents: Map<string, string | undefined>): LinkedPackage {
  const ref = refOfPackage(linked.found);
  if (!parents.has(ref)) parents.set(ref, linked.found.partOf);
  return { ...linked, found: { ...linked.found, partOf: parents.get(ref) } };
}

interface ArchiveInput {
  readonly identity: Identity;
  readonly own: Descriptor | undefined;
  readonly manifest: Manifest;
  readonly place: string;
  readonly partOf: string | undefined;
  readonly input: ReadInput;
}

function linkArchive(path: string, { identity, own, manifest, place, partOf, input }: ArchiveInput): LinkedPackage {
  const digests = input.context.digests?.get(path);
  const hashes: Component["hashes"] =
    digests === undefined
      ? []
      : [
          { algorithm: "SHA-1", value: digests.sha1 },
          { algorithm: "SHA-256", value: digests.sha256 },
        ];
  const stated = readBundleLicenses(manifest);
  const vendor = manifest.get("implementation-vendor") ?? manifest.get("bundle-vendor");
  const isProgram = /\.(?:war|ear)$/i.test(path) || manifest.has("spring-boot-version");
  return {
    key: `${identity.group}:${identity.artifact}`,
    place,
    needs: own?.needs,
    found: {
      ...coordinatesOf(identity),
      ...(isProgram ? { kind: "application" as const } : {}),
      licenses: own !== undefined && own.licenses.length > 0 ? own.licenses : stated,
      hashes,
      supplier: vendor === undefined || vendor === "" || vendor.length > 200 ? undefined : vendor,
      properties: identity.properties,
      locations: [path],
      partOf,
    },
  };
}

function linkDescriptor(
  pom: Descriptor,
  { place, locations, partOf }: { place: string; locations: readonly string[]; partOf?: string },
): LinkedPackage {
  return {
    key: `${pom.group}:${pom.artifact}`,
    place,
    needs: pom.needs,
    found: { ...coordinatesOf(pom), licenses: pom.licenses, locations, partOf },
  };
}

function coordinatesOf({ group, artifact, version }: Coordinates): Pick<FoundPackage, "name" | "version" | "identity"> {
  return { name: `${group}:${artifact}`, version, identity: mavenIdentity(group, artifact) };
}

/** The archive that an archive lies in. */
function parentOf(path: string, { own }: ReadInput): string | undefined {
  const mark = path.lastIndexOf("!/");
  return mark === -1 ? undefined : own.get(path.slice(0, mark));
}

/** What a descriptor's two files say; the properties are what the build really used. */
function readDescriptor(
  key: string,
  { properties, xml, path }: { properties?: Uint8Array; xml?: Uint8Array; path: string },
  { files, builder }: ReadInput,
): Descriptor | undefined {
  const stated = properties === undefined ? new Map<string, string>() : readProperties(properties);
  const pom = xml === undefined ? undefined : readPomFile(path, xml, files, builder);
  const [folderGroup = "", folderArtifact = ""] = key.split("/");
  const group = stated.get("groupId") ?? pom?.group ?? folderGroup;
  const artifact = stated.get("artifactId") ?? pom?.artifact ?? folderArtifact;
  const version = stated.get("version") ?? pom?.version;
  if (!isStated(group) || !isStated(artifact)) return undefined;
  return {
    path,
    group,
    artifact,
    version: version !== undefined && isStated(version) ? version : undefined,
    licenses: pom?.licenses ?? [],
    ...(pom === undefined ? {} : { needs: pom.needs }),
  };
}

/** Whether a text says something itself: a property that nobody set stands there by its name. */
function isStated(text: string): boolean {
  return text !== "" && !text.includes("${");
}

interface PomFacts {
  readonly group: string | undefined;
  readonly artifact: string | undefined;
  readonly version: string | undefined;
  readonly licenses: readonly string[];
  readonly needs: readonly string[];
}

function readPomFile(
  path: string,
  bytes: Uint8Array,
  files: CatalogFiles,
  builder: ResultBuilder,
): PomFacts | undefined {
  try {
    const { packages } = pomXml.read({ path, bytes, files });
    const project = packages.find(({ isProject }) => isProject === true);
    const colon = project?.name.indexOf(":") ?? -1;
    const licenses = childElements(childElement(readXmlRoot(bytes, "project"), "licenses"), "license");
    return {
      group: colon === -1 ? undefined : project?.name.slice(0, colon),
      artifact: project?.name.slice(colon + 1),
      version: project?.version,
      licenses: readStatedLicenses(
        licenses.map((license) => textOfElement(license, "name") || textOfElement(license, "url")),
      ),
      needs: packages
        .filter(({ isProject, scope = "production" }) => isProject !== true && scope === "production")
        .map(({ name }) => name),
    };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    builder.addProblem(path, "DOCUMENT_INVALID", `not readable: ${error.message}`);
    return undefined;
  }
}

/** `Bundle-License: Apache-2.0;link="…", https://…`: names or addresses, each with parameters (OSGi Core 3.2.1.8). */
function readBundleLicenses(manifest: Manifest): readonly string[] {
  const stated = manifest.get("bundle-license") ?? "";
  if (stated.length > 2_000) return [];
  const parts = stated
    .split(/,\s*(?=https?:)|"\s*,\s*/)
    .map((part) => (part.split(";", 1)[0] ?? "").replaceAll('"', ""));
  return readStatedLicenses(parts);
}
