import { formatTime, isAmapError, LIMITS } from "../../base/index.ts";
import { quoteText } from "../quote-text.ts";
import { type Refused, refuse } from "../refusal.ts";
import type { Certificate } from "./certificate.ts";
import { equalBytes } from "./equal-bytes.ts";
import { EXTENSIONS, PURPOSES } from "./extensions.ts";
import { nameConstraintProblem } from "./name-constraints.ts";

/** An authority that is trusted: its certificates, and when it may be. A trust root's CertificateAuthority is one. */
export interface TrustedAuthority {
  /** From the issuing certificate to the last, which is trusted for itself. */
  readonly chain: readonly Certificate[];
  /** Milliseconds since 1970; both ends are within. */
  readonly validFor?: { readonly start?: number; readonly end?: number };
  readonly uri?: string;
}

/** What a certificate signs: artifacts, or timestamps. */
export type CertificatePurpose = "codeSigning" | "timeStamping";

/** What a chain is built from and judged by. */
export interface ChainOptions<A extends TrustedAuthority> {
  readonly authorities: readonly A[];
  /** Certificates that came with the signature: they may link, they are never trusted for themselves. */
  readonly intermediates?: readonly Certificate[];
  /** The time at which every certificate of the chain and the authority must be valid: milliseconds since 1970. */
  readonly at: number;
  readonly purpose: CertificatePurpose;
}

/** A chain that holds. */
export interface VerifiedChain<A extends TrustedAuthority> {
  readonly ok: true;
  /** From the signer's certificate to the trusted one. */
  readonly chain: readonly Certificate[];
  readonly authority: A;
}

/** Why a certificate does not count. */
interface Problem {
  readonly code: "CERTIFICATE_EXPIRED" | "CERTIFICATE_UNTRUSTED";
  readonly message: string;
}

/**
 * Whether `issuer`'s key signed the certificate; names, validity and rights are not looked at. Never throws: a key that
 * cannot be read signs nothing.
 */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { signatureScheme } = certificate;
  if (signatureScheme === undefined) return false;
  try {
    return issuer.publicKey().verifies(certificate.tbs, certificate.signature, signatureScheme);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return false;
  }
}

/**
 * A chain from a signer's certificate to one of the trusted authorities, or why there is none: CERTIFICATE_EXPIRED when
 * a certificate or an authority was not valid at `at`, else CERTIFICATE_UNTRUSTED. Checked as RFC 5280 §6 and
 * Sigstore's hybrid model ask: signatures, names byte for byte, validity of every certificate at one time, basic
 * constraints, path lengths, key usage, extended key usage of every certificate, name constraints. A critical extension
 * that nothing here reads is refused, and so is a self-signed certificate among the intermediates: trust comes from the
 * trusted root, not with the signature.
 *
 * @example
 * ```ts
 * import { type Certificate, verifyCertificateChain } from "../index.ts";
 * const isTrusted = (leaf: Certificate, at: number): boolean =>
 *   verifyCertificateChain(leaf, { authorities: [], at, purpose: "codeSigning" }).ok;
 * ```
 */
export function verifyCertificateChain<A extends TrustedAuthority>(
  leaf: Certificate,
  options: ChainOptions<A>,
): VerifiedChain<A> | Refused {
  const { authorities, intermediates = [], at, purpose } = options;
  if (intermediates.length > LIMITS.certificates) {
    const found = `found ${intermediates.length}`;
    return refuse(
      "CERTIFICATE_UNTRUSTED",
      `expected at most ${LIMITS.certificates} intermediate certificates, ${found}`,
    );
  }
  const own = intermediates.find((certificate) => isSelfIssued(certificate) && isSignedBy(certificate, certificate));
  if (own !== undefined) {
    const found = `found a root certificate, ${quoteText(own.subjectText)}`;
    return refuse("CERTIFICATE_UNTRUSTED", `expected only intermediate certificates with the signature, ${found}`);
  }
  if (authorities.length === 0) {
    return refuse(
      "CERTIFICATE_UNTRUSTED",
      "expected a trusted authority for certificates, found none in the trusted root",
    );
  }
  const problem = leafProblem(leaf, purpose, at);
  if (problem !== undefined) return refuse(problem.code, problem.message);
  const search: Search = { at, purpose, intermediates, checksLeft: LIMITS.certificateChecks };
  for (const authority of authorities) {
    if (!isWithin(authority.validFor, at)) {
      search.problem ??= outOfService(authority, at);
      continue;
    }
    const chain = findChain([leaf], authority.chain, search);
    if (chain !== undefined) return { ok: true, chain, authority };
  }
  const { code, message } = search.closest ?? search.problem ?? noIssuer(leaf, authorities);
  return refuse(code, message);
}

/** One search: what it judges by, and what it found wrong first. */
interface Search {
  readonly at: number;
  readonly purpose: CertificatePurpose;
  readonly intermediates: readonly Certificate[];
  /** Against certificates that lead in many ways to nothing. */
  checksLeft: number;
  /** Of an authority that was not in service. */
  problem?: Problem;
  /** Of a certificate that would have been the next of the longest chain; one that signed goes before one that did not. */
  closest?: Problem & { readonly rank: number };
}

