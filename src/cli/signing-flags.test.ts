/** Every flag of cosign 3.1.3 for its verbs that sign: it works, or it is refused by name. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Command } from "commander";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, snapshot, writeTree } from "../testing/cli-runner.ts";
import { loadProgram, runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-flags-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;

before(async () => {
  await buildTestImage(folder);
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  writeTree(folder, { file: "a file", "predicate.json": { a: 1 } });
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What cosign's verbs that sign have in common, and what of it belongs to signing without a key of one's own. */
const SIGNING = `key yes new-bundle-format tlog-upload use-signing-config signing-config trusted-root rekor-url
  timestamp-server-url timestamp-client-cacert timestamp-client-cert timestamp-client-key timestamp-server-name
  oidc-disable-ambient-providers insecure-skip-verify bundle`;
const CERTIFICATES = `identity-token oidc-client-id oidc-client-secret-file oidc-provider oidc-redirect-url oidc-issuer
  fulcio-url fulcio-auth-flow issue-certificate certificate certificate-chain`;
const HARDWARE = "sk slot";
const REGISTRY = `allow-http-registry allow-insecure-registry k8s-keychain registry-cacert registry-client-cert
  registry-client-key registry-password registry-server-name registry-token registry-username`;

/** The flags of each verb: those that work, and those that are refused. */
const FLAGS: Readonly<Record<string, readonly [works: string, refused: string]>> = {
  sign: [
    `${SIGNING} ${REGISTRY} annotations recursive upload payload output-signature output-payload output-certificate
     sign-container-identity record-creation-timestamp registry-referrers-mode`,
    `${CERTIFICATES} ${HARDWARE} attachment`,
  ],
  attest: [
    `${SIGNING} ${REGISTRY} predicate statement type no-upload replace rekor-entry-type record-creation-timestamp`,
    `${CERTIFICATES} ${HARDWARE}`,
  ],
  "sign-blob": [
    `${SIGNING} b64 output output-signature output-certificate rfc3161-timestamp signing-algorithm`,
    `${CERTIFICATES} ${HARDWARE}`,
  ],
  "attest-blob": [
    `${SIGNING} predicate statement type hash output-signature output-attestation output-certificate
     rfc3161-timestamp-bundle rekor-entry-type`,
    `${CERTIFICATES} ${HARDWARE}`,
  ],
  "generate-key-pair": ["output-key-prefix", "kms"],
  "import-key-pair": ["key output-key-prefix yes", ""],
  "public-key": ["key outfile", HARDWARE],
};

const wordsIn = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== "");

describe("every flag of cosign's", () => {
  let program: Command;
  before(async () => {
    program = await loadProgram(VERBS);
  });

  for (const [verb, [works, unsupported]] of Object.entries(FLAGS)) {
    const optionOf = (name: string) =>
      program.commands
        .find((command) => command.name() === verb)
        ?.options.find((option) => option.long === `--${name}`);
    test(`of ${verb} works`, () => {
      for (const name of wordsIn(works)) {
        assert.deepEqual([name, optionOf(name)?.hidden], [name, false]);
      }
    });
    test(`of ${verb} that does not work yet is refused by name`, async () => {
      for (const name of wordsIn(unsupported)) {
        const option = optionOf(name);
        assert.deepEqual([name, option?.hidden], [name, true]);
        const words = option?.required === true ? [`--${name}`, "x"] : [`--${name}`];
        const ended = await refused(2, "NOT_SUPPORTED", verb, ...words, "x");
        assert.match(ended.stderr, new RegExp(`--${name} .* not supported yet`));
      }
    });
  }

  test("that is off is no reason to refuse", async () => {
    await ok("sign", "--key", at("good.key"), "--sk=false", "--issue-certificate=false", image);
  });
});

