/** MutatingAdmissionPolicies with their bindings and params, and what a real API server makes of objects. */
import type { Value } from "../../src/base/index.ts";
import {
  applies,
  conditions,
  create,
  on,
  type PolicyRow,
  patches,
  rule,
  settings,
  update,
  variables,
} from "./admission-policies-rows.ts";

const CONFIGMAP_PARAMS = { apiVersion: "v1", kind: "ConfigMap" };
const NEVER_AGAIN = { reinvocationPolicy: "Never" } as const;

type Fields = Readonly<Record<string, Value>>;

const changes = (matchConstraints: Value, mutations: Value, more: Fields = {}): Fields => ({
  ...NEVER_AGAIN,
  matchConstraints,
  mutations,
  ...more,
});
const CONFIGMAPS = on(rule("core", "configmaps"));
const SHOPS = on(rule("shops", "shops"));
const PODS = on(rule("core", "pods"));
const DEPLOYMENTS = on(rule("apps", "deployments"));

/** ApplyConfiguration: the server's structured merge. */
const CONFIGURATIONS: readonly PolicyRow[] = [
  {
    name: "apply-labels",
    spec: changes(
      on(rule("core", "*")),
      applies("Object{metadata: Object.metadata{labels: {'team': 'web', 'cost-center': '7'}}}"),
    ),
    requests: [
      create("settings", "changed"),
      create("service", "changed", { metadata: { labels: { team: "old", kept: "yes" } } }),
      create("settings", "unchanged", { metadata: { labels: { team: "web", "cost-center": "7" } } }),
      create("deployment", "unchanged"),
    ],
  },
  {
    name: "apply-annotation-made",
    spec: changes(
      CONFIGMAPS,
      applies(
        "Object{metadata: Object.metadata{annotations: {'made-of': object.data.mode + '/' + request.userInfo.username}}}",
      ),
    ),
    requests: [create("settings", "changed")],
  },
  {
    name: "apply-data",
    spec: changes(CONFIGMAPS, applies("Object{data: {'mode': 'slow', 'new': string(size(object.data))}}")),
    requests: [create("settings", "changed"), create("settings", "denied", { data: null })],
  },
  {
    name: "apply-numbers",
    spec: changes(DEPLOYMENTS, applies("Object{spec: Object.spec{replicas: object.spec.replicas + 1, paused: true}}")),
    requests: [create("deployment", "changed"), create("deployment", "changed", { spec: { replicas: 0 } })],
  },
  {
    name: "apply-nested",
    spec: changes(
      DEPLOYMENTS,
      applies(
        "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{securityContext: " +
          "Object.spec.template.spec.securityContext{runAsUser: 1000, fsGroup: 2000}}}}}",
      ),
    ),
    requests: [
      create("deployment", "changed"),
      create("deployment", "changed", { spec: { template: { spec: { securityContext: null } } } }),
    ],
  },
  {
    name: "apply-container-by-name",
    spec: changes(
      PODS,
      applies(
        "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'web', imagePullPolicy: 'Always'}]}}",
      ),
    ),
    requests: [create("pod", "changed")],
  },
  {
    name: "apply-container-new",
    isFilledIn: true,
    spec: changes(
      PODS,
      applies(
        "Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: 'mesh', image: 'mesh/proxy:v1', " +
          "restartPolicy: 'Always'}]}}",
      ),
    ),
    requests: [
      create("pod", "changed"),
      create("pod", "changed", {
        spec: {
          initContainers: [
            { name: "first", image: "a" },
            { name: "mesh", image: "b" },
          ],
        },
      }),
    ],
  },
  {
    name: "apply-to-each-container",
    spec: changes(
      PODS,
      applies(
        "Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, " +
          "securityContext: Object.spec.containers.securityContext{allowPrivilegeEscalation: c.name == 'proxy', readOnlyRootFilesystem: true}})}}",
      ),
    ),
    requests: [create("pod", "changed")],
  },
  {
    name: "apply-env",
    spec: changes(
      PODS,
      applies(
        "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'web', env: [" +
          "Object.spec.containers.env{name: 'LEVEL', value: '9'}, Object.spec.containers.env{name: 'ADDED', value: 'x'}]}]}}",
      ),
    ),
    requests: [create("pod", "changed")],
  },
  {
    name: "apply-resources",
    isFilledIn: true,
    spec: changes(
      PODS,
      applies(
        "Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, resources: " +
          "Object.spec.containers.resources{limits: {'memory': '256Mi'}}})}}",
      ),
    ),
    requests: [create("pod", "changed")],
  },
  {
    name: "apply-ports-of-two-keys",
    spec: changes(
      on(rule("core", "services")),
      applies(
        "Object{spec: Object.spec{ports: [Object.spec.ports{port: 80, protocol: 'TCP', appProtocol: 'http'}, " +
          "Object.spec.ports{port: 443, protocol: 'TCP', name: 'https', targetPort: 8443}]}}",
      ),
    ),
    requests: [create("service", "changed")],
  },
  {
    name: "apply-finalizers",
    spec: changes(
      CONFIGMAPS,
      applies("Object{metadata: Object.metadata{finalizers: ['example.com/a', 'example.com/b']}}"),
    ),
    requests: [
      create("settings", "changed"),
      create("settings", "changed", { metadata: { finalizers: ["example.com/b", "example.com/c"] } }),
    ],
  },
  {
    name: "apply-set",
    spec: changes(SHOPS, applies("Object{spec: Object.spec{tags: ['small', 'new']}}")),
    requests: [create("shop", "changed"), create("shop", "changed", { spec: { tags: null } })],
  },
  {
    name: "apply-list-of-two-keys",
    spec: changes(
      SHOPS,
      applies(
        "Object{spec: Object.spec{shelves: [Object.spec.shelves{name: 'books', side: 'right', size: 9}, " +
          "Object.spec.shelves{name: 'toys', side: 'left', size: 1}]}}",
      ),
    ),
    requests: [create("shop", "changed")],
  },
  {
    name: "apply-map",
    spec: changes(SHOPS, applies("Object{spec: Object.spec{notes: Object.spec.notes{second: 'B', third: 'c'}}}")),
    requests: [create("shop", "changed"), create("shop", "changed", { spec: { notes: null } })],
  },
  {
    name: "apply-atomic-list",
    spec: changes(SHOPS, applies("Object{spec: Object.spec{hours: ['0-24']}}")),
    requests: [create("shop", "denied")],
  },
  {
    name: "apply-atomic-map",
    spec: changes(SHOPS, applies("Object{spec: Object.spec{address: Object.spec.address{city: 'Basel'}}}")),
    requests: [create("shop", "denied")],
  },
  {
    name: "apply-atomic-args",
    spec: changes(
      PODS,
      applies(
        "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'web', command: ['sh', '-c', 'true']}]}}",
      ),
    ),
    requests: [create("pod", "denied")],
  },
  {
    name: "apply-unknown-field",
    spec: changes(CONFIGMAPS, applies("Object{nothing: 'a'}")),
    requests: [create("settings", "denied")],
  },
  {
    name: "apply-wrong-type",
    spec: changes(SHOPS, applies("Object{spec: Object.spec{floors: 'many'}}")),
    requests: [create("shop", "denied")],
  },
  {
    name: "apply-optional-fields",
    spec: changes(
      SHOPS,
      applies(
        "Object{spec: Object.spec{?floors: object.spec.floors > 1 ? optional.of(1) : optional.none(), " +
          "contact: Object.spec.contact{?mail: object.spec.?contact.?phone, phone: '2'}}}",
      ),
    ),
    requests: [create("shop", "changed"), create("shop", "changed", { spec: { floors: 1, contact: null } })],
  },
  {
    name: "apply-preserved",
    spec: changes(SHOPS, applies("Object{spec: Object.spec{extra: Object.spec.extra{a: 1, b: 'two', d: [1, 2]}}}")),
    requests: [create("shop", "changed"), create("shop", "changed", { spec: { extra: { a: 0, c: [1] } } })],
  },
  {
    name: "apply-nothing",
    spec: changes(CONFIGMAPS, applies("Object{}")),
    requests: [create("settings", "unchanged")],
  },
  {
    name: "apply-cluster-wide",
    isClusterWide: true,
    spec: changes(
      on(rule("core", "namespaces"), rule("storage", "storageclasses")),
      applies("Object{metadata: Object.metadata{annotations: {'kind': object.kind}}}"),
    ),
    requests: [create("namespace", "changed"), create("storage", "changed")],
  },
  {
    name: "apply-scale",
    spec: changes(
      on(rule("apps", "deployments/scale", ["UPDATE"])),
      applies("Object{spec: Object.spec{replicas: object.spec.replicas > 5 ? 5 : object.spec.replicas}}"),
    ),
    requests: [
      update("deployment", "denied", { spec: { replicas: 9 } }, { subresource: "scale" }),
      update("deployment", "denied", { spec: { replicas: 4 } }, { subresource: "scale" }),
    ],
  },
  {
    name: "apply-on-update",
    spec: changes(
      on(rule("core", "configmaps", ["UPDATE"])),
      applies("Object{data: {'before': string(oldObject.data.mode), 'operation': request.operation}}"),
    ),
    requests: [create("settings", "unchanged"), update("settings", "changed", { data: { mode: "slow" } })],
  },
];

