import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import type { CelValue } from "../../values/value.ts";
import { readCertificate, readCertificateRequest } from "./certificate.ts";
import { readCertificatePem } from "./certificate-pem.ts";
import { asGoDocument } from "./go-json.ts";

function decode(text: string, context: CelContext): CelValue {
  context.charge(text.length);
  const { label, bytes } = readCertificatePem("x509.decode", text);
  if (label === "CERTIFICATE") return asGoDocument(readCertificate(bytes), context);
  if (label === "CERTIFICATE REQUEST") return asGoDocument(readCertificateRequest(bytes), context);
  throw new CelError("invalid_argument", `x509.decode: the PEM block is a ${JSON.stringify(label)}, not a certificate`);
}

/** Kyverno's x509 library. It reads a certificate and verifies nothing. */
export const X509_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "x509.decode",
    args: [celTypes.string],
    result: celTypes.dyn,
    note: "The fields of a certificate or certificate request in PEM with an RSA key, named as in Go's x509 package. Nothing is verified.",
    example: 'x509.decode(object.spec.caBundle).Issuer.CommonName == "*.kyverno.svc"',
    since: "0.2.0",
    call: decode,
  }),
];
