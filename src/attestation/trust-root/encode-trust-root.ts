import { AmapError, encodeBase64, encodeUtf8, formatTime, type ValueObject, writeJson } from "../../base/index.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { keyDetailsOf } from "../key-details.ts";
import {
  type CertificateAuthority,
  TRUST_ROOT_MEDIA_TYPES,
  type TransparencyLog,
  type TrustRoot,
  type ValidityPeriod,
} from "../trust-root.ts";
import { nameOf } from "./subject-name.ts";

/**
 * A trust root as JSON bytes on one line, byte for byte as cosign 3.1.3 `trusted-root create` writes it: each list by
 * the start of its validity. Always of version 0.1, also with the members of 0.2 (operators, ids of checkpoint keys):
 * cosign 3.1.3 reads those, but refuses the media type of 0.2.
 *
 * @throws {AmapError} KEY_UNSUPPORTED for a log's key that Sigstore has no name for
 * @see sigstore/protobuf-specs, sigstore_trustroot.proto
 * @example
 * ```ts
 * import { createTrustRoot, encodeTrustRoot } from "../index.ts";
 * encodeTrustRoot(createTrustRoot({})).length; // 73
 * ```
 */
export function encodeTrustRoot(root: TrustRoot): Uint8Array {
  return encodeUtf8(
    writeJson({
      mediaType: TRUST_ROOT_MEDIA_TYPES[0],
      ...list("tlogs", root.transparencyLogs, toLog),
      ...list("certificateAuthorities", root.certificateAuthorities, toAuthority),
      ...list("ctlogs", root.ctLogs, toLog),
      ...list("timestampAuthorities", root.timestampAuthorities, toAuthority),
    }),
  );
}

/** A list ordered by start; left out when it is empty, as protobuf does. */
function list<T extends { readonly validFor: ValidityPeriod }>(
  name: string,
  items: readonly T[],
  toValue: (item: T) => ValueObject,
): ValueObject {
  const sorted = items.toSorted((one, other) => (one.validFor.start ?? 0) - (other.validFor.start ?? 0));
  return sorted.length === 0 ? {} : { [name]: sorted.map(toValue) };
}

function toLog(log: TransparencyLog): ValueObject {
  const { baseUrl, keyId, checkpointKeyId, publicKey, signatureScheme, validFor, operator } = log;
  const details = keyDetailsOf(publicKey, signatureScheme);
  if (details === undefined) {
    const found = `${publicKey.algorithm} with ${signatureScheme}`;
    throw new AmapError("KEY_UNSUPPORTED", `expected a log's key that a trusted root can hold, found ${found}`);
  }
  return {
    ...text("baseUrl", baseUrl),
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: encodeBase64(publicKey.spki), keyDetails: details.name, validFor: toPeriod(validFor) },
    logId: { keyId: encodeBase64(keyId) },
    ...(checkpointKeyId && { checkpointKeyId: { keyId: encodeBase64(checkpointKeyId) } }),
    ...text("operator", operator),
  };
}

function toAuthority({ uri, chain, validFor, operator }: CertificateAuthority): ValueObject {
  const anchor = chain.at(-1) as Certificate;
  const { organization, commonName } = nameOf(anchor.subject);
  return {
    subject: { ...text("organization", organization), ...text("commonName", commonName) },
    ...text("uri", uri),
    certChain: { certificates: chain.map(({ der }) => ({ rawBytes: encodeBase64(der) })) },
    validFor: toPeriod(validFor),
    ...text("operator", operator),
  };
}

function text(name: string, value: string | undefined): ValueObject {
  return value === undefined || value === "" ? {} : { [name]: value };
}

function toPeriod({ start, end }: ValidityPeriod): ValueObject {
  return {
    ...(start === undefined ? {} : { start: formatTime(start) }),
    ...(end === undefined ? {} : { end: formatTime(end) }),
  };
}
