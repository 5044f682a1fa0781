import { type Decoded, decodeUtf8, type Issue, isAmapError } from "../../base/index.ts";
import { readDer } from "../der/der.ts";
import { readString } from "../der/der-values.ts";
import { quoteText } from "../quote-text.ts";
import { type Refused, refuse } from "../refusal.ts";
import type { Certificate } from "./certificate.ts";

/** Whether an extension holds DER, or bare text as Fulcio's first ones do. */
interface ExtensionRow {
  readonly oid: string;
  readonly isBareText?: true;
}

/** What Fulcio states in a certificate beside the name, by the names that Sigstore's libraries print. */
export const FULCIO_EXTENSIONS = {
  issuer: { oid: "1.3.6.1.4.1.57264.1.8" },
  githubWorkflowTrigger: { oid: "1.3.6.1.4.1.57264.1.2", isBareText: true },
  githubWorkflowSHA: { oid: "1.3.6.1.4.1.57264.1.3", isBareText: true },
  githubWorkflowName: { oid: "1.3.6.1.4.1.57264.1.4", isBareText: true },
  githubWorkflowRepository: { oid: "1.3.6.1.4.1.57264.1.5", isBareText: true },
  githubWorkflowRef: { oid: "1.3.6.1.4.1.57264.1.6", isBareText: true },
  buildSignerURI: { oid: "1.3.6.1.4.1.57264.1.9" },
  buildSignerDigest: { oid: "1.3.6.1.4.1.57264.1.10" },
  runnerEnvironment: { oid: "1.3.6.1.4.1.57264.1.11" },
  sourceRepositoryURI: { oid: "1.3.6.1.4.1.57264.1.12" },
  sourceRepositoryDigest: { oid: "1.3.6.1.4.1.57264.1.13" },
  sourceRepositoryRef: { oid: "1.3.6.1.4.1.57264.1.14" },
  sourceRepositoryIdentifier: { oid: "1.3.6.1.4.1.57264.1.15" },
  sourceRepositoryOwnerURI: { oid: "1.3.6.1.4.1.57264.1.16" },
  sourceRepositoryOwnerIdentifier: { oid: "1.3.6.1.4.1.57264.1.17" },
  buildConfigURI: { oid: "1.3.6.1.4.1.57264.1.18" },
  buildConfigDigest: { oid: "1.3.6.1.4.1.57264.1.19" },
  buildTrigger: { oid: "1.3.6.1.4.1.57264.1.20" },
  runInvocationURI: { oid: "1.3.6.1.4.1.57264.1.21" },
  sourceRepositoryVisibilityAtSigning: { oid: "1.3.6.1.4.1.57264.1.22" },
  deploymentEnvironment: { oid: "1.3.6.1.4.1.57264.1.23" },
  tokenSubject: { oid: "1.3.6.1.4.1.57264.1.24" },
} as const satisfies Record<string, ExtensionRow>;

/** A name of {@link FULCIO_EXTENSIONS}. */
export type FulcioExtension = keyof typeof FULCIO_EXTENSIONS;

/** Where the issuer stood before it was DER. Fulcio writes both. */
const OLD_ISSUER = "1.3.6.1.4.1.57264.1.1";

/** Names that cosign and Kyverno use where they differ. */
const ALIASES: ReadonlyMap<string, FulcioExtension> = new Map([
  ["githubWorkflowSha", "githubWorkflowSHA"],
  ["oidcIssuer", "issuer"],
]);

const NAMES: ReadonlyMap<string, FulcioExtension> = new Map(
  Object.entries(FULCIO_EXTENSIONS).flatMap(([name, { oid }]) => [
    [name, name as FulcioExtension],
    [oid, name as FulcioExtension],
  ]),
);

const OID = /^[0-2](?:\.(?:0|[1-9][0-9]*))+$/;

/** Whom a certificate was issued to. */
export interface CertificateIdentity {
  /** Every alternative name's text, in the certificate's order; an expectation may match any of them. */
  readonly subjects: readonly string[];
  /** The OIDC issuer that vouched for the subject, where the certificate states one. */
  readonly issuer?: string;
  /** What the certificate states of {@link FULCIO_EXTENSIONS}, by name. */
  readonly extensions: Readonly<Partial<Record<FulcioExtension, string>>>;
  /** The text of any extension, by object identifier: for expectations that name one. Undefined when it has none. */
  readonly extensionText: (oid: string) => string | undefined;
}

/**
 * A condition on one text. `matches` is the compiled `regexp`. Whoever compiles it decides where it is anchored: cosign's
 * flags are not anchored, everything of amap's own is.
 */
export type TextExpectation =
  | { readonly exact: string }
  | { readonly regexp: string; readonly matches: (text: string) => boolean };

/** One identity that is trusted: all that it names must hold, and it must name something. */
export interface IdentityExpectation {
  /** Whomever a trusted authority names, within what else is expected. Without it an expectation must name something. */
  readonly anyone?: true;
  readonly subject?: TextExpectation;
  readonly issuer?: TextExpectation;
  /** By a name of {@link FULCIO_EXTENSIONS}, by cosign's name, or by object identifier in dotted decimal. */
  readonly extensions?: Readonly<Record<string, TextExpectation>>;
}

/**
 * Whom a certificate was issued to, or what is wrong with its extensions (CERTIFICATE_INVALID): text that is none, or an
 * old and a new statement of the issuer that differ.
 *
 * @see Fulcio, docs/oid-info.md
 * @example
 * ```ts
 * import { type Certificate, describeSigner } from "../index.ts";
 * const subjectsOf = (certificate: Certificate) => {
 *   const signer = describeSigner(certificate);
 *   return signer.ok ? signer.value.subjects : [];
 * };
 * ```
 */
