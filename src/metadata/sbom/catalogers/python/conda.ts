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
        needs: textsMember(record, "depends").map((need) => need.split(/[\s<>=!~]/, 1)[0] ?? ""),
      },
    ],
  };
}

function qualifiersOf(record: Value): Readonly<Record<string, string>> {
  const file = textMember(record, "fn") ?? textMember(record, "url") ?? "";
  const type = [".conda", ".tar.bz2"].find((ending) => file.endsWith(ending));
  const build = textMember(record, "build") ?? textMember(record, "build_string");
  const channel = channelOf(textMember(record, "channel") ?? "");
  const platform = memberOf(record, "subdir");
  return {
    ...(build === undefined ? {} : { build }),
    ...(channel === "" ? {} : { channel }),
    ...(typeof platform === "string" ? { subdir: platform } : {}),
    ...(type === undefined ? {} : { type: type.slice(1) }),
  };
}

/** `https://repo.anaconda.com/pkgs/main/linux-64` and `conda-forge` are the channels main and conda-forge. */
function channelOf(channel: string): string {
  const segments = channel
    .replace(/^https?:\/\//, "")
    .split("/")
    .filter((segment) => segment !== "");
  const last = segments.at(-1) ?? "";
  const isPlatform = segments.length > 1 && /^(?:noarch|(?:linux|osx|win)-[a-z0-9_]+)$/.test(last);
  return (isPlatform ? segments.at(-2) : last) ?? "";
}
