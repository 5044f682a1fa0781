import { memberOf, type Value } from "../../../../base/index.ts";
import { readLicenses } from "../../licenses.ts";
import {
  invalidFile,
  type ListFile,
  type PackageList,
  type PackageListFormat,
  readHexHash,
  readJsonObject,
  textMember,
  textsMember,
} from "../package-list.ts";
import { condaChannelOf, condaNameOf } from "./conda-package.ts";

/** conda-meta/*.json: one file for each package of an environment. */
export const condaMeta: PackageListFormat = {
  id: "python/condameta",
  endings: [".json"],
  where: "in `conda-meta`",
  isAt: (path) => /(?:^|\/)conda-meta\/[^/]+$/.test(path),
  isOneSet: true,
  read: readCondaMeta,
};

function readCondaMeta({ bytes }: ListFile): PackageList {
  const record = readJsonObject(bytes);
  const name = textMember(record, "name");
  const version = textMember(record, "version");
  if (name === undefined || version === undefined)
    throw invalidFile("a conda record has a name and a version; this has not");
  return {
    packages: [
      {
        name,
        version,
        identity: { type: "conda", name, qualifiers: qualifiersOf(record) },
        licenses: readLicenses(textMember(record, "license") ?? ""),
        hashes: [
          ...readHexHash("sha256", textMember(record, "sha256")),
          ...readHexHash("md5", textMember(record, "md5")),
        ],
        // `name version build`, with any of the last two left out.
        needs: textsMember(record, "depends").map(condaNameOf),
      },
    ],
  };
}

function qualifiersOf(record: Value): Readonly<Record<string, string>> {
  const file = textMember(record, "fn") ?? textMember(record, "url") ?? "";
  const type = [".conda", ".tar.bz2"].find((ending) => file.endsWith(ending));
  const build = textMember(record, "build") ?? textMember(record, "build_string");
  const channel = condaChannelOf(textMember(record, "channel") ?? "");
  const platform = memberOf(record, "subdir");
  return {
    ...(build === undefined ? {} : { build }),
    ...(channel === "" ? {} : { channel }),
    ...(typeof platform === "string" ? { subdir: platform } : {}),
    ...(type === undefined ? {} : { type: type.slice(1) }),
  };
}
