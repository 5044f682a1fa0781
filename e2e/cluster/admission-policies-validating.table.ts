/** ValidatingAdmissionPolicies with their bindings and params, and what a real API server does with requests. */
import {
  checks,
  conditions,
  create,
  on,
  type PolicyRow,
  remove,
  rule,
  settings,
  update,
  variables,
} from "./admission-policies-rows.ts";

const CONFIGMAPS = on(rule("core", "configmaps"));
const DEPLOYMENTS = on(rule("apps", "deployments"));
const CONFIGMAP_PARAMS = { apiVersion: "v1", kind: "ConfigMap" };
const NEVER = checks("false");
const FAST = { mode: "fast" };
const SLOW = { data: { mode: "slow" } };

/** What policies are about: matchConstraints, bindings' matchResources, operations, subresources, versions. */
const MATCHING: readonly PolicyRow[] = [
  {
    name: "rule-group",
    spec: { matchConstraints: on(rule("apps", "deployments statefulsets")), validations: NEVER },
    requests: [
      create("deployment", "denied"),
      create("stateful", "denied"),
      create("daemon", "admitted"),
      create("pod", "admitted"),
    ],
  },
  {
    name: "rule-any-resource",
    spec: { matchConstraints: on(rule("core", "*")), validations: NEVER },
    requests: [create("service", "denied"), create("claim", "denied"), create("job", "admitted")],
  },
  {
    name: "rule-any-group",
    spec: {
      matchConstraints: on({
        apiGroups: ["*"],
        apiVersions: ["*"],
        operations: ["CREATE"],
        resources: ["jobs", "cronjobs", "ingresses"],
      }),
      validations: NEVER,
    },
    requests: [
      create("job", "denied"),
      create("cronjob", "denied"),
      create("ingress", "denied"),
      create("netpol", "admitted"),
    ],
  },
  {
    name: "rule-operations",
    spec: { matchConstraints: on(rule("core", "configmaps", ["UPDATE", "DELETE"])), validations: NEVER },
    requests: [create("settings", "admitted"), update("settings", "denied", SLOW), remove("settings", "denied")],
  },
  {
    name: "rule-every-operation",
    spec: {
      matchConstraints: on(rule("core", "secrets", ["*"])),
      validations: [{ expression: "request.operation == 'CREATE'", messageExpression: "'no ' + request.operation" }],
    },
    requests: [
      create("secret", "admitted"),
      update("secret", "denied", { data: { a: "YQ==" } }),
      remove("secret", "denied"),
    ],
  },
  {
    name: "rule-names",
    spec: {
      matchConstraints: on(rule("core", "configmaps", ["CREATE", "UPDATE"], { resourceNames: ["red", "blue"] })),
      validations: NEVER,
    },
    requests: [
      create("settings", "denied", { metadata: { name: "red" } }),
      create("settings", "admitted", { metadata: { name: "green" } }),
    ],
  },
  {
    name: "rule-scope-namespaced",
    spec: {
      matchConstraints: on(rule("core", "*", ["CREATE"], { scope: "Namespaced" })),
      validations: NEVER,
    },
    requests: [create("quota", "denied")],
  },
  {
    name: "rule-scope-cluster",
    isClusterWide: true,
    spec: {
      matchConstraints: on(
        rule("rbac", "*", ["CREATE"], { scope: "Cluster" }),
        rule("storage", "storageclasses", ["CREATE"], { scope: "Namespaced" }),
      ),
      validations: NEVER,
    },
    requests: [create("clusterrole", "denied"), create("storage", "admitted")],
  },
  {
    name: "rule-several",
    spec: {
      matchConstraints: on(rule("core", "services"), rule("networking", "ingresses networkpolicies")),
      validations: NEVER,
    },
    requests: [create("service", "denied"), create("netpol", "denied"), create("pod", "admitted")],
  },
  {
    name: "excluded-rules",
    spec: {
      matchConstraints: {
        resourceRules: [rule("apps", "*"), rule("core", "configmaps")],
        excludeResourceRules: [
          rule("apps", "daemonsets"),
          rule("core", "configmaps", ["*"], { resourceNames: ["free"] }),
        ],
      },
      validations: NEVER,
    },
    requests: [
      create("deployment", "denied"),
      create("daemon", "admitted"),
      create("settings", "denied"),
      create("settings", "admitted", { metadata: { name: "free" } }),
    ],
  },
  {
    name: "namespace-labels",
    namespaceLabels: { stage: "prod" },
    spec: {
      matchConstraints: { ...CONFIGMAPS, namespaceSelector: { matchLabels: { stage: "prod" } } },
      validations: NEVER,
    },
    requests: [create("settings", "denied")],
  },
  {
    name: "namespace-expressions",
    namespaceLabels: { stage: "test" },
    spec: {
      matchConstraints: {
        ...CONFIGMAPS,
        namespaceSelector: {
          matchExpressions: [
            { key: "stage", operator: "NotIn", values: ["test", "dev"] },
            { key: "stage", operator: "Exists" },
          ],
        },
      },
      validations: NEVER,
    },
    requests: [create("settings", "admitted")],
  },
  {
    name: "namespace-of-itself",
    isClusterWide: true,
    spec: {
      matchConstraints: {
        ...on(rule("core", "namespaces")),
        namespaceSelector: { matchLabels: { tier: "gold" } },
      },
      validations: checks("object.metadata.name.startsWith('gold-')"),
    },
    requests: [
      create("namespace", "denied", { metadata: { labels: { tier: "gold" } } }),
      create("namespace", "admitted", { metadata: { labels: { tier: "tin" } } }),
      create("namespace", "admitted", { metadata: { name: "gold-a", labels: { tier: "gold" } } }),
    ],
  },
  {
    name: "object-labels",
    spec: {
      matchConstraints: { ...CONFIGMAPS, objectSelector: { matchLabels: { kind: "mine" } } },
      validations: NEVER,
    },
    requests: [
      create("settings", "admitted"),
      create("settings", "denied", { metadata: { labels: { kind: "mine" } } }),
    ],
  },
  {
    name: "object-expressions",
    spec: {
      matchConstraints: {
        ...on(rule("core", "configmaps", ["CREATE", "UPDATE", "DELETE"])),
        objectSelector: {
          matchExpressions: [
            { key: "age", operator: "In", values: ["old", "older"] },
            { key: "free", operator: "DoesNotExist" },
          ],
        },
      },
      validations: NEVER,
    },
    requests: [
      create("settings", "denied", { metadata: { labels: { age: "old" } } }),
      create("settings", "admitted", { metadata: { labels: { age: "old", free: "" } } }),
      // The old object's labels count too.
      update(
        "settings",
        "denied",
        { metadata: { labels: { age: "new" } } },
        { stored: { metadata: { labels: { age: "old" } } } },
      ),
      remove("settings", "denied", { metadata: { labels: { age: "older" } } }),
      remove("settings", "admitted", {}),
    ],
  },
  {
    name: "exact-version",
    spec: {
      matchConstraints: {
        ...on({
          apiGroups: ["autoscaling"],
          apiVersions: ["v1"],
          operations: ["CREATE"],
          resources: ["horizontalpodautoscalers"],
        }),
        matchPolicy: "Exact",
      },
      validations: NEVER,
    },
    requests: [create("scaler", "admitted")],
  },
  {
    name: "equivalent-version",
    spec: {
      matchConstraints: {
        ...on({ apiGroups: ["tests.amap.dev"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["shops"] }),
        matchPolicy: "Equivalent",
      },
      validations: [{ expression: "object.spec.floors < 2", message: "too high" }],
    },
    requests: [
      create("shop", "denied", {}, { version: "v1beta1" }),
      create("shop", "admitted", { spec: { floors: 1 } }, { version: "v1beta1" }),
    ],
  },
  {
    name: "binding-object-labels",
    spec: { matchConstraints: CONFIGMAPS, validations: NEVER },
    bindings: [{ matchResources: { objectSelector: { matchLabels: { checked: "yes" } } } }],
    requests: [
      create("settings", "admitted"),
      create("settings", "denied", { metadata: { labels: { checked: "yes" } } }),
    ],
  },
  {
    name: "binding-namespace-labels",
    namespaceLabels: { stage: "prod" },
    spec: { matchConstraints: CONFIGMAPS, validations: NEVER },
    bindings: [
      {
        matchResources: {
          namespaceSelector: { matchExpressions: [{ key: "stage", operator: "In", values: ["test"] }] },
        },
      },
    ],
    requests: [create("settings", "admitted")],
  },
  {
    name: "binding-rules",
    spec: { matchConstraints: on(rule("apps", "*"), rule("core", "*")), validations: NEVER },
    bindings: [
      {
        matchResources: {
          resourceRules: [rule("apps", "deployments"), rule("core", "services configmaps")],
          excludeResourceRules: [rule("core", "configmaps")],
        },
      },
    ],
    requests: [
      create("deployment", "denied"),
      create("stateful", "admitted"),
      create("service", "denied"),
      create("settings", "admitted"),
    ],
  },
  {
    name: "subresource-scale",
    spec: {
      matchConstraints: on(rule("apps", "deployments/scale statefulsets/scale", ["UPDATE"])),
      validations: [
        {
          expression: "object.spec.replicas <= oldObject.spec.replicas + 1",
          messageExpression:
            "object.kind + ' ' + request.subResource + ' ' + request.resource.resource + ': ' + string(object.spec.replicas)",
        },
      ],
    },
    requests: [
      update("deployment", "denied", { spec: { replicas: 9 } }, { subresource: "scale" }),
      update("deployment", "admitted", { spec: { replicas: 4 } }, { subresource: "scale" }),
      update("stateful", "denied", { spec: { replicas: 5 } }, { subresource: "scale" }),
      update("deployment", "admitted", { spec: { replicas: 9 } }),
    ],
  },
  {
    name: "subresource-status",
    spec: {
      matchConstraints: on(rule("shops", "shops/status", ["UPDATE"]), rule("apps", "deployments/status", ["UPDATE"])),
      validations: checks(
        "!has(object.status.visitors) || object.status.visitors < 100",
        "request.subResource == 'status'",
      ),
    },
    requests: [
      update("shop", "denied", { status: { visitors: 100 } }, { subresource: "status" }),
      update("shop", "admitted", { status: { visitors: 99 } }, { subresource: "status" }),
      update("deployment", "admitted", { status: { observedGeneration: 1 } }, { subresource: "status" }),
    ],
  },
  {
    name: "subresource-any",
    spec: { matchConstraints: on(rule("core", "pods/*", ["CREATE", "UPDATE", "CONNECT"])), validations: NEVER },
    requests: [
      // The server takes `pods/*` to be the Pod itself as well.
      create("pod", "denied"),
      create(
        "pod",
        "denied",
        {},
        {
          subresource: "eviction",
          body: { apiVersion: "policy/v1", kind: "Eviction" },
        },
      ),
      update("pod", "denied", { status: { message: "a" } }, { subresource: "status" }),
    ],
  },
  {
    name: "subresource-debug",
    spec: {
      matchConstraints: on(rule("core", "pods/ephemeralcontainers", ["UPDATE"])),
      validations: [
        {
          expression: "object.spec.ephemeralContainers.all(c, c.image.startsWith('registry.example.com/'))",
          message: "debug images come from registry.example.com",
          reason: "Forbidden",
        },
      ],
    },
    requests: [
      update(
        "pod",
        "denied",
        { spec: { ephemeralContainers: [{ name: "debug", image: "busybox" }] } },
        {
          subresource: "ephemeralcontainers",
        },
      ),
      update(
        "pod",
        "admitted",
        { spec: { ephemeralContainers: [{ name: "debug", image: "registry.example.com/debug" }] } },
        {
          subresource: "ephemeralcontainers",
        },
      ),
    ],
  },
  {
    name: "subresource-token",
    spec: {
      matchConstraints: on(rule("core", "serviceaccounts/token")),
      validations: [
        {
          expression: "object.spec.expirationSeconds <= 3600",
          messageExpression: "'a token for ' + request.name + ' lives ' + string(object.spec.expirationSeconds) + ' s'",
        },
      ],
    },
    requests: [
      create(
        "account",
        "denied",
        {},
        {
          subresource: "token",
          body: {
            apiVersion: "authentication.k8s.io/v1",
            kind: "TokenRequest",
            spec: { expirationSeconds: 7200, audiences: ["a"] },
          },
        },
      ),
      create(
        "account",
        "admitted",
        {},
        {
          subresource: "token",
          body: {
            apiVersion: "authentication.k8s.io/v1",
            kind: "TokenRequest",
            spec: { expirationSeconds: 600, audiences: ["a"] },
          },
        },
      ),
    ],
  },
  {
    name: "subresource-exec",
    spec: {
      matchConstraints: on(rule("core", "pods/exec", ["CONNECT"])),
      validations: [
        {
          expression: "object.container != 'web'",
          messageExpression:
            "object.kind + ' into ' + request.name + '/' + object.container + ': ' + object.command[0]",
        },
      ],
    },
    requests: [
      {
        of: "pod",
        operation: "CONNECT",
        subresource: "exec",
        body: {
          apiVersion: "v1",
          kind: "PodExecOptions",
          stdout: true,
          stderr: true,
          container: "web",
          command: ["sh"],
        },
        expected: "denied",
      },
    ],
  },
];

/** Conditions, variables, expressions that fail. */
const EVALUATION: readonly PolicyRow[] = [
  {
    name: "conditions-hold",
    spec: {
      matchConstraints: CONFIGMAPS,
      matchConditions: conditions("request.userInfo.username == 'jane'", "object.data.mode == 'fast'"),
      validations: [{ expression: "object.data.level == '1'", message: "level 1 for fast ones" }],
    },
    requests: [
      create("settings", "denied"),
      create("settings", "admitted", SLOW),
      create("settings", "admitted", { data: { level: "1" } }),
    ],
  },
  {
    name: "conditions-fail",
    spec: {
      failurePolicy: "Fail",
      matchConstraints: CONFIGMAPS,
      matchConditions: conditions("object.data.nothing == 'a'"),
      validations: checks("true"),
    },
    requests: [create("settings", "denied"), create("settings", "admitted", { data: { nothing: "b" } })],
  },
  {
    name: "conditions-fail-ignored",
    spec: {
      failurePolicy: "Ignore",
      matchConstraints: CONFIGMAPS,
      matchConditions: conditions("object.data.nothing == 'a'"),
      validations: NEVER,
    },
    requests: [create("settings", "admitted"), create("settings", "denied", { data: { nothing: "a" } })],
  },
  {
    name: "conditions-false-wins",
    spec: {
      matchConstraints: CONFIGMAPS,
      matchConditions: conditions("object.data.nothing == 'a'", "false"),
      validations: NEVER,
    },
    requests: [create("settings", "admitted")],
  },
  {
    name: "conditions-two-fail",
    spec: {
      matchConstraints: CONFIGMAPS,
      matchConditions: conditions("object.data.nothing == 'a'", "int(object.data.mode) > 1"),
      validations: checks("true"),
    },
    requests: [create("settings", "denied")],
  },
  {
    name: "variables-in-turn",
    spec: {
      matchConstraints: DEPLOYMENTS,
      variables: variables({
        pod: "object.spec.template.spec",
        containers: "variables.pod.containers + variables.pod.?initContainers.orValue([])",
        open: "variables.containers.filter(c, !c.image.startsWith('registry.example.com/')).map(c, c.name)",
      }),
      validations: [
        {
          expression: "variables.open.size() == 0",
          messageExpression: "'images from elsewhere: ' + variables.open.join(', ')",
        },
      ],
    },
    requests: [
      create("deployment", "denied"),
      create("deployment", "admitted", {
        spec: { template: { spec: { containers: [{ name: "web", image: "registry.example.com/web" }] } } },
      }),
    ],
  },
  {
    name: "variables-lazy",
    spec: {
      matchConstraints: CONFIGMAPS,
      variables: variables({ broken: "int(object.data.mode)", level: "int(object.data.level)" }),
      validations: checks("variables.level < 5", "object.data.mode == 'fast' || variables.broken > 1"),
    },
    requests: [
      create("settings", "admitted"),
      create("settings", "denied", { data: { level: "7" } }),
      create("settings", "denied", SLOW),
    ],
  },
  {
    name: "variables-in-condition",
    spec: {
      matchConstraints: CONFIGMAPS,
      matchConditions: conditions("has(object.data) && 'level' in object.data"),
      variables: variables({ level: "int(object.data.level)" }),
      validations: [{ expression: "variables.level > 2", messageExpression: "'level ' + string(variables.level)" }],
    },
    requests: [
      create("settings", "admitted"),
      create("settings", "denied", { data: { level: "2" } }),
      create("settings", "admitted", { data: { level: null } }),
    ],
  },
  {
    name: "failing-denies",
    spec: { failurePolicy: "Fail", matchConstraints: CONFIGMAPS, validations: checks("object.data.nothing == 'a'") },
    requests: [create("settings", "denied"), create("settings", "admitted", { data: { nothing: "a" } })],
  },
  {
    name: "failing-ignored",
    spec: {
      failurePolicy: "Ignore",
      matchConstraints: CONFIGMAPS,
      validations: checks("object.data.nothing == 'a'", "object.data.mode == 'fast'"),
    },
    requests: [create("settings", "admitted"), create("settings", "denied", SLOW)],
  },
  {
    name: "failing-conversion",
    spec: { matchConstraints: CONFIGMAPS, validations: checks("int(object.data.mode) > 1") },
    requests: [create("settings", "denied"), create("settings", "admitted", { data: { mode: "2" } })],
  },
  {
    name: "failing-division",
    spec: { matchConstraints: DEPLOYMENTS, validations: checks("12 / (object.spec.replicas - 3) > 1") },
    requests: [create("deployment", "denied"), create("deployment", "admitted", { spec: { replicas: 4 } })],
  },
  {
    name: "failing-index",
    spec: {
      matchConstraints: DEPLOYMENTS,
      validations: checks("object.spec.template.spec.containers[2].name == 'third'"),
    },
    requests: [create("deployment", "denied")],
  },
  {
    name: "failing-quantity",
    spec: {
      matchConstraints: on(rule("core", "persistentvolumeclaims")),
      validations: [
        {
          expression:
            "quantity(object.spec.resources.requests.storage).compareTo(quantity(object.metadata.annotations['limit'])) <= 0",
          messageExpression: "'no more than ' + object.metadata.annotations['limit']",
        },
      ],
    },
    requests: [
      create("claim", "denied"),
      create("claim", "denied", { metadata: { annotations: { limit: "5Gi" } } }),
      create("claim", "denied", { metadata: { annotations: { limit: "much" } } }),
      create("claim", "admitted", { metadata: { annotations: { limit: "1Ti" } } }),
    ],
  },
  {
    name: "several-validations",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [
        { expression: "object.data.mode == 'fast'", message: "mode" },
        { expression: "object.data.level == '3'", message: "level", reason: "Forbidden" },
        { expression: "object.data.owner == 'jane'", messageExpression: "'owner ' + object.data.owner" },
      ],
    },
    requests: [
      create("settings", "admitted"),
      create("settings", "denied", { data: { level: "4" } }),
      create("settings", "denied", { data: { mode: "slow", level: "4", owner: "joe" } }),
      create("settings", "denied", { data: { owner: "joe" } }),
    ],
  },
  {
    name: "several-of-which-one-fails",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: checks("object.data.nothing == 'a'", "object.data.mode == 'slow'"),
    },
    requests: [create("settings", "denied")],
  },
];

