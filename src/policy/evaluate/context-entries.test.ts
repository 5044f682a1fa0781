import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ErrorCode, Value } from "../../base/index.ts";
import { compileJmesPath } from "../language/jmespath/compile.ts";
import type { JmesContext } from "../language/jmespath/program.ts";
import type { ContextEntry } from "../resource/kyverno/context-entry.ts";
import { compileContextEntries, type EntrySource } from "./context-entries.ts";
import { factRequest, NotingFactReader, PendingFacts } from "./fact-reader.ts";
import { type Fact, type FactKind, MISSING_FACT } from "./facts.ts";
import { RuleContext } from "./rule-context.ts";

const CONTEXT: JmesContext = { now: 0, charge: () => undefined, entropy: () => new Uint8Array(32) };
const REQUEST = {
  request: { object: { metadata: { name: "web" }, spec: { n: 3 } }, namespace: "shop", operation: "CREATE" },
  nothing: null,
};

type Known = readonly [kind: FactKind, params: Value, answer: Value];

interface Setup {
  readonly facts?: readonly Known[];
  readonly failed?: readonly (readonly [kind: FactKind, params: Value, code: ErrorCode, message: string])[];
  readonly policyNamespace?: string;
  readonly served?: ReadonlySet<EntrySource>;
}

function setUp(entries: readonly ContextEntry[], setup: Setup = {}) {
  const facts = new Map<string, Fact>();
  for (const [kind, params, value] of setup.facts ?? []) facts.set(factRequest(kind, params).key, { ok: true, value });
  for (const [kind, params, code, message] of setup.failed ?? []) {
    facts.set(factRequest(kind, params).key, { ok: false, code, message });
  }
  const reader = new NotingFactReader(facts, new PendingFacts());
  const root = RuleContext.create(REQUEST, "CREATE", CONTEXT);
  const bind = compileContextEntries(entries, { policyNamespace: setup.policyNamespace ?? "" });
  const context = bind(root, reader, setup.served);
  return { reader, ask: (query: string): Value => context.query(compileJmesPath(query)) };
}

const CONFIG_MAP = { apiVersion: "v1", resource: "configmaps", namespace: "default", name: "settings" };
const POD_LIST = { items: [{ n: 1 }, { n: 2 }] };
const PODS = "/api/v1/namespaces/shop/pods";
const IMAGE = {
  image: "ghcr.io/acme/app:1.0",
  resolvedImage: "ghcr.io/acme/app@sha256:aa",
  registry: "ghcr.io",
  repository: "acme/app",
  tag: "1.0",
  digest: "sha256:aa",
  manifest: { layers: [] },
  config: { architecture: "amd64" },
};

