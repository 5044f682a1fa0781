import { type Command, Option } from "commander";
import {
  type GivenIdentity,
  type GivenText,
  type KeyRingUse,
  readTrust,
  type Trust,
  type TrustRequest,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { collect, declareBoolean, declareUnsupported, isOn, textOf, textsOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

const BUNDLE = "a bundle holds it";
const TRUSTED_ROOT = "use --trusted-root";

/** cosign's flags by which a certificate's extensions are asked for, with the names of the extensions. */
const WORKFLOW_FLAGS = {
  trigger: "githubWorkflowTrigger",
  sha: "githubWorkflowSHA",
  name: "githubWorkflowName",
  repository: "githubWorkflowRepository",
  ref: "githubWorkflowRef",
} as const;

/** Flags that cosign 3 calls deprecated and amap honours, each with what replaces it. */
const DEPRECATED: readonly (readonly [flags: string, what: string, replacement: string])[] = [
  ["--certificate <file>", "the signer's certificate, in place of the one beside a signature", BUNDLE],
  ["--certificate-chain <file>", "from its authority up to the root, which is trusted", TRUSTED_ROOT],
  ["--ca-roots <file>", "certificates of authorities that are trusted", TRUSTED_ROOT],
  ["--ca-intermediates <file>", "certificates between a signer's and --ca-roots", TRUSTED_ROOT],
  ["--sct <file>", "a certificate timestamp for a certificate that holds none", BUNDLE],
  ["--timestamp-certificate-chain <file>", "certificates of a timestamp authority that is trusted", TRUSTED_ROOT],
];

/** Flags of cosign's that ask for what amap always does, or never does; giving one changes nothing. */
const WITHOUT_EFFECT: readonly (readonly [flags: string, replacement: string])[] = [
  ["--rekor-url <url>", "no log is asked: what proves an entry stands beside the signature, in a bundle or a tag"],
  ["--experimental-oci11 [boolean]", "every form of attachment is read"],
];

/** Declares whom and what to trust, as cosign's verifying verbs do. */
export function declareTrustFlags(command: Command): void {
  command
    .option("--key <reference>", "public key: a file, k8s://NAMESPACE/NAME, env://NAME or an address")
    .option("--key-ring <file>", "a key ring of amap's: whom to trust, and when; in place of a key or an identity")
    .option("--certificate-identity <identity>", "whom the certificate must name; may be repeated", collect)
    .option(
      "--certificate-identity-regexp <pattern>",
      "the same as an RE2 pattern, not anchored; may be repeated",
      collect,
    )
    .option("--certificate-oidc-issuer <url>", "who must have vouched for that name; may be repeated", collect)
    .option("--certificate-oidc-issuer-regexp <pattern>", "the same as an RE2 pattern, not anchored", collect);
  for (const name of Object.keys(WORKFLOW_FLAGS)) {
    command.option(`--certificate-github-workflow-${name} <${name}>`, `the ${name} that the certificate must state`);
  }
  command.option(
    "--trusted-root <file>",
    "a Sigstore trusted root: logs and authorities; may be repeated; else that of `initialize`, or the public one",
    collect,
  );
  declareBoolean(command, "--insecure-ignore-tlog", "ask for no entry in a transparency log", false);
  declareBoolean(command, "--insecure-ignore-sct", "ask for no proof that a certificate was published", false);
  declareBoolean(command, "--private-infrastructure", "deprecated: --insecure-ignore-tlog", false);
  declareBoolean(command, "--use-signed-timestamps", "a timestamp authority must have signed a time", false);
  declareBoolean(command, "--new-bundle-format", "accepted: every form is read", true);
  declareBoolean(
    command,
    "--allow-certificate-chain",
    "a bundle 0.3 may hold a chain that leads to a trusted root",
    false,
  );
  for (const [flag, what, replacement] of DEPRECATED) {
    command.option(flag, `deprecated, ${replacement}: ${what}`);
  }
  for (const [flag] of WITHOUT_EFFECT) command.addOption(new Option(flag).hideHelp());
  command.addOption(new Option("--signature-digest-algorithm <name>").hideHelp());
  declareUnsupported(command, ["--sk [boolean]", "--slot <slot>"]);
}

/** Says of each deprecated flag that is given what replaces it, or that it changes nothing. */
function noteDeprecated({ terminal }: Pick<VerbContext, "terminal">, flags: Flags): void {
  for (const [flag, , replacement] of DEPRECATED) {
    if (isGiven(flags, flag)) terminal.note(`warning: ${nameOf(flag)} is deprecated: ${replacement}`);
  }
  for (const [flag, why] of WITHOUT_EFFECT) {
    if (isGiven(flags, flag)) terminal.note(`warning: ${nameOf(flag)} is deprecated and changes nothing: ${why}`);
  }
  const algorithm = textOf(flags, "signatureDigestAlgorithm");
  if (algorithm === undefined) return;
  if (!["sha256", "sha384", "sha512"].includes(algorithm.trim().toLowerCase())) {
    const message = `--signature-digest-algorithm: expected sha256, sha384 or sha512, found "${algorithm}"`;
    throw new AmapError("NOT_SUPPORTED", message);
  }
  terminal.note("warning: --signature-digest-algorithm is deprecated and changes nothing: the key tells the digest");
}

function nameOf(flag: string): string {
  return flag.split(" ")[0] ?? flag;
}

function isGiven(flags: Flags, flag: string): boolean {
  const camel = nameOf(flag)
    .slice("--".length)
    .replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return (flags[camel] ?? "") !== "";
}

/**
 * What is trusted by the flags, for one use of a key ring; that the trusted root is old is told on standard error. With
 * `signers` those alone are trusted, and the flags say only how their signatures are witnessed.
 * @throws {AmapError} as `readTrust`; NOT_SUPPORTED for a key ring where no use is stated
 */
export async function trustFor(
  { world, terminal }: Pick<VerbContext, "world" | "terminal">,
  flags: Flags,
  use?: KeyRingUse,
  signers?: TrustRequest["signers"],
): Promise<Trust> {
  noteDeprecated({ terminal }, flags);
  const path = pathOf(flags, "keyRing");
  if (path !== undefined && use === undefined) {
    throw new AmapError("NOT_SUPPORTED", "--key-ring is not supported by this verb yet: give --key, or an identity");
  }
  const keyRing = path === undefined || use === undefined ? {} : { keyRing: { path, use } };
  const known = signers === undefined ? {} : { signers };
  const trust = await readTrust(world, { ...trustOf(flags), ...keyRing, ...known });
  for (const warning of trust.warnings) terminal.note(`warning: ${warning}`);
  return trust;
}

function trustOf(flags: Flags): TrustRequest {
  const key = textOf(flags, "key");
  const certificate = pathOf(flags, "certificate");
  if (key !== undefined && key !== "" && certificate !== undefined) {
    throw new AmapError("USAGE", "--key and --certificate exclude each other: a key has no certificate");
  }
  if (pathOf(flags, "keyRing") !== undefined && certificate !== undefined) {
    throw new AmapError("USAGE", "--key-ring and --certificate exclude each other: the ring says whom to trust");
  }
  return {
    keys: key === undefined || key === "" ? [] : [key],
    identities: identitiesOf(flags),
    trustedRoots: textsOf(flags, "trustedRoot"),
    ignoresLogs: isOn(flags, "insecureIgnoreTlog") || isOn(flags, "privateInfrastructure"),
    ignoresCertificateTimestamps: isOn(flags, "insecureIgnoreSct"),
    needsTimestamps: isOn(flags, "useSignedTimestamps") || pathOf(flags, "timestampCertificateChain") !== undefined,
    services: {
      ...named("certificateChain", pathOf(flags, "certificateChain")),
      ...named("caRoots", pathOf(flags, "caRoots")),
      ...named("caIntermediates", pathOf(flags, "caIntermediates")),
      ...named("timestampCertificateChain", pathOf(flags, "timestampCertificateChain")),
    },
    allowsCertificateChain: isOn(flags, "allowCertificateChain"),
    ...named("certificateTimestamp", pathOf(flags, "sct")),
  };
}

/** The path of a flag; an empty one is none, as with cosign. */
export function pathOf(flags: Flags, name: string): string | undefined {
  return textOf(flags, name) || undefined;
}

function named<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, string>);
}

