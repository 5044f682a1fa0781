import { type EdDSA, eddsa, edwards } from "@noble/curves/abstract/edwards.js";
import { type ECDSA, ecdsa, type WeierstrassOpts, weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { hashBytes } from "./hash.ts";
import type { PublicKeyAlgorithm } from "./signature-scheme.ts";
import { concatBytes, encodeUtf8 } from "./text.ts";

/**
 * The curves of @noble/curves, each made when it is first used. The library's own modules make all of theirs, and more,
 * when they are loaded: a share of the program's start that few runs need.
 */

/** The curves of NIST over primes (SP 800-186 §3.2.1), in hex. */
const PARAMETERS = {
  "ecdsa-p256": {
    p: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    n: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
  },
  "ecdsa-p384": {
    p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    n: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    x: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
    y: "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
  },
  "ecdsa-p521": {
    p: `1ff${"f".repeat(128)}`,
    n: `1ff${"f".repeat(63)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
    b: "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    x: "c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
    y: "11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
  },
} as const satisfies Partial<Record<PublicKeyAlgorithm, Readonly<Record<"p" | "n" | "b" | "x" | "y", string>>>>;

/** Algorithms whose curve is one of NIST's. */
export type NistAlgorithm = keyof typeof PARAMETERS;

const number = (hex: string): bigint => BigInt(`0x${hex}`);
const nistCurves = new Map<NistAlgorithm, ECDSA>();

/** ECDSA on the curve of an algorithm, for signatures over digests. */
export function ecdsaOn(algorithm: NistAlgorithm): ECDSA {
  const known = nistCurves.get(algorithm);
  if (known !== undefined) return known;
  const { p, n, b, x, y } = PARAMETERS[algorithm];
  const prime = number(p);
  const options: WeierstrassOpts<bigint> = {
    p: prime,
    n: number(n),
    h: 1n,
    a: prime - 3n,
    b: number(b),
    Gx: number(x),
    Gy: number(y),
  };
  const curve = ecdsa(weierstrass(options), UNUSED_HASH);
  nistCurves.set(algorithm, curve);
  return curve;
}

/** The library wants a hash for messages; digests come hashed, and nothing is signed here. */
const UNUSED_HASH = Object.assign((bytes: Uint8Array) => hashBytes("sha256", bytes), {
  outputLen: 32,
  blockLen: 64,
  canXOF: false,
  create: (): never => {
    throw new Error("nothing is signed here");
  },
});

/** dom2 of RFC 8032 §2 with the flag of a prehashed message and an empty context. */
const ED25519PH_DOMAIN = concatBytes([encodeUtf8("SigEd25519 no Ed25519 collisions"), Uint8Array.of(1, 0)]);

let ed25519ph: EdDSA | undefined;

/** Ed25519ph (RFC 8032 §5.1) whose message is hashed already. */
export function prehashedEd25519(): EdDSA {
  // edwards25519, RFC 8032 §5.1.
  ed25519ph ??= eddsa(
    edwards({
      p: 2n ** 255n - 19n,
      n: 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n,
      h: 8n,
      a: 2n ** 255n - 20n,
      d: number("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"),
      Gx: number("216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a"),
      Gy: number("6666666666666666666666666666666666666666666666666666666666666658"),
    }),
    (bytes: Uint8Array) => hashBytes("sha512", bytes),
    {
      domain: (data: Uint8Array) => concatBytes([ED25519PH_DOMAIN, data]),
      prehash: (digest: Uint8Array) => digest,
      zip215: false,
    },
  );
  return ed25519ph;
}
