import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LIMITS, type Value } from "../../../../../base/index.ts";
import {
  type Answer,
  AnsweringReader,
  evaluateInPasses,
  evaluateKyverno,
  type KyvernoRun,
  showValue,
} from "../../../../../testing/kyverno-functions.ts";
import { certificatePem } from "../../../../../testing/rsa-certificate.ts";
import type { CelEffect } from "../../function.ts";

const ok =
  (value: Value): Answer =>
  () => ({ ok: true, value });

interface Question {
  readonly kind: string;
  readonly params: Value;
}

/** What an expression asks, whatever it makes of the answer. */
function asked(expression: string, answer: Answer, run: KyvernoRun = {}): readonly Question[] {
  const facts = new AnsweringReader(answer);
  evaluateKyverno(expression, { ...run, facts });
  return facts.asked.map(({ kind, params }) => ({ kind, params }));
}

const CM = { apiVersion: "v1", resource: "configmaps", namespace: "shop" };
const gvrOr =
  (value: Value): Answer =>
  (kind) => ({
    ok: true,
    value: kind === "resourceType" ? { group: "apps", version: "v1", resource: "deployments" } : value,
  });
const DEPLOYMENTS = { apiVersion: "apps/v1", resource: "deployments" };
const CA = certificatePem();
const CM_MAP = '{"apiVersion": "v1", "metadata": {"name": "x"}}';
const CM_OBJECT = { apiVersion: "v1", metadata: { name: "x" } };

const cluster: readonly (readonly [
  expression: string,
  answer: Value,
  questions: readonly Question[],
  value: unknown,
])[] = [
  [
    'resource.get("v1", "configmaps", "shop", "x")',
    { a: 1 },
    [{ kind: "resource", params: { ...CM, name: "x" } }],
    { a: 1 },
  ],
  [
    'resource.Get("v1", "configmaps", "shop", "x") == null',
    null,
    [{ kind: "resource", params: { ...CM, name: "x" } }],
    true,
  ],
  [
    'resource.get("v1", "namespaces", "", "x")',
    {},
    [{ kind: "resource", params: { apiVersion: "v1", resource: "namespaces", namespace: "", name: "x" } }],
    {},
  ],
  [
    'resource.get("v1", "configmaps", "shop", "x").data.n + 1',
    { data: { n: 2 } },
    [{ kind: "resource", params: { ...CM, name: "x" } }],
    3,
  ],
  [
    'resource.list("v1", "configmaps", "shop").items.size()',
    { items: [] },
    [{ kind: "resourceList", params: { ...CM, labels: {} } }],
    0,
  ],
  [
    'resource.List("v1", "configmaps", "shop", {"b": "2", "a": "1"}).items.size()',
    { items: [{}] },
    [{ kind: "resourceList", params: { ...CM, labels: { a: "1", b: "2" } } }],
    1,
  ],
  [
    `resource.post("v1", "configmaps", "shop", ${CM_MAP}).ok`,
    { ok: true },
    [{ kind: "resourcePost", params: { ...CM, object: CM_OBJECT } }],
    true,
  ],
  [
    `resource.Post("v1", "namespaces", ${CM_MAP}).ok`,
    { ok: true },
    [{ kind: "resourcePost", params: { apiVersion: "v1", resource: "namespaces", namespace: "", object: CM_OBJECT } }],
    true,
  ],
  [
    'resource.post("v1", "x", {"n": dyn(9007199254740993), "d": dyn(duration("90s")), "f": dyn(1.5), "u": dyn(5u), "b": dyn(b"x")}).ok',
    { ok: 1 },
    [
      {
        kind: "resourcePost",
        params: {
          apiVersion: "v1",
          resource: "x",
          namespace: "",
          object: { n: "9007199254740993", d: "90s", f: 1.5, u: 5, b: "eA==" },
        },
      },
    ],
    1,
  ],
  [
    'http.get("https://a.example/x").a',
    { status: 200, body: { a: "b" } },
    [{ kind: "http", params: { url: "https://a.example/x", headers: {} } }],
    "b",
  ],
  [
    'http.Get("http://a/x", {"X-B": "2", "accept": "y"})',
    { status: 404, body: {} },
    [{ kind: "http", params: { url: "http://a/x", headers: { "x-b": "2", accept: "y" } } }],
    { statusCode: 404 },
  ],
  [
    'http.get("http://a/")',
    { status: 200, body: [1, { b: 2 }] },
    [{ kind: "http", params: { url: "http://a/", headers: {} } }],
    { body: [{ double: 1 }, { b: { double: 2 } }], statusCode: 200 },
  ],
  [
    'http.get("http://a/")',
    { status: 500, body: null },
    [{ kind: "http", params: { url: "http://a/", headers: {} } }],
    { body: null, statusCode: 500 },
  ],
  [
    'http.get("http://a/")',
    { status: 200, body: { statusCode: 7, n: 3 } },
    [{ kind: "http", params: { url: "http://a/", headers: {} } }],
    { statusCode: 200, n: { double: 3 } },
  ],
  [
    'http.post("http://a/", {"b": [1, 2]}).statusCode',
    { status: 201, body: null },
    [{ kind: "httpPost", params: { url: "http://a/", headers: {}, body: { b: [1, 2] } } }],
    201,
  ],
  [
    'http.Post("http://a/", "x", {"Content-Type": "text/plain"}).statusCode',
    { status: 201, body: null },
    [{ kind: "httpPost", params: { url: "http://a/", headers: { "content-type": "text/plain" }, body: "x" } }],
    201,
  ],
  [
    'http.client(ca).get("https://a/").statusCode',
    { status: 200, body: null },
    [{ kind: "http", params: { url: "https://a/", headers: {}, caBundle: CA } }],
    200,
  ],
  [
    'http.Client(ca).Post("https://a/", 1).statusCode',
    { status: 200, body: null },
    [{ kind: "httpPost", params: { url: "https://a/", headers: {}, caBundle: CA, body: 1 } }],
    200,
  ],
  [
    'http.client(ca).client("").Get("https://a/").statusCode',
    { status: 200, body: null },
    [{ kind: "http", params: { url: "https://a/", headers: {}, caBundle: CA } }],
    200,
  ],
  ['globalContext.get("x")', null, [{ kind: "globalContext", params: { name: "x", projection: "" } }], null],
  [
    'globalContext.Get("x", "count") != 0',
    3,
    [{ kind: "globalContext", params: { name: "x", projection: "count" } }],
    true,
  ],
  ['image.getMetadata("nginx").digest', { digest: "d" }, [{ kind: "imageData", params: { image: "nginx" } }], "d"],
  [
    'resource.get("v1", "configmaps", "shop", "x").?data.?missing.orValue("none")',
    { data: {} },
    [{ kind: "resource", params: { ...CM, name: "x" } }],
    "none",
  ],
];

