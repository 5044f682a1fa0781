/**
 * Images that cosign 3.1.3 signed with real servers, under keyless ImageValidatingPolicies: `amap check` admits what
 * cosign verifies, and denies the twins. Takes about seven seconds.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storefrontImage } from "../../../src/app/demo/storefront.ts";
import { buildImage, parseImageTarget } from "../../../src/app/index.ts";
import { runCli } from "../../../src/cli/run-cli.ts";
import { VERBS } from "../../../src/cli/verbs.ts";
import { createCliRunner } from "../../../src/testing/cli-runner.ts";
import { createLocalSigstore, jsonBytes } from "../../../src/testing/sigstore/local-sigstore.ts";
import { createWorld } from "../../../src/wiring/index.ts";
import { type Form, issuerOf, SIGNERS, STRANGER, signImage, verifyingWords } from "./material.ts";
import { openStage, type Stage } from "./stage.ts";
import { tamperStored } from "./tamper.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const [person] = SIGNERS;
assert.ok(person?.subject !== undefined);
const { subject } = person;

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
let stage: Stage;

before(async () => {
  stage = await openStage();
});
after(async () => {
  await stage.close();
});

const fileOf = (name: string): string => readFileSync(join(stage.folder, name), "utf8");

/** A name in a registry for an image that nobody has signed. */
async function push(name: string): Promise<string> {
  const host = stage.registries.referrers;
  const world = createWorld({ offline: false, env: process.env });
  try {
    const storage = await world.openStorage(parseImageTarget(`${host}/${name}:v1`));
    const built = await buildImage(world, storage, storefrontImage(join(root, "examples"), "v1"));
    return `${host}/${name}@${built.index.digest}`;
  } finally {
    await world.close();
  }
}

/** How `amap check` ends for one attestor, and what it printed. */
async function check(
  image: string,
  cosign: object,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly said: string }> {
  const policy = {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: { name: "signed" },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
      },
      attestors: [{ name: "dev", cosign }],
      validations: [{ expression: "images.containers.all(i, verifyImageSignatures(i, [attestors.dev]) == 1)" }],
    },
  };
  const file = stage.write(`policy-${made++}.json`, JSON.stringify(policy));
  const { exit, stdout, stderr } = await runAmap(["check", "--policy", file, image], env);
  return { status: exit, said: `${stdout}\n${stderr}` };
}
let made = 0;

interface Asked {
  readonly subject?: string;
  readonly issuer?: string;
  readonly trustedRoot?: string;
  readonly ctlog?: object;
}

const asks = ({ subject: who = subject, issuer, trustedRoot, ctlog }: Asked = {}): object => ({
  keyless: { identities: [{ subject: who, issuer: issuer ?? issuerOf(stage, person) }] },
  trustedRoot: { value: trustedRoot ?? fileOf(stage.files.trustedRoot) },
  ...(ctlog === undefined ? {} : { ctlog }),
});

const forms: readonly Form[] = ["bundle, Rekor v2", "bundle, Rekor v1", "tag, Rekor v1"];

describe("keyless policies", { concurrency: 2 }, () => {
  for (const [index, form] of forms.entries()) {
    test(`an image signed as ${form} is admitted as cosign verifies it, and its twins are denied`, async () => {
      const image = await push(`keyless-${index}`);
      assert.equal((await check(image, asks())).status, 1, "before it is signed");
      await signImage(stage, image, "signature", form, person);
      for (const isStranger of [false, true]) {
        const { status } = await stage.cosign("verify", ...verifyingWords(stage, form, person, isStranger), image);
        const asked = await check(image, asks(isStranger ? { subject: STRANGER } : {}));
        assert.deepEqual([status === 0, asked.status], [!isStranger, isStranger ? 1 : 0], asked.said);
      }
      const others = Buffer.from(jsonBytes(createLocalSigstore().trustedRoot())).toString();
      for (const [twin, asked] of [
        ["another issuer", asks({ issuer: stage.workflows.issuer })],
        ["another Sigstore", asks({ trustedRoot: others })],
        ["a key", { key: { data: fileOf(stage.files.publicKey) }, ctlog: { insecureIgnoreTlog: true } }],
      ] as const) {
        assert.equal((await check(image, asked)).status, 1, twin);
      }
      await tamperStored(image);
      const tampered = await check(image, asks());
      assert.equal(tampered.status, 1, tampered.said);
    });
  }

  test("the parts of a Sigstore may stand in the policy one by one", async () => {
    const image = await push("parts");
    await signImage(stage, image, "signature", "bundle, Rekor v2", person);
    const parts = (rekorPubKey: string): object => ({
      keyless: {
        identities: [{ subjectRegExp: "^dev@example[.]com$", issuer: issuerOf(stage, person) }],
        roots: fileOf("fulcio.pem"),
      },
      ctlog: {
        url: stage.urls.rekor,
        rekorPubKey,
        ctLogPubKey: fileOf("ct-log.pub"),
        tsaCertChain: fileOf("tsa.pem"),
      },
    });
    const admitted = await check(image, parts(fileOf("rekor.pub")));
    assert.equal(admitted.status, 0, admitted.said);
    assert.equal((await check(image, parts(fileOf("rekor-v1.pub")))).status, 1);
  });

  test("a trusted root that cannot be had is an error, and denies", async () => {
    const image = await push("offline");
    const { keyless } = asks() as { readonly keyless: object };
    const nowhere = { TUF_MIRROR: "http://127.0.0.1:9/tuf", TUF_ROOT: join(stage.folder, "no-copy") };
    const { status, said } = await check(image, { keyless }, nowhere);
    assert.equal(status, 1, said);
    assert.match(said, /TRUST_REPOSITORY|USAGE|no root is known/);
  });
});
