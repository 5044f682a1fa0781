/** Documents of kyverno.io's kinds that amap accepts, each with a twin in which one field is misspelt. */

/** One document, and how its twin differs. */
export interface KindRow {
  readonly name: string;
  readonly document: string;
  /** What is written in place of what, for the twin. */
  readonly misspelt: readonly [right: string, wrong: string];
}

const head = (version: string, kind: string, name: string): string =>
  `apiVersion: kyverno.io/${version}\nkind: ${kind}\nmetadata: { name: ${name} }\n`;

const PODS = "match: { any: [{ resources: { kinds: [Pod] } }] }";

export const ROWS: readonly KindRow[] = [
  {
    name: "a pattern, in v1",
    document: `${head("v1", "ClusterPolicy", "pattern")}spec:
  background: false
  webhookConfiguration: { failurePolicy: Ignore, timeoutSeconds: 5 }
  rules:
    - name: labels
      ${PODS}
      validate:
        failureAction: Enforce
        message: "{{ request.object.metadata.name }} has no owner"
        pattern: { metadata: { labels: { owner: "?*" } }, spec: { =(volumes): [{ X(hostPath): null }] } }
`,
    misspelt: ["pattern:", "patern:"],
  },
  {
    name: "the older forms: fields at the policy, filters without any and all",
    document: `${head("v1", "ClusterPolicy", "older")}spec:
  background: false
  validationFailureAction: enforce
  failurePolicy: Fail
  validationFailureActionOverrides: [{ action: Audit, namespaces: [test-*] }]
  rules:
    - name: labels
      match: { resources: { kinds: [Pod], name: web }, roles: [shop:admin] }
      exclude: { clusterRoles: [cluster-admin], subjects: [{ kind: User, name: ann }] }
      validate: { anyPattern: [{ metadata: { name: a } }, { metadata: { name: b } }] }
`,
    misspelt: ["clusterRoles:", "clusterRole:"],
  },
  {
    name: "conditions in both forms and in any case",
    document: `${head("v1", "ClusterPolicy", "conditions")}spec:
  rules:
    - name: list
      ${PODS}
      preconditions: [{ key: "{{ request.operation }}", operator: Equals, value: CREATE }]
      validate: { deny: { conditions: { ANY: [{ Key: 1, operator: GreaterThan, value: 0, message: m }] } } }
    - name: loop
      ${PODS}
      preconditions: { all: [{ key: "{{ request.operation }}", operator: AnyIn, value: [CREATE, UPDATE] }] }
      validate:
        foreach:
          - list: request.object.spec.containers
            preconditions: { ALL: [{ KEY: "{{ element.name }}", operator: NotEquals, value: [x] }] }
            elementScope: true
            foreach: [{ list: element.ports, deny: { conditions: { any: [] } } }]
`,
    misspelt: ["elementScope:", "elementScop:"],
  },
  {
    name: "contexts of every sort",
    document: `${head("v1", "ClusterPolicy", "contexts")}spec:
  rules:
    - name: all
      ${PODS}
      context:
        - { name: map, configMap: { name: settings, namespace: shop } }
        - name: call
          apiCall: { urlPath: /api/v1/pods, method: POST, data: [{ key: a, value: { b: [1, two] } }], default: [] }
        - name: service
          apiCall: { service: { url: "https://a.example", headers: [{ key: k, value: v }] }, jmesPath: items }
        - { name: image, imageRegistry: { reference: "a:1", imageRegistryCredentials: { providers: [amazon] } } }
        - { name: value, variable: { value: { any: [thing] }, jmesPath: any, default: 1 } }
        - { name: global, globalReference: { name: pods } }
      validate: { deny: {} }
`,
    misspelt: ["jmesPath: items", "jmespath: items"],
  },
  {
    name: "CEL with parameters",
    document: `${head("v1", "ClusterPolicy", "cel")}spec:
  rules:
    - name: cel
      match:
        any: [{ resources: { kinds: [apps/v1/Deployment], operations: [CREATE], selector: { matchLabels: { a: b } } } }]
      celPreconditions: [{ name: named, expression: "object.metadata.name != ''" }]
      validate:
        cel:
          generate: true
          paramKind: { apiVersion: v1, kind: ConfigMap }
          paramRef: { name: limits, namespace: shop, parameterNotFoundAction: Deny }
          variables: [{ name: replicas, expression: object.spec.replicas }]
          expressions: [{ expression: variables.replicas <= 3, message: too many }]
`,
    misspelt: ["parameterNotFoundAction:", "paramNotFoundAction:"],
  },
  {
    name: "pod security, in v2beta1",
    document: `${head("v2beta1", "ClusterPolicy", "pod-security")}spec:
  rules:
    - name: baseline
      ${PODS}
      validate:
        allowExistingViolations: false
        podSecurity:
          level: baseline
          version: v1.29
          exclude:
            - { controlName: Capabilities, images: ["*/agent:*"], restrictedField: "spec.containers[*].securityContext.capabilities.add", values: [NET_ADMIN] }
`,
    misspelt: ["restrictedField:", "restrictedFields:"],
  },
  {
    name: "mutation of targets, in a loop and by operations",
    document: `${head("v1", "ClusterPolicy", "mutate")}spec:
  applyRules: One
  rules:
    - name: merge
      ${PODS}
      mutate: { patchStrategicMerge: { metadata: { labels: { +(a): b } } } }
    - name: operations
      ${PODS}
      mutate: { patchesJson6902: "[{op: add, path: /metadata/labels/a, value: b}]" }
    - name: loop
      ${PODS}
      mutate:
        foreach:
          - { list: "request.object.spec.containers[]", order: Descending, patchStrategicMerge: { spec: {} } }
    - name: targets
      match: { any: [{ resources: { kinds: [ConfigMap], names: [source] } }] }
      mutate:
        mutateExistingOnPolicyUpdate: false
        targets: [{ apiVersion: v1, kind: Secret, name: copy, namespace: shop }]
        patchStrategicMerge: { metadata: { labels: { fresh: "yes" } } }
`,
    misspelt: ["order: Descending", "oder: Descending"],
  },
  {
    name: "generation of data, of a copy and of several",
    document: `${head("v1", "ClusterPolicy", "generate")}spec:
  useServerSideApply: true
  rules:
    - name: data
      match: { any: [{ resources: { kinds: [Namespace] } }] }
      generate:
        synchronize: true
        apiVersion: v1
        kind: ConfigMap
        name: defaults
        namespace: "{{ request.object.metadata.name }}"
        data: { data: { a: "1" } }
    - name: copy
      match: { any: [{ resources: { kinds: [Namespace] } }] }
      generate:
        apiVersion: v1
        kind: Secret
        name: pull
        namespace: "{{ request.object.metadata.name }}"
        clone: { name: pull, namespace: default }
`,
    misspelt: ["synchronize:", "synchronise:"],
  },
  {
    name: "image verification with nested attestors",
    document: `${head("v1", "ClusterPolicy", "images")}spec:
  webhookTimeoutSeconds: 30
  rules:
    - name: signed
      match: { any: [{ resources: { kinds: [Task] } }] }
      imageExtractors: { Task: [{ path: /spec/steps/*/image, name: main }] }
      verifyImages:
        - imageReferences: ["ghcr.io/*"]
          type: Cosign
          attestors:
            - count: 1
              entries:
                - keys: { publicKeys: "k8s://shop/key", rekor: { ignoreTlog: true } }
                - attestor: { entries: [{ keyless: { issuer: "https://i", subject: "s*", rekor: { url: "https://r" } } }] }
          attestations:
            - type: https://slsa.dev/provenance/v1
              attestors: [{ entries: [{ certificates: { cert: c } }] }]
              conditions: [{ all: [{ key: "{{ builder.id }}", operator: Equals, value: b }] }]
          mutateDigest: false
`,
    misspelt: ["ignoreTlog:", "ignoreTLog:"],
  },
  {
    name: "a Policy of a namespace",
    document: `${head("v1", "Policy", "namespaced")}spec:
  admission: true
  rules:
    - name: names
      match: { all: [{ resources: { kinds: [Pod, "*/*/Deployment"], namespaceSelector: { matchExpressions: [{ key: a, operator: Exists }] } } }] }
      reportProperties: { owner: shop }
      validate: { deny: { conditions: [] } }
`,
    misspelt: ["reportProperties:", "reportProperty:"],
  },
  {
    name: "a PolicyException",
    document: `${head("v2", "PolicyException", "exception")}spec:
  background: false
  ${PODS}
  conditions: { any: [{ key: a, operator: Equals, value: a }] }
  exceptions: [{ policyName: pattern, ruleNames: ["lab*"] }]
  podSecurity: [{ controlName: Sysctls, values: [net.core.somaxconn] }]
`,
    misspelt: ["ruleNames:", "rulenames:"],
  },
  {
    name: "the same in v2beta1",
    document: `${head("v2beta1", "PolicyException", "older")}spec:\n  ${PODS}\n  exceptions: [{ policyName: p, ruleNames: [r] }]\n`,
    misspelt: ["spec:\n", "extra: 1\nspec:\n"],
  },
  {
    name: "a CleanupPolicy",
    document: `${head("v2", "CleanupPolicy", "cleanup")}spec:
  schedule: "*/5 * * * *"
  ${PODS}
  context: [{ name: limit, variable: { value: 3 } }]
  conditions: { all: [{ key: "{{ target.metadata.name }}", operator: Equals, value: "tmp-*" }] }
  deletionPropagationPolicy: Orphan
`,
    misspelt: ["deletionPropagationPolicy:", "deletionPolicy:"],
  },
  {
    name: "a ClusterCleanupPolicy in v2beta1",
    document: `${head("v2beta1", "ClusterCleanupPolicy", "cleanup")}spec:\n  schedule: "0 1 * * *"\n  match: { all: [{ resources: { kinds: [Namespace] } }] }\n  exclude: { any: [{ resources: { names: [kube-*] } }] }\n`,
    misspelt: ["schedule:", "scedule: x\n  schedule:"],
  },
  {
    name: "a GlobalContextEntry of objects",
    document: `${head("v2", "GlobalContextEntry", "pods")}spec:
  kubernetesResource: { version: v1, resource: pods }
  projections: [{ name: names, jmesPath: "[].metadata.name" }]
`,
    misspelt: ["projections:", "projection:"],
  },
  {
    name: "a GlobalContextEntry of a call, in v2alpha1",
    document: `${head("v2alpha1", "GlobalContextEntry", "call")}spec:\n  apiCall: { urlPath: /api/v1/namespaces, refreshInterval: 30s, retryLimit: 2 }\n`,
    misspelt: ["retryLimit:", "retries:"],
  },
];
