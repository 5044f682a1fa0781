import { type Cataloger, decodeDatabaseText, folderOf, ResultBuilder } from "../cataloger.ts";
import { addLinkedPackages, type LinkedPackage } from "../found-package.ts";
import { optional } from "../package-list.ts";
import { readStatedLicenses } from "../stated-licenses.ts";

/** LuaRocks keeps each rock as `rocks-5.1/NAME/VERSION/NAME-VERSION.rockspec`. */
const ROCKSPEC = /(?:^|\/)luarocks\/rocks(?:-\d\.\d)?\/([^/]+)\/([^/]+)\/\1-\2\.rockspec$/;
const MOST_BYTES = 256 * 1024;

/** Rocks of Lua that are installed. */
export const luaInstalledCataloger: Cataloger = {
  id: "lua-installed",
  ecosystem: "luarocks",
  note: "Reads *.rockspec of rocks that LuaRocks installed: name and version from where the file lies, licence, summary and dependencies where the file states them as plain texts. Does not run a rockspec.",
  wants: (path) => ROCKSPEC.test(path),
  read: (files) => {
    const builder = new ResultBuilder();
    addLinkedPackages(
      [...files].flatMap(([path, bytes]) => linkRock(path, bytes) ?? []),
      builder,
    );
    return builder.finish();
  },
};

function linkRock(path: string, bytes: Uint8Array): LinkedPackage | undefined {
  const [, name, version] = ROCKSPEC.exec(path) ?? [];
  if (name === undefined || version === undefined) return undefined;
  const text = decodeDatabaseText(bytes.subarray(0, MOST_BYTES));
  const license = fieldOf(text, "license");
  const needs = /(?:^|\n)\s{0,20}dependencies\s{0,20}=\s{0,20}\{([^}]{0,10000})\}/.exec(text)?.[1] ?? "";
  return {
    key: name,
    place: folderOf(folderOf(folderOf(path))),
    needs: [...needs.matchAll(/["']([A-Za-z0-9_.-]{1,200})[^"'\n]{0,200}["']/g)].map(([, needed = ""]) => needed),
    found: {
      name,
      version,
      identity: { type: "luarocks", name },
      licenses: license === undefined ? [] : readStatedLicenses([license]),
      ...optional("description", fieldOf(text, "summary")),
      locations: [path],
    },
  };
}

/** Fields whose values are one text each. */
const TEXT_FIELD = /(?:^|[\n{,])\s{0,20}([a-z_]{1,20})\s{0,5}=\s{0,5}(?:"([^"\n]{1,300})"|'([^'\n]{1,300})')/g;

/** The first field of a name whose value is one text. */
function fieldOf(text: string, name: string): string | undefined {
  const match = [...text.matchAll(TEXT_FIELD)].find(([, field]) => field === name);
  return match?.[2] ?? match?.[3];
}
