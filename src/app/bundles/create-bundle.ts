import {
  type Bundle,
  type BundleMaterial,
  decodeCertificate,
  decodeCertificatesPem,
  decodeEnvelope,
  decodeOldBundle,
  type Envelope,
  encodeBundleDocument,
  type LogEntry,
  type OldBundle,
  type SignedContent,
} from "../../attestation/index.ts";
import {
  AmapError,
  decodeBase64,
  encodeBase64,
  hashBytes,
  LIMITS,
  type PublicKey,
  readPublicKey,
} from "../../base/index.ts";
import { readTrustedKey } from "../signing/keys.ts";
import { readSignatureText } from "../verification/given-candidates.ts";
import { readCertificates } from "../verification/given-services.ts";
import { readOldTimestamp } from "../verification/old-blob.ts";
import type { World } from "../world.ts";
import { findLogEntry, PUBLIC_LOG } from "./log-lookup.ts";

/** What `bundle create` is told, as the flags say it; all but the key are files. */
export interface CreateBundleRequest {
  /** What was signed. */
  readonly artifact: string;
  /** An envelope with a statement about it. */
  readonly attestation?: string;
  /** cosign's old bundle. */
  readonly bundle?: string;
  readonly signature?: string;
  readonly certificate?: string;
  readonly timestamp?: string;
  /** The signer's public key, where there is no certificate. */
  readonly key?: string;
  /** No log is asked for the signature's entry. */
  readonly ignoresLog: boolean;
  /** The log that is asked: Rekor v1. The public one when left out. */
  readonly logUrl?: string;
}

/** cosign 3.1.3 writes the older name of version 0.3 here. */
const MEDIA_TYPE = "application/vnd.dev.sigstore.bundle+json;version=0.3";

/**
 * Makes a Sigstore bundle 0.3 of a signature and what proves it, as cosign's `bundle create`. Nothing is verified.
 * @throws {AmapError} USAGE, FILE_NOT_FOUND, BUNDLE_INVALID, ENVELOPE_INVALID, CERTIFICATE_INVALID, KEY_…, TIMESTAMP_INVALID,
 * and where the log is asked SIGNING_SERVICE_FAILED, TLOG_UNKNOWN, TLOG_ENTRY_INVALID, OFFLINE
 */
export async function createBundleFile(world: World, request: CreateBundleRequest): Promise<Uint8Array> {
  const old = await readOld(world, request);
  const artifact = await world.files.read(
    request.artifact === "-" ? "/dev/stdin" : request.artifact,
    LIMITS.attachmentBytes,
  );
  const content = await readContent(world, request, old, artifact);
  const proof = await readProof(world, request, old);
  const logEntries = request.ignoresLog ? [] : [await findEntry(world, request, content, proof)];
  const timestamps = request.timestamp === undefined ? [] : [await readOldTimestamp(world, request.timestamp)];
  return encodeBundleDocument({ material: proof.material, content, logEntries, timestamps }, MEDIA_TYPE);
}

async function readOld(world: World, request: CreateBundleRequest): Promise<OldBundle | undefined> {
  const { bundle, certificate, signature, ignoresLog } = request;
  if (bundle === undefined) return undefined;
  const other = certificate === undefined ? (signature === undefined ? undefined : "--signature") : "--certificate";
  if (other !== undefined)
    throw new AmapError("USAGE", `--bundle and ${other} exclude each other: the bundle holds it`);
  const decoded = decodeOldBundle(await world.files.read(bundle, LIMITS.attachmentBytes));
  if (!decoded.ok) throw invalid(bundle, decoded.issues[0]);
  if (ignoresLog && decoded.value.logEntry !== undefined) {
    throw new AmapError("USAGE", `--ignore-tlog: ${bundle} holds a log's promise, which would be lost`, {
      hint: "Leave --ignore-tlog out: the log is then asked for the entry's proof.",
    });
  }
  return decoded.value;
}

function invalid(path: string, issue: { readonly path: string; readonly message: string } | undefined): AmapError {
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  return new AmapError("BUNDLE_INVALID", `${path}: ${place}${issue?.message ?? "malformed"}`);
}