/** JSON patches. */
const JSON_PATCHES: readonly PolicyRow[] = [
  {
    name: "patch-add",
    spec: changes(
      CONFIGMAPS,
      patches(
        "[JSONPatch{op: 'add', path: '/data/added', value: 'x'}, JSONPatch{op: 'add', path: '/data/mode', value: 'slow'}]",
      ),
    ),
    requests: [create("settings", "changed"), create("settings", "denied", { data: null })],
  },
  {
    name: "patch-remove-replace",
    spec: changes(
      CONFIGMAPS,
      patches(
        "[JSONPatch{op: 'remove', path: '/data/mode'}, JSONPatch{op: 'replace', path: '/data/level', value: '4'}]",
      ),
    ),
    requests: [create("settings", "changed"), create("settings", "denied", { data: { mode: null } })],
  },
  {
    name: "patch-move-copy",
    spec: changes(
      CONFIGMAPS,
      patches(
        "[JSONPatch{op: 'move', from: '/data/mode', path: '/data/moved'}, JSONPatch{op: 'copy', from: '/data/level', path: '/data/copied'}]",
      ),
    ),
    requests: [create("settings", "changed")],
  },
  {
    name: "patch-test",
    spec: changes(
      CONFIGMAPS,
      patches(
        "[JSONPatch{op: 'test', path: '/data/mode', value: 'fast'}, JSONPatch{op: 'replace', path: '/data/mode', value: 'faster'}]",
      ),
    ),
    requests: [create("settings", "changed"), create("settings", "unchanged", { data: { mode: "slow" } })],
  },
  {
    name: "patch-escaped",
    spec: changes(
      SHOPS,
      patches(
        "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example.com/team'), value: 'web'}, " +
          "JSONPatch{op: 'add', path: '/spec/notes/' + jsonpatch.escapeKey('~1/~0'), value: 'odd'}, " +
          "JSONPatch{op: 'add', path: '/metadata/annotations', value: {'example.com/a': 'd'}}]",
      ),
    ),
    requests: [create("shop", "changed", { metadata: { labels: { a: "b" } } }), create("shop", "denied")],
  },
  {
    name: "patch-lists",
    spec: changes(
      PODS,
      patches(
        "[JSONPatch{op: 'add', path: '/spec/containers/0/env/-', value: Object.spec.containers.env{name: 'LAST', value: '1'}}, " +
          "JSONPatch{op: 'add', path: '/spec/containers/0/env/0', value: {'name': 'FIRST', 'value': '0'}}, " +
          "JSONPatch{op: 'remove', path: '/spec/containers/1/securityContext'}]",
      ),
    ),
    requests: [create("pod", "changed")],
  },
  {
    name: "patch-values",
    spec: changes(
      SHOPS,
      patches(
        "[JSONPatch{op: 'add', path: '/spec/extra', value: {'whole': dyn(1), 'deep': dyn({'list': ['a', 'b']})}}, " +
          "JSONPatch{op: 'replace', path: '/spec/open', value: false}, " +
          "JSONPatch{op: 'replace', path: '/spec/hours', value: object.spec.hours.map(h, h + 'h')}, " +
          "JSONPatch{op: 'replace', path: '/spec/floors', value: object.spec.floors * 2}]",
      ),
    ),
    requests: [create("shop", "changed")],
  },
  {
    name: "patch-when",
    spec: changes(
      CONFIGMAPS,
      patches("object.data.mode == 'fast' ? [JSONPatch{op: 'remove', path: '/data/mode'}] : []"),
    ),
    requests: [create("settings", "changed"), create("settings", "unchanged", { data: { mode: "slow" } })],
  },
  {
    name: "patch-bad-path",
    spec: changes(CONFIGMAPS, patches("[JSONPatch{op: 'replace', path: '/data/none/deep', value: 'a'}]")),
    requests: [create("settings", "denied")],
  },
];

