import { jsonBytes, type SigningConfigJson } from "../json-shapes.ts";
import { createLocalSigstore, type LocalSigstore, type LocalSigstoreOptions } from "../local-sigstore.ts";
import { signingConfig } from "../trust-documents.ts";
import { serveFulcio } from "./fulcio-service.ts";
import { openHttpService, refusal, type ServiceRequest } from "./http-service.ts";
import { type IdentityProvider, openIdentityProvider } from "./identity-provider.ts";
import { serveRekorV1 } from "./rekor-v1-service.ts";
import { serveRekorV2 } from "./rekor-v2-service.ts";
import { serveTimestamps } from "./timestamp-service.ts";
import { createTufRepository, type TufRepository } from "./tuf-repository.ts";

/** Where each service is. */
export interface ServiceUrls {
  readonly issuer: string;
  readonly fulcio: string;
  readonly rekorV1: string;
  readonly rekorV2: string;
  /** With its path, as a signing config names it. */
  readonly tsa: string;
  readonly tuf: string;
}

/** A local Sigstore behind HTTP. */
export interface LocalServices {
  readonly sigstore: LocalSigstore;
  readonly urls: ServiceUrls;
  readonly provider: IdentityProvider;
  /** Its targets are `trusted_root.json` and `signing_config.v0.2.json`. */
  readonly tuf: TufRepository;
  signingConfig(): SigningConfigJson;
  /** All requests so far to one of the services, oldest first. */
  requestsTo(service: "fulcio" | "rekorV1" | "rekorV2" | "tsa" | "tuf"): readonly ServiceRequest[];
  close(): Promise<void>;
}

export interface LocalServicesOptions {
  /** Milliseconds since 1970; by default the machine's clock. */
  readonly now?: () => number;
  readonly sigstore?: LocalSigstoreOptions;
}

/** Opens all services on free ports of the loopback address. */
export async function openLocalServices(options: LocalServicesOptions = {}): Promise<LocalServices> {
  const { now = Date.now } = options;
  const provider = await openIdentityProvider(now);
  const names = ["fulcio", "rekorV1", "rekorV2", "tsa", "tuf"] as const;
  const [fulcio, rekorV1, rekorV2, tsa, tuf] = await Promise.all(names.map(openHttpService));
  if (!fulcio || !rekorV1 || !rekorV2 || !tsa || !tuf) throw new Error("a service did not open");
  const services = { fulcio, rekorV1, rekorV2, tsa, tuf };
  const urls: ServiceUrls = {
    issuer: provider.issuer,
    fulcio: fulcio.origin,
    rekorV1: rekorV1.origin,
    rekorV2: rekorV2.origin,
    tsa: `${tsa.origin}/api/v1/timestamp`,
    tuf: tuf.origin,
  };
  const sigstore = createLocalSigstore({
    at: now(),
    ...options.sigstore,
    urls: { fulcio: urls.fulcio, rekorV1: urls.rekorV1, rekorV2: urls.rekorV2, tsa: urls.tsa },
  });
  const configuration = (): SigningConfigJson =>
    signingConfig({ ...urls, oidc: urls.issuer, start: sigstore.fulcio.notBefore });
  const repository = createTufRepository({
    targets: new Map([
      ["trusted_root.json", jsonBytes(sigstore.trustedRoot())],
      ["signing_config.v0.2.json", jsonBytes(configuration())],
    ]),
    now: now(),
  });
  fulcio.serve(serveFulcio(sigstore.fulcio, provider, now));
  rekorV1.serve(serveRekorV1(sigstore.rekorV1, now));
  rekorV2.serve(serveRekorV2(sigstore.rekorV2, now));
  tsa.serve(serveTimestamps(sigstore.timestampAuthority, now));
  tuf.serve(({ url }) => {
    const body = repository.files.get(decodeURIComponent(url.pathname.slice(1)));
    return body === undefined ? refusal(404, "not found") : { status: 200, headers: {}, body };
  });
  return {
    sigstore,
    urls,
    provider,
    tuf: repository,
    signingConfig: configuration,
    requestsTo: (service) => services[service].requests,
    close: async () => {
      await Promise.all([provider.close(), ...Object.values(services).map((service) => service.close())]);
    },
  };
}
