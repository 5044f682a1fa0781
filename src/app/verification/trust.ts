import {
  type KeyRingUse,
  mergeTrustRoots,
  type TextExpectation,
  type TrustedIdentity,
  type TrustedKey,
  type TrustRoot,
  type VerifierOptions,
} from "../../attestation/index.ts";
import { AmapError, isAmapError, LIMITS } from "../../base/index.ts";
import { compileTextPattern } from "../../policy/index.ts";
import { readKeyRing, trustOfKeyRing } from "../key-rings/key-ring-file.ts";
import { readTrustedKey } from "../signing/keys.ts";
import type { World } from "../world.ts";
import { type GivenServices, type GivenTrust, readGivenTrust } from "./given-services.ts";
import { decodeTrustRootOf, type FoundTrustRoot, readRepositoryRoot } from "./trust-root-source.ts";

/** A text as it must be, or an RE2 pattern that must match somewhere in it, as cosign's flags mean it. */
export interface GivenText {
  readonly exact?: string;
  readonly regexp?: string;
}

/** Whose certificate counts; of subject and issuer each must be said. */
export interface GivenIdentity {
  readonly subject: GivenText;
  readonly issuer: GivenText;
  /** By cosign's names: `githubWorkflowRef` and its like. */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** Whom and what a user trusts, as the command line says it. */
export interface TrustRequest {
  /** Public keys, by file or reference. */
  readonly keys: readonly string[];
  readonly identities: readonly GivenIdentity[];
  /** A key ring in place of both, and what its entries are used for; without a use whatever they are for. */
  readonly keyRing?: { readonly path: string; readonly use?: KeyRingUse };
  /** Signers that the caller knows already, in place of all of these. */
  readonly signers?: Required<Pick<Trust, "keys" | "identities">>;
  /** Files of Sigstore trusted roots; together they are one. */
  readonly trustedRoots: readonly string[];
  /** A signature needs no entry in a transparency log. */
  readonly ignoresLogs: boolean;
  /** A certificate needs no proof that it was published. */
  readonly ignoresCertificateTimestamps: boolean;
  /** A timestamp authority must have signed a time. */
  readonly needsTimestamps: boolean;
  /** Authorities that are given one by one; they take the place of a trusted root's. */
  readonly services?: GivenServices;
  /** A bundle of version 0.3 may hold a chain of certificates. */
  readonly allowsCertificateChain?: boolean;
  /** A file with a certificate timestamp (SCT) for certificates that hold none. */
  readonly certificateTimestamp?: string;
}

/** Whom and what is trusted, with what the user should know of its age. */
export interface Trust extends VerifierOptions {
  /** A sentence each; empty when the trusted root was given, or is as new as it should be. */
  readonly warnings: readonly string[];
}

/**
 * Reads what is trusted, with the thresholds that cosign's flags mean: a key needs an entry in a log unless that is left
 * out; a certificate also a proven time and a certificate timestamp. Without log and timestamp a certificate must be
 * valid now. Where a trusted root is needed and none is given, it comes from the repository of trusted roots that this
 * machine uses: the public one, or the one of `amap initialize` and of TUF_MIRROR.
 * @throws {AmapError} USAGE for a request that trusts nobody; OFFLINE, TRUST_REPOSITORY_… where no trusted root can be had;
 * TRUST_ROOT_INVALID, KEY_…, KEY_RING_INVALID, EXPRESSION_INVALID, FILE_NOT_FOUND
 */
export async function readTrust(world: World, request: TrustRequest): Promise<Trust> {
  checkRequest(request);
  const { keys, identities } = await readSigners(world, request);
  const { ignoresLogs, ignoresCertificateTimestamps, needsTimestamps } = request;
  const isKeyless = identities.length > 0;
  const parts = await readGivenTrust(world, request.services ?? {}, {
    readsVariables: request.trustedRoots.length === 0,
  });
  const given = await readTrustRoots(world, request.trustedRoots);
  const isRootNeeded = neededParts(request, isKeyless).some((part) => parts[part] === undefined);
  const found = given === undefined && isRootNeeded ? await readNeededRoot(world, isKeyless) : undefined;
  const trustRoot = composeRoot(given ?? found?.trustRoot, parts);
  const detached = request.certificateTimestamp;
  const timesAreAsked = isKeyless ? !ignoresLogs || needsTimestamps : needsTimestamps;
  const thresholds = {
    logs: ignoresLogs ? 0 : 1,
    timestamps: needsTimestamps ? 1 : 0,
    times: timesAreAsked ? 1 : 0,
    certificateTimestamps: ignoresCertificateTimestamps ? 0 : 1,
  };
  return {
    keys,
    identities,
    ...(trustRoot === undefined ? {} : { trustRoot }),
    thresholds,
    // A ring may hold keys and identities: no time is asked of a key because an identity needs one.
    keyThresholds: { ...thresholds, times: needsTimestamps ? 1 : 0 },
    allowsCertificateChain: request.allowsCertificateChain === true,
    ...(detached === undefined
      ? {}
      : { detachedCertificateTimestamp: await world.files.read(detached, LIMITS.trustRootBytes) }),
    now: world.clock.now(),
    warnings: found?.warnings ?? [],
  };
}

/** What of a trust root a request cannot do without. */
function neededParts(request: TrustRequest, isKeyless: boolean): readonly (keyof TrustRoot)[] {
  return [
    ...(isKeyless ? (["certificateAuthorities"] as const) : []),
    ...(request.ignoresLogs ? [] : (["transparencyLogs"] as const)),
    ...(isKeyless && !request.ignoresCertificateTimestamps ? (["ctLogs"] as const) : []),
    ...(request.needsTimestamps ? (["timestampAuthorities"] as const) : []),
  ];
}

const NOTHING_TRUSTED: TrustRoot = {
  transparencyLogs: [],
  certificateAuthorities: [],
  ctLogs: [],
  timestampAuthorities: [],
};

/** What is given one by one counts alone: it takes the place of the root's services of that kind. */
function composeRoot(root: TrustRoot | undefined, parts: GivenTrust): TrustRoot | undefined {
  if (Object.keys(parts).length === 0) return root;
  return { ...(root ?? NOTHING_TRUSTED), ...parts };
}

/** The signers that are given one by one, or those of the key ring. */
async function readSigners(world: World, request: TrustRequest): Promise<Required<Pick<Trust, "keys" | "identities">>> {
  if (request.signers !== undefined) return request.signers;
  if (request.keyRing !== undefined) {
    const { path, use } = request.keyRing;
    return trustOfKeyRing(await readKeyRing(world, path), world.clock.now(), use);
  }
  const keys: TrustedKey[] = [];
  for (const reference of request.keys) keys.push(await readTrustedKey(world, reference));
  return { keys, identities: request.identities.map(toIdentity) };
}

function checkRequest({ keys, identities, keyRing, signers }: TrustRequest): void {
  if (signers !== undefined) return;
  if (keyRing !== undefined) {
    if (keys.length === 0 && identities.length === 0) return;
    throw new AmapError("USAGE", "--key-ring excludes --key and --certificate-identity: add them to the ring");
  }
  if (keys.length > 0 && identities.length > 0) {
    throw new AmapError("USAGE", "--key and --certificate-identity exclude each other: a key has no certificate");
  }
  if (keys.length === 0 && identities.length === 0) {
    throw new AmapError("USAGE", "expected --key, --key-ring, or --certificate-identity and --certificate-oidc-issuer");
  }
}

async function readNeededRoot(world: World, isKeyless: boolean): Promise<FoundTrustRoot> {
  try {
    return await readRepositoryRoot(world);
  } catch (error) {
    if (isKeyless || !isAmapError(error)) throw error;
    const hint = `${error.hint} To verify the key's signature alone, pass --insecure-ignore-tlog.`;
    throw new AmapError(error.code, error.message, { hint, cause: error });
  }
}

async function readTrustRoots(world: World, paths: readonly string[]): Promise<TrustRoot | undefined> {
  const roots: TrustRoot[] = [];
  for (const path of paths) {
    roots.push(decodeTrustRootOf(await world.files.read(path, LIMITS.trustRootBytes), path));
  }
  return roots.length === 0 ? undefined : mergeTrustRoots(roots);
}

function toIdentity({ subject, issuer, extensions = {} }: GivenIdentity): TrustedIdentity {
  const expected = {
    subject: toExpectation(subject, "--certificate-identity"),
    issuer: toExpectation(issuer, "--certificate-oidc-issuer"),
  };
  const named = Object.entries(extensions).map(([name, exact]) => [name, { exact }] as const);
  return named.length === 0 ? expected : { ...expected, extensions: Object.fromEntries(named) };
}

function toExpectation({ exact, regexp }: GivenText, flag: string): TextExpectation {
  // An empty pattern matches every text.
  if (exact === "" || regexp === "") throw new AmapError("USAGE", `${flag}: expected a text, found an empty one`);
  if (exact !== undefined && regexp === undefined) return { exact };
  if (regexp !== undefined && exact === undefined) return { regexp, matches: compileNamed(regexp, flag) };
  const found = exact === undefined ? "neither" : "both";
  throw new AmapError("USAGE", `expected ${flag} or ${flag}-regexp, found ${found}`);
}

function compileNamed(regexp: string, flag: string): (text: string) => boolean {
  try {
    return compileTextPattern(regexp);
  } catch (error) {
    if (!(error instanceof AmapError)) throw error;
    throw new AmapError("USAGE", `${flag}-regexp: ${error.message}`, { cause: error });
  }
}
