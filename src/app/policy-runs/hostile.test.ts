/** Policies and objects that are broken or mean harm, through what `amap apply` does (C8, C15). */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type AmapError, LIMITS, type Value, writeJson } from "../../base/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import type { PolicyBomb } from "../../testing/policy-bomb-parts.ts";
import { bombObject, bombPolicy, POLICY_BOMBS } from "../../testing/policy-bombs.ts";
import { type Application, prepareApplication } from "./apply-policies.ts";
import type { ApplyRequest } from "./apply-request.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

async function prepare(files: Files, more: Partial<ApplyRequest> = {}): Promise<Application> {
  return prepareApplication(createFakeWorld(files), {
    policies: ["/policies"],
    resources: ["/pod.yaml"],
    targetResources: [],
    exceptions: [],
    exceptionsWithinPolicies: false,
    exceptionsWithinResources: false,
    set: [],
    ...more,
  });
}

/** What was said: `policy/rule: status CODE`, of all objects. */
async function verdictsOf(application: Application): Promise<readonly string[]> {
  const verdicts: string[] = [];
  for await (const { runs } of application.apply()) {
    for (const { policy, responses } of runs) {
      for (const { rule, status, code } of responses) {
        verdicts.push(`${policy.name}/${rule}: ${[status, code].filter((part) => part !== undefined).join(" ")}`);
      }
    }
  }
  return verdicts;
}

const POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n";

const policy = (name: string, rules: string, spec = ""): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: ${name}}\nspec:\n  background: false\n${spec}  rules: ${rules}\n`;
const rule = (body: string): string => `[{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, ${body}}]`;
const GOOD = policy("good", rule("validate: {pattern: {kind: Pod}}"));

describe("a broken policy is named, and the good one beside it is applied", () => {
  const aliases = Array.from({ length: 40 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`).join("\n");
  const rows: readonly (readonly [name: string, text: string | Uint8Array, code?: string])[] = [
    ["no YAML at all", "a: [\n", "YAML_INVALID"],
    [
      "a large integer as operation of a request",
      policy(
        "broken",
        rule(
          'preconditions: {all: [{key: "{{ request.operation }}", operator: Equals, value: 99999999999999999999}]}, validate: {pattern: {a: b}}',
        ),
      ),
    ],
    [
      "a large integer as operation of a patch",
      policy("broken", rule('mutate: {patchesJson6902: "[{op: 99999999999999999999, path: 99999999999999999999}]"}')),
    ],
    ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0x00, 0x80)],
    ["aliases that multiply", `a0: &a0 [x, x]\n${aliases}\n`],
    ["brackets within brackets", `a: ${"[".repeat(100_000)}`],
    ["a text", "just words\n"],
    ["a list", "- a\n- b\n"],
    ["another kind", "apiVersion: v1\nkind: Pod\nmetadata: {name: no-policy}\n"],
    ["a kind that there is not", "apiVersion: kyverno.io/v1\nkind: ClusterPolice\nmetadata: {name: broken}\n"],
    ["no name", GOOD.replace("metadata: {name: good}", "metadata: {}")],
    ["no rules", policy("broken", "[]")],
    ["rules that are none", policy("broken", "5")],
    ["an unknown field", policy("broken", rule("validate: {patern: {kind: Pod}}"))],
    ["a key twice", policy("broken", rule("validate: {pattern: {a: b, a: c}}"))],
    ["__proto__", policy("broken", rule("validate: {pattern: {a: b}}, __proto__: {a: b}"))],
    ["an expression that is none", policy("broken", rule("validate: {pattern: {a: '{{ request.( }}'}}"))],
    ["a variable that is none", policy("broken", rule("validate: {pattern: {a: '{{ nothing }}'}}"))],
    [
      "an operator that is none",
      policy("broken", rule("validate: {deny: {conditions: {any: [{key: a, operator: Like, value: b}]}}}")),
    ],
    [
      "a CEL expression that is none",
      policy("broken", rule("validate: {cel: {expressions: [{expression: 'object.('}]}}")),
    ],
    [
      "an expression too deep",
      policy("broken", rule(`validate: {pattern: {a: "{{ ${"(".repeat(5_000)}request${")".repeat(5_000)} }}"}}`)),
    ],
    ["patches that are none", policy("broken", rule("mutate: {patchesJson6902: '[{'}"))],
    [
      "two rules of one name",
      policy(
        "broken",
        `[${rule("validate: {pattern: {a: b}}").slice(1, -1)}, ${rule("validate: {pattern: {a: b}}").slice(1, -1)}]`,
      ),
    ],
  ];
  for (const [name, text, code] of rows) {
    test(name, async () => {
      const files = {
        "/policies/a-good.yaml": GOOD,
        "/policies/b.yaml": text,
        "/policies/c-good.yaml": GOOD.replace("good", "also-good"),
        "/pod.yaml": POD,
      };
      const application = await prepare(files);
      const { broken, refused, warnings } = application.set;
      const verdicts = await verdictsOf(application);
      // What is refused only when it is used is an error then.
      const warned = warnings.filter((warning) => warning.includes("broken")).length;
      const named =
        warned + broken.length + refused.size + verdicts.filter((line) => line.startsWith("broken/r: error")).length;
      assert.ok(named > 0, JSON.stringify(verdicts));
      if (code !== undefined) assert.equal(broken[0]?.code, code);
      for (const { message } of broken) assert.ok(message.length > 0 && message.length < 10_000, message.slice(0, 200));
      for (const message of refused.values()) assert.ok(message.length > 0 && message.length < 10_000);
      assert.deepEqual(
        verdicts.filter((line) => !line.startsWith("broken/")),
        ["good/r: pass", "also-good/r: pass"],
      );
    });
  }
  test("in one file", async () => {
    const text = [GOOD, policy("broken", "5"), "just words\n", GOOD.replace("good", "also-good")].join("---\n");
    const application = await prepare({ "/policies/all.yaml": text, "/pod.yaml": POD });
    assert.equal(application.set.broken.length + application.set.refused.size, 2);
    assert.deepEqual(await verdictsOf(application), ["good/r: pass", "also-good/r: pass"]);
  });
});

