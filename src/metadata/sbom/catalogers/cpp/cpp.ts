import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  listMember,
  objectMember,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  readJsonObject,
  readListLines,
  type StatedPackage,
  textMember,
  textsMember,
} from "../package-list.ts";

type Scope = NonNullable<StatedPackage["scope"]>;

/** conan.lock of Conan 1 (a graph) and Conan 2 (lists). */
const conanLock: PackageListFormat = {
  id: "cpp/conanlock",
  names: ["conan.lock"],
  read: readConanLock,
};

function readConanLock({ bytes }: ListFile): PackageList {
  const lock = readJsonObject(bytes);
  const graph = memberOf(lock, "graph_lock");
  if (graph !== undefined) return readGraph(objectMember(graph, "nodes"));
  const packages = [
    ...textsMember(lock, "requires").flatMap((text) => readReference(text, "production")),
    ...textsMember(lock, "build_requires").flatMap((text) => readReference(text, "development")),
    ...textsMember(lock, "python_requires").flatMap((text) => readReference(text, "development")),
  ];
  return { packages };
}

function readGraph(nodes: Value): PackageList {
  const packages: StatedPackage[] = [];
  const entries = Object.entries(isValueObject(nodes) ? nodes : {});
  const forBuild = new Set(entries.flatMap(([, node]) => textsMember(node, "build_requires")));
  for (const [key, node] of entries) {
    const text = textMember(node, "ref") ?? textMember(node, "pref") ?? "";
    const scope = forBuild.has(key) || textMember(node, "context") === "build" ? "development" : "production";
    const needs = needsOf(node);
    // The node with a path is the project itself.
    const isProject = textMember(node, "path") !== undefined;
    for (const { identity, ...stated } of readReference(text, scope)) {
      packages.push({
        ...stated,
        ...(isProject ? { isProject } : optional("identity", identity)),
        keys: [key],
        needs,
      });
    }
  }
  return { packages };
}

/** Lists of node numbers; until version 0.3 objects of references with the numbers. */
function needsOf(node: Value): readonly string[] {
  return ["requires", "build_requires"].flatMap((member) => {
    const value = memberOf(node, member);
    const items: readonly Value[] = Array.isArray(value) ? value : isValueObject(value) ? Object.values(value) : [];
    return items.filter((item) => typeof item === "string");
  });
}

/** `name/version@user/channel#recipe-revision%time:package-id`. */
function readReference(text: string, scope: Scope): readonly StatedPackage[] {
  const [recipe = "", revision = ""] = (text.split(/[%:]/, 1)[0] ?? "").split("#", 2);
  const [released = "", owner = ""] = recipe.split("@", 2);
  const slash = released.indexOf("/");
  const name = released.slice(0, Math.max(0, slash));
  const version = released.slice(slash + 1);
  if (name === "" || version === "") return [];
  const isRange = version.startsWith("[");
  return [
    {
      name,
      ...(isRange ? { requirement: version } : { version }),
      identity: conanIdentity(name, owner, revision),
      scope,
    },
  ];
}

function conanIdentity(name: string, owner: string, revision: string): PackageIdentity {
  const [user = "", channel = ""] = owner.split("/", 2);
  const hasOwner = user !== "" && user !== "_";
  return {
    type: "conan",
    ...(hasOwner ? { namespace: user } : {}),
    name,
    qualifiers: {
      ...(hasOwner && channel !== "" && channel !== "_" ? { channel } : {}),
      ...(revision === "" ? {} : { rrev: revision }),
    },
  };
}

const SECTIONS = new Map<string, Scope>([
  ["requires", "production"],
  ["build_requires", "development"],
  ["tool_requires", "development"],
  ["test_requires", "development"],
]);

/** conanfile.txt. */
const conanfileText: PackageListFormat = {
  id: "cpp/conanfiletxt",
  names: ["conanfile.txt"],
  lockedBy: { names: ["conan.lock"] },
  read: ({ bytes }) => {
    const packages: StatedPackage[] = [];
    let scope: Scope | undefined;
    for (const line of readListLines(bytes)) {
      const text = (line.split("#", 1)[0] ?? "").trim();
      if (text.startsWith("[") && text.endsWith("]")) scope = SECTIONS.get(text.slice(1, -1));
      else if (text !== "" && scope !== undefined) packages.push(...readReference(text, scope));
    }
    return { packages };
  },
};

/** vcpkg.json. */
const vcpkgJson: PackageListFormat = {
  id: "cpp/vcpkgjson",
  names: ["vcpkg.json"],
  read: readVcpkg,
};

const VERSIONS = ["version", "version-semver", "version-date", "version-string"];

function readVcpkg({ bytes }: ListFile): PackageList {
  const manifest = readJsonObject(bytes);
  const versionOf = (entry: Value): string | undefined =>
    VERSIONS.map((member) => textMember(entry, member)).find((version) => version !== undefined);
  const overrides = new Map(
    listMember(manifest, "overrides").map((entry) => [textMember(entry, "name") ?? "", versionOf(entry)]),
  );
  const packages = listMember(manifest, "dependencies").flatMap((entry): readonly StatedPackage[] => {
    const name = typeof entry === "string" ? entry : textMember(entry, "name");
    if (name === undefined) return [];
    const version = overrides.get(name);
    const least = textMember(entry, "version>=") ?? "";
    return [
      {
        name,
        ...(version === undefined ? { requirement: least } : { version }),
        identity: { type: "vcpkg", name },
        ...(memberOf(entry, "host") === true ? { scope: "development" } : {}),
      },
    ];
  });
  const name = textMember(manifest, "name");
  if (name === undefined) return { packages };
  const needs = packages.map((stated) => stated.name);
  return {
    packages: [{ name, ...optional("version", versionOf(manifest)), keys: [], needs, isProject: true }, ...packages],
  };
}

/** Formats of Conan and vcpkg. */
export const CPP_FORMATS: readonly PackageListFormat[] = [conanLock, conanfileText, vcpkgJson];

/** C and C++ packages. */
export const cppCataloger = createListCataloger({
  id: "cpp",
  ecosystem: "conan",
  note: "Reads conan.lock (Conan 1 and 2: versions, recipe revisions, dependencies in Conan 1), conanfile.txt where there is no lock file beside it, and vcpkg.json (versions only where it overrides them: the baseline says the others). Does not run conanfile.py.",
  formats: CPP_FORMATS,
});
