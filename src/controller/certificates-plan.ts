import type { Certificates, CertifiedKey } from "../app/index.ts";
import {
  compareText,
  decodeBase64,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
  parseTime,
  type Value,
} from "../base/index.ts";
import { MANAGED_BY } from "./kinds.ts";
import { textAt } from "./kube-object.ts";

/** A certificate and its key as the Secret has them, both PEM. */
export type Pair = Pick<CertifiedKey, "certificatePem" | "privateKeyPem">;

/** All that the Secret holds. Every combination is possible: somebody may have edited it. */
export interface CertificateState {
  /** Signs the serving pair. */
  readonly authority?: Pair;
  readonly serving?: Pair;
  /** Announced to the API servers, signs nothing yet. */
  readonly next?: Pair;
  /** PEM of the authority that signed the serving pair before; still trusted. */
  readonly previous?: string;
}

/** How long certificates live, ms. */
export interface CertificateLifetimes {
  readonly authorityMs: number;
  readonly servingMs: number;
  /** How long old and new authority are both trusted, before and after the serving pair changes hands. */
  readonly graceMs: number;
}

/** What to do next with the certificates. */
export type CertificateStep =
  | { readonly kind: "none" /** When to look again, ms from now. */; readonly inMs: number }
  /** There is no authority that could be gone on with: all is made new, without overlap. */
  | { readonly kind: "create"; readonly reason: string }
  | { readonly kind: "serve"; readonly reason: string }
  | { readonly kind: "announce" }
  | { readonly kind: "promote" }
  | { readonly kind: "retire" };

/** As Kubernetes' own signers: a certificate begins so long before it was made, for machines whose clocks are behind. */
const CREATED_EARLY_MS = 300_000;

