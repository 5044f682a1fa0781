import { memberOf, type Value } from "../../../../base/index.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  objectMember,
  optional,
  type PackageIdentity,
  type PackageListFormat,
  readJsonObject,
  type StatedPackage,
  textMember,
  textsMember,
} from "../package-list.ts";
import { description, packratLock } from "./control-files.ts";

/** renv.lock. */
const renvLock: PackageListFormat = {
  id: "r/renvlock",
  names: ["renv.lock"],
  read: ({ bytes }) => ({
    packages: Object.entries(objectMember(readJsonObject(bytes), "Packages")).map(([key, entry]) =>
      lockedPackage(key, entry),
    ),
  }),
};

function lockedPackage(key: string, entry: Value): StatedPackage {
  const name = textMember(entry, "Package") ?? key;
  const identity = identityOf(name, entry);
  const needs = memberOf(entry, "Requirements");
  return {
    name,
    ...optional("version", textMember(entry, "Version")),
    ...(identity === undefined ? {} : { identity }),
    keys: [key],
    // Among them is R itself, which is no package of the file.
    ...(Array.isArray(needs) ? { needs: textsMember(entry, "Requirements") } : {}),
  };
}

function identityOf(name: string, entry: Value): PackageIdentity | undefined {
  const source = textMember(entry, "Source") ?? "";
  const repository = textMember(entry, "Repository") ?? "";
  if (source === "Bioconductor" || repository.startsWith("BioC")) return { type: "bioconductor", name };
  if (source === "GitHub" || textMember(entry, "RemoteType") === "github") {
    const owner = textMember(entry, "RemoteUsername");
    const repositoryName = textMember(entry, "RemoteRepo") ?? name;
    const commit = textMember(entry, "RemoteSha");
    const address = `git+https://github.com/${owner}/${repositoryName}${commit === undefined ? "" : `@${commit}`}`;
    return { type: "cran", name, ...(owner === undefined ? {} : { qualifiers: { vcs_url: address } }) };
  }
  // Folders and archives of one's own are of no registry; any other repository serves CRAN's packages.
  return source === "Local" || source === "unknown" ? undefined : { type: "cran", name };
}

/** Formats of renv, packrat and R. */
export const R_FORMATS: readonly PackageListFormat[] = [renvLock, packratLock, description];

/** R packages as renv locks them. */
export const rCataloger = createListCataloger({
  id: "r",
  ecosystem: "cran",
  note: "Reads renv.lock: versions and dependencies of packages of CRAN, Bioconductor (pkg:bioconductor) and GitHub. Its Hash is of a package's description, not of an archive, and is not taken. Also reads packrat.lock (versions and dependencies) and, where there is no lock file, DESCRIPTION of packages that are developed here. Does not list R itself and the packages that are parts of it.",
  formats: R_FORMATS,
});
