/** The door of `adapters/sigstore-services`: timestamp authorities and transparency logs, over an HTTP client. */
export { createSigningServices, type SigningServicesOptions } from "./signing-services.ts";
