import { COSIGN_CUSTOM_PREDICATE_TYPE, resolvePredicateType } from "../attestation/index.ts";
import { AmapError, decodeUtf8, isValueObject, LIMITS, memberOf, type Value, type ValueObject } from "../base/index.ts";
import { decodeRiskAcceptances, RISK_ACCEPTANCE_PREDICATE_TYPE } from "../metadata/index.ts";
import { nowOf } from "./sbom.ts";
import { readNamedJson } from "./scan.ts";
import type { World } from "./world.ts";

/** The URI for cosign's `--type` word, or the URI itself. */
export function predicateTypeOf(nameOrUri: string): string {
  return resolvePredicateType(nameOrUri);
}

/**
 * Reads a predicate file as cosign does: `custom` wraps any text as `{Data, Timestamp}`, `spdx` keeps the text as one
 * string, everything else is a JSON object, that of accepted risks in its own form; the old spelling `invocationID` of SLSA provenance 1 becomes `invocationId`.
 * @throws {AmapError} FILE_NOT_FOUND, JSON_INVALID, DOCUMENT_INVALID
 */
export async function readPredicate(
  world: World,
  path: string,
  type: string,
): Promise<{ readonly predicateType: string; readonly predicate: Value }> {
  const predicateType = resolvePredicateType(type);
  const bytes = await world.files.read(path, LIMITS.attachmentBytes);
  if (predicateType === COSIGN_CUSTOM_PREDICATE_TYPE)
    return { predicateType, predicate: { Data: textOf(bytes, path), Timestamp: nowOf(world) } };
  if (type === "spdx") return { predicateType, predicate: textOf(bytes, path) };
  const predicate = readNamedJson(bytes, path);
  if (!isValueObject(predicate))
    throw new AmapError("DOCUMENT_INVALID", `${path}: expected a JSON object as predicate of type ${type}`);
  if (predicateType === RISK_ACCEPTANCE_PREDICATE_TYPE) refuseMalformed(predicate, path);
  return { predicateType, predicate: type === "slsaprovenance1" ? withInvocationId(predicate) : predicate };
}

/** The predicate is amap's own: nobody else's tool would say that it lacks an owner or an end. */
function refuseMalformed(predicate: Value, path: string): void {
  const decoded = decodeRiskAcceptances(predicate);
  if (decoded.ok) return;
  const [issue] = decoded.issues;
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${issue?.path ?? ""}: ${issue?.message ?? "malformed"}`);
}

/** Builders wrote `invocationID` before the specification's protobuf form settled the name. */
function withInvocationId(predicate: ValueObject): ValueObject {
  const runDetails = memberOf(predicate, "runDetails");
  const metadata = memberOf(runDetails, "metadata");
  const id = memberOf(metadata, "invocationID");
  if (!isValueObject(runDetails) || !isValueObject(metadata) || id === undefined) return predicate;
  const { invocationID: _, ...rest } = metadata;
  return { ...predicate, runDetails: { ...runDetails, metadata: { ...rest, invocationId: id } } };
}

function textOf(bytes: Uint8Array, path: string): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new AmapError("DOCUMENT_INVALID", `${path}: expected text in UTF-8`);
  return text;
}
