import { isAmapError, readPublicKey, type Value } from "../../base/index.ts";
import type { Attestor, ImageVerification } from "../resource/kyverno/image-verification.ts";
import { NotConvertible } from "./not-convertible.ts";

/** A part of an ImageValidatingPolicy. */
export type PolicyPart = Readonly<Record<string, Value>>;

/** What the whole entry says for its attestors. */
export type AttestorDefaults = Pick<ImageVerification, "type" | "repository" | "annotations">;

/** What a text with variables is as CEL; undefined where that cannot be said. */
type ExpressionOf = (text: string, path: string) => string | undefined;

interface TrustPlace {
  readonly path: string;
  readonly expressionOf: ExpressionOf;
  /** Whether a subject and an issuer must both be named: without one nobody vouches, instead of anybody. */
  readonly needsBoth: boolean;
}

/**
 * One attestor of verifyImages in the words of an ImageValidatingPolicy, without a name. Keys and certificates with variables are
 * expressions, which `expressionOf` finds. It throws NotConvertible.
 *
 * @example
 * ```ts
 * import { writeAttestor } from "../index.ts";
 * const identity = { issuer: "https://issuer.example", subject: "https://github.com/acme/*", rekor: { url: "https://rekor.sigstore.dev" } };
 * writeAttestor({ keyless: identity }, {}, "attestors[0]"); // { cosign: { keyless: { identities: [ … ] }, ctlog: … } }
 * ```
 */
export function writeAttestor(
  entry: Attestor,
  defaults: AttestorDefaults,
  path: string,
  expressionOf?: ExpressionOf,
): PolicyPart {
  const annotations = entry.annotations ?? defaults.annotations ?? {};
  const repository = entry.repository ?? defaults.repository ?? "";
  const needsBoth = defaults.type === "SigstoreBundle";
  const place: TrustPlace = { path, expressionOf: expressionOf ?? (() => undefined), needsBoth };
  const { keys, certificates, ...others } = entry;
  const { publicKeys: _key, ...ofKeys } = keys ?? {};
  const { cert: _cert, certChain: _chain, ...ofCertificates } = certificates ?? {};
  if (JSON.stringify([others, ofKeys, ofCertificates, repository, annotations]).includes("{{"))
    throw new NotConvertible(path, "who must have signed is worked out from variables");
  if (defaults.type === "Notary") return { notary: notaryOf(entry, place) };
  if (/[*?]/.test(JSON.stringify(annotations)))
    throw new NotConvertible(`${path}.annotations`, "annotations with wildcards are compared as they are");
  return {
    cosign: {
      ...trustOf(entry, place),
      ...(repository === "" ? {} : { source: { repository } }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
  };
}

function notaryOf({ certificates, keys, keyless }: Attestor, place: TrustPlace): PolicyPart {
  const { path } = place;
  if (certificates === undefined || keys !== undefined || keyless !== undefined)
    throw new NotConvertible(path, "Notary signatures need certificates");
  const { cert = "", certChain = "", ctlog } = certificates;
  const chain = [cert, certChain].filter((each) => each !== "").map((each) => each.trim());
  const tsaCerts = ctlog?.tsaCertChain ?? "";
  const [only = ""] = chain;
  if (chain.length > 1 && chain.some((each) => each.includes("{{")))
    throw new NotConvertible(`${path}.certificates`, "a certificate and its chain are put together from variables");
  return {
    certs: chain.length > 1 ? { value: `${chain.join("\n")}\n` } : certificateOf(only, `${path}.certificates`, place),
    ...(tsaCerts === "" ? {} : { tsaCerts: { value: tsaCerts } }),
  };
}

function trustOf({ keys, certificates, keyless, signatureAlgorithm }: Attestor, place: TrustPlace): PolicyPart {
  const { path } = place;
  if (keys !== undefined)
    return {
      key: keyOf({ ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }), ...keys }, place),
      ...logsOf(keys),
    };
  if (certificates !== undefined) {
    const { cert = "", certChain = "" } = certificates;
    const certificate = {
      ...(cert === "" ? {} : { cert: certificateOf(cert, `${path}.certificates.cert`, place) }),
      ...(certChain === "" ? {} : { certChain: certificateOf(certChain, `${path}.certificates.certChain`, place) }),
    };
    return { certificate, ...logsOf(certificates) };
  }
  if (keyless !== undefined) return { keyless: keylessOf(keyless, place), ...logsOf(keyless) };
  throw new NotConvertible(path, "it names nobody");
}

const KMS = /^(?:awskms|gcpkms|azurekms|hashivault|k8s|openbao):\/\//;

