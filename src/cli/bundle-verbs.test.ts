/** `amap bundle`: what it makes, shows and upgrades, and what it refuses; the services of trusted roots beside it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeUtf8 } from "../base/index.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { pem } from "../testing/sigstore/der-values.ts";
import {
  type BundleJson,
  createTestKey,
  jsonBytes,
  PERSON,
  type SignedLayer,
} from "../testing/sigstore/local-sigstore.ts";
import { type HttpService, openHttpService, refusal } from "../testing/sigstore/services/http-service.ts";
import { type LocalServices, openLocalServices } from "../testing/sigstore/services/local-services.ts";
import { serveRekorV1 } from "../testing/sigstore/services/rekor-v1-service.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-bundle-verbs-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const ME = ["--certificate-identity", PERSON.subject.value, "--certificate-oidc-issuer", PERSON.issuer];
const ARTIFACT = encodeUtf8("a file");
const KEY = createTestKey();
let services: LocalServices;
/** A log that answers what a test gives it. */
let log: HttpService;

before(async () => {
  services = await openLocalServices();
  log = await openHttpService();
  const { sigstore } = services;
  const signing = { log: "none", at: Date.now() } as const;
  const keyed = await recorded(sigstore.signLayer(ARTIFACT, "simple-signing", { ...signing, key: KEY, keyOnly: true }));
  const person = await recorded(sigstore.signLayer(ARTIFACT, "simple-signing", { ...signing, timestamp: true }));
  const statement = jsonBytes({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "file\u001b[31m", digest: { sha256: "00".repeat(32) } }],
    predicateType: "https://example.com/review",
    predicate: {},
  });
  const bundleOf = (version: "0.1" | "0.2" | "0.3") =>
    sigstore.signBundle({ content: { artifact: ARTIFACT }, version, at: Date.now() }).bytes;
  writeTree(folder, {
    file: ARTIFACT,
    "key.pub": KEY.pem,
    "old.json": oldBundle(person),
    "keyed.json": oldBundle(keyed),
    signature: keyed.annotations["dev.cosignproject.cosign/signature"] ?? "",
    "person.sig": person.annotations["dev.cosignproject.cosign/signature"] ?? "",
    "person.pem": person.annotations["dev.sigstore.cosign/certificate"] ?? "",
    "timestamp.json": person.annotations["dev.sigstore.cosign/rfc3161timestamp"] ?? "",
    envelope: sigstore.signLayer(statement, "envelope", { key: KEY, keyOnly: true, log: "none" }).bytes,
    "0.1.json": await promised(),
    "0.2.json": bundleOf("0.2"),
    "0.3.json": bundleOf("0.3"),
    "attested.json": sigstore.signBundle({ content: { payload: statement }, log: "v2" }).bytes,
    "root.json": jsonBytes(sigstore.trustedRoot()),
    "1.root.json": services.tuf.firstRoot,
  });
});
after(async () => {
  await Promise.all([services.close(), log.close()]);
  rmSync(folder, { recursive: true, force: true });
});

function oldBundle({ annotations }: SignedLayer): object {
  const certificate = annotations["dev.sigstore.cosign/certificate"];
  return {
    base64Signature: annotations["dev.cosignproject.cosign/signature"],
    ...(certificate === undefined ? {} : { cert: Buffer.from(certificate).toString("base64") }),
    rekorBundle: JSON.parse(annotations["dev.sigstore.cosign/bundle"] ?? "null") as object,
  };
}

interface RekorAnswer {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: { readonly signedEntryTimestamp: string };
}

/** Adds an entry for a signature of the file to the log, as cosign did, and returns the log's answer. */
async function addEntry(signature: string, verifier: string): Promise<RekorAnswer> {
  const value = createHash("sha256").update(ARTIFACT).digest("hex");
  const publicKey = { content: Buffer.from(verifier).toString("base64") };
  const spec = { data: { hash: { algorithm: "sha256", value } }, signature: { content: signature, publicKey } };
  const answer = await fetch(`${services.urls.rekorV1}/api/v1/log/entries`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ apiVersion: "0.0.1", kind: "hashedrekord", spec }),
  });
  const [entry] = Object.values((await answer.json()) as Record<string, RekorAnswer>);
  assert.ok(entry !== undefined);
  return entry;
}

