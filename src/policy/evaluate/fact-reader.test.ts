import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Value } from "../../base/index.ts";
import { creation, evaluateWith, planOf, pod } from "../../testing/policy-builders.ts";
import { evaluatePlan } from "./evaluate-plan.ts";
import { factRequest, NotingFactReader, PendingFacts } from "./fact-reader.ts";
import { summariseFact } from "./fact-summary.ts";
import { FACT_KINDS, type Fact, type FactKind, MISSING_FACT, notServed } from "./facts.ts";

const KINDS = Object.keys(FACT_KINDS) as readonly FactKind[];

function pass(
  facts: ReadonlyMap<string, Fact>,
  ...questions: readonly (readonly [FactKind, Value])[]
): readonly string[] {
  const pending = new PendingFacts();
  const reader = new NotingFactReader(facts, pending);
  for (const [kind, params] of questions) {
    try {
      reader.fact(kind, params);
    } catch (error) {
      assert.equal(error, MISSING_FACT);
    }
  }
  return [...pending.requests.keys()];
}

describe("what acts is asked for only when all before it is known", () => {
  const http = factRequest("http", { url: "a" });
  const post = factRequest("httpPost", { url: "b" });

  it("not in the pass in which something before it is missing", () => {
    assert.deepEqual(pass(new Map(), ["http", http.params], ["httpPost", post.params]), [http.key]);
    assert.deepEqual(pass(new Map(), ["httpPost", post.params], ["http", http.params]), [post.key, http.key]);
    assert.deepEqual(pass(new Map(), ["httpPost", post.params], ["httpPost", { url: "c" }]), [post.key]);
  });

  it("in the pass in which it is there", () => {
    const facts = new Map<string, Fact>([[http.key, { ok: true, value: null }]]);
    assert.deepEqual(pass(facts, ["http", http.params], ["httpPost", post.params]), [post.key]);
  });

  it("and what was answered is read, whatever else is missing", () => {
    const facts = new Map<string, Fact>([[post.key, { ok: true, value: 1 }]]);
    const reader = new NotingFactReader(facts, new PendingFacts());
    assert.throws(
      () => reader.fact("http", http.params),
      (error) => error === MISSING_FACT,
    );
    assert.equal(reader.fact("httpPost", post.params), 1);
  });

  const GUARDED = [
    'resource.get("v1", "configmaps", "shop", "guard").data.open == "yes"',
    'http.post("https://audit.example/", {"name": object.metadata.name}).statusCode == 201',
  ];
  const answer =
    (open: string, asked: string[]) =>
    (_: Value, kind: string): Fact => {
      asked.push(kind);
      return { ok: true, value: kind === "resource" ? { data: { open } } : { status: 201, body: null } };
    };

  for (const [open, status, kinds] of [
    ["yes", "pass", ["resource", "httpPost"]],
    ["no", "fail", ["resource"]],
  ] as const) {
    it(`a POST behind a guard that is ${open}`, () => {
      const asked: string[] = [];
      const plan = planOf({ validations: [{ expression: GUARDED.join(" && ") }] });
      const { evaluation } = evaluateWith(plan, creation(pod("nginx")), answer(open, asked));
      assert.equal(evaluation.responses[0]?.status, status);
      assert.deepEqual(asked, kinds);
    });
  }

  it("a POST in a variable below many others is not asked when what stands before it fails", () => {
    const asked: string[] = [];
    const names = Array.from({ length: 12 }, (_, index) => `v${index}`);
    const variables = names.map((name, index) => ({
      name,
      expression: index === 0 ? (GUARDED[1] as string) : `variables.v${index - 1}`,
    }));
    const plan = planOf({ variables, validations: [{ expression: `[${GUARDED[0]}, variables.v11].all(x, x)` }] });
    const { evaluation } = evaluateWith(plan, creation(pod("nginx")), (_, kind) => {
      asked.push(kind);
      return kind === "resource" ? { ok: false, code: "CLUSTER_FORBIDDEN", message: "" } : { ok: true, value: {} };
    });
    assert.equal(evaluation.responses[0]?.status, "error");
    assert.deepEqual(asked, ["resource"]);
  });

  it("a POST beside a read in one list waits for it, and is asked once", () => {
    const asked: string[] = [];
    const plan = planOf({ validations: [{ expression: `[${GUARDED.join(", ")}, ${GUARDED[1]}].all(x, x)` }] });
    const { evaluation } = evaluateWith(plan, creation(pod("nginx")), answer("yes", asked));
    assert.equal(evaluation.responses[0]?.status, "pass");
    assert.deepEqual(asked, ["resource", "httpPost"]);
  });
});

