/** One example for each chapter of the reference of CEL kinds, by the chapter's first kind. A test decodes them all. */
export const CEL_KIND_EXAMPLES: Readonly<Record<string, string>> = {
  ValidatingPolicy: `apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata:
  name: require-owner
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [apps]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [deployments]
  matchConditions:
    - name: not-ours
      expression: object.metadata.namespace != "kube-system"
  variables:
    - name: labels
      expression: object.metadata.?labels.orValue({})
  validationActions: [Deny]
  validations:
    - expression: '"owner" in variables.labels'
      messageExpression: object.metadata.name + " needs a label owner"`,
  MutatingPolicy: `apiVersion: policies.kyverno.io/v1
kind: MutatingPolicy
metadata:
  name: add-owner
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE]
        resources: [pods]
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: 'Object{metadata: Object.metadata{labels: Object.metadata.labels{owner: "nobody"}}}'`,
  GeneratingPolicy: `apiVersion: policies.kyverno.io/v1
kind: GeneratingPolicy
metadata:
  name: default-deny
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE]
        resources: [namespaces]
  generate:
    - template:
        interpolate: cel
        value: |
          apiVersion: networking.k8s.io/v1
          kind: NetworkPolicy
          metadata:
            name: default-deny
            namespace: (( object.metadata.name ))
          spec:
            podSelector: {}
            policyTypes: [Ingress, Egress]
  evaluation:
    synchronize:
      enabled: true`,
  DeletingPolicy: `apiVersion: policies.kyverno.io/v1
kind: DeletingPolicy
metadata:
  name: old-jobs
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [batch]
        apiVersions: [v1]
        resources: [jobs]
  conditions:
    - name: finished
      expression: has(object.status) && has(object.status.completionTime)
  schedule: "0 3 * * *"
  deletionPropagationPolicy: Background`,
  NamespacedImageValidatingPolicy: `apiVersion: policies.kyverno.io/v1
kind: ImageValidatingPolicy
metadata:
  name: signed
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE]
        resources: [pods]
  matchImageReferences:
    - glob: registry.example/*
  attestors:
    - name: release
      cosign:
        key:
          data: |
            -----BEGIN PUBLIC KEY-----
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEexample
            -----END PUBLIC KEY-----
        ctlog:
          insecureIgnoreTlog: true
  validations:
    - expression: images.containers.all(image, verifyImageSignatures(image, [attestors.release]) > 0)
      message: the image is not signed by the release key`,
  PolicyException: `apiVersion: policies.kyverno.io/v1
kind: PolicyException
metadata:
  name: old-shop
  namespace: shop
spec:
  policyRefs:
    - name: require-owner
      kind: ValidatingPolicy
  matchConditions:
    - name: old
      expression: object.metadata.name.startsWith("old-")
  reportResult: skip
  expiresAt: "2027-01-01T00:00:00Z"`,
  ValidatingAdmissionPolicy: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: replica-limit
spec:
  paramKind:
    apiVersion: v1
    kind: ConfigMap
  matchConstraints:
    resourceRules:
      - apiGroups: [apps]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [deployments]
  validations:
    - expression: object.spec.replicas <= int(params.data.replicas)
      message: too many replicas
      reason: Invalid`,
  ValidatingAdmissionPolicyBinding: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: replica-limit-shop
spec:
  policyName: replica-limit
  validationActions: [Deny]
  paramRef:
    name: limits
    namespace: shop
    parameterNotFoundAction: Deny
  matchResources:
    namespaceSelector:
      matchLabels:
        stage: production`,
  MutatingAdmissionPolicy: `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: add-owner
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE]
        resources: [pods]
  reinvocationPolicy: Never
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: '[JSONPatch{op: "add", path: "/metadata/labels", value: {"owner": "nobody"}}]'`,
  MutatingAdmissionPolicyBinding: `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata:
  name: add-owner
spec:
  policyName: add-owner`,
};
