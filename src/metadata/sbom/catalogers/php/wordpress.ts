import { baseName, decodeDatabaseText, folderOf } from "../cataloger.ts";
import { type ListFile, optional, type PackageList, type PackageListFormat } from "../package-list.ts";
import { readStatedLicenses } from "../stated-licenses.ts";

/** What WordPress reads of a plugin's file (get_file_data). */
const HEADER_BYTES = 8_192;

/** Plugins of WordPress: the file of a plugin's folder that has its header. */
export const wordpressPlugin: PackageListFormat = {
  id: "wordpress/plugins",
  endings: [".php"],
  where: "in `wp-content/plugins/NAME`",
  isAt: (path) => /(?:^|\/)wp-content\/plugins\/[^/]+\/[^/]+$/.test(path),
  read: readPlugin,
};

function readPlugin({ path, bytes }: ListFile): PackageList {
  const header = decodeDatabaseText(bytes.subarray(0, HEADER_BYTES));
  const title = fieldOf(header, "Plugin Name");
  const version = fieldOf(header, "Version");
  // Every other file of a plugin is a program without a header.
  if (title === undefined || version === undefined) return { packages: [] };
  const license = fieldOf(header, "License");
  const name = baseName(folderOf(path));
  return {
    packages: [
      {
        name,
        version,
        identity: { type: "wordpress-plugin", name },
        licenses: license === undefined ? [] : readStatedLicenses([license]),
        ...optional("supplier", fieldOf(header, "Author")),
      },
    ],
  };
}

/** `Name: value` on a line of a comment. */
function fieldOf(header: string, name: string): string | undefined {
  for (const line of header.split(/[\r\n]/)) {
    const colon = line.indexOf(":");
    if (colon === -1 || line.slice(0, colon).replace(/^[\s/*#@<?ph]*/, "") !== name) continue;
    const value = line
      .slice(colon + 1, colon + 300)
      .replace(/(?:\*\/|\?>).*$/, "")
      .trim();
    return value === "" ? undefined : value;
  }
  return undefined;
}
