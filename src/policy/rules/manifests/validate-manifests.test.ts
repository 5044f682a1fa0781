/** validate.manifests: the object is what was signed, by enough of the attestors. Signatures here are their signers' names. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compressGzip, encodeBase64, encodeUtf8, listOf, memberOf, textOf, type Value } from "../../../base/index.ts";
import { clusterPolicy, linesOf, planOf, say, type TestWorld, valueOf } from "../../../testing/kyverno-runs.ts";

const RULE = "- name: r\n  match: {any: [{resources: {kinds: ['*']}}]}\n  validate:\n    manifests:\n";
const rule = (manifests: string): string => `${RULE}${manifests.replaceAll(/^/gm, "      ")}`;
const entry = (key: string, more = ""): string => `{keys: {publicKeys: ${key}}${more}}`;
const BY_ALPHA = `attestors: [{entries: [${entry("alpha")}]}]`;

const MANIFEST = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {mode: safe}
`;

/** An object of this YAML with the message, and with signatures in the names of their signers. */
function signed(yaml: string, message: string, ...signers: readonly string[]): string {
  const annotations: Record<string, string> = {
    "cosign.sigstore.dev/message": encodeBase64(compressGzip(encodeUtf8(message))),
  };
  for (const [place, signer] of signers.entries()) {
    annotations[`cosign.sigstore.dev/signature${place === 0 ? "" : `_${place}`}`] = signer;
  }
  const object = valueOf(yaml) as unknown as { readonly metadata: { readonly annotations?: object } };
  const metadata = { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } };
  return JSON.stringify({ ...object, metadata });
}

/** Who signed is in the signature; the key `broken` cannot be asked. */
const WORLD: TestWorld = {
  manifestSignature: (params) => {
    const key = textOf(memberOf(memberOf(params, "attestor"), "keys"), "publicKeys");
    if (key === "broken") return new Error("the key cannot be read");
    const isSigned = listOf(params, "signatures").some((each) => textOf(each, "signature") === key);
    return isSigned ? { verified: true, signer: key } : { verified: false, message: "no matching signatures" };
  },
};

const judge = (manifests: string, object: string, input = {}): readonly string[] =>
  linesOf(say(rule(manifests), { object, world: WORLD, input }).responses);

