import { decodeLatin1, isAmapError } from "../../../../base/index.ts";
import { baseName, type Cataloger, type CatalogerResult, decodeDatabaseText, ResultBuilder } from "../cataloger.ts";
import { type FoundPackage, inferred, isInferred, toFoundComponent } from "../found-package.ts";
import { optional, readJsonObject, textMember } from "../package-list.ts";
import type { KnownProgram } from "./known-program.ts";
import { KNOWN_PROGRAMS } from "./known-programs.ts";
import { bytesOfSection, numberAt, type Program, readPrograms } from "./sections.ts";

/** Characters that are looked at together, and how far they reach into the next ones. */
const WINDOW = 1024 * 1024;
const OVERLAP = 512;

const JDK_RELEASE = /(?:^|\/)release$/;

/** Interpreters, servers and libraries that no package manager put there. */
export const runtimeCataloger: Cataloger = {
  id: "runtime",
  ecosystem: "generic",
  note: `Knows some programs and libraries by their files' names and the version in their words: ${[...new Set(KNOWN_PROGRAMS.map(({ name }) => name))].join(", ")}. These have the property \`inferred\`. Also reads the \`release\` file of a Java development kit or runtime, package notes in programs (.note.package), and tells applications that were put into Node (single executables, pkg). Where an artifact has a package database of an operating system, programs in that system's own folders (/usr/bin, /lib and the like; not /usr/local or /opt) are the database's and not listed again. Does not look for libraries that were linked into a program.`,
  wants: (path) => JDK_RELEASE.test(path),
  read: (files) => {
    const builder = new ResultBuilder();
    for (const [path, bytes] of files) {
      const found = readJavaRelease(path, bytes);
      if (found !== undefined) builder.components.push(toFoundComponent(found));
    }
    return builder.finish();
  },
  readProgram: (path, bytes) => {
    const found = [...readKnownPrograms(path, bytes), ...readNotes(path, bytes)];
    const builder = new ResultBuilder();
    for (const each of found) builder.components.push(toFoundComponent(each));
    noteNodeApplication(path, bytes, builder);
    return builder.components.length + builder.notLookedAt.length === 0 ? undefined : builder.finish();
  },
};

function readKnownPrograms(path: string, bytes: Uint8Array): readonly FoundPackage[] {
  const name = baseName(path);
  return KNOWN_PROGRAMS.flatMap((known) => {
    const match = known.fileName.exec(name);
    const version = match === null ? undefined : findVersion(bytes, known, match[1]);
    return version === undefined ? [] : [toRuntime(known, version, path)];
  });
}

function toRuntime({ name, cpe }: KnownProgram, version: string, path: string): FoundPackage {
  return {
    name,
    version,
    identity: { type: "generic", name },
    kind: path.includes(".so") ? "library" : "application",
    ...(cpe === undefined ? {} : { cpes: [`cpe:2.3:a:${cpe}:${version}:*:*:*:*:*:*:*`] }),
    properties: [inferred("name and version from the file's name and the words in it")],
    locations: [path],
  };
}

/** The first version that stands there as the table says; `beginning` is what the file's name says of it. */
function findVersion(bytes: Uint8Array, { version }: KnownProgram, beginning: string | undefined): string | undefined {
  for (const text of windowsOf(bytes)) {
    for (const match of text.matchAll(version)) {
      const found = match.slice(1).find((group) => group !== undefined) ?? "";
      if (beginning === undefined || found.startsWith(`${beginning}.`)) return found;
    }
  }
  return undefined;
}

function* windowsOf(bytes: Uint8Array): Generator<string> {
  for (let at = 0; at < bytes.length; at += WINDOW) yield decodeLatin1(bytes.subarray(at, at + WINDOW + OVERLAP));
}

/** The `release` file of a Java runtime: `KEY="value"` lines. Other files have that name, too. */
function readJavaRelease(path: string, bytes: Uint8Array): FoundPackage | undefined {
  const fields = new Map<string, string>();
  for (const line of decodeDatabaseText(bytes.subarray(0, WINDOW)).split("\n")) {
    const match = /^([A-Z_]{1,60})="?([^"\r]{0,500})"?\r?$/.exec(line);
    if (match?.[1] !== undefined) fields.set(match[1], match[2] ?? "");
  }
  const stated = fields.get("JAVA_VERSION");
  if (stated === undefined || !/^\d[\w.+-]*$/.test(stated)) return undefined;
  // Behind the number of the build stands what its maker adds.
  const runtime = /^\d[\d.]{0,40}\+\d{1,6}/.exec(fields.get("JAVA_RUNTIME_VERSION") ?? "")?.[0];
  const version = runtime?.startsWith(stated) === true ? runtime : stated;
  return {
    name: "openjdk",
    version,
    identity: { type: "generic", namespace: "oracle", name: "openjdk" },
    kind: "platform",
    cpes: [`cpe:2.3:a:oracle:openjdk:${stated.replaceAll("+", "\\+")}:*:*:*:*:*:*:*`],
    supplier: fields.get("IMPLEMENTOR") || undefined,
    locations: [path],
  };
}