const loaded: readonly [
  name: string,
  entries: readonly ContextEntry[],
  setup: Setup,
  query: string,
  expected: Value,
][] = [
  ["a value", [{ name: "v", variable: { value: { a: ["{{ request.object.spec.n }}"] } } }], {}, "v", { a: [3] }],
  ["a path over the context", [{ name: "v", variable: { jmesPath: "request.object.spec.n" } }], {}, "v", 3],
  ["a path over a value", [{ name: "v", variable: { value: { a: [1, 2] }, jmesPath: "a[1]" } }], {}, "v", 2],
  ["a path with variables", [{ name: "v", variable: { jmesPath: "request.object.spec.{{ 'n' }}" } }], {}, "v", 3],
  ["the default for a path to nothing", [{ name: "v", variable: { jmesPath: "request.x", default: 5 } }], {}, "v", 5],
  ["the default for a path to null", [{ name: "v", variable: { jmesPath: "nothing", default: "d" } }], {}, "v", "d"],
  [
    "a default with variables",
    [{ name: "v", variable: { jmesPath: "nope", default: "{{ request.namespace }}" } }],
    {},
    "v",
    "shop",
  ],
  ["the default alone", [{ name: "v", variable: { default: { a: 1 } } }], {}, "v", { a: 1 }],
  [
    "the default for a value's path to nothing",
    [{ name: "v", variable: { value: {}, jmesPath: "a", default: 1 } }],
    {},
    "v",
    1,
  ],
  [
    "an entry defined again from itself",
    [
      { name: "v", variable: { value: "{{ request.namespace }}" } },
      { name: "v", variable: { value: "{{ v }}-{{ v }}" } },
    ],
    {},
    "v",
    "shop-shop",
  ],
  [
    "a ConfigMap",
    [{ name: "m", configMap: { name: "{{ 'settings' }}" } }],
    {
      facts: [
        ["resource", CONFIG_MAP, { metadata: { name: "settings" }, data: { a: "1" }, binaryData: { b: "AA==" } }],
      ],
    },
    "m",
    { data: { a: "1" }, metadata: { name: "settings" } },
  ],
  [
    "a ConfigMap of the policy's namespace",
    [{ name: "m", configMap: { name: "settings" } }],
    { policyNamespace: "team", facts: [["resource", { ...CONFIG_MAP, namespace: "team" }, { data: { a: "1" } }]] },
    "m.data.a",
    "1",
  ],
  [
    "a value with a part of a ConfigMap",
    [
      { name: "m", configMap: { name: "settings" } },
      { name: "v", variable: { value: "{{ m.data.a }}" } },
    ],
    { facts: [["resource", CONFIG_MAP, { data: { a: "1" } }]] },
    "v",
    "1",
  ],
  [
    "an answer of the API server",
    [{ name: "c", apiCall: { urlPath: "/api/v1/namespaces/{{ request.namespace }}/pods", jmesPath: "items[].n" } }],
    { facts: [["kubernetesApi", { path: PODS }, POD_LIST]] },
    "c",
    [1, 2],
  ],
  [
    "a path with variables over an answer",
    [{ name: "c", apiCall: { urlPath: PODS, jmesPath: "items[?n > `{{ request.object.spec.n }}`] | length(@)" } }],
    { facts: [["kubernetesApi", { path: PODS }, POD_LIST]] },
    "c",
    0,
  ],
  [
    "an answer to a POST",
    [
      {
        name: "c",
        apiCall: { urlPath: "/apis/x", method: "POST", data: [{ key: "kind", value: "{{ request.object.spec }}" }] },
      },
    ],
    { facts: [["kubernetesApiPost", { path: "/apis/x", body: { kind: { n: 3 } } }, { ok: true }]] },
    "c.ok",
    true,
  ],
  [
    "the default of a call that fails, without its path",
    [{ name: "c", apiCall: { urlPath: PODS, jmesPath: "items", default: { none: "{{ request.namespace }}" } } }],
    { failed: [["kubernetesApi", { path: PODS }, "CLUSTER_NOT_FOUND", "not found"]] },
    "c",
    { none: "{{ request.namespace }}" },
  ],
  [
    "an answer of a service",
    [
      {
        name: "c",
        apiCall: {
          method: "POST",
          data: [{ key: "n", value: 1 }],
          service: {
            url: "https://example.com/{{ request.namespace }}",
            headers: [
              { key: "X-A", value: "1" },
              { key: "x-a", value: "2" },
            ],
            caBundle: "PEM",
          },
        },
      },
    ],
    {
      facts: [
        [
          "httpPost",
          { url: "https://example.com/shop", headers: { "x-a": "1, 2" }, caBundle: "PEM", body: { n: 1 } },
          { status: 201, body: { a: [true] } },
        ],
      ],
    },
    "c.a[0]",
    true,
  ],
  [
    "an image",
    [{ name: "i", imageRegistry: { reference: "{{ 'ghcr.io/acme/app:1.0' }}" } }],
    { facts: [["imageData", { image: IMAGE.image }, IMAGE]] },
    "i",
    {
      image: IMAGE.image,
      resolvedImage: IMAGE.resolvedImage,
      registry: "ghcr.io",
      repository: "acme/app",
      identifier: "1.0",
      manifestList: null,
      manifest: { layers: [] },
      configData: { architecture: "amd64" },
    },
  ],
  [
    "a part of an image, asked for with credentials",
    [
      {
        name: "i",
        imageRegistry: {
          reference: IMAGE.image,
          jmesPath: "configData.architecture",
          imageRegistryCredentials: { secrets: ["pull"] },
        },
      },
    ],
    { facts: [["imageData", { image: IMAGE.image, credentials: { secrets: ["pull"] }, namespace: "shop" }, IMAGE]] },
    "i",
    "amd64",
  ],
  [
    "a global context entry's projection",
    [{ name: "g", globalReference: { name: "{{ 'pods' }}.names", jmesPath: "[0]" } }],
    { facts: [["globalContext", { name: "pods", projection: "names" }, ["a", "b"]]] },
    "g",
    "a",
  ],
  [
    "what the user gave for a source that is not served",
    [
      { name: "v", variable: { default: "x" } },
      { name: "c", apiCall: { urlPath: PODS } },
    ],
    { served: new Set() },
    "[v, c || 'given']",
    ["x", "given"],
  ],
];

