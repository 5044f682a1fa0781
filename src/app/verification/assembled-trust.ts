import {
  type Certificate,
  type CertificateAuthority,
  createTrustRoot,
  decodeCertificatesPem,
  type TransparencyLog,
  type TrustRoot,
  type VerificationThresholds,
} from "../../attestation/index.ts";
import { AmapError, encodeHex, encodeUtf8, LIMITS } from "../../base/index.ts";
import type { World } from "../world.ts";
import { createTrustRootSource, decodeTrustRootOf, type TrustRootSource } from "./trust-root-source.ts";

/** What a policy says of the services that it trusts: each part in place of the trusted root's, where it is given. */
export interface AssembledTrustRequest {
  /** Whether certificates are judged: then authorities are needed, and logs of certificates. */
  readonly isKeyless: boolean;
  /** A signature needs no entry in a transparency log. */
  readonly ignoresLogs: boolean;
  /** A certificate needs no proof that it was published. */
  readonly ignoresCertificateTimestamps: boolean;
  /** A timestamp authority must have signed a time; left out, where `tsaChains` are given. */
  readonly needsTimestamps?: boolean;
  /** PEM of certificates of which each may have issued a signer's certificate or that of its authority. */
  readonly roots?: string;
  /** Logs of signatures, PEM `PUBLIC KEY`. The address is needed for logs of Rekor v2 alone: they are named by it. */
  readonly rekorKeys?: readonly LogKey[];
  /** Logs of certificates, PEM `PUBLIC KEY`. */
  readonly ctLogKeys?: readonly string[];
  /** Timestamp authorities beside those of the trusted root: each a PEM chain in any order. */
  readonly tsaChains?: readonly string[];
  /** A Sigstore trusted root, JSON, in place of the one of this machine's repository. */
  readonly trustedRootJson?: string;
  /** The address of the repository that the trusted root of this machine must come from. */
  readonly repository?: string;
  /** The place in the policy, for messages, such as `attestor release`. */
  readonly place?: string;
}

/** A log's key, and where it is. */
interface LogKey {
  readonly pem: string;
  readonly url?: string;
}

/** What a verifier needs beside keys and identities. */
export interface AssembledTrust {
  /** Absent where nothing is judged by it: a key's signature without log and time. */
  readonly trustRoot?: TrustRoot;
  readonly thresholds: Required<VerificationThresholds>;
  /** Milliseconds since 1970: when a certificate must be valid that no proven time speaks for. */
  readonly now: number;
  /** A sentence each, on the age of the trusted root. */
  readonly warnings: readonly string[];
}

/**
 * Puts together what signatures are verified against, from the parts that a policy gives and, for the rest, from its
 * trusted root or the one of the repository that this machine uses (the public one, or TUF_MIRROR's). That repository
 * is asked only for a part that is needed and not given. A part that is given replaces the root's, except timestamp
 * authorities, which are added to it.
 *
 * @param source where the repository's root comes from; those who verify more than once share one
 * @throws {AmapError} TRUST_ROOT_INVALID, CERTIFICATE_INVALID, KEY_INVALID, KEY_UNSUPPORTED, LIMIT_EXCEEDED for a part
 * that is given; OFFLINE, TRUST_REPOSITORY_… where the repository's root is needed and cannot be had; NOT_SUPPORTED where
 * it comes from another repository than the policy names
 */
export async function assembleTrust(
  world: Pick<World, "clock" | "openTrustRepository">,
  request: AssembledTrustRequest,
  source: TrustRootSource = createTrustRootSource(world),
): Promise<AssembledTrust> {
  const { isKeyless, ignoresLogs, ignoresCertificateTimestamps, tsaChains = [] } = request;
  const needsTimestamps = request.needsTimestamps ?? tsaChains.length > 0;
  const timesAreAsked = needsTimestamps || (isKeyless && !ignoresLogs);
  const given = readGivenParts(request);
  const base = await readBase(request, given, source);
  const isNeeded = isKeyless || !ignoresLogs || needsTimestamps;
  return {
    ...(isNeeded ? { trustRoot: combine(given, base?.trustRoot) } : {}),
    thresholds: {
      logs: ignoresLogs ? 0 : 1,
      timestamps: needsTimestamps ? 1 : 0,
      times: timesAreAsked ? 1 : 0,
      certificateTimestamps: ignoresCertificateTimestamps ? 0 : 1,
    },
    now: world.clock.now(),
    warnings: base?.warnings ?? [],
  };
}

/** The parts that the policy states itself; undefined where it states none. */
interface GivenParts {
  readonly certificateAuthorities?: readonly CertificateAuthority[];
  readonly transparencyLogs?: readonly TransparencyLog[];
  readonly ctLogs?: readonly TransparencyLog[];
  readonly timestampAuthorities: readonly CertificateAuthority[];
}

function readGivenParts(request: AssembledTrustRequest): GivenParts {
  const { roots, rekorKeys = [], ctLogKeys = [], tsaChains = [], place = "the policy" } = request;
  return {
    ...(roots === undefined ? {} : { certificateAuthorities: readRoots(roots, place) }),
    ...(rekorKeys.length === 0 ? {} : { transparencyLogs: readLogs(rekorKeys) }),
    ...(ctLogKeys.length === 0 ? {} : { ctLogs: readLogs(ctLogKeys.map((pem) => ({ pem }))) }),
    timestampAuthorities: tsaChains.flatMap((chain) => readTimestampAuthorities(chain, place)),
  };
}

