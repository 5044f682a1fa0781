import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { readAllLicenses } from "../../licenses.ts";
import { baseName } from "../cataloger.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  objectMember,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readJsonObject,
  readListText,
  readYamlObject,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
} from "../package-list.ts";

type Scope = NonNullable<StatedPackage["scope"]>;

/** shard.lock of Crystal: a shard is a repository at a version. */
const shardLock: PackageListFormat = {
  id: "crystal/shardlock",
  names: ["shard.lock"],
  read: ({ bytes }) => ({
    packages: Object.entries(objectMember(readYamlObject(bytes), "shards")).map(([name, entry]): StatedPackage => {
      const stated = textMember(entry, "version");
      const [version, commit = textMember(entry, "commit")] = stated?.split("+git.commit.") ?? [];
      const hosted = textMember(entry, "github");
      const address = hosted === undefined ? textMember(entry, "git") : `https://github.com/${hosted}`;
      const identity = address === undefined ? undefined : shardIdentity(name, address, commit ?? version);
      return { name, ...optional("version", version ?? commit), ...optional("identity", identity) };
    }),
  }),
};

function shardIdentity(name: string, address: string, commit: string | undefined): PackageIdentity {
  const [, owner, repository] =
    /^https:\/\/github\.com\/([^/]{1,200})\/([^/]{1,200}?)(?:\.git)?\/?$/.exec(address) ?? [];
  if (owner !== undefined && repository !== undefined) return { type: "github", namespace: owner, name: repository };
  return { type: "generic", name, qualifiers: { vcs_url: toVcsUrl(address, commit) } };
}

/** dub.selections.json of D. */
const dubSelections: PackageListFormat = {
  id: "d/dubselections",
  names: ["dub.selections.json"],
  read: ({ bytes }) => ({
    packages: Object.entries(objectMember(readJsonObject(bytes), "versions")).map(([name, form]): StatedPackage => {
      const stated = typeof form === "string" ? form : textMember(form, "version");
      const repository = textMember(form, "repository");
      if (repository !== undefined) {
        return { name, identity: { type: "dub", name, qualifiers: { vcs_url: toVcsUrl(repository, stated) } } };
      }
      // A folder of the project is of no registry; `~master` is a branch.
      if (stated === undefined) return { name };
      const version = stated.startsWith("~") ? { requirement: stated } : { version: stated };
      return { name, ...version, identity: { type: "dub", name } };
    }),
  }),
};

/** elm.json: an application states versions, a package ranges. */
const elmJson: PackageListFormat = {
  id: "elm/elmjson",
  names: ["elm.json"],
  where: "not in `elm-stuff` or `.elm`",
  isAt: (path) => !/(?:^|\/)(?:elm-stuff|\.elm)\//.test(path),
  read: ({ bytes }) => {
    const manifest = readJsonObject(bytes);
    const packages = [
      ...elmPackages(objectMember(manifest, "dependencies"), "production"),
      ...elmPackages(objectMember(manifest, "test-dependencies"), "development"),
    ];
    return { packages };
  },
};

function elmPackages(table: Value, scope: Scope): readonly StatedPackage[] {
  if (!isValueObject(table)) return [];
  return Object.entries(table).flatMap(([name, form]): readonly StatedPackage[] => {
    if (isValueObject(form)) return elmPackages(form, scope);
    const slash = name.indexOf("/");
    if (typeof form !== "string" || slash < 1) return [];
    const version = /^\d+\.\d+\.\d+$/.test(form) ? { version: form } : { requirement: form };
    const identity = { type: "elm", namespace: name.slice(0, slash), name: name.slice(slash + 1) };
    return [{ name, ...version, identity, scope }];
  });
}

/** spago.lock of PureScript. */
const spagoLock: PackageListFormat = {
  id: "purescript/spagolock",
  names: ["spago.lock"],
  read: ({ bytes }) => ({
    packages: Object.entries(objectMember(readYamlObject(bytes), "packages")).map(([name, entry]): StatedPackage => {
      const url = textMember(entry, "url");
      const origin = url === undefined ? {} : { vcs_url: toVcsUrl(url, textMember(entry, "rev")) };
      const isLocal = textMember(entry, "type") === "local";
      return {
        name,
        ...optional("version", textMember(entry, "version")),
        ...(isLocal ? {} : { identity: { type: "purescript", name, qualifiers: origin } }),
        needs: textsMember(entry, "dependencies"),
      };
    }),
  }),
};

