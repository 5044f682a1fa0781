/** The flags of the verbs that sign, against cosign 3.1.3: the same bytes, and what one writes the other verifies. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runCli } from "../../../src/cli/run-cli.ts";
import { VERBS } from "../../../src/cli/verbs.ts";
import { createCliChecks, createCliRunner } from "../../../src/testing/cli-runner.ts";
import { type Ended, openStage, type Stage, succeed } from "./stage.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const EPOCH = "1767225600";

let stage: Stage;
let count = 0;

/** amap runs in this process, which stands in the stage's folder: a start of its own for each verb costs most of the time. */
const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const amap = (words: readonly string[], env: Readonly<Record<string, string>> = {}): ReturnType<typeof runAmap> =>
  runAmap(words, { COSIGN_PASSWORD: "e2e", ...env });
const { ok, refused } = createCliChecks((words) => amap(words));
const peer = (...words: readonly string[]): Promise<Ended> => succeed(stage.cosign(...words));
const read = (name: string): string => readFileSync(join(stage.folder, name), "utf8");
const json = (name: string) => JSON.parse(read(name));

const KEY = ["--key", "cosign.key", "-y"];
/** cosign's older form, without services. */
const OLD = ["--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false"];
const AMAP_OLD = ["--new-bundle-format=false"];

/** Pushes an index, which needs no blobs, and returns its name by digest. */
async function push(host = stage.registries.fallback): Promise<string> {
  count += 1;
  const name = `flags-${count}`;
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] });
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  const headers = { "content-type": mediaType };
  const answer = await fetch(`http://${host}/v2/${name}/manifests/${digest}`, { method: "PUT", headers, body });
  assert.equal(answer.status, 201, await answer.text());
  return `${host}/${name}@${digest}`;
}

/** What a registry has under a tag: the manifest with its config and the payloads, read plainly. */
async function readTag(image: string, suffix: string) {
  const [repository = "", digest = ""] = image.split("@");
  return readManifest(repository, `${digest.replace(":", "-")}${suffix}`);
}

