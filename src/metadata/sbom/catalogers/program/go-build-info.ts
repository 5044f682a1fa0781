import { decodeDatabaseText } from "../cataloger.ts";
import { bytesAtAddress, bytesOfSection, numberAt, type Program } from "./sections.ts";

/** A module that a program is made of. */
export interface BuildModule {
  readonly path: string;
  /** As written: `v1.2.3`, `(devel)`, or empty for a folder. */
  readonly version: string;
}

/** What Go writes into the programs that it builds (debug/buildinfo). */
export interface GoBuildInfo {
  /** As the toolchain calls itself: `go1.22.3`. */
  readonly goVersion: string;
  /** The package that the program is: `example.com/shop/cmd/server`. */
  readonly path: string | undefined;
  readonly main: BuildModule | undefined;
  /** What is linked in, replacements in the place of what they replace. */
  readonly dependencies: readonly BuildModule[];
  readonly settings: ReadonlyMap<string, string>;
}

/** `\xff Go buildinf:` at a multiple of 16. */
const MAGIC = [0xff, 0x20, 0x47, 0x6f, 0x20, 0x62, 0x75, 0x69, 0x6c, 0x64, 0x69, 0x6e, 0x66, 0x3a];
const ALIGNMENT = 16;
const HEADER = 32;
/** How far into data without a name of its own Go's own reader looks. */
const MOST_SEARCHED = 1024 * 1024;
const MOST_TEXT = 16 * 1024 * 1024;

/** The build information of a program of Go, or undefined. */
export function readGoBuildInfo(bytes: Uint8Array, program: Program): GoBuildInfo | undefined {
  const named = program.sections.filter(({ name }) => name === ".go.buildinfo" || name === "__go_buildinfo");
  const candidates = [...named, ...program.sections.filter(({ isWritable }) => isWritable)].slice(0, 64);
  for (const section of candidates) {
    const data = bytesOfSection(bytes, section);
    const at = findMagic(data.subarray(0, MOST_SEARCHED));
    if (at === -1) continue;
    const texts = readTexts(data, at, bytes, program);
    if (texts !== undefined) return toBuildInfo(texts);
  }
  return undefined;
}

function findMagic(data: Uint8Array): number {
  for (let at = 0; at + HEADER <= data.length; at += ALIGNMENT) {
    if (data[at] === 0xff && MAGIC.every((byte, index) => data[at + index] === byte)) return at;
  }
  return -1;
}

interface Texts {
  readonly version: string;
  readonly modules: string;
}

function readTexts(data: Uint8Array, at: number, bytes: Uint8Array, program: Program): Texts | undefined {
  const flags = data[at + 15] ?? 0;
  // Since Go 1.18 both texts follow, each behind its length.
  if (Math.floor(flags / 2) % 2 === 1) {
    const version = readCounted(data, at + HEADER);
    if (version === undefined) return undefined;
    const modules = readCounted(data, version.end);
    return { version: decodeDatabaseText(version.text), modules: moduleText(modules?.text ?? new Uint8Array()) };
  }
  const pointerSize = data[at + 14] ?? 0;
  if (pointerSize !== 4 && pointerSize !== 8) return undefined;
  const isLittleEndian = flags % 2 === 0;
  const [version, modules] = [0, 1].map((index) => {
    const address = numberAt(data, at + 16 + index * pointerSize, pointerSize, isLittleEndian);
    const header = bytesAtAddress(bytes, program, address, 2 * pointerSize);
    const start = numberAt(header, 0, pointerSize, isLittleEndian);
    const length = numberAt(header, pointerSize, pointerSize, isLittleEndian);
    return header.length === 0 || length > MOST_TEXT ? undefined : bytesAtAddress(bytes, program, start, length);
  });
  if (version === undefined || version.length === 0) return undefined;
  return { version: decodeDatabaseText(version), modules: moduleText(modules ?? new Uint8Array()) };
}

/** A length as a varint of at most five bytes, and as many bytes. */
function readCounted(data: Uint8Array, at: number): { readonly text: Uint8Array; readonly end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = data[at + index];
    if (byte === undefined) return undefined;
    length += (byte % 128) * 128 ** index;
    if (byte < 128) {
      const start = at + index + 1;
      if (length > MOST_TEXT || start + length > data.length) return undefined;
      return { text: data.subarray(start, start + length), end: start + length };
    }
  }
  return undefined;
}

/** The text lies between two marks of 16 bytes. */
function moduleText(bytes: Uint8Array): string {
  return bytes.length < 33 || bytes[bytes.length - 17] !== 0x0a ? "" : decodeDatabaseText(bytes.subarray(16, -16));
}

function toBuildInfo({ version, modules }: Texts): GoBuildInfo {
  let path: string | undefined;
  let main: BuildModule | undefined;
  const dependencies: BuildModule[] = [];
  const settings = new Map<string, string>();
  let last: "mod" | "dep" | undefined;
  for (const line of modules.split("\n")) {
    const [kind, first = "", second = ""] = line.split("\t");
    const module = { path: first, version: second };
    if (kind === "path") path = first;
    else if (kind === "mod") [main, last] = [module, "mod"];
    else if (kind === "dep") {
      dependencies.push(module);
      last = "dep";
    } else if (kind === "=>" && last === "dep") dependencies[dependencies.length - 1] = module;
    else if (kind === "=>" && last === "mod") main = module;
    else if (kind === "build") addSetting(first, settings);
  }
  const unique = new Map(dependencies.map((module) => [`${module.path} ${module.version}`, module]));
  return { goVersion: version, path, main, dependencies: [...unique.values()], settings };
}

/** `key=value`; a key or value with spaces or the like stands in quotes. */
function addSetting(text: string, settings: Map<string, string>): void {
  const match = /^("[^"]{0,200}"|[^="]{1,200})=(.*)$/.exec(text);
  if (match?.[1] === undefined) return;
  const value = match[2] ?? "";
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  settings.set(match[1].replaceAll('"', ""), isQuoted ? value.slice(1, -1).replaceAll('\\"', '"') : value);
}