/** Conditions, variables, params, failures, order. */
const EVALUATION: readonly PolicyRow[] = [
  {
    name: "mutation-conditions",
    spec: changes(CONFIGMAPS, applies("Object{data: {'level': '9'}}"), {
      matchConditions: conditions(
        "object.data.mode == 'fast'",
        "!has(object.metadata.labels) || !('free' in object.metadata.labels)",
      ),
    }),
    requests: [
      create("settings", "changed"),
      create("settings", "unchanged", { data: { mode: "slow" } }),
      create("settings", "unchanged", { metadata: { labels: { free: "" } } }),
      create("settings", "denied", { data: { mode: null } }),
    ],
  },
  {
    name: "mutation-conditions-ignored",
    spec: changes(CONFIGMAPS, applies("Object{data: {'level': '9'}}"), {
      failurePolicy: "Ignore",
      matchConditions: conditions("object.data.nothing == 'a'"),
    }),
    requests: [create("settings", "unchanged"), create("settings", "changed", { data: { nothing: "a" } })],
  },
  {
    name: "mutation-variables",
    spec: changes(
      DEPLOYMENTS,
      applies("Object{metadata: Object.metadata{annotations: {'images': variables.images.join(' ')}}}"),
      {
        variables: variables({
          containers: "object.spec.template.spec.containers",
          images: "variables.containers.map(c, c.image)",
        }),
      },
    ),
    requests: [create("deployment", "changed")],
  },
  {
    name: "mutation-fails",
    spec: changes(CONFIGMAPS, applies("Object{data: {'level': object.data.nothing}}")),
    requests: [create("settings", "denied"), create("settings", "changed", { data: { nothing: "a" } })],
  },
  {
    name: "mutation-fails-ignored",
    spec: changes(
      CONFIGMAPS,
      applies(
        "Object{data: {'first': '1'}}",
        "Object{data: {'second': object.data.nothing}}",
        "Object{data: {'third': '3'}}",
      ),
      { failurePolicy: "Ignore" },
    ),
    requests: [create("settings", "changed")],
  },
  {
    name: "mutations-in-turn",
    spec: changes(CONFIGMAPS, [
      ...(applies("Object{data: {'count': '1'}}") as readonly Value[]),
      ...(patches(
        "[JSONPatch{op: 'replace', path: '/data/count', value: object.data.count + '2'}]",
      ) as readonly Value[]),
      ...(applies("Object{data: {'count': object.data.count + '3'}}") as readonly Value[]),
    ]),
    requests: [create("settings", "changed")],
  },
  {
    name: "mutation-params",
    params: [settings("wanted", { team: "web", level: "5" })],
    spec: changes(
      CONFIGMAPS,
      applies(
        "Object{metadata: Object.metadata{labels: {'team': params.data.team}}, data: {'level': params.data.level}}",
      ),
      { paramKind: CONFIGMAP_PARAMS },
    ),
    bindings: [{ paramRef: { name: "wanted", parameterNotFoundAction: "Deny" } }],
    requests: [create("settings", "changed")],
  },
  {
    name: "mutation-params-several",
    params: [
      settings("red", { color: "red" }, { of: "colors" }),
      settings("blue", { color: "blue" }, { of: "colors" }),
    ],
    spec: changes(CONFIGMAPS, applies("Object{data: {params.data.color: 'yes'}}"), { paramKind: CONFIGMAP_PARAMS }),
    bindings: [{ paramRef: { selector: { matchLabels: { of: "colors" } }, parameterNotFoundAction: "Deny" } }],
    requests: [create("settings", "changed")],
  },
  {
    name: "mutation-params-missing",
    spec: changes(CONFIGMAPS, applies("Object{}"), { paramKind: CONFIGMAP_PARAMS }),
    bindings: [{ paramRef: { name: "nowhere", parameterNotFoundAction: "Deny" } }],
    requests: [create("settings", "denied")],
  },
  {
    name: "mutation-params-allowed",
    spec: changes(CONFIGMAPS, applies("Object{data: {'level': params.data.level}}"), { paramKind: CONFIGMAP_PARAMS }),
    bindings: [{ paramRef: { name: "nowhere", parameterNotFoundAction: "Allow" } }],
    requests: [create("settings", "unchanged")],
  },
  {
    name: "mutation-bound-apart",
    namespaceLabels: { stage: "prod" },
    spec: changes(
      {
        resourceRules: [rule("core", "configmaps services")],
        excludeResourceRules: [rule("core", "services")],
        namespaceSelector: { matchLabels: { stage: "prod" } },
      },
      applies("Object{metadata: Object.metadata{labels: {'stage': namespaceObject.metadata.labels['stage']}}}"),
    ),
    bindings: [{ matchResources: { objectSelector: { matchLabels: { wanted: "yes" } } } }],
    requests: [
      create("settings", "unchanged"),
      create("settings", "changed", { metadata: { labels: { wanted: "yes" } } }),
      create("service", "unchanged", { metadata: { labels: { wanted: "yes" } } }),
    ],
  },
  {
    // The server runs policies in no fixed order: the first must come to the same wherever it stands.
    name: "mutation-run-again",
    spec: {
      reinvocationPolicy: "IfNeeded",
      matchConstraints: CONFIGMAPS,
      mutations: applies("Object{data: {'saw-more': 'more' in object.data ? 'yes' : 'no'}}"),
    },
    further: { spec: changes(CONFIGMAPS, applies("Object{data: {'more': 'yes'}}")) },
    requests: [create("settings", "changed")],
  },
  {
    name: "mutation-run-again-alone",
    spec: {
      reinvocationPolicy: "IfNeeded",
      matchConstraints: CONFIGMAPS,
      mutations: applies("Object{data: {'mode': object.data.mode + '+'}}"),
    },
    requests: [create("settings", "changed")],
  },
  {
    name: "mutation-run-again-no-more",
    spec: {
      reinvocationPolicy: "IfNeeded",
      matchConstraints: CONFIGMAPS,
      matchConditions: conditions("!object.data.mode.endsWith('+')"),
      mutations: applies("Object{data: {'mode': object.data.mode + '+'}}"),
    },
    requests: [create("settings", "changed")],
  },
];

