import assert from "node:assert/strict";
import { createHash, sign, X509Certificate } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { fromBER } from "asn1js";
import { ContentInfo, SignedData, TimeStampResp, TSTInfo } from "pkijs";
import { integer, NULL, objectId, octets, pem, sequence, TRUE } from "../der-values.ts";
import { base64, type LogEntryJson } from "../json-shapes.ts";
import { createTestKey, type TestKey } from "../keys.ts";
import { leafHash, rootOfProof } from "../merkle-tree.ts";
import { WORKFLOW_CLAIMS } from "./identity-provider.ts";

/** What the contract needs of a running Sigstore. */
export interface ServicesUnderTest {
  readonly fulcio: string;
  readonly rekorV2: string;
  readonly tsa: string;
  /** A token for an e-mail address, for Fulcio. */
  token(email: string): string;
  /** A token of a workflow's run. */
  workflowToken(): string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

async function send(url: string, body?: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  const request = body === undefined ? {} : { method: "POST", body: new Uint8Array(Buffer.from(body)) };
  const response = await fetch(url, { ...request, headers });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

const JSON_TYPE = { "content-type": "application/json" };
const json = ({ bytes }: Answer): Record<string, unknown> => JSON.parse(bytes.toString("utf8"));

/** What each of Sigstore's services does; the local ones and the real ones are held to it. */
export function sigstoreServicesContract(name: string, open: () => Promise<ServicesUnderTest>): void {
  describe(name, () => {
    let services: ServicesUnderTest;
    before(async () => {
      services = await open();
    });
    after(() => services.close());
    describe("Fulcio", () => fulcioContract(() => services));
    describe("Rekor v2", () => rekorV2Contract(() => services));
    describe("the timestamp authority", () => timestampContract(() => services));
  });
}

const EMAIL = "dev@example.com";

function certificateRequest(key: TestKey, signed: string): string {
  const publicKey = { algorithm: "PUBLIC_KEY_ALGORITHM_UNSPECIFIED", content: key.pem };
  const proofOfPossession = base64(key.sign(Buffer.from(signed)));
  return JSON.stringify({ publicKeyRequest: { publicKey, proofOfPossession } });
}

function chainOf(answer: Answer): readonly X509Certificate[] {
  assert.equal(answer.status, 200, answer.bytes.toString("utf8"));
  const body = json(answer) as Record<string, { readonly chain: { readonly certificates: readonly string[] } }>;
  const signed = body["signedCertificateEmbeddedSct"] ?? body["signedCertificateDetachedSct"];
  return (signed?.chain.certificates ?? []).map((text) => new X509Certificate(text));
}

function fulcioContract(services: () => ServicesUnderTest): void {
  const ask = (body: string, token: string): Promise<Answer> =>
    send(`${services().fulcio}/api/v2/signingCert`, body, { ...JSON_TYPE, authorization: `Bearer ${token}` });

  for (const kind of ["ecdsa-p256", "ecdsa-p384", "rsa-2048"] as const) {
    test(`a certificate for a key of ${kind}, for ten minutes, that leads to the trust bundle`, async () => {
      const key = createTestKey(kind);
      const chain = chainOf(await ask(certificateRequest(key, EMAIL), services().token(EMAIL)));
      const [leaf, issuer] = chain;
      assert.ok(leaf !== undefined && issuer !== undefined);
      assert.equal(leaf.subjectAltName, `email:${EMAIL}`);
      assert.equal(leaf.validToDate.getTime() - leaf.validFromDate.getTime(), 600_000);
      assert.deepEqual(leaf.publicKey.export({ type: "spki", format: "der" }), key.spki);
      assert.equal(leaf.verify(issuer.publicKey), true);
      const bundle = json(await send(`${services().fulcio}/api/v2/trustBundle`));
      const chains = bundle["chains"] as readonly { readonly certificates: readonly string[] }[];
      const trusted = new X509Certificate(chains[0]?.certificates.at(-1) ?? "");
      assert.equal(trusted.fingerprint256, chain.at(-1)?.fingerprint256);
    });
  }

  test("a certificate for a signing request", async () => {
    const key = createTestKey();
    const body = sequence(integer(0), sequence(), key.spki, Buffer.from([0xa0, 0]));
    const signature = Buffer.concat([Buffer.from([0]), sign("sha256", body, key.privateKey)]);
    const der = sequence(body, key.signatureAlgorithm, Buffer.concat([Buffer.from([3, signature.length]), signature]));
    const request = base64(Buffer.from(pem("CERTIFICATE REQUEST", der)));
    const answer = await ask(JSON.stringify({ certificateSigningRequest: request }), services().token(EMAIL));
    const [leaf] = chainOf(answer);
    assert.equal(leaf?.subjectAltName, `email:${EMAIL}`);
  });

  test("a certificate for a workflow, with the extensions that Fulcio makes of the token's claims", async () => {
    const key = createTestKey();
    const subject = String(WORKFLOW_CLAIMS["sub"]);
    const [leaf] = chainOf(await ask(certificateRequest(key, subject), services().workflowToken()));
    assert.equal(leaf?.subjectAltName, `URI:https://github.com/${String(WORKFLOW_CLAIMS["job_workflow_ref"])}`);
    assert.deepEqual(fulcioArcs(leaf.raw), [...range(1, 6), ...range(8, 22), 24]);
    const person = chainOf(await ask(certificateRequest(key, EMAIL), services().token(EMAIL)));
    assert.deepEqual(fulcioArcs(person[0]?.raw ?? Buffer.alloc(0)), [1, 8, 24]);
  });

  test("refused: a proof over another name, a token that is not signed, no token", async () => {
    const key = createTestKey();
    const token = services().token(EMAIL);
    assert.equal((await ask(certificateRequest(key, "eve@example.com"), token)).status, 400);
    assert.equal((await ask(certificateRequest(key, EMAIL), `${token.slice(0, -12)}AAAAAAAAAAAA`)).status, 400);
    const answer = await ask(certificateRequest(key, EMAIL), "none");
    assert.equal(answer.status, 400);
    assert.equal(typeof json(answer)["message"], "string");
  });
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** The last arcs of Fulcio's extensions in a certificate, in its order. */
function fulcioArcs(der: Buffer): readonly number[] {
  const prefix = Buffer.from("060a2b0601040183bf3001", "hex");
  const arcs: number[] = [];
  for (let at = der.indexOf(prefix); at >= 0; at = der.indexOf(prefix, at + 1)) arcs.push(der[at + prefix.length] ?? 0);
  return arcs;
}

function rekorRequest(key: TestKey, message: Buffer, signature: Buffer = key.sign(message)): string {
  const verifier = { keyDetails: key.keyDetails, publicKey: { rawBytes: base64(key.spki) } };
  const digest = base64(createHash(key.hash).update(message).digest());
  return JSON.stringify({ hashedRekordRequestV002: { digest, signature: { content: base64(signature), verifier } } });
}

function rekorV2Contract(services: () => ServicesUnderTest): void {
  const add = (body: string): Promise<Answer> => send(`${services().rekorV2}/api/v2/log/entries`, body, JSON_TYPE);
  const message = Buffer.from("hello");

  for (const kind of ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "ed25519ph"] as const) {
    test(`an entry for a key of ${kind}, with its body and its proof`, async () => {
      const key = createTestKey(kind);
      const answer = await add(rekorRequest(key, message));
      assert.equal(answer.status, 201, answer.bytes.toString("utf8"));
      const entry = json(answer) as unknown as LogEntryJson;
      assert.deepEqual(entry.kindVersion, { kind: "hashedrekord", version: "0.0.2" });
      // The server writes every field of the message, also the two that only Rekor v1 fills.
      assert.equal(entry.inclusionPromise, null);
      assert.equal(entry.integratedTime, "0");
      const body = Buffer.from(entry.canonicalizedBody, "base64");
      const read = JSON.parse(body.toString("utf8"));
      assert.equal(read.spec.hashedRekordV002.signature.verifier.publicKey.rawBytes, base64(key.spki));
      const proof = entry.inclusionProof;
      assert.ok(proof !== undefined);
      const path = proof.hashes.map((hash) => Buffer.from(hash, "base64"));
      const root = rootOfProof(leafHash(body), Number(proof.logIndex), Number(proof.treeSize), path);
      assert.equal(base64(root ?? Buffer.alloc(0)), proof.rootHash);
      const lines = proof.checkpoint.envelope.split("\n");
      assert.deepEqual(lines.slice(0, 4), ["127.0.0.1", proof.treeSize, proof.rootHash, ""]);
      const signature = Buffer.from(lines[4]?.split(" ")[2] ?? "", "base64");
      assert.deepEqual(signature.subarray(0, 4), Buffer.from(entry.logId.keyId, "base64").subarray(0, 4));
    });
  }

  test("entries at once are all in the tree", async () => {
    const keys = Array.from({ length: 5 }, () => createTestKey());
    const answers = await Promise.all(keys.map((key) => add(rekorRequest(key, message))));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    const indexes = answers.map((answer) => json(answer)["logIndex"]);
    assert.equal(new Set(indexes).size, keys.length);
  });

  test("refused: the signature of another message, another kind of entry, no JSON", async () => {
    const key = createTestKey();
    assert.equal((await add(rekorRequest(key, message, key.sign(Buffer.from("other"))))).status, 400);
    const prehashed = createTestKey("ed25519ph");
    assert.equal((await add(rekorRequest(prehashed, message, prehashed.sign(Buffer.from("other"))))).status, 400);
    assert.equal((await add(JSON.stringify({ dsseRequestV002: {} }))).status, 400);
    assert.equal((await add("{")).status, 400);
  });
}

const SHA256 = "2.16.840.1.101.3.4.2.1";

function timestampRequest(digest: Uint8Array, certificate: boolean): Buffer {
  return sequence(
    integer(1),
    sequence(sequence(objectId(SHA256), NULL), octets(digest)),
    integer(Buffer.from([0x81, 2, 3, 4, 5, 6, 7, 8])),
    ...(certificate ? [TRUE] : []),
  );
}

function timestampContract(services: () => ServicesUnderTest): void {
  const ask = (body: Uint8Array, type = "application/timestamp-query"): Promise<Answer> =>
    send(services().tsa, body, { "content-type": type });
  const digest = createHash("sha256").update("signature").digest();

  for (const certificate of [true, false]) {
    test(`a token ${certificate ? "with" : "without"} the certificate of its signer`, async () => {
      const answer = await ask(timestampRequest(digest, certificate));
      assert.ok(answer.status === 200 || answer.status === 201, String(answer.status));
      const { data, info } = readToken(answer.bytes);
      assert.deepEqual(Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView), digest);
      assert.deepEqual(Buffer.from(info.nonce?.valueBlock.valueHexView ?? []).subarray(-8)[0], 0x81);
      assert.equal((data.certificates ?? []).length > 0, certificate);
      assert.ok(Math.abs(info.genTime.getTime() - Date.now()) < 3_600_000);
    });
  }

  test("the chain of its certificates", async () => {
    const answer = await send(`${services().tsa}/certchain`);
    assert.equal(answer.status, 200);
    const blocks = answer.bytes.toString("utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
    const chain = (blocks ?? []).map((text) => new X509Certificate(text));
    assert.ok(chain.length >= 2);
    assert.equal(chain[0]?.verify((chain[1] as X509Certificate).publicKey), true);
  });

  test("refused: what is no request, and another media type", async () => {
    assert.equal((await ask(Buffer.from("no request"))).status, 400);
    assert.ok((await ask(timestampRequest(digest, true), "text/plain")).status >= 400);
  });
}

function readToken(bytes: Buffer): { readonly data: SignedData; readonly info: TSTInfo } {
  const response = new TimeStampResp({ schema: fromBER(new Uint8Array(bytes)).result });
  assert.equal(response.status.status, 0);
  const content = new ContentInfo({ schema: response.timeStampToken?.toSchema() });
  const data = new SignedData({ schema: content.content });
  const inside = data.encapContentInfo.eContent?.getValue() ?? new ArrayBuffer(0);
  return { data, info: new TSTInfo({ schema: fromBER(inside).result }) };
}
