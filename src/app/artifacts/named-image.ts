import { formatPackageUrl, type ImageReference, parseImageReference } from "../../artifact/index.ts";
import { isAmapError } from "../../base/index.ts";
import { type Component, describeImage } from "../../metadata/index.ts";

const DOCKER_HUB = "docker.io";

/**
 * An image that a file names, as a component: by digest as `pkg:oci`, by tag as `pkg:docker`, since only a digest says
 * which image it is. Undefined for what is no image's name.
 */
export function describeNamedImage(text: string, location: string): Component | undefined {
  const reference = tryParse(text.trim());
  if (reference === undefined) return undefined;
  const { registry, repository, tag, digest } = reference;
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  const locations = [location];
  if (digest !== undefined) {
    const repositoryUrl = `${registry}/${repository}`;
    return { ...describeImage({ name, digest, repositoryUrl, ...(tag === undefined ? {} : { tag }) }), locations };
  }
  const isHub = registry === DOCKER_HUB;
  const path = isHub ? repository.replace(/^library\//, "") : repository;
  const slash = path.lastIndexOf("/");
  const version = tag ?? "latest";
  const purl = formatPackageUrl({
    type: "docker",
    ...(slash === -1 ? {} : { namespace: path.slice(0, slash) }),
    name,
    version,
    qualifiers: { repository_url: isHub ? "" : registry },
  });
  return {
    ref: purl,
    kind: "container",
    name: path,
    version,
    purl,
    licenses: [],
    hashes: [],
    locations,
    scope: "production",
  };
}

function tryParse(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch (error) {
    if (isAmapError(error, "REFERENCE_INVALID")) return undefined;
    throw error;
  }
}
