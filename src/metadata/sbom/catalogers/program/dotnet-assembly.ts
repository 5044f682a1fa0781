import { type Cataloger, type CatalogerResult, folderOf, ResultBuilder } from "../cataloger.ts";
import { inferred, toFoundComponent } from "../found-package.ts";
import { optional } from "../package-list.ts";
import { bytesOfSection, numberAt, readPrograms } from "./sections.ts";

/** What an assembly says of itself is far smaller. */
const MOST_VERSION_INFO = 64 * 1024;
/** Resources before it: icons and the like. */
const MOST_RESOURCES = 4 * 1024 * 1024;

/** Assemblies of .NET that no deps.json beside them states. */
export const dotnetAssemblyCataloger: Cataloger = {
  id: "dotnet-assembly",
  ecosystem: "nuget",
  note: "Reads the version resource of .NET assemblies (*.dll and *.exe of PE): the name is the original file's, the version is the product's, or else the file's. A package may be named otherwise than its assemblies, so these have the property `inferred`. Assemblies in a folder with a *.deps.json, or below one, are that file's and not listed again. Does not read native programs, satellite assemblies with texts only, or the assemblies in a single-file application.",
  wants: () => false,
  read: () => new ResultBuilder().finish(),
  readProgram: (path, bytes) => {
    if (!/\.(?:dll|exe)$/i.test(path) || /\.resources\.dll$/i.test(path) || !isAssembly(bytes)) return undefined;
    const words = versionWordsOf(bytes);
    return words === undefined ? undefined : readAssembly(path, words);
  },
};

/** Whether the header has a place for what only .NET's runtime reads (ECMA-335, II.25.2.3.3, "CLI Header"). */
function isAssembly(bytes: Uint8Array): boolean {
  const header = numberAt(bytes, 0x3c, 4, true);
  const optionalHeader = header + 24;
  const directories = optionalHeader + (numberAt(bytes, optionalHeader, 2, true) === 0x20b ? 112 : 96);
  return numberAt(bytes, header, 4, true) === 0x4550 && numberAt(bytes, directories + 14 * 8, 4, true) !== 0;
}

/** The version resource as UTF-16 units, from its key on; undefined where there is none. */
function versionWordsOf(bytes: Uint8Array): string | undefined {
  const section = readPrograms(bytes)[0]?.sections.find(({ name }) => name === ".rsrc");
  if (section === undefined) return undefined;
  const resources = bytesOfSection(bytes, section).subarray(0, MOST_RESOURCES);
  const start = indexOfWords(resources, "VS_VERSION_INFO");
  if (start === -1) return undefined;
  // Its length stands before its key, with two more numbers.
  const block = resources.subarray(
    start - 6,
    start - 6 + Math.min(numberAt(resources, start - 6, 2, true), MOST_VERSION_INFO),
  );
  let words = "";
  for (let at = 0; at + 1 < block.length; at += 2)
    words += String.fromCharCode((block[at] ?? 0) + 256 * (block[at + 1] ?? 0));
  return words;
}

/** Where a text in UTF-16 begins, at an even place and behind three numbers; -1 where it is not. */
function indexOfWords(bytes: Uint8Array, text: string): number {
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first, 6); at !== -1; at = bytes.indexOf(first, at + 1)) {
    let index = 0;
    while (index < text.length && bytes[at + 2 * index] === text.charCodeAt(index) && bytes[at + 2 * index + 1] === 0)
      index += 1;
    if (index === text.length && at % 2 === 0) return at;
  }
  return -1;
}

/** The value of a name: both end with a zero, and the value begins at a place that four divides. */
function valueOf(words: string, name: string): string | undefined {
  const at = words.indexOf(`${name}\0`);
  // Two numbers before the name: how long its value is, and of which kind. What has no value is followed by the next name.
  if (at < 2 || words.charCodeAt(at - 2) === 0) return undefined;
  const behind = at + name.length + 1;
  const start = behind + (behind % 2);
  const end = words.indexOf("\0", start);
  const value = words.slice(start, Math.min(end === -1 ? words.length : end, start + 300)).trim();
  return value === "" ? undefined : value;
}

const VERSION = /^\d{1,9}(?:\.\d{1,9}){1,3}(?:-[0-9A-Za-z.-]{1,100})?/;

function readAssembly(path: string, words: string): CatalogerResult | undefined {
  const file = valueOf(words, "OriginalFilename") ?? valueOf(words, "InternalName");
  const name = file?.replace(/\.(?:dll|exe)$/i, "");
  const product = VERSION.exec(valueOf(words, "ProductVersion") ?? "")?.[0];
  const version = product ?? VERSION.exec(valueOf(words, "FileVersion") ?? "")?.[0];
  if (name === undefined || version === undefined || !/^[A-Za-z0-9_][\w.-]{0,200}$/.test(name)) return undefined;
  const builder = new ResultBuilder();
  builder.components.push(
    toFoundComponent({
      name,
      version,
      identity: { type: "nuget", name },
      ...optional("supplier", valueOf(words, "CompanyName")),
      properties: [inferred("name and version from the assembly's version resource")],
      locations: [path],
    }),
  );
  return builder.finish();
}

/**
 * A result without assemblies whose folder, or one above it, has a *.deps.json: that file says which packages they came
 * with. The folders have no leading slash.
 */
export function withoutStatedAssemblies(result: CatalogerResult, folders: ReadonlySet<string>): CatalogerResult {
  if (folders.size === 0) return result;
  const isStated = ({ purl, locations }: CatalogerResult["components"][number]): boolean =>
    purl?.startsWith("pkg:nuget/") === true && locations.every((path) => isBelow(path.slice(1), folders));
  if (!result.components.some(isStated)) return result;
  return { ...result, components: result.components.filter((component) => !isStated(component)) };
}

function isBelow(path: string, folders: ReadonlySet<string>): boolean {
  for (let folder = folderOf(path); ; folder = folderOf(folder)) {
    if (folders.has(folder)) return true;
    if (folder === "") return false;
  }
}
