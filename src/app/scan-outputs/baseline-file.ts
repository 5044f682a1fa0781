import { AmapError, isValueObject, LIMITS, memberOf, type Value } from "../../base/index.ts";
import {
  compareWithBaseline,
  decodeBaseline,
  decodeStoredBasis,
  type Finding,
  isStoredScan,
  type KnownFinding,
  storedFindingKey,
} from "../../metadata/index.ts";
import { readScan } from "../documents.ts";
import { readNamedJson } from "../scan.ts";
import type { World } from "../world.ts";

/**
 * Reads an earlier scan, and tells whether it had a finding: the output of `amap scan -o json`, or a cosign-vuln or
 * in-toto vulns predicate. What the earlier scan had answered by VEX does not count as there, nor what was closed when a scan
 * that `amap rescan` keeps was last judged.
 * @throws {AmapError} DOCUMENT_INVALID with the place, and those of reading a file
 */
export async function readBaseline(world: World, path: string): Promise<(finding: KnownFinding) => boolean> {
  const value = readNamedJson(await world.files.read(path, LIMITS.documentBytes), path);
  if (!isValueObject(value) || memberOf(value, "findings") === undefined)
    return compareWithBaseline(openIn(value, (await readScan(world, path)).findings));
  const decoded = decodeBaseline(value);
  if (decoded.ok) return compareWithBaseline(decoded.value);
  const [first] = decoded.issues;
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${first?.path ?? ""} ${first?.message ?? "malformed"}`, {
    hint: "Give what `amap scan -o json` wrote, or a cosign-vuln or in-toto vulns predicate.",
  });
}

/** Those that were not closed, where the document says which were. */
function openIn(value: Value, findings: readonly Finding[]): readonly Finding[] {
  const basis = isStoredScan(value) ? decodeStoredBasis(value) : undefined;
  if (basis?.ok !== true) return findings;
  const closed = new Set(basis.value.closed);
  return findings.filter((finding) => !closed.has(storedFindingKey(finding)));
}