function keyOf(
  { publicKeys = "", kms = "", secret, signatureAlgorithm = "sha256" }: NonNullable<Attestor["keys"]>,
  place: TrustPlace,
): PolicyPart {
  const path = `${place.path}.keys`;
  const hash =
    signatureAlgorithm === "sha256" || signatureAlgorithm === "" ? {} : { hashAlgorithm: signatureAlgorithm };
  if (secret !== undefined || publicKeys.startsWith("k8s://"))
    throw new NotConvertible(path, "a key in a Secret has no counterpart: write the public key itself");
  if (kms !== "") return { kms, ...hash };
  if (publicKeys.includes("{{")) return { expression: workedOut(publicKeys, `${path}.publicKeys`, place), ...hash };
  if (KMS.test(publicKeys)) return { kms: publicKeys.trim(), ...hash };
  if (!publicKeys.includes("-----BEGIN"))
    throw new NotConvertible(`${path}.publicKeys`, "it is no PEM block: a file has no counterpart");
  checkKey(publicKeys, `${path}.publicKeys`);
  return { data: `${publicKeys.trim()}\n`, ...hash };
}

/** A certificate, or the expression that finds it. */
function certificateOf(text: string, path: string, place: TrustPlace): PolicyPart {
  if (text.includes("{{")) return { expression: workedOut(text, path, place) };
  return { value: `${text.trim()}\n` };
}

function workedOut(text: string, path: string, { expressionOf }: TrustPlace): string {
  const expression = expressionOf(text, path);
  if (expression === undefined) throw new NotConvertible(path, "who must have signed is worked out from variables");
  return expression;
}

/** What is no public key vouches for nothing in one kind and is refused in the other. */
function checkKey(pem: string, path: string): void {
  try {
    readPublicKey(pem);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new NotConvertible(path, error.message);
  }
}

function keylessOf(keyless: NonNullable<Attestor["keyless"]>, place: TrustPlace): PolicyPart {
  const path = `${place.path}.keyless`;
  const { roots = "", additionalExtensions = {} } = keyless;
  if (Object.values(additionalExtensions).some((value) => /[*?]/.test(value)))
    throw new NotConvertible(`${path}.additionalExtensions`, "wildcards in extensions are compared as they are");
  const identity = {
    ...identityOf("issuer", keyless.issuer, keyless.issuerRegExp, path),
    ...identityOf("subject", keyless.subject, keyless.subjectRegExp, path),
  };
  if (Object.keys(identity).length === 0) throw new NotConvertible(path, "anybody may have signed");
  return {
    identities: [withBoth(identity, path, place)],
    ...(roots === "" ? {} : { roots }),
    ...(Object.keys(additionalExtensions).length === 0 ? {} : { additionalExtensions }),
  };
}

/** An identity of the new kind names both; what the old one leaves out is any. */
function withBoth(identity: PolicyPart, path: string, { needsBoth }: TrustPlace): PolicyPart {
  const missing = ["issuer", "subject"].filter((name) => !(name in identity) && !(`${name}RegExp` in identity));
  if (missing.length > 0 && needsBoth)
    throw new NotConvertible(path, `it names no ${missing.join()}: to Kyverno no bundle's signer is such a one`);
  return { ...identity, ...Object.fromEntries(missing.map((name) => [`${name}RegExp`, ".*"])) };
}

/** Names may have wildcards here, which are regular expressions there. */
function identityOf(name: "issuer" | "subject", text = "", regExp = "", path: string): PolicyPart {
  if (text !== "" && regExp !== "")
    throw new NotConvertible(`${path}.${name}`, "a name and a regular expression must both match");
  if (regExp !== "") return { [`${name}RegExp`]: regExp };
  if (text === "") return {};
  return /[*?]/.test(text) ? { [`${name}RegExp`]: wildcardRegExp(text) } : { [name]: text };
}

/** A regular expression in Go's syntax for a text with `*` and `?`. */
export function wildcardRegExp(text: string): string {
  const body = text
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/\*+/g, ".*")
    .replaceAll("?", ".");
  return `^${body}$`;
}

const PUBLIC_LOG = "https://rekor.sigstore.dev";

type Logs = Pick<NonNullable<Attestor["keys"]>, "rekor" | "ctlog">;

function logsOf({ rekor = {}, ctlog = {} }: Logs): PolicyPart {
  const stated: PolicyPart = {
    ...text("url", rekor.url),
    ...text("rekorPubKey", rekor.pubkey),
    ...(rekor.ignoreTlog === undefined ? {} : { insecureIgnoreTlog: rekor.ignoreTlog }),
    ...(ctlog.ignoreSCT === undefined ? {} : { insecureIgnoreSCT: ctlog.ignoreSCT }),
    ...text("ctLogPubKey", ctlog.pubkey),
    ...text("tsaCertChain", ctlog.tsaCertChain),
  };
  if (Object.keys(stated).length === 0) return {};
  // The old kind means the public log where it names none; the new one refuses.
  const isUnnamed = stated["url"] === undefined && stated["insecureIgnoreTlog"] !== true;
  return { ctlog: isUnnamed ? { url: PUBLIC_LOG, ...stated } : stated };
}

const text = (name: string, value = ""): PolicyPart => (value === "" ? {} : { [name]: value });
