import assert from "node:assert/strict";
import { createHash, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { initTUF } from "@sigstore/tuf";
import { canonicalJson, encodeUtf8 } from "../../../base/index.ts";
import { base64 } from "../json-shapes.ts";
import { createTestKey } from "../keys.ts";
import { dsseMessage } from "../local-sigstore.ts";
import { leafHash, rootOfProof } from "../merkle-tree.ts";
import { openHttpService, refusal } from "./http-service.ts";
import { emailClaims, WORKFLOW_CLAIMS } from "./identity-provider.ts";
import { type LocalServices, openLocalServices } from "./local-services.ts";
import { sigstoreServicesContract } from "./sigstore-services.contract.ts";
import { createTufRepository, type TufOptions, type TufRepository } from "./tuf-repository.ts";

sigstoreServicesContract("the local services", async () => {
  const local = await openLocalServices();
  return {
    fulcio: local.urls.fulcio,
    rekorV2: local.urls.rekorV2,
    tsa: local.urls.tsa,
    token: (email) => local.provider.issueToken(emailClaims(email)),
    workflowToken: () => local.provider.issueToken(WORKFLOW_CLAIMS),
    close: () => local.close(),
  };
});

describe("Rekor v1", () => {
  let local: LocalServices;
  before(async () => {
    local = await openLocalServices();
  });
  after(() => local.close());

  const key = createTestKey();
  const text64 = (text: string): string => base64(Buffer.from(text));
  const publicKey = { content: text64(key.pem) };
  const artifact = Buffer.from("hello");
  const value = createHash("sha256").update(artifact).digest("hex");
  const data = { hash: { algorithm: "sha256", value } };
  const proposed = (kind: string, apiVersion: string, spec: object): string =>
    JSON.stringify({ kind, apiVersion, spec });
  const payloadType = "application/vnd.in-toto+json";
  const sig = base64(key.sign(dsseMessage(payloadType, Buffer.from("{}"))));
  const envelope = { payload: text64("{}"), payloadType, signatures: [{ sig }] };
  const dsse = (changed: object): string => {
    const proposedContent = { envelope: JSON.stringify({ ...envelope, ...changed }), verifiers: [publicKey.content] };
    return proposed("dsse", "0.0.1", { proposedContent });
  };
  const intoto = proposed("intoto", "0.0.2", {
    content: {
      envelope: {
        payloadType,
        payload: text64(envelope.payload),
        signatures: [{ sig: text64(sig), publicKey: publicKey.content }],
      },
    },
  });
  /** An entry about a SHA-512, which is what Ed25519ph signs. */
  function prehashed(): string {
    const ed = createTestKey("ed25519ph");
    const hash = { algorithm: "sha512", value: createHash("sha512").update(artifact).digest("hex") };
    const signature = { content: base64(ed.sign(artifact)), publicKey: { content: text64(ed.pem) } };
    return proposed("hashedrekord", "0.0.1", { data: { hash }, signature });
  }
  const signed = { content: base64(key.sign(artifact)), publicKey };
  const post = (body: string): Promise<Response> =>
    fetch(`${local.urls.rekorV1}/api/v1/log/entries`, { method: "POST", body });

  for (const [name, body] of [
    ["hashedrekord", proposed("hashedrekord", "0.0.1", { data, signature: signed })],
    ["hashedrekord by Ed25519ph", prehashed()],
    ["dsse", dsse({})],
    ["intoto", intoto],
  ] as const) {
    test(`an entry of kind ${name}: its promise, its proof, found again, and refused the second time`, async () => {
      const added = await post(body);
      assert.equal(added.status, 201);
      const entries = (await added.json()) as Record<string, Record<string, unknown>>;
      const uuid = added.headers.get("etag") ?? "";
      const entry = entries[uuid];
      assert.ok(entry !== undefined);
      const { body: written, integratedTime, logID, logIndex, verification } = entry;
      const { signedEntryTimestamp, inclusionProof } = verification as {
        signedEntryTimestamp: string;
        inclusionProof: { hashes: string[]; logIndex: number; treeSize: number; rootHash: string };
      };
      const promised = canonicalJson({ body: written, integratedTime, logID, logIndex } as never);
      const promise = Buffer.from(signedEntryTimestamp, "base64");
      assert.equal(verify("sha256", encodeUtf8(promised), local.sigstore.rekorV1.key.pem, promise), true);
      const leaf = leafHash(Buffer.from(String(written), "base64"));
      const path = inclusionProof.hashes.map((hash) => Buffer.from(hash, "hex"));
      const root = rootOfProof(leaf, inclusionProof.logIndex, inclusionProof.treeSize, path);
      assert.equal(root?.toString("hex"), inclusionProof.rootHash);

      const url = `${local.urls.rekorV1}/api/v1/log/entries`;
      for (const place of [`${url}/${uuid}`, `${url}?logIndex=${String(logIndex)}`]) {
        assert.deepEqual(await (await fetch(place)).json(), entries);
      }
      const search = { method: "POST", body: JSON.stringify({ entryUUIDs: [uuid] }) };
      assert.deepEqual(await (await fetch(`${url}/retrieve`, search)).json(), [entries]);
      const again = await post(body);
      assert.equal(again.status, 409);
      assert.equal(again.headers.get("location"), `/api/v1/log/entries/${uuid}`);
    });
  }

  for (const [name, body] of [
    [
      "a signature of something else",
      proposed("hashedrekord", "0.0.1", { data, signature: { ...signed, content: sig } }),
    ],
    ["an envelope with another payload", dsse({ payload: text64("[]") })],
    ["a kind that it does not know", proposed("rpm", "0.0.1", {})],
    ["what is no JSON", "{"],
  ] as const) {
    test(`refused: ${name}`, async () => assert.equal((await post(body)).status, 400));
  }

  test("the log's own state", async () => {
    const log = (await (await fetch(`${local.urls.rekorV1}/api/v1/log`)).json()) as Record<string, unknown>;
    assert.equal(log["treeSize"], local.sigstore.rekorV1.tree.size);
    assert.equal(
      await (await fetch(`${local.urls.rekorV1}/api/v1/log/publicKey`)).text(),
      local.sigstore.rekorV1.key.pem,
    );
    assert.equal((await fetch(`${local.urls.rekorV1}/api/v1/log/entries/00`)).status, 404);
  });
});

describe("the TUF repository, as @sigstore/tuf reads it", () => {
  const folder = mkdtempSync(join(tmpdir(), "amap-tuf-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const target = Buffer.from('{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
  let clients = 0;

  /** What a new client reads, after the repository was changed. */
  async function read(change: (repository: TufRepository) => void, options: Partial<TufOptions> = {}): Promise<string> {
    const targets = new Map([["trusted_root.json", target]]);
    const repository = createTufRepository({ targets, now: Date.now(), ...options });
    change(repository);
    const service = await openHttpService();
    service.serve(({ url }) => {
      const body = repository.files.get(url.pathname.slice(1));
      return body === undefined ? refusal(404, "not found") : { status: 200, body };
    });
    clients += 1;
    const rootPath = join(folder, `root-${clients}.json`);
    writeFileSync(rootPath, repository.firstRoot);
    try {
      const client = await initTUF({
        mirrorURL: service.origin,
        cachePath: join(folder, `cache-${clients}`),
        rootPath,
        retry: false,
        timeout: 5000,
      });
      return await client.getTarget("trusted_root.json");
    } finally {
      await service.close();
    }
  }

  test("gives its targets, also after updates and two rotations of the root", async () => {
    assert.equal(await read(() => {}), target.toString());
    const changed = await read((repository) => {
      repository.rotateRoot();
      repository.publish({ targets: new Map([["trusted_root.json", Buffer.from("{}")]]) });
      repository.rotateRoot();
    });
    assert.equal(changed, "{}");
  });

  for (const [name, change, options] of [
    [
      "changed targets metadata",
      (tuf) => tuf.tamper("1.targets.json", (bytes) => replaceIn(bytes, '"version":1', '"version":2')),
      {},
    ],
    [
      "a changed timestamp",
      (tuf) => tuf.tamper("timestamp.json", (bytes) => replaceIn(bytes, '"version":1', '"version":2')),
      {},
    ],
    ["an expired timestamp", () => {}, { expiresInMs: { timestamp: -1000 } }],
    [
      "a root signed by the new key alone",
      (tuf) => {
        tuf.rotateRoot();
        tuf.tamper("2.root.json", dropFirstSignature);
      },
      {},
    ],
  ] as readonly (readonly [string, (tuf: TufRepository) => void, Partial<TufOptions>])[]) {
    test(`refused: ${name}`, () => assert.rejects(read(change, options)));
  }
});

function replaceIn(bytes: Buffer, from: string, to: string): Uint8Array {
  return Buffer.from(bytes.toString("utf8").replace(from, to));
}

function dropFirstSignature(bytes: Buffer): Uint8Array {
  const document = JSON.parse(bytes.toString("utf8"));
  document.signatures.shift();
  return Buffer.from(JSON.stringify(document));
}
