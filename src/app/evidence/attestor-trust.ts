import {
  isExtensionName,
  type TextExpectation,
  type TrustedIdentity,
  type TrustedKey,
  type VerifierOptions,
} from "../../attestation/index.ts";
import { AmapError } from "../../base/index.ts";
import {
  type AttestorRequest,
  checkAttestorKey,
  compileTextPattern,
  type RequestedIdentity,
} from "../../policy/index.ts";
import { type AssembledTrust, type AssembledTrustRequest, assembleTrust } from "../verification/assembled-trust.ts";
import type { TrustRootSource } from "../verification/trust-root-source.ts";
import type { World } from "../world.ts";
import { trustGivenCertificate } from "./given-certificate.ts";

/** What the signatures of one attestor are verified against. */
export interface AttestorTrust extends VerifierOptions {
  readonly keys: readonly TrustedKey[];
}

/**
 * Whom and what an attestor of an ImageValidatingPolicy trusts, as Kyverno 1.19 means it: an entry in a transparency log
 * is needed unless `ctlog` says otherwise, for keys, too; a certificate needs a proven time and a certificate timestamp.
 * Stricter than Kyverno: `roots`, keys of logs and extensions count for every form of signature, and a certificate that
 * the policy states must be valid when it signs.
 * @throws {AmapError} KEY_…, CERTIFICATE_…, TRUST_ROOT_INVALID, POLICY_INVALID, EXPRESSION_INVALID for what the policy
 * states; OFFLINE, TRUST_REPOSITORY_… where the trusted root of this machine is needed and cannot be had
 */
export async function readAttestorTrust(
  world: World,
  request: AttestorRequest,
  source: TrustRootSource,
): Promise<AttestorTrust> {
  const { name, key, keyless, certificate } = request;
  if (key !== undefined) {
    checkAttestorKey(key);
    const trust = await assemble(world, request, source, { isKeyless: false });
    return { ...optionsOf(trust), keys: [{ name, pem: key.pem }] };
  }
  if (keyless !== undefined) {
    const identities = keyless.identities.map((identity) => toIdentity(name, identity, keyless.extensions ?? {}));
    const { roots } = keyless;
    const trust = await assemble(world, request, source, {
      isKeyless: true,
      ...(roots === undefined ? {} : { roots }),
    });
    return { ...optionsOf(trust), keys: [], identities };
  }
  if (certificate?.cert !== undefined) return trustOfCertificate(world, request, source, certificate.cert);
  // With a chain alone, whoever has a certificate of it.
  const roots = certificate?.certChain ?? "";
  const trust = await assemble(world, request, source, { isKeyless: true, roots });
  return { ...optionsOf(trust), keys: [], identities: [{ name, anyone: true }] };
}

async function trustOfCertificate(
  world: World,
  request: AttestorRequest,
  source: TrustRootSource,
  cert: string,
): Promise<AttestorTrust> {
  const { name, logs } = request;
  const chain = request.certificate?.certChain;
  // Its chain replaces the trusted authorities, and its own log of certificates is asked for where there is a chain.
  const trust = await assemble(world, request, source, {
    isKeyless: chain !== undefined,
    ...(chain === undefined ? {} : { roots: chain }),
  });
  const trusted = trustGivenCertificate({
    name,
    certificate: cert,
    ...(chain === undefined ? {} : { chain }),
    ignoresCertificateTimestamps: logs.ignoresCertificateTimestamps,
    ...(trust.trustRoot === undefined ? {} : { trustRoot: trust.trustRoot }),
    hasProvenTimes: !logs.ignoresEntries || trust.thresholds.timestamps > 0,
    now: trust.now,
    place: placeOf(request),
  });
  return { ...optionsOf(trust), keys: [trusted] };
}

function optionsOf({ trustRoot, thresholds, now }: AssembledTrust): VerifierOptions {
  return { ...(trustRoot === undefined ? {} : { trustRoot }), thresholds, now };
}

function placeOf({ name }: AttestorRequest): string {
  return `attestor ${name}`;
}

async function assemble(
  world: World,
  request: AttestorRequest,
  source: TrustRootSource,
  signer: Pick<AssembledTrustRequest, "isKeyless" | "roots">,
): Promise<AssembledTrust> {
  const { logs, trustedRoot, trustRepository } = request;
  const { rekorKey, ctLogKey, tsaChain, url } = logs;
  return assembleTrust(
    world,
    {
      ...signer,
      ignoresLogs: logs.ignoresEntries,
      ignoresCertificateTimestamps: logs.ignoresCertificateTimestamps,
      ...(rekorKey === undefined ? {} : { rekorKeys: [{ pem: rekorKey, ...(url === undefined ? {} : { url }) }] }),
      ...(ctLogKey === undefined ? {} : { ctLogKeys: [ctLogKey] }),
      ...(tsaChain === undefined ? {} : { tsaChains: [tsaChain] }),
      ...(trustedRoot === undefined ? {} : { trustedRootJson: trustedRoot }),
      ...(trustRepository === undefined ? {} : { repository: trustRepository }),
      place: placeOf(request),
    },
    source,
  );
}

function toIdentity(
  name: string,
  identity: RequestedIdentity,
  extensions: { readonly [name: string]: string },
): TrustedIdentity {
  const unknown = Object.keys(extensions).find((extension) => !isExtensionName(extension));
  if (unknown !== undefined) {
    const expected = "expected a name of Fulcio's extensions, such as githubWorkflowRef, or an object identifier";
    throw new AmapError("POLICY_INVALID", `attestor ${name}: additionalExtensions: ${expected}, found "${unknown}"`);
  }
  const subject = toExpectation(identity.subject, identity.subjectRegExp);
  const issuer = toExpectation(identity.issuer, identity.issuerRegExp);
  if (subject === undefined || issuer === undefined) {
    throw new AmapError("POLICY_INVALID", `attestor ${name}: expected identities that name a subject and an issuer`);
  }
  const named = Object.entries(extensions).map(([extension, exact]) => [extension, { exact }] as const);
  return { name, subject, issuer, ...(named.length === 0 ? {} : { extensions: Object.fromEntries(named) }) };
}

/** Where a text and a pattern are there, both must hold. An empty one of either would hold for every text. */
function toExpectation(exact: string | undefined, regexp: string | undefined): TextExpectation | undefined {
  if (regexp === undefined) return exact === undefined || exact === "" ? undefined : { exact };
  if (regexp === "") return undefined;
  const matches = compileTextPattern(regexp);
  if (exact === undefined) return { regexp, matches };
  return { regexp: `${exact} and ${regexp}`, matches: (text) => text === exact && matches(text) };
}
