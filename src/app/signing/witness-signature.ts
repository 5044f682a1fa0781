import {
  type LogEntry,
  matchLogEntry,
  type ServiceSelection,
  type SignedContent,
  type SigningConfig,
  type SigningService,
  selectServices,
  type TrustRoot,
  verifyLogEntry,
  verifyTimestamp,
} from "../../attestation/index.ts";
import { AmapError, type SignatureScheme } from "../../base/index.ts";
import type { Entropy } from "../../ports/index.ts";
import type { TlsMaterial, World } from "../world.ts";
import { shownReference } from "./key-reference.ts";

/** What others say about a signature: that it was there, and when. */
export interface SignatureWitnesses {
  /** Each with an inclusion proof. */
  readonly logEntries: readonly LogEntry[];
  /** RFC 3161 responses, DER. */
  readonly timestamps: readonly Uint8Array[];
}

/** Who witnesses a signature, and whether what they say is believed. */
export interface WitnessRequest {
  readonly signingConfig: SigningConfig;
  /** Logs and authorities that are trusted: with them every answer is verified, and one that does not verify is a failure. */
  readonly trustRoot?: TrustRoot;
  /** How timestamp authorities are reached. */
  readonly timestampTls?: TlsMaterial;
  /** What timestamps are over, where that is not the signature: cosign's tags of attestations. */
  readonly timestamped?: Uint8Array;
}

const TIMESTAMP_API = [1];
const LOG_APIS = [1, 2];

/**
 * Has a signature witnessed by the services of a signing configuration: a timestamp of each authority that is chosen,
 * then an entry in each log. A configuration without services of a kind asks for none. With a trust root each answer is
 * verified, the authorities' before any log is asked; without one an answer must be about the signature, and no more is
 * known of it. `scheme` is what the signature was made with.
 * @throws {AmapError} SIGNING_CONFIG_INVALID, SIGNING_SERVICE_FAILED, KEY_UNSUPPORTED, TIMEOUT, OFFLINE
 */
export async function witnessSignature(
  world: Pick<World, "clock" | "entropy" | "openSigningServices">,
  request: WitnessRequest,
  signed: SignedContent,
  scheme: SignatureScheme,
): Promise<SignatureWitnesses> {
  const { signingConfig: config, trustRoot, timestampTls, timestamped = signed.signature } = request;
  const now = world.clock.now();
  const choose = (
    services: readonly SigningService[],
    selection: ServiceSelection,
    apiVersions: readonly number[],
  ): readonly SigningService[] =>
    services.length === 0 ? [] : selectServices(services, selection, { apiVersions, now }, pickBy(world.entropy));
  const authorities = choose(config.timestampAuthorities, config.timestampSelection, TIMESTAMP_API);
  const logs = choose(config.transparencyLogs, config.logSelection, LOG_APIS);
  const services = await world.openSigningServices(timestampTls === undefined ? {} : { timestampTls });
  try {
    const timestamps = await Promise.all(
      authorities.map(async ({ url }) => {
        const timestamp = await services.requestTimestamp(url, timestamped);
        if (trustRoot !== undefined) checkTimestamp(url, timestamp, timestamped, trustRoot);
        return timestamp;
      }),
    );
    // Logs cannot take anything back, so they come last.
    const logEntries = await Promise.all(
      logs.map(async ({ url, majorApiVersion }) => {
        const version = majorApiVersion === 1 ? 1 : 2;
        const entry = await services.addLogEntry({ url, majorApiVersion: version }, signed, scheme);
        checkLogEntry(url, entry, signed, trustRoot);
        return entry;
      }),
    );
    return { logEntries, timestamps };
  } finally {
    await services.close();
  }
}

function checkTimestamp(url: string, timestamp: Uint8Array, over: Uint8Array, root: TrustRoot): void {
  const verified = verifyTimestamp(timestamp, over, root.timestampAuthorities);
  if (!verified.ok) throw refuseAnswer(url, "timestamp does not verify with the trusted root", verified.refusal);
}

/** Without a trusted root an entry must at least be about the signature: a bundle with another one never verifies. */
function checkLogEntry(url: string, entry: LogEntry, signed: SignedContent, root: TrustRoot | undefined): void {
  if (root === undefined) {
    const matched = matchLogEntry(entry, signed);
    if (!matched.ok) throw refuseAnswer(url, "log entry is not about the signature", matched.refusal);
    return;
  }
  const verified = verifyLogEntry(entry, signed, root, { proof: "proof" });
  if (!verified.ok) throw refuseAnswer(url, "log entry does not verify with the trusted root", verified.refusal);
}

function refuseAnswer(
  url: string,
  what: string,
  refusal: { readonly code: string; readonly message: string },
): AmapError {
  const message = `${shownReference(url)}: the ${what}: ${refusal.message} (${refusal.code})`;
  return new AmapError("SIGNING_SERVICE_FAILED", message, {
    hint: "Nothing was stored. Pass the --trusted-root of these services, or ask other services.",
  });
}

/** Any of `count`, each as often as the others but for a billionth. */
function pickBy(entropy: Entropy): (count: number) => number {
  return (count) => {
    const number = entropy.bytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
    return number % count;
  };
}
