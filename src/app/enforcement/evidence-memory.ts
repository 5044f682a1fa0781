import { compareText, encodeBase64, memberOf, parseTime, readPublicKey, type Value } from "../../base/index.ts";
import type { Fact, FactRequest } from "../../policy/index.ts";
import type { Clock, EvidenceStore, SeenEvidence } from "../../ports/index.ts";
import { documentKindOf } from "../evidence-documents.ts";
import { quietly, settleWithin } from "./deadline.ts";

/** Kinds that are looked for whether any is there or not, so that one which vanished altogether is missed. */
const KINDS = ["sbom", "scan", "vex", "provenance"] as const;
type Kind = (typeof KINDS)[number];

const TITLES: Readonly<Record<Kind, string>> = {
  sbom: "SBOM",
  scan: "scan",
  vex: "VEX document",
  provenance: "provenance",
};

/** The store may take this long for either of its two parts. */
const MAX_STORE_MS = 1_000;

/** The newest document of a kind that a signer made about an image. */
interface Newest {
  readonly statedAt: string;
  readonly id: string;
}

/** Knows the newest evidence that was ever seen, so that going back to older evidence is noticed (C2). */
export interface EvidenceMemory {
  /**
   * The fact as it was loaded; or, when a signer whom it trusts was seen with a newer document of some kind about this
   * image than the newest that is there now, a failure EVIDENCE_ROLLED_BACK. What is seen for the first time is
   * remembered; what nobody dates is not. A store that fails is told of, and then nothing is known of earlier evidence.
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
      const keyOf = (signer: string, kind: Kind): string => JSON.stringify([place, digest, signer, kind]);
      const found = newestFound(fact.value, keyOf);
      const sought = trustedSigners(request.params).flatMap((signer) => KINDS.map((kind) => ({ ...signer, kind })));
      const seen = (await ask(() => store.seen(sought.map(({ keyId, kind }) => keyOf(keyId, kind))))) ?? new Map();
      for (const { keyId, name, kind } of sought) {
        const before: SeenEvidence | undefined = seen.get(keyOf(keyId, kind));
        const now = found.get(keyOf(keyId, kind));
        if (before === undefined || isAsNew(now?.statedAt, before.statedAt)) continue;
        return { ok: false, code: "EVIDENCE_ROLLED_BACK", message: describeLoss(kind, name, before.statedAt, now) };
      }
      const news = [...found].filter(([key, { statedAt }]) => seen.get(key)?.statedAt !== statedAt);
      if (news.length > 0) await ask(() => store.remember(news.map(([key, newest]) => ({ key, ...newest }))));
      return fact;
    },
  };
}

function describeLoss(kind: Kind, signer: string, before: string, now: Newest | undefined): string {
  const left = now === undefined ? "now there is none" : `the newest there is now is of ${now.statedAt}`;
  return `a ${TITLES[kind]} by ${signer} of ${before} was seen for this image, and ${left}: it was deleted from the registry`;
}

function isAsNew(now: string | undefined, before: string): boolean {
  return now !== undefined && timeOf(now) >= timeOf(before);
}

function timeOf(text: string): number {
  return parseTime(text) ?? Number.NEGATIVE_INFINITY;
}

function newestFound(evidence: Value, keyOf: (signer: string, kind: Kind) => string): ReadonlyMap<string, Newest> {
  const found = new Map<string, Newest>();
  for (const entry of listOf(evidence, "attestations")) {
    const kind = documentKindOf(textOf(entry, "predicateType"));
    const statedAt = textOf(memberOf(entry, "signedTime"), "at") || textOf(entry, "statedAt");
    const signer = textOf(memberOf(entry, "signer"), "keyId");
    if (kind === undefined || signer === "" || parseTime(statedAt) === undefined) continue;
    const key = keyOf(signer, kind);
    const known = found.get(key);
    if (known !== undefined && timeOf(known.statedAt) >= timeOf(statedAt)) continue;
    const foundAt = memberOf(entry, "foundAt");
    found.set(key, { statedAt, id: `${textOf(foundAt, "manifest")}/${textOf(foundAt, "blob")}` });
  }
  return found;
}

/** The keys that a request's attestors trust, by their ids as evidence names signers; a key with two names has one. */
function trustedSigners(params: Value): readonly { readonly keyId: string; readonly name: string }[] {
  const signers = new Map<string, string>();
  for (const attestor of listOf(params, "attestors")) {
    for (const key of listOf(attestor, "keys")) {
      const keyId = encodeBase64(readPublicKey(textOf(key, "pem")).keyId);
      if (!signers.has(keyId)) signers.set(keyId, textOf(key, "name"));
    }
  }
  return [...signers].map(([keyId, name]) => ({ keyId, name })).sort((a, b) => compareText(a.name, b.name));
}

function listOf(value: Value | undefined, key: string): readonly Value[] {
  const list = memberOf(value, key);
  return Array.isArray(list) ? (list as readonly Value[]) : [];
}

function textOf(value: Value | undefined, key: string): string {
  const text = memberOf(value, key);
  return typeof text === "string" ? text : "";
}
