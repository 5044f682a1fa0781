import {
  type ImageVerdict,
  nameWithDigest,
  type OpenImage,
  type PlatformVerdict,
  type VerifiedAttestation,
  type VerifiedSignature,
} from "../../app/index.ts";
import { AmapError, type Value, writeJson } from "../../base/index.ts";
import { layOutTable, printable } from "../../report/index.ts";
import type { Flags, VerbContext } from "../verb.ts";

/** What is told of a signature or an attestation. */
export type Noted = Pick<VerifiedSignature, "signer" | "signedTime" | "notes">;

/** A step of a judgement. */
type Check = NonNullable<VerifiedSignature["checks"]>[number];

type Verdict = ImageVerdict<VerifiedSignature | VerifiedAttestation>;
type Rejected = Verdict["rejected"][number];

/** Says how many count and what was checked of each. */
export function noteChecks({ terminal }: VerbContext, image: OpenImage, verified: readonly Noted[]): void {
  const lines = new Set(verified.flatMap(checksOf));
  terminal.note(
    `\nVerification for ${image.name} --\nThe following checks were performed on each of the ${verified.length} found:\n` +
      ["The signed digest is the image's", ...lines].map((line) => `  - ${line}`).join("\n"),
  );
}

/** What was checked, in a line each. */
export function checksOf({ signer, signedTime, notes = [] }: Noted): readonly string[] {
  const by =
    signer.kind === "key"
      ? "The signature was made by the given public key"
      : `The signature was made by ${signer.subject}, for whom ${signer.issuer ?? "an authority"} vouched`;
  const time =
    signedTime.source === "self-asserted"
      ? "No log or authority was asked for a time: it is the signer's own word (self-asserted)"
      : `It was made at ${signedTime.at ?? "a proven time"}, by the ${TIME_SOURCES[signedTime.source]} ${signedTime.by ?? ""}`.trimEnd();
  return [by, time, ...notes];
}

const TIME_SOURCES = { transparencyLog: "transparency log", timestampAuthority: "timestamp authority" } as const;

/** What `-o text` says of a certificate, in cosign's words; nothing of a key. */
export function certificateLines({ signer }: Noted): readonly string[] {
  if (signer.kind === "key") return [];
  const { subject, issuer, extensions } = signer;
  const workflow = Object.entries(WORKFLOW_WORDS).flatMap(([name, words]) => {
    const value = extensions[name];
    return value === undefined ? [] : [`GitHub Workflow ${words}: ${printable(value)}`];
  });
  return [
    `Certificate subject: ${printable(subject)}`,
    ...(issuer === undefined ? [] : [`Certificate issuer URL: ${printable(issuer)}`]),
    ...workflow,
  ];
}

const WORKFLOW_WORDS = {
  githubWorkflowTrigger: "Trigger",
  githubWorkflowSHA: "SHA",
  githubWorkflowName: "Name",
  githubWorkflowRepository: "Repository",
  githubWorkflowRef: "Ref",
} as const;

/** How `--explain` writes, or undefined where it is off. @throws {AmapError} USAGE */
export function explainFormat(flags: Flags): "text" | "json" | undefined {
  const value = flags["explain"];
  if (value === undefined || value === "false") return undefined;
  if (value === true || value === "true" || value === "text") return "text";
  if (value === "json") return "json";
  throw new AmapError(
    "USAGE",
    `--explain: expected text or json, found "${typeof value === "string" ? value : "another value"}"`,
  );
}

/** Writes what became of each candidate beside an image, and every check with what was expected and found. */
export function explainVerdict(
  { terminal }: VerbContext,
  image: OpenImage,
  verdict: Verdict,
  format: "text" | "json",
): void {
  if (format === "json") {
    terminal.note(writeJson(verdictToValue(image, verdict)));
    return;
  }
  const { verified, others, rejected, refusal } = verdict;
  const count = verified.length + others.length + rejected.length;
  const parts = [
    ...verified.map((each) => describeFound(each, "counts")),
    ...others.map((each) => describeFound(each, `verifies and is not what was asked for: ${kindOf(each)}`)),
    ...rejected.map(describeRejected),
  ];
  const end = refusal === undefined ? `${verified.length} count` : `none counts: ${refusal.code}`;
  const lines = parts.map((part, index) => `${index + 1}. ${part}`);
  terminal.note([`${nameWithDigest(image)}: ${count} candidates, ${end}`, ...lines].join("\n"));
}