describe("the object and what was signed", () => {
  const rows: readonly (readonly [name: string, object: string, expected: RegExp, manifests?: string])[] = [
    ["the same", signed(MANIFEST, MANIFEST, "alpha"), /^r: pass verified manifest signatures; signed by alpha$/],
    [
      "as a cluster keeps it",
      signed(
        MANIFEST.replace("{name", "{uid: u, creationTimestamp: t, managedFields: [{a: 1}], name"),
        MANIFEST,
        "alpha",
      ),
      /^r: pass/,
    ],
    ["not signed", MANIFEST, /^r: fail .*message not found/],
    ["without its signature", signed(MANIFEST, MANIFEST), /^r: fail .*signature not found/],
    [
      "a changed field",
      signed(MANIFEST.replace("safe", "open"), MANIFEST, "alpha"),
      /data.mode: expected "safe", found "open"/,
    ],
    [
      "an added field",
      signed(MANIFEST.replace("safe", "safe, more: x"), MANIFEST, "alpha"),
      /data.more: expected nothing/,
    ],
    ["a removed field", signed(MANIFEST.replace("mode: safe", ""), MANIFEST, "alpha"), /^r: fail .*data/],
    [
      "the message of another name",
      signed(MANIFEST.replace("settings", "other"), MANIFEST, "alpha"),
      /fail .*metadata.name/,
    ],
    [
      "the message of another namespace",
      signed(MANIFEST.replace("shop", "prod"), MANIFEST, "alpha"),
      /fail .*metadata.namespace/,
    ],
    [
      "the message of another kind",
      signed(MANIFEST.replace("ConfigMap", "Secret"), MANIFEST, "alpha"),
      /fail .*holds no Secret/,
    ],
    ["the message of another group", signed(MANIFEST.replace("v1", "x.io/v1"), MANIFEST, "alpha"), /fail .*apiVersion/],
    ["a manifest for any namespace", signed(MANIFEST, MANIFEST.replace(", namespace: shop", ""), "alpha"), /^r: pass/],
    ["one of several", signed(MANIFEST, `kind: A\n---\n${MANIFEST}`, "alpha"), /^r: pass/],
    [
      "one of several of the same name: the one of the namespace",
      signed(MANIFEST, `${MANIFEST.replace("shop", "prod").replace("safe", "open")}---\n${MANIFEST}`, "alpha"),
      /^r: pass/,
    ],
    [
      "the namespace, where the policy leaves it out",
      signed(MANIFEST.replace("shop", "prod"), MANIFEST, "alpha"),
      /^r: pass/,
      `${BY_ALPHA}\nignoreFields: [{fields: [metadata.namespace]}]`,
    ],
    [
      "the name, where the policy leaves it out",
      signed(MANIFEST.replace("settings", "other"), MANIFEST, "alpha"),
      /^r: pass/,
      `${BY_ALPHA}\nignoreFields: [{objects: [{kind: ConfigMap}], fields: [metadata.name]}]`,
    ],
    ["no message at all", signed(MANIFEST, "", "alpha"), /fail .*holds no ConfigMap/],
    ["a broken message", signed(MANIFEST, "a: [", "alpha"), /fail .*cannot be read: YAML_INVALID/],
    [
      "another prefix",
      signed(MANIFEST, MANIFEST, "alpha").replaceAll("cosign.sigstore.dev", "example.com"),
      /^r: pass/,
      `${BY_ALPHA}\nannotationDomain: example.com`,
    ],
    [
      "the usual prefix where another is asked for",
      signed(MANIFEST, MANIFEST, "alpha"),
      /no annotation example.com\/message/,
      `${BY_ALPHA}\nannotationDomain: example.com`,
    ],
  ];
  for (const [name, object, expected, manifests = BY_ALPHA] of rows) {
    test(name, () => {
      const lines = judge(manifests, object);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", expected);
    });
  }
  test("values of Secrets are told nowhere", () => {
    const secret = MANIFEST.replace("ConfigMap", "Secret").replace("safe", "cGFzc3dvcmQ=");
    const [line = ""] = judge(BY_ALPHA, signed(secret.replace("cGFzc3dvcmQ=", "b3RoZXI="), secret, "alpha"));
    assert.match(line, /the object differs from what was signed: data.mode$/);
  });
  test("of an object that is deleted nothing is asked", () => {
    const input = { operation: "DELETE", object: null, oldObject: valueOf(MANIFEST) } as const;
    assert.deepEqual(judge(BY_ALPHA, MANIFEST, input), []);
  });
  test("an object that is not what was signed asks nobody", () => {
    const world: TestWorld = { manifestSignature: () => assert.fail("asked") };
    const object = signed(MANIFEST.replace("safe", "open"), MANIFEST, "alpha");
    assert.equal(say(rule(BY_ALPHA), { object, world }).responses[0]?.status, "fail");
  });
  test("many differences are cut, and counted", () => {
    const data = Array.from({ length: 20 }, (_, place) => `k${place}: x`).join(", ");
    const [line = ""] = judge(
      BY_ALPHA,
      signed(MANIFEST.replace("mode: safe", `mode: safe, ${data}`), MANIFEST, "alpha"),
    );
    assert.match(line, /and 15 more$/);
  });
});