describe("what would sign something else than was meant is refused, and nothing is written", () => {
  const KEY = ["--key", at("good.key")];
  const OLD = "--new-bundle-format=false";
  const PREDICATE = ["--predicate", at("predicate.json")];
  const digest = "ab".repeat(32);
  const rows: readonly (readonly [what: string, code: string, words: readonly string[], says: RegExp])[] = [
    ["no key", "USAGE", ["sign", image], /--key is needed: signing without a key/],
    ["a payload for a bundle", "USAGE", ["sign", ...KEY, "--payload", at("file"), image], /--payload/],
    ["identities for a bundle", "USAGE", ["sign", ...KEY, "--sign-container-identity", "a", image], /identity/],
    ["a payload that is none", "PAYLOAD_INVALID", ["sign", ...KEY, OLD, "--payload", at("file"), image], /payload/],
    [
      "a payload with annotations",
      "USAGE",
      ["sign", ...KEY, OLD, "--payload", at("file"), "-a", "a=1", image],
      /as it stands/,
    ],
    ["a signature that is kept nowhere", "USAGE", ["sign", ...KEY, "--upload=false", image], /--bundle FILE/],
    [
      "an older signature that is kept nowhere",
      "USAGE",
      ["sign", ...KEY, OLD, "--upload=false", "--output-payload", at("out"), image],
      /neither stored/,
    ],
    ["one file for two images", "USAGE", ["sign", ...KEY, "--bundle", at("out"), image, image], /2 manifests/],
    ["one file for an index", "USAGE", ["sign", ...KEY, "-r", "--bundle", at("out"), image], /3 manifests/],
    [
      "an older file for two images",
      "USAGE",
      ["sign", ...KEY, OLD, "--output-signature", at("out"), image, image],
      /--output-signature/,
    ],
    [
      "a mode of referrers that is none",
      "USAGE",
      ["sign", ...KEY, OLD, "--registry-referrers-mode", "x", image],
      /oci-1-1/,
    ],
    [
      "a configuration with logs that are not asked",
      "USAGE",
      ["sign", ...KEY, "--signing-config", at("file"), "--tlog-upload=false", image],
      /exclude each other/,
    ],
    [
      "two configurations",
      "USAGE",
      ["sign", ...KEY, "--signing-config", at("file"), "--use-signing-config", image],
      /exclude each other/,
    ],
    [
      "a configuration for a tag",
      "NOT_SUPPORTED",
      ["sign", ...KEY, OLD, "--signing-config", at("file"), image],
      /bundles only/,
    ],
    [
      "an address beside a configuration",
      "USAGE",
      ["sign", ...KEY, "--use-signing-config", "--rekor-url", "https://rekor.invalid", image],
      /exclude each other/,
    ],
    ["neither predicate nor statement", "USAGE", ["attest", ...KEY, image], /--predicate or --statement/],
    ["both", "USAGE", ["attest", ...KEY, ...PREDICATE, "--statement", at("file"), image], /--predicate or --statement/],
    [
      "an entry type that is none",
      "USAGE",
      ["attest", ...KEY, ...PREDICATE, "--rekor-entry-type", "x", image],
      /dsse, intoto/,
    ],
    [
      "one file for two attestations",
      "USAGE",
      ["attest", ...KEY, ...PREDICATE, "--bundle", at("out"), image, image],
      /2 images/,
    ],
    ["a blob without a bundle", "USAGE", ["sign-blob", ...KEY, at("file")], /--bundle is needed/],
    [
      "one bundle for two blobs",
      "USAGE",
      ["sign-blob", ...KEY, "--bundle", at("out"), at("file"), at("predicate.json")],
      /2 files/,
    ],
    [
      "an algorithm that is none",
      "USAGE",
      ["sign-blob", ...KEY, "--bundle", at("out"), "--signing-algorithm", "rot13", at("file")],
      /nistp256/,
    ],
    [
      "a timestamp that nobody is asked for",
      "USAGE",
      ["sign-blob", ...KEY, OLD, "--rfc3161-timestamp", at("out"), at("file")],
      /--timestamp-server-url/,
    ],
    [
      "a digest that is none",
      "USAGE",
      ["attest-blob", ...KEY, ...PREDICATE, "--bundle", at("out"), "--hash", "x", "f"],
      /64 hex/,
    ],
    [
      "a predicate about no file",
      "USAGE",
      ["attest-blob", ...KEY, ...PREDICATE, "--bundle", at("out"), "--hash", digest],
      /the file that the predicate is about/,
    ],
    [
      "standard input twice",
      "USAGE",
      ["attest-blob", ...KEY, "--predicate", "-", "--bundle", at("out"), "-"],
      /can be read once/,
    ],
  ];
  for (const [what, code, words, says] of rows) {
    test(what, async () => {
      const before = snapshot(folder);
      const exit = code === "PAYLOAD_INVALID" ? 12 : 2;
      assert.match((await refused(exit, code, ...words)).stderr, says);
      assert.deepEqual(snapshot(folder), before);
    });
  }

  test("a second image that is not there leaves the first unsigned", async () => {
    const before = snapshot(folder);
    await refused(11, "MANIFEST_NOT_FOUND", "sign", ...KEY, image, `oci:${at("image")}:v2`);
    await refused(11, "MANIFEST_NOT_FOUND", "attest", ...KEY, ...PREDICATE, image, `oci:${at("image")}:v2`);
    assert.deepEqual(snapshot(folder), before);
  });

  test("a password that would have to come from the input that is signed", async () => {
    for (const words of [
      ["sign-blob", "--bundle", at("out"), "-"],
      ["attest-blob", "--bundle", at("out"), "--predicate", "-", at("file")],
      ["sign", OLD, "--payload", "-", image],
      ["attest", "--statement", "-", image],
    ]) {
      const ended = await runAmap([words[0] ?? "", ...KEY, ...words.slice(1)], { COSIGN_PASSWORD: undefined });
      assert.equal(ended.exit, 2, `${words.join(" ")}\n${ended.stderr}`);
    }
  });

  test("a time that is none", async () => {
    const words = ["sign", ...KEY, OLD, "--record-creation-timestamp", image];
    for (const epoch of ["soon", "9".repeat(12), "1.5", "1e3"]) {
      const ended = await runAmap(words, { SOURCE_DATE_EPOCH: epoch });
      assert.deepEqual([ended.exit, ended.code], [2, "USAGE"], `${epoch}\n${ended.stderr}`);
    }
  });
});
