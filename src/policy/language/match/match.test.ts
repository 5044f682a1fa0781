import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Value } from "../../../base/index.ts";
import type { PolicyInput } from "../../evaluate/input.ts";
import type { MatchResources, ResourceDescription, ResourceFilter } from "../../resource/kyverno/match-resources.ts";
import { compileMatch, type RuleMatchSource } from "./match.ts";
import { MatchTarget } from "./target.ts";

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web-1",
    namespace: "shop",
    labels: { app: "web", "example.com/tier": "front" },
    annotations: { "example.com/owner": "team-a", empty: "" },
  },
};
const NAMESPACE = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { env: "prod" } } };
const ALICE = { username: "alice", groups: ["dev", "system:authenticated"] };
const ROBOT = { username: "system:serviceaccount:ci:builder", groups: ["system:serviceaccounts"] };

function targetOf(input: Partial<PolicyInput> = {}): MatchTarget {
  return new MatchTarget({ object: POD, operation: "CREATE", ...input }, () => {});
}

function applies(rule: RuleMatchSource, input: Partial<PolicyInput> = {}, policyNamespace = ""): boolean {
  const compiled = compileMatch(rule, policyNamespace);
  const target = targetOf(input);
  const { matched } = compiled.matches(target);
  assert.equal(compiled.explain(target).length === 0, matched, "explain agrees with matches");
  return matched;
}

interface DescriptionRow {
  readonly name: string;
  readonly resources: ResourceDescription;
  readonly input?: Partial<PolicyInput>;
  readonly expected: boolean;
}

const descriptions: readonly DescriptionRow[] = [
  { name: "the kind", resources: { kinds: ["Service", "Pod"] }, expected: true },
  { name: "another kind", resources: { kinds: ["Service"] }, expected: false },
  { name: "a name with a star", resources: { name: "web-*" }, expected: true },
  { name: "another name", resources: { name: "db-*" }, expected: false },
  { name: "an empty name is none", resources: { kinds: ["Pod"], name: "" }, expected: true },
  { name: "one of names", resources: { names: ["db", "web-?"] }, expected: true },
  { name: "none of names", resources: { names: ["db", "web"] }, expected: false },
  {
    name: "the generated name's prefix",
    resources: { names: ["job-"] },
    input: { object: { ...POD, metadata: { generateName: "job-" } } },
    expected: true,
  },
  { name: "one of namespaces", resources: { namespaces: ["sh*"] }, expected: true },
  { name: "none of namespaces", resources: { namespaces: ["default"] }, expected: false },
  {
    name: "a Namespace is in itself",
    resources: { namespaces: ["shop"] },
    input: { object: NAMESPACE },
    expected: true,
  },
  { name: "an annotation like it", resources: { annotations: { "*/owner": "team-?" } }, expected: true },
  { name: "an empty annotation", resources: { annotations: { empty: "" } }, expected: true },
  { name: "any value", resources: { annotations: { empty: "*" } }, expected: true },
  { name: "one annotation too many", resources: { annotations: { "*/owner": "*", none: "*" } }, expected: false },
  {
    name: "annotations of which one is no text are none",
    resources: { annotations: { a: "b" } },
    input: { object: { ...POD, metadata: { annotations: { a: "b", c: 1 } } } },
    expected: false,
  },
  { name: "no annotations asked", resources: { kinds: ["Pod"], annotations: {} }, expected: true },
  { name: "a label", resources: { selector: { matchLabels: { app: "web" } } }, expected: true },
  { name: "another value", resources: { selector: { matchLabels: { app: "db" } } }, expected: false },
  { name: "a label with wildcards", resources: { selector: { matchLabels: { "*/tier": "fr*" } } }, expected: true },
  {
    name: "wildcards that no label is like",
    resources: { selector: { matchLabels: { "*": "back*" } } },
    expected: false,
  },
  { name: "an empty selector", resources: { selector: {} }, expected: true },
  { name: "a key that is none", resources: { selector: { matchLabels: { "a b": "c" } } }, expected: false },
  { name: "a value that is none", resources: { selector: { matchLabels: { app: "a/b" } } }, expected: false },
  { name: "in", resources: { selector: { matchExpressions: [expression("app", "In", ["web"])] } }, expected: true },
  {
    name: "not in",
    resources: { selector: { matchExpressions: [expression("app", "NotIn", ["web"])] } },
    expected: false,
  },
  {
    name: "not in, absent",
    resources: { selector: { matchExpressions: [expression("x", "NotIn", ["y"])] } },
    expected: true,
  },
  {
    name: "in nothing",
    resources: { selector: { matchExpressions: [expression("app", "NotIn", [])] } },
    expected: false,
  },
  { name: "exists", resources: { selector: { matchExpressions: [expression("app", "Exists")] } }, expected: true },
  {
    name: "does not exist",
    resources: { selector: { matchExpressions: [expression("app", "DoesNotExist")] } },
    expected: false,
  },
  { name: "an operation", resources: { operations: ["UPDATE", "CREATE"] }, expected: true },
  { name: "another operation", resources: { operations: ["DELETE"] }, expected: false },
  {
    name: "the namespace's labels",
    resources: { namespaceSelector: { matchLabels: { env: "prod" } } },
    input: { namespaceObject: NAMESPACE },
    expected: true,
  },
  {
    name: "the namespace's labels without it",
    resources: { namespaceSelector: { matchLabels: { env: "p*" } } },
    input: { namespaceLabels: { env: "prod" } },
    expected: true,
  },
  {
    name: "a namespace not known",
    resources: { namespaceSelector: { matchLabels: { env: "prod" } } },
    expected: false,
  },
  {
    name: "a Namespace has no namespace",
    resources: { namespaceSelector: {} },
    input: { object: NAMESPACE },
    expected: false,
  },
  { name: "an empty description", resources: {}, expected: false },
  { name: "a description of empty lists", resources: { kinds: [], names: [] }, expected: false },
];

