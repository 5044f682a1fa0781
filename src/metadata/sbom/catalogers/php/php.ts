import { isValueObject, LIMITS, memberOf, readJsonFast, type Value } from "../../../../base/index.ts";
import { readAllLicenses } from "../../licenses.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  invalidFile,
  type ListFile,
  listMember,
  objectMember,
  type PackageList,
  type PackageListFormat,
  readHexHash,
  readJsonObject,
  readListText,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
} from "../package-list.ts";
import { composerJson } from "./composer-json.ts";
import { pearRegistry } from "./pear.ts";
import { wordpressPlugin } from "./wordpress.ts";

/** composer.lock. */
const composerLock: PackageListFormat = {
  id: "php/composerlock",
  names: ["composer.lock"],
  read: ({ bytes }) => {
    const lock = readJsonObject(bytes);
    return {
      packages: [
        ...listMember(lock, "packages").flatMap((entry) => toComposerPackage(entry, "production")),
        ...listMember(lock, "packages-dev").flatMap((entry) => toComposerPackage(entry, "development")),
      ],
    };
  },
};

/** vendor/composer/installed.json: a list until Composer 1, an object since Composer 2. */
const installedJson: PackageListFormat = {
  id: "php/composerinstalled",
  names: ["installed.json"],
  where: "in `vendor/composer`",
  isAt: (path) => /(?:^|\/)vendor\/composer\/[^/]+$/.test(path),
  read: readInstalled,
};

function readInstalled({ bytes }: ListFile): PackageList {
  const installed = readJsonFast(readListText(bytes), { maxBytes: LIMITS.listFileBytes });
  if (!Array.isArray(installed) && !isValueObject(installed))
    throw invalidFile("expected a list of packages, found another value");
  const entries: readonly Value[] = Array.isArray(installed) ? installed : listMember(installed, "packages");
  const development = new Set(textsMember(installed, "dev-package-names"));
  return {
    packages: entries.flatMap((entry) =>
      toComposerPackage(entry, development.has(textMember(entry, "name") ?? "") ? "development" : "production"),
    ),
  };
}

function toComposerPackage(entry: Value, scope: NonNullable<StatedPackage["scope"]>): readonly StatedPackage[] {
  const name = textMember(entry, "name");
  const version = textMember(entry, "version");
  if (name === undefined || version === undefined) return [];
  const slash = name.indexOf("/");
  const dist = memberOf(entry, "dist");
  const source = memberOf(entry, "source");
  const reference = textMember(source, "reference");
  // A branch is no version that one can come back to; the commit is.
  const isBranch = version.startsWith("dev-") || version.endsWith("-dev");
  const repository = textMember(source, "url");
  const license = memberOf(entry, "license");
  return [
    {
      name,
      version,
      ...(textMember(dist, "type") === "path"
        ? {}
        : {
            identity: {
              type: "composer",
              ...(slash === -1 ? {} : { namespace: name.slice(0, slash) }),
              name: name.slice(slash + 1),
              ...(isBranch && repository !== undefined && textMember(source, "type") === "git"
                ? { qualifiers: { vcs_url: toVcsUrl(repository, reference) } }
                : {}),
            },
          }),
      // Several licences are a choice (Composer, The composer.json schema, "license").
      licenses: readAllLicenses(
        typeof license === "string"
          ? [license]
          : [textsMember(entry, "license").join(" OR ")].filter((text) => text !== ""),
      ),
      hashes: readHexHash("sha1", textMember(dist, "shasum")),
      scope,
      keys: [name.toLowerCase()],
      needs: Object.keys(objectMember(entry, "require")).map((need) => need.toLowerCase()),
    },
  ];
}

/** Formats of Composer, PEAR and WordPress. */
export const PHP_FORMATS: readonly PackageListFormat[] = [
  composerLock,
  installedJson,
  composerJson,
  pearRegistry,
  wordpressPlugin,
];

/** PHP packages as Composer locks and installs them. */
export const phpCataloger = createListCataloger({
  id: "php",
  ecosystem: "composer",
  note: "Reads composer.lock and vendor/composer/installed.json (Composer 1 and 2): packages with licence, SHA-1 of the archive where there is one, dependencies on packages of the same file, and whether they are for development only. PHP itself and its extensions are not listed. Also reads composer.json where there is no lock file (of a range no version is made), what PEAR and PECL have installed (.registry/*.reg; pkg:pear, pkg:pecl) and the headers of WordPress plugins (pkg:wordpress-plugin). Does not list WordPress itself or its themes.",
  formats: PHP_FORMATS,
});