export function describeSigner(certificate: Certificate): Decoded<CertificateIdentity> {
  const issues: Issue[] = [];
  const extensions: Partial<Record<FulcioExtension, string>> = {};
  for (const [name, row] of Object.entries(FULCIO_EXTENSIONS) as [FulcioExtension, ExtensionRow][]) {
    const value = certificate.extensions.get(row.oid)?.value;
    if (value === undefined) continue;
    const text = row.isBareText === true ? decodeUtf8(value) : readDerText(value);
    if (text !== undefined) extensions[name] = text;
    else issues.push(issue(name, `expected text in the extension ${row.oid}, found something else`));
  }
  const oldValue = certificate.extensions.get(OLD_ISSUER)?.value;
  if (oldValue !== undefined) {
    const oldIssuer = decodeUtf8(oldValue);
    if (oldIssuer === undefined) issues.push(issue("issuer", `expected text in the extension ${OLD_ISSUER}`));
    else if (oldIssuer !== (extensions.issuer ?? oldIssuer)) {
      const both = `${quoteText(oldIssuer)} and ${quoteText(extensions.issuer)}`;
      issues.push(issue("issuer", `expected one issuer in both of its extensions, found ${both}`));
    } else extensions.issuer = oldIssuer;
  }
  if (issues.length > 0) return { ok: false, issues };
  const { issuer } = extensions;
  return {
    ok: true,
    value: {
      subjects: certificate.subjectAlternativeNames.map(({ value }) => value),
      ...(issuer === undefined ? {} : { issuer }),
      extensions,
      extensionText: (oid) => textOf(certificate, oid),
    },
  };
}

/** DER text where it is some, else bare text. */
function textOf({ extensions }: Certificate, oid: string): string | undefined {
  const value = extensions.get(oid)?.value;
  return value === undefined ? undefined : (readDerText(value) ?? decodeUtf8(value));
}

function readDerText(value: Uint8Array): string | undefined {
  try {
    return readString(readDer(value));
  } catch (error) {
    if (!isAmapError(error, "DER_INVALID")) throw error;
    return undefined;
  }
}

function issue(path: string, message: string): Issue {
  return { code: "CERTIFICATE_INVALID", path, message };
}

/** How many trusted identities one message tells about. */
const SHOWN_IDENTITIES = 5;

/**
 * Which of several trusted identities a certificate has: the index of the first that matches, or IDENTITY_MISMATCH with
 * every field of each that differs. An expectation that names nothing, or an extension by a name that is not known,
 * matches no certificate.
 *
 * @example
 * ```ts
 * import { matchIdentity } from "../index.ts";
 * const identity = { subjects: ["dev@example.com"], extensions: {}, extensionText: () => undefined };
 * matchIdentity(identity, [{ subject: { exact: "dev@example.com" } }]); // { ok: true, matched: 0 }
 * ```
 */
export function matchIdentity(
  identity: CertificateIdentity,
  expectations: readonly IdentityExpectation[],
): { readonly ok: true; readonly matched: number } | Refused {
  const told: string[] = [];
  for (const [matched, expectation] of expectations.entries()) {
    const differences = differencesOf(identity, expectation);
    if (differences.length === 0) return { ok: true, matched };
    if (told.length < SHOWN_IDENTITIES) told.push(differences.join(" and "));
  }
  if (told.length === 0) return refuse("IDENTITY_MISMATCH", "expected a trusted identity to compare with, found none");
  const more =
    expectations.length > told.length ? `; and ${expectations.length - told.length} more identities differ` : "";
  return refuse("IDENTITY_MISMATCH", `${told.join("; or ")}${more}`);
}

/** Each field that does not hold, in words; nothing for an identity that is the one expected. */
function differencesOf(identity: CertificateIdentity, expectation: IdentityExpectation): readonly string[] {
  const { subject, issuer, extensions = {} } = expectation;
  const conditions = Object.entries(extensions);
  if (expectation.anyone !== true && subject === undefined && issuer === undefined && conditions.length === 0) {
    return ["expected an identity that names a subject, an issuer or an extension, found one that names nothing"];
  }
  const differences: string[] = [];
  const compare = (what: string, expected: TextExpectation, found: readonly string[]): void => {
    if (!found.some((text) => holds(expected, text))) differences.push(tellDifference(what, expected, found));
  };
  if (subject !== undefined) compare("the subject", subject, identity.subjects);
  if (issuer !== undefined) compare("the issuer", issuer, presentOf(identity.issuer));
  for (const [key, expected] of conditions) {
    const name = NAMES.get(key) ?? ALIASES.get(key);
    if (name !== undefined) compare(name, expected, presentOf(identity.extensions[name]));
    else if (OID.test(key)) compare(`the extension ${key}`, expected, presentOf(identity.extensionText(key)));
    else differences.push(`expected a name or object identifier of an extension, found ${quoteText(key)}`);
  }
  return differences;
}

/** Whether an expectation may name an extension so. */
export function isExtensionName(key: string): boolean {
  return NAMES.has(key) || ALIASES.has(key) || OID.test(key);
}

function presentOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}

function holds(expected: TextExpectation, text: string): boolean {
  return "exact" in expected ? expected.exact === text : expected.matches(text);
}

function tellDifference(what: string, expected: TextExpectation, found: readonly string[]): string {
  const wanted = "exact" in expected ? quoteText(expected.exact) : `to match ${quoteText(expected.regexp)}`;
  const [first, ...others] = found;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `expected ${what} ${wanted}, found ${quoteText(first)}${more}`;
}