function expression(key: string, operator: "In" | "NotIn" | "Exists" | "DoesNotExist", values?: readonly string[]) {
  return values === undefined ? { key, operator } : { key, operator, values };
}

for (const { name, resources, input, expected } of descriptions) {
  test(`${name}: ${expected ? "matched" : "not matched"} in every form`, () => {
    assert.equal(applies({ match: { resources } }, input), expected, "direct");
    assert.equal(applies({ match: { any: [{ resources }] } }, input), expected, "any");
    assert.equal(applies({ match: { all: [{ resources }] } }, input), expected, "all");
    const rule = { match: { resources: { kinds: ["*"] } }, exclude: { any: [{ resources }] } };
    assert.equal(applies(rule, input), !expected, "excluded");
  });
}

interface UserRow {
  readonly name: string;
  readonly users: Omit<ResourceFilter, "resources">;
  readonly input: Partial<PolicyInput>;
  readonly expected: boolean;
}

const users: readonly UserRow[] = [
  { name: "a user", users: { subjects: [{ kind: "User", name: "al*" }] }, input: { userInfo: ALICE }, expected: true },
  {
    name: "a group",
    users: { subjects: [{ kind: "Group", name: "dev" }] },
    input: { userInfo: ALICE },
    expected: true,
  },
  {
    name: "another group",
    users: { subjects: [{ kind: "Group", name: "ops" }] },
    input: { userInfo: ALICE },
    expected: false,
  },
  {
    name: "a service account",
    users: { subjects: [{ kind: "ServiceAccount", name: "build*", namespace: "ci" }] },
    input: { userInfo: ROBOT },
    expected: true,
  },
  {
    name: "a service account elsewhere",
    users: { subjects: [{ kind: "ServiceAccount", name: "builder", namespace: "default" }] },
    input: { userInfo: ROBOT },
    expected: false,
  },
  {
    name: "a kind that is none",
    users: { subjects: [{ kind: "Robot", name: "*" }] },
    input: { userInfo: ALICE },
    expected: false,
  },
  {
    name: "a role",
    users: { roles: ["shop:editor"] },
    input: { roles: ["shop:viewer", "shop:editor"] },
    expected: true,
  },
  { name: "roles are named exactly", users: { roles: ["shop:*"] }, input: { roles: ["shop:editor"] }, expected: false },
  { name: "a cluster role", users: { clusterRoles: ["admin"] }, input: { clusterRoles: ["admin"] }, expected: true },
  {
    name: "a role and a subject are both asked",
    users: { roles: ["a:b"], subjects: [{ kind: "User", name: "bob" }] },
    input: { roles: ["a:b"], userInfo: ALICE },
    expected: false,
  },
];

