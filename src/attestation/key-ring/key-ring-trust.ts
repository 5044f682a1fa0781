import type { TextExpectation } from "../certificate/identity.ts";
import { isSamePredicateType } from "../predicate-types.ts";
import { isWithin } from "../trust-root.ts";
import type { TrustedIdentity, TrustedKey, TrustedPeriod } from "../verifier-options.ts";
import { entriesOf, type KeyRing, type KeyRingEntry, type KeyRingText, type KeyRingUse, periodOf } from "./key-ring.ts";

/** What a ring is used for, and when. */
export interface KeyRingPurpose {
  /** Left out: entries for whatever they may sign. The caller then looks with {@link mayBeUsedFor} what each is for. */
  readonly use?: KeyRingUse;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether a text has a match of an RE2 pattern anywhere in it. */
  readonly compilePattern: (pattern: string) => (text: string) => boolean;
}

/** Keys and identities for a verifier. */
export interface KeyRingTrust {
  readonly keys: readonly TrustedKey[];
  readonly identities: readonly TrustedIdentity[];
}

/**
 * Whom a verifier trusts by a ring: the entries for one use, each with its time. A signature with proven times counts when
 * all of them lie in the entry's time. One without counts while the entry is in use, since what exists now was made before
 * now; never once it has ended or is retired, and never where others may have the key.
 *
 * @throws {AmapError} what `compilePattern` throws
 * @see docs/adr/0021-key-rings.md
 * @example
 * ```ts
 * import { toVerifierTrust } from "../index.ts";
 * const never = () => () => false;
 * toVerifierTrust({ keys: [], identities: [] }, { now: 0, compilePattern: never }).keys.length; // 0
 * ```
 */
export function toVerifierTrust(ring: KeyRing, { use, now, compilePattern }: KeyRingPurpose): KeyRingTrust {
  const isWanted = (entry: KeyRingEntry): boolean => use === undefined || mayBeUsedFor(entry, use);
  // Pattern by pattern: a ring of thousands of identities has few of them.
  const compiled = new Map<string, (text: string) => boolean>();
  const toExpectation = (text: KeyRingText): TextExpectation => {
    if ("exact" in text) return text;
    const { regexp } = text;
    const matches = compiled.get(regexp) ?? compileWhole(regexp, compilePattern);
    compiled.set(regexp, matches);
    return { regexp, matches };
  };
  const keys = ring.keys.filter(isWanted).map((key): TrustedKey => {
    return { name: key.name, pem: key.publicKeyPem, ...toTrustedPeriod(key, now) };
  });
  const identities = ring.identities.filter(isWanted).map((entry): TrustedIdentity => {
    const { name, subject, issuer, extensions } = entry;
    const named = Object.entries(extensions ?? {}).map(([key, text]) => [key, toExpectation(text)] as const);
    return {
      name,
      subject: toExpectation(subject),
      issuer: toExpectation(issuer),
      ...(named.length === 0 ? {} : { extensions: Object.fromEntries(named) }),
      ...toTrustedPeriod(entry, now),
    };
  });
  return { keys, identities };
}

/**
 * Whether an entry may sign something.
 *
 * @example
 * ```ts
 * import { type KeyRingEntry, mayBeUsedFor } from "../index.ts";
 * const signsImages = (entry: KeyRingEntry): boolean => mayBeUsedFor(entry, { kind: "signature" });
 * ```
 */
export function mayBeUsedFor({ usage }: KeyRingEntry, use: KeyRingUse): boolean {
  if (usage === undefined) return true;
  if (use.kind === "signature") return usage.signatures;
  return usage.predicateTypes.some((type) => isSamePredicateType(type, use.predicateType));
}

/**
 * Whether any entry of a ring may sign some things only.
 *
 * @example
 * ```ts
 * import { isUsageLimited } from "../index.ts";
 * isUsageLimited({ keys: [], identities: [] }); // false
 * ```
 */
export function isUsageLimited(ring: KeyRing): boolean {
  return entriesOf(ring).some(({ usage }) => usage !== undefined);
}

function toTrustedPeriod(entry: KeyRingEntry, now: number): TrustedPeriod {
  const validFor = periodOf(entry);
  if (validFor.start === undefined && validFor.end === undefined) return {};
  const acceptsUnprovenTime = entry.retired?.compromised !== true && isWithin(validFor, now);
  return { validFor, acceptsUnprovenTime };
}

/** A pattern that must match all of a text; compiled alone first, so that no bracket of it can undo the anchors. */
function compileWhole(regexp: string, compilePattern: KeyRingPurpose["compilePattern"]): (text: string) => boolean {
  compilePattern(regexp);
  return compilePattern(`\\A(?:${regexp})\\z`);
}
