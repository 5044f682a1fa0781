import assert from "node:assert/strict";
import {
  type Bundle,
  createBundleVerifier,
  decodeBundle,
  decodeTrustRoot,
  encodeStatement,
  type RefusedBundle,
  type TrustedIdentity,
  type TrustRoot,
  type VerifiedBundle,
  type VerifierOptions,
} from "../attestation/index.ts";
import { type Digest, type ErrorCode, encodeUtf8 } from "../base/index.ts";
import { testDigest, testStatement } from "./attestation-builders.ts";
import {
  type BundleJson,
  type BundleOptions,
  createLocalSigstore,
  jsonBytes,
  PERSON,
  type TrustedRootJson,
} from "./sigstore/local-sigstore.ts";

/** The local Sigstore of the bundle tests, what it signs, and whom they trust. */
export const sigstore = createLocalSigstore();
export const artifact = encodeUtf8("hello");
export const image = testDigest("image");
export const statement = testStatement(image, "https://openvex.dev/ns", { a: 1 });
export const payload = encodeStatement(statement);
export const person: TrustedIdentity = {
  name: "developer",
  subject: { exact: PERSON.subject.value },
  issuer: { exact: PERSON.issuer },
};

/** A root as the verifier takes it. */
export function rootOf(json: TrustedRootJson = sigstore.trustedRoot()): TrustRoot {
  const decoded = decodeTrustRoot(jsonBytes(json));
  assert.ok(decoded.ok, decoded.ok ? "" : JSON.stringify(decoded.issues));
  return decoded.value;
}

export const trustRoot = rootOf();

/** A bundle as the verifier takes it. */
export function bundleOf(json: BundleJson): Bundle {
  const decoded = decodeBundle(jsonBytes(json));
  assert.ok(decoded.ok, decoded.ok ? "" : JSON.stringify(decoded.issues));
  return decoded.value;
}

/** Verifies a bundle of {@link sign} or {@link signBlob}, trusting the person unless told otherwise. */
export function verifyJson(
  json: BundleJson,
  options: VerifierOptions = {},
  digests: readonly Digest[] = [image],
): VerifiedBundle | RefusedBundle {
  return createBundleVerifier({ trustRoot, identities: [person], ...options }).verify(
    bundleOf(json),
    json.messageSignature === undefined ? { kind: "digests", digests } : { kind: "bytes", bytes: artifact },
  );
}

/** A bundle of the statement. */
export function sign(options: Omit<BundleOptions, "content"> = {}): BundleJson {
  return sigstore.signBundle({ content: { payload }, ...options }).bundle;
}

/** A bundle of the artifact. */
export function signBlob(options: Omit<BundleOptions, "content"> = {}): BundleJson {
  return sigstore.signBundle({ content: { artifact }, ...options }).bundle;
}

/** That a bundle verifies, with every check passed. */
export function assertVerified(result: VerifiedBundle | RefusedBundle): VerifiedBundle {
  assert.ok(result.ok, result.ok ? "" : `${result.refusal.code}: ${result.refusal.message}`);
  assert.ok(result.checks.every(({ passed }) => passed));
  return result;
}

/** That a bundle is refused with a code, and that the failed check names the cause. */
export function assertRefused(result: VerifiedBundle | RefusedBundle, code: ErrorCode, message?: RegExp): void {
  assert.ok(!result.ok, "it verifies");
  assert.equal(result.refusal.code, code, result.refusal.message);
  if (message !== undefined) assert.match(result.refusal.message, message);
  assert.deepEqual(
    result.checks.filter(({ passed }) => !passed).map(({ found }) => found),
    [result.refusal.message],
  );
}