for (const row of users) {
  test(`${row.name}: ${row.expected ? "matched" : "not matched"}`, () => {
    assert.equal(applies({ match: row.users }, row.input), row.expected, "direct");
    const exclude = { all: [row.users] };
    assert.equal(applies({ match: { resources: { kinds: ["Pod"] } }, exclude }, row.input), !row.expected, "excluded");
  });
}

test("where nobody is known, match does not look at users and exclude finds none", () => {
  const admins = { clusterRoles: ["admin"] };
  const pods = { resources: { kinds: ["Pod"] } };
  assert.equal(applies({ match: { any: [{ ...pods, ...admins }] } }), true);
  assert.equal(applies({ match: { any: [admins] } }), false, "nothing is left of the filter");
  assert.equal(applies({ match: pods, exclude: { any: [admins] } }), true);
  assert.equal(applies({ match: { any: [{ ...pods, ...admins }] } }, { userInfo: ALICE }), false);
});

test("any goes before all, and all before the block's own fields", () => {
  const pods: ResourceFilter = { resources: { kinds: ["Pod"] } };
  const services: ResourceFilter = { resources: { kinds: ["Service"] } };
  assert.equal(applies({ match: { any: [pods], all: [services] } }), true);
  assert.equal(applies({ match: { any: [], all: [pods], ...services } }), true);
  assert.equal(applies({ match: { any: [], all: [], ...services } }), false);
});

test("all fails with an empty filter, and exclude.all excludes nothing with one", () => {
  const pods: ResourceFilter = { resources: { kinds: ["Pod"] } };
  assert.equal(applies({ match: { all: [pods, {}] } }), false);
  assert.equal(applies({ match: pods, exclude: { all: [pods, {}] } }), true);
  assert.equal(applies({ match: pods, exclude: { any: [{}, pods] } }), false);
  assert.equal(applies({ match: pods, exclude: {} }), true);
});

test("an empty list of users matches everybody, as in Kyverno, and excludes nobody", () => {
  const nobody: ResourceFilter = { clusterRoles: [] };
  assert.equal(applies({ match: { any: [nobody] } }, { userInfo: ALICE }), true);
  assert.equal(compileMatch({ match: { any: [nobody] } }, "").kinds.all, true);
  assert.equal(applies({ match: { any: [nobody] } }), false, "where nobody is known");
  assert.equal(
    applies({ match: { resources: { kinds: ["Pod"] } }, exclude: { any: [nobody] } }, { userInfo: ALICE }),
    true,
  );
});

test("a policy of a namespace applies inside it only, before and after a change", () => {
  const rule: RuleMatchSource = { match: { resources: { kinds: ["*"] } } };
  const elsewhere = { ...POD, metadata: { ...POD.metadata, namespace: "default" } };
  assert.equal(applies(rule, {}, "shop"), true);
  assert.equal(applies(rule, { object: elsewhere }, "shop"), false);
  assert.equal(applies(rule, { object: NAMESPACE }, "shop"), false);
  assert.equal(applies(rule, { oldObject: POD, operation: "UPDATE" }, "shop"), true);
  assert.equal(applies(rule, { oldObject: elsewhere, operation: "UPDATE" }, "shop"), false);
});

