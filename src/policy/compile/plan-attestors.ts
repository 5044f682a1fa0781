import { type ErrorCode, type Issue, isAmapError } from "../../base/index.ts";
import {
  type AttestorRequest,
  checkAttestorKey,
  type RequestedIdentity,
  type RequestedLogs,
} from "../evaluate/attestor-request.ts";
import type { AttestorExpression, PlannedAttestor } from "../evaluate/image-functions.ts";
import { compileTextPattern } from "../language/text-pattern.ts";
import { deferredReasonAt, type ImageValidatingPolicy } from "../resource/image-validating-policy.ts";

type Attestor = ImageValidatingPolicy["spec"]["attestors"][number];
type Cosign = NonNullable<Attestor["cosign"]>;

/** An expression of an attestor that is still to be compiled, by the name under which it is evaluated. */
export interface AttestorText {
  readonly variable: string;
  readonly expression: string;
  readonly path: string;
}

/** The attestors of a policy, with what is left to do and to say. */
interface AttestorPlans {
  readonly attestors: readonly PlannedAttestor[];
  readonly texts: readonly AttestorText[];
  readonly issues: readonly Issue[];
  readonly warnings: readonly string[];
}

/** Something that is wrong with an attestor. */
class Unusable extends Error {
  readonly path: string;
  readonly code: ErrorCode;

  constructor(path: string, message: string, code: ErrorCode = "POLICY_INVALID") {
    super(message);
    this.path = path;
    this.code = code;
  }
}

/**
 * The attestors of a policy as facts ask for them. What is wrong with one is an issue; with `asInKyverno` the attestor
 * is instead one that nobody can ask: to Kyverno's command line it vouches for nothing.
 */
export function planAttestors(policy: ImageValidatingPolicy, asInKyverno: boolean): AttestorPlans {
  const issues: Issue[] = [];
  const warnings: string[] = [];
  const texts: AttestorText[] = [];
  const attestors = policy.spec.attestors.map((attestor, index): PlannedAttestor => {
    const path = `spec.attestors[${index}]`;
    const { name } = attestor;
    const unanswered = (reason: string): PlannedAttestor => ({ request: unaskable(name, reason), expressions: [] });
    const deferred = deferredReasonAt(policy, path);
    if (deferred !== undefined) return unanswered(deferred);
    const prefix = `policy ${policy.metadata.name}: attestor ${name}`;
    try {
      const expressions = expressionsOf(attestor.cosign ?? {}, path, index);
      const request = requestOf(name, attestor.cosign ?? {}, `${path}.cosign`);
      texts.push(...expressions);
      warnings.push(...warningsOf(request).map((warning) => `${prefix}: ${warning}`));
      return { request, expressions };
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      if (!asInKyverno) issues.push({ code: error.code, path: error.path, message: `${prefix}: ${error.message}` });
      return unanswered(error.message);
    }
  });
  return { attestors, texts, issues, warnings };
}

function unaskable(name: string, reason: string): AttestorRequest {
  return { name, logs: { ignoresEntries: false, ignoresCertificateTimestamps: false }, unanswered: reason };
}

function requestOf(name: string, cosign: Cosign, path: string): AttestorRequest {
  const { key, keyless, certificate, source, annotations, trustedRoot, tuf } = cosign;
  return {
    name,
    ...(key === undefined ? {} : { key: keyOf(key, `${path}.key`) }),
    ...(keyless === undefined ? {} : { keyless: keylessOf(keyless, `${path}.keyless`) }),
    ...(certificate === undefined ? {} : { certificate: certificateOf(certificate, `${path}.certificate`) }),
    logs: logsOf(cosign.ctlog, `${path}.ctlog`),
    ...(trustedRoot?.value === undefined ? {} : { trustedRoot: trustedRoot.value }),
    ...(tuf?.mirror === undefined ? {} : { trustRepository: tuf.mirror }),
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(source === undefined ? {} : { source: sourceOf(source) }),
  };
}

function keyOf(key: NonNullable<Cosign["key"]>, path: string): NonNullable<AttestorRequest["key"]> {
  const { data, hashAlgorithm = "sha256" } = key;
  if (data === undefined) return { pem: "", hashAlgorithm };
  const request = { pem: data, hashAlgorithm };
  try {
    checkAttestorKey(request);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new Unusable(
      error.code === "NOT_SUPPORTED" ? `${path}.hashAlgorithm` : `${path}.data`,
      error.message,
      error.code,
    );
  }
  return request;
}

function keylessOf(keyless: NonNullable<Cosign["keyless"]>, path: string): NonNullable<AttestorRequest["keyless"]> {
  const { identities, roots, additionalExtensions = {} } = keyless;
  return {
    identities: identities.map((identity, index) => identityOf(identity, `${path}.identities[${index}]`)),
    ...(roots === undefined ? {} : { roots }),
    ...(Object.keys(additionalExtensions).length === 0 ? {} : { extensions: additionalExtensions }),
  };
}

