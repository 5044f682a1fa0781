import {
  canonicalJson,
  compareText,
  encodeBase64,
  encodeUtf8,
  hashHex,
  isValueObject,
  listOf,
  memberOf,
  parseTime,
  readPublicKey,
  textOf,
  type Value,
} from "../../base/index.ts";
import { type Fact, type FactRequest, requestedAttestors } from "../../policy/index.ts";
import type { Clock, EvidenceStore, SeenEvidence } from "../../ports/index.ts";
import { type DocumentKind, documentKindOf } from "../evidence/document-kinds.ts";
import { quietly, settleWithin } from "./deadline.ts";

/** Kinds that are looked for whether any is there or not, so that one which vanished altogether is missed. */
const KINDS = [
  "sbom",
  "scan",
  "vex",
  "provenance",
  "sast",
  "review",
  "acceptance",
] as const satisfies readonly DocumentKind[];

const TITLES: Readonly<Record<DocumentKind, string>> = {
  sbom: "SBOM",
  scan: "scan",
  vex: "VEX document",
  provenance: "provenance",
  sast: "static analysis",
  review: "code review",
  acceptance: "risk acceptance",
};

/** The store may take this long for either of its two parts. */
const MAX_STORE_MS = 1_000;

/** Statements of one image that are remembered and compared. */
const MAX_STATEMENTS = 2_000;

/** The newest statement of some kind that was found, and where. */
interface Newest {
  readonly statedAt: string;
  readonly id: string;
}

/** One thing that may have been seen before: by whom, what it is called, and the newest of it that is there now. */
interface Sought {
  readonly key: string;
  readonly title: string;
  readonly signer: string;
  readonly now: string | undefined;
}

/** Names of what is remembered, for one image. */
type KeyOf = (keyId: string, ...topic: readonly string[]) => string;

/** Knows the newest evidence that was ever seen, so that going back to older evidence is noticed (C2). */
export interface EvidenceMemory {
  /**
   * The fact as it was loaded; or, when a signer whom it trusts was seen with a newer document of some kind about this
   * image than the newest that is there now, a failure EVIDENCE_ROLLED_BACK. So for each scanner by itself, and for the
   * VEX statement behind each answered finding: other, newer documents do not hide the loss. What is seen for the first
   * time is remembered; what nobody dates is not. A store that fails is told of, and nothing is known of earlier evidence.
   */
  compare(request: FactRequest, fact: Fact): Promise<Fact>;
}

/** What a memory is made with. */
export interface EvidenceMemoryOptions {
  /** Where an image is: repository in a registry or folder on disk; undefined for what is no image. */
  readonly placeOf: (image: string) => string | undefined;
  readonly onStoreFailure: (error: unknown) => void;
}

/** A memory in the store, shared by replicas. */
export function createEvidenceMemory(
  clock: Clock,
  store: Pick<EvidenceStore, "seen" | "remember">,
  { placeOf, onStoreFailure }: EvidenceMemoryOptions,
): EvidenceMemory {
  const told = quietly(onStoreFailure);
  const ask = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const settled = await settleWithin(clock, MAX_STORE_MS, work());
      if (settled.status === "done") return settled.value;
      told(new Error("the store was too slow to compare evidence with what was seen before"));
    } catch (error) {
      told(error);
    }
    return undefined;
  };
  return {
    async compare(request, fact) {
      if (!fact.ok || request.kind !== "imageEvidence") return fact;
      const image = memberOf(request.params, "image");
      const place = typeof image === "string" ? placeOf(image) : undefined;
      const digest = textOf(fact.value, "digest");
      if (place === undefined || digest === "") return fact;
      const keyOf: KeyOf = (keyId, ...topic) => JSON.stringify([place, digest, keyId, ...topic]);
      const signers = trustedSigners(request.params);
      const found = newestFound(fact.value, signers, keyOf);
      const sought = whatToSeek(signers, fact.value, found, keyOf);
      const seen = (await ask(() => store.seen(sought.map(({ key }) => key)))) ?? new Map<string, SeenEvidence>();
      for (const each of sought) {
        const before = seen.get(each.key);
        if (before === undefined || isAsNew(each.now, before.statedAt)) continue;
        return { ok: false, code: "EVIDENCE_ROLLED_BACK", message: describeLoss(each, before.statedAt) };
      }
      const news = [...found].filter(([key, { statedAt }]) => seen.get(key)?.statedAt !== statedAt);
      if (news.length > 0) await ask(() => store.remember(news.map(([key, newest]) => ({ key, ...newest }))));
      return fact;
    },
  };
}

/** For each trusted signer: all kinds, the scanners that are there now, and the statements that decide now. */
function whatToSeek(
  signers: readonly TrustedSigner[],
  evidence: Value,
  found: ReadonlyMap<string, Newest>,
  keyOf: KeyOf,
): readonly Sought[] {
  const scanners = [...new Set(listOf(evidence, "scans").map(scannerOf))];
  // A finding that nothing answers is open, and open is never too kind.
  const answers = statementsOf(evidence, signers).filter(({ isAnswer }) => isAnswer);
  return signers.flatMap(({ id, name: signer }) => {
    const bySigner = (title: string, ...topic: readonly string[]): Sought => {
      const key = keyOf(id, ...topic);
      return { key, title, signer, now: found.get(key)?.statedAt };
    };
    return [
      ...KINDS.map((kind) => bySigner(TITLES[kind], kind)),
      ...scanners.map((scanner) => bySigner(`scan with ${scanner}`, "scan", scanner)),
      // Whoever makes it, the newest statement decides: a newer one of another signer is as good.
      ...answers.map(({ topic, statedAt }) => ({
        key: keyOf(id, ...topic),
        title: `VEX statement on ${topic[1]}`,
        signer,
        now: statedAt,
      })),
    ];
  });
}

