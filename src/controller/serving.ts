import type { Certificates, Enforcement } from "../app/index.ts";
import { parseTime } from "../base/index.ts";
import type { CertificateState } from "./certificates-plan.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { ListenAddress } from "./options.ts";
import { createReviewHandlers, type ReviewHandling } from "./webhook/handlers.ts";
import { startWebhookServer, type WebhookServer } from "./webhook/server.ts";

/** The webhook server with the certificate that it serves with. */
export interface Serving {
  /** Undefined until there was a certificate to listen with. */
  port(): number | undefined;
  /** PEM of the certificate in use. */
  certificatePem(): string | undefined;
  /** Serves with the pair of the Secret, if it is one; else the pair in use stays. */
  use(state: CertificateState): Promise<void>;
  drain(): void;
  close(withinMs: number): Promise<void>;
}

export interface ServingOptions extends Pick<ReviewHandling, "knowNamespace" | "onReviewed"> {
  readonly certificates: Pick<Certificates, "read">;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly listen: ListenAddress;
  readonly enforcement: Enforcement;
  readonly isReady: () => boolean;
  /** The server has begun to listen. */
  readonly onListening: () => void;
}

/** A webhook server that starts with the first certificate and changes to each later one without a closed connection. */
export function createServing(options: ServingOptions): Serving {
  const { certificates, log, metrics } = options;
  let server: WebhookServer | undefined;
  let inUse: string | undefined;
  let isClosed = false;

  const useNow = async (state: CertificateState): Promise<void> => {
    const { serving, authority } = state;
    if (serving === undefined || serving.certificatePem === inUse || isClosed) return;
    const found = certificates.read(serving.certificatePem, authority?.certificatePem);
    if (!found.matches(serving.privateKeyPem)) {
      return log.warn({}, "the Secret's serving pair does not belong together; the one in use stays");
    }
    if (server === undefined) {
      const handlers = createReviewHandlers(options);
      server = await startWebhookServer({ ...options, pair: serving, handlers });
      options.onListening();
    } else server.usePair(serving);
    inUse = serving.certificatePem;
    metrics.certificateExpiry((parseTime(found.notAfter) ?? 0) / 1_000);
    log.info({ notAfter: found.notAfter, port: server.port }, "the webhook serves with a new certificate");
  };

  let last = Promise.resolve();
  return {
    port: () => server?.port,
    certificatePem: () => inUse,
    use: (state) => {
      // One after the other: two at once would start two servers.
      const next = last.then(() => useNow(state));
      last = next.catch(() => undefined);
      return next;
    },
    drain: () => server?.drain(),
    close: async (withinMs) => {
      isClosed = true;
      await last;
      await server?.close(withinMs);
    },
  };
}