/** The names that API servers call the webhook by. */
export interface ServingIdentity {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** What a plan is made from. */
export interface CertificateSituation {
  readonly state: CertificateState;
  readonly now: number;
  readonly names: ServingIdentity;
  readonly lifetimes: CertificateLifetimes;
  readonly read: Certificates["read"];
  /** The authorities that the webhook configurations are known to trust, PEM, and for how long they have. */
  readonly trusted: { readonly bundle: string; readonly forMs: number };
}

/**
 * The next step towards certificates that are valid, renewed when a third of their life is left. A new authority is
 * announced first; it signs only after the webhook configurations trusted it for the grace, and the old one stays
 * trusted for the grace after that. Pure; each step is taken by {@link takeStep}.
 */
export function planCertificates(situation: CertificateSituation): CertificateStep {
  const { state, now, lifetimes } = situation;
  const authority = readPair(situation, state.authority);
  const next = readPair(situation, state.next);
  const isTrusted = next !== undefined && situation.trusted.bundle.includes((state.next?.certificatePem ?? "").trim());
  if (authority === undefined || now >= authority.notAfter) {
    if (isTrusted && now < next.notAfter) return { kind: "promote" };
    return { kind: "create", reason: authority === undefined ? "there is no authority" : "the authority has expired" };
  }
  const wrong = wrongWithServing(situation, state.authority?.certificatePem ?? "");
  if (wrong !== undefined) return { kind: "serve", reason: wrong };
  if (state.next !== undefined) {
    // An announced authority that nobody can use is replaced by another announcement.
    if (next === undefined || now >= next.notAfter) return { kind: "announce" };
    return planPromotion(situation, authority, isTrusted);
  }
  if (now >= renewAt(authority)) return { kind: "announce" };
  const serving = readPair(situation, state.serving);
  const wakeAt = Math.min(renewAt(authority), servingRenewAt(situation, authority));
  if (state.previous === undefined || serving === undefined) return sleepUntil(wakeAt, now);
  // The serving pair was made when the authority changed, or later.
  const retireAt = serving.notBefore + lifetimes.graceMs;
  return now >= retireAt ? { kind: "retire" } : sleepUntil(Math.min(wakeAt, retireAt), now);
}

/** The announced authority signs as soon as it was trusted for the grace. */
function planPromotion(situation: CertificateSituation, authority: Validity, isTrusted: boolean): CertificateStep {
  const { now, lifetimes, trusted } = situation;
  const restMs = isTrusted ? lifetimes.graceMs - trusted.forMs : lifetimes.graceMs;
  if (restMs <= 0) return { kind: "promote" };
  return sleepUntil(Math.min(now + restMs, servingRenewAt(situation, authority), authority.notAfter), now);
}

/** A renewal that is due for another reason is looked at again soon, never in a busy loop. */
function sleepUntil(at: number, now: number): CertificateStep {
  return { kind: "none", inMs: Math.max(500, Math.ceil(at - now)) };
}

interface Validity {
  /** When it was made, not the little earlier that it says. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Two thirds of its life. */
function renewAt({ notBefore, notAfter }: Validity): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

/** A pair's validity; undefined when it is absent, unreadable or its key is another's. */
function readPair({ read }: CertificateSituation, pair: Pair | undefined): Validity | undefined {
  if (pair === undefined) return undefined;
  try {
    const found = read(pair.certificatePem);
    const [notBefore, notAfter] = [parseTime(found.notBefore), parseTime(found.notAfter)];
    if (notBefore === undefined || notAfter === undefined || !found.matches(pair.privateKeyPem)) return undefined;
    // Certificates know whole seconds: it may have been made up to one later than that.
    return { notBefore: notBefore + CREATED_EARLY_MS + 1_000, notAfter };
  } catch {
    return undefined;
  }
}

/** Why the serving pair must be made anew, or undefined when it may stay. */
function wrongWithServing(situation: CertificateSituation, authorityPem: string): string | undefined {
  const { state, now, names, read } = situation;
  const validity = readPair(situation, state.serving);
  if (validity === undefined || state.serving === undefined) return "there is no serving pair";
  const found = read(state.serving.certificatePem, authorityPem);
  if (found.signedByAuthority !== true) return "the serving pair is not signed by the authority";
  const missing = [...names.dnsNames, ...names.ipAddresses].filter(
    (name) => !found.dnsNames.includes(name) && !found.ipAddresses.includes(name),
  );
  if (missing.length > 0) return `the serving certificate lacks ${missing.join(", ")}`;
  const notAfter = parseTime(read(authorityPem).notAfter) ?? 0;
  const isDue = now >= servingRenewAt(situation, { notAfter });
  return isDue || now >= validity.notAfter ? "its life is nearly over" : undefined;
}

/** When the serving pair is due. One that its authority cut short is renewed with it, not again and again. */
function servingRenewAt(situation: CertificateSituation, authority: Pick<Validity, "notAfter">): number {
  const serving = readPair(situation, situation.state.serving);
  if (serving === undefined) return situation.now;
  return serving.notAfter >= authority.notAfter ? Number.POSITIVE_INFINITY : renewAt(serving);
}

/** The state after a step. @throws {AmapError} USAGE for names that cannot be certified */
export async function takeStep(
  step: Exclude<CertificateStep, { readonly kind: "none" }>,
  situation: CertificateSituation,
  certificates: Certificates,
): Promise<CertificateState> {
  const { state } = situation;
  switch (step.kind) {
    case "create": {
      const authority = await createAuthority(situation, certificates);
      return { authority, serving: await createServing(situation, certificates, authority) };
    }
    case "serve": {
      const { authority } = state;
      if (authority === undefined) return takeStep({ kind: "create", reason: step.reason }, situation, certificates);
      return { ...state, serving: await createServing(situation, certificates, authority) };
    }
    case "announce":
      return { ...state, next: await createAuthority(situation, certificates) };
    case "promote": {
      const { next, authority } = state;
      if (next === undefined) return state;
      return {
        authority: next,
        serving: await createServing(situation, certificates, next),
        ...(authority === undefined ? {} : { previous: authority.certificatePem }),
      };
    }
    case "retire":
      return withoutPrevious(state);
    default:
      return step satisfies never;
  }
}

function withoutPrevious({ previous: _retired, ...rest }: CertificateState): CertificateState {
  return rest;
}

async function createAuthority(situation: CertificateSituation, certificates: Certificates): Promise<Pair> {
  const { now, lifetimes } = situation;
  const pair = await certificates.createAuthority({
    commonName: "amap webhook authority",
    notBefore: now - CREATED_EARLY_MS,
    notAfter: now + lifetimes.authorityMs,
  });
  return pairOf(pair);
}

async function createServing(
  situation: CertificateSituation,
  certificates: Certificates,
  authority: Pair,
): Promise<Pair> {
  const { now, lifetimes, names, read } = situation;
  const { notBefore, notAfter } = read(authority.certificatePem);
  const authorityEnd = parseTime(notAfter) ?? now;
  const pair = await certificates.createServing(
    { ...authority, notBefore, notAfter },
    { ...names, notBefore: now - CREATED_EARLY_MS, notAfter: Math.min(now + lifetimes.servingMs, authorityEnd) },
  );
  return pairOf(pair);
}

function pairOf({ certificatePem, privateKeyPem }: CertifiedKey): Pair {
  return { certificatePem, privateKeyPem };
}

/** The authorities that API servers are to trust: those that sign now, will sign, or signed until lately. */
export function bundleOf({ authority, next, previous }: CertificateState): string {
  const all = [authority?.certificatePem, next?.certificatePem, previous].flatMap((pem) =>
    pem === undefined ? [] : [pem.trim()],
  );
  return all.length === 0 ? "" : `${[...new Set(all)].toSorted(compareText).join("\n")}\n`;
}

/** The Secret of a state; `resourceVersion` guards against another who wrote meanwhile. */
export function encodeSecret(
  state: CertificateState,
  {
    namespace,
    name,
    resourceVersion,
  }: { readonly namespace: string; readonly name: string; readonly resourceVersion?: string },
): Value {
  const data: [string, string | undefined][] = [
    ["ca.crt", state.authority?.certificatePem],
    ["ca.key", state.authority?.privateKeyPem],
    ["tls.crt", state.serving?.certificatePem],
    ["tls.key", state.serving?.privateKeyPem],
    ["next-ca.crt", state.next?.certificatePem],
    ["next-ca.key", state.next?.privateKeyPem],
    ["previous-ca.crt", state.previous],
  ];
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace,
      labels: MANAGED_BY,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type: "Opaque",
    data: Object.fromEntries(
      data.flatMap(([key, pem]) => (pem === undefined ? [] : [[key, encodeBase64(encodeUtf8(pem))]])),
    ),
  };
}

/** What a Secret holds; what cannot be read counts as absent, so that the leader makes it anew. */
export function decodeSecret(secret: Value | undefined): CertificateState {
  const pem = (key: string): string | undefined => {
    const text = textAt(secret, "data", key);
    const bytes = text === undefined ? undefined : decodeBase64(text);
    return bytes === undefined ? undefined : decodeUtf8(bytes);
  };
  const pair = (crt: string, key: string): Pair | undefined => {
    const [certificatePem, privateKeyPem] = [pem(crt), pem(key)];
    return certificatePem === undefined || privateKeyPem === undefined ? undefined : { certificatePem, privateKeyPem };
  };
  const [authority, serving, next] = [
    pair("ca.crt", "ca.key"),
    pair("tls.crt", "tls.key"),
    pair("next-ca.crt", "next-ca.key"),
  ];
  const previous = pem("previous-ca.crt");
  return {
    ...(authority === undefined ? {} : { authority }),
    ...(serving === undefined ? {} : { serving }),
    ...(next === undefined ? {} : { next }),
    ...(previous === undefined ? {} : { previous }),
  };
}