/** bower.json of a project. */
const bowerJson: PackageListFormat = {
  id: "javascript/bowerjson",
  names: ["bower.json"],
  where: "not in `bower_components`",
  isAt: (path) => !/(?:^|\/)bower_components\//.test(path),
  read: readBower,
};

function readBower({ path, bytes }: ListFile): PackageList {
  const manifest = readJsonObject(bytes);
  const packages = [
    ...bowerPackages(objectMember(manifest, "dependencies"), "production"),
    ...bowerPackages(objectMember(manifest, "devDependencies"), "development"),
  ];
  const project: StatedPackage = {
    name: textMember(manifest, "name") ?? projectNameOf(path),
    ...optional("version", textMember(manifest, "version")),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

/** `~1.0`, `other#~1.0`, or an address with a version behind `#`. */
function bowerPackages(table: Readonly<Record<string, Value>>, scope: Scope): readonly StatedPackage[] {
  return Object.entries(table).flatMap(([name, form]): readonly StatedPackage[] => {
    if (typeof form !== "string") return [];
    const hash = form.indexOf("#");
    const range = form.slice(hash + 1);
    const source = hash === -1 ? "" : form.slice(0, hash);
    if (source.includes("/")) {
      const address = source.includes(":") ? source : `https://github.com/${source}`;
      return [{ name, identity: { type: "bower", name, qualifiers: { vcs_url: toVcsUrl(address, range) } }, scope }];
    }
    const version = /^\d+\.\d+\.\d+[-+.0-9A-Za-z]*$/.test(range) ? { version: range } : { requirement: range };
    return [{ name, ...version, identity: { type: "bower", name: source === "" ? name : source }, scope }];
  });
}

/** .bower.json of what Bower installed. */
const bowerInstalled: PackageListFormat = {
  id: "javascript/bowerinstalled",
  names: [".bower.json"],
  read: ({ bytes }) => {
    const manifest = readJsonObject(bytes);
    const name = textMember(manifest, "name");
    if (name === undefined) return { packages: [] };
    const license = textMember(manifest, "license");
    const version = textMember(manifest, "version") ?? textMember(memberOf(manifest, "_resolution"), "tag");
    const licenses = readAllLicenses(license === undefined ? [] : [license]);
    return { packages: [{ name, ...optional("version", version), identity: { type: "bower", name }, licenses }] };
  },
};

/** pack.pl of SWI-Prolog's packs: facts of Prolog. */
const prologPack: PackageListFormat = {
  id: "prolog/swiplpack",
  names: ["pack.pl"],
  read: ({ path, bytes }) => {
    const text = readListText(bytes);
    const facts = [...text.matchAll(/^(\w{1,40})\(\s{0,20}(?:'([^'\n]{1,200})'|"([^"\n]{1,200})"|([\w.-]{1,200}))/gm)];
    const fact = (name: string): string | undefined =>
      facts
        .find(([, stated]) => stated === name)
        ?.slice(2)
        .find((group) => group !== undefined);
    const name = fact("name");
    const version = fact("version");
    if (name === undefined || version === undefined) {
      return { packages: [], notes: [`${baseName(path)} states no name or no version of a pack`] };
    }
    return { packages: [{ name, version, identity: { type: "swiplpack", name } }] };
  },
};

/** Formats of ecosystems with one file each. */
export const SMALL_REGISTRY_FORMATS: readonly PackageListFormat[] = [
  shardLock,
  dubSelections,
  elmJson,
  spagoLock,
  bowerJson,
  bowerInstalled,
  prologPack,
];

/** Packages of ecosystems with one file each. */
export const smallRegistriesCataloger = createListCataloger({
  id: "small-registries",
  ecosystem: "other registries",
  note: "Reads shard.lock of Crystal (pkg:github, or the repository), dub.selections.json of D (pkg:dub), elm.json (pkg:elm; what an application states are versions), spago.lock of PureScript (pkg:purescript), bower.json and what Bower installed (.bower.json; pkg:bower), and pack.pl of SWI-Prolog (pkg:swiplpack). Advisories for these are few. Does not read shard.yml, dub.json, dub.sdl or spago.yaml.",
  formats: SMALL_REGISTRY_FORMATS,
});
