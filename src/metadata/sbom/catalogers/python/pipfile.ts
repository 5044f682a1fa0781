import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import {
  type ListFile,
  type PackageList,
  type PackageListFormat,
  readTomlObject,
  type StatedPackage,
  textMember,
  toVcsUrl,
} from "../package-list.ts";
import { normaliseName, parseRequirement, pythonIdentity, toStatedPackage } from "./requirement.ts";

/** Pipfile of pipenv. */
export const pipfile: PackageListFormat = {
  id: "python/pipfile",
  names: ["Pipfile"],
  lockedBy: { names: ["Pipfile.lock"] },
  read: readPipfile,
};

/** Tables that say something else; each further one is a category of packages. */
const OTHER_TABLES = new Set(["source", "requires", "scripts", "pipenv", "pipfile"]);

function readPipfile({ bytes }: ListFile): PackageList {
  const tables = Object.entries(readTomlObject(bytes)).filter(([table]) => !OTHER_TABLES.has(table));
  return {
    packages: tables.flatMap(([table, entries]) =>
      isValueObject(entries)
        ? Object.entries(entries).map(([name, form]) =>
            pipfilePackage(name, form, table === "packages" ? "production" : "development"),
          )
        : [],
    ),
  };
}

/** A specifier, or a table with one, an address or a folder. `*` is any version. */
function pipfilePackage(name: string, form: Value, scope: NonNullable<StatedPackage["scope"]>): StatedPackage {
  const stated = (typeof form === "string" ? form : textMember(form, "version")) ?? "";
  const repository = textMember(form, "git");
  const keys = [normaliseName(name)];
  if (repository !== undefined) {
    const commit = textMember(form, "ref");
    return { name, identity: pythonIdentity(name, toVcsUrl(repository, commit)), scope, keys };
  }
  const address = textMember(form, "file");
  if (address?.startsWith("http") === true) return { name, identity: pythonIdentity(name, address), scope, keys };
  if (address !== undefined || memberOf(form, "path") !== undefined) return { name, scope, keys };
  const requirement = parseRequirement(`${name}${stated === "*" ? "" : stated}`);
  return requirement === undefined
    ? { name, requirement: stated, identity: pythonIdentity(name), scope, keys }
    : toStatedPackage({ ...requirement, name }, scope);
}
