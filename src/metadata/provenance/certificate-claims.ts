import { textOf } from "../../base/index.ts";
import { type BuildCheck, type BuildSigner, check } from "./build-check.ts";
import type { BuildClaims } from "./build-claims.ts";

/** How provenance compares with the certificate of who signed it. */
export interface CertificateComparison {
  /** What both state; each must be the same. */
  readonly checks: readonly BuildCheck[];
  /** Whether the certificate says of source, commit and reference what the provenance says: then a build cannot lie of them. */
  readonly vouchesForSource: boolean;
}

/**
 * Compares what provenance says with what Fulcio put into the signer's certificate, which came from the platform's token:
 * the two speak of one run. What only one of them states is no check.
 * @see Fulcio, docs/oid-info.md
 */
export function compareCertificate(claims: BuildClaims, signer: BuildSigner): CertificateComparison {
  if (signer.kind === "key") return { checks: [], vouchesForSource: false };
  const { extensions } = signer;
  const of = (name: string): string | undefined => textOf(extensions, name) || undefined;
  const oldRepository = of("githubWorkflowRepository");
  const github = oldRepository === undefined ? undefined : `https://github.com/${oldRepository}`;
  const rows: readonly (readonly [
    name: string,
    certificate: readonly (string | undefined)[],
    claim: string | undefined,
  ])[] = [
    ["repository", [of("sourceRepositoryURI"), github], claims.repository],
    ["commit", [of("sourceRepositoryDigest"), of("githubWorkflowSHA")], claims.commit],
    ["ref", [of("sourceRepositoryRef"), of("githubWorkflowRef")], claims.ref],
    ["trigger", [of("buildTrigger"), of("githubWorkflowTrigger")], claims.trigger],
    ["workflow", [workflowOf(of("buildConfigURI"), claims)], claims.workflow],
    ["run", [of("runInvocationURI")], runOf(claims, of("runInvocationURI"))],
    ["runner", [of("runnerEnvironment")], runnerOf(claims)],
  ];
  const checks = rows.flatMap(([name, certificate, claim]): readonly BuildCheck[] => {
    const stated = certificate.filter((each) => each !== undefined);
    if (stated.length === 0 || claim === undefined) return [];
    // Both forms of an extension count: a certificate that contradicts itself fits no claim.
    const passed = stated.every((each) => each === claim);
    return [check(`certificate: ${name}`, passed, stated.find((each) => each !== claim) ?? claim, claim)];
  });
  const vouches = (name: string): boolean => checks.some((each) => each.name === `certificate: ${name}` && each.passed);
  return { checks, vouchesForSource: vouches("repository") && vouches("commit") && vouches("ref") };
}

/** The path of `https://github.com/acme/shop/.github/workflows/a.yml@refs/heads/main` inside its repository. */
function workflowOf(uri: string | undefined, { repository }: BuildClaims): string | undefined {
  if (uri === undefined || repository === undefined) return undefined;
  const path = uri.split("@")[0] ?? "";
  return path.startsWith(`${repository}/`) ? path.slice(repository.length + 1) : path;
}

/** Provenance names a run by its address, or as `<run>-<attempt>`. */
function runOf({ invocationId }: BuildClaims, uri: string | undefined): string | undefined {
  const short = /^(\d{1,20})-(\d{1,6})$/.exec(invocationId ?? "");
  if (short === null) return invocationId;
  const base = uri?.split("/actions/runs/")[0];
  return `${base ?? ""}/actions/runs/${short[1]}/attempts/${short[2]}`;
}

/** A builder that calls itself one of GitHub's own machines must have run on one. */
function runnerOf({ builderId }: BuildClaims): string | undefined {
  return /^https:\/\/github\.com\/actions\/runner\/(github-hosted|self-hosted)$/.exec(builderId)?.[1];
}