describe("what nobody can look up", () => {
  for (const kind of KINDS) {
    it(`${kind} is a failed fact that names the function`, () => {
      const fact = notServed(factRequest(kind, {}));
      assert.ok(!fact.ok);
      assert.equal(fact.code, "NOT_SUPPORTED");
      assert.ok(fact.message.includes(FACT_KINDS[kind].askedBy), fact.message);
    });
  }

  it("makes the rule an error, never false", () => {
    const plan = planOf({ validations: [{ expression: 'resource.get("v1", "pods", "a", "b") == null' }] });
    const { evaluation } = evaluateWith(plan, creation(pod("nginx")), (params, kind) =>
      notServed(factRequest(kind as FactKind, params)),
    );
    const [response] = evaluation.responses;
    assert.ok(response?.status === "error");
    assert.equal(response.code, "NOT_SUPPORTED");
    assert.match(response.message, /resource\.get cannot be answered here/);
  });
});

describe("random in a policy", () => {
  it("depends on the seed, and not on the facts that were withheld", () => {
    const expression = 'random("[a-z]{8}") + resource.get("v1", "pods", "a", "b").x + random("[a-z]{8}") == ""';
    const plan = planOf({
      validations: [{ expression: "false", messageExpression: expression.replace(' == ""', "") }, { expression }],
    });
    const run = (seed: string): string => {
      const input = creation(pod("nginx"));
      const request = factRequest("resource", { apiVersion: "v1", resource: "pods", namespace: "a", name: "b" });
      const facts = new Map<string, Fact>([[request.key, { ok: true, value: { x: "-" } }]]);
      const once = evaluatePlan(plan, input, facts, { now: 0, seed });
      const begun = evaluatePlan(plan, input, new Map(), { now: 0, seed });
      const resumed = evaluatePlan(plan, input, facts, { now: 0, seed, previous: begun });
      assert.deepEqual(resumed.responses, once.responses);
      const [response] = once.responses;
      assert.ok(response?.status === "fail");
      assert.match(response.message, /^[a-z]{8}-[a-z]{8}$/);
      return response.message;
    };
    assert.equal(run("one"), run("one"));
    assert.notEqual(run("one"), run("two"));
  });

  it("is one draw for a variable, whichever rule uses it, and another for each rule", () => {
    const plan = planOf({
      variables: [{ name: "drawn", expression: "random()" }],
      validations: [
        { expression: "false", messageExpression: "random()" },
        { expression: "false", messageExpression: "random() + variables.drawn" },
        { expression: "false", messageExpression: "variables.drawn + random()" },
      ],
    });
    const { responses } = evaluatePlan(plan, creation(pod("nginx")), new Map(), { now: 0, seed: "x" });
    const [one, two, three] = responses.map((response) => (response.status === "fail" ? response.message : ""));
    assert.equal(two?.slice(8), three?.slice(0, 8));
    assert.equal(new Set([one, two?.slice(0, 8), three?.slice(0, 8), three?.slice(8)]).size, 4);
  });
});

describe("what a report shows of a fact", () => {
  it("is what was asked, without headers, bodies and queries", () => {
    const params = { url: "https://a/x?token=1", headers: { authorization: "secret" }, body: "secret" };
    const fact: Fact = { ok: true, value: { status: 200, body: "secret" } };
    assert.deepEqual(summariseFact(factRequest("httpPost", params), fact), { kind: "httpPost", url: "https://a/x" });
  });

  it("has the failure", () => {
    const request = factRequest("resource", { apiVersion: "v1", resource: "pods", namespace: "a", name: "b" });
    assert.deepEqual(summariseFact(request, { ok: false, code: "CLUSTER_FORBIDDEN", message: "no" }), {
      kind: "resource",
      apiVersion: "v1",
      resource: "pods",
      namespace: "a",
      name: "b",
      code: "CLUSTER_FORBIDDEN",
      message: "no",
    });
  });
});