/** What is said: messages, reasons, warnings, audit events. */
const WORDS: readonly PolicyRow[] = [
  {
    name: "message-of-expression",
    spec: { matchConstraints: CONFIGMAPS, validations: checks("  object.data.mode == 'slow'  ") },
    requests: [create("settings", "denied")],
  },
  {
    name: "message-trimmed",
    spec: { matchConstraints: CONFIGMAPS, validations: [{ expression: "false", message: "  mode is slow  " }] },
    requests: [create("settings", "denied")],
  },
  {
    name: "message-made",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [
        {
          expression: "false",
          message: "otherwise",
          messageExpression:
            "object.metadata.name + ' in ' + namespaceObject.metadata.name + ' is ' + object.data.mode",
        },
      ],
    },
    requests: [create("settings", "denied"), create("settings", "denied", { data: { mode: null } })],
  },
  {
    name: "message-made-badly",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [{ expression: "false", message: "otherwise", messageExpression: "string(object.data.text)" }],
    },
    requests: [
      create("settings", "denied", { data: { text: "  ends  " } }),
      create("settings", "denied", { data: { text: " " } }),
      create("settings", "denied", { data: { text: "two\nlines" } }),
      create("settings", "denied", { data: { text: "x".repeat(5121) } }),
      create("settings", "denied", { data: { text: "y".repeat(5120) } }),
    ],
  },
  {
    name: "reasons",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [
        { expression: "object.data.mode != 'b'", reason: "Forbidden", message: "b" },
        { expression: "object.data.mode != 'c'", reason: "RequestEntityTooLarge", message: "c" },
        { expression: "object.data.mode != 'd'", reason: "Invalid", message: "d" },
      ],
    },
    requests: ["b", "c", "d"].map((mode) => create("settings", "denied", { data: { mode } })),
  },
  {
    name: "warns",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [{ expression: "object.data.mode == 'slow'", message: 'is "fast"' }],
    },
    bindings: [{ validationActions: ["Warn"] }],
    requests: [create("settings", "warned"), create("settings", "admitted", SLOW)],
  },
  {
    name: "warns-of-each",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: checks("object.data.mode == 'slow'", "object.data.level == '4'"),
    },
    bindings: [{ validationActions: ["Warn"] }],
    requests: [create("settings", "warned")],
    differs: {
      why: "amap has one result for a policy: the first validation that denies, where the server warns of each",
      amap: {
        0: {
          warnings: [
            "Validation failed for ValidatingAdmissionPolicy 'warns-of-each' with binding 'warns-of-each-0': " +
              "failed expression: object.data.mode == 'slow'",
          ],
        },
      },
    },
  },
  {
    name: "warns-of-failure",
    spec: { matchConstraints: CONFIGMAPS, validations: checks("object.data.nothing == 'a'") },
    bindings: [{ validationActions: ["Warn"] }],
    requests: [create("settings", "warned")],
  },
  {
    name: "audits",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [{ expression: "object.data.mode == 'slow'", message: "fast" }],
    },
    bindings: [{ validationActions: ["Audit"] }],
    requests: [create("settings", "audited"), create("settings", "admitted", SLOW)],
  },
  {
    name: "audits-and-warns",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [{ expression: "object.data.mode == 'slow'", message: "fast" }],
    },
    bindings: [{ validationActions: ["Audit", "Warn"] }],
    requests: [create("settings", "warned")],
  },
  {
    name: "audits-and-denies",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [{ expression: "object.data.mode == 'slow'", message: "fast" }],
    },
    bindings: [{ validationActions: ["Deny", "Audit"] }],
    requests: [create("settings", "denied")],
  },
  {
    name: "annotations",
    spec: {
      matchConstraints: CONFIGMAPS,
      variables: variables({ mode: "object.data.mode" }),
      validations: checks("true"),
      auditAnnotations: [
        { key: "mode", valueExpression: "'mode ' + variables.mode" },
        { key: "level", valueExpression: "'  ' + object.data.?level.orValue('') + '  '" },
        { key: "empty", valueExpression: "''" },
        { key: "none", valueExpression: "null" },
      ],
    },
    requests: [create("settings", "audited"), create("settings", "audited", { data: { level: null } })],
  },
  {
    name: "annotations-alone",
    spec: {
      matchConstraints: CONFIGMAPS,
      auditAnnotations: [{ key: "who", valueExpression: "request.userInfo.groups.join('+')" }],
    },
    requests: [create("settings", "audited")],
  },
  {
    name: "annotations-fail",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: checks("true"),
      auditAnnotations: [{ key: "mode", valueExpression: "string(object.data.nothing)" }],
    },
    requests: [create("settings", "denied"), create("settings", "audited", { data: { nothing: "here" } })],
  },
  {
    name: "annotations-fail-ignored",
    spec: {
      failurePolicy: "Ignore",
      matchConstraints: CONFIGMAPS,
      validations: checks("true"),
      auditAnnotations: [
        { key: "mode", valueExpression: "string(object.data.nothing)" },
        { key: "level", valueExpression: "string(object.data.level)" },
      ],
    },
    requests: [create("settings", "audited")],
  },
  {
    name: "annotations-of-denied",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: NEVER,
      auditAnnotations: [{ key: "mode", valueExpression: "string(object.data.mode)" }],
    },
    requests: [create("settings", "denied")],
  },
];

