import {
  AmapError,
  decodeToml,
  decodeUtf8,
  decodeXml,
  isValueObject,
  LIMITS,
  memberOf,
  readJsonFast,
  readYaml,
  type Value,
  type ValueObject,
  type XmlElement,
} from "../../../base/index.ts";
import type { Component, ComponentHash } from "../sbom.ts";
import { baseName, type CatalogFiles, folderOf } from "./cataloger.ts";

/** A package URL without its version. */
export interface PackageIdentity {
  readonly type: string;
  readonly namespace?: string;
  readonly name: string;
  readonly qualifiers?: Readonly<Record<string, string>>;
  /** A part of the package. */
  readonly subpath?: string;
}

/** A package as a lock file or a manifest states it. */
export interface StatedPackage {
  /** Whole, as its ecosystem writes it: `@scope/name`, `group:artifact`, `github.com/a/b`. */
  readonly name: string;
  readonly version?: string;
  /** What is asked for, where the file states no version: a range, or the least version. */
  readonly requirement?: string;
  /** Left out for what no registry has: folders of the project, files. */
  readonly identity?: PackageIdentity;
  /** `production` when left out. */
  readonly scope?: Component["scope"];
  readonly licenses?: readonly string[];
  readonly hashes?: readonly ComponentHash[];
  readonly supplier?: string;
  /** What `needs` of other packages calls it; its name when left out. */
  readonly keys?: readonly string[];
  /** Keys of what it depends on; left out where the file does not say. */
  readonly needs?: readonly string[];
  /** The project that the file is of: an application. */
  readonly isProject?: true;
}

/** What one file states. */
export interface PackageList {
  readonly packages: readonly StatedPackage[];
  /** What the file names and does not tell, each in one sentence. */
  readonly notes?: readonly string[];
  /** What in the file cannot be read, each in one sentence; the rest of it is in `packages`. */
  readonly problems?: readonly string[];
}

/** A file to read, with the others that the cataloger wants: some formats refer to them. */
export interface ListFile {
  /** Without leading slash. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly files: CatalogFiles;
}

/** One format of lock files, manifests or lists of installed packages. */
export interface PackageListFormat {
  /** `LANGUAGE/FORMAT`, unique. */
  readonly id: string;
  /** Names of its files. */
  readonly names?: readonly string[];
  /** Endings of their names, each with its point. */
  readonly endings?: readonly string[];
  /** What `isAt` asks for, in words for the reference. */
  readonly where?: string;
  /** What else must hold of a path with such a name; it has no leading slash. */
  isAt?(path: string): boolean;
  /**
   * Files in the same folder, or with `isAbove` also in one above, that state the same packages with their versions:
   * where one of them is, this file is not read.
   */
  readonly lockedBy?: { readonly names: readonly string[]; readonly isAbove?: true };
  /** The files of one folder together describe one set of packages that need each other. */
  readonly isOneSet?: true;
  /** @throws {AmapError} LOCKFILE_INVALID, or what a reader of JSON, YAML, TOML or XML throws, for a file that is none of this format */
  read(file: ListFile): PackageList;
}

/** The error of a file that is not of its format. */
export function invalidFile(message: string): AmapError {
  return new AmapError("LOCKFILE_INVALID", message);
}

const OPTIONS = { maxBytes: LIMITS.listFileBytes };

/** A file's text: UTF-8, or UTF-16 with its mark, as editors on Windows write it. */
export function readListText(bytes: Uint8Array): string {
  if (bytes.length > LIMITS.listFileBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `expected at most ${LIMITS.listFileBytes} bytes, found ${bytes.length}`);
  }
  const text = isUtf16(bytes) ? decodeUtf16(bytes) : decodeUtf8(bytes);
  if (text === undefined) throw invalidFile("expected UTF-8 text, found other bytes");
  // No format of lines has it: without this, a file of other bytes would be one without packages.
  if (text.includes("\0")) throw invalidFile("expected text, found the character NUL");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function decodeUtf16(bytes: Uint8Array): string | undefined {
  const [low, high] = bytes[0] === 0xff ? [0, 1] : [1, 0];
  const parts: string[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    parts.push(String.fromCharCode((bytes[at + high] ?? 0) * 256 + (bytes[at + low] ?? 0)));
  }
  const text = parts.join("");
  return text.isWellFormed() ? text : undefined;
}

/** The lines of a file's text, without their ends. */
export function readListLines(bytes: Uint8Array): readonly string[] {
  const lines = readListText(bytes).split("\n");
  if (lines.length > LIMITS.listFileLines) {
    throw new AmapError("LIMIT_EXCEEDED", `expected at most ${LIMITS.listFileLines} lines, found ${lines.length}`);
  }
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** A JSON document that is an object. */
export function readJsonObject(bytes: Uint8Array): ValueObject {
  return expectObject(readJsonFast(readListText(bytes), OPTIONS), "a JSON object");
}

/** The first document of a YAML file, an object; undefined where the file holds nothing. */
export function readYamlObject(bytes: Uint8Array): ValueObject | undefined {
  const [document] = readYaml(readListText(bytes), { ...OPTIONS, hasPlainWords: true });
  return document === undefined || document === null ? undefined : expectObject(document, "a YAML mapping");
}

/** A TOML document. */
export function readTomlObject(bytes: Uint8Array): ValueObject {
  const decoded = decodeToml(readListText(bytes), OPTIONS);
  if (!decoded.ok) throw invalidFile(decoded.issues[0]?.message ?? "not TOML");
  return decoded.value;
}

/** The root of an XML document. */
export function readXmlRoot(bytes: Uint8Array, name: string): XmlElement {
  const decoded = decodeXml(bytes, OPTIONS);
  if (!decoded.ok) throw invalidFile(decoded.issues[0]?.message ?? "not XML");
  if (decoded.value.name !== name) throw invalidFile(`expected <${name}>, found <${decoded.value.name.slice(0, 100)}>`);
  return decoded.value;
}

function expectObject(value: Value, what: string): ValueObject {
  if (!isValueObject(value)) throw invalidFile(`expected ${what}, found another value`);
  return value;
}

/** A member that must be an object where it is there: absent and null are empty. */
export function objectMember(value: Value | undefined, key: string): ValueObject {
  const member = memberOf(value, key);
  if (member === undefined || member === null) return {};
  if (!isValueObject(member)) throw invalidFile(`${key} is not an object`);
  return member;
}

/** A member that must be a list where it is there: absent and null are empty. */
export function listMember(value: Value | undefined, key: string): readonly Value[] {
  const member = memberOf(value, key);
  if (member === undefined || member === null) return [];
  if (!Array.isArray(member)) throw invalidFile(`${key} is not a list`);
  return member;
}

/** A string member, or undefined when it is missing, empty or something else. */
export function textMember(value: Value | undefined, key: string): string | undefined {
  const member = memberOf(value, key);
  return typeof member === "string" && member !== "" ? member : undefined;
}

/** The strings of a list member. */
export function textsMember(value: Value | undefined, key: string): readonly string[] {
  const member = memberOf(value, key);
  return Array.isArray(member) ? member.filter((item: Value) => typeof item === "string") : [];
}

/** A property that is left out where it has no value. */
export function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });
}