/** Each subject with each issuer. One that lacks its other half is there, too: it is refused with the flag's name. */
function identitiesOf(flags: Flags): readonly GivenIdentity[] {
  const subjects = givenTexts(flags, "certificateIdentity", "--certificate-identity");
  const issuers = givenTexts(flags, "certificateOidcIssuer", "--certificate-oidc-issuer");
  const extensions: Record<string, string> = {};
  for (const [flag, name] of Object.entries(WORKFLOW_FLAGS)) {
    const value = textOf(flags, `certificateGithubWorkflow${flag.slice(0, 1).toUpperCase()}${flag.slice(1)}`);
    if (value !== undefined && value !== "") extensions[name] = value;
  }
  if (subjects.length === 0 && issuers.length === 0 && Object.keys(extensions).length === 0) return [];
  const pairs = orNone(subjects).flatMap((subject) => orNone(issuers).map((issuer) => ({ subject, issuer })));
  return pairs.map((pair) => ({ ...pair, extensions }));
}

/**
 * An empty text (a variable that is not set) is as good as none, as with cosign: an empty pattern would match all. Exact
 * texts and patterns together are refused: to cosign both must hold, and either one would accept more.
 */
function givenTexts(flags: Flags, name: string, flag: string): readonly GivenText[] {
  const [exact = [], patterns = []] = [name, `${name}Regexp`].map((each) =>
    textsOf(flags, each).filter((text) => text !== ""),
  );
  if (exact.length > 0 && patterns.length > 0) {
    throw new AmapError("USAGE", `expected ${flag} or ${flag}-regexp, found both: give the one that says it all`);
  }
  return [...exact.map((text) => ({ exact: text })), ...patterns.map((regexp) => ({ regexp }))];
}

function orNone(texts: readonly GivenText[]): readonly GivenText[] {
  return texts.length === 0 ? [{}] : texts;
}