async function readManifest(repository: string, reference: string) {
  const [host = "", ...path] = repository.split("/");
  const get = async (kind: string, name: string): Promise<string> => {
    const answer = await fetch(`http://${host}/v2/${path.join("/")}/${kind}/${name}`, {
      headers: { accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json" },
    });
    assert.equal(answer.status, 200, `${kind} ${name}`);
    return answer.text();
  };
  const manifest = await get("manifests", reference);
  const { config, layers } = JSON.parse(manifest);
  const payloads: string[] = [];
  for (const layer of layers ?? []) payloads.push(await get("blobs", layer.digest));
  return { manifest, config: config === undefined ? "" : await get("blobs", config.digest), payloads };
}

/** The one manifest that refers to an image, in a registry with the referrers API. */
async function readReferrer(image: string) {
  const [repository = "", digest = ""] = image.split("@");
  const [host = "", ...path] = repository.split("/");
  const { manifests } = JSON.parse(
    await (await fetch(`http://${host}/v2/${path.join("/")}/referrers/${digest}`)).text(),
  );
  assert.equal(manifests.length, 1);
  return readManifest(repository, manifests[0].digest);
}

const withoutSignature = (manifest: string): string =>
  manifest.replaceAll(/"dev\.cosignproject\.cosign\/signature":"[^"]*"/g, '"signature"');
const payloadOf = (bundle: string): string => Buffer.from(json(bundle).dsseEnvelope.payload, "base64").toString("utf8");

before(async () => {
  stage = await openStage();
  process.chdir(stage.folder);
  mkdirSync(join(stage.folder, "out"));
  stage.write("file.txt", "a file");
  await peer("signing-config", "create", "--out", "none.json");
});
after(async () => {
  process.chdir(root);
  await stage.close();
});

describe("attest-blob writes the statement that cosign writes", { concurrency: 3 }, () => {
  const documents: Readonly<Record<string, unknown>> = {
    "https://example.com/any": {
      b: 1,
      a: "<&> \u2028 \u{1F600} \u0007",
      "10": [1.5, 2, -0.25, 1e21, 1e-7, null],
      "9": { d: true, c: [] },
    },
    custom: { any: "text" },
    slsaprovenance: {
      builder: { id: "https://builder.example" },
      buildType: "https://type.example",
      invocation: { configSource: { uri: "git+https://git.example/a", digest: { sha1: "ab" } } },
      materials: [{ uri: "pkg:a/b", digest: { sha256: "cd" } }],
    },
    slsaprovenance1: {
      buildDefinition: { buildType: "https://type.example", externalParameters: { b: 1, a: 2 } },
      runDetails: { builder: { id: "https://builder.example" }, metadata: { invocationID: "run-1" } },
    },
    link: {
      _type: "link",
      name: "build",
      command: ["make"],
      materials: {},
      products: {},
      byproducts: {},
      environment: {},
    },
    spdxjson: { spdxVersion: "SPDX-2.3", name: "n" },
    cyclonedx: { bomFormat: "CycloneDX", specVersion: "1.6", version: 1 },
    vuln: {
      invocation: { parameters: null, uri: "", event_id: "", "builder.id": "" },
      scanner: { uri: "u", version: "1", db: { uri: "", version: "" }, result: { z: 1, a: 2 } },
      metadata: { scanStartedOn: "2026-01-01T00:00:00Z", scanFinishedOn: "2026-01-01T00:00:01Z" },
    },
    openvex: { "@context": "https://openvex.dev/ns/v0.2.0", statements: [{ z: 1, a: 2 }] },
  };
  for (const [type, document] of Object.entries(documents)) {
    test(type, async () => {
      const name = type.replaceAll(/\W/g, "-");
      stage.write(`${name}.json`, JSON.stringify(document));
      const words = [...KEY, "--type", type, "--predicate", `${name}.json`];
      const services = ["--signing-config", "none.json", "--trusted-root", "root.json"];
      await Promise.all([
        ok("attest-blob", ...words, "--bundle", `${name}-amap.json`, "file.txt"),
        peer("attest-blob", ...words, ...services, "--bundle", `${name}-peer.json`, "file.txt"),
      ]);
      const time = /"Timestamp":"[^"]*"/;
      const [mine, its] = [`${name}-amap.json`, `${name}-peer.json`].map((each) =>
        payloadOf(each).replace(time, "time"),
      );
      assert.equal(mine, its);
    });
  }

  test("a whole statement, byte for byte", async () => {
    const text = `{ "subject": [{"name":"x","digest":{"sha256":"${"ab".repeat(32)}"}}], "predicateType":"https://example.com/x",\n "_type":"https://in-toto.io/Statement/v0.1", "predicate":{"b":1,"a":2}, "more": 1 }\n`;
    stage.write("statement.json", text);
    await ok("attest-blob", ...KEY, "--statement", "statement.json", "--bundle", "statement-amap.json");
    assert.equal(payloadOf("statement-amap.json"), text);
  });
});

describe("sign writes under the tag what cosign writes", { concurrency: 3 }, () => {
  for (const [what, words] of [
    ["one signature", []],
    ["annotations", ["-a", "b=<1>", "-a", "a=2"]],
    ["names of the image", ["--sign-container-identity", "mirror.example/a,mirror.example/b"]],
    ["the time", ["--record-creation-timestamp"]],
  ] as const) {
    test(what, async () => {
      const image = await push();
      const env = { SOURCE_DATE_EPOCH: EPOCH };
      const signed = await amap(["sign", ...KEY, ...AMAP_OLD, ...words, image], env);
      assert.equal(signed.exit, 0, signed.stderr);
      await peer("verify", "--key", "cosign.pub", "--insecure-ignore-tlog", "--new-bundle-format=false", image);
      const mine = await readTag(image, ".sig");
      await ok("clean", "-f", image);
      await succeed(stage.cosignWith(env, "sign", ...KEY, ...OLD, ...words, image));
      const its = await readTag(image, ".sig");
      assert.equal(withoutSignature(mine.manifest), withoutSignature(its.manifest));
      assert.deepEqual([mine.config, mine.payloads], [its.config, its.payloads]);
    });
  }
});