const own = { ...CM, namespace: "team" };
const namespaced: typeof cluster = [
  ['resource.get("v1", "configmaps", "x").a', { a: 1 }, [{ kind: "resource", params: { ...own, name: "x" } }], 1],
  [
    'resource.list("v1", "configmaps").items.size()',
    { items: [] },
    [{ kind: "resourceList", params: { ...own, labels: {} } }],
    0,
  ],
  [
    'resource.List("v1", "configmaps", {"a": "b"}).items.size()',
    { items: [] },
    [{ kind: "resourceList", params: { ...own, labels: { a: "b" } } }],
    0,
  ],
  [
    `resource.Post("v1", "configmaps", ${CM_MAP}).ok`,
    { ok: true },
    [{ kind: "resourcePost", params: { ...own, object: CM_OBJECT } }],
    true,
  ],
];

describe("functions that ask the world", () => {
  for (const [rows, run] of [
    [cluster, { variables: { ca: CA } }],
    [namespaced, { namespace: "team" }],
  ] as const) {
    for (const [expression, answer, questions, value] of rows) {
      it(`${expression} over ${JSON.stringify(answer)}`, () => {
        const facts = new AnsweringReader(ok(answer));
        assert.deepEqual(showValue(evaluateKyverno(expression, { ...run, facts })), value);
        assert.deepEqual(
          facts.asked.map(({ kind, params }) => ({ kind, params })),
          questions,
        );
        assert.deepEqual(showValue(evaluateInPasses(expression, ok(answer), run)), value);
      });

      it(`${expression}: a fact that could not be loaded is an error with its code`, () => {
        const failed: Answer = () => ({ ok: false, code: "CLUSTER_FORBIDDEN", message: "may not look" });
        assert.throws(() => evaluateInPasses(expression, failed, run), {
          code: "CLUSTER_FORBIDDEN",
          message: /may not look/,
        });
      });
    }
  }

  it("toGVR gives what get and list take, and equals another of the same kind", () => {
    const gvr = 'resource.toGVR("apps/v1", "Deployment")';
    const type = { kind: "resourceType", params: { apiVersion: "apps/v1", kind: "Deployment" } };
    assert.deepEqual(asked(`resource.get(${gvr}, "shop", "web")`, gvrOr({})), [
      type,
      { kind: "resource", params: { ...DEPLOYMENTS, namespace: "shop", name: "web" } },
    ]);
    assert.deepEqual(asked(`resource.list(${gvr}, "", {"a": "b"})`, gvrOr({})), [
      type,
      { kind: "resourceList", params: { ...DEPLOYMENTS, namespace: "", labels: { a: "b" } } },
    ]);
    assert.equal(evaluateInPasses(`${gvr} == ${gvr}`, gvrOr({})), true);
    const core: Answer = (kind) => ({
      ok: true,
      value: kind === "resourceType" ? { group: "", version: "v1", resource: "pods" } : {},
    });
    assert.deepEqual(asked('resource.get(resource.toGVR("v1", "Pod"), "shop", "web")', core)[1]?.params, {
      apiVersion: "v1",
      resource: "pods",
      namespace: "shop",
      name: "web",
    });
  });

  it("a namespaced policy has no form that names another namespace", () => {
    const run = { namespace: "team" };
    const reaching = [
      'resource.get("v1", "configmaps", "other", "x")',
      'resource.list("v1", "configmaps", "other", {"a": "b"})',
      `resource.post("v1", "configmaps", "other", ${CM_MAP})`,
      `generator.apply("other", [${CM_MAP}])`,
    ];
    for (const expression of reaching) {
      assert.throws(() => evaluateKyverno(expression, run), { code: "EXPRESSION_INVALID" }, expression);
    }
  });

  it("a namespaced policy creates nothing in another namespace", () => {
    const other = '{"metadata": {"namespace": "other"}}';
    const facts = new AnsweringReader(ok({}));
    const run = { namespace: "team", facts, effects: [] };
    for (const expression of [`resource.post("v1", "configmaps", ${other})`, `generator.apply([${other}])`]) {
      assert.throws(() => evaluateKyverno(expression, run), { name: "CelError", message: /namespace team/ });
    }
    assert.deepEqual([facts.asked, run.effects], [[], []]);
    for (const own of ["team", ""]) {
      const post = `resource.post("v1", "configmaps", {"metadata": {"namespace": "${own}"}})`;
      assert.deepEqual(evaluateKyverno(post, run), {});
    }
  });

  it("a namespaced policy has neither http nor globalContext", () => {
    for (const expression of ['http.get("https://a/")', 'http.client("")', 'globalContext.get("x")']) {
      assert.throws(() => evaluateKyverno(expression, { namespace: "team" }), { code: "EXPRESSION_INVALID" });
    }
    assert.throws(() => evaluateKyverno("true", { namespace: "" }), { code: "BUG" });
  });

  it("an answer of the wrong shape is an error, never an empty value", () => {
    const rows: readonly (readonly [expression: string, answer: Value])[] = [
      ['resource.get("v1", "pods", "shop", "x")', []],
      ['resource.list("v1", "pods", "shop")', null],
      [`resource.post("v1", "pods", "shop", ${CM_MAP})`, "x"],
      ['resource.toGVR("v1", "Pod")', { group: "" }],
      ['http.get("https://a/")', { body: {} }],
      ['http.get("https://a/")', null],
    ];
    for (const [expression, answer] of rows) {
      assert.throws(() => evaluateInPasses(expression, ok(answer)), { code: "FACT_FAILED" }, expression);
    }
  });
});

