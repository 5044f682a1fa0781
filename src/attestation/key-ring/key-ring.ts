import type { ValidityPeriod } from "../trust-root.ts";

/** Why and since when an entry of a key ring is no longer trusted for what is new. */
export interface Retirement {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly reason?: string;
  /** Others may have the key since then: nothing counts without a proven time before it. */
  readonly compromised: boolean;
}

/** What an entry may sign; left out of an entry, all of it. */
export interface KeyRingUsage {
  /** Signatures of images and files. */
  readonly signatures: boolean;
  /** URIs of predicate types; an alias of one counts as it does everywhere. */
  readonly predicateTypes: readonly string[];
}

/** A text as it must be, or a pattern (RE2) that must match all of it. */
export type KeyRingText = { readonly exact: string } | { readonly regexp: string };

interface KeyRingTerms {
  /** Unique in the ring, also between keys and identities. */
  readonly name: string;
  /** When it is in use, both ends included. */
  readonly validFor?: ValidityPeriod;
  readonly retired?: Retirement;
  readonly usage?: KeyRingUsage;
}

/** A key of a ring. */
export interface KeyRingKey extends KeyRingTerms {
  readonly kind: "key";
  /** PEM block `PUBLIC KEY`. */
  readonly publicKeyPem: string;
  /** SHA-256 of the SubjectPublicKeyInfo, hex. */
  readonly keyId: string;
}

/** Whose certificates count: a person or a workflow, by the name that its issuer vouches for. */
export interface KeyRingIdentity extends KeyRingTerms {
  readonly kind: "identity";
  readonly subject: KeyRingText;
  readonly issuer: KeyRingText;
  /** By the names of FULCIO_EXTENSIONS, or by object identifier. */
  readonly extensions?: Readonly<Record<string, KeyRingText>>;
}

/** One entry of a ring. */
export type KeyRingEntry = KeyRingKey | KeyRingIdentity;

/** Whom a team trusts, over time: keys and identities, with when each was in use, and what it may sign. */
export interface KeyRing {
  readonly keys: readonly KeyRingKey[];
  readonly identities: readonly KeyRingIdentity[];
}

/** What is to be verified: a signature, or an attestation of a predicate type. */
export type KeyRingUse =
  | { readonly kind: "signature" }
  | { readonly kind: "attestation"; readonly predicateType: string };

/** How an entry stands at a time. */
export type KeyRingStatus = "in use" | "not yet in use" | "ended" | "retired" | "compromised";

/** The `apiVersion` and `kind` of the file. */
export const KEY_RING_VERSION = "amap.dev/v1alpha1";
export const KEY_RING_KIND = "KeyRing";

/** All entries, keys first. */
export function entriesOf({ keys, identities }: KeyRing): readonly KeyRingEntry[] {
  return [...keys, ...identities];
}

/**
 * When signatures by an entry may have been made: its validity, cut off by its retirement. The time of a retirement
 * belongs to it, the time from which others may have the key does not.
 */
export function periodOf({ validFor = {}, retired }: KeyRingEntry): ValidityPeriod {
  const ends = [validFor.end, retired?.compromised === true ? retired.at - 1 : retired?.at];
  const end = ends.filter((each) => each !== undefined).reduce((least, each) => Math.min(least, each), Infinity);
  return { ...(validFor.start === undefined ? {} : { start: validFor.start }), ...(end === Infinity ? {} : { end }) };
}

/**
 * How an entry stands at a time (milliseconds since 1970). A retirement that lies ahead does not show yet, that others may
 * have the key shows always.
 *
 * @example
 * ```ts
 * import { type KeyRingEntry, statusOfEntry } from "../index.ts";
 * const isTrusted = (entry: KeyRingEntry, now: number): boolean => statusOfEntry(entry, now) === "in use";
 * ```
 */
export function statusOfEntry(entry: KeyRingEntry, now: number): KeyRingStatus {
  const { start, end } = periodOf(entry);
  if (entry.retired?.compromised === true) return "compromised";
  if (entry.retired !== undefined && entry.retired.at < now) return "retired";
  if (end !== undefined && end < now) return "ended";
  return start !== undefined && now < start ? "not yet in use" : "in use";
}