describe("an object that cannot be read is never passed over", () => {
  const rows: readonly (readonly [name: string, text: string | Uint8Array])[] = [
    ["no YAML at all", `${POD}---\na: [\n`],
    ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0x00, 0x80)],
    ["an empty file", ""],
    ["a text", "just words\n"],
    ["brackets within brackets", `${POD}spec: ${"[".repeat(100_000)}`],
    ["deep, and closed", `${POD}spec: ${"[".repeat(5_000)}${"]".repeat(5_000)}`],
    ["a key twice", `${POD}kind: Service\n`],
  ];
  for (const [name, text] of rows) {
    test(name, async () => {
      await assert.rejects(
        async () => verdictsOf(await prepare({ "/policies/good.yaml": GOOD, "/pod.yaml": text })),
        (error: AmapError) => error.code !== "BUG" && error.message.includes("/pod.yaml"),
      );
    });
  }
});

describe("what an object says is never read as a part of the policy", () => {
  const texts = ["{{ request.operation }}", "{{", "$(../kind)", "\\{{ a }}", "?*", "__proto__", "a | b", "> 1"];
  for (const text of texts) {
    test(text, async () => {
      const object: Value = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "web", namespace: "shop", annotations: { note: text }, labels: { app: text } },
      };
      const body =
        "validate: {message: 'it says {{ request.object.metadata.annotations.note }}', pattern: {kind: Service}}";
      const application = await prepare({
        "/policies/p.yaml": policy("p", rule(body)),
        "/pod.yaml": writeJson(object),
      });
      for await (const { runs } of application.apply()) {
        const said = runs.flatMap(({ responses }) => responses.map(({ message }) => message));
        assert.deepEqual(said, [`validation error: it says ${text}. rule r failed at path /kind/`]);
      }
    });
  }
});

describe("bombs of policies (C15)", () => {
  // One of each sort; all of them go off beside the engine.
  const chosen: Readonly<Record<string, readonly string[]>> = {
    expressions: [
      "brackets within brackets",
      "texts that double",
      "a nested regular expression on a long text",
      "wildcards that backtrack",
    ],
    "context entries": ["lists that double", "two that use each other", "a long chain"],
    loops: ["over 10^6 elements, denied"],
    patterns: ["existence anchors that each match the last"],
    patches: ["copies that double", "a path of 10^5 steps"],
    "other parts": ["CEL loops within loops", "a rule that makes what it is triggered by"],
  };
  const bombs = Object.entries(chosen).flatMap(([part, names]) =>
    names.map((name) => [part, POLICY_BOMBS[part]?.find((bomb) => bomb.name === name)] as const),
  );
  for (const [part, bomb] of bombs) {
    assert.ok(bomb !== undefined, part);
    test(`${part}: ${bomb.name}`, { timeout: 30_000 }, () => goOff(bomb));
  }
  async function goOff(bomb: PolicyBomb): Promise<void> {
    const files = {
      "/policies/bomb.yaml": writeJson(bombPolicy(bomb)),
      "/policies/good.yaml": GOOD,
      "/pod.yaml": writeJson(bombObject(bomb)),
    };
    const application = await prepare(files);
    const verdicts = await verdictsOf(application);
    assert.ok(verdicts.includes("good/r: pass"), verdicts.join());
    if (bomb.ends.startsWith("refused")) {
      assert.ok(application.set.refused.has("bomb") || application.set.broken[0]?.name === "bomb");
    } else {
      assert.ok(verdicts.includes(`bomb/bomb: ${bomb.ends}`), verdicts.join());
      assert.ok(verdicts.includes("bomb/fine: pass"), verdicts.join());
    }
  }
});

test("a generated rule that is too long to compile is an error, whatever its preconditions would have said", async () => {
  const text = "a".repeat(LIMITS.expressionBytes - "request.object.spec.a || ''".length - 10);
  const key = `{{ request.object.spec.a || '${text}' }}`;
  const body = (operator: string): string =>
    rule(
      `preconditions: {all: [{key: ${JSON.stringify(key)}, operator: ${operator}, value: b*}]}, validate: {deny: {}}`,
    );
  const application = await prepare({
    "/policies/a.yaml": policy("skips", body("Equals")),
    "/policies/b.yaml": policy("denies", body("NotEquals")),
    "/pod.yaml": `${POD}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n`,
  });
  assert.deepEqual(await verdictsOf(application), [
    "skips/r: skip",
    "denies/r: fail",
    "skips/autogen-r: error LIMIT_EXCEEDED",
    "denies/autogen-r: error LIMIT_EXCEEDED",
  ]);
});