/** A signature's layer, with the log's promise. */
async function recorded(layer: SignedLayer): Promise<SignedLayer> {
  const signature = layer.annotations["dev.cosignproject.cosign/signature"] ?? "";
  const verifier = layer.annotations["dev.sigstore.cosign/certificate"] ?? layer.key.pem;
  const { body, integratedTime, logID, logIndex, verification } = await addEntry(signature, verifier);
  const bundle = {
    SignedEntryTimestamp: verification.signedEntryTimestamp,
    Payload: { body, integratedTime, logIndex, logID },
  };
  return { ...layer, annotations: { ...layer.annotations, "dev.sigstore.cosign/bundle": JSON.stringify(bundle) } };
}

/** A bundle of version 0.1 as its clients wrote it: with a chain, and with the log's promise alone. */
async function promised(): Promise<object> {
  const made = services.sigstore.signBundle({
    content: { artifact: ARTIFACT },
    version: "0.1",
    log: "none",
    at: Date.now(),
  });
  const { bundle } = made;
  const verifier = pem("CERTIFICATE", made.certificate ?? Buffer.alloc(0));
  const entry = await addEntry(bundle.messageSignature?.signature ?? "", verifier);
  const tlogEntry = {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logID, "hex").toString("base64") },
    kindVersion: { kind: "hashedrekord", version: "0.0.1" },
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp: entry.verification.signedEntryTimestamp },
    canonicalizedBody: entry.body,
  };
  return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries: [tlogEntry] } };
}

describe("bundle create", () => {
  const create = (...words: readonly string[]) => ["bundle", "create", "--artifact", at("file"), ...words];

  test("of a key's signature, with no log, and it verifies", async () => {
    const words = create("--signature", at("signature"), "--key", at("key.pub"), "--ignore-tlog");
    await ok(...words, "--out", at("made.json"));
    assert.equal(statSync(at("made.json")).mode & 0o777, 0o600);
    await ok("verify-blob", "--bundle", at("made.json"), "--key", at("key.pub"), "--insecure-ignore-tlog", at("file"));
    const { stdout } = await ok(...words);
    assert.equal(stdout, `${readFileSync(at("made.json"), "utf8")}\n`);
  });

  test("of an old bundle, with the entry's proof from the log, and it verifies", async () => {
    const asked = services.requestsTo("rekorV1").length;
    await ok(...create("--bundle", at("old.json"), "--rekor-url", services.urls.rekorV1, "--out", at("proven.json")));
    assert.equal(services.requestsTo("rekorV1").length, asked + 1);
    await ok("verify-blob", "--bundle", at("proven.json"), ...ME, "--trusted-root", at("root.json"), at("file"));
    const key = ["--key", at("key.pub"), "--rekor-url", services.urls.rekorV1];
    await ok(...create("--bundle", at("keyed.json"), ...key, "--out", at("keyed-proven.json")));
    const root = ["--trusted-root", at("root.json")];
    await ok("verify-blob", "--bundle", at("keyed-proven.json"), "--key", at("key.pub"), ...root, at("file"));
  });

  test("of a certificate and a timestamp, and of an envelope alone", async () => {
    const by = ["--certificate", at("person.pem"), "--rfc3161-timestamp", at("timestamp.json"), "--ignore-tlog"];
    await ok(...create("--signature", at("person.sig"), ...by, "--out", at("stamped.json")));
    const words = ["--bundle", at("stamped.json"), ...ME, "--trusted-root", at("root.json"), "--use-signed-timestamps"];
    await ok("verify-blob", ...words, "--insecure-ignore-tlog", at("file"));
    const { stdout } = await ok(...create("--attestation", at("envelope"), "--key", at("key.pub"), "--ignore-tlog"));
    assert.ok((JSON.parse(stdout) as BundleJson).dsseEnvelope !== undefined);
  });

  const rows: readonly (readonly [name: string, exit: number, code: string, words: readonly string[]])[] = [
    ["nothing that is signed", 2, "USAGE", ["--signature", "AAAA", "--ignore-tlog"]],
    ["no signature", 2, "USAGE", ["--key", at("key.pub"), "--ignore-tlog"]],
    ["a bundle and a signature", 2, "USAGE", ["--bundle", at("old.json"), "--signature", at("signature")]],
    ["a bundle and a certificate", 2, "USAGE", ["--bundle", at("old.json"), "--certificate", at("person.pem")]],
    ["a promise that would be lost", 2, "USAGE", ["--bundle", at("old.json"), "--ignore-tlog"]],
    ["a bundle that is none", 12, "BUNDLE_INVALID", ["--bundle", at("root.json"), "--ignore-tlog"]],
    ["an envelope that is none", 12, "ENVELOPE_INVALID", ["--attestation", at("root.json"), "--ignore-tlog"]],
    ["a log that is no address", 2, "USAGE", ["--bundle", at("old.json"), "--rekor-url", "ftp://x"]],
  ];
  for (const [name, exit, code, words] of rows) {
    test(`refuses ${name}: ${code}`, () => refused(exit, code, ...create(...words)).then(() => {}));
  }

  test("a signature that the log does not hold, a log that fails, and no network", async () => {
    const words = create("--signature", at("signature"), "--key", at("key.pub"), "--rekor-url", log.origin);
    log.serve(() => ({ status: 200, headers: {}, body: encodeUtf8("[]") }));
    await refused(12, "TLOG_UNKNOWN", ...words);
    log.serve(() => refusal(500, "no"));
    await refused(3, "SIGNING_SERVICE_FAILED", ...words);
    assert.equal((await runAmap([...words, "--offline"])).code, "OFFLINE");
  });
});