describe("sign with services writes what cosign verifies under the tag", { concurrency: 3 }, () => {
  const services = (...names: readonly ("log" | "tsa")[]): readonly string[] => [
    ...(names.includes("log") ? ["--rekor-url", stage.urls.rekorV1] : []),
    ...(names.includes("tsa") ? ["--timestamp-server-url", stage.urls.tsa] : []),
    "--trusted-root",
    stage.files.trustedRoot,
    ...AMAP_OLD,
    ...KEY,
  ];
  const old = ["--trusted-root", "root.json", "--new-bundle-format=false"];
  const times = ["--use-signed-timestamps", "--insecure-ignore-tlog"];
  for (const [what, names, words] of [
    ["an entry of Rekor v1", ["log"], []],
    ["a timestamp", ["tsa"], times],
    ["both", ["log", "tsa"], ["--use-signed-timestamps"]],
  ] as const) {
    test(`signature, ${what}`, async () => {
      const image = await push();
      await ok("sign", ...services(...names), image);
      await peer("verify", "--key", stage.files.publicKey, ...old, ...words, image);
      const other = await stage.cosign("verify", "--key", stage.files.otherPublicKey, ...old, ...words, image);
      assert.notEqual(other.status, 0);
      await ok("verify", "--key", stage.files.publicKey, "--trusted-root", stage.files.trustedRoot, ...words, image);
    });
    test(`attestation, ${what}`, async () => {
      const image = await push();
      stage.write("p.json", "{}");
      const about = ["--type", "https://example.com/a"];
      await ok("attest", ...services(...names), ...about, "--predicate", "p.json", image);
      const verify = (key: string) =>
        stage.cosign("verify-attestation", "--key", key, ...old, ...words, ...about, image);
      await succeed(verify(stage.files.publicKey));
      assert.notEqual((await verify(stage.files.otherPublicKey)).status, 0);
    });
  }

  test("an answer that the trusted root does not know stores nothing", async () => {
    const image = await push();
    const words = [...KEY, "--rekor-url", stage.urls.rekorV1, "--trusted-root", "empty.json"];
    stage.write("empty.json", '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
    await refused(3, "SIGNING_SERVICE_FAILED", "sign", ...words, "--bundle", "out/none.json", image);
    assert.equal(existsSync("out/none.json"), false);
    await refused(10, "NO_SIGNATURES", "verify", "--key", stage.files.publicKey, "--insecure-ignore-tlog", image);
  });
});

describe("sign", { concurrency: 3 }, () => {
  test("--registry-referrers-mode oci-1-1 writes the manifest that cosign writes, and cosign verifies it", async () => {
    const [mine, its] = await Promise.all([push(stage.registries.referrers), push(stage.registries.referrers)]);
    const mode = ["--registry-referrers-mode", "oci-1-1"];
    const env = { COSIGN_EXPERIMENTAL: "1" };
    await ok("sign", ...KEY, ...AMAP_OLD, ...mode, mine);
    await succeed(stage.cosignWith(env, "sign", ...KEY, ...OLD, ...mode, its));
    const verify = ["verify", "--key", stage.files.publicKey, "--insecure-ignore-tlog", "--new-bundle-format=false"];
    await succeed(stage.cosignWith(env, ...verify, "--experimental-oci11", mine));
    await ok("verify", "--key", stage.files.publicKey, "--insecure-ignore-tlog", its);
    const [left, right] = await Promise.all([mine, its].map(readReferrer));
    const named = (text = ""): string => withoutSignature(text).replaceAll(/"(?:size|digest)":(?:\d+|"[^"]*")/g, "");
    assert.equal(named(left?.manifest), named(right?.manifest));
    assert.match(left?.manifest ?? "", /"subject":\{"mediaType"/);
  });

  test("--upload=false writes files that cosign attaches", async () => {
    const image = await push();
    const files = [
      "--output-signature",
      "out/sig",
      "--output-payload",
      "out/payload",
      "--output-certificate",
      "out/pub",
    ];
    await ok("sign", ...KEY, ...AMAP_OLD, "--upload=false", ...files, "-a", "a=1", image);
    await refused(10, "NO_SIGNATURES", "verify", "--key", stage.files.publicKey, "--insecure-ignore-tlog", image);
    assert.equal(read("out/pub"), read(stage.files.publicKey));
    await peer("attach", "signature", "--payload", "out/payload", "--signature", "out/sig", image);
    const verify = ["verify", "--key", stage.files.publicKey, "--insecure-ignore-tlog", "--new-bundle-format=false"];
    await peer(...verify, "-a", "a=1", image);
    assert.notEqual((await stage.cosign(...verify, "-a", "a=2", image)).status, 0);
  });

  test("a payload that cosign made is signed as it stands", async () => {
    const image = await push();
    const { stdout } = await peer("generate", "-a", "b=2", image);
    stage.write("payload.json", stdout);
    await ok("sign", ...KEY, ...AMAP_OLD, "--payload", "payload.json", image);
    assert.deepEqual((await readTag(image, ".sig")).payloads, [stdout]);
    await peer(
      "verify",
      "--key",
      "cosign.pub",
      "--insecure-ignore-tlog",
      "--new-bundle-format=false",
      "-a",
      "b=2",
      image,
    );
    stage.write("other.json", stdout.replace(/sha256:.{8}/, "sha256:00000000"));
    await refused(12, "SUBJECT_MISMATCH", "sign", ...KEY, ...AMAP_OLD, "--payload", "other.json", image);
  });

  test("under the tag with a key of P-384 uses SHA-256, which is all that cosign reads there", async () => {
    const image = await push();
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    stage.write("p384.pem", privateKey.export({ type: "pkcs8", format: "pem" }));
    await ok("import-key-pair", "-k", "p384.pem", "-o", "p384");
    const words = ["--key", "p384.key", ...AMAP_OLD, "--rekor-url", stage.urls.rekorV1, "--trusted-root", "root.json"];
    await ok("sign", ...words, image);
    const verify = ["verify", "--trusted-root", "root.json", "--new-bundle-format=false", "--key"];
    await peer(...verify, "p384.pub", image);
    assert.notEqual((await stage.cosign(...verify, stage.files.otherPublicKey, image)).status, 0);
  });

  test("under the tag once more changes nothing, as with cosign", async () => {
    const image = await push();
    await ok("sign", ...KEY, ...AMAP_OLD, image);
    const first = await readTag(image, ".sig");
    await ok("sign", ...KEY, ...AMAP_OLD, image);
    await peer("sign", ...KEY, ...OLD, image);
    assert.equal((await readTag(image, ".sig")).manifest, first.manifest);
  });
});

describe("attest", { concurrency: 3 }, () => {
  test("--replace leaves other predicate types, and cosign's own of the same type does not stay", async () => {
    const image = await push();
    stage.write("p.json", "{}");
    const attest = (type: string, ...words: readonly string[]) => [
      "--predicate",
      "p.json",
      "--type",
      type,
      ...words,
      image,
    ];
    await peer("attest", ...KEY, ...OLD, ...attest("https://example.com/a"));
    await peer("attest", ...KEY, ...OLD, ...attest("https://example.com/b"));
    stage.write("new.json", '{"new":true}');
    await ok(
      "attest",
      ...KEY,
      ...AMAP_OLD,
      "--replace",
      "--type",
      "https://example.com/a",
      "--predicate",
      "new.json",
      image,
    );
    const verify = ["verify-attestation", "--key", "cosign.pub", "--insecure-ignore-tlog", "--new-bundle-format=false"];
    const a = await peer(...verify, "--type", "https://example.com/a", image);
    assert.deepEqual(
      a.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(atob(JSON.parse(line).payload)).predicate),
      [{ new: true }],
    );
    await peer(...verify, "--type", "https://example.com/b", image);
  });

  test("the statement about an image is the one that cosign makes", async () => {
    const image = await push();
    stage.write("x.json", '{"b":1,"a":{"d":2,"c":"<>"}}');
    const words = [...KEY, "--type", "https://example.com/x", "--predicate", "x.json"];
    const { stdout } = await ok("attest", ...words, "--no-upload", image);
    await refused(10, "NO_SIGNATURES", "verify-attestation", "--key", "cosign.pub", "--insecure-ignore-tlog", image);
    const services = ["--signing-config", "none.json", "--trusted-root", "root.json"];
    await peer("attest", ...words, ...services, "--no-upload", "--bundle", "out/x.json", image);
    assert.equal(atob(JSON.parse(stdout).payload), payloadOf("out/x.json"));
  });
});

describe("sign-blob and attest-blob in the older form", { concurrency: 3 }, () => {
  test("a signature in base64, and with a log entry in the old bundle", async () => {
    const { stdout } = await ok("sign-blob", ...KEY, ...AMAP_OLD, "file.txt");
    stage.write("out/blob.sig", stdout);
    const verify = ["verify-blob", "--key", stage.files.publicKey, "--new-bundle-format=false"];
    await peer(...verify, "--insecure-ignore-tlog", "--signature", "out/blob.sig", "file.txt");
    const services = ["--rekor-url", stage.urls.rekorV1, "--trusted-root", stage.files.trustedRoot];
    await ok("sign-blob", ...KEY, ...AMAP_OLD, ...services, "--bundle", "out/old.json", "file.txt");
    const trust = { SIGSTORE_REKOR_PUBLIC_KEY: "rekor-v1.pub" };
    const bundle = (file: string) => stage.cosignWith(trust, ...verify, "--bundle", "out/old.json", file);
    await succeed(bundle("file.txt"));
    stage.write("other.txt", "another");
    assert.notEqual((await bundle("other.txt")).status, 0);
  });

  test("an attestation, and with a log entry in the old bundle", async () => {
    stage.write("v.json", '{"statements":[]}');
    const services = ["--rekor-url", stage.urls.rekorV1, "--trusted-root", stage.files.trustedRoot];
    const outputs = [
      "--output-signature",
      "out/att.sig",
      "--output-attestation",
      "out/att.json",
      "--bundle",
      "out/att.old",
    ];
    const about = ["--type", "openvex", "--predicate", "v.json"];
    await ok("attest-blob", ...KEY, ...AMAP_OLD, ...services, ...about, ...outputs, "file.txt");
    assert.equal(atob(json("out/att.sig").payload), read("out/att.json"));
    const verify = [
      "verify-blob-attestation",
      "--key",
      stage.files.publicKey,
      "--new-bundle-format=false",
      "--type",
      "openvex",
    ];
    await peer(...verify, "--insecure-ignore-tlog", "--signature", "out/att.sig", "file.txt");
  });
});

describe("a password on standard input", () => {
  test("opens the key that cosign made with it, and the reverse", () => {
    const environment = { ...process.env, COSIGN_PASSWORD: undefined, HOME: stage.folder };
    const run = (program: string, words: readonly string[], input: string) =>
      spawnSync(program, words, { cwd: stage.folder, env: environment, input, encoding: "utf8" });
    const amapPath = join(root, "bin", "amap.mjs");
    const made = run(stage.cosignPath, ["generate-key-pair", "--output-key-prefix", "piped"], "secret\n");
    assert.equal(made.status, 0, made.stderr);
    const shown = run(process.execPath, [amapPath, "public-key", "--key", "piped.key"], "secret\n");
    assert.equal(shown.stdout, read("piped.pub"), shown.stderr);
    const wrong = run(process.execPath, [amapPath, "public-key", "--key", "piped.key"], "other\n");
    assert.deepEqual([wrong.status, wrong.stdout], [2, ""]);
  });
});
