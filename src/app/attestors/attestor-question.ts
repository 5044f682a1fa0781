import { AmapError, type Value } from "../../base/index.ts";
import { readIdentity } from "./attestor-identity.ts";
import type { AttestorForm, AttestorQuestion, AttestorTerms, KeyHash, SignerTerms } from "./attestor-terms.ts";
import { PolicyFields } from "./policy-fields.ts";

const PLACE = "verifyImages";

/**
 * Reads the params of an `imageAttestor` fact. They hold what variables gave: what should be text and is none is refused,
 * and so is an empty text where it would stand for "anybody".
 * @throws {AmapError} POLICY_INVALID, EXPRESSION_INVALID; NOT_SUPPORTED for Notary and for keys in key services
 */
export function readAttestorQuestion(params: Value): AttestorQuestion {
  const fields = new PolicyFields(params, PLACE);
  const predicateType = fields.text("attestation");
  const form = readForm(fields.text("type"));
  return {
    image: fields.text("image"),
    form,
    terms: readAttestorTerms(fields.at("attestor"), { place: PLACE, form, isForStatements: predicateType !== "" }),
    annotations: fields.texts("annotations"),
    repository: fields.text("repository"),
    predicateType,
    readsReferrers: fields.flag("cosignOCI11"),
  };
}

function readForm(type: string): AttestorForm {
  if (type === "" || type === "Cosign") return "tags";
  if (type === "SigstoreBundle") return "bundles";
  const hint = "Sign the image with cosign, and write type: Cosign or SigstoreBundle.";
  throw new AmapError("NOT_SUPPORTED", `verifyImages: signatures of type ${type} are not verified yet`, { hint });
}

/**
 * Reads one attestor of a policy.
 * @throws {AmapError} as readAttestorQuestion
 */
export function readAttestorTerms(
  attestor: PolicyFields,
  asked: { readonly place: string; readonly form: AttestorForm; readonly isForStatements: boolean },
): AttestorTerms {
  const { place, form, isForStatements } = asked;
  const { kind, signer } = readSigner(attestor, form);
  const part = kind === undefined ? undefined : attestor.at(kind);
  const log = part?.at("rekor");
  const certificateLog = part?.at("ctlog");
  return {
    place,
    signer,
    ignoresLogs: log?.flag("ignoreTlog") ?? false,
    logKey: log?.text("pubkey") ?? "",
    logUrl: log?.text("url") ?? "",
    // Kyverno asks whoever makes a statement for none where the policy names no attestor.
    ignoresCertificateTimestamps: part === undefined ? isForStatements : (certificateLog?.flag("ignoreSCT") ?? false),
    certificateLogKey: certificateLog?.text("pubkey") ?? "",
    timestampChain: certificateLog?.text("tsaCertChain") ?? "",
  };
}

const KINDS = ["keys", "certificates", "keyless"] as const;

function readSigner(
  attestor: PolicyFields,
  form: AttestorForm,
): {
  readonly kind: (typeof KINDS)[number] | undefined;
  readonly signer: SignerTerms;
} {
  // As in Kyverno the first of them counts; a policy with two is refused when it is loaded.
  const kind = KINDS.find((each) => attestor.has(each));
  const part = kind === undefined ? undefined : attestor.at(kind);
  if (part !== undefined && kind === "keys") return { kind, signer: readKey(part) };
  if (part !== undefined && kind === "keyless")
    return { kind, signer: { kind: "identity", ...readIdentity(part, form) } };
  if (form === "bundles") throw attestor.refuse("", "expected keys or keyless: a bundle's signer is nobody else");
  if (part === undefined) return { kind, signer: { kind: "identity", identity: { anyone: true }, roots: "" } };
  return { kind, signer: readCertificate(part, attestor) };
}

function readCertificate(part: PolicyFields, attestor: PolicyFields): SignerTerms {
  const certificate = part.text("cert");
  const chain = part.text("certChain");
  if (certificate !== "") {
    // A chain's signer is verified with SHA-256, whatever the attestor says.
    const hash = chain === "" ? readHash(attestor) : "sha256";
    return { kind: "certificate", certificate, chain, hash };
  }
  if (chain !== "") return { kind: "identity", identity: { anyone: true }, roots: chain };
  throw part.refuse("", "expected cert or certChain, found neither");
}

function readKey(keys: PolicyFields): SignerTerms {
  const hash = readHash(keys);
  const text = keys.text("publicKeys").trim();
  if (text !== "") return { kind: "key", key: text, hash };
  if (keys.has("secret")) {
    const secret = keys.at("secret");
    return { kind: "key", key: `k8s://${secret.text("namespace")}/${secret.text("name")}`, hash };
  }
  // Kyverno takes a key that a variable left empty for none at all, and trusts whoever has a certificate.
  const service = keys.text("kms");
  if (service === "") throw keys.refuse("", "expected publicKeys, secret or kms, found none");
  return { kind: "key", key: service, hash };
}

const HASHES: ReadonlyMap<string, KeyHash> = new Map([
  ["", "sha256"],
  ["sha256", "sha256"],
  ["sha384", "sha384"],
  ["sha512", "sha512"],
]);

function readHash(fields: PolicyFields): KeyHash {
  const stated = fields.text("signatureAlgorithm");
  const hash = HASHES.get(stated);
  if (hash !== undefined) return hash;
  const message = `signatureAlgorithm: expected sha256, sha384 or sha512, found "${stated.slice(0, 40)}"`;
  throw new AmapError("NOT_SUPPORTED", message);
}