function note(search: Search, problem: Problem, rank: number): void {
  if (search.closest === undefined || rank > search.closest.rank) search.closest = { ...problem, rank };
}

/** The chain continued to the authority's last certificate, depth first. */
function findChain(
  chain: readonly Certificate[],
  trusted: readonly Certificate[],
  search: Search,
): readonly Certificate[] | undefined {
  const child = chain.at(-1) as Certificate;
  const anchor = trusted.at(-1);
  if (anchor === undefined) return undefined;
  // A signer's certificate that is trusted for itself, as private timestamp authorities have it.
  if (chain.length === 1 && equalBytes(child.der, anchor.der)) return chain;
  if (chain.length >= LIMITS.certificateChain) return undefined;
  for (const candidate of candidatesOf(child, trusted, search.intermediates)) {
    if (chain.some((certificate) => isSameHolder(certificate, candidate))) continue;
    const isTrusted = trusted.includes(child) && trusted.includes(candidate);
    if (!isTrusted && search.checksLeft-- <= 0) {
      note(search, untrusted(`expected a chain within ${LIMITS.certificateChecks} signatures, found none`), Infinity);
      return undefined;
    }
    const isIssuer = isKnownSignedBy(child, candidate);
    const problem = isIssuer ? issuerProblem(candidate, chain, search) : strangerProblem(candidate, child);
    if (problem !== undefined) {
      note(search, problem, 2 * chain.length + (isIssuer ? 1 : 0));
      continue;
    }
    const longer = [...chain, candidate];
    if (candidate !== anchor) {
      const found = findChain(longer, trusted, search);
      if (found !== undefined) return found;
      continue;
    }
    const wrongName = nameConstraintProblem(longer);
    if (wrongName === undefined) return longer;
    note(search, untrusted(wrongName), 2 * longer.length);
  }
  return undefined;
}

/** The certificates whose name is the issuer's: the trusted ones first, the one trusted for itself before all. */
function candidatesOf(
  child: Certificate,
  trusted: readonly Certificate[],
  intermediates: readonly Certificate[],
): readonly Certificate[] {
  return [...trusted.toReversed(), ...intermediates].filter(({ subject }) => equalBytes(subject, child.issuer));
}

/** What keeps a signer's certificate from signing. */
function leafProblem(leaf: Certificate, purpose: CertificatePurpose, at: number): Problem | undefined {
  const who = describe(leaf, "the signer's certificate");
  const unread = unreadExtension(leaf);
  if (unread !== undefined) return untrusted(`${who} has the critical extension ${unread}, which amap does not know`);
  if (leaf.isAuthority) return untrusted(`expected the certificate of a signer, found that of an authority: ${who}`);
  const { keyUsage } = leaf;
  const maySign = keyUsage === undefined || keyUsage.has("digitalSignature");
  if (!maySign && !(purpose === "timeStamping" && keyUsage.has("contentCommitment"))) {
    return untrusted(`expected ${who} to be for digital signatures, found ${listed([...keyUsage])}`);
  }
  return purposeProblem(leaf, who, purpose, true) ?? validityProblem(leaf, who, at);
}

/** What keeps the certificate that issued the last of the chain from issuing it. */
function issuerProblem(issuer: Certificate, chain: readonly Certificate[], search: Search): Problem | undefined {
  const who = describe(issuer, "the authority's certificate");
  const unread = unreadExtension(issuer);
  if (unread !== undefined) return untrusted(`${who} has the critical extension ${unread}, which amap does not know`);
  if (!issuer.isAuthority) return untrusted(`expected ${who} to be one of an authority, found that it is none`);
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.has("keyCertSign")) {
    return untrusted(`expected ${who} to be for signing certificates, found ${listed([...issuer.keyUsage])}`);
  }
  const between = chain.slice(1).filter((certificate) => !isSelfIssued(certificate)).length;
  if (issuer.pathLength !== undefined && between > issuer.pathLength) {
    return untrusted(`${who} allows ${issuer.pathLength} authorities below it, found ${between}`);
  }
  return purposeProblem(issuer, who, search.purpose, false) ?? validityProblem(issuer, who, search.at);
}

/** A certificate that has the issuer's name and is not the issuer. */
function strangerProblem(stranger: Certificate, child: Certificate): Problem {
  const who = describe(child, "the certificate");
  return untrusted(
    child.signatureScheme === undefined
      ? `${who} is signed by an algorithm that is not trusted any more`
      : `${who} is not signed by the key of ${describe(stranger, "the authority's certificate")}`,
  );
}

/**
 * Pairs of certificates whose signature held. Those of a trusted root are the same for every bundle, and a signer's is
 * judged at every time that is proven. Pairs are forgotten with their certificates.
 */
const heldSignatures = new WeakMap<Certificate, WeakSet<Certificate>>();

function isKnownSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  let issuers = heldSignatures.get(certificate);
  if (issuers?.has(issuer) === true) return true;
  if (!isSignedBy(certificate, issuer)) return false;
  issuers ??= new WeakSet();
  issuers.add(issuer);
  heldSignatures.set(certificate, issuers);
  return true;
}

/**
 * Extended key usage nests: a certificate that lists purposes limits all below it. A timestamp authority's own
 * certificate is for nothing else, and says so critically (RFC 3161 §2.3).
 */
function purposeProblem(
  certificate: Certificate,
  who: string,
  purpose: CertificatePurpose,
  isLeaf: boolean,
): Problem | undefined {
  const { extendedKeyUsage: found, extensions } = certificate;
  const wanted = PURPOSES[purpose];
  if (isLeaf && purpose === "timeStamping") {
    const isCritical = extensions.get(EXTENSIONS.extendedKeyUsage)?.critical === true;
    if (found?.length === 1 && found[0] === wanted && isCritical) return undefined;
    const shown = `${listed((found ?? []).map(purposeName))}${isCritical ? "" : ", not critical"}`;
    return untrusted(`expected ${who} to be for timestamps alone, and critically so, found ${shown}`);
  }
  if (found === undefined || found.includes(wanted) || found.includes(PURPOSES.any)) return undefined;
  return untrusted(`expected ${who} to be for ${purposeName(wanted)}, found ${listed(found.map(purposeName))}`);
}

function purposeName(oid: string): string {
  const name = Object.entries(PURPOSES).find(([, value]) => value === oid)?.[0];
  return name ?? oid;
}

function validityProblem(certificate: Certificate, who: string, at: number): Problem | undefined {
  const { notBefore, notAfter } = certificate;
  if (isWithin({ start: notBefore, end: notAfter }, at)) return undefined;
  const message = `expected ${who} to be valid at ${showTime(at)}, found it valid from ${showTime(notBefore)} to ${showTime(notAfter)}`;
  return { code: "CERTIFICATE_EXPIRED", message };
}

/** Both ends are within. A time that is no number is in no period. */
function isWithin(period: TrustedAuthority["validFor"], at: number): boolean {
  return at >= (period?.start ?? -Infinity) && at <= (period?.end ?? Infinity);
}

function outOfService({ uri, chain, validFor }: TrustedAuthority, at: number): Problem {
  const name = quoteText(uri ?? chain.at(-1)?.subjectText);
  const { start, end } = validFor ?? {};
  const period = `${start === undefined ? "" : ` from ${showTime(start)}`}${end === undefined ? "" : ` until ${showTime(end)}`}`;
  const message = `expected the authority ${name} to be trusted at ${showTime(at)}, found it trusted${period}`;
  return { code: "CERTIFICATE_EXPIRED", message };
}

function noIssuer(leaf: Certificate, authorities: readonly TrustedAuthority[]): Problem {
  const names = authorities.map(({ chain }) => quoteText(chain[0]?.subjectText)).slice(0, SHOWN_AUTHORITIES);
  return untrusted(
    `expected a certificate issued by ${names.join(" or ")}, found one by ${quoteText(leaf.issuerText)}`,
  );
}

const SHOWN_AUTHORITIES = 5;

/** Extensions that have a meaning here; policies do not limit anything where no policy is asked for. */
const READ_EXTENSIONS: ReadonlySet<string> = new Set(Object.values(EXTENSIONS));

/** A critical extension whose meaning is not applied here: whoever skips it must refuse the certificate (§4.2). */
function unreadExtension({ extensions, subjectAlternativeNames }: Certificate): string | undefined {
  for (const [oid, { critical }] of extensions) {
    if (!critical) continue;
    if (!READ_EXTENSIONS.has(oid)) return oid;
    // Names of kinds that have no text here.
    if (oid === EXTENSIONS.subjectAlternativeName && subjectAlternativeNames.length === 0) return oid;
  }
  return undefined;
}

function isSelfIssued({ issuer, subject }: Certificate): boolean {
  return equalBytes(issuer, subject);
}

/** Cross-signed authorities lead in circles: the same holder with the same key stands in a chain once. */
function isSameHolder(left: Certificate, right: Certificate): boolean {
  return equalBytes(left.subject, right.subject) && equalBytes(left.spki, right.spki);
}

/** A certificate of Fulcio has no subject: its first alternative name says whose it is. */
function describe({ subjectText, subjectAlternativeNames, serialNumber }: Certificate, kind: string): string {
  const name = subjectText === "" ? subjectAlternativeNames[0]?.value : subjectText;
  return name === undefined ? `${kind} with serial number ${serialNumber}` : `${kind} ${quoteText(name)}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.slice(0, SHOWN_AUTHORITIES).join(", ");
}

/** A log can state any number as its time. */
function showTime(ms: number): string {
  return ms >= FIRST_TIME && ms <= LAST_TIME ? formatTime(Math.trunc(ms)) : `${ms} ms`;
}

const FIRST_TIME = -62_167_219_200_000;
const LAST_TIME = 253_402_300_799_999;

function untrusted(message: string): Problem {
  return { code: "CERTIFICATE_UNTRUSTED", message };
}