describe("bundle upgrade", () => {
  const upgrade = (name: string, url: string) => ["bundle", "upgrade", at(name), "--rekor-url", url];

  test("0.1 gets its proof from the log and loses its chain; 0.2 asks nobody; both verify", async () => {
    for (const [name, requests] of [
      ["0.1.json", 1],
      ["0.2.json", 0],
    ] as const) {
      const asked = services.requestsTo("rekorV1").length;
      const { stderr } = await ok(...upgrade(name, services.urls.rekorV1), "--out", at("upgraded.json"));
      assert.equal(services.requestsTo("rekorV1").length - asked, requests);
      assert.match(stderr, /Left out 1 further certificates/);
      const made = JSON.parse(readFileSync(at("upgraded.json"), "utf8")) as BundleJson;
      assert.equal(made.mediaType, "application/vnd.dev.sigstore.bundle.v0.3+json");
      await ok("verify-blob", "--bundle", at("upgraded.json"), ...ME, "--trusted-root", at("root.json"), at("file"));
    }
  });

  test("0.3 stays byte for byte", async () => {
    const { stdout } = await ok(...upgrade("0.3.json", log.origin));
    assert.equal(stdout, `${readFileSync(at("0.3.json"), "utf8")}\n`);
  });

  test("C5: a log that answers with another entry, or another log, is found out", async () => {
    const other = await openLocalServices();
    try {
      other.sigstore.signBundle({ content: { artifact: ARTIFACT }, at: Date.now() });
      log.serve(serveRekorV1(other.sigstore.rekorV1, Date.now));
      const ended = await runAmap(upgrade("0.1.json", log.origin));
      assert.notEqual(ended.exit, 0);
      assert.match(ended.code ?? "", /TLOG_ENTRY_MISMATCH|SIGNING_SERVICE_FAILED/);
    } finally {
      await other.close();
    }
  });

  test("cosign's old form is refused, with what makes a bundle of it", async () => {
    const { stderr } = await refused(12, "BUNDLE_UNSUPPORTED", ...upgrade("old.json", log.origin));
    assert.match(stderr, /amap bundle create --artifact FILE --bundle/);
    await refused(12, "BUNDLE_UNSUPPORTED", ...upgrade("root.json", log.origin));
  });
});

