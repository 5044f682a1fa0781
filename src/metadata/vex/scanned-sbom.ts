import type { Sbom } from "../sbom/sbom.ts";
import type { DependencyGraph } from "./dependency-paths.ts";
import type { ComponentIdentity } from "./prepared-statements.ts";
import type { VexBom } from "./vex.ts";

/**
 * The dependencies of an SBOM's components by package URL, for `answerFindings`. A component without one goes by its
 * reference; several of one package URL are one, so that every way to any of them counts. What a component is part of
 * leads to it as well as what depends on it.
 * @example
 * ```ts
 * import { catalogFiles, createSbom, dependenciesOf, describeImage } from "../index.ts";
 * const sbom = createSbom({
 *   catalog: catalogFiles(new Map()),
 *   subject: describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}` }),
 *   createdAt: "2026-11-22T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [{ name: "amap", version: "0.1.0" }],
 * });
 * dependenciesOf(sbom).edges.size; // 0
 * ```
 */
export function dependenciesOf({ subject, components, dependencies }: Sbom): DependencyGraph {
  const names = new Map([subject, ...components].map(({ ref, purl }) => [ref, purl ?? `ref:${ref}`]));
  const nameOf = (ref: string): string => names.get(ref) ?? `ref:${ref}`;
  const edges = new Map<string, string[]>();
  const add = (parent: string, child: string): void => {
    const listed = edges.get(nameOf(parent));
    if (listed === undefined) edges.set(nameOf(parent), [nameOf(child)]);
    else listed.push(nameOf(child));
  };
  for (const [ref, children] of dependencies) for (const child of children) add(ref, child);
  for (const { ref, partOf } of components) if (partOf !== undefined) add(partOf, ref);
  return { root: nameOf(subject.ref), edges };
}

/**
 * An SBOM as BOM-Links name it, for `answerFindings`; see `VexBom`.
 * @example
 * ```ts
 * import { bomOf, catalogFiles, createSbom, describeImage } from "../index.ts";
 * const sbom = createSbom({
 *   catalog: catalogFiles(new Map()),
 *   subject: describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}` }),
 *   createdAt: "2026-11-22T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [{ name: "amap", version: "0.1.0" }],
 * });
 * bomOf(sbom).refs.size; // 0
 * ```
 */
export function bomOf({ serialNumber, version, subject, components }: Sbom): VexBom {
  return {
    serialNumber,
    ...(version === undefined ? {} : { version }),
    refs: new Map(components.flatMap(({ ref, purl }) => (purl === undefined ? [] : [[ref, purl] as const]))),
    rootRefs: [subject.ref],
  };
}

/**
 * The components of an SBOM by package URL, with the CPE names and hashes (`sha-256:<hex>`) that they are known by, for
 * `answerFindings`. What is known of several components of one package URL is what all of them share: a statement about
 * one file says nothing about another one.
 * @example
 * ```ts
 * import { catalogFiles, createSbom, describeImage, identitiesOf } from "../index.ts";
 * const sbom = createSbom({
 *   catalog: catalogFiles(new Map()),
 *   subject: describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}` }),
 *   createdAt: "2026-11-22T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [{ name: "amap", version: "0.1.0" }],
 * });
 * identitiesOf(sbom).size; // 0
 * ```
 */
export function identitiesOf({ components }: Sbom): ReadonlyMap<string, ComponentIdentity> {
  const identities = new Map<string, ComponentIdentity>();
  for (const { purl, cpes = [], hashes } of components) {
    if (purl === undefined) continue;
    const own = hashes.map(({ algorithm, value }) => `${algorithm}:${value}`.toLowerCase());
    const known = identities.get(purl) ?? { cpes, hashes: own };
    identities.set(purl, {
      cpes: known.cpes.filter((cpe) => cpes.includes(cpe)),
      hashes: known.hashes.filter((hash) => own.includes(hash)),
    });
  }
  return identities;
}
