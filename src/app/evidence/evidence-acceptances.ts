import type { VerifiedAttestation } from "../../attestation/index.ts";
import { parseTime } from "../../base/index.ts";
import {
  acceptancesAt,
  type Finding,
  fitsFinding,
  type RiskAcceptance,
  speaksOfPart,
  takenBy,
  type VexSubject,
} from "../../metadata/index.ts";
import type { Attested } from "./evidence-documents.ts";

/** A risk that somebody takes, with the attestation that says so. */
export interface AttestedAcceptance {
  readonly acceptance: RiskAcceptance;
  readonly attestation: VerifiedAttestation;
  /** Whether it counts now, and for this image. */
  readonly counts: boolean;
}

/**
 * The acceptances of risks, each marked whether it counts: for this product, decided by now and not at its end.
 * @param now milliseconds since 1970
 */
export function judgeAcceptances(
  documents: readonly Attested<readonly RiskAcceptance[]>[],
  product: VexSubject,
  now: number,
): readonly AttestedAcceptance[] {
  return documents.flatMap(({ document, attestation }) => {
    const running = new Set(acceptancesAt(document, now));
    return document.map((acceptance) => ({
      acceptance,
      attestation,
      counts: running.has(acceptance) && speaksOfPart(acceptance, product),
    }));
  });
}

/**
 * By which a finding's risk is taken: of those that count the one decided last. It answers nothing, VEX does. A finding on
 * several platforms is accepted where one acceptance speaks of all of them, or several do together; then the one that ends
 * first is given.
 */
export function findAcceptance(
  acceptances: readonly AttestedAcceptance[],
  product: VexSubject,
): (finding: Finding) => AttestedAcceptance | undefined {
  const byName = new Map<string, AttestedAcceptance[]>();
  for (const each of acceptances.filter(({ counts }) => counts)) {
    const name = each.acceptance.finding.toUpperCase();
    const listed = byName.get(name);
    if (listed === undefined) byName.set(name, [each]);
    else listed.push(each);
  }
  return (finding) => {
    const fitting = [finding.vulnerability, ...finding.aliases]
      .flatMap((name) => byName.get(name.toUpperCase()) ?? [])
      .filter(({ acceptance }) => fitsFinding(acceptance, finding))
      .toSorted((a, b) => decidedAt(b) - decidedAt(a));
    const taken = takenBy(
      fitting.map(({ acceptance }) => acceptance),
      { finding, product },
    );
    return fitting.find(({ acceptance }) => acceptance === taken);
  };
}

function decidedAt({ acceptance }: AttestedAcceptance): number {
  return parseTime(acceptance.decidedAt) ?? Number.NEGATIVE_INFINITY;
}
