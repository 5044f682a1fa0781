import { type Cataloger, decodeDatabaseText, folderOf, ResultBuilder } from "../cataloger.ts";
import { type Paragraph, parseControlFile, parseRelations } from "../dpkg/control.ts";
import { addLinkedPackages, type LinkedPackage } from "../found-package.ts";
import { optional, type PackageIdentity, withoutPassword } from "../package-list.ts";
import { readStatedLicenses } from "../stated-licenses.ts";

const DESCRIPTION = /(?:^|\/)[A-Za-z][A-Za-z0-9.]*\/DESCRIPTION$/;
const FIELDS =
  "package version title license author maintainer depends imports linkingto built priority repository biocviews remotetype remoteurl remotesha";
const WANTED = new Set(FIELDS.split(" "));
const MOST_BYTES = 1024 * 1024;

/** Packages of R that are installed. */
export const rInstalledCataloger: Cataloger = {
  id: "r-installed",
  ecosystem: "cran",
  note: "Reads DESCRIPTION of installed packages of R (those with a field Built): version, title, licence, maintainer, where it came from (CRAN, Bioconductor, a repository) and what it depends on, imports and links to, among what is installed beside it. Packages that come with R have a package URL like others. Does not read DESCRIPTION of packages that are developed here, and takes a licence as R words it where that is not exactly one of the SPDX list.",
  wants: (path) => DESCRIPTION.test(path),
  read: (files) => {
    const builder = new ResultBuilder();
    const linked: LinkedPackage[] = [];
    for (const [path, bytes] of files) {
      const [fields] = parseControlFile(decodeDatabaseText(bytes.subarray(0, MOST_BYTES)), WANTED).paragraphs;
      const found = fields === undefined ? undefined : linkPackage(path, fields, builder);
      if (found !== undefined) linked.push(found);
    }
    addLinkedPackages(linked, builder);
    return builder.finish();
  },
};

/** A package that R built when it installed it; the sources of one have no such field. */
function linkPackage(path: string, fields: Paragraph, builder: ResultBuilder): LinkedPackage | undefined {
  const name = fields.get("package");
  const version = fields.get("version");
  if (!fields.has("built") || !name || !version) return undefined;
  const needs = ["depends", "imports", "linkingto"].flatMap((field) => {
    const clauses = [...parseRelations((fields.get(field) ?? "").slice(0, MOST_BYTES))];
    builder.countDependencies(clauses.length);
    return clauses.flat();
  });
  return {
    key: name,
    // A library is a folder of packages' folders.
    place: folderOf(folderOf(path)),
    needs,
    found: {
      name,
      version,
      identity: identityOf(name, fields),
      licenses: readLicense(fields.get("license") ?? ""),
      supplier: fields.get("maintainer")?.split("<", 1)[0]?.trim().slice(0, 200) || undefined,
      ...optional("description", fields.get("title")?.split("\n", 1)[0]?.slice(0, 500)),
      locations: [path],
    },
  };
}

function identityOf(name: string, fields: Paragraph): PackageIdentity {
  if (fields.has("biocviews")) return { type: "bioconductor", name };
  const url = fields.get("remoteurl");
  if (!url || !/^(?:https?|ssh|git):\/\//.test(url)) return { type: "cran", name };
  const commit = fields.get("remotesha");
  return {
    type: "cran",
    name,
    qualifiers: { vcs_url: `git+${withoutPassword(url)}${commit === undefined ? "" : `@${commit}`}` },
  };
}

/** What R's own words mean (Writing R Extensions, "Licensing"). */
const WORDS = new Map([
  ["GPL-2", "GPL-2.0-only"],
  ["GPL-3", "GPL-3.0-only"],
  ["GPL (>= 2)", "GPL-2.0-or-later"],
  ["GPL (>= 3)", "GPL-3.0-or-later"],
  ["GPL-2 | GPL-3", "GPL-2.0-only OR GPL-3.0-only"],
  ["LGPL-2", "LGPL-2.0-only"],
  ["LGPL-2.1", "LGPL-2.1-only"],
  ["LGPL-3", "LGPL-3.0-only"],
  ["LGPL (>= 2)", "LGPL-2.0-or-later"],
  ["LGPL (>= 2.1)", "LGPL-2.1-or-later"],
  ["AGPL-3", "AGPL-3.0-only"],
  ["Apache License 2.0", "Apache-2.0"],
  ["Apache License (== 2.0)", "Apache-2.0"],
  ["BSD_2_clause", "BSD-2-Clause"],
  ["BSD_3_clause", "BSD-3-Clause"],
  ["CC0", "CC0-1.0"],
]);

/** A licence; `+ file LICENSE` only says where its text is. */
function readLicense(text: string): readonly string[] {
  const words = text.replace(/\s*\+\s*file LICEN[CS]E$/i, "").trim();
  if (words === "" || words.startsWith("Part of R ")) return [];
  return readStatedLicenses([WORDS.get(words) ?? words]);
}
