import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, textOf, type Value } from "../../base/index.ts";
import { IS_POD, linesOf, say, type TestWorld } from "../../testing/kyverno-runs.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const KEY = (name: string) => `-----BEGIN PUBLIC KEY-----\\n${name}\\n-----END PUBLIC KEY-----\\n`;
const entry = (name: string) => `{keys: {publicKeys: "${KEY(name)}"}}`;

/** A rule over Pods with one entry of verifyImages; digests are left alone unless it says otherwise. */
const rule = (fields: string, digests = "mutateDigest: false, verifyDigest: false, ") =>
  `- name: v\n  ${IS_POD}\n  verifyImages: [{${digests}${fields}}]`;

/** Attestors by their key: what they say; others vouch for nothing. */
function world(signers: Readonly<Record<string, Value>>, digests: Readonly<Record<string, Value>> = {}): TestWorld {
  return {
    imageAttestor: (params) => {
      const key = textOf(memberOf(memberOf(params, "attestor"), "keys"), "publicKeys");
      const name = Object.keys(signers).find((each) => key.includes(each));
      const statements = name === undefined ? undefined : (signers[name] ?? null);
      if (statements === undefined) return { verified: false, message: "no matching signatures" };
      return { verified: true, digest: DIGEST, statements };
    },
    imageData: (params) => digests[textOf(params, "image")] ?? new Error("no such image"),
  };
}

/** Without the lines of the validate phase. */
const verified = (rules: string, given: TestWorld) =>
  linesOf(say(rules, { world: given }).responses.filter(({ phase }) => phase === "verifyImages"));

const FRONT = "ghcr.io/shop/front:v1";

describe("verifyImages: attestors", () => {
  const references = "imageReferences: ['ghcr.io/*']";
  const cases: readonly (readonly [name: string, attestors: string, signers: readonly string[], expected: string])[] = [
    [
      "one that vouches",
      `[{entries: [${entry("alpha")}]}]`,
      ["alpha"],
      `v: pass verified image signatures for ${FRONT}`,
    ],
    [
      "one that does not",
      `[{entries: [${entry("alpha")}]}]`,
      ["beta"],
      `v: fail failed to verify image ${FRONT}: .attestors[0].entries[0].keys: no matching signatures`,
    ],
    ["all of a set must vouch", `[{entries: [${entry("alpha")}, ${entry("beta")}]}]`, ["alpha"], "v: fail "],
    ["or as many as it says", `[{count: 1, entries: [${entry("alpha")}, ${entry("beta")}]}]`, ["beta"], "v: pass "],
    [
      "two sets must both be fulfilled",
      `[{entries: [${entry("alpha")}]}, {entries: [${entry("beta")}]}]`,
      ["alpha"],
      "v: fail ",
    ],
    [
      "sets inside of sets",
      `[{count: 1, entries: [{attestor: {entries: [${entry("alpha")}, ${entry("beta")}]}}, ${entry("gamma")}]}]`,
      ["alpha", "beta"],
      "v: pass ",
    ],
    [
      "several keys in one text are several attestors",
      `[{entries: [{keys: {publicKeys: "${KEY("alpha")}${KEY("beta")}"}}]}]`,
      ["alpha"],
      "v: fail ",
    ],
    [
      "of which one may be enough",
      `[{count: 1, entries: [{keys: {publicKeys: "${KEY("alpha")}${KEY("beta")}"}}]}]`,
      ["beta"],
      "v: pass ",
    ],
  ];
  for (const [name, attestors, signers, expected] of cases) {
    test(name, () => {
      const given = world(Object.fromEntries(signers.map((each) => [each, []])));
      const [line = ""] = verified(rule(`${references}, attestors: ${attestors}`), given);
      assert.ok(line.startsWith(expected), line);
    });
  }
  test("one that cannot be asked is an error where it might have made the difference (C4)", () => {
    const given = (signers: readonly string[]): TestWorld => ({
      imageAttestor: (params) => {
        const key = textOf(memberOf(memberOf(params, "attestor"), "keys"), "publicKeys");
        if (key.includes("broken")) return new Error("no such service");
        if (!signers.some((each) => key.includes(each))) return { verified: false, message: "no matching signatures" };
        return { verified: true, digest: DIGEST, statements: [] };
      },
    });
    const of = (count: number, ...names: readonly string[]) =>
      rule(`${references}, attestors: [{count: ${count}, entries: [${names.map(entry).join(", ")}]}]`);
    const attested = (count: number, ...names: readonly string[]) =>
      rule(
        `${references}, attestations: [{type: t, attestors: [{count: ${count}, entries: [${names.map(entry).join(", ")}]}]}]`,
      );
    for (const [rules, signers, expected] of [
      [of(1, "broken", "alpha"), ["alpha"], /^v: pass/],
      [of(1, "broken", "alpha"), [], /^v: error .*no such service/],
      [of(2, "broken", "alpha"), ["alpha"], /^v: error .*no such service/],
      [of(2, "broken", "alpha"), [], /^v: fail .*no matching signatures/],
      [attested(1, "broken"), [], /^v: error .*no such service/],
      [attested(2, "broken", "alpha"), [], /^v: fail .*no matching signatures/],
    ] as const) {
      assert.match(verified(rules, given(signers))[0] ?? "", expected);
    }
  });
  test("an image that no reference names has no response", () => {
    assert.deepEqual(
      verified(rule(`imageReferences: ['quay.io/*'], attestors: [{entries: [${entry("alpha")}]}]`), world({})),
      [],
    );
  });
  test("the deprecated fields mean the same", () => {
    const old = rule(`image: 'ghcr.io/*', key: "${KEY("alpha")}"`);
    assert.match(verified(old, world({ alpha: [] }))[0] ?? "", /^v: pass/);
    assert.match(verified(old, world({ beta: [] }))[0] ?? "", /^v: fail/);
  });
});

