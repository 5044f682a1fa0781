import { AmapError, compareText, type Digest, digestHex, isDigest, LIMITS } from "../../base/index.ts";
import type { Catalog } from "./catalogers/catalog.ts";
import { toPackageUrl } from "./catalogers/cataloger.ts";
import { findRoots } from "./roots.ts";
import type { Component, Sbom } from "./sbom.ts";

export interface SbomInput {
  readonly catalog: Pick<Catalog, "components" | "dependencies" | "tops" | "notLookedAt">;
  readonly subject: Component;
  readonly subjectDigest?: Digest;
  /** RFC 3339 UTC: the core has no clock. */
  readonly createdAt: string;
  /** `urn:uuid:` and a UUID: the core has no randomness. */
  readonly serialNumber: string;
  readonly tools: readonly { readonly name: string; readonly version: string }[];
  readonly authors?: readonly string[];
}

const SERIAL_NUMBER = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const CREATED_AT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/**
 * An SBOM of a subject from what was catalogued in it. The subject depends on every component that nothing else depends
 * on, on one platform at least, so that each component can be reached from it.
 * @throws {AmapError} VALUE_INVALID for a serial number or time of another form, or two components with one ref;
 * LIMIT_EXCEEDED for more than LIMITS.components
 * @example
 * ```ts
 * import { catalogFiles, createSbom, describeImage } from "../index.ts";
 * const sbom = createSbom({
 *   catalog: catalogFiles(new Map()),
 *   subject: describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}` }),
 *   createdAt: "2026-11-22T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [{ name: "amap", version: "0.1.0" }],
 * });
 * sbom.components.length; // 0
 * ```
 */
export function createSbom(input: SbomInput): Sbom {
  const { catalog, subject } = input;
  if (!SERIAL_NUMBER.test(input.serialNumber)) {
    throw new AmapError("VALUE_INVALID", `expected urn:uuid: and a UUID, found "${input.serialNumber.slice(0, 100)}"`);
  }
  if (!CREATED_AT.test(input.createdAt)) {
    throw new AmapError("VALUE_INVALID", `expected an RFC 3339 time in UTC, found "${input.createdAt.slice(0, 100)}"`);
  }
  if (catalog.components.length > LIMITS.components) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `${catalog.components.length} components; components is ${LIMITS.components}`,
    );
  }
  const components = [...catalog.components].sort((a, b) => compareText(a.ref, b.ref));
  checkUnique([subject, ...components]);
  const roots = [...new Set([...findRoots(components, catalog.dependencies), ...(catalog.tops ?? [])])].sort();
  const dependencies = new Map(
    [...catalog.dependencies, [subject.ref, roots] as const].sort(([a], [b]) => compareText(a, b)),
  );
  return {
    serialNumber: input.serialNumber,
    createdAt: input.createdAt,
    authors: input.authors ?? [],
    tools: input.tools,
    subject,
    ...(input.subjectDigest === undefined ? {} : { subjectDigest: input.subjectDigest }),
    components,
    dependencies,
    notLookedAt: catalog.notLookedAt,
  };
}

function checkUnique(components: readonly Component[]): void {
  const refs = new Set<string>();
  for (const { ref } of components) {
    if (refs.has(ref)) throw new AmapError("VALUE_INVALID", `two components have the ref "${ref.slice(0, 200)}"`);
    refs.add(ref);
  }
}

export interface ImageDescription {
  /** Last part of the repository: `storefront`. */
  readonly name: string;
  readonly digest: Digest;
  readonly tag?: string;
  /** `amd64`, `arm64`. */
  readonly architecture?: string;
  /** Registry and repository: `ghcr.io/shop/storefront`. */
  readonly repositoryUrl?: string;
}

/**
 * A container image as the subject of an SBOM: its digest is its version in the package URL (purl-spec, type oci) and
 * its hash.
 * @throws {AmapError} VALUE_INVALID when the digest is none
 * @example
 * ```ts
 * import { describeImage } from "../index.ts";
 * const image = describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}`, tag: "1.4" });
 * image.purl?.startsWith("pkg:oci/storefront@sha256:"); // true
 * ```
 */
export function describeImage(image: ImageDescription): Component {
  if (!isDigest(image.digest)) {
    throw new AmapError("VALUE_INVALID", `expected an image's digest, found "${String(image.digest).slice(0, 100)}"`);
  }
  const purl = toPackageUrl({
    type: "oci",
    name: image.name,
    version: image.digest,
    qualifiers: {
      arch: image.architecture ?? "",
      repository_url: image.repositoryUrl ?? "",
      tag: image.tag ?? "",
    },
  });
  return {
    ref: purl ?? `image:${image.digest}`,
    kind: "container",
    name: image.name,
    version: image.tag ?? image.digest,
    ...(purl === undefined ? {} : { purl }),
    licenses: [],
    hashes: [{ algorithm: image.digest.startsWith("sha512:") ? "SHA-512" : "SHA-256", value: digestHex(image.digest) }],
    locations: [],
    scope: "production",
  };
}
