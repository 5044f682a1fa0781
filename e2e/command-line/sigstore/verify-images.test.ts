/**
 * Kyverno's `verifyImages` over images that cosign 3.1.3 signed with real servers: `amap apply` verifies them and refuses
 * their twins. With Kyverno's command line 1.19.1 (AMAP_KYVERNO names the program) both verdicts must be equal. Takes
 * some 10 seconds.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storefrontImage } from "../../../src/app/demo/storefront.ts";
import { buildImage, parseImageTarget } from "../../../src/app/index.ts";
import { listOf, readYaml, textOf, type Value, writeYaml } from "../../../src/base/index.ts";
import { createCtLog } from "../../../src/testing/sigstore/ct-log.ts";
import { pem } from "../../../src/testing/sigstore/der-values.ts";
import { createFulcio, PERSON } from "../../../src/testing/sigstore/fulcio.ts";
import { createLocalSigstore, createTestKey } from "../../../src/testing/sigstore/local-sigstore.ts";
import { createWorld } from "../../../src/wiring/index.ts";
import { findCosign } from "../../../tools/peers/peers.ts";
import { issuerOf, PREDICATE_TYPE, SIGNERS, type Signer, signImage } from "./material.ts";
import { openStage, type Stage, succeed } from "./stage.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const kyverno = process.env["AMAP_KYVERNO"] ?? "";
const [person, workflow, key] = SIGNERS as readonly [Signer, Signer, Signer];
const DAY_MS = 86_400_000;

/** Bundles are verified by the public trusted root alone. */
const ROOT = "it takes the public trusted root, which cannot be had on loopback";

type Members = { readonly [name: string]: Value };

/** A policy about one image, and what must come of it. */
interface Case {
  readonly name: string;
  /** The image's name, which says how it was signed. */
  readonly image: string;
  readonly verification: Members;
  readonly expected: "pass" | "fail";
  /** Why Kyverno cannot be compared with. */
  readonly withoutKyverno?: string;
}

let stage: Stage;
let cases: readonly Case[];
const verdicts = { amap: new Map<string, string>(), kyverno: new Map<string, string>() };

/** Pushes the demo's image under a name and has it signed. */
async function make(name: string, sign: (image: string) => Promise<unknown>): Promise<void> {
  const world = createWorld({ offline: false, env: process.env });
  const storage = await world.openStorage(parseImageTarget(`${stage.registries.fallback}/${name}:v1`));
  const built = await buildImage(world, storage, storefrontImage(join(root, "examples"), "v1"));
  await world.close();
  await sign(`${stage.registries.fallback}/${name}@${built.index.digest}`);
}

const TAGS = ["--use-signing-config=false", "--new-bundle-format=false"] as const;

async function makeImages(): Promise<void> {
  const bare = [...TAGS, "--tlog-upload=false", "--key", stage.files.privateKey, "-y"];
  await make("unsigned", async () => {});
  await make("key-bare", (image) => succeed(stage.cosign("sign", ...bare, "-a", "env=prod", image)));
  await make("key-log", (image) => signImage(stage, image, "signature", "tag, Rekor v1", key));
  await make("person", (image) => signImage(stage, image, "signature", "tag, Rekor v1", person));
  await make("workflow", (image) => signImage(stage, image, "signature", "tag, token", workflow));
  await make("attested", (image) => signImage(stage, image, "attestation", "tag, Rekor v1", person));
  await make("key-bundle", (image) => signImage(stage, image, "signature", "bundle, Rekor v1", key));
  await make("person-bundle", (image) => signImage(stage, image, "signature", "bundle, Rekor v1", person));
  await make("certified", signWithCertificate);
  await make("referrer", signAsReferrer);
}

/** A key and its certificate by an authority of one's own. */
async function signWithCertificate(image: string): Promise<void> {
  const own = createTestKey();
  const validity = { notBefore: Date.now() - DAY_MS, notAfter: Date.now() + DAY_MS };
  const authority = createFulcio({ ...validity, ctLog: createCtLog() });
  const leaf = authority.issue(own.spki, PERSON, { at: Date.now() - 60_000, ctLogs: [] });
  stage.write("own.pem", own.privateKey.export({ type: "pkcs8", format: "pem" }));
  stage.write("own-leaf.pem", pem("CERTIFICATE", leaf));
  stage.write("own-chain.pem", authority.chain.map((der) => pem("CERTIFICATE", der)).join(""));
  await succeed(stage.cosign("import-key-pair", "--key", "own.pem", "--output-key-prefix", "own", "-y"));
  const certificate = ["--certificate", "own-leaf.pem", "--certificate-chain", "own-chain.pem"];
  const log = `--rekor-url=${stage.urls.rekorV1}`;
  await succeed(stage.cosign("sign", ...TAGS, log, "--key", "own.key", ...certificate, "-y", image));
}