/** The root that fills the gaps: the policy's own, else the repository's where a gap is of use. */
async function readBase(
  request: AssembledTrustRequest,
  given: GivenParts,
  source: TrustRootSource,
): Promise<{ readonly trustRoot: TrustRoot; readonly warnings: readonly string[] } | undefined> {
  const { isKeyless, ignoresLogs, ignoresCertificateTimestamps, trustedRootJson, place = "the policy" } = request;
  if (trustedRootJson !== undefined) {
    const trustRoot = decodeTrustRootOf(encodeUtf8(trustedRootJson), `${place}: its trusted root`);
    return { trustRoot, warnings: [] };
  }
  const lacksAuthorities = isKeyless && given.certificateAuthorities === undefined;
  const lacksLogs = !ignoresLogs && given.transparencyLogs === undefined;
  const lacksCtLogs = isKeyless && !ignoresCertificateTimestamps && given.ctLogs === undefined;
  const lacksTimes = request.needsTimestamps === true && given.timestampAuthorities.length === 0;
  if (!lacksAuthorities && !lacksLogs && !lacksCtLogs && !lacksTimes) return undefined;
  const found = await source();
  requireRepository(found.repository, request.repository, place);
  return found;
}

function requireRepository(found: string, wanted: string | undefined, place: string): void {
  if (wanted === undefined || withoutSlash(wanted) === withoutSlash(found)) return;
  const message = `expected the trusted root of ${wanted}, found that of ${found}, which this machine uses`;
  throw new AmapError("NOT_SUPPORTED", `${place}: ${message}`, {
    hint: "Set TUF_MIRROR or run `amap initialize --mirror`, or write trustedRoot into the policy.",
  });
}

const withoutSlash = (address: string): string => address.replace(/\/+$/, "");

const NOTHING: readonly never[] = [];

function combine(given: GivenParts, base: TrustRoot | undefined): TrustRoot {
  return {
    certificateAuthorities: given.certificateAuthorities ?? base?.certificateAuthorities ?? NOTHING,
    transparencyLogs: given.transparencyLogs ?? base?.transparencyLogs ?? NOTHING,
    ctLogs: given.ctLogs ?? base?.ctLogs ?? NOTHING,
    timestampAuthorities: [...given.timestampAuthorities, ...(base?.timestampAuthorities ?? NOTHING)],
  };
}

/** When a log's key is valid is not said here: always. */
const ALWAYS = "1970-01-01T00:00:00Z";

/** One log for each way in which entries name it: by its key and, in Rekor v2, by its key and origin. */
function readLogs(keys: readonly LogKey[]): readonly TransparencyLog[] {
  const inputs = keys.flatMap(({ pem, url = "" }) => {
    const log = { url, publicKey: pem, startTime: ALWAYS };
    const origin = originOf(url);
    return origin === undefined ? [log] : [log, { ...log, origin }];
  });
  return createTrustRoot({ rekor: inputs }).transparencyLogs;
}

/** The origin of the checkpoints of a log of Rekor v2: its host, without the port. */
function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replaceAll(/[[\]]/g, "") : undefined;
}

/** Each certificate is trusted for itself, whatever stands beside it. */
function readRoots(pem: string, place: string): readonly CertificateAuthority[] {
  return readCertificates(pem, `${place}: its root certificates`).map((certificate) => toAuthority([certificate]));
}

/**
 * The authorities of a chain in any order: the stamping certificate, those between, and one authority for each root.
 * Without a root the last of those between, or the stamping certificate itself, is trusted for itself.
 */
function readTimestampAuthorities(pem: string, place: string): readonly CertificateAuthority[] {
  const what = `${place}: its timestamp authority's certificates`;
  const certificates = readCertificates(pem, what);
  const own = certificates.filter(({ isAuthority }) => !isAuthority);
  if (own.length > 1) {
    throw new AmapError("CERTIFICATE_INVALID", `${what}: expected one stamping certificate, found ${own.length}`);
  }
  const authorities = certificates.filter(({ isAuthority }) => isAuthority);
  const roots = authorities.filter(isSelfIssued);
  const between = authorities.filter((certificate) => !isSelfIssued(certificate));
  if (roots.length === 0) return [toAuthority([...own, ...between])];
  return roots.map((root) => toAuthority([...own, ...between, root]));
}

function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return encodeHex(subject) === encodeHex(issuer);
}

function toAuthority(chain: readonly Certificate[]): CertificateAuthority {
  return { uri: chain.at(-1)?.subjectText ?? "", chain, validFor: {} };
}

function readCertificates(pem: string, what: string): readonly Certificate[] {
  const decoded = decodeCertificatesPem(pem);
  if (!decoded.ok) {
    const cause = decoded.issues.map(({ message }) => message).join("; ");
    throw new AmapError("CERTIFICATE_INVALID", `${what}: ${cause}`);
  }
  if (decoded.value.length <= LIMITS.givenCertificates) return decoded.value;
  const found = decoded.value.length;
  throw new AmapError("LIMIT_EXCEEDED", `${what}: expected at most ${LIMITS.givenCertificates}, found ${found}`);
}
