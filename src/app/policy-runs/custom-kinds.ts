import { AmapError, listOf, memberOf, textOf, type Value } from "../../base/index.ts";
import { pluralOf } from "../../policy/index.ts";
import type { World } from "../world.ts";
import { readYamlFile } from "../yaml-file.ts";
import { CustomSchemas } from "./custom-schemas.ts";
import { BUILT_IN_KINDS, type KnownKinds, type ServedKind } from "./known-kinds.ts";
import { listYamlFiles } from "./read-files.ts";

/**
 * Kubernetes' own kinds and those of CustomResourceDefinitions in files and folders.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, VALUE_INVALID when a path holds no CustomResourceDefinition
 */
export async function readCustomKinds(world: World, paths: readonly string[]): Promise<KnownKinds> {
  const found = new Map<string, ServedKind>();
  const plurals = new Set<string>();
  const schemas = new CustomSchemas();
  for (const path of paths) {
    let definitions = 0;
    for (const file of await listYamlFiles(world, path)) {
      for (const document of await readYamlFile(world, file)) {
        if (textOf(document, "kind") !== "CustomResourceDefinition") continue;
        definitions++;
        schemas.add(document, file);
        for (const { apiVersion, kind, served } of kindsOf(document, file)) {
          found.set(`${apiVersion} ${kind}`, served);
          plurals.add(`${apiVersion} ${served.resource}`);
        }
      }
    }
    if (definitions === 0) {
      throw new AmapError("VALUE_INVALID", `${path}: expected a CustomResourceDefinition, found none`);
    }
  }
  return {
    find: (apiVersion, kind) => BUILT_IN_KINDS.find(apiVersion, kind) ?? found.get(`${apiVersion} ${kind}`),
    serves: (apiVersion, resource) =>
      BUILT_IN_KINDS.serves(apiVersion, resource) || plurals.has(`${apiVersion} ${resource}`),
    schemaOf: schemas.find,
  };
}

interface DefinedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly served: ServedKind;
}

function kindsOf(definition: Value, file: string): readonly DefinedKind[] {
  const spec = memberOf(definition, "spec") ?? null;
  const names = memberOf(spec, "names") ?? null;
  const [group, kind] = [textOf(spec, "group"), textOf(names, "kind")];
  const scope = textOf(spec, "scope");
  const versions = listOf(spec, "versions").map((version) => textOf(version, "name"));
  if (group === "" || kind === "" || versions.length === 0 || !["Namespaced", "Cluster"].includes(scope)) {
    const name = textOf(memberOf(definition, "metadata"), "name");
    const message = `${file}: CustomResourceDefinition ${name}: expected group, names.kind, scope and versions in its spec`;
    throw new AmapError("VALUE_INVALID", message);
  }
  const served = { resource: textOf(names, "plural") || pluralOf(kind), namespaced: scope === "Namespaced" };
  return versions.map((version) => ({ apiVersion: `${group}/${version}`, kind, served }));
}