/** As cosign's experimental mode has it: what would be under the tag refers to the image. */
async function signAsReferrer(image: string): Promise<void> {
  const mode = ["--registry-referrers-mode", "oci-1-1", "--tlog-upload=false"];
  const words = ["sign", ...TAGS, ...mode, "--key", stage.files.privateKey, "-y", image];
  const cosign = findCosign({ install: false }) ?? "";
  await succeed(stage.run(cosign, words, { COSIGN_EXPERIMENTAL: "1" }));
}

const read = (name: string): string => readFileSync(join(stage.folder, name), "utf8");

function listCases(): readonly Case[] {
  const other = createLocalSigstore();
  const foreign = createTestKey().pem;
  const rekor = { url: stage.urls.rekorV1, pubkey: read("rekor-v1.pub") };
  const ctlog = { pubkey: read("ct-log.pub") };
  const unlogged = { rekor: { url: rekor.url, ignoreTlog: true }, ctlog: { ignoreSCT: true } };
  const logged = { rekor, ctlog: { ignoreSCT: true } };
  const by = (entry: Members): Members => ({ attestors: [{ entries: [entry] }] });
  const keys = (more: Members, publicKeys = read(stage.files.publicKey)): Members =>
    by({ keys: { publicKeys, ...more } });
  const keyless = (signer: Signer, more: Members = {}): Members => ({
    keyless: {
      roots: read("fulcio.pem"),
      issuer: issuerOf(stage, signer),
      subject: signer.subject ?? "",
      rekor,
      ctlog,
      ...more,
    },
  });
  const token = { rekor: { url: rekor.url, ignoreTlog: true }, ctlog: { ...ctlog, tsaCertChain: read("tsa.pem") } };
  const otherTsa = other.timestampAuthority.chain.map((der) => pem("CERTIFICATE", der)).join("");
  const otherRoots = other.fulcio.chain.map((der) => pem("CERTIFICATE", der)).join("");
  const certificates = (more: Members): Members =>
    by({ certificates: { cert: read("own-leaf.pem"), certChain: read("own-chain.pem"), ...logged, ...more } });
  const attestation = (more: Members, entry: Members = keyless(person)): Members => ({
    attestations: [{ type: PREDICATE_TYPE, attestors: [{ entries: [entry] }], ...more }],
  });
  const condition = (value: string): Members => ({
    conditions: [{ all: [{ key: "{{ made }}", operator: "Equals", value }] }],
  });
  const bundles = { type: "SigstoreBundle" };
  const row = (name: string, image: string, expected: Case["expected"], verification: Members): Case => ({
    name: name.replaceAll(" ", "-"),
    image,
    expected,
    verification,
  });
  return [
    row("nothing", "unsigned", "fail", keys(unlogged)),
    row("key without log", "key-bare", "pass", keys(unlogged)),
    row("key without log other key", "key-bare", "fail", keys(unlogged, foreign)),
    row("key without log that is asked for", "key-bare", "fail", keys(logged)),
    row("key annotations", "key-bare", "pass", { ...keys(unlogged), annotations: { env: "prod" } }),
    row("key other annotations", "key-bare", "fail", { ...keys(unlogged), annotations: { env: "test" } }),
    row("key one of two", "key-bare", "pass", {
      attestors: [
        { count: 1, entries: [{ keys: { publicKeys: foreign + read(stage.files.publicKey), ...unlogged } }] },
      ],
    }),
    row("key both of two", "key-bare", "fail", keys(unlogged, foreign + read(stage.files.publicKey))),
    row("key with log", "key-log", "pass", keys(logged)),
    row("key with another log", "key-log", "fail", keys({ ...logged, rekor: { ...rekor, pubkey: foreign } })),
    row("person", "person", "pass", by(keyless(person))),
    row("person other subject", "person", "fail", by(keyless(person, { subject: "eve@example.com" }))),
    row("person other issuer", "person", "fail", by(keyless(person, { issuer: "https://issuer.example" }))),
    row("person wildcard", "person", "pass", by(keyless(person, { subject: "*@example.com" }))),
    row("person other wildcard", "person", "fail", by(keyless(person, { subject: "*@example.org" }))),
    row("person either subject", "person", "pass", by(keyless(person, { subject: "eve", subjectRegExp: "^dev@" }))),
    row("person both issuers", "person", "fail", by(keyless(person, { issuerRegExp: "^https://issuer" }))),
    row("person other roots", "person", "fail", by(keyless(person, { roots: otherRoots }))),
    row("person other certificate log", "person", "fail", by(keyless(person, { ctlog: { pubkey: foreign } }))),
    row("person key", "person", "fail", keys(unlogged)),
    row("workflow", "workflow", "pass", by(keyless(workflow, token))),
    row(
      "workflow extension",
      "workflow",
      "pass",
      by(keyless(workflow, { ...token, additionalExtensions: { githubWorkflowTrigger: "*" } })),
    ),
    row(
      "workflow other extension",
      "workflow",
      "fail",
      by(keyless(workflow, { ...token, additionalExtensions: { githubWorkflowTrigger: "never" } })),
    ),
    row(
      "workflow other authority",
      "workflow",
      "fail",
      by(keyless(workflow, { ...token, ctlog: { ...ctlog, tsaCertChain: otherTsa } })),
    ),
    row("workflow log that is asked for", "workflow", "fail", by(keyless(workflow))),
    {
      ...row("certificate", "certified", "pass", certificates({})),
      withoutKyverno: "it asks for a certificate timestamp before it reads ignoreSCT",
    },
    row(
      "certificate without chain",
      "certified",
      "pass",
      by({ certificates: { cert: read("own-leaf.pem"), ...logged } }),
    ),
    row("certificate other chain", "certified", "fail", certificates({ certChain: otherRoots })),
    row("certificate not published", "certified", "fail", certificates({ ctlog })),
    row(
      "certificate chain alone",
      "certified",
      "pass",
      by({ certificates: { certChain: read("own-chain.pem"), ...logged } }),
    ),
    row("attestation", "attested", "pass", attestation(condition("by cosign"))),
    row("attestation condition", "attested", "fail", attestation(condition("by hand"))),
    row("attestation other type", "attested", "fail", attestation({ type: "https://example.com/other" })),
    row(
      "attestation other subject",
      "attested",
      "fail",
      attestation({}, keyless(person, { subject: "eve@example.com" })),
    ),
    row("attestation is no signature", "attested", "fail", by(keyless(person))),
    row("referrer", "referrer", "pass", { ...keys(unlogged), cosignOCI11: true }),
    row("referrer other key", "referrer", "fail", { ...keys(unlogged, foreign), cosignOCI11: true }),
    row("referrer not looked for", "referrer", "fail", keys(unlogged)),
    row("bundle key", "key-bundle", "pass", { ...bundles, ...keys(unlogged) }),
    row("bundle other key", "key-bundle", "fail", { ...bundles, ...keys(unlogged, foreign) }),
    row("bundle in no tag", "key-bundle", "fail", keys(unlogged)),
    {
      ...row("bundle person", "person-bundle", "pass", { ...bundles, ...by(keyless(person)) }),
      withoutKyverno: ROOT,
    },
    {
      ...row("bundle other person", "person-bundle", "fail", {
        ...bundles,
        ...by(keyless(person, { subject: "eve" })),
      }),
      withoutKyverno: ROOT,
    },
  ];
}