test("a deleted object is matched as it was, and nothing at all is not matched", () => {
  const rule: RuleMatchSource = { match: { resources: { kinds: ["Pod"], operations: ["DELETE"] } } };
  assert.equal(applies(rule, { object: null, oldObject: POD, operation: "DELETE" }), true);
  assert.equal(applies(rule, { object: null, operation: "DELETE" }), false);
});

test("kinds name the resource that is asked for, not the object of a subresource", () => {
  const scale: Value = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web", namespace: "shop" } };
  const requested = { group: "apps", version: "v1", kind: "Deployment", name: "web", namespace: "shop" };
  const input: Partial<PolicyInput> = { object: scale, subresource: "scale", requested };
  assert.equal(applies({ match: { resources: { kinds: ["Deployment/scale"] } } }, input), true);
  assert.equal(applies({ match: { resources: { kinds: ["Deployment"] } } }, input), false);
  assert.equal(applies({ match: { resources: { kinds: ["Scale"] } } }, input), false);
});

test("the namespace is the request's where there is one, and a Namespace is in none", () => {
  const rule: RuleMatchSource = { match: { resources: { kinds: ["*/*"], namespaces: ["shop"] } } };
  const requested = { group: "", version: "v1", kind: "Pod", name: "web", namespace: "shop" };
  const exec = { apiVersion: "v1", kind: "PodExecOptions" };
  assert.equal(applies(rule, { object: exec, subresource: "exec", operation: "CONNECT", requested }, "shop"), true);
  assert.equal(applies(rule, { object: exec, subresource: "exec", operation: "CONNECT" }, "shop"), false);
  const inside = { ...NAMESPACE, metadata: { name: "other", namespace: "shop" } };
  assert.equal(applies(rule, { object: inside }), false);
});

test("explain names each filter and all its reasons", () => {
  const match: MatchResources = {
    any: [{ resources: { kinds: ["Service"], names: ["db"] } }, { resources: {} }],
  };
  assert.deepEqual(compileMatch({ match }, "").explain(targetOf()), [
    'match.any[0]: the kind is none of "Service"',
    'match.any[0]: the name is like none of "db"',
    "match.any[1]: the filter is empty",
  ]);
  const excluding = compileMatch(
    { match: { resources: { kinds: ["Pod"] } }, exclude: { resources: { names: ["*"] } } },
    "",
  );
  assert.deepEqual(excluding.explain(targetOf()), ["excluded by exclude"]);
});

test("names that are members of every JavaScript object are plain labels", () => {
  const selector = { matchLabels: { constructor: "x" } };
  assert.equal(applies({ match: { resources: { selector } } }), false);
  const object = { ...POD, metadata: { labels: { constructor: "x" } } };
  assert.equal(applies({ match: { resources: { selector } } }, { object }), true);
});

test("comparisons are charged by their length", () => {
  let steps = 0;
  const name = "a".repeat(10_000);
  const target = new MatchTarget({ object: { ...POD, metadata: { name } }, operation: "CREATE" }, (count) => {
    steps += count;
  });
  compileMatch({ match: { resources: { names: [`${"*a".repeat(5_000)}b`] } } }, "").matches(target);
  assert.ok(steps > 100_000, String(steps));
});

