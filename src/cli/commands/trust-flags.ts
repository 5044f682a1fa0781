import type { Command } from "commander";
import { type GivenIdentity, type GivenText, readTrust, type Trust, type TrustRequest } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { collect, declareBoolean, declareUnsupported, isOn, textOf, textsOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

/** cosign's flags by which a certificate's extensions are asked for, with the names of the extensions. */
const WORKFLOW_FLAGS = {
  trigger: "githubWorkflowTrigger",
  sha: "githubWorkflowSHA",
  name: "githubWorkflowName",
  repository: "githubWorkflowRepository",
  ref: "githubWorkflowRef",
} as const;

/** Flags of cosign that name services or certificates one by one; a trusted root holds them all. */
const REPLACED = [
  "--certificate <file>",
  "--certificate-chain <file>",
  "--ca-roots <file>",
  "--ca-intermediates <file>",
  "--sct <file>",
  "--timestamp-certificate-chain <file>",
  "--rekor-url <url>",
];

/** Declares whom and what to trust, as cosign's verifying verbs do. */
export function declareTrustFlags(command: Command): void {
  command
    .option("--key <reference>", "public key: a file, k8s://NAMESPACE/NAME, env://NAME or an address")
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
  declareBoolean(command, "--allow-certificate-chain", "only false is supported", false);
  declareUnsupported(command, ["--sk", "--slot <slot>"]);
  declareUnsupported(command, REPLACED, "is replaced by --trusted-root, and is");
}

/**
 * What is trusted by the flags; that the trusted root is old is told on standard error.
 * @throws {AmapError} as `readTrust`
 */
export async function trustFor(
  { world, terminal }: Pick<VerbContext, "world" | "terminal">,
  flags: Flags,
): Promise<Trust> {
  const trust = await readTrust(world, trustOf(flags));
  for (const warning of trust.warnings) terminal.note(`warning: ${warning}`);
  return trust;
}

function trustOf(flags: Flags): TrustRequest {
  const key = textOf(flags, "key");
  return {
    keys: key === undefined || key === "" ? [] : [key],
    identities: identitiesOf(flags),
    trustedRoots: textsOf(flags, "trustedRoot"),
    ignoresLogs: isOn(flags, "insecureIgnoreTlog") || isOn(flags, "privateInfrastructure"),
    ignoresCertificateTimestamps: isOn(flags, "insecureIgnoreSct"),
    needsTimestamps: isOn(flags, "useSignedTimestamps"),
  };
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
