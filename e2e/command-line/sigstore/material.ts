/** Signatures and attestations that cosign makes on the stage, keyless and with a key, in each form that it writes. */
import {
  emailClaims,
  type TokenClaims,
  WORKFLOW_CLAIMS,
} from "../../../src/testing/sigstore/services/identity-provider.ts";
import { type Ended, type Stage, succeed } from "./stage.ts";

/** Who signs: with a certificate for the claims of a token, or with a key. */
export interface Signer {
  readonly name: "person" | "workflow" | "key";
  readonly claims?: TokenClaims;
  /** Whom the certificate names. */
  readonly subject?: string;
}

export const SIGNERS: readonly Signer[] = [
  { name: "person", claims: emailClaims("dev@example.com"), subject: "dev@example.com" },
  {
    name: "workflow",
    claims: WORKFLOW_CLAIMS,
    subject: "https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main",
  },
  { name: "key" },
];

/**
 * How it is stored and what vouches for its time: a bundle with Rekor v2 and a token, a bundle with Rekor v1 and a
 * token, cosign's tags with Rekor v1, cosign's tags with a token alone.
 */
export const FORMS = ["bundle, Rekor v2", "bundle, Rekor v1", "tag, Rekor v1", "tag, token"] as const;
export type Form = (typeof FORMS)[number];

export const KINDS = ["signature", "attestation"] as const;
export type Kind = (typeof KINDS)[number];

export const PREDICATE_TYPE = "https://example.com/e2e/v1";

export function issuerOf(stage: Stage, signer: Signer): string {
  return signer.name === "person" ? stage.people.issuer : stage.workflows.issuer;
}

/** The words that sign in a form, beside what is signed. */
function signingWords(stage: Stage, form: Form, { name, claims }: Signer): readonly string[] {
  const provider = name === "person" ? stage.people : stage.workflows;
  const by =
    claims === undefined
      ? ["--key", stage.files.privateKey]
      : ["--identity-token", stage.write(`${name}.token`, provider.issueToken(claims))];
  const common = ["-y", ...by, "--trusted-root", stage.files.trustedRoot];
  if (form === "bundle, Rekor v2") return [...common, "--signing-config", stage.files.signingConfig];
  if (form === "bundle, Rekor v1") return [...common, "--signing-config", stage.files.signingConfigV1];
  const { fulcio, rekorV1, tsa } = stage.urls;
  const old = [...common, "--use-signing-config=false", "--new-bundle-format=false", `--fulcio-url=${fulcio}`];
  const log = form === "tag, Rekor v1" ? [`--rekor-url=${rekorV1}`] : ["--tlog-upload=false"];
  return [...old, ...log, ...(form === "tag, token" ? [`--timestamp-server-url=${tsa}`] : [])];
}

/** Has cosign sign or attest an image, by digest. */
export async function signImage(stage: Stage, image: string, kind: Kind, form: Form, signer: Signer): Promise<Ended> {
  const words = signingWords(stage, form, signer);
  if (kind === "signature") return succeed(stage.cosign("sign", ...words, image));
  const predicate = stage.write("predicate.json", '{"made":"by cosign"}');
  return succeed(stage.cosign("attest", ...words, "--type", PREDICATE_TYPE, "--predicate", predicate, image));
}

/** Has cosign sign or attest a file; returns the bundle's name. */
export async function signFile(stage: Stage, file: string, kind: Kind, form: Form, signer: Signer): Promise<string> {
  const bundle = `${file}.json`;
  const words = [...signingWords(stage, form, signer), "--bundle", bundle];
  if (kind === "signature") await succeed(stage.cosign("sign-blob", ...words, file));
  else {
    const predicate = stage.write("predicate.json", '{"made":"by cosign"}');
    await succeed(stage.cosign("attest-blob", ...words, "--type", PREDICATE_TYPE, "--predicate", predicate, file));
  }
  return bundle;
}

/** The words with which cosign verifies what it made; with `stranger`, as somebody else's. */
export function verifyingWords(stage: Stage, form: Form, signer: Signer, stranger = false): readonly string[] {
  const { subject } = signer;
  const by =
    subject === undefined
      ? ["--key", stranger ? stage.files.otherPublicKey : stage.files.publicKey]
      : ["--certificate-identity", stranger ? STRANGER : subject, "--certificate-oidc-issuer", issuerOf(stage, signer)];
  const time = form === "tag, token" ? ["--use-signed-timestamps", "--insecure-ignore-tlog"] : [];
  return ["--trusted-root", stage.files.trustedRoot, ...by, ...time];
}

export const STRANGER = "eve@example.com";