describe("bundle inspect", () => {
  interface Shown {
    readonly verified: boolean;
    readonly content: { readonly kind: string; readonly statement?: { readonly predicateType: string } };
    readonly signer: { readonly kind: string; readonly names?: readonly object[]; readonly oidcIssuer?: string };
    readonly logEntries: readonly { readonly kind: string; readonly inclusionProof?: object }[];
    readonly timestamps: readonly { readonly time: string }[];
  }

  test("shows who signed what, where it is logged and when, and says that it verified nothing", async () => {
    const { stdout, stderr } = await ok("bundle", "inspect", "-o", "json", at("attested.json"));
    const shown = JSON.parse(stdout) as Shown;
    assert.match(stderr, /nothing of it is verified/);
    assert.equal(shown.verified, false);
    assert.equal(shown.content.statement?.predicateType, "https://example.com/review");
    assert.deepEqual(shown.signer.names, [{ email: PERSON.subject.value }]);
    assert.equal(shown.signer.oidcIssuer, PERSON.issuer);
    assert.equal(shown.logEntries[0]?.kind, "hashedrekord");
    assert.equal(shown.timestamps[0]?.time, "2026-06-01T12:00:00Z");
  });

  test("a document cannot drive the terminal", async () => {
    const { stdout } = await ok("bundle", "inspect", at("attested.json"));
    assert.equal(stdout.includes("\u001b"), false);
    assert.match(stdout, /file\\u\{1b\}\[31m/);
  });

  test("what is no bundle is refused", async () => {
    await refused(12, "BUNDLE_UNSUPPORTED", "bundle", "inspect", at("root.json"));
    await refused(2, "FILE_NOT_FOUND", "bundle", "inspect", at("nothing"));
  });
});

describe("default services of the trust repository", () => {
  const run = (...words: readonly string[]) => runAmap(words, { TUF_ROOT: at("tuf"), TUF_MIRROR: undefined });

  before(async () => {
    const ended = await run("initialize", "--mirror", services.urls.tuf, "--root", at("1.root.json"));
    assert.equal(ended.exit, 0, ended.stderr);
  });

  test("a trusted root of them, without some, and with others", async () => {
    const create = async (...words: readonly string[]) => {
      const ended = await run("trusted-root", "create", "--with-default-services", ...words);
      assert.equal(ended.exit, 0, ended.stderr);
      return JSON.parse(ended.stdout) as Record<string, readonly unknown[] | undefined>;
    };
    const whole = await create();
    assert.deepEqual([whole["tlogs"]?.length, whole["certificateAuthorities"]?.length], [2, 1]);
    const some = await create("--no-default-fulcio", "--no-default-ctfe");
    assert.deepEqual(
      [some["certificateAuthorities"], some["ctlogs"], some["tlogs"]?.length],
      [undefined, undefined, 2],
    );
    const rekor = `url=https://log.example,public-key=${at("key.pub")},start-time=2026-01-01T00:00:00Z`;
    const more = await create("--rekor", rekor, "--no-default-tsa");
    assert.deepEqual([more["tlogs"]?.length, more["timestampAuthorities"]], [3, undefined]);
    const alone = await run("trusted-root", "create", "--no-default-tsa");
    assert.deepEqual(Object.keys(JSON.parse(alone.stdout) as object), ["mediaType"]);
  });

  test("a signing configuration of them, without some, and with others", async () => {
    const create = async (...words: readonly string[]) => {
      const ended = await run("signing-config", "create", "--with-default-services", ...words);
      assert.equal(ended.exit, 0, ended.stderr);
      return JSON.parse(ended.stdout) as Record<string, readonly unknown[] | undefined>;
    };
    const whole = await create();
    assert.deepEqual([whole["caUrls"]?.length, whole["tsaUrls"]?.length], [1, 1]);
    const some = await create("--no-default-fulcio", "--no-default-tsa");
    assert.deepEqual([some["caUrls"], some["tsaUrls"]], [undefined, undefined]);
    const spec = "url=https://more.example,api-version=1,start-time=2026-01-01T00:00:00Z,operator=more";
    assert.equal((await create("--fulcio", spec))["caUrls"]?.length, 2);
    const missing = await run("signing-config", "create", "--with-default-rekor-v2");
    assert.equal(missing.code, "NOT_SUPPORTED", missing.stderr);
    const offline = await run("signing-config", "create", "--with-default-services", "--offline");
    assert.equal(offline.exit, 0, offline.stderr);
  });
});