function scannerOf(scan: Value): string {
  return textOf(memberOf(scan, "scanner"), "name");
}

/** The dated statement that decides a finding. */
interface Deciding {
  readonly topic: readonly [kind: "vex", vulnerability: string, ...component: readonly string[]];
  readonly isAnswer: boolean;
  /** Of the signers whose statement it is. */
  readonly signers: readonly string[];
  readonly statedAt: string;
  readonly id: string;
}

function statementsOf(evidence: Value, signers: readonly TrustedSigner[]): readonly Deciding[] {
  return listOf(evidence, "findings")
    .filter((finding) => isValueObject(memberOf(finding, "statement")))
    .slice(0, MAX_STATEMENTS)
    .flatMap((finding) => {
      const statement = memberOf(finding, "statement") ?? null;
      const statedAt = textOf(statement, "timestamp");
      const ids = idsOf(statement, signers);
      if (parseTime(statedAt) === undefined || ids.length === 0) return [];
      const component = ["purl", "component", "version"].map((member) => textOf(finding, member));
      return [
        {
          topic: ["vex", textOf(finding, "vulnerability"), ...component],
          isAnswer: memberOf(finding, "answered") === true,
          signers: ids,
          statedAt,
          id: textOf(statement, "documentId"),
        },
      ];
    });
}

function describeLoss({ title, signer, now }: Sought, before: string): string {
  const left = now === undefined ? "now there is none" : `the newest there is now is of ${now}`;
  return `a ${title} by ${signer} of ${before} was seen for this image, and ${left}: it was deleted from the registry`;
}

function isAsNew(now: string | undefined, before: string): boolean {
  return now !== undefined && timeOf(now) >= timeOf(before);
}

function timeOf(text: string): number {
  return parseTime(text) ?? Number.NEGATIVE_INFINITY;
}

/** The newest of everything that is remembered, by its key. */
function newestFound(evidence: Value, signers: readonly TrustedSigner[], keyOf: KeyOf): ReadonlyMap<string, Newest> {
  const found = new Map<string, Newest>();
  const note = (key: string, statedAt: string, id: string): void => {
    const known = found.get(key);
    if (parseTime(statedAt) === undefined || (known !== undefined && isAsNew(known.statedAt, statedAt))) return;
    found.set(key, { statedAt, id });
  };
  for (const entry of listOf(evidence, "attestations")) {
    const kind = documentKindOf(textOf(entry, "predicateType"));
    const statedAt = textOf(memberOf(entry, "signedTime"), "at") || textOf(entry, "statedAt");
    const foundAt = memberOf(entry, "foundAt");
    const id = `${textOf(foundAt, "manifest")}/${textOf(foundAt, "blob")}`;
    if (kind !== undefined) for (const signer of idsOf(entry, signers)) note(keyOf(signer, kind), statedAt, id);
  }
  for (const scan of listOf(evidence, "scans")) {
    for (const signer of idsOf(scan, signers))
      note(keyOf(signer, "scan", scannerOf(scan)), textOf(scan, "finishedAt"), scannerOf(scan));
  }
  for (const { topic, signers: ids, statedAt, id } of statementsOf(evidence, signers)) {
    for (const signer of ids) note(keyOf(signer, ...topic), statedAt, id);
  }
  return found;
}

/** Whom a request's attestors trust, under the names of all attestors that ask for the same. */
interface TrustedSigner {
  readonly id: string;
  readonly name: string;
  readonly names: readonly string[];
}

/** The signers that an entry of evidence comes from, by the attestors that its signer is to. */
function idsOf(entry: Value, signers: readonly TrustedSigner[]): readonly string[] {
  const signer = memberOf(entry, "signer") ?? null;
  const found = new Set<Value>([textOf(signer, "name"), ...listOf(signer, "otherNames")]);
  return signers.filter(({ names }) => names.some((name) => found.has(name))).map(({ id }) => id);
}

/**
 * Attestors that ask for the same are one signer, whatever their names. One that asks for more (an annotation, a log), or
 * looks elsewhere, sees other evidence: what it does not see was not deleted.
 */
function trustedSigners(params: Value): readonly TrustedSigner[] {
  const signers = new Map<string, TrustedSigner>();
  for (const { name, key, ...terms } of requestedAttestors(params)) {
    const keyTerms = key && { ...key, pem: encodeBase64(readPublicKey(key.pem).keyId) };
    const id = hashHex("sha256", encodeUtf8(canonicalJson({ ...terms, ...(keyTerms && { key: keyTerms }) })));
    const known = signers.get(id);
    signers.set(id, { id, name: known?.name ?? name, names: [...(known?.names ?? []), name] });
  }
  return [...signers.values()].sort((a, b) => compareText(a.name, b.name));
}
