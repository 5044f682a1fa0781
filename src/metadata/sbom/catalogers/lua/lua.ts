import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  optional,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readListText,
  type StatedPackage,
} from "../package-list.ts";
import { withoutComments } from "../source-text.ts";
import { readStatedLicenses } from "../stated-licenses.ts";

type Scope = NonNullable<StatedPackage["scope"]>;

const COMMENTS = { line: "--", block: ["--[[", "]]"] } as const;

/** *.rockspec of a project; those of installed rocks lie in LuaRocks' tree. */
const rockspec: PackageListFormat = {
  id: "lua/rockspec",
  endings: [".rockspec"],
  where: "not in LuaRocks' tree",
  isAt: (path) => !/(?:^|\/)luarocks\/rocks(?:-\d\.\d)?\//.test(path),
  lockedBy: { names: ["luarocks.lock"] },
  read: readRockspec,
};

const TABLES: readonly (readonly [field: string, scope: Scope])[] = [
  ["dependencies", "production"],
  ["build_dependencies", "development"],
  ["test_dependencies", "development"],
];

function readRockspec({ path, bytes }: ListFile): PackageList {
  const text = withoutComments(readListText(bytes), COMMENTS);
  const packages = TABLES.flatMap(([field, scope]) =>
    [...tableOf(text, field).matchAll(/"([^"\n]{1,300})"|'([^'\n]{1,300})'/g)].flatMap(([, double, single]) =>
      askedRock(double ?? single ?? "", scope),
    ),
  );
  const license = fieldOf(text, "license");
  const project: StatedPackage = {
    name: fieldOf(text, "package") ?? projectNameOf(path),
    ...optional("version", fieldOf(text, "version")),
    licenses: license === undefined ? [] : readStatedLicenses([license]),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

/** `name >= 1.0, < 2`, `name == 1.0`, `name ~> 1.0`; a rock of somebody's own has `user/` before its name. */
function askedRock(text: string, scope: Scope): readonly StatedPackage[] {
  const [, user, name, rest = ""] =
    /^(?:([\w.-]{1,100})\/)?([A-Za-z0-9][\w.-]{0,200})\s*(.{0,200})$/.exec(text.trim()) ?? [];
  // The language itself is asked for like a rock.
  if (name === undefined || name === "lua") return [];
  const version = /^==?\s*(\d[\w.-]*)$/.exec(rest)?.[1];
  return [
    {
      name,
      ...(version === undefined ? { requirement: rest } : { version }),
      identity: { type: "luarocks", ...(user === undefined ? {} : { namespace: user }), name },
      scope,
    },
  ];
}

/** luarocks.lock: tables of names and versions. */
const luarocksLock: PackageListFormat = {
  id: "lua/luarockslock",
  names: ["luarocks.lock"],
  read: ({ bytes }) => {
    const text = withoutComments(readListText(bytes), COMMENTS);
    return {
      packages: TABLES.flatMap(([field, scope]) =>
        [
          ...tableOf(text, field).matchAll(
            /(?:\[\s{0,9}["']([^"'\n]{1,200})["']\s{0,9}\]|(?<!\w)([A-Za-z_]\w*))\s{0,9}=\s{0,9}["']([^"'\n]{1,100})["']/g,
          ),
        ].flatMap(([, quoted, plain, version = ""]): readonly StatedPackage[] => {
          const name = quoted ?? plain ?? "";
          return name === "lua" ? [] : [{ name, version, identity: { type: "luarocks", name }, scope }];
        }),
      ),
    };
  },
};

/** What stands in the braces of the first table of a name. */
function tableOf(text: string, field: string): string {
  const match = [...text.matchAll(/(?:^|[\s{,])(\w{1,40})\s{0,20}=\s{0,20}\{/g)].find(([, name]) => name === field);
  if (match === undefined) return "";
  const start = match.index + match[0].length;
  const end = text.indexOf("}", start);
  return text.slice(start, end === -1 ? text.length : end);
}

/** The first field of a name whose value is one text. */
function fieldOf(text: string, field: string): string | undefined {
  const fields = text.matchAll(/(?:^|[\s{,])(\w{1,40})\s{0,20}=\s{0,20}(?:"([^"\n]{1,300})"|'([^'\n]{1,300})')/g);
  const match = [...fields].find(([, name]) => name === field);
  return match?.[2] ?? match?.[3];
}

/** Formats of LuaRocks. */
export const LUA_FORMATS: readonly PackageListFormat[] = [rockspec, luarocksLock];

/** Lua rocks as projects ask for them and lock them. */
export const luaCataloger = createListCataloger({
  id: "lua",
  ecosystem: "luarocks",
  note: "Reads luarocks.lock (versions) and, where there is none beside it, *.rockspec of projects: name, version, licence and dependencies that they hold as plain texts. Lua itself is not listed. Does not run a rockspec.",
  formats: LUA_FORMATS,
});