describe("an entry loads", () => {
  for (const [name, entries, setup, query, expected] of loaded) {
    test(name, () => assert.deepEqual(setUp(entries, setup).ask(query), expected));
  }
  test("nothing before a query names it", () => {
    const { ask, reader } = setUp([{ name: "c", apiCall: { urlPath: "{{ nope }}" } }]);
    assert.equal(ask("request.namespace"), "shop");
    assert.equal(reader.misses, 0);
  });
  test("with others that do not depend on it", () => {
    const { ask, reader } = setUp([
      { name: "a", apiCall: { urlPath: "/a" } },
      { name: "b", apiCall: { urlPath: "/b" } },
      { name: "c", variable: { value: ["{{ a }}", "{{ b }}"] } },
    ]);
    assert.throws(
      () => ask("c"),
      (error) => error === MISSING_FACT,
    );
    assert.deepEqual([...reader.pending.keys()], ['kubernetesApi:{"path":"/a"}', 'kubernetesApi:{"path":"/b"}']);
  });
});

const failing: readonly [name: string, entry: ContextEntry, setup: Setup, code: ErrorCode, message: string][] = [
  [
    "a value that is nothing",
    { name: "v", variable: { jmesPath: "nothing" } },
    {},
    "VARIABLE_NOT_FOUND",
    "failed to add context entry for variable v since it evaluated to nil",
  ],
  [
    "a value with an unknown variable",
    { name: "v", variable: { value: "{{ nope }}" } },
    {},
    "VARIABLE_NOT_FOUND",
    'failed to substitute variables in context entry v {{ nope }}: failed to resolve nope at path : JMESPath query failed: Unknown key "nope" in path',
  ],
  [
    "a value with an unknown variable inside, as Go prints it",
    { name: "v", variable: { value: { list: ["{{ nope }}", 1], "a b": true } } },
    {},
    "VARIABLE_NOT_FOUND",
    'failed to substitute variables in context entry v map[a b:true list:[{{ nope }} 1]]: failed to resolve nope at path /list/0: JMESPath query failed: Unknown key "nope" in path',
  ],
  [
    "a path to nothing",
    { name: "v", variable: { jmesPath: "request.nope" } },
    {},
    "VARIABLE_NOT_FOUND",
    'failed to apply jmespath request.nope to variable <nil>: JMESPath query failed: Unknown key "nope" in path',
  ],
  [
    "a value's path to nothing",
    { name: "v", variable: { value: {}, jmesPath: "nope" } },
    {},
    "VARIABLE_NOT_FOUND",
    'failed to apply jmespath nope to variable <nil>: Unknown key "nope" in path',
  ],
  [
    "a ConfigMap that is not there",
    { name: "m", configMap: { name: "settings" } },
    { facts: [["resource", CONFIG_MAP, null]] },
    "FACT_FAILED",
    'failed to retrieve config map for context entry m: failed to get configmap default/settings : configmaps "settings" not found',
  ],
  [
    "a ConfigMap of another namespace than a Policy's",
    { name: "m", configMap: { name: "settings", namespace: "kube-system" } },
    { policyNamespace: "team" },
    "EXPRESSION_FAILED",
    'failed to retrieve config map for context entry m: context entry m: configMap namespace "kube-system" is different from policy namespace "team"',
  ],
  [
    "a ConfigMap's name that is no text",
    { name: "m", configMap: { name: "{{ request.object.spec }}" } },
    {},
    "EXPRESSION_FAILED",
    "failed to retrieve config map for context entry m: failed to substitute variables in context m configMap.name {{ request.object.spec }}: expected string, got map[string]interface {}",
  ],
  [
    "a call that fails",
    { name: "c", apiCall: { urlPath: PODS } },
    { failed: [["kubernetesApi", { path: PODS }, "CLUSTER_NOT_FOUND", "pods not found"]] },
    "CLUSTER_NOT_FOUND",
    `failed to fetch data for APICall: failed to GET resource with raw url: ${PODS}: pods not found`,
  ],
  [
    "a call with a default that nobody can make from here",
    { name: "c", apiCall: { urlPath: PODS, default: [] } },
    { failed: [["kubernetesApi", { path: PODS }, "NOT_SUPPORTED", "not served"]] },
    "NOT_SUPPORTED",
    `failed to fetch data for APICall: failed to GET resource with raw url: ${PODS}: not served`,
  ],
  [
    "a call with an unknown variable",
    { name: "c", apiCall: { urlPath: "/x/{{ nope }}", default: [] } },
    {},
    "VARIABLE_NOT_FOUND",
    'failed to fetch data for APICall: failed to substitute variables in context entry c /x/{{ nope }}: failed to resolve nope at path /urlPath: JMESPath query failed: Unknown key "nope" in path',
  ],
  [
    "a path to nothing in an answer",
    { name: "c", apiCall: { urlPath: PODS, jmesPath: "nope" } },
    { facts: [["kubernetesApi", { path: PODS }, POD_LIST]] },
    "VARIABLE_NOT_FOUND",
    'failed to store data for APICall: failed to apply JMESPath nope for context entry c: Unknown key "nope" in path',
  ],
  [
    "an answer other than 2xx of a service",
    { name: "c", apiCall: { service: { url: "https://x" } } },
    { facts: [["http", { url: "https://x", headers: {} }, { status: 503, body: null }]] },
    "FACT_FAILED",
    "failed to fetch data for APICall: HTTP 503",
  ],
  [
    "a Policy's call of another namespace",
    { name: "c", apiCall: { urlPath: "/api/v1/namespaces/team/../kube-system/secrets" } },
    { policyNamespace: "team" },
    "EXPRESSION_FAILED",
    'failed to fetch data for APICall: the path "/api/v1/namespaces/team/../kube-system/secrets" is not asked for: it has a segment that is empty, . or ..',
  ],
  [
    "a Policy's call of another namespace in escapes",
    { name: "c", apiCall: { urlPath: "/api/v1/namespaces/team/%2e%2e/kube-system/secrets" } },
    { policyNamespace: "team" },
    "EXPRESSION_FAILED",
    'failed to fetch data for APICall: the path "/api/v1/namespaces/team/%2e%2e/kube-system/secrets" is not asked for: it has a segment that is empty, . or ..',
  ],
  [
    "a Policy's call of all namespaces",
    { name: "c", apiCall: { urlPath: "/api/v1/pods" } },
    { policyNamespace: "team" },
    "EXPRESSION_FAILED",
    "failed to fetch data for APICall: path /api/v1/pods does not contain a namespace segment, which is required for namespaced policies",
  ],
  [
    "a Policy's global reference",
    { name: "g", globalReference: { name: "pods" } },
    { policyNamespace: "team" },
    "EXPRESSION_FAILED",
    "context entry g: globalReference is not allowed in namespaced policies",
  ],
  [
    "a global reference to nothing",
    { name: "g", globalReference: { name: "pods" } },
    { facts: [["globalContext", { name: "pods", projection: "" }, null]] },
    "FACT_FAILED",
    "failed to marshal APICall data for context entry g: failed to fetch entry key=pods",
  ],
  [
    "an image that the registry refuses",
    { name: "i", imageRegistry: { reference: "x" } },
    { failed: [["imageData", { image: "x" }, "REGISTRY_UNAUTHORIZED", "refused"]] },
    "REGISTRY_UNAUTHORIZED",
    "failed to fetch image descriptor: x, error: refused",
  ],
];

