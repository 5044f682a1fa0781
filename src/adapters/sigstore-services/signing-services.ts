import type { Clock, Entropy, HttpClient, SigningServices } from "../../ports/index.ts";
import { addLogEntry } from "./log-entries.ts";
import { requestTimestamp } from "./timestamps.ts";

/** What the services are reached with; the client is theirs. */
export interface SigningServicesOptions {
  readonly http: HttpClient;
  /** For timestamp authorities, where those are reached in another way than logs. */
  readonly timestampHttp?: HttpClient;
  readonly entropy: Entropy;
  readonly clock: Pick<Clock, "wait">;
}

/**
 * Timestamp authorities (RFC 3161 over HTTP) and transparency logs (Rekor's APIs v1 and v2). Redirects are not followed.
 *
 * @throws {AmapError} on use: SIGNING_SERVICE_FAILED, TIMEOUT, OFFLINE
 */
export function createSigningServices(options: SigningServicesOptions): SigningServices {
  const { http, timestampHttp = http, entropy, clock } = options;
  const services = { http, entropy, wait: (ms: number) => clock.wait(ms) };
  return {
    requestTimestamp: (url, bytes) => requestTimestamp({ ...services, http: timestampHttp }, url, bytes),
    addLogEntry: (log, signed, scheme) => addLogEntry(services, log, signed, scheme),
    close: async () => {
      await Promise.all([http.close(), ...(timestampHttp === http ? [] : [timestampHttp.close()])]);
    },
  };
}
