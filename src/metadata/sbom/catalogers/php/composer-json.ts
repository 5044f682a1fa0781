import { type Value } from "../../../../base/index.ts";
import { readAllLicenses } from "../../licenses.ts";
import {
  type ListFile,
  objectMember,
  optional,
  type PackageList,
  type PackageListFormat,
  readJsonObject,
  type StatedPackage,
  textMember,
  textsMember,
} from "../package-list.ts";

/** composer.json of a project; those in vendor/ are of packages that installed.json states. */
export const composerJson: PackageListFormat = {
  id: "php/composerjson",
  names: ["composer.json"],
  where: "not in `vendor`",
  isAt: (path) => !/(?:^|\/)vendor\//.test(path),
  lockedBy: { names: ["composer.lock", "vendor/composer/installed.json"] },
  read: readComposerJson,
};

function readComposerJson({ bytes }: ListFile): PackageList {
  const manifest = readJsonObject(bytes);
  const packages = [
    ...askedPackages(objectMember(manifest, "require"), "production"),
    ...askedPackages(objectMember(manifest, "require-dev"), "development"),
  ];
  const name = textMember(manifest, "name");
  if (name === undefined) return { packages };
  const license = textMember(manifest, "license");
  const project: StatedPackage = {
    name,
    ...optional("version", textMember(manifest, "version")),
    // Several licences are a choice (Composer, The composer.json schema, "license").
    licenses: readAllLicenses([license ?? textsMember(manifest, "license").join(" OR ")].filter((text) => text !== "")),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

/** PHP itself, its extensions and libraries of the system have no slash in their names. */
function askedPackages(
  table: Readonly<Record<string, Value>>,
  scope: NonNullable<StatedPackage["scope"]>,
): readonly StatedPackage[] {
  return Object.entries(table).flatMap(([name, form]): readonly StatedPackage[] => {
    const slash = name.indexOf("/");
    if (slash < 1 || slash === name.length - 1 || typeof form !== "string") return [];
    const version = /^={0,2}\s*(v?\d+\.\d+\.\d+[-+.0-9A-Za-z]*)$/.exec(form)?.[1];
    return [
      {
        name,
        ...(version === undefined ? { requirement: form } : { version }),
        identity: { type: "composer", namespace: name.slice(0, slash), name: name.slice(slash + 1) },
        scope,
      },
    ];
  });
}
