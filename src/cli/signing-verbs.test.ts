/** What the verbs that sign write: files, what stands beside an image, and what services are asked for. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { createSelfSignedCertificate } from "../testing/self-signed-certificate.ts";
import { createLocalSigstore, jsonBytes } from "../testing/sigstore/local-sigstore.ts";
import { type LocalServices, openLocalServices } from "../testing/sigstore/services/local-services.ts";
import { serveTimestamps } from "../testing/sigstore/services/timestamp-service.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-signing-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const textOf = (name: string): string => readFileSync(at(name), "utf8");
const KEY = ["--key", at("good.key")];
const VERIFY = ["--key", at("good.pub"), "--insecure-ignore-tlog"];
const OLD = "--new-bundle-format=false";
const TYPE = "https://example.com/review";
const PREDICATE = ["--predicate", at("predicate.json"), "--type", TYPE];
let digest = "";

/** A fresh copy of the image, with nothing beside it. */
async function freshImage(name: string): Promise<string> {
  await ok("copy", `oci:${at("image")}:v1`, `oci:${at(name)}:v1`);
  return `oci:${at(name)}:v1`;
}

async function attachedTo(image: string): Promise<readonly { form: string; kind: string; subject: string }[]> {
  return JSON.parse((await ok("tree", image, "-o", "json")).stdout).attached;
}

