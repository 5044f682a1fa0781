import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { fromBER } from "asn1js";
import { CertificationRequest } from "pkijs";
import { pem } from "../der-values.ts";
import type { FulcioExtension, TestFulcio, TestIdentity } from "../fulcio.ts";
import { at, jsonBody, RefusedRequest, refusal, type ServiceAnswer, type ServiceRequest } from "./http-service.ts";
import type { IdentityProvider } from "./identity-provider.ts";

/** Fulcio's API v2, and the parts of v1 that older clients ask. */
export function serveFulcio(
  fulcio: TestFulcio,
  provider: IdentityProvider,
  now: () => number,
): (request: ServiceRequest) => Promise<ServiceAnswer> {
  const chainPem = fulcio.chain.map((der) => pem("CERTIFICATE", der));
  return async (request) => {
    const { method, url } = request;
    if (method === "GET" && url.pathname === "/api/v2/trustBundle") {
      return { status: 200, body: { chains: [{ certificates: chainPem }] } };
    }
    if (method === "GET" && url.pathname === "/api/v2/configuration") {
      const issuer = {
        issuerUrl: provider.issuer,
        audience: "sigstore",
        challengeClaim: "email",
        spiffeTrustDomain: "",
      };
      return { status: 200, body: { issuers: [issuer] } };
    }
    if (method === "GET" && url.pathname === "/api/v1/rootCert") {
      return { status: 200, headers: PEM_CHAIN, body: Buffer.from(chainPem.join("")) };
    }
    if (method !== "POST") return refusal(404, "Not Found");
    if (url.pathname === "/api/v2/signingCert") {
      const certificates = [await issue(request, jsonBody(request)), ...chainPem];
      return { status: 200, body: { signedCertificateEmbeddedSct: { chain: { certificates } } } };
    }
    if (url.pathname === "/api/v1/signingCert") {
      const leaf = await issue(request, fromV1(jsonBody(request)));
      return { status: 201, headers: PEM_CHAIN, body: Buffer.from([leaf, ...chainPem].join("")) };
    }
    return refusal(404, "Not Found");
  };

  async function issue(request: ServiceRequest, body: Record<string, unknown>): Promise<string> {
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const stated = at(body, "credentials", "oidcIdentityToken");
    const claims = provider.readToken(typeof stated === "string" ? stated : (bearer ?? ""));
    const key = await provenKey(body, challengeOf(claims));
    const spki = key.export({ type: "spki", format: "der" });
    return pem("CERTIFICATE", fulcio.issue(spki, identityOf(claims), { at: now() }));
  }
}

const PEM_CHAIN = { "content-type": "application/pem-certificate-chain" };

/** v1 puts the key's DER where v2 has its PEM, and calls the proof a signed e-mail address. */
function fromV1(body: Record<string, unknown>): Record<string, unknown> {
  const content = at(body, "publicKey", "content");
  if (typeof content !== "string") return body;
  const text = Buffer.from(content, "base64");
  const isPem = text.subarray(0, 10).toString("latin1") === "-----BEGIN";
  return {
    publicKeyRequest: {
      publicKey: { content: isPem ? text.toString("utf8") : pem("PUBLIC KEY", text) },
      proofOfPossession: body["signedEmailAddress"],
    },
  };
}

/** The key that is asked for, when the client has shown that it holds the private half. */
async function provenKey(body: Record<string, unknown>, challenge: string): Promise<KeyObject> {
  const request = at(body, "certificateSigningRequest");
  if (typeof request === "string") return keyOfRequest(Buffer.from(request, "base64").toString("utf8"));
  const content = at(body, "publicKeyRequest", "publicKey", "content");
  const proof = at(body, "publicKeyRequest", "proofOfPossession");
  const key = readKey(String(content));
  const hash = { secp384r1: "sha384", secp521r1: "sha512" }[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? "sha256";
  const algorithm = key.asymmetricKeyType === "ed25519" ? null : hash;
  if (typeof proof !== "string" || !verify(algorithm, Buffer.from(challenge), key, Buffer.from(proof, "base64"))) {
    throw new RefusedRequest(400, "The signature supplied in the request could not be verified");
  }
  return key;
}

function readKey(content: string): KeyObject {
  try {
    return createPublicKey(content);
  } catch {
    throw new RefusedRequest(400, "The public key supplied in the request could not be parsed");
  }
}

async function keyOfRequest(text: string): Promise<KeyObject> {
  const der = Buffer.from(text.replace(/-----[^-]+-----/g, ""), "base64");
  const { result, offset } = fromBER(new Uint8Array(der));
  if (offset < 0) throw new RefusedRequest(400, "The certificate signing request could not be parsed");
  const request = new CertificationRequest({ schema: result });
  if (!(await request.verify())) {
    throw new RefusedRequest(400, "The signature supplied in the request could not be verified");
  }
  const spki = Buffer.from(request.subjectPublicKeyInfo.toSchema().toBER());
  return createPublicKey({ key: spki, format: "der", type: "spki" });
}

/** What the client has to sign: the e-mail address where the token has one, otherwise the subject. */
function challengeOf(claims: Record<string, unknown>): string {
  return String(claims["email"] ?? claims["sub"]);
}

/** Claims of GitHub's tokens and the extensions that they become. */
const WORKFLOW_CLAIMS: readonly (readonly [claim: string, ...names: FulcioExtension[]])[] = [
  ["event_name", "githubWorkflowTrigger", "buildTrigger"],
  ["sha", "githubWorkflowSha", "sourceRepositoryDigest"],
  ["workflow", "githubWorkflowName"],
  ["repository", "githubWorkflowRepository"],
  ["ref", "githubWorkflowRef", "sourceRepositoryRef"],
  ["job_workflow_sha", "buildSignerDigest"],
  ["runner_environment", "runnerEnvironment"],
  ["repository_id", "sourceRepositoryIdentifier"],
  ["repository_owner_id", "sourceRepositoryOwnerIdentifier"],
  ["workflow_sha", "buildConfigDigest"],
  ["repository_visibility", "sourceRepositoryVisibilityAtSigning"],
];

function identityOf(claims: Record<string, unknown>): TestIdentity {
  const issuer = String(claims["iss"]);
  const { email, job_workflow_ref: workflow } = claims;
  const tokenSubject = String(claims["sub"]);
  if (typeof email === "string") {
    if (claims["email_verified"] !== true) throw new RefusedRequest(400, "email address is not verified");
    return { subject: { kind: "email", value: email }, issuer, extensions: { tokenSubject } };
  }
  if (typeof workflow !== "string") {
    return { subject: { kind: "uri", value: tokenSubject }, issuer, extensions: { tokenSubject } };
  }
  const signer = `https://github.com/${workflow}`;
  const repository = `https://github.com/${String(claims["repository"])}`;
  const extensions: Partial<Record<FulcioExtension, string>> = {
    tokenSubject,
    buildSignerUri: signer,
    sourceRepositoryUri: repository,
    sourceRepositoryOwnerUri: `https://github.com/${String(claims["repository_owner"])}`,
    buildConfigUri: `https://github.com/${String(claims["workflow_ref"])}`,
    runInvocationUri: `${repository}/actions/runs/${String(claims["run_id"])}/attempts/${String(claims["run_attempt"])}`,
  };
  for (const [claim, ...names] of WORKFLOW_CLAIMS) {
    const value = claims[claim];
    if (typeof value === "string") for (const name of names) extensions[name] = value;
  }
  return { subject: { kind: "uri", value: signer }, issuer, extensions };
}