const kindSets: readonly (readonly [string, MatchResources, string])[] = [
  [
    "any joins",
    { any: [{ resources: { kinds: ["Pod", "apps/v1/Deploy*"] } }, { resources: { kinds: ["Job"] } }] },
    "Job,Pod;Deploy*",
  ],
  ["any without kinds", { any: [{ resources: { kinds: ["Pod"] } }, { resources: { names: ["x"] } }] }, "all"],
  ["any with an empty filter", { any: [{ resources: { kinds: ["Pod"] } }, {}] }, "Pod;"],
  [
    "all takes one that names kinds",
    { all: [{ resources: { names: ["x"] } }, { resources: { kinds: ["Pod"] } }] },
    "Pod;",
  ],
  ["all without kinds", { all: [{ resources: { names: ["x"] } }] }, "all"],
  ["direct", { resources: { kinds: ["v1/Pod", "Pod/exec"] } }, "Pod;"],
  ["every kind", { resources: { kinds: ["*/*"] } }, "all"],
  ["nothing", {}, ";"],
];

for (const [name, match, expected] of kindSets) {
  test(`kinds of a rule: ${name}`, () => {
    const { all, names, patterns } = compileMatch({ match }, "").kinds;
    assert.equal(all ? "all" : `${[...names].toSorted().join(",")};${patterns.join(",")}`, expected);
  });
}

const anyDescription: fc.Arbitrary<ResourceDescription> = fc.record(
  {
    kinds: fc.subarray(["Pod", "Service", "*", "Po?"]),
    names: fc.subarray(["web-1", "web-*", "db"]),
    namespaces: fc.subarray(["shop", "default", "*"]),
    operations: fc.subarray(["CREATE", "DELETE"] as const),
    selector: fc.constantFrom({ matchLabels: { app: "web" } }, { matchLabels: { "a*": "db" } }, {}),
  },
  { requiredKeys: [] },
);
const anyFilters = fc.array(
  fc.record({ resources: anyDescription, clusterRoles: fc.subarray(["admin", "edit"]) }, { requiredKeys: [] }),
  { minLength: 1, maxLength: 4 },
);
const anyInput = fc.record({
  userInfo: fc.constantFrom<Value>(ALICE, null),
  clusterRoles: fc.subarray(["admin", "edit"]),
});

test("law: any is the union of its filters, all their intersection", () => {
  fc.assert(
    fc.property(anyFilters, anyInput, (filters, input) => {
      const alone = new Set(filters.map((filter) => applies({ match: { any: [filter] } }, input)));
      assert.equal(applies({ match: { any: filters } }, input), alone.has(true));
      assert.equal(applies({ match: { all: filters } }, input), !alone.has(false));
    }),
  );
});

test("law: what is excluded is not matched, and excluding never adds", () => {
  fc.assert(
    fc.property(anyFilters, anyFilters, anyInput, (match, exclude, input) => {
      const withoutExclude = applies({ match: { any: match } }, input);
      const excluded = (mode: "any" | "all"): boolean =>
        !applies({ match: { resources: { kinds: ["*"] } }, exclude: { [mode]: exclude } }, input);
      for (const mode of ["any", "all"] as const) {
        const expected = withoutExclude && !excluded(mode);
        assert.equal(applies({ match: { any: match }, exclude: { [mode]: exclude } }, input), expected);
      }
    }),
  );
});

test("law: a rule matches only kinds that it tells an index", () => {
  fc.assert(
    fc.property(anyFilters, fc.constantFrom("any", "all"), anyInput, (filters, mode, input) => {
      const compiled = compileMatch({ match: { [mode]: filters } }, "");
      if (!compiled.matches(targetOf(input)).matched) return;
      const { kinds } = compiled;
      assert.ok(kinds.all || kinds.names.has("Pod") || kinds.patterns.some((pattern) => pattern.startsWith("Po")));
    }),
  );
});

test("law: whatever the object is, a rule matches or says why not", () => {
  const rule = { match: { any: [{ resources: { names: ["*"], selector: { matchLabels: { "*": "*" } } } }] } };
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (metadata, other) => {
      const object = { kind: "Pod", metadata, spec: other } as Value;
      applies(rule, { object, oldObject: other as Value, userInfo: metadata as Value });
    }),
  );
});