before(async () => {
  digest = await buildTestImage(folder);
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  await ok("generate-key-pair", "--output-key-prefix", at("other"));
  writeTree(folder, { file: "a file", "predicate.json": '{"b":1,"a":2}' });
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("sign", () => {
  test("--bundle writes the bundle that is stored, for its owner only", async () => {
    const image = await freshImage("bundle");
    await ok("sign", ...KEY, "--bundle", at("sign.json"), image);
    assert.equal(statSync(at("sign.json")).mode & 0o777, 0o600);
    const stored = (await ok("download", "signature", image)).stdout.trim();
    assert.deepEqual(JSON.parse(stored), JSON.parse(textOf("sign.json")));
  });

  test("--upload=false stores nothing", async () => {
    const image = await freshImage("kept");
    await ok("sign", ...KEY, "--upload=false", "--bundle", at("kept.json"), image);
    assert.deepEqual(await attachedTo(image), []);
    await ok("attach", "attestation", "--attestation", at("kept.json"), image);
    await ok("verify", ...VERIFY, image);
  });

  test("a payload that is a bundle is attached as one, as with cosign, and no file beside it is left out", async () => {
    const image = await freshImage("payload-bundle");
    const attach = ["attach", "signature", "--payload", at("payload-bundle.json")];
    await ok("sign", ...KEY, "--upload=false", "--bundle", at("payload-bundle.json"), image);
    await refused(2, "USAGE", ...attach, "--signature", at("payload-bundle.json"), image);
    await ok(...attach, image);
    await ok("verify", ...VERIFY, image);
  });

  test("flags that do nothing are told", async () => {
    const image = await freshImage("ignored");
    const told = async (...words: readonly string[]) => (await ok("sign", ...KEY, ...words, image)).stderr;
    assert.match(await told("--record-creation-timestamp"), /--record-creation-timestamp is ignored.*older form/);
    assert.match(await told("--registry-referrers-mode", "legacy"), /legacy is ignored/);
    assert.doesNotMatch(await told("--registry-referrers-mode", "oci-1-1"), /is ignored/);
    assert.match(await told("--replace", "--upload=false", "--bundle", at("ignored.json")), /--replace is ignored/);
    const attested = await ok("attest", ...KEY, ...PREDICATE, OLD, "--replace", "--no-upload", image);
    assert.match(attested.stderr, /--replace is ignored/);
  });

  test("--replace with several names leaves a signature for each", async () => {
    const image = await freshImage("replaced-names");
    await ok("sign", ...KEY, OLD, "-a", "build=1", image);
    const names = ["--sign-container-identity", "a.example/x,b.example/y"];
    for (let round = 0; round < 2; round += 1) {
      await ok("sign", ...KEY, OLD, "--replace", ...names, image);
      assert.equal((await attachedTo(image)).length, 2);
    }
  });

  test("files of the older form are written for every platform, and a bundle ignores them with a word", async () => {
    const image = await freshImage("files");
    const outputs = ["--output-signature", at("sig"), "--output-payload", at("payload")];
    const { stderr } = await ok("sign", ...KEY, ...outputs, image);
    assert.match(stderr, /--output-signature is ignored(?:.*\n)*.*--output-payload is ignored/);
    assert.equal(existsSync(at("sig")), false);
    await ok("sign", ...KEY, OLD, "-r", "--upload=false", ...outputs, image);
    const suffix = digest.replace(":", "-");
    assert.match(textOf(`sig-${suffix}`), /^[A-Za-z0-9+/]+=*$/);
    assert.equal(JSON.parse(textOf(`payload-${suffix}`)).critical.image["docker-manifest-digest"], digest);
    assert.equal(statSync(at(`sig-${suffix}`)).mode & 0o777, 0o600);
  });

  test("the older form's bundle holds one signature a line", async () => {
    const image = await freshImage("old-bundle");
    const names = ["--sign-container-identity", "a.example/x,b.example/y"];
    await ok("sign", ...KEY, OLD, ...names, "--bundle", at("old.json"), image);
    const lines = textOf("old.json").split("\n");
    assert.equal(lines.length, 2);
    for (const line of lines) assert.deepEqual(Object.keys(JSON.parse(line)), ["base64Signature"]);
    assert.equal((await attachedTo(image)).length, 2);
  });

  for (const [form, words] of [
    ["a bundle", []],
    ["under the tag", [OLD]],
  ] as const) {
    test(`--replace leaves one of ours and another's, as ${form}`, async () => {
      const image = await freshImage(`replace-${words.length}`);
      await ok("sign", ...KEY, ...words, "-a", "build=1", image);
      await ok("sign", "--key", at("other.key"), ...words, image);
      await ok("sign", ...KEY, ...words, "-a", "build=2", image);
      assert.equal((await attachedTo(image)).length, 3);
      await ok("sign", ...KEY, ...words, "-a", "build=3", "--replace", image);
      assert.equal((await attachedTo(image)).length, 2);
      await ok("verify", ...VERIFY, "-a", "build=3", image);
      await refused(12, "CLAIM_MISMATCH", "verify", ...VERIFY, "-a", "build=2", image);
      await ok("verify", "--key", at("other.pub"), "--insecure-ignore-tlog", image);
    });
  }

  test("as a referrer of the older form, which is verified", async () => {
    const image = await freshImage("referrer");
    await ok("sign", ...KEY, OLD, "--registry-referrers-mode", "oci-1-1", image);
    assert.deepEqual(
      (await attachedTo(image)).map(({ form, kind }) => [form, kind]),
      [["referrer", "simple-signing"]],
    );
    await ok("verify", ...VERIFY, image);
    await refused(12, "SIGNATURE_INVALID", "verify", "--key", at("other.pub"), "--insecure-ignore-tlog", image);
  });
});

describe("attest", () => {
  const about = (hex: string): string =>
    JSON.stringify({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "x", digest: { sha256: hex } }],
      predicateType: TYPE,
      predicate: { z: 1, a: 2 },
    });

  test("a whole statement is signed as it stands, when it is about the image", async () => {
    const image = await freshImage("statement");
    writeFileSync(at("statement.json"), ` ${about(digest.slice(7))}\n`);
    const { stdout } = await ok("attest", ...KEY, "--statement", at("statement.json"), "--no-upload", image);
    assert.equal(atob(JSON.parse(stdout).payload), textOf("statement.json"));
    writeFileSync(at("other.json"), about("ab".repeat(32)));
    await refused(12, "SUBJECT_MISMATCH", "attest", ...KEY, "--statement", at("other.json"), image);
    assert.deepEqual(await attachedTo(image), []);
    await ok("attest", ...KEY, "--statement", at("statement.json"), image);
    await ok("verify-attestation", ...VERIFY, "--type", TYPE, image);
  });

  test("--no-upload prints the envelope, or writes the bundle", async () => {
    const image = await freshImage("printed");
    for (const words of [[], [OLD]]) {
      const { stdout } = await ok("attest", ...KEY, ...PREDICATE, ...words, "--no-upload", image);
      assert.deepEqual(Object.keys(JSON.parse(stdout)), ["payload", "payloadType", "signatures"]);
    }
    const written = await ok("attest", ...KEY, ...PREDICATE, "--no-upload", "--bundle", at("att.json"), image);
    assert.deepEqual([written.stdout, Object.keys(JSON.parse(textOf("att.json")))[0]], ["", "mediaType"]);
    assert.deepEqual(await attachedTo(image), []);
  });

  test("--replace under the tag leaves other types; a bundle ignores it with a word", async () => {
    const image = await freshImage("replaced");
    const attest = (type: string, ...words: readonly string[]) =>
      ok("attest", ...KEY, "--predicate", at("predicate.json"), "--type", type, ...words, image);
    await attest(TYPE, OLD);
    await attest("https://example.com/other", OLD);
    await attest(TYPE, OLD, "--replace");
    assert.equal((await attachedTo(image)).length, 2);
    assert.match((await attest(TYPE, "--replace")).stderr, /--replace is ignored/);
    assert.equal((await attachedTo(image)).length, 3);
  });

  test("an entry type that is no longer written is told", async () => {
    const image = await freshImage("entry");
    const { stderr } = await ok("attest", ...KEY, ...PREDICATE, "--rekor-entry-type", "intoto", image);
    assert.match(stderr, /intoto is ignored/);
  });
});