describe("questions that are not asked", () => {
  const long = "x".repeat(LIMITS.factUrlLength);
  const variables = { long, many: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`h${i}`, "x"])), ca: CA };
  const refused: readonly string[] = [
    'resource.get("v1/../x", "pods", "shop", "x")',
    'resource.get("a/b/c", "pods", "shop", "x")',
    'resource.get("", "pods", "shop", "x")',
    'resource.get("v1", "Pods", "shop", "x")',
    'resource.get("v1", "pods/log", "shop", "x")',
    'resource.get("v1", "pods", "..", "x")',
    'resource.get("v1", "pods", "shop", "")',
    'resource.get("v1", "pods", "shop", "a/b")',
    'resource.get("v1", "pods", "shop", "a%2fb")',
    'resource.get("v1", "pods", "shop", ".")',
    'resource.get("v1", "pods", "shop", long)',
    'resource.list("v1", "", "shop")',
    'resource.toGVR("v1", "pod/x")',
    'resource.toGVR("v1", "")',
    'http.get("")',
    'http.get("file:///etc/passwd")',
    'http.get("ftp://a/")',
    'http.get("//a/")',
    'http.get("https://")',
    'http.get("https://user:secret@a/")',
    'http.get("https://a/ b")',
    'http.get("https://a\\\\@b/")',
    'http.get("https://a/\\r\\nX: y")',
    'http.get("https://a/" + long)',
    'http.get("https://a/", {"a b": "c"})',
    'http.get("https://a/", {"": "c"})',
    'http.get("https://a/", {"a": "b\\r\\nc: d"})',
    'http.get("https://a/", {"A": "b", "a": "c"})',
    'http.get("https://a/", many)',
    'http.get("https://a/", {"a": long + long + long})',
    'http.post("https://a/", type(1))',
    'http.post("https://a/", optional.of(1))',
    'http.post("https://a/", 0.0 / 0.0)',
    'http.post("https://a/", {1: 2})',
    'http.post("https://a/", image("nginx"))',
    'http.get("https://a/", {"__proto__": "b"})',
    'resource.list("v1", "pods", "shop", {"__proto__": "b"})',
    'resource.post("v1", "configmaps", "shop", {"metadata": {"namespace": "other"}})',
    'http.client("no certificate")',
    'http.client("-----BEGIN CERTIFICATE-----")',
    'globalContext.get("")',
    "globalContext.get(long)",
    'generator.apply("Not A Namespace", [{"a": 1}])',
    'generator.apply("shop", [{"a": type(1)}])',
  ];
  for (const expression of refused) {
    it(expression, () => {
      assert.throws(() => evaluateKyverno(expression, { variables, effects: [] }), { name: "CelError" });
    });
  }

  it("are not shown: a URL may hold a password or a token", () => {
    for (const url of ["https://me:hunter2@a/", "https://a/?token=hunter2 x", "ftp://me:hunter2@a/", "hunter2"]) {
      assert.throws(
        () => evaluateKyverno("http.get(url)", { variables: { url } }),
        (error) =>
          error instanceof Error &&
          /expected an http or https URL/.test(error.message) &&
          !/hunter2/.test(error.message),
        url,
      );
    }
  });

  it("a body may not be larger than the limit", () => {
    const body = "y".repeat(LIMITS.factBodyLength);
    assert.throws(() => evaluateKyverno('http.post("https://a/", b)', { variables: { b: body } }), {
      message: /characters of JSON/,
    });
  });
});

