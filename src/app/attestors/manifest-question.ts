import { AmapError, listOf, type Value } from "../../base/index.ts";
import type { ManifestSignature } from "../../policy/index.ts";
import { readAttestorTerms } from "./attestor-question.ts";
import type { AttestorTerms } from "./attestor-terms.ts";
import { PolicyFields } from "./policy-fields.ts";

const PLACE = "validate.manifests";

/** What a `manifestSignature` fact asks. */
export interface ManifestQuestion {
  /** The annotation. */
  readonly message: string;
  readonly signatures: readonly ManifestSignature[];
  readonly terms: AttestorTerms;
}

/**
 * Reads the params of a `manifestSignature` fact, as readAttestorQuestion reads those of an image.
 * @throws {AmapError} POLICY_INVALID, EXPRESSION_INVALID; NOT_SUPPORTED for images of manifests and for PGP keys
 */
export function readManifestQuestion(params: Value): ManifestQuestion {
  const fields = new PolicyFields(params, PLACE);
  const repository = fields.text("repository");
  if (repository !== "") {
    throw new AmapError("NOT_SUPPORTED", `${PLACE}.repository: manifests in images are not looked at`, {
      hint: "Sign the manifest into its annotations, and leave repository out of the policy.",
    });
  }
  const attestor = fields.at("attestor");
  if (attestor.at("keys").text("publicKeys").includes("BEGIN PGP")) {
    throw new AmapError("NOT_SUPPORTED", `${PLACE}: keys of PGP are not supported`, {
      hint: "Sign the manifest with a key of cosign's.",
    });
  }
  return {
    message: fields.text("message"),
    signatures: listOf(params, "signatures").map((each) => {
      const signature = new PolicyFields(each, `${PLACE}.signatures`);
      return {
        signature: signature.text("signature"),
        certificate: signature.text("certificate"),
        bundle: signature.text("bundle"),
      };
    }),
    terms: readAttestorTerms(attestor, { place: PLACE, form: "tags", isForStatements: false }),
  };
}
