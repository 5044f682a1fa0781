/** The door of `adapters/certificates`: the webhook's own authority and serving certificates. */
export { createCertificates } from "./certificates.ts";
