import { createPublicKey, sign, verify } from "node:crypto";
import { createTestKey } from "../keys.ts";
import { type HttpService, openHttpService, RefusedRequest, refusal } from "./http-service.ts";

/** What a token says beside the claims that every token has. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** An issuer of identity tokens (OpenID Connect Discovery 1.0), to which no one signs in. */
export interface IdentityProvider {
  readonly issuer: string;
  /** A token for one subject, good for five minutes; `sigstore` is its audience unless the claims say otherwise. */
  issueToken(claims: TokenClaims): string;
  /** The claims of a token of this issuer, or a refusal. */
  readToken(token: string): Record<string, unknown>;
  close(): Promise<void>;
}

/** A person's claims. */
export const emailClaims = (email: string): TokenClaims => ({ sub: `id-of-${email}`, email, email_verified: true });

/** What GitHub says about a run of a workflow. */
export const WORKFLOW_CLAIMS: TokenClaims = {
  sub: "repo:acme/shop:ref:refs/heads/main",
  job_workflow_ref: "acme/shop/.github/workflows/release.yml@refs/heads/main",
  job_workflow_sha: "0123456789abcdef0123456789abcdef01234567",
  sha: "0123456789abcdef0123456789abcdef01234567",
  event_name: "push",
  repository: "acme/shop",
  repository_id: "123456",
  repository_owner: "acme",
  repository_owner_id: "654321",
  repository_visibility: "public",
  workflow: "Release",
  workflow_ref: "acme/shop/.github/workflows/release.yml@refs/heads/main",
  workflow_sha: "0123456789abcdef0123456789abcdef01234567",
  ref: "refs/heads/main",
  runner_environment: "github-hosted",
  run_id: "1",
  run_attempt: "1",
};

export async function openIdentityProvider(now: () => number): Promise<IdentityProvider> {
  const service: HttpService = await openHttpService();
  const key = createTestKey();
  const { origin } = service;
  const jwk = { ...createPublicKey(key.pem).export({ format: "jwk" }), kid: "local", use: "sig", alg: "ES256" };
  service.serve(({ url }) => {
    if (url.pathname === "/.well-known/openid-configuration") return { status: 200, body: discovery(origin) };
    if (url.pathname === "/keys") return { status: 200, body: { keys: [jwk] } };
    return refusal(404, "not found");
  });
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    issuer: origin,
    issueToken: (claims) => {
      const seconds = Math.floor(now() / 1000);
      const usual = { iss: origin, aud: "sigstore", iat: seconds, nbf: seconds, exp: seconds + 300 };
      const body = `${encode({ alg: "ES256", kid: "local", typ: "JWT" })}.${encode({ ...usual, ...claims })}`;
      const signature = sign("sha256", Buffer.from(body), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
      return `${body}.${signature.toString("base64url")}`;
    },
    readToken: (token) => {
      const [head = "", body = "", signature = ""] = token.split(".");
      const spki = { key: createPublicKey(key.pem), dsaEncoding: "ieee-p1363" as const };
      const isSigned = verify("sha256", Buffer.from(`${head}.${body}`), spki, Buffer.from(signature, "base64url"));
      if (!isSigned) throw new RefusedRequest(400, "There was an error processing the identity token");
      const claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Record<string, unknown>;
      const isValid = claims["aud"] === "sigstore" && claims["iss"] === origin && Number(claims["exp"]) * 1000 > now();
      if (!isValid) throw new RefusedRequest(400, "There was an error processing the identity token");
      return claims;
    },
    close: () => service.close(),
  };
}

function discovery(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
}
