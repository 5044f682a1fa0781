/**
 * A client of sigstore-conformance: `node conformance/sigstore/client.ts verify-bundle …` ends with 0 where the bundle
 * verifies and with 1 where it does not; 2 is a wrong call. `sign-bundle` is not supported yet and ends with 2.
 */
import { existsSync, readFileSync } from "node:fs";
import {
  createBundleVerifier,
  decodeBundle,
  decodeTrustRoot,
  type SignedArtifact,
  type TrustRoot,
  type VerifierOptions,
} from "../../src/attestation/index.ts";
import { type Decoded, isAmapError, parseDigest } from "../../src/base/index.ts";
import { readPublicGoodRoot } from "./public-good-root.ts";

/** How a call ended. */
export interface ClientResult {
  readonly exitCode: 0 | 1 | 2;
  readonly message: string;
}

const VALUES = new Set([
  "--bundle",
  "--certificate-identity",
  "--certificate-oidc-issuer",
  "--key",
  "--trusted-root",
  "--identity-token",
  "--signing-config",
]);
const SWITCHES = new Set(["--staging", "--in-toto"]);

/** Runs one call of the suite's protocol; never throws for what a file holds. */
export function runClient(words: readonly string[]): ClientResult {
  const [verb, ...rest] = words;
  if (verb === "sign-bundle") return wrongCall("sign-bundle is not supported yet: amap signs with keys, not keyless");
  if (verb !== "verify-bundle") return wrongCall(`expected verify-bundle or sign-bundle, found ${verb ?? "nothing"}`);
  const call = readCall(rest);
  if (typeof call === "string") return wrongCall(call);
  try {
    return verifyBundleFile(call);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { exitCode: 1, message: `${error.code}: ${error.message}` };
  }
}

interface Call {
  readonly flags: ReadonlyMap<string, string>;
  readonly artifact: string;
}

function readCall(words: readonly string[]): Call | string {
  const flags = new Map<string, string>();
  const positional: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (SWITCHES.has(word)) flags.set(word, "");
    else if (VALUES.has(word)) {
      const value = words[++index];
      if (value === undefined) return `expected a value after ${word}`;
      flags.set(word, value);
    } else if (word.startsWith("--")) return `${word} is not known`;
    else positional.push(word);
  }
  const [artifact, ...others] = positional;
  if (artifact === undefined || others.length > 0) return `expected one file or digest, found ${positional.length}`;
  return { flags, artifact };
}

function verifyBundleFile({ flags, artifact }: Call): ClientResult {
  const root = readRoot(flags);
  if (typeof root === "string") return wrongCall(root);
  const signer = readSigner(flags);
  if (typeof signer === "string") return wrongCall(signer);
  const bundle = decodeBundle(readBytes(flags.get("--bundle") ?? ""));
  if (!bundle.ok) return { exitCode: 1, message: firstIssue(bundle) };
  const trustRoot = decodeTrustRoot(root);
  if (!trustRoot.ok) return { exitCode: 1, message: firstIssue(trustRoot) };
  return judge(
    createBundleVerifier({ ...signer, trustRoot: trustRoot.value }).verify(bundle.value, readArtifact(artifact)),
  );
}

function judge(result: ReturnType<ReturnType<typeof createBundleVerifier>["verify"]>): ClientResult {
  if (!result.ok) return { exitCode: 1, message: `${result.refusal.code}: ${result.refusal.message}` };
  const { source, at } = result.signedTime;
  return { exitCode: 0, message: `signed by ${result.signer.name}, ${source} ${at ?? ""}`.trimEnd() };
}

function readRoot(flags: ReadonlyMap<string, string>): Uint8Array | string {
  const path = flags.get("--trusted-root");
  if (path !== undefined) return readBytes(path);
  if (flags.has("--staging")) return "the staging root is not here: pass it with --trusted-root";
  return readPublicGoodRoot() ?? "the public-good root is not here: install @sigstore/tuf, or pass --trusted-root";
}

function readSigner(flags: ReadonlyMap<string, string>): VerifierOptions | string {
  const key = flags.get("--key");
  if (key !== undefined) return { keys: [{ name: key, pem: readFileSync(key, "utf8") }] };
  const subject = flags.get("--certificate-identity");
  const issuer = flags.get("--certificate-oidc-issuer");
  if (subject === undefined || issuer === undefined) {
    return "expected --key, or --certificate-identity with --certificate-oidc-issuer";
  }
  return { identities: [{ subject: { exact: subject }, issuer: { exact: issuer } }] };
}

/** A digest only where no file has that name. */
function readArtifact(name: string): SignedArtifact {
  if (!existsSync(name) && /^sha256:[0-9a-f]{64}$/.test(name)) return { kind: "digests", digests: [parseDigest(name)] };
  return { kind: "bytes", bytes: readBytes(name) };
}

function readBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

function firstIssue(decoded: Decoded<TrustRoot> & { ok: false }): string {
  const [issue] = decoded.issues;
  return `${issue?.code}: ${issue?.path} ${issue?.message}`;
}

function wrongCall(message: string): ClientResult {
  return { exitCode: 2, message };
}

if (import.meta.main) {
  const { exitCode, message } = runClient(process.argv.slice(2));
  console.error(message);
  process.exit(exitCode);
}
