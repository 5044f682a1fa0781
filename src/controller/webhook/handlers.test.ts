import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeUtf8, LIMITS, memberOf, readJson, type Value } from "../../base/index.ts";
import { enforcementOf, metricOf, podOf, policyOf, reviewOf } from "../../testing/controller-fixture.ts";
import { valueAt } from "../kube-object.ts";
import { createMetrics } from "../metrics.ts";
import { createReviewHandlers, formatIssues } from "./handlers.ts";

async function handlersOf() {
  const [enforcement, metrics] = [enforcementOf(), createMetrics()];
  await enforcement.applyPolicy(policyOf("no-bad"));
  const reviewed: string[] = [];
  const asked: string[] = [];
  const handlers = createReviewHandlers({
    enforcement,
    metrics,
    knowNamespace: async (name) => void asked.push(name),
    onReviewed: (request, { response }) => reviewed.push(`${request.name} ${response.allowed}`),
  });
  const send = async (path: string, body: Uint8Array): Promise<{ readonly status: number; readonly answer: Value }> => {
    const handler = handlers.get(path);
    assert.ok(handler !== undefined);
    const answer = await handler(body, { timeoutMs: 1_000, startedAt: performance.now() });
    return { status: answer.status, answer: answer.status === 200 ? readJson(answer.body) : answer.message };
  };
  return { send, metrics, reviewed, asked };
}

describe("reviews", () => {
  test("a good object is allowed, its bad twin denied with the engine's own answer", async () => {
    const { send, metrics, reviewed, asked } = await handlersOf();
    const good = await send("/validate", reviewOf(podOf("good", "good")));
    assert.deepEqual(memberOf(good.answer, "response"), { uid: "u-1", allowed: true });
    const bad = await send("/validate", reviewOf(podOf("twin", "bad")));
    assert.equal(valueAt(bad.answer, "response", "allowed"), false);
    assert.equal(valueAt(bad.answer, "response", "status", "code"), 403);
    assert.deepEqual(reviewed, ["good true", "twin false"]);
    assert.deepEqual(asked, ["default", "default"]);
    const labels = 'purpose="validate",operation="CREATE",kind="Pod",allowed="false"';
    assert.equal(await metricOf(metrics, `amap_admission_requests_total{${labels}}`), 1);
  });

  test("pinning answers with a patch", async () => {
    const { send } = await handlersOf();
    const { answer } = await send("/pin", reviewOf(podOf("good", "good")));
    assert.equal(valueAt(answer, "response", "patchType"), "JSONPatch");
  });

  const text = new TextDecoder().decode(reviewOf(podOf("good", "good")));
  const deep = `${"[".repeat(LIMITS.admissionDepth + 1)}${"]".repeat(LIMITS.admissionDepth + 1)}`;
  const hostile: readonly [string, string | Uint8Array][] = [
    ["nothing", ""],
    ["no JSON", "<xml/>"],
    ["half a review", text.slice(0, text.length / 2)],
    ["bytes that are no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
    ["a list", "[]"],
    ["null", "null"],
    ["another version", text.replace("admission.k8s.io/v1", "admission.k8s.io/v1beta1")],
    ["another kind", text.replace('"AdmissionReview"', '"Pod"')],
    ["a key twice", text.replace('"uid":"u-1"', '"uid":"u-1","uid":"u-2"')],
    ["no uid", text.replace('"uid":"u-1",', "")],
    ["a uid that is a number", text.replace('"u-1"', "1e400")],
    ["an unknown operation", text.replace('"CREATE"', '"PATCH"')],
    ["an object that is a text", text.replace(/"object":\{.*\},"oldObject"/, '"object":"x","oldObject"')],
    ["no object", text.replace(/"object":\{.*\},"oldObject"/, '"oldObject"')],
    ["an object as deep as a well", text.replace('"oldObject":null', `"oldObject":{"a":${deep}}`)],
  ];
  for (const [name, body] of hostile) {
    test(`${name} is no review: 400, so that the failure policy decides`, async () => {
      const { send, reviewed } = await handlersOf();
      for (const path of ["/validate", "/pin", "/policies"]) {
        const { status, answer } = await send(path, typeof body === "string" ? encodeUtf8(body) : body);
        assert.equal(status, 400, path);
        assert.ok(typeof answer === "string" && answer.length > 0 && answer.length < 4_000);
      }
      assert.deepEqual(reviewed, []);
    });
  }

  for (const [name, member, status] of [
    ["a number beyond every integer type", '"n":123456789012345678901234567890', 200],
    ["a number beyond every double", '"n":1e999', 400],
    ["a member named like one of the prototype's", '"constructor":{"prototype":{"polluted":1}}', 200],
    ["the prototype itself", '"__proto__":{"polluted":1}', 400],
  ] as const) {
    test(`${name} is only data: ${status}`, async () => {
      const { send } = await handlersOf();
      const body = encodeUtf8(text.replace('"spec":{', `${member},"spec":{`));
      assert.equal((await send("/validate", body)).status, status);
      assert.equal(memberOf({}, "polluted") ?? ({} as Record<string, unknown>)["polluted"], undefined);
    });
  }
});

describe("reviews of policies", () => {
  const broken = policyOf("p", { broken: true });
  const deleting = {
    ...(broken as object),
    metadata: { name: "p", deletionTimestamp: "2026-11-22T12:00:00Z" },
  } as Value;
  const cases: readonly [string, Value, Readonly<Record<string, Value>>, boolean][] = [
    ["a good policy", policyOf("p"), {}, true],
    ["a broken policy", broken, {}, false],
    ["a policy that becomes broken", broken, { operation: "UPDATE", oldObject: policyOf("p") }, false],
    ["a broken policy whose rules stay as they are", broken, { operation: "UPDATE", oldObject: broken }, true],
    ["a broken policy that goes away", deleting, { operation: "UPDATE", oldObject: policyOf("p") }, true],
    ["a deletion", null, { operation: "DELETE", oldObject: broken }, true],
  ];
  for (const [name, object, more, allowed] of cases) {
    test(`${name}: ${allowed ? "allowed" : "refused with its place"}`, async () => {
      const { send } = await handlersOf();
      const { answer } = await send("/policies", reviewOf(object, more));
      assert.equal(valueAt(answer, "response", "allowed"), allowed);
      const message = valueAt(answer, "response", "status", "message");
      assert.equal(message, allowed ? undefined : "spec.broken: it is broken");
    });
  }

  test("a policy that is likely to go wrong is allowed with a warning", async () => {
    const { send } = await handlersOf();
    const { answer } = await send("/policies", reviewOf(policyOf("p", { costly: true }), {}));
    assert.equal(valueAt(answer, "response", "allowed"), true);
    assert.deepEqual(valueAt(answer, "response", "warnings"), ["it is costly"]);
  });

  test("many issues are cut, and the cut is told", () => {
    const issues = Array.from({ length: 30 }, (_, index) => ({
      code: "VALUE_INVALID" as const,
      path: `a[${index}]`,
      message: "m",
    }));
    const lines = formatIssues(issues).split("\n");
    assert.equal(lines.length, 21);
    assert.equal(lines.at(-1), "and 10 more");
  });
});
