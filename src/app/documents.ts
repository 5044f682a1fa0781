import { AmapError, encodeUtf8, isValueObject, LIMITS, type Value, writeJson } from "../base/index.ts";
import {
  decodeScan,
  decodeStoredBasis,
  encodeCycloneDx,
  encodeOpenVex,
  encodeRiskAcceptances,
  encodeSpdx,
  isStoredScan,
  jsonChunksOf,
  type RiskAcceptance,
  readVexDocument,
  type Sbom,
  type Scan,
  type VexDocument,
  type VexSource,
} from "../metadata/index.ts";
import { type GeneratedSbom, generateWithPlatforms } from "./artifacts/generate-sbom.ts";
import { openArtifact } from "./artifacts/open-artifact.ts";
import type { Tool } from "./sbom.ts";
import { readNamedJson } from "./scan.ts";
import type { World } from "./world.ts";

/** Formats in which an SBOM is written, by syft's names. */
export const SBOM_OUTPUTS = ["cyclonedx-json", "spdx-json"] as const;
export type SbomOutput = (typeof SBOM_OUTPUTS)[number];

/** An SBOM in one of the formats. */
export function encodeSbom(sbom: Sbom, output: SbomOutput): Value {
  return output === "cyclonedx-json" ? encodeCycloneDx(sbom) : encodeSpdx(sbom);
}

/** A VEX document as OpenVEX. */
export function encodeVex(document: VexDocument): Value {
  return encodeOpenVex(document);
}

/** The risk-acceptance predicate. */
export function encodeAcceptances(acceptances: readonly RiskAcceptance[]): Value {
  return encodeRiskAcceptances(acceptances);
}

/**
 * The SBOM of an artifact as the user names it; see `openArtifact` for the forms. One that is an SBOM is read.
 * @throws {AmapError} FILE_NOT_FOUND, and those of the reader
 */
export async function sbomOf(world: World, artifact: string, tool: Tool): Promise<Sbom> {
  return (await sbomWithOrigin(world, artifact, tool)).sbom;
}

/**
 * As {@link sbomOf}, with the platforms of an index, and with whether the artifact is itself an SBOM: then its digest is
 * what somebody stated.
 */
export async function sbomWithOrigin(
  world: World,
  artifact: string,
  tool: Tool,
): Promise<GeneratedSbom & { readonly isStated: boolean }> {
  const opened = await openArtifact(world, artifact);
  return { ...(await generateWithPlatforms(world, opened, tool)), isStated: opened.kind === "sbom" };
}

/**
 * Reads a scan in the form of a cosign-vuln or in-toto vulns predicate.
 * @throws {AmapError} DOCUMENT_INVALID with the place
 */
export async function readScan(world: World, path: string): Promise<Scan> {
  const value = readNamedJson(await world.files.read(path, LIMITS.documentBytes), path);
  requireUnchanged(value, path);
  const cosign = decodeScan("https://cosign.sigstore.dev/attestation/vuln/v1", value);
  if (cosign.ok) return cosign.value;
  const inToto = decodeScan("https://in-toto.io/attestation/vulns/v0.2", value);
  if (inToto.ok) return inToto.value;
  throw invalid(path, cosign.issues);
}

/** A scan that `amap rescan` keeps says by itself whether it is as it was written. */
function requireUnchanged(value: Value, path: string): void {
  if (!isStoredScan(value)) return;
  const basis = decodeStoredBasis(value);
  if (basis.ok) return;
  const [first] = basis.issues;
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${first?.path ?? ""} ${first?.message ?? "malformed"}`, {
    hint: "Scan its SBOM anew with `amap rescan`, which writes the file again.",
    details: { issues: basis.issues },
  });
}

/**
 * Reads an OpenVEX, CSAF or CycloneDX VEX document.
 * @param note told what was read past, and why some statements match nothing
 * @throws {AmapError} DOCUMENT_INVALID with the place
 */
export async function readVexFile(world: World, path: string, note: (message: string) => void): Promise<VexSource> {
  const value = readNamedJson(await world.files.read(path, LIMITS.documentBytes), path);
  const decoded = readVexDocument(value);
  if (!decoded.ok) throw invalid(path, decoded.issues);
  const { notes, ...read } = decoded.value;
  for (const { path: place, message, count } of notes)
    note(`${path}: ${place}: ${message}${count > 1 ? ` (and ${count - 1} more)` : ""}`);
  return { ...read, value, source: path };
}

/** A document as indented JSON bytes with a line break at the end. */
export function toJsonBytes(value: Value): Uint8Array {
  return encodeUtf8(`${writeJson(value, { indent: 2 })}\n`);
}

/** As {@link toJsonBytes}, of a document that may be large: its text is never in memory as a whole. */
export function toJsonChunks(value: Value): Iterable<Uint8Array> {
  return isValueObject(value) ? jsonChunksOf(value) : [toJsonBytes(value)];
}

function invalid(path: string, issues: readonly { readonly path: string; readonly message: string }[]): AmapError {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return new AmapError("DOCUMENT_INVALID", `${path}: ${first?.path ?? ""} ${first?.message ?? "malformed"}${more}`, {
    details: { issues },
  });
}
