/** One example for each chapter of the reference of kinds, by kind. A test decodes them all. */
export const KIND_EXAMPLES: Readonly<Record<string, string>> = {
  ClusterPolicy: `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: require-owner
spec:
  rules:
    - name: owner-label
      match:
        any:
          - resources:
              kinds: [Pod]
      exclude:
        any:
          - resources:
              namespaces: [kube-system]
      validate:
        failureAction: Enforce
        message: "{{ request.object.metadata.name }} needs a label owner."
        pattern:
          metadata:
            labels:
              owner: "?*"`,
  PolicyException: `apiVersion: kyverno.io/v2
kind: PolicyException
metadata:
  name: old-shop
  namespace: shop
spec:
  match:
    any:
      - resources:
          kinds: [Pod]
          names: [old-shop-*]
  exceptions:
    - policyName: require-owner
      ruleNames: [owner-label, autogen-*]`,
  CleanupPolicy: `apiVersion: kyverno.io/v2
kind: CleanupPolicy
metadata:
  name: finished-trials
  namespace: trials
spec:
  schedule: "0 3 * * *"
  match:
    any:
      - resources:
          kinds: [Pod]
  conditions:
    all:
      - key: "{{ target.status.phase }}"
        operator: Equals
        value: Succeeded`,
  GlobalContextEntry: `apiVersion: kyverno.io/v2
kind: GlobalContextEntry
metadata:
  name: deployments
spec:
  kubernetesResource:
    group: apps
    version: v1
    resource: deployments
    namespace: shop
  projections:
    - name: names
      jmesPath: "[].metadata.name"`,
  Test: `apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata:
  name: require-owner
policies: [policy.yaml]
resources: [pods.yaml]
variables: values.yaml
results:
  - policy: require-owner
    rule: owner-label
    kind: Pod
    resources: [web]
    result: pass
  - policy: require-owner
    rule: owner-label
    kind: Pod
    resources: [nobodys]
    result: fail`,
  Values: `apiVersion: cli.kyverno.io/v1alpha1
kind: Values
metadata:
  name: values
globalValues:
  request.operation: UPDATE
namespaceSelector:
  - name: shop
    labels:
      stage: production
policies:
  - name: require-owner
    rules:
      - name: owner-label
        values:
          limits.data.owner: ann
    resources:
      - name: web
        values:
          request.operation: CREATE`,
  UserInfo: `apiVersion: cli.kyverno.io/v1alpha1
kind: UserInfo
metadata:
  name: ann
roles: ["shop:admin"]
clusterRoles: [view]
userInfo:
  username: ann
  groups: [developers]`,
  Context: `apiVersion: cli.kyverno.io/v1alpha1
kind: Context
metadata:
  name: outside
spec:
  resources:
    - apiVersion: v1
      kind: ConfigMap
      metadata: { name: owners, namespace: shop }
      data: { web: ann }
  images:
    - image: registry.example/web:1
      resolvedImage: registry.example/web@sha256:0000000000000000000000000000000000000000000000000000000000000000
      config: { config: { User: "1000" } }`,
  ClusterResource: `apiVersion: cli.kyverno.io/v1alpha1
kind: ClusterResource
metadata:
  name: cluster
spec:
  crds: [crds.yaml]
  resources:
    - apiVersion: v1
      kind: Namespace
      metadata: { name: shop }`,
};