/** Bindings and their params. */
const BINDINGS: readonly PolicyRow[] = [
  {
    name: "several-bindings",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [{ expression: "object.data.mode == 'slow'", message: "fast" }],
    },
    bindings: [
      { validationActions: ["Warn"], matchResources: { objectSelector: { matchLabels: { a: "1" } } } },
      { validationActions: ["Deny"], matchResources: { objectSelector: { matchLabels: { b: "1" } } } },
    ],
    requests: [
      create("settings", "admitted"),
      create("settings", "warned", { metadata: { labels: { a: "1" } } }),
      create("settings", "denied", { metadata: { labels: { b: "1" } } }),
      create("settings", "denied", { metadata: { labels: { a: "1", b: "1" } } }),
    ],
  },
  {
    name: "params-by-name",
    params: [settings("limits", { replicas: "2" })],
    spec: {
      paramKind: CONFIGMAP_PARAMS,
      matchConstraints: DEPLOYMENTS,
      validations: [
        {
          expression: "object.spec.replicas <= int(params.data.replicas)",
          messageExpression: "params.kind + ' ' + params.metadata.name + ': at most ' + params.data.replicas",
        },
      ],
    },
    bindings: [{ paramRef: { name: "limits", parameterNotFoundAction: "Deny" } }],
    requests: [create("deployment", "denied"), create("deployment", "admitted", { spec: { replicas: 2 } })],
  },
  {
    name: "params-elsewhere",
    params: [{ ...settings("shared", FAST), metadata: { name: "shared", namespace: "params-of-all" } }],
    spec: {
      paramKind: CONFIGMAP_PARAMS,
      matchConstraints: CONFIGMAPS,
      validations: [
        { expression: "object.data.mode != params.data.mode", messageExpression: "string(params.metadata.namespace)" },
      ],
    },
    bindings: [{ paramRef: { name: "shared", namespace: "params-of-all", parameterNotFoundAction: "Deny" } }],
    requests: [create("settings", "denied"), create("settings", "admitted", SLOW)],
  },
  {
    name: "params-by-selector",
    params: [
      settings("one", { most: "5" }, { limits: "replicas" }),
      settings("two", { most: "2" }, { limits: "replicas" }),
      settings("other", { most: "0" }, { limits: "memory" }),
    ],
    spec: {
      paramKind: CONFIGMAP_PARAMS,
      matchConstraints: DEPLOYMENTS,
      validations: [
        {
          expression: "object.spec.replicas <= int(params.data.most)",
          messageExpression: "'at most ' + params.data.most",
        },
      ],
    },
    bindings: [{ paramRef: { selector: { matchLabels: { limits: "replicas" } }, parameterNotFoundAction: "Deny" } }],
    requests: [create("deployment", "denied"), create("deployment", "admitted", { spec: { replicas: 1 } })],
  },
  {
    name: "params-by-expressions",
    params: [settings("low", { most: "2" }, { level: "low" }), settings("high", { most: "9" }, { level: "high" })],
    spec: {
      paramKind: CONFIGMAP_PARAMS,
      matchConstraints: DEPLOYMENTS,
      validations: [
        {
          expression: "object.spec.replicas <= int(params.data.most)",
          messageExpression: "'at most ' + params.data.most",
        },
      ],
    },
    bindings: [
      {
        paramRef: {
          selector: { matchExpressions: [{ key: "level", operator: "In", values: ["high", "higher"] }] },
          parameterNotFoundAction: "Deny",
        },
      },
    ],
    requests: [create("deployment", "admitted"), create("deployment", "denied", { spec: { replicas: 10 } })],
  },
  {
    name: "params-missing-denied",
    spec: { paramKind: CONFIGMAP_PARAMS, matchConstraints: CONFIGMAPS, validations: checks("true") },
    bindings: [{ paramRef: { name: "nowhere", parameterNotFoundAction: "Deny" } }],
    requests: [create("settings", "denied")],
  },
  {
    name: "params-missing-warned",
    spec: { paramKind: CONFIGMAP_PARAMS, matchConstraints: CONFIGMAPS, validations: checks("true") },
    bindings: [{ validationActions: ["Warn"], paramRef: { name: "nowhere", parameterNotFoundAction: "Deny" } }],
    // A binding that cannot be used denies whatever its actions are.
    requests: [create("settings", "denied")],
  },
  {
    name: "params-missing-ignored",
    spec: { failurePolicy: "Ignore", paramKind: CONFIGMAP_PARAMS, matchConstraints: CONFIGMAPS, validations: NEVER },
    bindings: [{ paramRef: { name: "nowhere", parameterNotFoundAction: "Deny" } }],
    requests: [create("settings", "admitted")],
  },
  {
    name: "params-missing-allowed",
    spec: { paramKind: CONFIGMAP_PARAMS, matchConstraints: CONFIGMAPS, validations: NEVER },
    bindings: [{ paramRef: { selector: { matchLabels: { no: "one" } }, parameterNotFoundAction: "Allow" } }],
    requests: [create("settings", "admitted")],
  },
  {
    name: "params-not-named",
    params: [settings("limits", { replicas: "2" })],
    spec: {
      paramKind: CONFIGMAP_PARAMS,
      matchConstraints: CONFIGMAPS,
      validations: [{ expression: "params != null", message: "no params" }],
    },
    requests: [create("settings", "denied")],
  },
  {
    name: "params-not-wanted",
    params: [settings("limits", { replicas: "2" })],
    spec: { matchConstraints: CONFIGMAPS, validations: [{ expression: "false", message: "without params" }] },
    bindings: [{ paramRef: { name: "limits", parameterNotFoundAction: "Deny" } }],
    requests: [create("settings", "denied")],
  },
  {
    name: "params-of-own-kind",
    params: [
      {
        apiVersion: "tests.amap.dev/v1",
        kind: "Ceiling",
        metadata: { name: "ceiling-of-tests" },
        spec: { replicas: 2 },
      },
    ],
    spec: {
      paramKind: { apiVersion: "tests.amap.dev/v1", kind: "Ceiling" },
      matchConstraints: DEPLOYMENTS,
      validations: [
        {
          expression: "object.spec.replicas <= params.spec.replicas",
          messageExpression: "params.metadata.name + ' is ' + string(params.spec.replicas)",
        },
      ],
    },
    bindings: [{ paramRef: { name: "ceiling-of-tests", parameterNotFoundAction: "Deny" } }],
    requests: [create("deployment", "denied"), create("deployment", "admitted", { spec: { replicas: 2 } })],
  },
  {
    name: "params-wrongly-placed",
    spec: {
      paramKind: { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass" },
      matchConstraints: CONFIGMAPS,
      validations: checks("true"),
    },
    bindings: [{ paramRef: { name: "system-node-critical", namespace: "default", parameterNotFoundAction: "Deny" } }],
    requests: [create("settings", "denied")],
  },
  {
    name: "params-of-no-namespace",
    isClusterWide: true,
    spec: {
      paramKind: CONFIGMAP_PARAMS,
      matchConstraints: on(rule("scheduling", "priorityclasses")),
      validations: checks("true"),
    },
    bindings: [{ paramRef: { name: "limits", parameterNotFoundAction: "Allow" } }],
    requests: [create("priority", "denied")],
  },
  {
    name: "params-in-conditions",
    params: [settings("who", { user: "jane" })],
    spec: {
      paramKind: CONFIGMAP_PARAMS,
      matchConstraints: CONFIGMAPS,
      matchConditions: conditions("request.userInfo.username == params.data.user"),
      validations: NEVER,
      auditAnnotations: [{ key: "user", valueExpression: "string(params.data.user)" }],
    },
    bindings: [{ paramRef: { name: "who", parameterNotFoundAction: "Deny" } }],
    requests: [create("settings", "denied")],
  },
  {
    name: "params-of-two-bindings",
    params: [settings("one", { mode: "slow" }, { of: "modes" }), settings("two", { mode: "lazy" }, { of: "modes" })],
    spec: {
      paramKind: CONFIGMAP_PARAMS,
      matchConstraints: CONFIGMAPS,
      validations: [
        { expression: "object.data.mode == params.data.mode", messageExpression: "'expected ' + params.data.mode" },
      ],
      auditAnnotations: [{ key: "mode", valueExpression: "'one of ' + string(params.metadata.labels.of)" }],
    },
    bindings: [
      { validationActions: ["Warn"], paramRef: { name: "one", parameterNotFoundAction: "Deny" } },
      { validationActions: ["Audit"], paramRef: { name: "two", parameterNotFoundAction: "Deny" } },
    ],
    requests: [create("settings", "warned"), create("settings", "audited", SLOW)],
  },
];