describe("blobs", () => {
  test("a name of another algorithm than the key's is told", async () => {
    const words = ["sign-blob", ...KEY, "--bundle", at("blob.json")];
    const own = await ok(...words, "--signing-algorithm", "ecdsa-sha2-256-nistp256", at("file"));
    assert.doesNotMatch(own.stderr, /ignored/);
    const other = await ok(...words, "--signing-algorithm", "rsa-sign-pkcs1-2048-sha256", at("file"));
    assert.match(other.stderr, /the key signs as ecdsa-p256/);
  });

  test("several are signed in the older form, one signature a line", async () => {
    const { stdout } = await ok("sign-blob", ...KEY, OLD, at("file"), at("predicate.json"));
    assert.match(stdout, /^(?:[A-Za-z0-9+/]+=*\n){2}$/);
  });

  test("the older form of an attestation prints the envelope", async () => {
    const { stdout } = await ok("attest-blob", ...KEY, OLD, ...PREDICATE, at("file"));
    assert.match(atob(JSON.parse(stdout).payload), /"predicate":\{"a":2,"b":1\}\}$/);
  });
});

describe("services", () => {
  let services: LocalServices;
  before(async () => {
    services = await openLocalServices();
    writeFileSync(at("root.json"), jsonBytes(services.sigstore.trustedRoot()));
    writeFileSync(at("stranger.json"), jsonBytes(createLocalSigstore().trustedRoot()));
  });
  after(() => services.close());

  const addresses = (): readonly string[] => [
    "--rekor-url",
    services.urls.rekorV1,
    "--timestamp-server-url",
    services.urls.tsa,
  ];

  for (const [form, words, code] of [
    ["bundles", [], "SIGNER_UNKNOWN"],
    ["the older form", [OLD], "SIGNATURE_INVALID"],
  ] as const) {
    test(`by their addresses, for ${form}`, async () => {
      const image = await freshImage(`services-${words.length}`);
      const root = ["--trusted-root", at("root.json")];
      const { stderr } = await ok("sign", ...KEY, ...words, ...addresses(), ...root, image);
      assert.doesNotMatch(stderr, /not verified/);
      await ok("attest", ...KEY, ...words, ...PREDICATE, ...addresses(), ...root, image);
      const verify = ["--key", at("good.pub"), "--use-signed-timestamps", ...root];
      await ok("verify", ...verify, image);
      await ok("verify-attestation", ...verify, "--type", TYPE, image);
      await refused(12, code, "verify", ...verify.with(1, at("other.pub")), image);
    });
  }

  test("a timestamp is written as cosign's older form has it", async () => {
    const words = ["--timestamp-server-url", services.urls.tsa, "--trusted-root", at("root.json")];
    await ok("sign-blob", ...KEY, OLD, ...words, "--rfc3161-timestamp", at("ts.json"), at("file"));
    assert.deepEqual(Object.keys(JSON.parse(textOf("ts.json"))), ["SignedRFC3161Timestamp"]);
    const attested = [...PREDICATE, ...words, "--rfc3161-timestamp-bundle", at("ts2.json")];
    await ok("attest-blob", ...KEY, OLD, ...attested, at("file"));
    assert.notEqual(textOf("ts.json"), textOf("ts2.json"));
  });

  test("without a trusted root are asked, with a word", async () => {
    const { stderr } = await ok("sign-blob", ...KEY, ...addresses(), "--bundle", at("b.json"), at("file"));
    assert.match(stderr, /not verified; pass their --trusted-root/);
  });

  test("that the trusted root does not know: nothing is stored, and no log is asked", async () => {
    const image = await freshImage("stranger");
    const asked = services.requestsTo("rekorV1").length;
    const words = [...KEY, ...addresses(), "--trusted-root", at("stranger.json"), "--bundle", at("none.json")];
    await refused(3, "SIGNING_SERVICE_FAILED", "sign", ...words, image);
    assert.deepEqual(await attachedTo(image), []);
    assert.equal(existsSync(at("none.json")), false);
    assert.equal(services.requestsTo("rekorV1").length, asked);
  });

  test("a log is not asked with --tlog-upload=false", async () => {
    const asked = services.requestsTo("rekorV1").length;
    const words = ["--tlog-upload=false", ...addresses(), "--bundle", at("quiet.json"), at("file")];
    await ok("sign-blob", ...KEY, ...words);
    assert.equal(services.requestsTo("rekorV1").length, asked);
    const { verificationMaterial } = JSON.parse(textOf("quiet.json"));
    assert.deepEqual(Object.keys(verificationMaterial).toSorted(), ["publicKey", "timestampVerificationData"]);
  });
});

