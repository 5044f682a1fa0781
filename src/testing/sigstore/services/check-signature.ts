import { constants, createHash, createPublicKey, type KeyObject, publicDecrypt, X509Certificate } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { RefusedRequest } from "./http-service.ts";

/** The key of a PEM block or DER: a certificate's or a bare one. */
export function readVerifier(bytes: Buffer): {
  readonly key: KeyObject;
  readonly isCertificate: boolean;
  readonly der: Buffer;
} {
  try {
    const isPem = bytes.subarray(0, 11).toString("latin1") === "-----BEGIN ";
    if (isPem ? bytes.includes("BEGIN CERTIFICATE") : isCertificate(bytes)) {
      const certificate = new X509Certificate(bytes);
      return { key: certificate.publicKey, isCertificate: true, der: certificate.raw };
    }
    const key = createPublicKey(isPem ? bytes.toString("utf8") : { key: bytes, format: "der", type: "spki" });
    return { key, isCertificate: false, der: key.export({ type: "spki", format: "der" }) };
  } catch {
    throw new RefusedRequest(400, "expected a public key or a certificate");
  }
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.length > 0;
  } catch {
    return false;
  }
}

const CURVES = { prime256v1: p256, secp384r1: p384, secp521r1: p521 };

/** Whether a key signed what has this digest; for Ed25519 that is Ed25519ph over a SHA-512. */
export function verifiesDigest(key: KeyObject, digest: Buffer, signature: Buffer): boolean {
  if (key.asymmetricKeyType === "rsa") {
    try {
      const decrypted = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
      return decrypted.subarray(-digest.length).equals(digest);
    } catch {
      return false;
    }
  }
  if (key.asymmetricKeyType === "ed25519") return verifiesPrehashed(key, digest, signature);
  const curve = CURVES[(key.asymmetricKeyDetails?.namedCurve ?? "") as keyof typeof CURVES];
  if (curve === undefined) throw new RefusedRequest(400, "this log does not know the kind of key");
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  try {
    return curve.verify(new Uint8Array(signature), new Uint8Array(digest), new Uint8Array(point), {
      prehash: false,
      lowS: false,
      format: "der",
    });
  } catch {
    return false;
  }
}

/** Ed25519ph with the digest in place of the message (RFC 8032 §5.1.7 with the prefix of §2). */
function verifiesPrehashed(key: KeyObject, digest: Buffer, signature: Buffer): boolean {
  const { Point } = ed25519;
  const publicBytes = Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url");
  const [first, second] = [signature.subarray(0, 32), signature.subarray(32)];
  try {
    const scalar = littleEndian(second);
    if (signature.length !== 64 || scalar >= Point.Fn.ORDER) return false;
    const prefix = Buffer.from("SigEd25519 no Ed25519 collisions\u0001\u0000", "latin1");
    const challenge = createHash("sha512")
      .update(Buffer.concat([prefix, first, publicBytes, digest]))
      .digest();
    const factor = littleEndian(challenge) % Point.Fn.ORDER;
    const right = Point.fromBytes(new Uint8Array(publicBytes)).multiplyUnsafe(factor);
    return Point.BASE.multiplyUnsafe(scalar).equals(Point.fromBytes(new Uint8Array(first)).add(right));
  } catch {
    return false;
  }
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

/** The name of a key's algorithm in protobuf-specs, with its hash. */
export function keyDetailsOf(key: KeyObject): {
  readonly keyDetails: string;
  readonly hash: "sha256" | "sha384" | "sha512";
} {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === "secp384r1") return { keyDetails: "PKIX_ECDSA_P384_SHA_384", hash: "sha384" };
  if (curve === "secp521r1") return { keyDetails: "PKIX_ECDSA_P521_SHA_512", hash: "sha512" };
  if (curve === "prime256v1") return { keyDetails: "PKIX_ECDSA_P256_SHA_256", hash: "sha256" };
  if (key.asymmetricKeyType === "ed25519") return { keyDetails: "PKIX_ED25519_PH", hash: "sha512" };
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  return { keyDetails: `PKIX_RSA_PKCS1V15_${bits}_SHA256`, hash: "sha256" };
}