/** What a project without a name is called: its folder. */
export function projectNameOf(path: string): string {
  return baseName(folderOf(path)) || "project";
}

const HEX_HASHES = new Map<string, { readonly algorithm: ComponentHash["algorithm"]; readonly length: number }>([
  ["md5", { algorithm: "MD5", length: 32 }],
  ["sha1", { algorithm: "SHA-1", length: 40 }],
  ["sha256", { algorithm: "SHA-256", length: 64 }],
  ["sha384", { algorithm: "SHA-384", length: 96 }],
  ["sha512", { algorithm: "SHA-512", length: 128 }],
]);

/** A hash in hex of an algorithm named as `sha256`; a malformed one is left out: it proves nothing. */
export function readHexHash(algorithm: string, value: string | undefined): readonly ComponentHash[] {
  const known = HEX_HASHES.get(algorithm.toLowerCase().replace("-", ""));
  const hex = value?.toLowerCase();
  if (known === undefined || hex?.length !== known.length || !/^[0-9a-f]+$/.test(hex)) return [];
  return [{ algorithm: known.algorithm, value: hex }];
}

/** A hash written `sha256:HEX`. */
export function readPrefixedHash(text: string | undefined): readonly ComponentHash[] {
  const colon = text?.indexOf(":") ?? -1;
  return text === undefined || colon === -1 ? [] : readHexHash(text.slice(0, colon), text.slice(colon + 1));
}

/** A git address as package URLs write it: `git+https://host/repository@commit`, without passwords. */
export function toVcsUrl(repository: string, commit: string | undefined): string {
  const address = withoutPassword(repository.startsWith("git+") ? repository.slice(4) : repository);
  return `git+${address}${commit === undefined || commit === "" ? "" : `@${commit}`}`;
}

/** Addresses in lock files may carry tokens. A plain user name (`git@`) says which protocol is meant and stays. */
export function withoutPassword(address: string): string {
  const scheme = address.indexOf("://");
  if (scheme === -1) return address;
  const start = scheme + 3;
  const slash = address.indexOf("/", start);
  const at = address.lastIndexOf("@", slash === -1 ? address.length : slash);
  if (at < start || address.slice(start, at) === "git") return address;
  return address.slice(0, start) + address.slice(at + 1);
}
