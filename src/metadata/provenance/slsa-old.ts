import type { Decoded, Value, ValueObject } from "../../base/index.ts";
import { DocumentReader, member, withoutUndefined } from "../document-reader.ts";
import type { Provenance } from "./provenance.ts";
import { readResourceDescriptor } from "./resource-descriptor.ts";
import { decodeProvenance } from "./slsa.ts";

/** Provenance of any version that is read, in the places where version 1 has them. */
export interface VersionedProvenance {
  readonly specVersion: "0.1" | "0.2" | "1";
  /**
   * Of older versions: `externalParameters` hold what the invocation (or recipe) took from its caller by its own names
   * (`configSource`, `parameters`; `entryPoint`, `arguments`, `definedInMaterial`), `internalParameters` the rest
   * (`environment`, `buildConfig`), `resolvedDependencies` the materials.
   */
  readonly provenance: Provenance;
}

type Read = (value: Value) => Decoded<Provenance>;

const VERSIONS: ReadonlyMap<string, readonly [VersionedProvenance["specVersion"], Read]> = new Map([
  ["https://slsa.dev/provenance/v1", ["1", decodeProvenance]],
  ["https://slsa.dev/provenance/v0.2", ["0.2", decodeVersion02]],
  ["https://slsa.dev/provenance/v0.1", ["0.1", decodeVersion01]],
] as const);

/**
 * Whether a predicate type is provenance of a version that is read.
 * @example
 * ```ts
 * import { isProvenanceType } from "../index.ts";
 * isProvenanceType("https://slsa.dev/provenance/v0.2"); // true
 * ```
 */
export function isProvenanceType(predicateType: string): boolean {
  return VERSIONS.has(predicateType);
}

/**
 * Reads provenance of the version that its predicate type names. All that is wrong is listed; fields that a version does
 * not name are left out.
 * @see slsa.dev/spec/v1.2/build-provenance, slsa.dev/spec/v0.2/provenance, slsa.dev/spec/v0.1/provenance
 * @example
 * ```ts
 * import { decodeVersionedProvenance } from "../index.ts";
 * const predicate = { builder: { id: "urn:builder" }, buildType: "urn:build" };
 * const decoded = decodeVersionedProvenance("https://slsa.dev/provenance/v0.2", predicate);
 * decoded.ok && decoded.value.provenance.builderId; // "urn:builder"
 * ```
 */
export function decodeVersionedProvenance(predicateType: string, predicate: Value): Decoded<VersionedProvenance> {
  const version = VERSIONS.get(predicateType);
  if (version === undefined) {
    const message = `expected SLSA provenance 1, 0.2 or 0.1, found ${predicateType.slice(0, 100)}`;
    return { ok: false, issues: [{ code: "PREDICATE_TYPE_MISMATCH", path: "", message }] };
  }
  const [specVersion, read] = version;
  const decoded = read(predicate);
  return decoded.ok ? { ok: true, value: { specVersion, provenance: decoded.value } } : decoded;
}

function decodeVersion02(value: Value): Decoded<Provenance> {
  return decodeOld(value, (reader, root) => {
    const invocation = reader.optionalObject(root, "invocation", "") ?? {};
    const configSource = reader.optionalObject(invocation, "configSource", "invocation");
    return {
      buildType: reader.string(root, "buildType", ""),
      external: { configSource, parameters: member(invocation, "parameters") },
      internal: { environment: member(invocation, "environment"), buildConfig: member(root, "buildConfig") },
    };
  });
}

function decodeVersion01(value: Value): Decoded<Provenance> {
  return decodeOld(value, (reader, root) => {
    const recipe = reader.object(member(root, "recipe"), "recipe") ?? {};
    return {
      buildType: reader.string(recipe, "type", "recipe"),
      external: {
        definedInMaterial: member(recipe, "definedInMaterial"),
        entryPoint: member(recipe, "entryPoint"),
        arguments: member(recipe, "arguments"),
      },
      internal: { environment: member(recipe, "environment") },
    };
  });
}

/** What the two old versions say differently. */
interface Build {
  readonly buildType: string;
  readonly external: Readonly<Record<string, Value | undefined>>;
  readonly internal: Readonly<Record<string, Value | undefined>>;
}

function decodeOld(value: Value, readBuild: (reader: DocumentReader, root: ValueObject) => Build): Decoded<Provenance> {
  const reader = new DocumentReader();
  const root = reader.object(value, "");
  if (root === undefined) return reader.finish<Provenance>(undefined);
  const builder = reader.object(member(root, "builder"), "builder") ?? {};
  const metadata = reader.optionalObject(root, "metadata", "") ?? {};
  const { buildType, external, internal } = readBuild(reader, root);
  // Go reads members in any case, and builders rely on it.
  const invocationKey = member(metadata, "buildInvocationId") === undefined ? "buildInvocationID" : "buildInvocationId";
  return reader.finish<Provenance>(
    withoutUndefined({
      buildType,
      externalParameters: withoutUndefined(external),
      internalParameters: withoutUndefined(internal),
      resolvedDependencies: reader.objects(root, "materials", "", (item, path) =>
        readResourceDescriptor(reader, item, path),
      ),
      builderId: reader.string(builder, "id", "builder"),
      invocationId: reader.optionalString(metadata, invocationKey, "metadata") || undefined,
      startedOn: reader.optionalTime(metadata, "buildStartedOn", "metadata"),
      finishedOn: reader.optionalTime(metadata, "buildFinishedOn", "metadata"),
      byproducts: [],
    }),
  );
}
