import { isAmapError, isValueObject, listOf, readJsonFast, textOf, type Value } from "../../../../base/index.ts";
import type { Component } from "../../sbom.ts";
import {
  absolute,
  type Cataloger,
  type CatalogerContext,
  type CatalogerResult,
  type CatalogFiles,
  distributionOf,
  ResultBuilder,
  toPackageUrl,
} from "../cataloger.ts";

/** Bottlerocket keeps what its containers see below the folder of its toolchain. */
const PATHS = ["", "x86_64-bottlerocket-linux-gnu/sys-root/", "aarch64-bottlerocket-linux-gnu/sys-root/"].map(
  (root) => `${root}usr/share/bottlerocket/application-inventory.json`,
);

/** The packages that Bottlerocket was built of: it has no package manager. */
export const bottlerocketCataloger: Cataloger = {
  id: "bottlerocket",
  ecosystem: "bottlerocket",
  note: "Reads usr/share/bottlerocket/application-inventory.json: the packages that the image was built of, with epoch, release, architecture and publisher. Does not know what they depend on or under which licences they are: the inventory does not say.",
  wants: (path) => PATHS.includes(path),
  places: PATHS,
  read: readInventories,
};

function readInventories(files: CatalogFiles, context: CatalogerContext): CatalogerResult {
  const builder = new ResultBuilder();
  const refs = new Set<string>();
  for (const [path, bytes] of files) {
    const inventory = readInventory(path, bytes, builder);
    let incomplete = 0;
    for (const item of listOf(inventory, "Content")) {
      const component = toComponent(item, path, context);
      if (component === undefined) incomplete += 1;
      else if (!refs.has(component.ref)) {
        refs.add(component.ref);
        builder.components.push(component);
      }
    }
    if (incomplete > 0) builder.addNotLookedAt(path, `${incomplete} entries without a name or a version were left out`);
  }
  return builder.finish();
}

function readInventory(path: string, bytes: Uint8Array, builder: ResultBuilder): Value | undefined {
  try {
    const value = readJsonFast(bytes);
    if (isValueObject(value) && Array.isArray(value["Content"])) return value;
    builder.addProblem(path, "PACKAGE_DATABASE_INVALID", "expected an object with a list Content, found none");
  } catch (error) {
    if (!isAmapError(error)) throw error;
    const code = error.code === "LIMIT_EXCEEDED" ? error.code : "PACKAGE_DATABASE_INVALID";
    builder.addProblem(path, code, `not readable: ${error.message}`);
  }
  return undefined;
}

function toComponent(item: Value, path: string, context: CatalogerContext): Component | undefined {
  const [name, version, release] = [textOf(item, "Name"), textOf(item, "Version"), textOf(item, "Release")];
  if (name === "" || version === "") return undefined;
  const epoch = textOf(item, "Epoch");
  const architecture = textOf(item, "Architecture");
  const publisher = textOf(item, "Publisher");
  const built = release === "" ? version : `${version}-${release}`;
  const isCounted = epoch !== "" && epoch !== "0";
  const { distro } = distributionOf(context.operatingSystem, "");
  const purl = toPackageUrl({
    type: "bottlerocket",
    name,
    version: built,
    qualifiers: {
      arch: architecture,
      epoch: isCounted ? epoch : "",
      ...(distro === undefined ? {} : { distro }),
    },
  });
  return {
    ref: purl ?? `bottlerocket:${name}@${built}:${architecture}`,
    kind: "library",
    name,
    version: isCounted ? `${epoch}:${built}` : built,
    ...(purl === undefined ? {} : { purl }),
    licenses: [],
    hashes: [],
    ...(publisher === "" ? {} : { supplier: publisher }),
    locations: [absolute(path)],
    scope: "production",
  };
}
