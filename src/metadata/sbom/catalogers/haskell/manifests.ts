import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { readAllLicenses } from "../../licenses.ts";
import {
  type ListFile,
  optional,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readListLines,
  readYamlObject,
  type StatedPackage,
  textMember,
} from "../package-list.ts";

type Scope = NonNullable<StatedPackage["scope"]>;

const FREEZES = ["cabal.project.freeze", "stack.yaml.lock"];

/** NAME.cabal. */
export const cabalFile: PackageListFormat = {
  id: "haskell/cabalfile",
  endings: [".cabal"],
  lockedBy: { names: FREEZES, isAbove: true },
  read: readCabalFile,
};

const FIELD = /^([A-Za-z][A-Za-z0-9-]{0,60})\s*:(.*)$/;
const DEPENDENCY_FIELDS = new Set(["build-depends", "build-tool-depends", "setup-depends"]);

function readCabalFile({ path, bytes }: ListFile): PackageList {
  const stated = new Map<string, string>();
  const lines = readListLines(bytes);
  const packages: StatedPackage[] = [];
  for (const { name, value, isTop, scope } of cabalFields(lines)) {
    if (DEPENDENCY_FIELDS.has(name)) {
      for (const text of splitDependencies(value)) {
        for (const each of asked(text, name === "build-depends" ? scope : "development")) packages.push(each);
      }
    } else if (isTop && !stated.has(name)) stated.set(name, value);
  }
  const ownName = stated.get("name") || projectNameOf(path);
  const libraries = lines.flatMap((line) => /^library\s+([A-Za-z0-9-]{1,200})\s*$/i.exec(line)?.[1] ?? []);
  const external = withoutOwn(packages, [ownName, ...libraries]);
  const project: StatedPackage = {
    name: ownName,
    ...optional("version", stated.get("version") || undefined),
    licenses: readAllLicenses([stated.get("license") ?? ""].filter((license) => license !== "")),
    keys: [],
    needs: [...new Set(external.map((each) => each.name))],
    isProject: true,
  };
  return { packages: [project, ...external] };
}

interface CabalField {
  readonly name: string;
  readonly value: string;
  /** Whether it stands in no section. */
  readonly isTop: boolean;
  /** How what its section needs is needed. */
  readonly scope: Scope;
}

/** Fields with the deeper lines that follow them. */
function* cabalFields(lines: readonly string[]): Generator<CabalField> {
  let scope: Scope = "production";
  let field: { readonly name: string; readonly indentation: number; readonly parts: string[] } | undefined;
  const finish = (): readonly CabalField[] =>
    field === undefined
      ? []
      : [{ name: field.name, value: field.parts.join(" ").trim(), isTop: field.indentation === 0, scope }];
  for (const line of lines) {
    const text = line.trim();
    if (text === "" || text.startsWith("--")) continue;
    const indentation = line.length - line.trimStart().length;
    if (field !== undefined && indentation > field.indentation) {
      field.parts.push(text);
      continue;
    }
    yield* finish();
    const [, name, value = ""] = FIELD.exec(text) ?? [];
    field = name === undefined ? undefined : { name: name.toLowerCase(), indentation, parts: [value] };
    if (name === undefined && indentation === 0) {
      scope = /^(?:test-suite|benchmark)\b/i.test(text) ? "development" : "production";
    }
  }
  yield* finish();
}

/**
 * What a project needs of others, each once: several of its parts may need the same package, and its programs and tests
 * need its own libraries.
 */
function withoutOwn(packages: readonly StatedPackage[], ownNames: readonly string[]): readonly StatedPackage[] {
  const own = new Set(ownNames);
  const known = new Map<string, StatedPackage>();
  for (const stated of packages) {
    if (own.has(stated.name)) continue;
    const key = `${stated.name} ${stated.version ?? stated.requirement}`;
    const other = known.get(key);
    if (other === undefined || other.scope === "development") known.set(key, stated);
  }
  return [...known.values()];
}