describe("a timestamp authority that wants a certificate", () => {
  const authority = createSelfSignedCertificate("tsa.internal");
  const client = createSelfSignedCertificate("signer");
  const sigstore = createLocalSigstore();
  let server: Server;
  let url = "";
  before(async () => {
    const options = {
      cert: authority.certificatePem,
      key: authority.keyPem,
      ca: client.certificatePem,
      requestCert: true,
    };
    const answer = serveTimestamps(sigstore.timestampAuthority, Date.now);
    server = createServer(options, (message, response) => {
      const chunks: Buffer[] = [];
      message.on("data", (chunk: Buffer) => chunks.push(chunk));
      message.on("end", () => {
        const { method = "", headers } = message;
        const path = new URL(message.url ?? "/", "https://tsa.internal");
        const answered = answer({ method, url: path, headers, body: Buffer.concat(chunks) });
        response.writeHead(answered.status, answered.headers);
        response.end(answered.body instanceof Uint8Array ? answered.body : JSON.stringify(answered.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/timestamp`;
    writeTree(folder, {
      "tsa-ca.pem": authority.certificatePem,
      "client.pem": client.certificatePem,
      "client.key": client.keyPem,
    });
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const own = ["--timestamp-client-cert", at("client.pem"), "--timestamp-client-key", at("client.key")];
  const ca = ["--timestamp-client-cacert", at("tsa-ca.pem")];
  const out = ["--bundle", at("tls.json"), at("file")];
  const sign = (...words: readonly string[]): readonly string[] => [
    "sign-blob",
    ...KEY,
    "--timestamp-server-url",
    url,
    ...words,
    ...out,
  ];

  test("gets it, and must have the name that it is asked by", async () => {
    await ok(...sign(...ca, ...own));
    await ok(...sign(...ca, ...own, "--timestamp-server-name", "tsa.internal"));
    const other = sign(...ca, ...own, "--timestamp-server-name", "other.internal");
    await refused(3, "SIGNING_SERVICE_FAILED", ...other);
  });

  test("answers nobody without one, and is not trusted without its own", async () => {
    await refused(3, "SIGNING_SERVICE_FAILED", ...sign(...ca));
    await refused(3, "SIGNING_SERVICE_FAILED", ...sign(...own));
    await refused(2, "USAGE", ...sign(...ca, ...own.slice(0, 2)));
  });
});