const NOTE_TYPE = 0xcafe1a7e;
const MOST_NOTE = 64 * 1024;

/** What a distribution writes into the programs that it builds (systemd's ELF package metadata). */
function readNotes(path: string, bytes: Uint8Array): readonly FoundPackage[] {
  return readPrograms(bytes).flatMap((program) => {
    const section = program.sections.find(({ name }) => name === ".note.package");
    return section === undefined ? [] : readNote(path, bytesOfSection(bytes, section), program);
  });
}

function readNote(path: string, note: Uint8Array, { isLittleEndian }: Program): readonly FoundPackage[] {
  const [nameSize = 0, size = 0, type] = [0, 4, 8].map((at) => numberAt(note, at, 4, isLittleEndian));
  const start = 12 + Math.ceil(nameSize / 4) * 4;
  if (type !== NOTE_TYPE || size > MOST_NOTE || start + size > note.length) return [];
  const text = note.subarray(start, start + size);
  const end = text.indexOf(0);
  try {
    const record = readJsonObject(end === -1 ? text : text.subarray(0, end));
    const [type = "", name, version] = ["type", "name", "version"].map((key) => textMember(record, key));
    if (name === undefined || version === undefined || !/^(?:deb|rpm|apk|alpm)$/.test(type)) return [];
    const architecture = textMember(record, "architecture");
    const namespace = textMember(record, "os");
    const qualifiers = architecture === undefined ? {} : { arch: architecture };
    const cpe = textMember(record, "osCpe");
    return [
      {
        name,
        version,
        identity: { type, ...optional("namespace", namespace), name, qualifiers },
        properties: [
          inferred("the package from a note in the program"),
          ...(cpe === undefined ? [] : [{ name: "osCpe", value: cpe.slice(0, 500) }]),
        ],
        locations: [path],
      },
    ];
  } catch (error) {
    // A damaged note states nothing; the program is what it is without it.
    if (isAmapError(error)) return [];
    throw error;
  }
}

/** Node itself, with an application in it, is larger than this. */
const LEAST_NODE = 20 * 1024 * 1024;
const SINGLE_EXECUTABLE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1";
const PKG = "pkg/prelude/bootstrap.js";
const NODE = KNOWN_PROGRAMS.find(({ name }) => name === "node");

function noteNodeApplication(path: string, bytes: Uint8Array, builder: ResultBuilder): void {
  if (bytes.length < LEAST_NODE || NODE === undefined || NODE.fileName.test(baseName(path))) return;
  const isOfGo = readPrograms(bytes).some(({ sections }) =>
    sections.some(({ name }) => /^(?:\.go\.|__go_)build/.test(name)),
  );
  if (isOfGo) return;
  for (const text of windowsOf(bytes)) {
    const mark = [SINGLE_EXECUTABLE, PKG].find((each) => text.includes(each));
    if (mark === undefined) continue;
    const version = findVersion(bytes, NODE, undefined);
    if (version !== undefined) builder.components.push(toFoundComponent(toRuntime(NODE, version, path)));
    builder.addNotLookedAt(path, "an application that was put into Node; amap does not look into what was put there");
    return;
  }
}

/** Folders that an operating system's packages fill; what lies in others was put there by somebody else. */
const OWNED = /^\/(?:usr\/)?(?:s?bin|lib(?:32|64|x32|exec)?)\//;

/**
 * A result of {@link runtimeCataloger} without what lies in the folders of an operating system whose package database is
 * there: the database states the same programs, with the distribution's own versions.
 */
export function withoutOwned(result: CatalogerResult): CatalogerResult {
  const isOwned = ({ purl, locations, properties }: CatalogerResult["components"][number]): boolean =>
    /^pkg:(?:generic|deb|rpm|apk|alpm)\//.test(purl ?? "") &&
    properties?.some(isInferred) === true &&
    locations.every((path) => OWNED.test(path));
  if (!result.components.some(isOwned)) return result;
  return { ...result, components: result.components.filter((component) => !isOwned(component)) };
}