describe("attestors", () => {
  const set = (entries: readonly string[], count = ""): string =>
    `{${count === "" ? "" : `count: ${count}, `}entries: [${entries.join(", ")}]}`;
  const rows: readonly (readonly [
    name: string,
    sets: readonly string[],
    signers: readonly string[],
    expected: RegExp,
  ])[] = [
    ["all of them", [set([entry("alpha"), entry("beta")])], ["beta", "alpha"], /^r: pass/],
    [
      "one is missing",
      [set([entry("alpha"), entry("beta")])],
      ["alpha"],
      /fail .*\.attestors\[0\]\.entries\[1\]\.keys: no matching/,
    ],
    ["one of two is enough", [set([entry("alpha"), entry("beta")], "1")], ["beta"], /^r: pass/],
    ["none of two", [set([entry("alpha"), entry("beta")], "1")], ["gamma"], /^r: fail/],
    ["two of three", [set([entry("alpha"), entry("beta"), entry("gamma")], "2")], ["gamma", "alpha"], /^r: pass/],
    ["each set counts", [set([entry("alpha")]), set([entry("beta")])], ["alpha"], /fail .*\.attestors\[1\]/],
    ["a set inside", [set([`{attestor: ${set([entry("alpha")])}}`])], ["alpha"], /^r: pass/],
    [
      "a set inside that fails",
      [set([`{attestor: ${set([entry("beta")])}}`])],
      ["alpha"],
      /entries\[0\]\.attestor\.entries\[0\]/,
    ],
    ["one that cannot be asked", [set([entry("broken")])], ["alpha"], /^r: error .*the key cannot be read/],
    [
      "one that cannot be asked and is not needed",
      [set([entry("broken"), entry("alpha")], "1")],
      ["alpha"],
      /^r: pass/,
    ],
    ["one that might have made the difference", [set([entry("broken"), entry("alpha")], "1")], ["beta"], /^r: error/],
    ["nobody", [set([])], ["alpha"], /^r: fail/],
    ["an annotation that is there", [set([entry("alpha", ", annotations: {team: red}")])], ["alpha"], /^r: pass/],
    [
      "another annotation",
      [set([entry("alpha", ", annotations: {team: blue}")])],
      ["alpha"],
      /expected the annotation team to be "blue", found "red"/,
    ],
    ["no such annotation", [set([entry("alpha", ", annotations: {toString: x}")])], ["alpha"], /found nothing/],
  ];
  const manifest = MANIFEST.replace("{name", "{annotations: {team: red}, name");
  for (const [name, sets, signers, expected] of rows) {
    test(name, () => {
      const [line = ""] = judge(`attestors: [${sets.join(", ")}]`, signed(manifest, manifest, ...signers));
      assert.match(line, expected);
    });
  }
  test("without attestors it is no rule about manifests", () => {
    assert.deepEqual(judge("annotationDomain: example.com", MANIFEST), []);
  });
  test("what is not done is told when the policy is read", () => {
    const plan = planOf(clusterPolicy(rule(`${BY_ALPHA}\nrepository: ghcr.io/a/b\ndryRun: {enable: true}`)));
    assert.deepEqual(
      plan.warnings.map((each) => each.replace(/^.*manifests\./, "")),
      [
        "dryRun is not done: an object is compared with the signed manifest as it is written",
        "repository is not supported: the rule is an error for every object with a signature",
      ],
    );
  });
  test("each attestor is asked with the object's annotations and its own fields", () => {
    const asked: Value[] = [];
    const world: TestWorld = {
      manifestSignature: (params) => {
        asked.push(params);
        return { verified: true, signer: "a" };
      },
    };
    const object = signed(MANIFEST, MANIFEST, "x");
    say(rule(`attestors: [{entries: [{keyless: {subject: s, issuer: i}, repository: ghcr.io/a/b}]}]`), {
      object,
      world,
    });
    const [params = null] = asked;
    assert.deepEqual(memberOf(params, "signatures"), [{ signature: "x", certificate: "", bundle: "" }]);
    assert.equal(memberOf(params, "repository"), "ghcr.io/a/b");
    assert.deepEqual(memberOf(memberOf(params, "attestor"), "keyless"), { subject: "s", issuer: "i" });
  });
});

test("an object whose long names would be compared for ever uses up its budget", () => {
  const name = "n".repeat(20_000);
  const deep = Array.from({ length: 40 }).reduce<string>(
    (inner) => `{"${name}": ${inner}}`,
    JSON.stringify(Object.fromEntries(Array.from({ length: 2_000 }, (_, place) => [`k${place}`, 1]))),
  );
  const object = signed(MANIFEST.replace("{mode: safe}", "DEEP"), MANIFEST, "alpha").replace('"DEEP"', deep);
  assert.match(judge(BY_ALPHA, object).join(), /^r: error the rule takes more than \d+ steps/);
});

describe("what a cluster mounts into a signed Pod", () => {
  const pod = (mounts: string, volumes: string): string => `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: a, image: 'a:1', volumeMounts: [${mounts}]}]
  volumes: [${volumes}]
`;
  const [mount, volume] = ["{name: data, mountPath: /data}", "{name: data, configMap: {name: settings}}"];
  const token = "{name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}";
  const projected = "{name: token, projected: {sources: [{serviceAccountToken: {path: token}}]}}";
  const rows: readonly (readonly [name: string, found: string, expected: RegExp])[] = [
    ["its token", pod(`${mount}, ${token}`, `${volume}, ${projected}`), /^r: pass/],
    ["another configMap", pod(mount, volume.replace("settings", "others")), /^r: fail .*volumes.0.configMap.name/],
    ["at another place", pod(mount.replace("/data", "/app"), volume), /^r: fail .*volumeMounts.0.mountPath/],
    ["a part of it", pod(mount.replace("}", ", subPath: x}"), volume), /^r: fail .*volumeMounts.0.subPath/],
    ["a folder of the node", pod(mount, `${volume}, {name: b, hostPath: {path: /}}`), /^r: fail .*hostPath.path/],
  ];
  for (const [name, found, expected] of rows) {
    test(name, () => assert.match(judge(BY_ALPHA, signed(found, pod(mount, volume), "alpha")).join(), expected));
  }
});
