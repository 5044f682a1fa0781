import type { Value } from "../../../../base/index.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  listMember,
  objectMember,
  type PackageIdentity,
  type PackageListFormat,
  readListLines,
  readTomlObject,
  readYamlObject,
  type StatedPackage,
  textMember,
  toVcsUrl,
} from "../package-list.ts";

/** .pre-commit-config.yaml: repositories of hooks. */
const preCommit: PackageListFormat = {
  id: "tools/precommit",
  names: [".pre-commit-config.yaml", ".pre-commit-config.yml"],
  read: ({ bytes }) => ({
    packages: listMember(readYamlObject(bytes), "repos").flatMap((entry) => hookRepository(entry)),
  }),
};

/** `local` and `meta` are no repositories. */
function hookRepository(entry: Value): readonly StatedPackage[] {
  const address = textMember(entry, "repo") ?? "";
  const version = textMember(entry, "rev");
  if (!address.includes("/") || version === undefined) return [];
  const [, owner, repository] =
    /^https:\/\/github\.com\/([^/]{1,200})\/([^/]{1,200}?)(?:\.git)?\/?$/.exec(address) ?? [];
  if (owner !== undefined && repository !== undefined) {
    const identity = { type: "github", namespace: owner, name: repository };
    return [{ name: `${owner}/${repository}`, version, identity, scope: "development" }];
  }
  const name =
    address
      .replace(/(?:\.git)?\/?$/, "")
      .split("/")
      .at(-1) ?? "";
  const identity = { type: "generic", name, qualifiers: { vcs_url: toVcsUrl(address, version) } };
  return name === "" ? [] : [{ name, version, identity, scope: "development" }];
}

/** .tool-versions of asdf: a tool and its versions, the first that is installed counts. */
const toolVersions: PackageListFormat = {
  id: "tools/asdf",
  names: [".tool-versions"],
  read: ({ bytes }) => ({
    packages: readListLines(bytes).flatMap((line) => {
      const [name = "", ...versions] = (line.split("#", 1)[0] ?? "").trim().split(/\s+/);
      return name === "" ? [] : versions.flatMap((version) => tool(name, version, 1));
    }),
  }),
};

/** A tool in a version, which has a least number of parts; others are of the system, of a folder or of a commit. */
function tool(name: string, stated: string, leastParts: number): readonly StatedPackage[] {
  if (stated === "" || stated === "system" || /^(?:path|ref|prefix|sub|latest):/.test(stated)) return [];
  const identity: PackageIdentity = { type: "generic", name };
  const parts = /^(?:[a-z]+-|v)?(\d+(?:\.\d+)*)[-+.\w]*$/.exec(stated)?.[1]?.split(".").length ?? 0;
  const isExact = parts >= leastParts;
  return [{ name, ...(isExact ? { version: stated } : { requirement: stated }), identity, scope: "development" }];
}

/** mise.toml: tools with versions, which may be the beginnings of versions. */
const mise: PackageListFormat = {
  id: "tools/mise",
  names: ["mise.toml", ".mise.toml", "mise.local.toml", ".mise.local.toml"],
  read: ({ bytes }) => ({
    packages: Object.entries(objectMember(readTomlObject(bytes), "tools")).flatMap(([name, form]) => {
      const forms: readonly Value[] = Array.isArray(form) ? form : [form];
      return forms.flatMap((each) =>
        tool(name, (typeof each === "string" ? each : textMember(each, "version")) ?? "", 3),
      );
    }),
  }),
};

/** .nvmrc and .node-version: the version of Node. */
const nodeVersion: PackageListFormat = {
  id: "tools/nodeversion",
  names: [".nvmrc", ".node-version"],
  read: ({ bytes }) => {
    const lines = readListLines(bytes).map((line) => (line.split("#", 1)[0] ?? "").trim());
    const first = lines.find((line) => line !== "") ?? "";
    const version = /^(?:node-?)?v?(\d+(?:\.\d+){0,2})$/.exec(first)?.[1];
    // `lts/iron`, `stable` and the like mean another version on another day.
    if (version === undefined) return { packages: first === "" ? [] : tool("node", first, 3) };
    return { packages: tool("node", version, 3) };
  },
};

/** Formats of tools' own version files. */
export const TOOL_FORMATS: readonly PackageListFormat[] = [preCommit, toolVersions, mise, nodeVersion];

/** What developers work with. */
export const toolsCataloger = createListCataloger({
  id: "tools",
  ecosystem: "generic",
  note: "Reads .pre-commit-config.yaml (repositories of hooks), .tool-versions of asdf, mise.toml, .nvmrc and .node-version: tools with their versions, all for development only. The beginning of a version (`20`) is what is asked for, not a version. Does not list the packages that hooks add.",
  formats: TOOL_FORMATS,
});
