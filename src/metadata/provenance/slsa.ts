import type { Decoded, Value } from "../../base/index.ts";
import { DocumentReader, member, withoutUndefined } from "../document-reader.ts";
import type { Provenance } from "./provenance.ts";
import { encodeResourceDescriptor, readResourceDescriptor } from "./resource-descriptor.ts";

/**
 * Writes SLSA provenance v1.
 * @see https://slsa.dev/spec/v1.2/build-provenance
 * @example
 * ```ts
 * import { decodeProvenance, encodeProvenance } from "../index.ts";
 * const provenance = {
 *   buildType: "https://example.com/build/v1", externalParameters: { context: "examples/storefront" },
 *   resolvedDependencies: [], builderId: "https://example.com/builder", byproducts: [],
 * };
 * const decoded = decodeProvenance(encodeProvenance(provenance));
 * decoded.ok && decoded.value.builderId; // "https://example.com/builder"
 * ```
 */
export function encodeProvenance(provenance: Provenance): Value {
  const metadata = withoutUndefined({
    invocationId: provenance.invocationId,
    startedOn: provenance.startedOn,
    finishedOn: provenance.finishedOn,
  });
  return {
    buildDefinition: withoutUndefined({
      buildType: provenance.buildType,
      externalParameters: provenance.externalParameters,
      internalParameters: provenance.internalParameters,
      resolvedDependencies: optionalList(provenance.resolvedDependencies.map(encodeResourceDescriptor)),
    }),
    runDetails: withoutUndefined({
      builder: withoutUndefined({ id: provenance.builderId, version: provenance.builderVersion }),
      metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
      byproducts: optionalList(provenance.byproducts.map(encodeResourceDescriptor)),
    }),
  };
}

function optionalList<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

/**
 * Reads SLSA provenance v1: build type, external parameters and builder are required. All that is wrong is listed.
 * Fields that v1 does not name are left out, as the specification asks of consumers.
 */
export function decodeProvenance(value: Value): Decoded<Provenance> {
  const reader = new DocumentReader();
  const root = reader.object(value, "");
  if (root === undefined) return reader.finish<Provenance>(undefined);
  const definition = reader.object(member(root, "buildDefinition"), "buildDefinition") ?? {};
  const run = reader.object(member(root, "runDetails"), "runDetails") ?? {};
  const builder = reader.object(member(run, "builder"), "runDetails.builder") ?? {};
  const metadata = reader.optionalObject(run, "metadata", "runDetails") ?? {};
  const version = reader.stringMap(builder, "version", "runDetails.builder");
  return reader.finish<Provenance>(
    withoutUndefined({
      buildType: reader.string(definition, "buildType", "buildDefinition"),
      externalParameters:
        reader.object(member(definition, "externalParameters"), "buildDefinition.externalParameters") ?? {},
      internalParameters: reader.optionalObject(definition, "internalParameters", "buildDefinition"),
      resolvedDependencies: reader.objects(definition, "resolvedDependencies", "buildDefinition", (item, path) =>
        readResourceDescriptor(reader, item, path),
      ),
      builderId: reader.string(builder, "id", "runDetails.builder"),
      builderVersion: version.size === 0 ? undefined : Object.fromEntries(version),
      invocationId: reader.optionalString(metadata, "invocationId", "runDetails.metadata"),
      startedOn: reader.optionalTime(metadata, "startedOn", "runDetails.metadata"),
      finishedOn: reader.optionalTime(metadata, "finishedOn", "runDetails.metadata"),
      byproducts: reader.objects(run, "byproducts", "runDetails", (item, path) =>
        readResourceDescriptor(reader, item, path),
      ),
    }),
  );
}