function policyOf({ name, image, verification }: Case): Value {
  return {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name },
    spec: {
      rules: [
        {
          name: "signed",
          match: { any: [{ resources: { kinds: ["Pod"] } }] },
          verifyImages: [
            {
              imageReferences: [`${stage.registries.fallback}/${image}:*`],
              failureAction: "Enforce",
              mutateDigest: false,
              verifyDigest: false,
              required: false,
              ...verification,
            },
          ],
        },
      ],
    },
  };
}

function podOf(name: string): Value {
  const image = `${stage.registries.fallback}/${name}:v1`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name, image }] },
  };
}

/** The result of each policy, out of a report; what else is printed stands before it. */
function readResults(output: string, into: Map<string, string>): void {
  const report = output.slice(output.indexOf("apiVersion: openreports.io"));
  for (const result of listOf(readYaml(report)[0] ?? null, "results")) {
    const policy = textOf(result, "policy");
    into.set(policy, `${textOf(result, "result")}: ${textOf(result, "message")}`);
  }
}

async function judge(): Promise<void> {
  const images = [...new Set(cases.map(({ image }) => image))];
  const policies = stage.write("policies.yaml", cases.map((each) => writeYaml(policyOf(each))).join("---\n"));
  const pods = stage.write("pods.yaml", images.map((name) => writeYaml(podOf(name))).join("---\n"));
  const words = ["apply", policies, "-r", pods, "--registry", "--policy-report"];
  const amap = await stage.run(process.execPath, [join(root, "bin", "amap.mjs"), ...words]);
  readResults(amap.stdout, verdicts.amap);
  assert.ok(verdicts.amap.size > 0, `${amap.stderr}${amap.stdout}`);
  if (kyverno !== "") readResults((await stage.run(kyverno, words)).stdout, verdicts.kyverno);
}

before(async () => {
  stage = await openStage();
  await makeImages();
  cases = listCases();
  await judge();
});
after(() => stage.close());

describe("verifyImages", () => {
  test("amap says of each image what the policy means", () => {
    const found = cases.map(({ name }) => [name, verdicts.amap.get(name)?.split(":")[0], verdicts.amap.get(name)]);
    const wrong = found.filter(([name, status]) => status !== cases.find((each) => each.name === name)?.expected);
    assert.deepEqual(wrong, []);
  });

  test("Kyverno's command line says the same", { skip: kyverno === "" && "AMAP_KYVERNO names no program" }, () => {
    const compared = cases.filter(({ withoutKyverno }) => withoutKyverno === undefined);
    const wrong = compared
      .map(({ name, expected }) => [name, expected, verdicts.kyverno.get(name) ?? "nothing"] as const)
      .filter(([, expected, found]) => !found.startsWith(`${expected}:`));
    assert.deepEqual(wrong, []);
    console.log(`${compared.length} verdicts of Kyverno and amap are equal`);
  });
});
