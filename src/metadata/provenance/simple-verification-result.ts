import type { Decoded, Value } from "../../base/index.ts";
import { DocumentReader, member } from "../document-reader.ts";
import type { ResourceDescriptor } from "./provenance.ts";
import { encodeResourceDescriptor, readResourceDescriptor } from "./resource-descriptor.ts";

/** in-toto's simple verification result (SVR) v0.2: what a verifier found to hold, and nothing about what did not. */
export interface SimpleVerificationResult {
  /** A URI. */
  readonly verifierId: string;
  /** May be empty; the member itself must be there. */
  readonly policies: readonly ResourceDescriptor[];
  /** RFC 3339. */
  readonly timeCreated: string;
  /** What was verified and holds. */
  readonly properties: readonly string[];
}

/**
 * Writes a simple verification result v0.2.
 * @see https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md
 * @example
 * ```ts
 * import { decodeSimpleVerificationResult, encodeSimpleVerificationResult } from "../index.ts";
 * const result = { verifierId: "urn:example:gate", policies: [], timeCreated: "2026-01-01T00:00:00Z", properties: ["A"] };
 * decodeSimpleVerificationResult(encodeSimpleVerificationResult(result)).ok; // true
 * ```
 */
export function encodeSimpleVerificationResult(result: SimpleVerificationResult): Value {
  return {
    verifier: { id: result.verifierId, policies: result.policies.map(encodeResourceDescriptor) },
    timeCreated: result.timeCreated,
    properties: result.properties,
  };
}

/**
 * Reads a simple verification result v0.2. Required: verifier.id, verifier.policies (it may be empty), timeCreated,
 * properties. Unknown members are ignored. Whether it may be believed is not decided here.
 */
export function decodeSimpleVerificationResult(value: Value): Decoded<SimpleVerificationResult> {
  const reader = new DocumentReader();
  const root = reader.object(value, "");
  if (root === undefined) return reader.finish<SimpleVerificationResult>(undefined);
  const verifier = reader.object(member(root, "verifier"), "verifier") ?? {};
  if (member(verifier, "policies") === undefined) reader.refuse("verifier.policies", "expected a list, found nothing");
  if (member(root, "properties") === undefined) reader.refuse("properties", "expected a list, found nothing");
  const properties = reader.strings(root, "properties", "");
  if (properties.includes("")) reader.refuse("properties", "expected texts that are not empty");
  return reader.finish<SimpleVerificationResult>({
    verifierId: reader.string(verifier, "id", "verifier"),
    policies: reader.objects(verifier, "policies", "verifier", (item, path) =>
      readResourceDescriptor(reader, item, path),
    ),
    timeCreated: reader.time(root, "timeCreated", ""),
    properties,
  });
}