/** Policies as people write them, over many kinds. */
const PRACTICE: readonly PolicyRow[] = [
  {
    name: "update-immutable",
    spec: {
      matchConstraints: on(rule("core", "configmaps", ["CREATE", "UPDATE"]), rule("core", "services", ["UPDATE"])),
      validations: [
        {
          expression: "oldObject == null || oldObject.metadata.?labels.?owner == object.metadata.?labels.?owner",
          message: "the owner stays",
        },
      ],
    },
    requests: [
      create("settings", "admitted"),
      update(
        "settings",
        "denied",
        { metadata: { labels: { owner: "b" } } },
        { stored: { metadata: { labels: { owner: "a" } } } },
      ),
      update("settings", "admitted", SLOW, { stored: { metadata: { labels: { owner: "a" } } } }),
      update(
        "service",
        "denied",
        { metadata: { labels: { owner: null } } },
        { stored: { metadata: { labels: { owner: "a" } } } },
      ),
    ],
  },
  {
    name: "delete-protected",
    spec: {
      matchConstraints: on(rule("core", "persistentvolumeclaims secrets", ["DELETE"])),
      validations: [
        {
          expression: "object == null && oldObject.metadata.?annotations[?'keep'].orValue('no') != 'yes'",
          messageExpression: "oldObject.kind + ' ' + oldObject.metadata.name + ' is to be kept'",
          reason: "Forbidden",
        },
      ],
    },
    requests: [
      remove("claim", "denied", { metadata: { annotations: { keep: "yes" } } }),
      remove("claim", "admitted"),
      remove("secret", "denied", { metadata: { annotations: { keep: "yes" } } }),
    ],
  },
  {
    name: "request-in-full",
    spec: {
      matchConstraints: on(rule("networking", "ingresses")),
      validations: [
        {
          expression: "false",
          messageExpression:
            "[request.name, request.namespace, request.operation, request.kind.group, request.kind.version, request.kind.kind, " +
            "request.resource.group, request.resource.version, request.resource.resource, request.requestKind.kind, " +
            "request.requestResource.resource, request.userInfo.username, request.userInfo.uid, " +
            "request.userInfo.groups.join('+'), request.userInfo.extra['scopes'].join('+')].join(' ')",
        },
      ],
    },
    requests: [create("ingress", "denied")],
  },
  {
    name: "request-dry",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [{ expression: "!has(request.dryRun) || !request.dryRun", message: "not dry" }],
    },
    requests: [create("settings", "denied")],
    differs: {
      why: "amap judges what is to be stored: an input says nothing of dry runs",
      amap: { 0: { denial: null } },
    },
  },
  {
    name: "namespace-object",
    namespaceLabels: { "pod-limit": "1" },
    spec: {
      matchConstraints: on(rule("core", "pods")),
      validations: [
        {
          expression: "size(object.spec.containers) <= int(namespaceObject.metadata.labels['pod-limit'])",
          messageExpression:
            "namespaceObject.metadata.name + ' allows ' + namespaceObject.metadata.labels['pod-limit']",
        },
        { expression: "namespaceObject.status.phase == 'Active'" },
      ],
    },
    requests: [
      create("pod", "denied"),
      create("pod", "admitted", { spec: { containers: [{ name: "a", image: "a" }] } }),
    ],
  },
  {
    name: "cluster-wide-namespace-object",
    isClusterWide: true,
    spec: {
      matchConstraints: on(rule("storage", "storageclasses"), rule("core", "namespaces")),
      validations: [{ expression: "namespaceObject != null", message: "no namespace" }],
    },
    requests: [create("storage", "denied"), create("namespace", "denied")],
  },
  {
    name: "authorized",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [
        { expression: "authorizer.group('').resource('secrets').namespace('default').check('get').allowed()" },
      ],
    },
    requests: [create("settings", "admitted")],
  },
  {
    name: "unauthorized",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [
        {
          expression:
            "authorizer.serviceAccount('default', 'nobody').group('apps').resource('deployments').namespace('default').check('create').allowed()",
          message: "nobody may not",
          reason: "Forbidden",
        },
      ],
    },
    requests: [create("settings", "denied")],
  },
  {
    name: "pod-security",
    spec: {
      matchConstraints: on(rule("core", "pods", ["CREATE", "UPDATE"])),
      variables: variables({
        all: "object.spec.containers + object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])",
        privileged: "variables.all.filter(c, c.?securityContext.?privileged.orValue(false))",
      }),
      validations: [
        {
          expression: "variables.privileged.size() == 0",
          messageExpression: "'privileged: ' + variables.privileged.map(c, c.name).join(', ')",
        },
        { expression: "object.spec.?securityContext.?runAsNonRoot.orValue(false) == true", message: "run as non-root" },
      ],
    },
    requests: [
      create("pod", "denied"),
      create("pod", "admitted", { spec: { containers: [{ name: "a", image: "a" }] } }),
      create("pod", "denied", { spec: { securityContext: null, containers: [{ name: "a", image: "a" }] } }),
    ],
  },
  {
    name: "pod-resources",
    spec: {
      matchConstraints: on(rule("core", "pods")),
      validations: [
        {
          expression:
            "object.spec.containers.all(c, has(c.resources) && has(c.resources.limits) && quantity(c.resources.limits.memory).isLessThan(quantity('1Gi')))",
          message: "each container has a limit of memory under 1Gi",
        },
      ],
    },
    requests: [
      create("pod", "denied"),
      create("pod", "admitted", {
        spec: { containers: [{ name: "a", image: "a", resources: { limits: { memory: "512Mi" } } }] },
      }),
    ],
  },
  {
    name: "workload-ports",
    spec: {
      matchConstraints: on(rule("core", "services replicationcontrollers"), rule("apps", "deployments")),
      validations: [
        {
          expression: "object.kind != 'Service' || object.spec.ports.all(p, type(p.targetPort) == int)",
          messageExpression:
            "object.spec.ports.filter(p, type(p.targetPort) != int).map(p, string(p.targetPort)).join(',')",
        },
      ],
    },
    requests: [create("service", "denied"), create("controller", "admitted"), create("deployment", "admitted")],
  },
  {
    name: "schedules",
    spec: {
      matchConstraints: on(rule("batch", "cronjobs jobs")),
      validations: [
        {
          expression:
            "object.kind == 'Job' ? object.spec.backoffLimit < 2 : !object.spec.schedule.matches('^[*]/[1-9] ')",
          messageExpression: "object.kind + (has(object.spec.schedule) ? ' ' + object.spec.schedule : '')",
        },
      ],
    },
    requests: [
      create("cronjob", "denied"),
      create("job", "denied"),
      create("cronjob", "admitted", { spec: { schedule: "0 1 * * *" } }),
    ],
  },
  {
    name: "hosts",
    spec: {
      matchConstraints: on(rule("networking", "ingresses")),
      validations: [
        {
          expression: "object.spec.rules.all(r, r.host.endsWith('.example.org'))",
          messageExpression:
            "object.spec.rules.map(r, r.host).sort().join(', ') + ' of ' + string(size(object.spec.rules))",
        },
        { expression: "has(object.spec.tls)", message: "without TLS" },
      ],
    },
    requests: [
      create("ingress", "denied"),
      create("ingress", "denied", { spec: { rules: [{ host: "a.example.org" }] } }),
      create("ingress", "admitted", {
        spec: { rules: [{ host: "a.example.org" }], tls: [{ hosts: ["a.example.org"] }] },
      }),
    ],
  },
  {
    name: "rights",
    spec: {
      matchConstraints: on(rule("rbac", "roles rolebindings")),
      validations: [
        {
          expression: "!has(object.rules) || object.rules.all(r, !r.verbs.exists(v, v in ['*', 'list']))",
          message: "no listing",
        },
        {
          expression: "!has(object.subjects) || object.subjects.all(s, s.kind == 'ServiceAccount')",
          messageExpression: "object.roleRef.name + ' for ' + object.subjects[0].name",
        },
      ],
    },
    requests: [create("role", "denied"), create("rolebinding", "denied")],
  },
  {
    name: "rights-everywhere",
    isClusterWide: true,
    spec: {
      matchConstraints: on(rule("rbac", "clusterroles", ["CREATE", "DELETE"])),
      validations: [
        {
          expression: "request.operation == 'DELETE' || object.rules.all(r, !('*' in r.verbs))",
          message: "not everything",
        },
      ],
    },
    requests: [create("clusterrole", "denied"), remove("clusterrole", "admitted")],
  },
  {
    name: "scaling",
    spec: {
      matchConstraints: on(rule("autoscaling", "horizontalpodautoscalers"), rule("policy", "poddisruptionbudgets")),
      validations: [
        {
          expression:
            "object.kind == 'HorizontalPodAutoscaler' ? object.spec.maxReplicas < 20 : object.spec.minAvailable > 1",
          messageExpression: "object.apiVersion + ' ' + object.metadata.name",
        },
      ],
    },
    requests: [
      create("scaler", "denied"),
      create("budget", "denied"),
      create("budget", "admitted", { spec: { minAvailable: 2 } }),
    ],
  },
  {
    name: "custom-objects",
    spec: {
      matchConstraints: on(rule("shops", "shops", ["CREATE", "UPDATE"])),
      validations: [
        {
          expression: "object.spec.shelves.exists_one(s, s.name == 'books' && s.side == 'left' && s.size < 3)",
          messageExpression: "object.spec.shelves.map(s, s.side + string(s.size)).join(' ')",
        },
        { expression: "oldObject == null || object.spec.floors >= oldObject.spec.floors", message: "it shrinks" },
      ],
    },
    requests: [
      create("shop", "denied"),
      create("shop", "admitted", { spec: { shelves: [{ name: "books", side: "left", size: 1 }] } }),
      update(
        "shop",
        "denied",
        { spec: { floors: 1 } },
        { stored: { spec: { shelves: [{ name: "books", side: "left", size: 1 }] } } },
      ),
    ],
  },
  {
    name: "leases-and-priorities",
    spec: {
      matchConstraints: on(rule("coordination", "leases"), rule("core", "resourcequotas serviceaccounts")),
      validations: [
        {
          expression:
            "has(object.spec) ? (has(object.spec.hard) ? int(object.spec.hard.pods) < 10 : object.spec.leaseDurationSeconds > 60) : object.automountServiceAccountToken == true",
        },
      ],
    },
    requests: [
      create("lease", "denied"),
      create("quota", "denied"),
      create("account", "denied"),
      create("account", "admitted", { automountServiceAccountToken: true }),
    ],
  },
  {
    name: "two-policies",
    spec: {
      matchConstraints: CONFIGMAPS,
      validations: [{ expression: "object.data.mode == 'slow'", message: "first" }],
    },
    bindings: [{ validationActions: ["Warn"] }],
    further: {
      spec: {
        matchConstraints: CONFIGMAPS,
        validations: [{ expression: "object.data.level == '4'", message: "second" }],
      },
    },
    requests: [create("settings", "denied"), create("settings", "warned", { data: { level: "4" } })],
  },
];

export const VALIDATING_ROWS: readonly PolicyRow[] = [...MATCHING, ...EVALUATION, ...WORDS, ...BINDINGS, ...PRACTICE];