describe("generator.apply", () => {
  it("writes an effect and gives true", () => {
    const effects: CelEffect[] = [];
    const expression =
      'generator.apply("shop", [o, {"kind": dyn("Secret"), "n": dyn(1u)}]) && generator.Apply("", [o])';
    assert.equal(evaluateKyverno(expression, { variables: { o: { kind: "ConfigMap" } }, effects }), true);
    assert.deepEqual(effects, [
      { kind: "generate", namespace: "shop", objects: [{ kind: "ConfigMap" }, { kind: "Secret", n: 1 }] },
      { kind: "generate", namespace: "", objects: [{ kind: "ConfigMap" }] },
    ]);
  });

  it("goes to the policy's own namespace", () => {
    const effects: CelEffect[] = [];
    evaluateKyverno('generator.apply([{"kind": "ConfigMap"}])', { namespace: "team", effects });
    assert.deepEqual(effects, [{ kind: "generate", namespace: "team", objects: [{ kind: "ConfigMap" }] }]);
  });

  it("takes copies from another namespace, and long lists of objects that are not", () => {
    const effects: CelEffect[] = [];
    const copy = { metadata: { namespace: "other" } };
    const items = Array.from({ length: 3 }, () => ({ data: "x".repeat(LIMITS.factBodyLength / 2) }));
    const variables = { copy, list: { items } };
    assert.equal(evaluateKyverno('generator.apply("shop", [copy, list])', { variables, effects }), true);
    assert.deepEqual(effects, [{ kind: "generate", namespace: "shop", objects: [copy, { items }] }]);
    const large = { items: [{ data: "x".repeat(LIMITS.factBodyLength) }] };
    assert.throws(() => evaluateKyverno('generator.apply("shop", [o])', { variables: { o: large }, effects: [] }), {
      message: /characters of JSON/,
    });
  });

  it("fails where nothing may be done", () => {
    assert.throws(() => evaluateKyverno('generator.apply("shop", [{"a": 1}])'), { name: "CelError" });
  });
});