type Identity = NonNullable<Cosign["keyless"]>["identities"][number];

/**
 * An identity must say both who signs and who vouches for that name: a Sigstore has many issuers, and in each a name is
 * another person's.
 */
function identityOf(identity: Identity, path: string): RequestedIdentity {
  for (const part of ["issuer", "subject"] as const) {
    const regExp = identity[`${part}RegExp`];
    if (identity[part] === undefined && regExp === undefined) {
      const expected = `expected ${part} or ${part}RegExp, found neither`;
      throw new Unusable(path, `${expected}: where anybody is meant, write ${part}RegExp: ".*"`);
    }
    if (regExp !== undefined) checkPattern(regExp, `${path}.${part}RegExp`);
  }
  const { issuer, issuerRegExp, subject, subjectRegExp } = identity;
  return {
    ...(issuer === undefined ? {} : { issuer }),
    ...(issuerRegExp === undefined ? {} : { issuerRegExp }),
    ...(subject === undefined ? {} : { subject }),
    ...(subjectRegExp === undefined ? {} : { subjectRegExp }),
  };
}

function checkPattern(pattern: string, path: string): void {
  try {
    compileTextPattern(pattern);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new Unusable(path, error.message, error.code);
  }
}

function certificateOf(
  { cert, certChain }: NonNullable<Cosign["certificate"]>,
  path: string,
): NonNullable<AttestorRequest["certificate"]> {
  if (cert === undefined && certChain === undefined) {
    throw new Unusable(path, "expected cert, certChain or both, found neither");
  }
  return {
    ...(cert === undefined ? {} : { cert: cert.value ?? "" }),
    ...(certChain === undefined ? {} : { certChain: certChain.value ?? "" }),
  };
}

function sourceOf({ repository, tagPrefix }: NonNullable<Cosign["source"]>): NonNullable<AttestorRequest["source"]> {
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(tagPrefix === undefined ? {} : { tagPrefix }),
  };
}

function logsOf(ctlog: Cosign["ctlog"], path: string): RequestedLogs {
  if (ctlog === undefined) return { ignoresEntries: false, ignoresCertificateTimestamps: false };
  const { url, insecureIgnoreTlog = false, insecureIgnoreSCT = false, rekorPubKey, ctLogPubKey, tsaCertChain } = ctlog;
  if (!insecureIgnoreTlog && url === undefined) {
    const message = "expected the address of the transparency log, found none: without it Kyverno verifies nothing";
    throw new Unusable(`${path}.url`, `${message}; write url, or insecureIgnoreTlog: true, or leave ctlog out`);
  }
  return {
    ignoresEntries: insecureIgnoreTlog,
    ignoresCertificateTimestamps: insecureIgnoreSCT,
    ...(url === undefined ? {} : { url }),
    ...(rekorPubKey === undefined ? {} : { rekorKey: rekorPubKey }),
    ...(ctLogPubKey === undefined ? {} : { ctLogKey: ctLogPubKey }),
    ...(tsaCertChain === undefined ? {} : { tsaChain: tsaCertChain }),
  };
}

function expressionsOf(
  { key, certificate, trustedRoot }: Cosign,
  path: string,
  index: number,
): readonly (AttestorText & AttestorExpression)[] {
  const fields: readonly (readonly [AttestorExpression["field"], string | undefined, string])[] = [
    ["key", key?.expression, "key"],
    ["cert", certificate?.cert?.expression, "certificate.cert"],
    ["certChain", certificate?.certChain?.expression, "certificate.certChain"],
    ["trustedRoot", trustedRoot?.expression, "trustedRoot"],
  ];
  return fields.flatMap(([field, expression, place]) =>
    expression === undefined
      ? []
      : [{ field, expression, variable: `attestors[${index}].${field}`, path: `${path}.cosign.${place}.expression` }],
  );
}

/** What is no mistake to Kyverno and lets in more than most people mean. */
function warningsOf({ keyless }: AttestorRequest): readonly string[] {
  return (keyless?.identities ?? []).flatMap(({ issuerRegExp, subjectRegExp }) =>
    Object.entries({ issuerRegExp, subjectRegExp }).flatMap(([field, pattern]) => {
      if (pattern === undefined || isAnchored(pattern)) return [];
      return [`${field} ${JSON.stringify(pattern)} may match inside a longer text: write ^ before and $ after it`];
    }),
  );
}

function isAnchored(pattern: string): boolean {
  const begins = /^(?:\^|\\A|\.[*+])/.test(pattern);
  return begins && /(?:(?<!\\)\$|\\z|\.[*+])$/.test(pattern) && !hasOpenAlternatives(pattern);
}

/** Whether `|` stands outside of all groups: then ^ and $ belong to one side of it each. */
function hasOpenAlternatives(pattern: string): boolean {
  let depth = 0;
  for (const [part] of pattern.matchAll(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]/gs)) {
    if (part === "(") depth += 1;
    else if (part === ")") depth -= 1;
    else if (part === "|" && depth === 0) return true;
  }
  return false;
}
