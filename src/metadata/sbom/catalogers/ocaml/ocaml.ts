import { baseName } from "../cataloger.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  invalidFile,
  type ListFile,
  optional,
  type PackageList,
  type PackageListFormat,
  readListLines,
  readListText,
  type StatedPackage,
} from "../package-list.ts";

/** What a switch has installed: `name.version` on each line, as `opam list` and .opam-switch/install have it. */
const opamInstalled: PackageListFormat = {
  id: "ocaml/opam",
  names: ["install"],
  where: "in `.opam-switch`",
  isAt: (path) => /(?:^|\/)\.opam-switch\/[^/]+$/.test(path),
  read: ({ bytes }) => ({
    packages: readListLines(bytes).flatMap((line) => {
      const [entry = ""] = line.trim().split(/\s+/, 1);
      return entry === "" || entry.startsWith("#") ? [] : [toInstalled(entry)];
    }),
  }),
};

function toInstalled(entry: string): StatedPackage {
  const point = entry.indexOf(".");
  if (point < 1 || point === entry.length - 1)
    throw invalidFile(`${JSON.stringify(entry.slice(0, 60))} is not name.version`);
  return opamPackage(entry.slice(0, point), entry.slice(point + 1));
}

function opamPackage(name: string, version: string): StatedPackage {
  return { name, version, identity: { type: "opam", name } };
}

/** .opam-switch/switch-state: lists of `"name.version"`. */
const switchState: PackageListFormat = {
  id: "ocaml/switchstate",
  names: ["switch-state"],
  where: "in `.opam-switch`",
  isAt: (path) => /(?:^|\/)\.opam-switch\/[^/]+$/.test(path),
  read: ({ bytes }) => ({
    packages: textsIn(fieldOf(readListText(bytes), "installed")).map((entry) => toInstalled(entry)),
  }),
};

/** NAME.opam, opam, and the locked forms of them. */
const opamFile: PackageListFormat = {
  id: "ocaml/opamfile",
  names: ["opam", "opam.locked"],
  endings: [".opam", ".opam.locked"],
  // Below ~/.opam are those of everything that could be installed.
  where: "not in `~/.opam`",
  isAt: (path) => !/(?:^|\/)\.opam(?:\/|-switch\/)/.test(path),
  read: readOpamFile,
};

function readOpamFile({ path, bytes }: ListFile): PackageList {
  const text = readListText(bytes);
  if (!/^opam-version\s*:/m.test(text)) throw invalidFile("expected the field opam-version, found none");
  const packages = [
    ...dependenciesIn(fieldOf(text, "depends"), false),
    ...dependenciesIn(fieldOf(text, "depopts"), true),
  ];
  const [name = baseName(path).replace(/\.opam(?:\.locked)?$/, "")] = textsIn(lineOf(text, "name"));
  const [version] = textsIn(lineOf(text, "version"));
  const project: StatedPackage = {
    name,
    ...optional("version", version || undefined),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

function lineOf(text: string, field: string): string {
  const start = text.startsWith(`${field}:`) ? 0 : text.indexOf(`\n${field}:`) + 1;
  if (start === 0 && !text.startsWith(`${field}:`)) return "";
  const end = text.indexOf("\n", start);
  return text.slice(start + field.length + 1, end === -1 ? text.length : end);
}

/** The list of a field: `field: [ … ]`, with strings that may hold brackets. */
function fieldOf(text: string, field: string): string {
  const start = text.startsWith(`${field}:`) ? 0 : text.indexOf(`\n${field}:`) + 1;
  if (start === 0 && !text.startsWith(`${field}:`)) return "";
  const open = start + field.length + 1;
  let depth = 0;
  let hasValue = false;
  for (let at = open; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\n" && depth === 0 && hasValue) return text.slice(open, at);
    hasValue ||= !" \t\r\n".includes(character);
    if (character === '"') at = endOfText(text, at);
    else if (character === "[") depth += 1;
    else if (character === "]") {
      depth -= 1;
      if (depth === 0) return text.slice(open, at);
    }
  }
  return text.slice(open);
}

/** The place of a text's closing quote. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function textsIn(text: string): readonly string[] {
  const found: string[] = [];
  for (let at = text.indexOf('"'); at !== -1; ) {
    const end = endOfText(text, at);
    found.push(text.slice(at + 1, end));
    at = text.indexOf('"', end + 1);
  }
  return found;
}

/** `"name" {= "1.0" & with-test}`: a name, and in braces what is asked of it. */
function dependenciesIn(text: string, isOptional: boolean): readonly StatedPackage[] {
  const packages: StatedPackage[] = [];
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at)) {
    const end = endOfText(text, at);
    const name = text.slice(at + 1, end);
    let next = end + 1;
    while (/\s/.test(text[next] ?? "")) next += 1;
    const close = text[next] === "{" ? endOfBraces(text, next) : -1;
    const condition = close === -1 ? "" : text.slice(next + 1, close);
    if (name !== "") packages.push(asked(name, condition, isOptional));
    at = close === -1 ? end + 1 : close + 1;
  }
  return packages;
}

function endOfBraces(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '"') at = endOfText(text, at);
    else if (text[at] === "}") return at;
  }
  return text.length;
}

function asked(name: string, condition: string, isOptional: boolean): StatedPackage {
  const [exact] = /^\s*=/.test(condition) ? textsIn(condition) : [];
  const isDevelopment = /\bwith-(?:test|doc|dev-setup)\b/.test(condition);
  return {
    name,
    ...(!exact ? { requirement: condition.trim() } : { version: exact }),
    identity: { type: "opam", name },
    scope: isDevelopment ? "development" : isOptional ? "optional" : "production",
  };
}

/** Formats of opam. */
export const OCAML_FORMATS: readonly PackageListFormat[] = [opamInstalled, switchState, opamFile];

/** OCaml packages. */
export const ocamlCataloger = createListCataloger({
  id: "ocaml",
  ecosystem: "opam",
  note: "Reads what a switch has installed (.opam-switch/install, .opam-switch/switch-state) and *.opam and *.opam.locked (what is asked for; versions where they are exact). Does not evaluate the conditions of an opam file.",
  formats: OCAML_FORMATS,
});
