import { isLicenseExpression, readAllLicenses } from "../../licenses.ts";
import { parseControlFile } from "./control.ts";

/** Debian's short names that differ from SPDX's (DEP-5 was written before the SPDX list settled). */
const SPDX_BY_DEBIAN_NAME = new Map([
  ["expat", "MIT"],
  ["mit/x11", "MIT"],
  ["isc", "ISC"],
  ["zlib", "Zlib"],
  ["public-domain", "public-domain"],
  ["artistic", "Artistic-1.0-Perl"],
  ["perl", "(GPL-1.0-or-later OR Artistic-1.0-Perl)"],
  ["bsd-2-clauses", "BSD-2-Clause"],
  ["bsd-3-clauses", "BSD-3-Clause"],
  ["python-2", "Python-2.0"],
  ["w3c", "W3C"],
  ["cc0", "CC0-1.0"],
  ["openssl", "OpenSSL"],
]);

const WANTED = new Set(["format", "license"]);

/**
 * The licences that a machine-readable copyright file (DEP-5) states, sorted, Debian's short names as SPDX ids where
 * they mean the same. None for a file in free text: guessing from prose is not reading.
 * @see https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
 */
export function readCopyrightLicenses(text: string): readonly string[] {
  const { paragraphs } = parseControlFile(text, WANTED);
  if (!/copyright-format|\/dep5|DEP-5/i.test(paragraphs[0]?.get("format") ?? "")) return [];
  const statements = new Set<string>();
  for (const paragraph of paragraphs) {
    // The synopsis is the first line; the licence's text follows in the continuation lines.
    const synopsis = paragraph.get("license")?.split("\n")[0]?.trim() ?? "";
    if (synopsis !== "") statements.add(toSpdx(synopsis));
  }
  return [...readAllLicenses([...statements].sort())].sort();
}

function toSpdx(synopsis: string): string {
  const tokens = synopsis.split(/\s+(and|or)\s+/i);
  const expression = tokens
    .map((token, index) => (index % 2 === 1 ? token.toUpperCase() : toSpdxName(token)))
    .join(" ");
  return isLicenseExpression(expression) ? expression : synopsis;
}

function toSpdxName(name: string): string {
  const known = SPDX_BY_DEBIAN_NAME.get(name.toLowerCase());
  if (known !== undefined) return known;
  const gnu = /^(L?GPL|AGPL|GFDL)-([123](?:\.[0-9])?)(\+?)$/i.exec(name);
  if (gnu === null) return name;
  const version = (gnu[2] ?? "").includes(".") ? gnu[2] : `${gnu[2]}.0`;
  return `${gnu[1]?.toUpperCase()}-${version}-${gnu[3] === "+" ? "or-later" : "only"}`;
}
