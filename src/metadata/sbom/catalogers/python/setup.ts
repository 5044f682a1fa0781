import {
  type ListFile,
  optional,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readListLines,
  readListText,
  type StatedPackage,
} from "../package-list.ts";
import { statedRequirements } from "./lock-files.ts";
import { parseRequirement, toStatedPackage } from "./requirement.ts";

const LOCKS = { names: ["poetry.lock", "pdm.lock", "uv.lock", "pylock.toml", "Pipfile.lock"], isAbove: true } as const;

/** setup.py: requirements that it holds as plain texts. */
export const setupPy: PackageListFormat = {
  id: "python/setup",
  names: ["setup.py"],
  lockedBy: LOCKS,
  read: readSetupPy,
};

/** Arguments of setup() whose lists are requirements, and how these are needed. */
const ARGUMENTS = new Map<string, NonNullable<StatedPackage["scope"]>>([
  ["install_requires", "production"],
  ["extras_require", "optional"],
  ["tests_require", "development"],
  ["setup_requires", "development"],
]);

/**
 * A program's lists cannot be known without running it. Texts that are a requirement with a version count wherever they
 * stand in brackets; a name alone counts in the lists that are known to be requirements.
 */
function readSetupPy({ bytes }: ListFile): PackageList {
  const packages: StatedPackage[] = [];
  let argument: { readonly scope: NonNullable<StatedPackage["scope"]>; readonly depth: number } | undefined;
  let depth = 0;
  let name = "";
  let isAssigned = false;
  for (const token of pythonTokens(readListText(bytes))) {
    if (token.kind === "name") {
      name = token.text;
      isAssigned = false;
    } else if (token.kind === "text") {
      const requirement = depth > 0 ? parseRequirement(token.text) : undefined;
      const counts = requirement !== undefined && (requirement.specifier !== "" || argument !== undefined);
      if (counts && !token.isKey) packages.push(toStatedPackage(requirement, argument?.scope));
    } else if (token.text === "=") isAssigned = true;
    else if ("([{".includes(token.text)) {
      depth += 1;
      const scope = isAssigned ? ARGUMENTS.get(name) : undefined;
      if (scope !== undefined && argument === undefined) argument = { scope, depth };
      isAssigned = false;
    } else if (")]}".includes(token.text)) {
      if (argument?.depth === depth) argument = undefined;
      depth = Math.max(0, depth - 1);
    } else isAssigned = false;
  }
  return { packages, notes: ["it is a program: only requirements that it holds as plain texts are listed"] };
}

interface Token {
  readonly kind: "name" | "text" | "mark";
  readonly text: string;
  /** A text before a colon: a key of a dictionary. */
  readonly isKey?: boolean;
}

const NAME_CHARACTER = /[A-Za-z0-9_]/;

/** As much of Python's tokens as tells names, texts and brackets apart. */
function* pythonTokens(text: string): Generator<Token> {
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? "";
    if (character === "#") {
      const end = text.indexOf("\n", at);
      at = end === -1 ? text.length : end;
    } else if (character === '"' || character === "'") {
      const end = endOfText(text, at);
      const quotes = end.isTriple ? 3 : 1;
      let next = end.at;
      while (text[next] === " ") next += 1;
      yield { kind: "text", text: text.slice(at + quotes, end.at - quotes), isKey: text[next] === ":" };
      at = end.at;
    } else if (NAME_CHARACTER.test(character)) {
      const start = at;
      while (at < text.length && NAME_CHARACTER.test(text[at] ?? "")) at += 1;
      // The letter before a quote says what kind of text it is.
      if (text[at] !== '"' && text[at] !== "'") yield { kind: "name", text: text.slice(start, at) };
    } else {
      if (character !== " " && character !== "\n" && character !== "\r" && character !== "\t") {
        yield { kind: "mark", text: character };
      }
      at += 1;
    }
  }
}

function endOfText(text: string, start: number): { readonly at: number; readonly isTriple: boolean } {
  const quote = text[start] ?? "";
  const isTriple = text.startsWith(quote.repeat(3), start);
  for (let at = start + (isTriple ? 3 : 1); at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (isTriple ? text.startsWith(quote.repeat(3), at) : text[at] === quote || text[at] === "\n") {
      return { at: at + (isTriple ? 3 : 1), isTriple };
    }
  }
  return { at: text.length, isTriple };
}

/** setup.cfg: the sections of setuptools. */
export const setupCfg: PackageListFormat = {
  id: "python/setupcfg",
  names: ["setup.cfg"],
  lockedBy: LOCKS,
  read: readSetupCfg,
};

function readSetupCfg({ path, bytes }: ListFile): PackageList {
  const sections = readSections(readListLines(bytes));
  const options = sections.get("options");
  const packages = [
    ...statedRequirements(options?.get("install_requires") ?? [], "production"),
    ...["tests_require", "setup_requires"].flatMap((key) => statedRequirements(options?.get(key) ?? [], "development")),
    ...[...(sections.get("options.extras_require")?.values() ?? [])].flatMap((texts) =>
      statedRequirements(texts, "optional"),
    ),
  ];
  const metadata = sections.get("metadata");
  const [name] = metadata?.get("name") ?? [];
  const [version] = metadata?.get("version") ?? [];
  const isStated = name !== undefined && packages.length > 0;
  // `attr:` and `file:` say where the version is.
  const stated = version === undefined || /^(?:attr|file):/.test(version) ? undefined : version;
  const project: StatedPackage = {
    name: name ?? projectNameOf(path),
    ...optional("version", stated),
    keys: [],
    needs: packages.flatMap(({ keys }) => keys ?? []),
    isProject: true,
  };
  return { packages: [...(isStated ? [project] : []), ...packages] };
}

/** Sections of a file of Python's configparser: each key with the lines of its value. */
function readSections(lines: readonly string[]): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const sections = new Map<string, Map<string, string[]>>();
  let section = new Map<string, string[]>();
  let value: string[] | undefined;
  for (const line of lines) {
    const text = line.trim();
    if (text === "" || text.startsWith("#") || text.startsWith(";")) continue;
    if (line.startsWith(" ") || line.startsWith("\t")) {
      value?.push(text);
      continue;
    }
    value = undefined;
    if (text.startsWith("[")) {
      section = new Map();
      sections.set(text.slice(1, text.indexOf("]") === -1 ? undefined : text.indexOf("]")), section);
      continue;
    }
    const separator = text.search(/[=:]/);
    if (separator === -1) continue;
    const first = text.slice(separator + 1).trim();
    value = first === "" ? [] : [first];
    section.set(text.slice(0, separator).trim(), value);
  }
  return sections;
}
