import {
  type LogEntry,
  type ServiceSelection,
  type SignedContent,
  type SigningConfig,
  type SigningService,
  selectServices,
} from "../../attestation/index.ts";
import type { SignatureScheme } from "../../base/index.ts";
import type { Entropy } from "../../ports/index.ts";
import type { World } from "../world.ts";

/** What others say about a signature: that it was there, and when. */
export interface SignatureWitnesses {
  /** Each with an inclusion proof. */
  readonly logEntries: readonly LogEntry[];
  /** RFC 3161 responses, DER. */
  readonly timestamps: readonly Uint8Array[];
}

const TIMESTAMP_API = [1];
const LOG_APIS = [1, 2];

/**
 * Has a signature witnessed by the services of a signing configuration: a timestamp of each authority that is chosen,
 * then an entry in each log. A configuration without services of a kind asks for none. What comes back is not verified
 * yet: a bundle with it is verified like any other. `scheme` is what the signature was made with.
 * @throws {AmapError} SIGNING_CONFIG_INVALID, SIGNING_SERVICE_FAILED, KEY_UNSUPPORTED, TIMEOUT, OFFLINE
 */
export async function witnessSignature(
  world: Pick<World, "clock" | "entropy" | "openSigningServices">,
  config: SigningConfig,
  signed: SignedContent,
  scheme: SignatureScheme,
): Promise<SignatureWitnesses> {
  const now = world.clock.now();
  const choose = (
    services: readonly SigningService[],
    selection: ServiceSelection,
    apiVersions: readonly number[],
  ): readonly SigningService[] =>
    services.length === 0 ? [] : selectServices(services, selection, { apiVersions, now }, pickBy(world.entropy));
  const authorities = choose(config.timestampAuthorities, config.timestampSelection, TIMESTAMP_API);
  const logs = choose(config.transparencyLogs, config.logSelection, LOG_APIS);
  const services = await world.openSigningServices();
  try {
    const timestamps = await Promise.all(
      authorities.map(({ url }) => services.requestTimestamp(url, signed.signature)),
    );
    // Logs cannot take anything back, so they come last.
    const logEntries = await Promise.all(
      logs.map(({ url, majorApiVersion }) =>
        services.addLogEntry({ url, majorApiVersion: majorApiVersion === 1 ? 1 : 2 }, signed, scheme),
      ),
    );
    return { logEntries, timestamps };
  } finally {
    await services.close();
  }
}

/** Any of `count`, each as often as the others but for a billionth. */
function pickBy(entropy: Entropy): (count: number) => number {
  return (count) => {
    const number = entropy.bytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
    return number % count;
  };
}