describe("verifyImages: attestations", () => {
  const statement = (predicate: Value, type = "https://example/scan") => [{ type, predicate }];
  const attested = (more = "", extra = "") =>
    rule(
      `imageReferences: ['ghcr.io/*'], attestations: [{name: scan, type: https://example/scan, attestors: [{entries: [${entry("alpha")}]}]${more}}]${extra}`,
    );
  const critical =
    ", conditions: [{all: [{key: '{{ critical }}', operator: Equals, value: 0, message: 'found {{ critical }}'}]}]";
  const cases: readonly (readonly [name: string, rules: string, statements: Value, expected: RegExp])[] = [
    [
      "a statement of its type",
      attested(),
      statement({ critical: 1 }),
      /^v: pass verified image attestations for ghcr/,
    ],
    [
      "a statement of another type",
      attested(),
      statement({}, "https://example/other"),
      /^v: fail .*attestions not found for predicate type/,
    ],
    ["conditions over the predicate", attested(critical), statement({ critical: 0 }), /^v: pass/],
    ["that do not hold", attested(critical), statement({ critical: 2 }), /^v: fail .*attestation checks failed/],
    ["that name what is not there", attested(critical), statement({ other: 2 }), /^v: fail .*Unknown key "critical"/],
    [
      "validate over named statements",
      attested(
        "",
        ", validate: {message: too many, deny: {conditions: {any: [{key: '{{ scan.critical }}', operator: GreaterThan, value: 0}]}}}",
      ),
      statement({ critical: 3 }),
      /^v: fail validation in verifyImages failed: too many/,
    ],
  ];
  for (const [name, rules, statements, expected] of cases) {
    test(name, () => assert.match(verified(rules, world({ alpha: statements }))[0] ?? "", expected));
  }
});

describe("verifyImages: digests", () => {
  // Only what enforces may rewrite.
  const ENFORCE = "failureAction: Enforce, ";
  const images = (object: Value) => {
    const containers = memberOf(memberOf(object, "spec"), "containers") as readonly Value[];
    return containers.map((each) => textOf(each, "image"));
  };
  test("a tag becomes the digest that was verified", () => {
    const run = say(rule(`imageReferences: ['ghcr.io/*'], attestors: [{entries: [${entry("alpha")}]}]`, ENFORCE), {
      world: world({ alpha: [] }),
    });
    assert.deepEqual(images(run.object), [`${FRONT}@${DIGEST}`, "redis:latest"]);
    assert.deepEqual(
      run.responses.map(({ phase, status }) => [phase, status]),
      [
        ["verifyImages", "pass"],
        ["validate", "pass"],
      ],
    );
  });
  test("an image that was refused keeps its tag", () => {
    const run = say(rule(`imageReferences: ['ghcr.io/*'], attestors: [{entries: [${entry("alpha")}]}]`, ENFORCE), {
      world: world({}),
    });
    assert.deepEqual(images(run.object), [FRONT, "redis:latest"]);
    assert.deepEqual(
      run.responses.map(({ status, message }) => [status, message.slice(0, 18)]),
      [
        ["fail", "failed to verify i"],
        ["fail", "missing digest for"],
      ],
    );
  });
  test("without attestors the registry is asked for the digest", () => {
    const given = world({}, { "docker.io/redis:latest": { digest: DIGEST } });
    const run = say(rule("imageReferences: ['docker.io/*'], required: false", ENFORCE), { world: given });
    assert.deepEqual(images(run.object), [FRONT, `docker.io/redis:latest@${DIGEST}`]);
    assert.deepEqual(linesOf(run.responses), ["v: pass mutated image digest", "v: pass image verified"]);
    const unknown = say(rule("imageReferences: ['docker.io/*'], required: false", ENFORCE), { world: world({}) });
    assert.equal(unknown.responses[0]?.status, "error");
  });
  test("an image must have a digest where that is asked for, and be verified where it is required", () => {
    const check = rule("imageReferences: ['ghcr.io/*'], required: false", "mutateDigest: false, verifyDigest: true, ");
    assert.deepEqual(linesOf(say(check).responses), [`v: fail missing digest for ${FRONT}`]);
    const required = rule("imageReferences: ['ghcr.io/*'], required: true");
    assert.deepEqual(linesOf(say(required).responses), [`v: fail unverified image ${FRONT}`]);
  });
  test("an object that is deleted is left alone", () => {
    const run = say(rule("imageReferences: ['*'], required: true"), {
      input: { object: null, oldObject: {}, operation: "DELETE" },
    });
    assert.deepEqual(run.responses, []);
  });
});
