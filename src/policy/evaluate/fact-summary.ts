import { listOf, memberOf, type Value } from "../../base/index.ts";
import type { Fact, FactRequest } from "./facts.ts";

/** Rejected candidates shown in full; the rest are counted, so that a report stays readable. */
const SHOWN_REJECTIONS = 20;

/** What says which question it was, of facts that are not about images. Headers and bodies may hold secrets. */
const SHOWN_PARAMS = ["apiVersion", "resource", "namespace", "name", "projection", "path", "url", "verb"] as const;

/**
 * What a rule looked at, short enough for a report. Of image evidence: image, digest, attestors, the number of
 * signatures, attestations by predicate type with the newest one's signed time, rejected candidates with code and
 * reason, the newest scan's time, SBOM formats, and findings (all, and those that nothing answers). Of other facts: what
 * was asked, without what may be secret. Of a fact that could not be loaded also its code and message.
 */
export function summariseFact(request: FactRequest, fact: Fact): Value {
  if (!isAboutImage(request)) return { ...summariseQuestion(request), ...(fact.ok ? {} : failureOf(fact)) };
  const image = memberOf(request.params, "image") ?? null;
  const attestors = listOf(request.params, "attestors").map((attestor) => memberOf(attestor, "name") ?? null);
  const head = { kind: request.kind, image, ...(attestors.length === 0 ? {} : { attestors }) };
  if (!fact.ok) return { ...head, ...failureOf(fact) };
  if (request.kind !== "imageEvidence") return head;
  return { ...head, ...summariseEvidence(fact.value) };
}

function isAboutImage({ kind }: FactRequest): boolean {
  return kind === "imageEvidence" || kind === "imageData";
}

function failureOf({ code, message }: Extract<Fact, { ok: false }>): { readonly [key: string]: Value } {
  return { code, message };
}

function summariseQuestion({ kind, params }: FactRequest): { readonly [key: string]: Value } {
  const shown = SHOWN_PARAMS.flatMap((name) => {
    const value = memberOf(params, name);
    // A query may hold a token.
    return typeof value === "string" ? [[name, value.replace(/[?#].*$/s, "")]] : [];
  });
  return { kind, ...Object.fromEntries(shown) };
}

function summariseEvidence(evidence: Value): { readonly [key: string]: Value } {
  const rejected = listOf(evidence, "rejected");
  const findings = listOf(evidence, "findings");
  const [scan] = listOf(evidence, "scans");
  return {
    digest: memberOf(evidence, "digest") ?? null,
    signatures: listOf(evidence, "signatures").length,
    attestations: summariseAttestations(listOf(evidence, "attestations")),
    sboms: listOf(evidence, "sboms").map((sbom) => memberOf(sbom, "format") ?? null),
    ...(scan === undefined ? {} : { scannedAt: memberOf(scan, "finishedAt") ?? null }),
    findings: findings.length,
    unanswered: findings.filter((finding) => memberOf(finding, "answered") !== true).length,
    rejected: rejected.slice(0, SHOWN_REJECTIONS).map((candidate) => ({
      code: memberOf(candidate, "code") ?? null,
      message: memberOf(candidate, "message") ?? null,
    })),
    ...(rejected.length > SHOWN_REJECTIONS ? { rejectedMore: rejected.length - SHOWN_REJECTIONS } : {}),
  };
}

/** By predicate type: how many, and when the newest was signed and by whose word. */
function summariseAttestations(attestations: readonly Value[]): readonly Value[] {
  const byType = new Map<string, { count: number; signedTime: Value }>();
  for (const attestation of attestations) {
    const stated = memberOf(attestation, "predicateType");
    const type = typeof stated === "string" ? stated : "";
    const entry = byType.get(type);
    if (entry === undefined) byType.set(type, { count: 1, signedTime: memberOf(attestation, "signedTime") ?? null });
    else entry.count++;
  }
  return [...byType].map(([predicateType, { count, signedTime }]) => ({ predicateType, count, signedTime }));
}