function describeFound(found: VerifiedSignature | VerifiedAttestation, verdict: string): string {
  const { foundAt, checks = [] } = found;
  const lines = [...checksOf(found).map((line) => `   - ${printable(line)}`), layOutChecks(checks)];
  return [`${placeOf(foundAt)}: ${verdict}`, ...lines.filter((line) => line !== "")].join("\n");
}

function describeRejected({ foundAt, kind, code, message, claims, checks = [] }: Rejected): string {
  // Nobody vouches for these words: a line break in them must not add a line.
  const type = claims?.predicateType === undefined ? undefined : printable(claims.predicateType);
  const claimed = type === undefined ? "" : `, which says it is ${type} (unverified)`;
  const head = `${placeOf(foundAt)}, ${kind}${claimed}: rejected, ${code}`;
  return [head, `   - ${printable(message)}`, layOutChecks(checks)].filter((line) => line !== "").join("\n");
}

function placeOf({ form, manifest, blob }: Rejected["foundAt"]): string {
  return `${form} ${manifest}, ${blob}`;
}

function kindOf(found: VerifiedSignature | VerifiedAttestation): string {
  if (found.kind === "attestation") return `an attestation of ${printable(found.predicateType)}`;
  return `a signature with ${writeJson(found.annotations)}`;
}

/** The checks as rows: whether it holds, its name, what was expected and what was found. */
export function layOutChecks(checks: readonly Check[]): string {
  const rows = checks.map(({ name, passed, expected, found }) => [
    { text: passed ? "holds" : "fails" },
    { text: name },
    // What a failure found says what was expected, too.
    { text: passed ? `expected ${expected}; found ${found}` : found },
  ]);
  return rows.length === 0 ? "" : layOutTable(rows, EXPLAIN_WIDTH, "   ");
}

/** Wide enough for digests and addresses in one line. */
const EXPLAIN_WIDTH = 160;

function verdictToValue(image: OpenImage, { verified, others, rejected, refusal }: Verdict): Value {
  const found = (verdict: string) => (each: VerifiedSignature | VerifiedAttestation) => ({
    verdict,
    foundAt: { ...each.foundAt },
    kind: each.kind,
    ...(each.kind === "attestation" ? { predicateType: each.predicateType } : {}),
    signer: each.signer,
    signedTime: each.signedTime,
    checks: each.checks ?? [],
    notes: each.notes ?? [],
  });
  const candidates = [
    ...verified.map(found("counts")),
    ...others.map(found("other")),
    ...rejected.map((each) => ({ verdict: "rejected", ...each, checks: each.checks ?? [] })),
  ];
  const refused = refusal === undefined ? null : { code: refusal.code, message: refusal.message, hint: refusal.hint };
  return { image: image.name, digest: image.descriptor.digest, candidates, refusal: refused } as unknown as Value;
}

/** One table of an index and its platforms: each verified by whom, or why not. */
export function layOutPlatforms(rows: readonly PlatformVerdict[], width: number): string {
  const cells = rows.map(({ digest, platform, image, verdict: { verified, refusal } }) => [
    { text: platform ?? (rows.length > 1 ? "index" : "image") },
    { text: digest },
    { text: refusal === undefined ? "verified" : refusal.code },
    { text: refusal === undefined ? signersOf(verified) : refusal.message.replace(`${image.name}: `, "") },
  ]);
  return layOutTable(cells, Math.max(width, EXPLAIN_WIDTH));
}

function signersOf(verified: readonly VerifiedSignature[]): string {
  const names = verified.map(({ signer }) => (signer.kind === "key" ? `key ${signer.name}` : signer.subject));
  return [...new Set(names)].join(", ");
}
