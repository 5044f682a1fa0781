import type { Value } from "../../../../base/index.ts";
import { CelError } from "../../cel/error.ts";
import { readCertificate, readCertificateRequest } from "../../cel/functions/kyverno/certificate.ts";
import { readCertificatePem } from "../../cel/functions/kyverno/certificate-pem.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { STRING, textArgument } from "./arguments.ts";
import { failed } from "./failure.ts";
import { certificateFields, requestFields } from "./x509-fields.ts";

/** The words of the reader that CEL shares, without the name of CEL's function. */
const PREFIX = /^x509[._]decode: /;

function decode(args: readonly Value[], context: JmesContext): Value {
  const text = textArgument("x509_decode", args, 0);
  context.charge(text.length);
  try {
    return decodePem(text);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const words = error.message.replace(PREFIX, "");
    throw failed(words === NO_BLOCK ? "failed to decode PEM block" : words, error);
  }
}

const NO_BLOCK = "the text holds no PEM block";

function decodePem(text: string): Value {
  const { label, bytes } = readCertificatePem("x509_decode", text);
  if (label === "CERTIFICATE") {
    const fields = certificateFields(bytes);
    return { ...(readCertificate(bytes) as object), ...fields };
  }
  if (label === "CERTIFICATE REQUEST") {
    const fields = requestFields(bytes);
    return { ...(readCertificateRequest(bytes) as object), ...fields };
  }
  throw failed("PEM block neither contains a CERTIFICATE or CERTIFICATE REQUEST");
}

/** The smallest of certificates, with a key of 12 bits. */
const EXAMPLE = `-----BEGIN CERTIFICATE-----
MIGAMGsCAQEwDQYJKoZIhvcNAQELBQAwDDEKMAgGA1UEAwwBYTAeFw0yNjAxMDEwMDAwMDBaFw0yNzAxMDEwMDAwMDBaMAwxCjAIBgNVBAMM
AWEwGzANBgkqhkiG9w0BAQEFAAMKADAHAgIMoQIBETANBgkqhkiG9w0BAQsFAAMCAAA=
-----END CERTIFICATE-----`;

/** Kyverno's function over certificates. It reads them and verifies nothing. */
export const X509_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "x509_decode",
    args: [STRING],
    result: "object",
    note: "The fields of a certificate or certificate request in PEM with an RSA key, named as in Go's x509 package. Nothing is verified.",
    example: `x509_decode('${EXAMPLE}').Subject.CommonName == 'a'`,
    since: "0.2.0",
    call: decode,
  },
];
