import type { JudgedProvenance, ProvenanceOutcome } from "../../app/index.ts";
import type { Value } from "../../base/index.ts";
import { printable, printableExcerpt } from "../../report/index.ts";

type Check = JudgedProvenance["verdict"]["checks"][number];
type Rejected = ProvenanceOutcome["rejected"][number];

/** What came of an artifact, as `--output json` has it. */
export function outcomeToValue(outcome: ProvenanceOutcome): Value {
  const { accepted, artifact, judged, rejected, refusal } = outcome;
  return {
    artifact: artifact.name,
    digests: [...artifact.digests],
    verified: accepted !== undefined,
    level: accepted?.verdict.level.level ?? 0,
    ...(refusal === undefined ? {} : { refusal: { code: refusal.code, message: refusal.message } }),
    ...(accepted === undefined ? {} : { provenance: judgedToValue(accepted) }),
    judged: judged.map(judgedToValue),
    rejected: rejected.map(({ code, message, claims }) => ({
      code,
      message,
      ...(claims === undefined ? {} : { claims }),
    })),
  };
}

function judgedToValue({ attestation, provenance, claims, verdict }: JudgedProvenance): Value {
  const { row: _, ...stated } = claims;
  return {
    accepted: verdict.accepted,
    specVersion: provenance.specVersion,
    claims: stated,
    signer: attestation.signer,
    signedTime: attestation.signedTime,
    foundAt: attestation.foundAt,
    checks: verdict.checks,
    level: verdict.level,
  } as unknown as Value;
}

/** What came of an artifact, for people: the level with its reasons, or what is wrong. */
export function outcomeLines(outcome: ProvenanceOutcome): readonly string[] {
  const { accepted, artifact } = outcome;
  if (accepted === undefined) return [`NOT VERIFIED  ${printable(artifact.name)}`];
  const { claims, verdict } = accepted;
  const commit = claims.commit === undefined ? "" : ` at ${claims.commit}`;
  return [
    `VERIFIED  ${printable(artifact.name)}  SLSA build level ${verdict.level.level}`,
    `  digest   ${artifact.digests[0] ?? ""}`,
    `  builder  ${printableExcerpt(claims.builderId)}`,
    `  source   ${printableExcerpt(`${claims.repository ?? ""}${claims.ref === undefined ? "" : `@${claims.ref}`}${commit}`)}`,
    ...levelLines(accepted),
  ];
}

/** Each requirement of each level, met or not, and why. */
function levelLines({ verdict }: JudgedProvenance): readonly string[] {
  return verdict.level.requirements.map(
    ({ level, requirement, met, why }) =>
      `  L${level} ${met ? "met    " : "not met"}  ${requirement}: ${printableExcerpt(why)}`,
  );
}

/** Every statement with every check, and every candidate that was rejected, with the reason. */
export function explanationLines({ artifact, judged, rejected }: ProvenanceOutcome): readonly string[] {
  return [
    `${printable(artifact.name)}: ${judged.length} statements judged, ${rejected.length} candidates rejected`,
    ...judged.flatMap((each) => [
      `  ${each.verdict.accepted ? "accepted" : "refused"}: ${printableExcerpt(each.claims.builderId)}`,
      ...each.verdict.checks.map((check) => `    ${checkLine(check)}`),
      ...levelLines(each).map((line) => `  ${line}`),
    ]),
    ...rejected.map((each) => `  rejected: ${rejectedLine(each)}`),
  ];
}

/** One check in a line. */
export function checkLine({ name, passed, expected, found }: Check): string {
  const [wanted, seen] = [expected, found].map(printableExcerpt);
  return `${passed ? "ok" : "FAILED"}  ${printable(name)}: expected ${wanted}, found ${seen}`;
}

/** Why a candidate does not count, in a line. */
export function rejectedLine({ code, message }: Rejected): string {
  return `${code}: ${printableExcerpt(message)}`;
}
