/** `verifyImages` of kyverno.io policies in `amap apply` and `amap test`: what registries say of images, and where they are asked. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encodeBase64, encodeUtf8, type ValueObject, writeYaml } from "../base/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { type RegistryServer, startRegistryServer, TEST_LOGIN } from "../testing/registry-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-verify-images-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
let server: RegistryServer;

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

const UNLOGGED = { rekor: { ignoreTlog: true } };

/** A policy over Pods whose one rule verifies all images. */
const policy = (name: string, entry: ValueObject, more: ValueObject = {}): string =>
  writeYaml({
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
              imageReferences: ["*"],
              failureAction: "Enforce",
              mutateDigest: false,
              verifyDigest: false,
              attestors: [{ entries: [entry] }],
              ...more,
            },
          ],
        },
      ],
    },
  });

const pod = (name: string, image: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: default}\nspec: {containers: [{name: a, image: "${image}"}]}\n`;

const testFile = (result: string): string =>
  `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../optional.yaml]\nresources: [../signed.yaml]\nresults:\n- {policy: key, rule: signed, kind: Pod, resources: [signed], result: ${result}}\n`;

before(async () => {
  server = await startRegistryServer();
  await buildTestImage(folder);
  for (const name of ["good", "other"]) await run(0, "generate-key-pair", "--output-key-prefix", at(name));
  for (const name of ["signed", "unsigned"]) await run(0, "load", "--dir", at("image"), `${server.host}/${name}:v1`);
  await run(0, "sign", "--key", at("good.key"), "--new-bundle-format=false", `${server.host}/signed:v1`);
  const publicKeys = readFileSync(at("good.pub"), "utf8");
  const key = { keys: { publicKeys, ...UNLOGGED } };
  const secret = { "cosign.pub": encodeBase64(encodeUtf8(publicKeys)) };
  writeTree(folder, {
    "key.yaml": policy("key", key),
    "other.yaml": policy("other", { keys: { publicKeys: readFileSync(at("other.pub"), "utf8"), ...UNLOGGED } }),
    "secret.yaml": policy("secret", { keys: { secret: { namespace: "ops", name: "signer" }, ...UNLOGGED } }),
    "optional.yaml": policy("key", key, { required: false }),
    "pinned.yaml": policy("pinned", key, { mutateDigest: true, verifyDigest: true }),
    "notary.yaml": policy("notary", { certificates: { cert: "PEM" } }, { type: "Notary" }),
    "signer.yaml": writeYaml({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "signer", namespace: "ops" },
      data: secret,
    }),
    "signed.yaml": pod("signed", `${server.host}/signed:v1`),
    "unsigned.yaml": pod("unsigned", `${server.host}/unsigned:v1`),
    "missing.yaml": pod("missing", `${server.host}/missing:v1`),
    "pass/kyverno-test.yaml": testFile("pass"),
    "error/kyverno-test.yaml": testFile("error"),
  });
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("amap apply of verifyImages", () => {
  const rows: readonly (readonly [name: string, policy: string, pod: string, exit: number, expected: RegExp])[] = [
    ["signed by the key", "key.yaml", "signed.yaml", 0, /pass: 2, fail: 0/],
    ["signed by another", "other.yaml", "signed.yaml", 1, /no matching signatures: SIGNATURE_INVALID/],
    ["not signed", "key.yaml", "unsigned.yaml", 1, /no signatures found beside .*nothing is attached to it/],
    ["pinned by what was verified", "pinned.yaml", "signed.yaml", 0, /pass: 2, fail: 0/],
    ["not there", "key.yaml", "missing.yaml", 1, /error: 1/],
    ["a key in a Secret that nobody gives", "secret.yaml", "signed.yaml", 1, /there is no Secret ops\/signer/],
    ["what cannot be verified yet", "notary.yaml", "signed.yaml", 1, /signatures of type Notary are not verified yet/],
  ];
  for (const [name, policies, pods, exit, expected] of rows) {
    it(name, async () => {
      const { stdout, stderr } = await run(exit, "apply", at(policies), "-r", at(pods), "--registry");
      assert.match(stdout + stderr, expected);
    });
  }

  it("a key in a Secret among the resources", async () => {
    const { stdout } = await run(0, "apply", at("secret.yaml"), "-r", at("signed.yaml"), "-r", at("signer.yaml"));
    assert.match(stdout, /pass: 2, fail: 0/);
  });

  it("asks registries without --registry, as Kyverno does, and never while --offline is set", async () => {
    await run(0, "apply", at("key.yaml"), "-r", at("signed.yaml"));
    const asked = server.requests.length;
    const offline = await run(1, "--offline", "apply", at("key.yaml"), "-r", at("signed.yaml"));
    assert.match(offline.stdout + offline.stderr, /OFFLINE/);
    assert.equal(server.requests.length, asked);
  });

  it("reads each image once for all that ask", async () => {
    const before = server.requests.length;
    await run(1, "apply", at("key.yaml"), at("other.yaml"), "-r", at("signed.yaml"), "-r", at("signed.yaml"));
    const paths = server.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
    assert.equal(new Set(paths).size, paths.length, paths.join("\n"));
  });
});

describe("credentials of a policy", () => {
  let closed: RegistryServer;
  before(async () => {
    closed = await startRegistryServer({ auth: "basic" });
    const image = `${closed.host}/signed:v1`;
    const login = ["--registry-username", TEST_LOGIN.username, "--registry-password", TEST_LOGIN.password];
    await run(0, "load", ...login, "--dir", at("image"), image);
    await run(0, "sign", ...login, "--key", at("good.key"), "--new-bundle-format=false", image);
    const auths = { [closed.host]: { username: TEST_LOGIN.username, password: TEST_LOGIN.password } };
    const secret = (name: string, data: ValueObject): string =>
      writeYaml({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "kyverno" }, data });
    const encoded = (value: ValueObject): string => encodeBase64(encodeUtf8(JSON.stringify(value)));
    const key = { keys: { publicKeys: readFileSync(at("good.pub"), "utf8"), ...UNLOGGED } };
    const naming = (...secrets: readonly string[]): string =>
      policy("closed", key, { imageRegistryCredentials: { secrets } });
    writeTree(folder, {
      "closed/pod.yaml": pod("closed", image),
      "closed/right.yaml": secret("right", { ".dockerconfigjson": encoded({ auths }) }),
      "closed/old.yaml": secret("old", { ".dockercfg": encoded(auths) }),
      "closed/empty.yaml": secret("empty", {}),
      "closed/names-right.yaml": naming("right"),
      "closed/names-old.yaml": naming("kyverno/old"),
      "closed/names-empty.yaml": naming("empty"),
      "closed/names-none.yaml": naming("none"),
      "closed/names-what-is-none.yaml": naming("a/b/c"),
    });
  });
  after(() => closed.close());

  for (const [name, exit, expected] of [
    ["right", 0, /pass: 2, fail: 0/],
    ["old", 0, /pass: 2, fail: 0/],
    ["empty", 1, /the Secret empty: expected .dockerconfigjson or .dockercfg/],
    ["none", 1, /the policy names Secrets \(none\): pass --cluster, or log in with docker/],
    ["what-is-none", 1, /expected NAME or NAMESPACE\/NAME, found "a\/b\/c"/],
  ] as const) {
    it(`${name}: exit ${exit}`, async () => {
      const resources = ["pod", "right", "old", "empty"].flatMap((each) => ["-r", at("closed", `${each}.yaml`)]);
      const { stdout, stderr } = await run(exit, "apply", at("closed", `names-${name}.yaml`), ...resources);
      assert.match(stdout + stderr, expected);
    });
  }
});

describe("amap test of verifyImages", () => {
  it("asks registries with --registry", async () => {
    await run(0, "test", at("pass"), "--registry");
  });

  it("says without it that they were not asked", async () => {
    const asked = server.requests.length;
    await run(0, "test", at("error"));
    const { stdout } = await run(1, "test", at("pass"), "--detailed-results");
    assert.match(stdout, /registries are asked with --registry/);
    assert.equal(server.requests.length, asked);
  });
});
