import type { PublicKey, PublicKeyAlgorithm, SignatureScheme } from "../base/index.ts";

/** A kind of key with its signature scheme, as Sigstore names them (sigstore_common.proto, PublicKeyDetails). */
export interface KeyDetails {
  readonly name: string;
  /** The enum's number, which protobuf's JSON form allows as well. */
  readonly number: number;
  readonly algorithm: PublicKeyAlgorithm;
  /** Of an RSA modulus, where the name fixes it. */
  readonly bits?: number;
  readonly scheme: SignatureScheme;
  /** What the scheme hashes with; absent for plain Ed25519. */
  readonly hash?: "sha256" | "sha384" | "sha512";
  /** How the key is written: SubjectPublicKeyInfo, or PKCS #1 in the oldest trust roots. */
  readonly form: "pkix" | "pkcs1";
}

/** Every kind that is read; of several for one key and scheme, the first that fits is written. */
const ROWS: readonly KeyDetails[] = [
  row("PKIX_ECDSA_P256_SHA_256", 5, "ecdsa-p256", "ecdsa-sha256"),
  row("PKIX_ECDSA_P384_SHA_384", 12, "ecdsa-p384", "ecdsa-sha384"),
  row("PKIX_ECDSA_P521_SHA_512", 13, "ecdsa-p521", "ecdsa-sha512"),
  row("PKIX_ECDSA_P384_SHA_256", 19, "ecdsa-p384", "ecdsa-sha256"),
  row("PKIX_ECDSA_P521_SHA_256", 20, "ecdsa-p521", "ecdsa-sha256"),
  row("PKIX_ED25519", 7, "ed25519", "ed25519"),
  row("PKIX_ED25519_PH", 8, "ed25519", "ed25519ph"),
  row("PKIX_RSA_PKCS1V15_2048_SHA256", 9, "rsa", "rsa-pkcs1-sha256", 2048),
  row("PKIX_RSA_PKCS1V15_3072_SHA256", 10, "rsa", "rsa-pkcs1-sha256", 3072),
  row("PKIX_RSA_PKCS1V15_4096_SHA256", 11, "rsa", "rsa-pkcs1-sha256", 4096),
  row("PKIX_RSA_PSS_2048_SHA256", 16, "rsa", "rsa-pss-sha256", 2048),
  row("PKIX_RSA_PSS_3072_SHA256", 17, "rsa", "rsa-pss-sha256", 3072),
  row("PKIX_RSA_PSS_4096_SHA256", 18, "rsa", "rsa-pss-sha256", 4096),
  row("PKIX_RSA_PKCS1V5", 3, "rsa", "rsa-pkcs1-sha256"),
  row("PKIX_RSA_PSS", 4, "rsa", "rsa-pss-sha256"),
  { ...row("PKCS1_RSA_PKCS1V5", 1, "rsa", "rsa-pkcs1-sha256"), form: "pkcs1" },
  { ...row("PKCS1_RSA_PSS", 2, "rsa", "rsa-pss-sha256"), form: "pkcs1" },
];

function row(
  name: string,
  number: number,
  algorithm: PublicKeyAlgorithm,
  scheme: SignatureScheme,
  bits?: number,
): KeyDetails {
  const hash = hashOf(scheme);
  return {
    name,
    number,
    algorithm,
    scheme,
    form: "pkix",
    ...(bits === undefined ? {} : { bits }),
    ...(hash === undefined ? {} : { hash }),
  };
}

function hashOf(scheme: SignatureScheme): KeyDetails["hash"] {
  if (scheme === "ed25519") return undefined;
  return scheme === "ed25519ph" ? "sha512" : (scheme.slice(-6) as KeyDetails["hash"]);
}

/** Every kind of key by the enum's name, and by its number as text. */
export const KEY_DETAILS: ReadonlyMap<string, KeyDetails> = new Map(
  ROWS.flatMap((details) => [
    [details.name, details],
    [String(details.number), details],
  ]),
);

/** The kind that a key with this scheme is written as; undefined for one that Sigstore has no name for. */
export function keyDetailsOf(
  { algorithm, bits }: Pick<PublicKey, "algorithm" | "bits">,
  scheme: SignatureScheme,
): KeyDetails | undefined {
  return ROWS.find(
    (details) =>
      details.algorithm === algorithm &&
      details.scheme === scheme &&
      details.form === "pkix" &&
      (details.bits === undefined || details.bits === bits),
  );
}
