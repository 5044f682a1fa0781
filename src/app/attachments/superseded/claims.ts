import {
  isSamePredicateType,
  predicateTypeUris,
  type VerifiedAttestation,
  type VerifiedSignature,
} from "../../../attestation/index.ts";
import { canonicalJson, digestOf, parseTime, writeJson } from "../../../base/index.ts";
import { decodeVerificationSummary, type VexDocument, type VexStatement } from "../../../metadata/index.ts";
import { decodeDocuments } from "../../evidence/evidence-documents.ts";
import { signerKeyOf } from "../../signing/signer-key.ts";

/** Something by which the time of a signature is proven. */
export type Proof = "log" | "timestamp";

/** What one trusted signer says by one attachment, as far as it decides what supersedes it. */
export interface Claim {
  /** Place, signer, subject and what it is about. Only claims of one group supersede each other. */
  readonly group: string;
  /** The same for claims that say exactly the same. */
  readonly text: string;
  /** Whether a newer claim of the group replaces an older one; otherwise only one that says the same does. */
  readonly isReplaceable: boolean;
  /** Milliseconds: the document's own date. */
  readonly statedAt?: number;
  /** Milliseconds: by a log or an authority. */
  readonly provenAt?: number;
  readonly proofs: ReadonlySet<Proof>;
  /** What the signer says of the time counts between two signatures of one key. */
  readonly isKey: boolean;
  /** Of VEX: each statement has to be in the newer document, too. */
  readonly statements?: ReadonlyMap<string, StatedStatement>;
  /** Decides between claims that are alike in all else. */
  readonly order: string;
}

/** One statement of VEX: when, and what it says without its time. */
interface StatedStatement {
  readonly at: number;
  readonly text: string;
}

/** What surrounds a verified entry. */
interface ClaimContext {
  /** Where it is stored: a tag and a referrer have other readers. */
  readonly place: string;
  readonly proofs: ReadonlySet<Proof>;
  readonly provenAt?: number;
  readonly order: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A claim, or why nothing is known that could supersede the entry. */
export type ReadClaim = { readonly claim: Claim } | { readonly unclear: string };

/** What a verified signature or attestation claims. */
export function readClaim(entry: VerifiedSignature | VerifiedAttestation, context: ClaimContext): ReadClaim {
  const topic = entry.kind === "signature" ? topicOfSignature(entry) : topicOfAttestation(entry, context.now);
  if ("unclear" in topic) return topic;
  const { place, proofs, provenAt, order } = context;
  const { about, statedAt, ...rest } = topic;
  return {
    claim: {
      ...rest,
      group: JSON.stringify([place, signerKeyOf(entry.signer), entry.subject, ...about]),
      proofs,
      isKey: entry.signer.kind === "key",
      order,
      ...(statedAt === undefined ? {} : { statedAt }),
      ...(provenAt === undefined ? {} : { provenAt }),
    },
  };
}

interface Topic extends Pick<Claim, "text" | "isReplaceable" | "statements"> {
  readonly about: readonly string[];
  readonly statedAt?: number | undefined;
}

type ReadTopic = Topic | { readonly unclear: string };

/** A signature of the same digest with the same annotations says the same, whenever it was made. */
function topicOfSignature({ payload }: VerifiedSignature): Topic {
  const text = writeJson(payload);
  return { about: ["signature", text], text, isReplaceable: true };
}

/** By the document that it carries; with the exact predicate type, since other tools compare it byte for byte. */
function topicOfAttestation(attestation: VerifiedAttestation, now: number): ReadTopic {
  const { predicateType, statement } = attestation;
  const subjects = subjectsOf(statement);
  const { sboms, scans, vex, provenance, sast, uncounted } = decodeDocuments([attestation], now, () => true);
  const [problem] = uncounted;
  if (problem !== undefined) return { unclear: problem.message };
  const topic = (kind: string, statedAt: string | undefined, ...about: readonly string[]): Topic => ({
    about: [kind, predicateType, subjects, ...about],
    text: digestOf(attestation.envelope.payload),
    isReplaceable: true,
    statedAt: statedAt === undefined ? undefined : parseTime(statedAt),
  });
  for (const { document } of scans) return topic("scan", document.finishedAt, document.scanner.name);
  const [analyses] = vex;
  for (const { document } of sboms) {
    const { tools, subject, createdAt } = document.sbom;
    const about = topic("sbom", createdAt, subject.name, ...tools.map(({ name }) => name).sort());
    // An SBOM may answer findings besides: then the newer one has to answer them, too.
    return analyses === undefined ? about : { ...about, statements: statementsOf(analyses.document) };
  }
  for (const { document } of provenance) {
    return topic("provenance", document.finishedOn ?? document.startedOn, document.builderId, document.buildType);
  }
  if (analyses !== undefined) {
    const { document } = analyses;
    return { ...topic("vex", document.timestamp, document.author), statements: statementsOf(document) };
  }
  for (const { document } of sast) {
    const runs = document.summary.runs.map(({ tool, automationId = "" }) => JSON.stringify([tool.name, automationId]));
    return topic("sast", document.summary.endedAt, ...runs.sort());
  }
  if (isSamePredicateType(predicateType, SUMMARY)) {
    const summary = decodeVerificationSummary(attestation.predicate);
    if (!summary.ok) return { unclear: "the signature holds, but the document cannot be read" };
    const { verifierId, resourceUri, policy, timeVerified } = summary.value;
    return topic("summary", timeVerified, verifierId, resourceUri, policy.uri ?? "", policy.name ?? "");
  }
  return { ...topic("other", undefined, digestOf(attestation.envelope.payload)), isReplaceable: false };
}

const [SUMMARY = ""] = predicateTypeUris("vsa");

/**
 * What a statement is about, by digests and signed annotations: one about less, or with other annotations, does not serve
 * everybody whom the older one serves. Names may change.
 */
function subjectsOf({ subject }: VerifiedAttestation["statement"]): string {
  return canonicalJson(subject.map(({ digest, annotations = {} }) => canonicalJson({ digest, annotations })).sort());
}

function statementsOf({ statements, timestamp }: VexDocument): ReadonlyMap<string, StatedStatement> {
  const stated = new Map<string, StatedStatement>();
  for (const statement of statements) {
    const { timestamp: own, ...said } = statement;
    const at = parseTime(own) ?? parseTime(timestamp) ?? Number.NEGATIVE_INFINITY;
    const key = keyOfStatement(statement);
    const known = stated.get(key);
    // A document that speaks twice of one thing: both are looked for, the newer one by its time.
    const text = known === undefined ? JSON.stringify(said) : `${known.text}\n${JSON.stringify(said)}`;
    stated.set(key, { at: Math.max(at, known?.at ?? at), text });
  }
  return stated;
}

/** What a statement speaks of: the vulnerability by all its names, and the products. */
function keyOfStatement({ vulnerability, aliases, products }: VexStatement): string {
  const names = [vulnerability, ...aliases].map((name) => name.toUpperCase()).sort();
  return JSON.stringify([names, products.map((product) => JSON.stringify(product)).sort()]);
}