async function readContent(
  world: World,
  request: CreateBundleRequest,
  old: OldBundle | undefined,
  artifact: Uint8Array,
): Promise<Bundle["content"]> {
  const envelope = await readEnvelope(world, request, old);
  if (envelope !== undefined) {
    const [signature] = envelope.signatures;
    // As cosign has it: one signature, and no key id.
    const signatures = signature === undefined ? [] : [{ sig: signature.sig }];
    return { kind: "envelope", envelope: { ...envelope, signatures } };
  }
  const signature = request.signature === undefined ? old?.signature : await readSignature(world, request.signature);
  if (signature === undefined) {
    throw new AmapError("USAGE", "expected --signature, --attestation or --bundle, found none of them");
  }
  const digest = { algorithm: "sha256", bytes: hashBytes("sha256", artifact) } as const;
  return { kind: "messageSignature", messageSignature: { digest, signature } };
}

/** The envelope that is attested, or that an old bundle holds in place of a signature. */
async function readEnvelope(
  world: World,
  { attestation }: CreateBundleRequest,
  old: OldBundle | undefined,
): Promise<Envelope | undefined> {
  if (attestation === undefined) {
    const decoded = old === undefined ? undefined : decodeEnvelope(old.signature);
    return decoded?.ok === true ? decoded.value : undefined;
  }
  const decoded = decodeEnvelope(await world.files.read(attestation, LIMITS.attachmentBytes));
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  throw new AmapError("ENVELOPE_INVALID", `${attestation}: ${issue?.path ?? ""} ${issue?.message ?? "malformed"}`);
}

async function readSignature(world: World, given: string): Promise<Uint8Array> {
  return decodeBase64(await readSignatureText(world, given)) ?? new Uint8Array();
}

/** Who signed, and by which key. */
interface Proof {
  readonly material: BundleMaterial;
  readonly publicKey: PublicKey;
  /** DER, of the certificate or the key, as a log's entry names it. */
  readonly der: Uint8Array;
}

async function readProof(world: World, request: CreateBundleRequest, old: OldBundle | undefined): Promise<Proof> {
  const certificate = await readCertificate(world, request, old);
  if (certificate !== undefined) {
    const decoded = decodeCertificate(certificate);
    if (!decoded.ok) throw new AmapError("CERTIFICATE_INVALID", decoded.issues[0]?.message ?? "malformed");
    const material = { kind: "certificate", certificate, intermediates: [] } as const;
    return { material, publicKey: decoded.value.publicKey(), der: certificate };
  }
  if (request.key === undefined) {
    throw new AmapError("USAGE", "expected --certificate or --key: a bundle names who signed, found neither");
  }
  const publicKey = readPublicKey((await readTrustedKey(world, request.key)).pem);
  const material = { kind: "publicKey", hint: encodeBase64(publicKey.keyId) } as const;
  return { material, publicKey, der: publicKey.spki };
}

/** The signer's certificate: of the flag, or of the old bundle, in which cosign keeps public keys, too. */
async function readCertificate(
  world: World,
  { certificate }: CreateBundleRequest,
  old: OldBundle | undefined,
): Promise<Uint8Array | undefined> {
  if (certificate !== undefined) return (await readCertificates(world, certificate))[0]?.der;
  const pem = old?.certificatePem;
  if (pem === undefined || pem.includes("BEGIN PUBLIC KEY")) return undefined;
  const decoded = decodeCertificatesPem(pem);
  if (decoded.ok) return decoded.value[0]?.der;
  throw new AmapError("CERTIFICATE_INVALID", `the old bundle: ${decoded.issues[0]?.message ?? "malformed"}`);
}

async function findEntry(
  world: World,
  request: CreateBundleRequest,
  content: Bundle["content"],
  { publicKey, der, material }: Proof,
): Promise<LogEntry> {
  const isCertificate = material.kind === "certificate";
  const signer = { key: der, isCertificate };
  const signed: SignedContent =
    content.kind === "envelope"
      ? {
          kind: "envelope",
          envelope: content.envelope,
          signature: content.envelope.signatures[0]?.sig ?? new Uint8Array(),
          ...signer,
        }
      : { kind: "message", ...content.messageSignature, ...signer };
  return findLogEntry(world, request.logUrl ?? PUBLIC_LOG, signed, publicKey.defaultScheme);
}
