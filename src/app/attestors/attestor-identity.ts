import type { TextExpectation, TrustedIdentity } from "../../attestation/index.ts";
import { matchesWildcard } from "../../base/index.ts";
import { compileTextPattern } from "../../policy/index.ts";
import type { AttestorForm } from "./attestor-terms.ts";
import type { PolicyFields } from "./policy-fields.ts";

/**
 * Whose certificates a `keyless` attestor means, as Kyverno matches them. Signatures in tags: `subject`, `issuer` and the
 * values of extensions may hold `*` and `?`, and one of subject and subjectRegExp is enough, while issuer and issuerRegExp
 * must both hold; an attestor that names nothing means whomever the authorities certify. Bundles: texts are exact, all that
 * is named must hold, and subject and issuer must both be named.
 * @throws {AmapError} POLICY_INVALID for an empty text, and for bundles without subject or issuer; EXPRESSION_INVALID
 */
export function readIdentity(
  keyless: PolicyFields,
  form: AttestorForm,
): { readonly identity: TrustedIdentity; readonly roots: string } {
  const subject = readPair(keyless, "subject", form);
  const issuer = readPair(keyless, "issuer", form);
  if (form === "bundles" && (subject === undefined || issuer === undefined)) {
    throw keyless.refuse("", "expected a subject and an issuer: a bundle's signer is compared with both");
  }
  const extensions = keyless
    .texts("additionalExtensions")
    .map(([name, value]) => [name, form === "tags" ? wildcard(value) : { exact: value }] as const);
  return {
    identity: {
      anyone: true,
      ...(subject === undefined ? {} : { subject }),
      ...(issuer === undefined ? {} : { issuer }),
      ...(extensions.length === 0 ? {} : { extensions: Object.fromEntries(extensions) }),
    },
    roots: keyless.text("roots"),
  };
}

function readPair(keyless: PolicyFields, name: "subject" | "issuer", form: AttestorForm): TextExpectation | undefined {
  const text = keyless.namedText(name);
  const regexp = keyless.namedText(`${name}RegExp`);
  const plain = text === undefined ? undefined : form === "tags" ? wildcard(text) : ({ exact: text } as const);
  const pattern = regexp === undefined ? undefined : { regexp, matches: compileTextPattern(regexp) };
  if (plain === undefined || pattern === undefined) return plain ?? pattern;
  const isPlain = (found: string): boolean => ("exact" in plain ? plain.exact === found : plain.matches(found));
  const isEnough = name === "subject" && form === "tags";
  return {
    regexp: `${text} ${isEnough ? "or" : "and"} ${regexp}`,
    matches: (found) =>
      isEnough ? isPlain(found) || pattern.matches(found) : isPlain(found) && pattern.matches(found),
  };
}

function wildcard(text: string): TextExpectation {
  if (!/[*?]/.test(text)) return { exact: text };
  return { regexp: text, matches: (found) => matchesWildcard(text, found) };
}