/** Changes as people make them, over many kinds. */
const PRACTICE: readonly PolicyRow[] = [
  {
    name: "practice-spread",
    isFilledIn: true,
    spec: changes(
      on(rule("apps", "deployments statefulsets daemonsets")),
      applies(
        "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{" +
          "topologySpreadConstraints: [Object.spec.template.spec.topologySpreadConstraints{maxSkew: 1, " +
          "topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway'}], tolerations: " +
          "[Object.spec.template.spec.tolerations{key: 'spot', operator: 'Exists', effect: 'NoSchedule'}]}}}}",
      ),
    ),
    requests: [create("deployment", "denied"), create("stateful", "denied"), create("daemon", "denied")],
  },
  {
    name: "practice-host-aliases",
    spec: changes(
      on(rule("apps", "statefulsets daemonsets")),
      applies(
        "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{" +
          "hostAliases: [Object.spec.template.spec.hostAliases{ip: '10.0.0.1'}], dnsPolicy: 'Default'}}}}",
      ),
    ),
    requests: [create("stateful", "changed"), create("daemon", "changed")],
  },
  {
    name: "practice-schedules",
    spec: changes(
      on(rule("batch", "jobs cronjobs")),
      applies(
        "object.kind == 'Job' ? Object{spec: Object.spec{backoffLimit: 4, ttlSecondsAfterFinished: 60}} : " +
          "Object{spec: Object.spec{concurrencyPolicy: 'Forbid', jobTemplate: Object.spec.jobTemplate{spec: " +
          "Object.spec.jobTemplate.spec{activeDeadlineSeconds: 600}}}}",
      ),
    ),
    requests: [create("job", "changed"), create("cronjob", "changed")],
  },
  {
    // The element of this list is an atomic object.
    name: "practice-pull-secrets",
    spec: changes(
      PODS,
      applies("Object{spec: Object.spec{imagePullSecrets: [Object.spec.imagePullSecrets{name: 'registry'}]}}"),
    ),
    requests: [create("pod", "denied")],
  },
  {
    name: "practice-hosts-as-maps",
    spec: changes(
      on(rule("networking", "ingresses")),
      patches(
        "[JSONPatch{op: 'add', path: '/spec/tls', value: [{'hosts': dyn(object.spec.rules.map(r, r.host)), 'secretName': dyn('tls')}]}]",
      ),
    ),
    requests: [create("ingress", "changed")],
  },
  {
    name: "practice-peers",
    spec: changes(
      on(rule("networking", "networkpolicies")),
      patches(
        "[JSONPatch{op: 'add', path: '/spec/ingress/0/from/-', value: {'namespaceSelector': {'matchLabels': {'a': 'b'}}}}, " +
          "JSONPatch{op: 'add', path: '/spec/policyTypes/-', value: 'Egress'}]",
      ),
    ),
    requests: [create("netpol", "changed"), create("netpol", "denied", { spec: { ingress: null } })],
  },
  {
    name: "practice-quantities",
    spec: changes(
      on(rule("core", "persistentvolumeclaims resourcequotas")),
      applies(
        "has(object.spec.hard) ? Object{spec: Object.spec{hard: {'pods': '20', 'count/jobs.batch': '5'}}} : " +
          "Object{spec: Object.spec{resources: Object.spec.resources{requests: {'storage': '20Gi'}}, storageClassName: 'fast'}}",
      ),
    ),
    requests: [create("claim", "changed"), create("quota", "changed")],
  },
  {
    name: "practice-scaling",
    spec: changes(
      on(rule("autoscaling", "horizontalpodautoscalers"), rule("policy", "poddisruptionbudgets")),
      applies(
        "object.kind == 'PodDisruptionBudget' ? Object{spec: Object.spec{minAvailable: '50%'}} : " +
          "Object{spec: Object.spec{minReplicas: object.spec.maxReplicas / 10}}",
      ),
    ),
    requests: [create("scaler", "changed"), create("budget", "changed")],
  },
  {
    name: "practice-accounts",
    spec: changes(
      on(rule("core", "serviceaccounts"), rule("rbac", "rolebindings roles"), rule("coordination", "leases")),
      patches(
        "object.kind == 'ServiceAccount' ? [JSONPatch{op: 'replace', path: '/automountServiceAccountToken', value: true}] : " +
          "object.kind == 'RoleBinding' ? [JSONPatch{op: 'replace', path: '/subjects/0/name', value: request.userInfo.username + '-2'}] : " +
          "object.kind == 'Role' ? [JSONPatch{op: 'remove', path: '/rules/0/verbs/1'}] : " +
          "[JSONPatch{op: 'test', path: '/spec/leaseDurationSeconds', value: 15}, JSONPatch{op: 'remove', path: '/spec/leaseDurationSeconds'}]",
      ),
    ),
    requests: [
      create("account", "changed"),
      create("rolebinding", "changed"),
      create("role", "changed"),
      create("lease", "changed"),
    ],
  },
  {
    name: "practice-ports",
    spec: changes(
      on(rule("core", "services")),
      patches(
        "[JSONPatch{op: 'replace', path: '/spec/ports/1/targetPort', value: 9091}, JSONPatch{op: 'replace', path: '/spec/ports/0/targetPort', value: 'http'}, " +
          "JSONPatch{op: 'add', path: '/spec/ports/-', value: Object.spec.ports{name: 'more', port: 7070, protocol: 'TCP', targetPort: 7070}}]",
      ),
    ),
    requests: [create("service", "changed")],
  },
  {
    name: "practice-replicas-of-controller",
    spec: changes(
      on(rule("core", "replicationcontrollers")),
      applies(
        "Object{spec: Object.spec{replicas: object.spec.replicas * 2, selector: Object.spec.selector{tier: 'front'}}}",
      ),
    ),
    requests: [create("controller", "denied")],
  },
  {
    name: "practice-other-version",
    spec: changes(SHOPS, applies("Object{spec: Object.spec{floors: object.spec.floors + 1}}")),
    requests: [create("shop", "changed", {}, { version: "v1beta1" })],
  },
  {
    name: "practice-status",
    spec: changes(
      on(rule("shops", "shops/status", ["UPDATE"])),
      applies("Object{status: Object.status{visitors: object.status.visitors + 1}}"),
    ),
    requests: [update("shop", "changed", { status: { visitors: 7 } }, { subresource: "status" })],
  },
  {
    name: "practice-rights",
    spec: changes(CONFIGMAPS, applies("Object{data: {'may': string(variables.may)}}"), {
      variables: variables({
        may: "authorizer.serviceAccount('default', 'nobody').group('').resource('pods').check('get').allowed()",
      }),
    }),
    requests: [create("settings", "changed")],
  },
  {
    name: "practice-twice-the-same",
    spec: changes(
      PODS,
      applies(
        "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'web', image: 'a'}, Object.spec.containers{name: 'web', image: 'b'}]}}",
      ),
    ),
    requests: [create("pod", "denied")],
  },
  {
    name: "practice-wrong-number",
    spec: changes(DEPLOYMENTS, applies("Object{spec: Object.spec{replicas: 'three'}}")),
    requests: [create("deployment", "denied")],
  },
  {
    name: "practice-patch-wrong-type",
    spec: changes(DEPLOYMENTS, patches("[JSONPatch{op: 'replace', path: '/spec/replicas', value: 'three'}]")),
    requests: [create("deployment", "denied")],
  },
  {
    name: "practice-patch-unknown",
    spec: changes(DEPLOYMENTS, patches("[JSONPatch{op: 'add', path: '/spec/nothing', value: 'here'}]")),
    requests: [create("deployment", "denied")],
  },
  {
    name: "practice-misplaced",
    spec: changes(DEPLOYMENTS, applies("Object{spec: Object.metadata{labels: {'a': 'b'}}}")),
    requests: [create("deployment", "denied")],
  },
  {
    name: "practice-empty",
    spec: changes(
      on(rule("core", "configmaps"), rule("apps", "deployments")),
      patches(
        "[JSONPatch{op: 'add', path: '/metadata/annotations', value: {}}, JSONPatch{op: 'add', path: '/metadata/finalizers', value: []}]",
      ),
    ),
    requests: [create("settings", "unchanged"), create("deployment", "unchanged")],
  },
  {
    name: "practice-false",
    spec: changes(DEPLOYMENTS, applies("Object{spec: Object.spec{paused: false, minReadySeconds: 0}}")),
    requests: [create("deployment", "unchanged")],
    differs: {
      why: "the server leaves out what is false or 0 when it reads the object into its own types",
      amap: { 0: { object: { spec: { minReadySeconds: 0, paused: false } } } },
    },
  },
  {
    name: "practice-object-selector",
    spec: changes(
      {
        ...on(rule("core", "configmaps secrets", ["CREATE", "UPDATE"])),
        objectSelector: { matchExpressions: [{ key: "mark", operator: "Exists" }] },
      },
      patches("[JSONPatch{op: 'remove', path: '/metadata/labels/mark'}]"),
    ),
    requests: [
      create("settings", "changed", { metadata: { labels: { mark: "a", other: "b" } } }),
      create("secret", "unchanged"),
      update("secret", "changed", { metadata: { labels: { mark: "a" } } }),
    ],
  },
];

export const MUTATING_ROWS: readonly PolicyRow[] = [...CONFIGURATIONS, ...JSON_PATCHES, ...EVALUATION, ...PRACTICE];
