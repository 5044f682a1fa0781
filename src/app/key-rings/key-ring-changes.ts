import {
  addToKeyRing,
  type KeyRing,
  type KeyRingEntry,
  type KeyRingText,
  type KeyRingUsage,
  type RetirementRequest,
  resolvePredicateType,
  retireInKeyRing,
  rotateKeyRing,
} from "../../attestation/index.ts";
import { AmapError, encodeHex, formatTime, readPublicKey } from "../../base/index.ts";
import { readTrustedKey } from "../signing/keys.ts";
import type { World } from "../world.ts";
import { readKeyRing, writeKeyRing } from "./key-ring-file.ts";

/** Whom an entry trusts: a key by its reference, as `--key` takes it, or an identity. */
export type GivenSigner =
  | { readonly kind: "key"; readonly reference: string }
  | { readonly kind: "identity"; readonly subject: KeyRingText; readonly issuer: KeyRingText };

/** An entry as a user gives it. */
export interface KeyRingEntryRequest {
  readonly name: string;
  readonly signer: GivenSigner;
  /** Milliseconds since 1970. */
  readonly validFrom?: number;
  readonly validUntil?: number;
  /** It may sign images and files. With neither this nor predicate types it may sign everything. */
  readonly signatures: boolean;
  /** cosign's short names, or URIs. */
  readonly predicateTypes: readonly string[];
}

/** A change of a ring, not written yet. */
export interface KeyRingChange {
  readonly path: string;
  readonly before: KeyRing;
  readonly after: KeyRing;
  /** When it has taken full effect, in milliseconds since 1970: a dry run looks at this time. */
  readonly effectiveAt: number;
  /** What it does, in a sentence. */
  readonly summary: string;
}

/**
 * Creates a ring with these entries; a file that is there is refused.
 * @throws {AmapError} USAGE (already there), KEY_RING_INVALID, KEY_…, FILE_…
 */
export async function createKeyRing(
  world: World,
  path: string,
  entries: readonly KeyRingEntryRequest[],
): Promise<KeyRing> {
  let ring: KeyRing = { keys: [], identities: [] };
  for (const entry of entries) ring = addToKeyRing(ring, await toEntry(world, entry));
  await writeKeyRing(world, path, ring, { overwrite: false });
  return ring;
}

/**
 * Adds an entry to a ring.
 * @throws {AmapError} KEY_RING_INVALID, KEY_…, FILE_…
 */
export async function planAddition(world: World, path: string, entry: KeyRingEntryRequest): Promise<KeyRingChange> {
  const before = await readKeyRing(world, path);
  const after = addToKeyRing(before, await toEntry(world, entry));
  return { path, before, after, effectiveAt: world.clock.now(), summary: `${entry.name} is added` };
}

/**
 * Lets a new entry take over from another: both are in use for the overlap, then the new one alone.
 * @throws {AmapError} KEY_RING_INVALID, KEY_…, FILE_…
 */
export async function planRotation(
  world: World,
  path: string,
  request: { readonly from: string; readonly to: KeyRingEntryRequest; readonly overlapMs: number },
): Promise<KeyRingChange> {
  const before = await readKeyRing(world, path);
  const at = wholeSecond(world.clock.now());
  const { from, overlapMs } = request;
  const after = rotateKeyRing(before, { from, to: await toEntry(world, request.to), at, overlapMs });
  const end = at + overlapMs;
  const summary = `${request.to.name} is in use from ${formatTime(request.to.validFrom ?? at)}, ${from} until ${formatTime(end)}`;
  return { path, before, after, effectiveAt: end + 1, summary };
}

/**
 * Retires an entry: nothing that it signs later counts, and of what it signed before only what has a proven time.
 * @throws {AmapError} KEY_RING_INVALID, FILE_…
 */
export async function planRetirement(
  world: World,
  path: string,
  request: RetirementRequest & { readonly name: string },
): Promise<KeyRingChange> {
  const before = await readKeyRing(world, path);
  const now = world.clock.now();
  const { name, ...terms } = request;
  const after = retireInKeyRing(before, name, terms, wholeSecond(now));
  const at = [...after.keys, ...after.identities].find((entry) => entry.name === name)?.retired?.at ?? now;
  const how = terms.compromised ? "retired as compromised since" : "retired at";
  return { path, before, after, effectiveAt: Math.max(now, at) + 1, summary: `${name} is ${how} ${formatTime(at)}` };
}

/** Writes a planned change. @throws {AmapError} KEY_RING_INVALID, FILE_… */
export async function writeKeyRingChange(world: World, { path, after }: KeyRingChange): Promise<void> {
  await writeKeyRing(world, path, after, { overwrite: true });
}

/** Files hold whole seconds where a user states none finer. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

async function toEntry(world: World, request: KeyRingEntryRequest): Promise<KeyRingEntry> {
  const { name, signer, validFrom: start, validUntil: end } = request;
  const usage = usageOf(request);
  const terms = {
    name,
    ...(start === undefined && end === undefined
      ? {}
      : { validFor: { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) } }),
    ...(usage === undefined ? {} : { usage }),
  };
  if (signer.kind === "identity") return { ...terms, ...signer };
  const { pem } = await readTrustedKey(world, signer.reference);
  return { kind: "key", ...terms, publicKeyPem: pem, keyId: encodeHex(readPublicKey(pem).keyId) };
}

function usageOf({ signatures, predicateTypes }: KeyRingEntryRequest): KeyRingUsage | undefined {
  if (!signatures && predicateTypes.length === 0) return undefined;
  return { signatures, predicateTypes: predicateTypes.map((type) => resolvePredicateType(type)) };
}

/**
 * A name and a key's reference from `NAME=REFERENCE`.
 * @throws {AmapError} USAGE
 */
export function parseNamedKey(text: string): KeyRingEntryRequest {
  const at = text.indexOf("=");
  if (at <= 0 || at === text.length - 1) {
    throw new AmapError("USAGE", `expected NAME=KEY, such as release=cosign.pub, found "${text}"`);
  }
  const signer = { kind: "key", reference: text.slice(at + 1) } as const;
  return { name: text.slice(0, at), signer, signatures: false, predicateTypes: [] };
}
