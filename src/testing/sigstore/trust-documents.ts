import { noteKeyId } from "./checkpoint.ts";
import type { TestCtLog } from "./ct-log.ts";
import type { TestFulcio } from "./fulcio.ts";
import {
  type AuthorityJson,
  base64,
  type LogInstanceJson,
  type ServiceJson,
  type SigningConfigJson,
  type TrustedRootJson,
} from "./json-shapes.ts";
import type { TestTimestampAuthority } from "./timestamp-authority.ts";
import type { TestLog } from "./transparency-log.ts";

/** Whose keys and certificates a root holds. */
export interface TrustedParts {
  readonly certificateAuthorities: readonly TestFulcio[];
  readonly ctLogs: readonly TestCtLog[];
  readonly logs: readonly TestLog[];
  readonly timestampAuthorities: readonly TestTimestampAuthority[];
  /** When all of them begin to be trusted; milliseconds since 1970. */
  readonly start: number;
}

/** A TrustedRoot (protobuf-specs, sigstore_trustroot.proto). */
export function trustedRoot(parts: TrustedParts): TrustedRootJson {
  const validFor = { start: timeText(parts.start) };
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: parts.logs.map((log) => ({
      ...logInstance(log.baseUrl, log.key.spki, log.key.keyDetails, log.logId, validFor),
      ...(log.version === "v2" ? { checkpointKeyId: { keyId: base64(noteKeyId(log.signer)) } } : {}),
    })),
    certificateAuthorities: parts.certificateAuthorities.map(({ uri, chain }) =>
      authority(uri, "local fulcio", chain, validFor),
    ),
    ctlogs: parts.ctLogs.map(({ baseUrl, key }) => logInstance(baseUrl, key.spki, key.keyDetails, key.keyId, validFor)),
    timestampAuthorities: parts.timestampAuthorities.map(({ uri, chain }) =>
      authority(uri, "local tsa", chain, validFor),
    ),
  };
}

function logInstance(
  baseUrl: string,
  spki: Uint8Array,
  keyDetails: string,
  logId: Uint8Array,
  validFor: { readonly start: string },
): LogInstanceJson {
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(spki), keyDetails, validFor: { ...validFor } },
    logId: { keyId: base64(logId) },
  };
}

function authority(
  uri: string,
  commonName: string,
  chain: readonly Buffer[],
  validFor: { readonly start: string },
): AuthorityJson {
  return {
    subject: { organization: "local.sigstore.test", commonName },
    uri,
    certChain: { certificates: chain.map((certificate) => ({ rawBytes: base64(certificate) })) },
    validFor: { ...validFor },
  };
}

/** Where to sign: services by their URL. */
export interface ServiceParts {
  readonly fulcio?: string;
  readonly oidc?: string;
  readonly rekorV1?: string;
  readonly rekorV2?: string;
  readonly tsa?: string;
  readonly start: number;
}

/** A SigningConfig v0.2 that takes any of each kind. */
export function signingConfig({ fulcio, oidc, rekorV1, rekorV2, tsa, start }: ServiceParts): SigningConfigJson {
  const service = (url: string | undefined, majorApiVersion: number): ServiceJson[] =>
    url === undefined
      ? []
      : [{ url, majorApiVersion, validFor: { start: timeText(start) }, operator: "local.sigstore.test" }];
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: service(fulcio, 1),
    oidcUrls: service(oidc, 1),
    rekorTlogUrls: [...service(rekorV2, 2), ...service(rekorV1, 1)],
    rekorTlogConfig: { selector: "ANY" },
    tsaUrls: service(tsa, 1),
    tsaConfig: { selector: "ANY" },
  };
}

/** RFC 3339 to the second. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.000Z$/, "Z");
}