describe("an entry fails for", () => {
  for (const [name, entry, setup, code, message] of failing) {
    test(name, () => assert.throws(() => setUp([entry], setup).ask(entry.name), { code, message }));
  }
  test("a header that cannot be sent", () => {
    const headers = [{ key: "a", value: "1\r\nb: 2" }];
    const { ask } = setUp([{ name: "c", apiCall: { service: { url: "https://x", headers } } }]);
    assert.throws(() => ask("c"), { code: "EXPRESSION_FAILED" });
  });
  test("a default of a value that stands on a fact that failed", () => {
    const { ask } = setUp(
      [
        { name: "c", apiCall: { urlPath: PODS } },
        { name: "v", variable: { jmesPath: "c", default: "x" } },
      ],
      { failed: [["kubernetesApi", { path: PODS }, "CLUSTER_NOT_FOUND", "not there"]] },
    );
    assert.throws(() => ask("v"), { code: "CLUSTER_NOT_FOUND" });
  });
});

describe("what does not parse is refused when it is compiled:", () => {
  const path = "a.";
  const refused: readonly ContextEntry[] = [
    { name: "v" },
    { name: "v", variable: { value: "{{ a. }}" } },
    { name: "v", variable: { jmesPath: path } },
    { name: "v", apiCall: { urlPath: "/x", jmesPath: path } },
    { name: "v", imageRegistry: { reference: "x", jmesPath: path } },
    { name: "v", globalReference: { name: "x", jmesPath: path } },
  ];
  for (const entry of refused) {
    test(JSON.stringify(entry), () => {
      assert.throws(() => compileContextEntries([entry]), { code: "EXPRESSION_INVALID" });
    });
  }
});