/** Dependencies are separated by commas; parts of a package stand in braces with commas of their own. */
function splitDependencies(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "(") depth += 1;
    else if (character === "}" || character === ")") depth -= 1;
    else if (character === "," && depth <= 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

const DEPENDENCY =
  /^([A-Za-z0-9][A-Za-z0-9-]{0,200})(?::(?:\{[^}]{0,500}\}|[A-Za-z0-9-]{1,200}))?(?=$|[\s<>=^(&|{-])(.{0,1000})$/s;

/** `name ==1.0`, `name >=1 && <2`, `name:part`. */
function asked(text: string, scope: Scope): readonly StatedPackage[] {
  const [, name, rest = ""] = DEPENDENCY.exec(text.trim()) ?? [];
  if (name === undefined) return [];
  const range = rest.trim().replaceAll(/\s+/g, " ");
  const version = /^== ?([0-9]+(?:\.[0-9]+)*)$/.exec(range)?.[1];
  return [
    {
      name,
      ...(version === undefined ? { requirement: range } : { version }),
      identity: { type: "hackage", name },
      scope,
    },
  ];
}

/** package.yaml of hpack, of which NAME.cabal is made. */
export const hpackFile: PackageListFormat = {
  id: "haskell/packageyaml",
  names: ["package.yaml"],
  lockedBy: { names: FREEZES, isAbove: true },
  read: readHpack,
};

const PARTS: readonly (readonly [member: string, scope: Scope])[] = [
  ["executables", "production"],
  ["internal-libraries", "production"],
  ["tests", "development"],
  ["benchmarks", "development"],
];

function readHpack({ path, bytes }: ListFile): PackageList {
  const manifest = readYamlObject(bytes);
  // Other tools have files of this name.
  if (
    !["library", "executables", "executable", "tests", "ghc-options"].some(
      (key) => memberOf(manifest, key) !== undefined,
    )
  )
    return { packages: [] };
  const asks = [
    ...dependenciesOf(manifest, "production"),
    ...dependenciesOf(memberOf(manifest, "library"), "production"),
    ...dependenciesOf(memberOf(manifest, "executable"), "production"),
    ...PARTS.flatMap(([member, scope]) => {
      const parts = memberOf(manifest, member);
      return isValueObject(parts) ? Object.values(parts).flatMap((part) => dependenciesOf(part, scope)) : [];
    }),
  ];
  const ownName = textMember(manifest, "name") ?? projectNameOf(path);
  const libraries = memberOf(manifest, "internal-libraries");
  const packages = withoutOwn(asks, [ownName, ...(isValueObject(libraries) ? Object.keys(libraries) : [])]);
  const project: StatedPackage = {
    name: ownName,
    ...optional("version", textMember(manifest, "version")),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

/** What a part of the project needs, under any condition. */
function dependenciesOf(holder: Value | undefined, scope: Scope): readonly StatedPackage[] {
  const when = memberOf(holder, "when");
  const conditions: readonly Value[] = Array.isArray(when) ? when : when === undefined ? [] : [when];
  return [holder, ...conditions.flatMap((each) => [each, memberOf(each, "then"), memberOf(each, "else")])].flatMap(
    (each) => listedDependencies(each, scope),
  );
}

/** One dependency, a list of them, or a map of names to ranges. */
function listedDependencies(holder: Value | undefined, scope: Scope): readonly StatedPackage[] {
  const dependencies = memberOf(holder, "dependencies");
  if (typeof dependencies === "string") return asked(dependencies, scope);
  if (Array.isArray(dependencies)) {
    return (dependencies as readonly Value[]).flatMap((entry) =>
      asked(typeof entry === "string" ? entry : (textMember(entry, "name") ?? ""), scope),
    );
  }
  if (!isValueObject(dependencies)) return [];
  return Object.entries(dependencies).flatMap(([name, form]) => {
    const range = typeof form === "string" ? form : textMember(form, "version");
    return asked(`${name} ${range ?? ""}`, scope);
  });
}
