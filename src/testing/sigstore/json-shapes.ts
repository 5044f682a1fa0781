/**
 * What Sigstore's documents look like in JSON. The members can be written to: a test takes a copy, changes what it wants
 * to see refused, and encodes it.
 */

export interface InclusionProofJson {
  logIndex: string;
  rootHash: string;
  treeSize: string;
  hashes: string[];
  checkpoint: { envelope: string };
}

/** TransparencyLogEntry of protobuf-specs. */
export interface LogEntryJson {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: InclusionProofJson;
  canonicalizedBody: string;
}

export interface EnvelopeJson {
  payload: string;
  payloadType: string;
  signatures: { sig: string; keyid?: string }[];
}

export interface VerificationMaterialJson {
  certificate?: { rawBytes: string };
  x509CertificateChain?: { certificates: { rawBytes: string }[] };
  publicKey?: { hint: string };
  tlogEntries: LogEntryJson[];
  timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
}

export interface BundleJson {
  mediaType: string;
  verificationMaterial: VerificationMaterialJson;
  dsseEnvelope?: EnvelopeJson;
  messageSignature?: { messageDigest?: { algorithm: string; digest: string }; signature: string };
}

export interface ValidityJson {
  start?: string;
  end?: string;
}

/** TransparencyLogInstance of protobuf-specs. */
export interface LogInstanceJson {
  baseUrl: string;
  hashAlgorithm: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor?: ValidityJson };
  logId: { keyId: string };
  checkpointKeyId?: { keyId: string };
  operator?: string;
}

/** CertificateAuthority of protobuf-specs. */
export interface AuthorityJson {
  subject: { organization: string; commonName: string };
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor?: ValidityJson;
  operator?: string;
}

export interface TrustedRootJson {
  mediaType: string;
  tlogs: LogInstanceJson[];
  certificateAuthorities: AuthorityJson[];
  ctlogs: LogInstanceJson[];
  timestampAuthorities: AuthorityJson[];
}

export interface ServiceJson {
  url: string;
  majorApiVersion: number;
  validFor: ValidityJson;
  operator: string;
}

/** SigningConfig v0.2 of protobuf-specs. */
export interface SigningConfigJson {
  mediaType: string;
  caUrls: ServiceJson[];
  oidcUrls: ServiceJson[];
  rekorTlogUrls: ServiceJson[];
  rekorTlogConfig: { selector: string; count?: number };
  tsaUrls: ServiceJson[];
  tsaConfig: { selector: string; count?: number };
}

/** A document as UTF-8 bytes. */
export function jsonBytes(document: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(document)));
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
