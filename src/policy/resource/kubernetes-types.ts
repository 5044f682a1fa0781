// Written by tools/schemas/main.ts from a running API server; do not edit.

/** The Kubernetes version that the tables were read from. */
export const KUBERNETES_VERSION = "1.36.3";

/**
 * A group version a paragraph, then a kind a line: kind, plural, scope, definition (`-` without one), subresources;
 * one that is another kind than its resource names it after a colon.
 */
export const KIND_LINES = `
admissionregistration.k8s.io/v1
  MutatingAdmissionPolicy mutatingadmissionpolicies Cluster admissionregistration.v1.MutatingAdmissionPolicy
  MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings Cluster admissionregistration.v1.MutatingAdmissionPolicyBinding
  MutatingWebhookConfiguration mutatingwebhookconfigurations Cluster admissionregistration.v1.MutatingWebhookConfiguration
  ValidatingAdmissionPolicy validatingadmissionpolicies Cluster admissionregistration.v1.ValidatingAdmissionPolicy status
  ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings Cluster admissionregistration.v1.ValidatingAdmissionPolicyBinding
  ValidatingWebhookConfiguration validatingwebhookconfigurations Cluster admissionregistration.v1.ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1alpha1
  MutatingAdmissionPolicy mutatingadmissionpolicies Cluster admissionregistration.v1alpha1.MutatingAdmissionPolicy
  MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings Cluster admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1
  MutatingAdmissionPolicy mutatingadmissionpolicies Cluster admissionregistration.v1beta1.MutatingAdmissionPolicy
  MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings Cluster admissionregistration.v1beta1.MutatingAdmissionPolicyBinding
apiextensions.k8s.io/v1
  CustomResourceDefinition customresourcedefinitions Cluster apiextensions.v1.CustomResourceDefinition status
apiregistration.k8s.io/v1
  APIService apiservices Cluster apiregistration.v1.APIService status
apps/v1
  ControllerRevision controllerrevisions Namespaced apps.v1.ControllerRevision
  DaemonSet daemonsets Namespaced apps.v1.DaemonSet status
  Deployment deployments Namespaced apps.v1.Deployment scale:autoscaling/v1/Scale status
  ReplicaSet replicasets Namespaced apps.v1.ReplicaSet scale:autoscaling/v1/Scale status
  StatefulSet statefulsets Namespaced apps.v1.StatefulSet scale:autoscaling/v1/Scale status
authentication.k8s.io/v1
  SelfSubjectReview selfsubjectreviews Cluster authentication.v1.SelfSubjectReview
  TokenReview tokenreviews Cluster authentication.v1.TokenReview
authorization.k8s.io/v1
  LocalSubjectAccessReview localsubjectaccessreviews Namespaced authorization.v1.LocalSubjectAccessReview
  SelfSubjectAccessReview selfsubjectaccessreviews Cluster authorization.v1.SelfSubjectAccessReview
  SelfSubjectRulesReview selfsubjectrulesreviews Cluster authorization.v1.SelfSubjectRulesReview
  SubjectAccessReview subjectaccessreviews Cluster authorization.v1.SubjectAccessReview
autoscaling/v1
  HorizontalPodAutoscaler horizontalpodautoscalers Namespaced autoscaling.v1.HorizontalPodAutoscaler status
autoscaling/v2
  HorizontalPodAutoscaler horizontalpodautoscalers Namespaced autoscaling.v2.HorizontalPodAutoscaler status
batch/v1
  CronJob cronjobs Namespaced batch.v1.CronJob status
  Job jobs Namespaced batch.v1.Job status
certificates.k8s.io/v1
  CertificateSigningRequest certificatesigningrequests Cluster certificates.v1.CertificateSigningRequest approval status
coordination.k8s.io/v1
  Lease leases Namespaced coordination.v1.Lease
coordination.k8s.io/v1alpha2
  LeaseCandidate leasecandidates Namespaced coordination.v1alpha2.LeaseCandidate
coordination.k8s.io/v1beta1
  LeaseCandidate leasecandidates Namespaced coordination.v1beta1.LeaseCandidate
discovery.k8s.io/v1
  EndpointSlice endpointslices Namespaced discovery.v1.EndpointSlice
events.k8s.io/v1
  Event events Namespaced events.v1.Event
flowcontrol.apiserver.k8s.io/v1
  FlowSchema flowschemas Cluster flowcontrol.v1.FlowSchema status
  PriorityLevelConfiguration prioritylevelconfigurations Cluster flowcontrol.v1.PriorityLevelConfiguration status
internal.apiserver.k8s.io/v1alpha1
  StorageVersion storageversions Cluster apiserverinternal.v1alpha1.StorageVersion status
networking.k8s.io/v1
  IngressClass ingressclasses Cluster networking.v1.IngressClass
  Ingress ingresses Namespaced networking.v1.Ingress status
  IPAddress ipaddresses Cluster networking.v1.IPAddress
  NetworkPolicy networkpolicies Namespaced networking.v1.NetworkPolicy
  ServiceCIDR servicecidrs Cluster networking.v1.ServiceCIDR status
networking.k8s.io/v1beta1
  IPAddress ipaddresses Cluster networking.v1beta1.IPAddress
  ServiceCIDR servicecidrs Cluster networking.v1beta1.ServiceCIDR status
node.k8s.io/v1
  RuntimeClass runtimeclasses Cluster node.v1.RuntimeClass
policy/v1
  PodDisruptionBudget poddisruptionbudgets Namespaced policy.v1.PodDisruptionBudget status
rbac.authorization.k8s.io/v1
  ClusterRoleBinding clusterrolebindings Cluster rbac.v1.ClusterRoleBinding
  ClusterRole clusterroles Cluster rbac.v1.ClusterRole
  RoleBinding rolebindings Namespaced rbac.v1.RoleBinding
  Role roles Namespaced rbac.v1.Role
resource.k8s.io/v1
  DeviceClass deviceclasses Cluster resource.v1.DeviceClass
  ResourceClaim resourceclaims Namespaced resource.v1.ResourceClaim status
  ResourceClaimTemplate resourceclaimtemplates Namespaced resource.v1.ResourceClaimTemplate
  ResourceSlice resourceslices Cluster resource.v1.ResourceSlice
resource.k8s.io/v1alpha3
  DeviceTaintRule devicetaintrules Cluster resource.v1alpha3.DeviceTaintRule status
  ResourcePoolStatusRequest resourcepoolstatusrequests Cluster resource.v1alpha3.ResourcePoolStatusRequest status
resource.k8s.io/v1beta1
  DeviceClass deviceclasses Cluster resource.v1beta1.DeviceClass
  ResourceClaim resourceclaims Namespaced resource.v1beta1.ResourceClaim status
  ResourceClaimTemplate resourceclaimtemplates Namespaced resource.v1beta1.ResourceClaimTemplate
  ResourceSlice resourceslices Cluster resource.v1beta1.ResourceSlice
resource.k8s.io/v1beta2
  DeviceClass deviceclasses Cluster resource.v1beta2.DeviceClass
  DeviceTaintRule devicetaintrules Cluster resource.v1beta2.DeviceTaintRule status
  ResourceClaim resourceclaims Namespaced resource.v1beta2.ResourceClaim status
  ResourceClaimTemplate resourceclaimtemplates Namespaced resource.v1beta2.ResourceClaimTemplate
  ResourceSlice resourceslices Cluster resource.v1beta2.ResourceSlice
scheduling.k8s.io/v1
  PriorityClass priorityclasses Cluster scheduling.v1.PriorityClass
storage.k8s.io/v1
  CSIDriver csidrivers Cluster storage.v1.CSIDriver
  CSINode csinodes Cluster storage.v1.CSINode
  CSIStorageCapacity csistoragecapacities Namespaced storage.v1.CSIStorageCapacity
  StorageClass storageclasses Cluster storage.v1.StorageClass
  VolumeAttachment volumeattachments Cluster storage.v1.VolumeAttachment status
  VolumeAttributesClass volumeattributesclasses Cluster storage.v1.VolumeAttributesClass
storage.k8s.io/v1beta1
  VolumeAttributesClass volumeattributesclasses Cluster storage.v1beta1.VolumeAttributesClass
v1
  Binding bindings Namespaced core.v1.Binding
  ComponentStatus componentstatuses Cluster core.v1.ComponentStatus
  ConfigMap configmaps Namespaced core.v1.ConfigMap
  Endpoints endpoints Namespaced core.v1.Endpoints
  Event events Namespaced core.v1.Event
  LimitRange limitranges Namespaced core.v1.LimitRange
  Namespace namespaces Cluster core.v1.Namespace finalize status
  Node nodes Cluster core.v1.Node proxy:v1/NodeProxyOptions status
  PersistentVolumeClaim persistentvolumeclaims Namespaced core.v1.PersistentVolumeClaim status
  PersistentVolume persistentvolumes Cluster core.v1.PersistentVolume status
  Pod pods Namespaced core.v1.Pod attach:v1/PodAttachOptions binding:v1/Binding ephemeralcontainers eviction:policy/v1/Eviction exec:v1/PodExecOptions log portforward:v1/PodPortForwardOptions proxy:v1/PodProxyOptions resize status
  PodTemplate podtemplates Namespaced core.v1.PodTemplate
  ReplicationController replicationcontrollers Namespaced core.v1.ReplicationController scale:autoscaling/v1/Scale status
  ResourceQuota resourcequotas Namespaced core.v1.ResourceQuota status
  Secret secrets Namespaced core.v1.Secret
  ServiceAccount serviceaccounts Namespaced core.v1.ServiceAccount token:authentication.k8s.io/v1/TokenRequest
  Service services Namespaced core.v1.Service proxy:v1/ServiceProxyOptions status
`;

/**
 * A definition a line: name and fields; kubernetes-fields.ts reads them. A type is a letter, a definition, `{T}` a
 * map, `[T]type(keys)` a list with its x-kubernetes-list-type, after a plus its keys in a strategic merge. Letters:
 * none string, i int32, l int64, n double, b boolean, t date-time, y byte, x int-or-string, q quantity, o an
 * object of any members, a anything. `@atomic` is an x-kubernetes-map-type, `!` a required field, `=TCP` the default
 * of a field by which elements of a list are told apart.
 */
export const DEFINITION_LINES = `
admissionregistration.v1.ApplyConfiguration expression
admissionregistration.v1.AuditAnnotation key! valueExpression!
admissionregistration.v1.ExpressionWarning fieldRef! warning!
admissionregistration.v1.JSONPatch expression
admissionregistration.v1.MatchCondition expression! name!=
admissionregistration.v1.MatchResources@atomic excludeResourceRules[admissionregistration.v1.NamedRuleWithOperations]atomic matchPolicy namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector resourceRules[admissionregistration.v1.NamedRuleWithOperations]atomic
admissionregistration.v1.MutatingAdmissionPolicy apiVersion kind metadata:meta.v1.ObjectMeta spec:admissionregistration.v1.MutatingAdmissionPolicySpec
admissionregistration.v1.MutatingAdmissionPolicyBinding apiVersion kind metadata:meta.v1.ObjectMeta spec:admissionregistration.v1.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1.MutatingAdmissionPolicyBindingSpec matchResources:admissionregistration.v1.MatchResources paramRef:admissionregistration.v1.ParamRef policyName
admissionregistration.v1.MutatingAdmissionPolicySpec failurePolicy matchConditions[admissionregistration.v1.MatchCondition]map(name)+name matchConstraints:admissionregistration.v1.MatchResources mutations[admissionregistration.v1.Mutation]atomic paramKind:admissionregistration.v1.ParamKind reinvocationPolicy variables[admissionregistration.v1.Variable]atomic
admissionregistration.v1.MutatingWebhook admissionReviewVersions[]atomic! clientConfig:admissionregistration.v1.WebhookClientConfig! failurePolicy matchConditions[admissionregistration.v1.MatchCondition]map(name)+name matchPolicy name!= namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector reinvocationPolicy rules[admissionregistration.v1.RuleWithOperations]atomic sideEffects! timeoutSeconds:i
admissionregistration.v1.MutatingWebhookConfiguration apiVersion kind metadata:meta.v1.ObjectMeta webhooks[admissionregistration.v1.MutatingWebhook]map(name)+name
admissionregistration.v1.Mutation applyConfiguration:admissionregistration.v1.ApplyConfiguration jsonPatch:admissionregistration.v1.JSONPatch patchType!
admissionregistration.v1.NamedRuleWithOperations@atomic apiGroups[]atomic apiVersions[]atomic operations[]atomic resourceNames[]atomic resources[]atomic scope
admissionregistration.v1.ParamKind@atomic apiVersion kind
admissionregistration.v1.ParamRef@atomic name namespace parameterNotFoundAction selector:meta.v1.LabelSelector
admissionregistration.v1.RuleWithOperations apiGroups[]atomic apiVersions[]atomic operations[]atomic resources[]atomic scope
admissionregistration.v1.ServiceReference name! namespace! path port:i
admissionregistration.v1.TypeChecking expressionWarnings[admissionregistration.v1.ExpressionWarning]atomic
admissionregistration.v1.ValidatingAdmissionPolicy apiVersion kind metadata:meta.v1.ObjectMeta spec:admissionregistration.v1.ValidatingAdmissionPolicySpec status:admissionregistration.v1.ValidatingAdmissionPolicyStatus
admissionregistration.v1.ValidatingAdmissionPolicyBinding apiVersion kind metadata:meta.v1.ObjectMeta spec:admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec!
admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec matchResources:admissionregistration.v1.MatchResources paramRef:admissionregistration.v1.ParamRef policyName! validationActions[]set!
admissionregistration.v1.ValidatingAdmissionPolicySpec auditAnnotations[admissionregistration.v1.AuditAnnotation]atomic failurePolicy matchConditions[admissionregistration.v1.MatchCondition]map(name)+name matchConstraints:admissionregistration.v1.MatchResources paramKind:admissionregistration.v1.ParamKind validations[admissionregistration.v1.Validation]atomic variables[admissionregistration.v1.Variable]map(name)+name
admissionregistration.v1.ValidatingAdmissionPolicyStatus conditions[meta.v1.Condition]map(type) observedGeneration:l typeChecking:admissionregistration.v1.TypeChecking
admissionregistration.v1.ValidatingWebhook admissionReviewVersions[]atomic! clientConfig:admissionregistration.v1.WebhookClientConfig! failurePolicy matchConditions[admissionregistration.v1.MatchCondition]map(name)+name matchPolicy name!= namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector rules[admissionregistration.v1.RuleWithOperations]atomic sideEffects! timeoutSeconds:i
admissionregistration.v1.ValidatingWebhookConfiguration apiVersion kind metadata:meta.v1.ObjectMeta webhooks[admissionregistration.v1.ValidatingWebhook]map(name)+name
admissionregistration.v1.Validation expression! message messageExpression reason
admissionregistration.v1.Variable@atomic expression! name!=
admissionregistration.v1.WebhookClientConfig caBundle:y service:admissionregistration.v1.ServiceReference url
admissionregistration.v1alpha1.ApplyConfiguration expression
admissionregistration.v1alpha1.JSONPatch expression
admissionregistration.v1alpha1.MatchCondition expression! name!=
admissionregistration.v1alpha1.MatchResources@atomic excludeResourceRules[admissionregistration.v1alpha1.NamedRuleWithOperations]atomic matchPolicy namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector resourceRules[admissionregistration.v1alpha1.NamedRuleWithOperations]atomic
admissionregistration.v1alpha1.MutatingAdmissionPolicy apiVersion kind metadata:meta.v1.ObjectMeta spec:admissionregistration.v1alpha1.MutatingAdmissionPolicySpec
admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding apiVersion kind metadata:meta.v1.ObjectMeta spec:admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec matchResources:admissionregistration.v1alpha1.MatchResources paramRef:admissionregistration.v1alpha1.ParamRef policyName
admissionregistration.v1alpha1.MutatingAdmissionPolicySpec failurePolicy matchConditions[admissionregistration.v1alpha1.MatchCondition]map(name)+name matchConstraints:admissionregistration.v1alpha1.MatchResources mutations[admissionregistration.v1alpha1.Mutation]atomic paramKind:admissionregistration.v1alpha1.ParamKind reinvocationPolicy variables[admissionregistration.v1alpha1.Variable]atomic
admissionregistration.v1alpha1.Mutation applyConfiguration:admissionregistration.v1alpha1.ApplyConfiguration jsonPatch:admissionregistration.v1alpha1.JSONPatch patchType!
admissionregistration.v1alpha1.NamedRuleWithOperations@atomic apiGroups[]atomic apiVersions[]atomic operations[]atomic resourceNames[]atomic resources[]atomic scope
admissionregistration.v1alpha1.ParamKind@atomic apiVersion kind
admissionregistration.v1alpha1.ParamRef@atomic name namespace parameterNotFoundAction selector:meta.v1.LabelSelector
admissionregistration.v1alpha1.Variable expression! name!
admissionregistration.v1beta1.ApplyConfiguration expression
admissionregistration.v1beta1.JSONPatch expression
admissionregistration.v1beta1.MatchCondition expression! name!=
admissionregistration.v1beta1.MatchResources@atomic excludeResourceRules[admissionregistration.v1beta1.NamedRuleWithOperations]atomic matchPolicy namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector resourceRules[admissionregistration.v1beta1.NamedRuleWithOperations]atomic
admissionregistration.v1beta1.MutatingAdmissionPolicy apiVersion kind metadata:meta.v1.ObjectMeta spec:admissionregistration.v1beta1.MutatingAdmissionPolicySpec
admissionregistration.v1beta1.MutatingAdmissionPolicyBinding apiVersion kind metadata:meta.v1.ObjectMeta spec:admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec matchResources:admissionregistration.v1beta1.MatchResources paramRef:admissionregistration.v1beta1.ParamRef policyName
admissionregistration.v1beta1.MutatingAdmissionPolicySpec failurePolicy matchConditions[admissionregistration.v1beta1.MatchCondition]map(name)+name matchConstraints:admissionregistration.v1beta1.MatchResources mutations[admissionregistration.v1beta1.Mutation]atomic paramKind:admissionregistration.v1beta1.ParamKind reinvocationPolicy variables[admissionregistration.v1beta1.Variable]atomic
admissionregistration.v1beta1.Mutation applyConfiguration:admissionregistration.v1beta1.ApplyConfiguration jsonPatch:admissionregistration.v1beta1.JSONPatch patchType!
admissionregistration.v1beta1.NamedRuleWithOperations@atomic apiGroups[]atomic apiVersions[]atomic operations[]atomic resourceNames[]atomic resources[]atomic scope
admissionregistration.v1beta1.ParamKind@atomic apiVersion kind
admissionregistration.v1beta1.ParamRef@atomic name namespace parameterNotFoundAction selector:meta.v1.LabelSelector
admissionregistration.v1beta1.Variable@atomic expression! name!
api.resource.Quantity :q
apiextensions.v1.CustomResourceColumnDefinition description format jsonPath! name! priority:i type!
apiextensions.v1.CustomResourceConversion strategy! webhook:apiextensions.v1.WebhookConversion
apiextensions.v1.CustomResourceDefinition apiVersion kind metadata:meta.v1.ObjectMeta spec:apiextensions.v1.CustomResourceDefinitionSpec! status:apiextensions.v1.CustomResourceDefinitionStatus
apiextensions.v1.CustomResourceDefinitionCondition lastTransitionTime:meta.v1.Time message observedGeneration:l reason status! type!=
apiextensions.v1.CustomResourceDefinitionNames categories[]atomic kind! listKind plural! shortNames[]atomic singular
apiextensions.v1.CustomResourceDefinitionSpec conversion:apiextensions.v1.CustomResourceConversion group! names:apiextensions.v1.CustomResourceDefinitionNames! preserveUnknownFields:b scope! versions[apiextensions.v1.CustomResourceDefinitionVersion]atomic!
apiextensions.v1.CustomResourceDefinitionStatus acceptedNames:apiextensions.v1.CustomResourceDefinitionNames conditions[apiextensions.v1.CustomResourceDefinitionCondition]map(type) observedGeneration:l storedVersions[]atomic
apiextensions.v1.CustomResourceDefinitionVersion additionalPrinterColumns[apiextensions.v1.CustomResourceColumnDefinition]atomic deprecated:b deprecationWarning name! schema:apiextensions.v1.CustomResourceValidation selectableFields[apiextensions.v1.SelectableField]atomic served:b! storage:b! subresources:apiextensions.v1.CustomResourceSubresources
apiextensions.v1.CustomResourceSubresourceScale labelSelectorPath specReplicasPath! statusReplicasPath!
apiextensions.v1.CustomResourceSubresourceStatus :o
apiextensions.v1.CustomResourceSubresources scale:apiextensions.v1.CustomResourceSubresourceScale status:apiextensions.v1.CustomResourceSubresourceStatus
apiextensions.v1.CustomResourceValidation openAPIV3Schema:apiextensions.v1.JSONSchemaProps
apiextensions.v1.ExternalDocumentation description url
apiextensions.v1.JSON :a
apiextensions.v1.JSONSchemaProps $ref $schema additionalItems:apiextensions.v1.JSONSchemaPropsOrBool additionalProperties:apiextensions.v1.JSONSchemaPropsOrBool allOf[apiextensions.v1.JSONSchemaProps]atomic anyOf[apiextensions.v1.JSONSchemaProps]atomic default:apiextensions.v1.JSON definitions{apiextensions.v1.JSONSchemaProps} dependencies{apiextensions.v1.JSONSchemaPropsOrStringArray} description enum[apiextensions.v1.JSON]atomic example:apiextensions.v1.JSON exclusiveMaximum:b exclusiveMinimum:b externalDocs:apiextensions.v1.ExternalDocumentation format id items:apiextensions.v1.JSONSchemaPropsOrArray maxItems:l maxLength:l maxProperties:l maximum:n minItems:l minLength:l minProperties:l minimum:n multipleOf:n not:apiextensions.v1.JSONSchemaProps nullable:b oneOf[apiextensions.v1.JSONSchemaProps]atomic pattern patternProperties{apiextensions.v1.JSONSchemaProps} properties{apiextensions.v1.JSONSchemaProps} required[]atomic title type uniqueItems:b x-kubernetes-embedded-resource:b x-kubernetes-int-or-string:b x-kubernetes-list-map-keys[]atomic x-kubernetes-list-type x-kubernetes-map-type x-kubernetes-preserve-unknown-fields:b x-kubernetes-validations[apiextensions.v1.ValidationRule]map(rule)+rule
apiextensions.v1.JSONSchemaPropsOrArray :a
apiextensions.v1.JSONSchemaPropsOrBool :a
apiextensions.v1.JSONSchemaPropsOrStringArray :a
apiextensions.v1.SelectableField jsonPath!
apiextensions.v1.ServiceReference name! namespace! path port:i
apiextensions.v1.ValidationRule fieldPath message messageExpression optionalOldSelf:b reason rule!=
apiextensions.v1.WebhookClientConfig caBundle:y service:apiextensions.v1.ServiceReference url
apiextensions.v1.WebhookConversion clientConfig:apiextensions.v1.WebhookClientConfig conversionReviewVersions[]atomic!
apiregistration.v1.APIService apiVersion kind metadata:meta.v1.ObjectMeta spec:apiregistration.v1.APIServiceSpec status:apiregistration.v1.APIServiceStatus
apiregistration.v1.APIServiceCondition lastTransitionTime:meta.v1.Time message reason status! type!=
apiregistration.v1.APIServiceSpec caBundle:y group groupPriorityMinimum:i! insecureSkipTLSVerify:b service:apiregistration.v1.ServiceReference version versionPriority:i!
apiregistration.v1.APIServiceStatus conditions[apiregistration.v1.APIServiceCondition]map(type)+type
apiregistration.v1.ServiceReference name namespace port:i
apiserverinternal.v1alpha1.ServerStorageVersion apiServerID! decodableVersions[]set! encodingVersion! servedVersions[]set
apiserverinternal.v1alpha1.StorageVersion apiVersion kind metadata:meta.v1.ObjectMeta! spec:apiserverinternal.v1alpha1.StorageVersionSpec status:apiserverinternal.v1alpha1.StorageVersionStatus
apiserverinternal.v1alpha1.StorageVersionCondition lastTransitionTime:meta.v1.Time message! observedGeneration:l reason! status! type!=
apiserverinternal.v1alpha1.StorageVersionSpec :o
apiserverinternal.v1alpha1.StorageVersionStatus commonEncodingVersion conditions[apiserverinternal.v1alpha1.StorageVersionCondition]map(type) storageVersions[apiserverinternal.v1alpha1.ServerStorageVersion]map(apiServerID)
apps.v1.ControllerRevision apiVersion data:runtime.RawExtension kind metadata:meta.v1.ObjectMeta revision:l!
apps.v1.DaemonSet apiVersion kind metadata:meta.v1.ObjectMeta spec:apps.v1.DaemonSetSpec status:apps.v1.DaemonSetStatus
apps.v1.DaemonSetCondition lastTransitionTime:meta.v1.Time message reason status! type!=
apps.v1.DaemonSetSpec minReadySeconds:i revisionHistoryLimit:i selector:meta.v1.LabelSelector! template:core.v1.PodTemplateSpec! updateStrategy:apps.v1.DaemonSetUpdateStrategy
apps.v1.DaemonSetStatus collisionCount:i conditions[apps.v1.DaemonSetCondition]map(type)+type currentNumberScheduled:i! desiredNumberScheduled:i! numberAvailable:i numberMisscheduled:i! numberReady:i! numberUnavailable:i observedGeneration:l updatedNumberScheduled:i
apps.v1.DaemonSetUpdateStrategy rollingUpdate:apps.v1.RollingUpdateDaemonSet type
apps.v1.Deployment apiVersion kind metadata:meta.v1.ObjectMeta spec:apps.v1.DeploymentSpec status:apps.v1.DeploymentStatus
apps.v1.DeploymentCondition lastTransitionTime:meta.v1.Time lastUpdateTime:meta.v1.Time message reason status! type!=
apps.v1.DeploymentSpec minReadySeconds:i paused:b progressDeadlineSeconds:i replicas:i revisionHistoryLimit:i selector:meta.v1.LabelSelector! strategy:apps.v1.DeploymentStrategy template:core.v1.PodTemplateSpec!
apps.v1.DeploymentStatus availableReplicas:i collisionCount:i conditions[apps.v1.DeploymentCondition]map(type)+type observedGeneration:l readyReplicas:i replicas:i terminatingReplicas:i unavailableReplicas:i updatedReplicas:i
apps.v1.DeploymentStrategy rollingUpdate:apps.v1.RollingUpdateDeployment type
apps.v1.ReplicaSet apiVersion kind metadata:meta.v1.ObjectMeta spec:apps.v1.ReplicaSetSpec status:apps.v1.ReplicaSetStatus
apps.v1.ReplicaSetCondition lastTransitionTime:meta.v1.Time message reason status! type!=
apps.v1.ReplicaSetSpec minReadySeconds:i replicas:i selector:meta.v1.LabelSelector! template:core.v1.PodTemplateSpec
apps.v1.ReplicaSetStatus availableReplicas:i conditions[apps.v1.ReplicaSetCondition]map(type)+type fullyLabeledReplicas:i observedGeneration:l readyReplicas:i replicas:i! terminatingReplicas:i
apps.v1.RollingUpdateDaemonSet maxSurge:util.intstr.IntOrString maxUnavailable:util.intstr.IntOrString
apps.v1.RollingUpdateDeployment maxSurge:util.intstr.IntOrString maxUnavailable:util.intstr.IntOrString
apps.v1.RollingUpdateStatefulSetStrategy maxUnavailable:util.intstr.IntOrString partition:i
apps.v1.StatefulSet apiVersion kind metadata:meta.v1.ObjectMeta spec:apps.v1.StatefulSetSpec status:apps.v1.StatefulSetStatus
apps.v1.StatefulSetCondition lastTransitionTime:meta.v1.Time message reason status! type!=
apps.v1.StatefulSetOrdinals start:i
apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted whenScaled
apps.v1.StatefulSetSpec minReadySeconds:i ordinals:apps.v1.StatefulSetOrdinals persistentVolumeClaimRetentionPolicy:apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy replicas:i revisionHistoryLimit:i selector:meta.v1.LabelSelector! serviceName template:core.v1.PodTemplateSpec! updateStrategy:apps.v1.StatefulSetUpdateStrategy volumeClaimTemplates[core.v1.PersistentVolumeClaim]atomic
apps.v1.StatefulSetStatus availableReplicas:i collisionCount:i conditions[apps.v1.StatefulSetCondition]map(type)+type currentReplicas:i currentRevision observedGeneration:l readyReplicas:i replicas:i! updateRevision updatedReplicas:i
apps.v1.StatefulSetUpdateStrategy rollingUpdate:apps.v1.RollingUpdateStatefulSetStrategy type
authentication.v1.BoundObjectReference apiVersion kind name uid
authentication.v1.SelfSubjectReview apiVersion kind metadata:meta.v1.ObjectMeta status:authentication.v1.SelfSubjectReviewStatus
authentication.v1.SelfSubjectReviewStatus userInfo:authentication.v1.UserInfo
authentication.v1.TokenRequest apiVersion kind metadata:meta.v1.ObjectMeta spec:authentication.v1.TokenRequestSpec status:authentication.v1.TokenRequestStatus
authentication.v1.TokenRequestSpec audiences[]atomic boundObjectRef:authentication.v1.BoundObjectReference expirationSeconds:l
authentication.v1.TokenRequestStatus expirationTimestamp:meta.v1.Time token
authentication.v1.TokenReview apiVersion kind metadata:meta.v1.ObjectMeta spec:authentication.v1.TokenReviewSpec! status:authentication.v1.TokenReviewStatus
authentication.v1.TokenReviewSpec audiences[]atomic token!
authentication.v1.TokenReviewStatus audiences[]atomic authenticated:b error user:authentication.v1.UserInfo
authentication.v1.UserInfo extra{[]} groups[]atomic uid username
authorization.v1.FieldSelectorAttributes rawSelector requirements[meta.v1.FieldSelectorRequirement]atomic
authorization.v1.LabelSelectorAttributes rawSelector requirements[meta.v1.LabelSelectorRequirement]atomic
authorization.v1.LocalSubjectAccessReview apiVersion kind metadata:meta.v1.ObjectMeta spec:authorization.v1.SubjectAccessReviewSpec! status:authorization.v1.SubjectAccessReviewStatus
authorization.v1.NonResourceAttributes path verb
authorization.v1.NonResourceRule nonResourceURLs[]atomic verbs[]atomic!
authorization.v1.ResourceAttributes fieldSelector:authorization.v1.FieldSelectorAttributes group labelSelector:authorization.v1.LabelSelectorAttributes name namespace resource subresource verb version
authorization.v1.ResourceRule apiGroups[]atomic resourceNames[]atomic resources[]atomic verbs[]atomic!
authorization.v1.SelfSubjectAccessReview apiVersion kind metadata:meta.v1.ObjectMeta spec:authorization.v1.SelfSubjectAccessReviewSpec! status:authorization.v1.SubjectAccessReviewStatus
authorization.v1.SelfSubjectAccessReviewSpec nonResourceAttributes:authorization.v1.NonResourceAttributes resourceAttributes:authorization.v1.ResourceAttributes
authorization.v1.SelfSubjectRulesReview apiVersion kind metadata:meta.v1.ObjectMeta spec:authorization.v1.SelfSubjectRulesReviewSpec! status:authorization.v1.SubjectRulesReviewStatus
authorization.v1.SelfSubjectRulesReviewSpec namespace
authorization.v1.SubjectAccessReview apiVersion kind metadata:meta.v1.ObjectMeta spec:authorization.v1.SubjectAccessReviewSpec! status:authorization.v1.SubjectAccessReviewStatus
authorization.v1.SubjectAccessReviewSpec extra{[]} groups[]atomic nonResourceAttributes:authorization.v1.NonResourceAttributes resourceAttributes:authorization.v1.ResourceAttributes uid user
authorization.v1.SubjectAccessReviewStatus allowed:b! denied:b evaluationError reason
authorization.v1.SubjectRulesReviewStatus evaluationError incomplete:b! nonResourceRules[authorization.v1.NonResourceRule]atomic! resourceRules[authorization.v1.ResourceRule]atomic!
autoscaling.v1.CrossVersionObjectReference@atomic apiVersion kind! name!
autoscaling.v1.HorizontalPodAutoscaler apiVersion kind metadata:meta.v1.ObjectMeta spec:autoscaling.v1.HorizontalPodAutoscalerSpec! status:autoscaling.v1.HorizontalPodAutoscalerStatus
autoscaling.v1.HorizontalPodAutoscalerSpec maxReplicas:i! minReplicas:i scaleTargetRef:autoscaling.v1.CrossVersionObjectReference! targetCPUUtilizationPercentage:i
autoscaling.v1.HorizontalPodAutoscalerStatus currentCPUUtilizationPercentage:i currentReplicas:i! desiredReplicas:i! lastScaleTime:meta.v1.Time observedGeneration:l
autoscaling.v1.Scale apiVersion kind metadata:meta.v1.ObjectMeta spec:autoscaling.v1.ScaleSpec status:autoscaling.v1.ScaleStatus
autoscaling.v1.ScaleSpec replicas:i
autoscaling.v1.ScaleStatus replicas:i! selector
autoscaling.v2.ContainerResourceMetricSource container! name! target:autoscaling.v2.MetricTarget!
autoscaling.v2.ContainerResourceMetricStatus container! current:autoscaling.v2.MetricValueStatus! name!
autoscaling.v2.CrossVersionObjectReference apiVersion kind! name!
autoscaling.v2.ExternalMetricSource metric:autoscaling.v2.MetricIdentifier! target:autoscaling.v2.MetricTarget!
autoscaling.v2.ExternalMetricStatus current:autoscaling.v2.MetricValueStatus! metric:autoscaling.v2.MetricIdentifier!
autoscaling.v2.HPAScalingPolicy periodSeconds:i! type! value:i!
autoscaling.v2.HPAScalingRules policies[autoscaling.v2.HPAScalingPolicy]atomic selectPolicy stabilizationWindowSeconds:i tolerance:api.resource.Quantity
autoscaling.v2.HorizontalPodAutoscaler apiVersion kind metadata:meta.v1.ObjectMeta spec:autoscaling.v2.HorizontalPodAutoscalerSpec! status:autoscaling.v2.HorizontalPodAutoscalerStatus
autoscaling.v2.HorizontalPodAutoscalerBehavior scaleDown:autoscaling.v2.HPAScalingRules scaleUp:autoscaling.v2.HPAScalingRules
autoscaling.v2.HorizontalPodAutoscalerCondition lastTransitionTime:meta.v1.Time message reason status! type!=
autoscaling.v2.HorizontalPodAutoscalerSpec behavior:autoscaling.v2.HorizontalPodAutoscalerBehavior maxReplicas:i! metrics[autoscaling.v2.MetricSpec]atomic minReplicas:i scaleTargetRef:autoscaling.v2.CrossVersionObjectReference!
autoscaling.v2.HorizontalPodAutoscalerStatus conditions[autoscaling.v2.HorizontalPodAutoscalerCondition]map(type)+type currentMetrics[autoscaling.v2.MetricStatus]atomic currentReplicas:i desiredReplicas:i! lastScaleTime:meta.v1.Time observedGeneration:l
autoscaling.v2.MetricIdentifier name! selector:meta.v1.LabelSelector
autoscaling.v2.MetricSpec containerResource:autoscaling.v2.ContainerResourceMetricSource external:autoscaling.v2.ExternalMetricSource object:autoscaling.v2.ObjectMetricSource pods:autoscaling.v2.PodsMetricSource resource:autoscaling.v2.ResourceMetricSource type!
autoscaling.v2.MetricStatus containerResource:autoscaling.v2.ContainerResourceMetricStatus external:autoscaling.v2.ExternalMetricStatus object:autoscaling.v2.ObjectMetricStatus pods:autoscaling.v2.PodsMetricStatus resource:autoscaling.v2.ResourceMetricStatus type!
autoscaling.v2.MetricTarget averageUtilization:i averageValue:api.resource.Quantity type! value:api.resource.Quantity
autoscaling.v2.MetricValueStatus averageUtilization:i averageValue:api.resource.Quantity value:api.resource.Quantity
autoscaling.v2.ObjectMetricSource describedObject:autoscaling.v2.CrossVersionObjectReference! metric:autoscaling.v2.MetricIdentifier! target:autoscaling.v2.MetricTarget!
autoscaling.v2.ObjectMetricStatus current:autoscaling.v2.MetricValueStatus! describedObject:autoscaling.v2.CrossVersionObjectReference! metric:autoscaling.v2.MetricIdentifier!
autoscaling.v2.PodsMetricSource metric:autoscaling.v2.MetricIdentifier! target:autoscaling.v2.MetricTarget!
autoscaling.v2.PodsMetricStatus current:autoscaling.v2.MetricValueStatus! metric:autoscaling.v2.MetricIdentifier!
autoscaling.v2.ResourceMetricSource name! target:autoscaling.v2.MetricTarget!
autoscaling.v2.ResourceMetricStatus current:autoscaling.v2.MetricValueStatus! name!
batch.v1.CronJob apiVersion kind metadata:meta.v1.ObjectMeta spec:batch.v1.CronJobSpec! status:batch.v1.CronJobStatus
batch.v1.CronJobSpec concurrencyPolicy failedJobsHistoryLimit:i jobTemplate:batch.v1.JobTemplateSpec! schedule! startingDeadlineSeconds:l successfulJobsHistoryLimit:i suspend:b timeZone
batch.v1.CronJobStatus active[core.v1.ObjectReference]atomic lastScheduleTime:meta.v1.Time lastSuccessfulTime:meta.v1.Time
batch.v1.Job apiVersion kind metadata:meta.v1.ObjectMeta spec:batch.v1.JobSpec status:batch.v1.JobStatus
batch.v1.JobCondition lastProbeTime:meta.v1.Time lastTransitionTime:meta.v1.Time message reason status! type!
batch.v1.JobSpec activeDeadlineSeconds:l backoffLimit:i backoffLimitPerIndex:i completionMode completions:i managedBy manualSelector:b maxFailedIndexes:i parallelism:i podFailurePolicy:batch.v1.PodFailurePolicy podReplacementPolicy selector:meta.v1.LabelSelector successPolicy:batch.v1.SuccessPolicy suspend:b template:core.v1.PodTemplateSpec! ttlSecondsAfterFinished:i
batch.v1.JobStatus active:i completedIndexes completionTime:meta.v1.Time conditions[batch.v1.JobCondition]atomic+type failed:i failedIndexes ready:i startTime:meta.v1.Time succeeded:i terminating:i uncountedTerminatedPods:batch.v1.UncountedTerminatedPods
batch.v1.JobTemplateSpec metadata:meta.v1.ObjectMeta spec:batch.v1.JobSpec
batch.v1.PodFailurePolicy rules[batch.v1.PodFailurePolicyRule]atomic!
batch.v1.PodFailurePolicyOnExitCodesRequirement containerName operator! values[i]set!
batch.v1.PodFailurePolicyOnPodConditionsPattern status type!
batch.v1.PodFailurePolicyRule action! onExitCodes:batch.v1.PodFailurePolicyOnExitCodesRequirement onPodConditions[batch.v1.PodFailurePolicyOnPodConditionsPattern]atomic
batch.v1.SuccessPolicy rules[batch.v1.SuccessPolicyRule]atomic!
batch.v1.SuccessPolicyRule succeededCount:i succeededIndexes
batch.v1.UncountedTerminatedPods failed[]set succeeded[]set
certificates.v1.CertificateSigningRequest apiVersion kind metadata:meta.v1.ObjectMeta spec:certificates.v1.CertificateSigningRequestSpec! status:certificates.v1.CertificateSigningRequestStatus
certificates.v1.CertificateSigningRequestCondition lastTransitionTime:meta.v1.Time lastUpdateTime:meta.v1.Time message reason status! type!=
certificates.v1.CertificateSigningRequestSpec expirationSeconds:i extra{[]} groups[]atomic request:y! signerName! uid usages[]atomic username
certificates.v1.CertificateSigningRequestStatus certificate:y conditions[certificates.v1.CertificateSigningRequestCondition]map(type)
coordination.v1.Lease apiVersion kind metadata:meta.v1.ObjectMeta spec:coordination.v1.LeaseSpec
coordination.v1.LeaseSpec acquireTime:meta.v1.MicroTime holderIdentity leaseDurationSeconds:i leaseTransitions:i preferredHolder renewTime:meta.v1.MicroTime strategy
coordination.v1alpha2.LeaseCandidate apiVersion kind metadata:meta.v1.ObjectMeta spec:coordination.v1alpha2.LeaseCandidateSpec!
coordination.v1alpha2.LeaseCandidateSpec binaryVersion! emulationVersion leaseName! pingTime:meta.v1.MicroTime renewTime:meta.v1.MicroTime strategy!
coordination.v1beta1.LeaseCandidate apiVersion kind metadata:meta.v1.ObjectMeta spec:coordination.v1beta1.LeaseCandidateSpec!
coordination.v1beta1.LeaseCandidateSpec binaryVersion! emulationVersion leaseName! pingTime:meta.v1.MicroTime renewTime:meta.v1.MicroTime strategy!
core.v1.AWSElasticBlockStoreVolumeSource fsType partition:i readOnly:b volumeID!
core.v1.Affinity nodeAffinity:core.v1.NodeAffinity podAffinity:core.v1.PodAffinity podAntiAffinity:core.v1.PodAntiAffinity
core.v1.AppArmorProfile localhostProfile type!
core.v1.AttachedVolume devicePath! name!
core.v1.AzureDiskVolumeSource cachingMode diskName! diskURI! fsType kind readOnly:b
core.v1.AzureFilePersistentVolumeSource readOnly:b secretName! secretNamespace shareName!
core.v1.AzureFileVolumeSource readOnly:b secretName! shareName!
core.v1.Binding apiVersion kind metadata:meta.v1.ObjectMeta target:core.v1.ObjectReference!
core.v1.CSIPersistentVolumeSource controllerExpandSecretRef:core.v1.SecretReference controllerPublishSecretRef:core.v1.SecretReference driver! fsType nodeExpandSecretRef:core.v1.SecretReference nodePublishSecretRef:core.v1.SecretReference nodeStageSecretRef:core.v1.SecretReference readOnly:b volumeAttributes{} volumeHandle!
core.v1.CSIVolumeSource driver! fsType nodePublishSecretRef:core.v1.LocalObjectReference readOnly:b volumeAttributes{}
core.v1.Capabilities add[]atomic drop[]atomic
core.v1.CephFSPersistentVolumeSource monitors[]atomic! path readOnly:b secretFile secretRef:core.v1.SecretReference user
core.v1.CephFSVolumeSource monitors[]atomic! path readOnly:b secretFile secretRef:core.v1.LocalObjectReference user
core.v1.CinderPersistentVolumeSource fsType readOnly:b secretRef:core.v1.SecretReference volumeID!
core.v1.CinderVolumeSource fsType readOnly:b secretRef:core.v1.LocalObjectReference volumeID!
core.v1.ClientIPConfig timeoutSeconds:i
core.v1.ClusterTrustBundleProjection labelSelector:meta.v1.LabelSelector name optional:b path! signerName
core.v1.ComponentCondition error message status! type!=
core.v1.ComponentStatus apiVersion conditions[core.v1.ComponentCondition]map(type)+type kind metadata:meta.v1.ObjectMeta
core.v1.ConfigMap apiVersion binaryData{y} data{} immutable:b kind metadata:meta.v1.ObjectMeta
core.v1.ConfigMapEnvSource name optional:b
core.v1.ConfigMapKeySelector@atomic key! name optional:b
core.v1.ConfigMapNodeConfigSource kubeletConfigKey! name! namespace! resourceVersion uid
core.v1.ConfigMapProjection items[core.v1.KeyToPath]atomic name optional:b
core.v1.ConfigMapVolumeSource defaultMode:i items[core.v1.KeyToPath]atomic name optional:b
core.v1.Container args[]atomic command[]atomic env[core.v1.EnvVar]map(name)+name envFrom[core.v1.EnvFromSource]atomic image imagePullPolicy lifecycle:core.v1.Lifecycle livenessProbe:core.v1.Probe name!= ports[core.v1.ContainerPort]map(containerPort,protocol)+containerPort,protocol readinessProbe:core.v1.Probe resizePolicy[core.v1.ContainerResizePolicy]atomic resources:core.v1.ResourceRequirements restartPolicy restartPolicyRules[core.v1.ContainerRestartRule]atomic securityContext:core.v1.SecurityContext startupProbe:core.v1.Probe stdin:b stdinOnce:b terminationMessagePath terminationMessagePolicy tty:b volumeDevices[core.v1.VolumeDevice]map(devicePath)+devicePath volumeMounts[core.v1.VolumeMount]map(mountPath)+mountPath workingDir
core.v1.ContainerExtendedResourceRequest containerName! requestName! resourceName!
core.v1.ContainerImage names[]atomic sizeBytes:l
core.v1.ContainerPort containerPort:i!=0 hostIP hostPort:i name protocol=TCP
core.v1.ContainerResizePolicy resourceName! restartPolicy!
core.v1.ContainerRestartRule action! exitCodes:core.v1.ContainerRestartRuleOnExitCodes
core.v1.ContainerRestartRuleOnExitCodes operator! values[i]set
core.v1.ContainerState running:core.v1.ContainerStateRunning terminated:core.v1.ContainerStateTerminated waiting:core.v1.ContainerStateWaiting
core.v1.ContainerStateRunning startedAt:meta.v1.Time
core.v1.ContainerStateTerminated containerID exitCode:i! finishedAt:meta.v1.Time message reason signal:i startedAt:meta.v1.Time
core.v1.ContainerStateWaiting message reason
core.v1.ContainerStatus allocatedResources{api.resource.Quantity} allocatedResourcesStatus[core.v1.ResourceStatus]map(name)+name containerID image! imageID! lastState:core.v1.ContainerState name! ready:b! resources:core.v1.ResourceRequirements restartCount:i! started:b state:core.v1.ContainerState stopSignal user:core.v1.ContainerUser volumeMounts[core.v1.VolumeMountStatus]map(mountPath)+mountPath
core.v1.ContainerUser linux:core.v1.LinuxContainerUser
core.v1.DaemonEndpoint Port:i!
core.v1.DownwardAPIProjection items[core.v1.DownwardAPIVolumeFile]atomic
core.v1.DownwardAPIVolumeFile fieldRef:core.v1.ObjectFieldSelector mode:i path! resourceFieldRef:core.v1.ResourceFieldSelector
core.v1.DownwardAPIVolumeSource defaultMode:i items[core.v1.DownwardAPIVolumeFile]atomic
core.v1.EmptyDirVolumeSource medium sizeLimit:api.resource.Quantity
core.v1.EndpointAddress@atomic hostname ip! nodeName targetRef:core.v1.ObjectReference
core.v1.EndpointPort@atomic appProtocol name port:i! protocol
core.v1.EndpointSubset addresses[core.v1.EndpointAddress]atomic notReadyAddresses[core.v1.EndpointAddress]atomic ports[core.v1.EndpointPort]atomic
core.v1.Endpoints apiVersion kind metadata:meta.v1.ObjectMeta subsets[core.v1.EndpointSubset]atomic
core.v1.EnvFromSource configMapRef:core.v1.ConfigMapEnvSource prefix secretRef:core.v1.SecretEnvSource
core.v1.EnvVar name!= value valueFrom:core.v1.EnvVarSource
core.v1.EnvVarSource configMapKeyRef:core.v1.ConfigMapKeySelector fieldRef:core.v1.ObjectFieldSelector fileKeyRef:core.v1.FileKeySelector resourceFieldRef:core.v1.ResourceFieldSelector secretKeyRef:core.v1.SecretKeySelector
core.v1.EphemeralContainer args[]atomic command[]atomic env[core.v1.EnvVar]map(name)+name envFrom[core.v1.EnvFromSource]atomic image imagePullPolicy lifecycle:core.v1.Lifecycle livenessProbe:core.v1.Probe name!= ports[core.v1.ContainerPort]map(containerPort,protocol)+containerPort,protocol readinessProbe:core.v1.Probe resizePolicy[core.v1.ContainerResizePolicy]atomic resources:core.v1.ResourceRequirements restartPolicy restartPolicyRules[core.v1.ContainerRestartRule]atomic securityContext:core.v1.SecurityContext startupProbe:core.v1.Probe stdin:b stdinOnce:b targetContainerName terminationMessagePath terminationMessagePolicy tty:b volumeDevices[core.v1.VolumeDevice]map(devicePath)+devicePath volumeMounts[core.v1.VolumeMount]map(mountPath)+mountPath workingDir
core.v1.EphemeralVolumeSource volumeClaimTemplate:core.v1.PersistentVolumeClaimTemplate
core.v1.Event action apiVersion count:i eventTime:meta.v1.MicroTime firstTimestamp:meta.v1.Time involvedObject:core.v1.ObjectReference! kind lastTimestamp:meta.v1.Time message metadata:meta.v1.ObjectMeta! reason related:core.v1.ObjectReference reportingComponent reportingInstance series:core.v1.EventSeries source:core.v1.EventSource type
core.v1.EventSeries count:i lastObservedTime:meta.v1.MicroTime
core.v1.EventSource component host
core.v1.ExecAction command[]atomic
core.v1.FCVolumeSource fsType lun:i readOnly:b targetWWNs[]atomic wwids[]atomic
core.v1.FileKeySelector@atomic key! optional:b path! volumeName!
core.v1.FlexPersistentVolumeSource driver! fsType options{} readOnly:b secretRef:core.v1.SecretReference
core.v1.FlexVolumeSource driver! fsType options{} readOnly:b secretRef:core.v1.LocalObjectReference
core.v1.FlockerVolumeSource datasetName datasetUUID
core.v1.GCEPersistentDiskVolumeSource fsType partition:i pdName! readOnly:b
core.v1.GRPCAction port:i! service
core.v1.GitRepoVolumeSource directory repository! revision
core.v1.GlusterfsPersistentVolumeSource endpoints! endpointsNamespace path! readOnly:b
core.v1.GlusterfsVolumeSource endpoints! path! readOnly:b
core.v1.HTTPGetAction host httpHeaders[core.v1.HTTPHeader]atomic path port:util.intstr.IntOrString! scheme
core.v1.HTTPHeader name! value!
core.v1.HostAlias hostnames[]atomic ip!=
core.v1.HostIP ip!
core.v1.HostPathVolumeSource path! type
core.v1.ISCSIPersistentVolumeSource chapAuthDiscovery:b chapAuthSession:b fsType initiatorName iqn! iscsiInterface lun:i! portals[]atomic readOnly:b secretRef:core.v1.SecretReference targetPortal!
core.v1.ISCSIVolumeSource chapAuthDiscovery:b chapAuthSession:b fsType initiatorName iqn! iscsiInterface lun:i! portals[]atomic readOnly:b secretRef:core.v1.LocalObjectReference targetPortal!
core.v1.ImageVolumeSource pullPolicy reference
core.v1.ImageVolumeStatus imageRef!
core.v1.KeyToPath key! mode:i path!
core.v1.Lifecycle postStart:core.v1.LifecycleHandler preStop:core.v1.LifecycleHandler stopSignal
core.v1.LifecycleHandler exec:core.v1.ExecAction httpGet:core.v1.HTTPGetAction sleep:core.v1.SleepAction tcpSocket:core.v1.TCPSocketAction
core.v1.LimitRange apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.LimitRangeSpec
core.v1.LimitRangeItem default{api.resource.Quantity} defaultRequest{api.resource.Quantity} max{api.resource.Quantity} maxLimitRequestRatio{api.resource.Quantity} min{api.resource.Quantity} type!
core.v1.LimitRangeSpec limits[core.v1.LimitRangeItem]atomic!
core.v1.LinuxContainerUser gid:l! supplementalGroups[l]atomic uid:l!
core.v1.LoadBalancerIngress hostname ip ipMode ports[core.v1.PortStatus]atomic
core.v1.LoadBalancerStatus ingress[core.v1.LoadBalancerIngress]atomic
core.v1.LocalObjectReference@atomic name=
core.v1.LocalVolumeSource fsType path!
core.v1.ModifyVolumeStatus status! targetVolumeAttributesClassName
core.v1.NFSVolumeSource path! readOnly:b server!
core.v1.Namespace apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.NamespaceSpec status:core.v1.NamespaceStatus
core.v1.NamespaceCondition lastTransitionTime:meta.v1.Time message reason status! type!=
core.v1.NamespaceSpec finalizers[]atomic
core.v1.NamespaceStatus conditions[core.v1.NamespaceCondition]map(type)+type phase
core.v1.Node apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.NodeSpec status:core.v1.NodeStatus
core.v1.NodeAddress address! type!=
core.v1.NodeAffinity preferredDuringSchedulingIgnoredDuringExecution[core.v1.PreferredSchedulingTerm]atomic requiredDuringSchedulingIgnoredDuringExecution:core.v1.NodeSelector
core.v1.NodeAllocatableResourceClaimStatus containers[]set resourceClaimName! resources{api.resource.Quantity}!
core.v1.NodeCondition lastHeartbeatTime:meta.v1.Time lastTransitionTime:meta.v1.Time message reason status! type!=
core.v1.NodeConfigSource configMap:core.v1.ConfigMapNodeConfigSource
core.v1.NodeConfigStatus active:core.v1.NodeConfigSource assigned:core.v1.NodeConfigSource error lastKnownGood:core.v1.NodeConfigSource
core.v1.NodeDaemonEndpoints kubeletEndpoint:core.v1.DaemonEndpoint
core.v1.NodeFeatures supplementalGroupsPolicy:b
core.v1.NodeRuntimeHandler features:core.v1.NodeRuntimeHandlerFeatures name
core.v1.NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:b userNamespaces:b
core.v1.NodeSelector@atomic nodeSelectorTerms[core.v1.NodeSelectorTerm]atomic!
core.v1.NodeSelectorRequirement key! operator! values[]atomic
core.v1.NodeSelectorTerm@atomic matchExpressions[core.v1.NodeSelectorRequirement]atomic matchFields[core.v1.NodeSelectorRequirement]atomic
core.v1.NodeSpec configSource:core.v1.NodeConfigSource externalID podCIDR podCIDRs[]set+ providerID taints[core.v1.Taint]atomic unschedulable:b
core.v1.NodeStatus addresses[core.v1.NodeAddress]map(type)+type allocatable{api.resource.Quantity} capacity{api.resource.Quantity} conditions[core.v1.NodeCondition]map(type)+type config:core.v1.NodeConfigStatus daemonEndpoints:core.v1.NodeDaemonEndpoints declaredFeatures[]atomic features:core.v1.NodeFeatures images[core.v1.ContainerImage]atomic nodeInfo:core.v1.NodeSystemInfo phase runtimeHandlers[core.v1.NodeRuntimeHandler]atomic volumesAttached[core.v1.AttachedVolume]atomic volumesInUse[]atomic
core.v1.NodeSwapStatus capacity:l
core.v1.NodeSystemInfo architecture! bootID! containerRuntimeVersion! kernelVersion! kubeProxyVersion! kubeletVersion! machineID! operatingSystem! osImage! swap:core.v1.NodeSwapStatus systemUUID!
core.v1.ObjectFieldSelector@atomic apiVersion fieldPath!
core.v1.ObjectReference@atomic apiVersion fieldPath kind name namespace resourceVersion uid
core.v1.PersistentVolume apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.PersistentVolumeSpec status:core.v1.PersistentVolumeStatus
core.v1.PersistentVolumeClaim apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.PersistentVolumeClaimSpec status:core.v1.PersistentVolumeClaimStatus
core.v1.PersistentVolumeClaimCondition lastProbeTime:meta.v1.Time lastTransitionTime:meta.v1.Time message reason status! type!=
core.v1.PersistentVolumeClaimSpec accessModes[]atomic dataSource:core.v1.TypedLocalObjectReference dataSourceRef:core.v1.TypedObjectReference resources:core.v1.VolumeResourceRequirements selector:meta.v1.LabelSelector storageClassName volumeAttributesClassName volumeMode volumeName
core.v1.PersistentVolumeClaimStatus accessModes[]atomic allocatedResourceStatuses{}@granular allocatedResources{api.resource.Quantity} capacity{api.resource.Quantity} conditions[core.v1.PersistentVolumeClaimCondition]map(type)+type currentVolumeAttributesClassName modifyVolumeStatus:core.v1.ModifyVolumeStatus phase
core.v1.PersistentVolumeClaimTemplate metadata:meta.v1.ObjectMeta spec:core.v1.PersistentVolumeClaimSpec!
core.v1.PersistentVolumeClaimVolumeSource claimName! readOnly:b
core.v1.PersistentVolumeSpec accessModes[]atomic awsElasticBlockStore:core.v1.AWSElasticBlockStoreVolumeSource azureDisk:core.v1.AzureDiskVolumeSource azureFile:core.v1.AzureFilePersistentVolumeSource capacity{api.resource.Quantity} cephfs:core.v1.CephFSPersistentVolumeSource cinder:core.v1.CinderPersistentVolumeSource claimRef:core.v1.ObjectReference@granular csi:core.v1.CSIPersistentVolumeSource fc:core.v1.FCVolumeSource flexVolume:core.v1.FlexPersistentVolumeSource flocker:core.v1.FlockerVolumeSource gcePersistentDisk:core.v1.GCEPersistentDiskVolumeSource glusterfs:core.v1.GlusterfsPersistentVolumeSource hostPath:core.v1.HostPathVolumeSource iscsi:core.v1.ISCSIPersistentVolumeSource local:core.v1.LocalVolumeSource mountOptions[]atomic nfs:core.v1.NFSVolumeSource nodeAffinity:core.v1.VolumeNodeAffinity persistentVolumeReclaimPolicy photonPersistentDisk:core.v1.PhotonPersistentDiskVolumeSource portworxVolume:core.v1.PortworxVolumeSource quobyte:core.v1.QuobyteVolumeSource rbd:core.v1.RBDPersistentVolumeSource scaleIO:core.v1.ScaleIOPersistentVolumeSource storageClassName storageos:core.v1.StorageOSPersistentVolumeSource volumeAttributesClassName volumeMode vsphereVolume:core.v1.VsphereVirtualDiskVolumeSource
core.v1.PersistentVolumeStatus lastPhaseTransitionTime:meta.v1.Time message phase reason
core.v1.PhotonPersistentDiskVolumeSource fsType pdID!
core.v1.Pod apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.PodSpec status:core.v1.PodStatus
core.v1.PodAffinity preferredDuringSchedulingIgnoredDuringExecution[core.v1.WeightedPodAffinityTerm]atomic requiredDuringSchedulingIgnoredDuringExecution[core.v1.PodAffinityTerm]atomic
core.v1.PodAffinityTerm labelSelector:meta.v1.LabelSelector matchLabelKeys[]atomic mismatchLabelKeys[]atomic namespaceSelector:meta.v1.LabelSelector namespaces[]atomic topologyKey!
core.v1.PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution[core.v1.WeightedPodAffinityTerm]atomic requiredDuringSchedulingIgnoredDuringExecution[core.v1.PodAffinityTerm]atomic
core.v1.PodCertificateProjection certificateChainPath credentialBundlePath keyPath keyType! maxExpirationSeconds:i signerName! userAnnotations{}
core.v1.PodCondition lastProbeTime:meta.v1.Time lastTransitionTime:meta.v1.Time message observedGeneration:l reason status! type!=
core.v1.PodDNSConfig nameservers[]atomic options[core.v1.PodDNSConfigOption]atomic searches[]atomic
core.v1.PodDNSConfigOption name value
core.v1.PodExtendedResourceClaimStatus requestMappings[core.v1.ContainerExtendedResourceRequest]atomic! resourceClaimName!
core.v1.PodIP ip!=
core.v1.PodOS name!
core.v1.PodReadinessGate conditionType!
core.v1.PodResourceClaim name!= resourceClaimName resourceClaimTemplateName
core.v1.PodResourceClaimStatus name!= resourceClaimName
core.v1.PodSchedulingGate name!=
core.v1.PodSchedulingGroup podGroupName
core.v1.PodSecurityContext appArmorProfile:core.v1.AppArmorProfile fsGroup:l fsGroupChangePolicy runAsGroup:l runAsNonRoot:b runAsUser:l seLinuxChangePolicy seLinuxOptions:core.v1.SELinuxOptions seccompProfile:core.v1.SeccompProfile supplementalGroups[l]atomic supplementalGroupsPolicy sysctls[core.v1.Sysctl]atomic windowsOptions:core.v1.WindowsSecurityContextOptions
core.v1.PodSpec activeDeadlineSeconds:l affinity:core.v1.Affinity automountServiceAccountToken:b containers[core.v1.Container]map(name)+name! dnsConfig:core.v1.PodDNSConfig dnsPolicy enableServiceLinks:b ephemeralContainers[core.v1.EphemeralContainer]map(name)+name hostAliases[core.v1.HostAlias]map(ip)+ip hostIPC:b hostNetwork:b hostPID:b hostUsers:b hostname hostnameOverride imagePullSecrets[core.v1.LocalObjectReference]map(name)+name initContainers[core.v1.Container]map(name)+name nodeName nodeSelector{}@atomic os:core.v1.PodOS overhead{api.resource.Quantity} preemptionPolicy priority:i priorityClassName readinessGates[core.v1.PodReadinessGate]atomic resourceClaims[core.v1.PodResourceClaim]map(name)+name resources:core.v1.ResourceRequirements restartPolicy runtimeClassName schedulerName schedulingGates[core.v1.PodSchedulingGate]map(name)+name schedulingGroup:core.v1.PodSchedulingGroup securityContext:core.v1.PodSecurityContext serviceAccount serviceAccountName setHostnameAsFQDN:b shareProcessNamespace:b subdomain terminationGracePeriodSeconds:l tolerations[core.v1.Toleration]atomic topologySpreadConstraints[core.v1.TopologySpreadConstraint]map(topologyKey,whenUnsatisfiable)+topologyKey,whenUnsatisfiable volumes[core.v1.Volume]map(name)+name
core.v1.PodStatus allocatedResources{api.resource.Quantity} conditions[core.v1.PodCondition]map(type)+type containerStatuses[core.v1.ContainerStatus]atomic ephemeralContainerStatuses[core.v1.ContainerStatus]atomic extendedResourceClaimStatus:core.v1.PodExtendedResourceClaimStatus hostIP hostIPs[core.v1.HostIP]atomic+ip initContainerStatuses[core.v1.ContainerStatus]atomic message nodeAllocatableResourceClaimStatuses[core.v1.NodeAllocatableResourceClaimStatus]atomic nominatedNodeName observedGeneration:l phase podIP podIPs[core.v1.PodIP]map(ip)+ip qosClass reason resize resourceClaimStatuses[core.v1.PodResourceClaimStatus]map(name)+name resources:core.v1.ResourceRequirements startTime:meta.v1.Time
core.v1.PodTemplate apiVersion kind metadata:meta.v1.ObjectMeta template:core.v1.PodTemplateSpec
core.v1.PodTemplateSpec metadata:meta.v1.ObjectMeta spec:core.v1.PodSpec
core.v1.PortStatus error port:i! protocol!
core.v1.PortworxVolumeSource fsType readOnly:b volumeID!
core.v1.PreferredSchedulingTerm preference:core.v1.NodeSelectorTerm! weight:i!
core.v1.Probe exec:core.v1.ExecAction failureThreshold:i grpc:core.v1.GRPCAction httpGet:core.v1.HTTPGetAction initialDelaySeconds:i periodSeconds:i successThreshold:i tcpSocket:core.v1.TCPSocketAction terminationGracePeriodSeconds:l timeoutSeconds:i
core.v1.ProjectedVolumeSource defaultMode:i sources[core.v1.VolumeProjection]atomic
core.v1.QuobyteVolumeSource group readOnly:b registry! tenant user volume!
core.v1.RBDPersistentVolumeSource fsType image! keyring monitors[]atomic! pool readOnly:b secretRef:core.v1.SecretReference user
core.v1.RBDVolumeSource fsType image! keyring monitors[]atomic! pool readOnly:b secretRef:core.v1.LocalObjectReference user
core.v1.ReplicationController apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.ReplicationControllerSpec status:core.v1.ReplicationControllerStatus
core.v1.ReplicationControllerCondition lastTransitionTime:meta.v1.Time message reason status! type!=
core.v1.ReplicationControllerSpec minReadySeconds:i replicas:i selector{}@atomic template:core.v1.PodTemplateSpec
core.v1.ReplicationControllerStatus availableReplicas:i conditions[core.v1.ReplicationControllerCondition]map(type)+type fullyLabeledReplicas:i observedGeneration:l readyReplicas:i replicas:i!
core.v1.ResourceClaim name!= request
core.v1.ResourceFieldSelector@atomic containerName divisor:api.resource.Quantity resource!
core.v1.ResourceHealth health message resourceID!=
core.v1.ResourceQuota apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.ResourceQuotaSpec status:core.v1.ResourceQuotaStatus
core.v1.ResourceQuotaSpec hard{api.resource.Quantity} scopeSelector:core.v1.ScopeSelector scopes[]atomic
core.v1.ResourceQuotaStatus hard{api.resource.Quantity} used{api.resource.Quantity}
core.v1.ResourceRequirements claims[core.v1.ResourceClaim]map(name) limits{api.resource.Quantity} requests{api.resource.Quantity}
core.v1.ResourceStatus name!= resources[core.v1.ResourceHealth]map(resourceID)
core.v1.SELinuxOptions level role type user
core.v1.ScaleIOPersistentVolumeSource fsType gateway! protectionDomain readOnly:b secretRef:core.v1.SecretReference! sslEnabled:b storageMode storagePool system! volumeName
core.v1.ScaleIOVolumeSource fsType gateway! protectionDomain readOnly:b secretRef:core.v1.LocalObjectReference! sslEnabled:b storageMode storagePool system! volumeName
core.v1.ScopeSelector@atomic matchExpressions[core.v1.ScopedResourceSelectorRequirement]atomic
core.v1.ScopedResourceSelectorRequirement operator! scopeName! values[]atomic
core.v1.SeccompProfile localhostProfile type!
core.v1.Secret apiVersion data{y} immutable:b kind metadata:meta.v1.ObjectMeta stringData{} type
core.v1.SecretEnvSource name optional:b
core.v1.SecretKeySelector@atomic key! name optional:b
core.v1.SecretProjection items[core.v1.KeyToPath]atomic name optional:b
core.v1.SecretReference@atomic name namespace
core.v1.SecretVolumeSource defaultMode:i items[core.v1.KeyToPath]atomic optional:b secretName
core.v1.SecurityContext allowPrivilegeEscalation:b appArmorProfile:core.v1.AppArmorProfile capabilities:core.v1.Capabilities privileged:b procMount readOnlyRootFilesystem:b runAsGroup:l runAsNonRoot:b runAsUser:l seLinuxOptions:core.v1.SELinuxOptions seccompProfile:core.v1.SeccompProfile windowsOptions:core.v1.WindowsSecurityContextOptions
core.v1.Service apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.ServiceSpec status:core.v1.ServiceStatus
core.v1.ServiceAccount apiVersion automountServiceAccountToken:b imagePullSecrets[core.v1.LocalObjectReference]atomic kind metadata:meta.v1.ObjectMeta secrets[core.v1.ObjectReference]map(name)+name
core.v1.ServiceAccountTokenProjection audience expirationSeconds:l path!
core.v1.ServicePort appProtocol name nodePort:i port:i!=0 protocol=TCP targetPort:util.intstr.IntOrString
core.v1.ServiceSpec allocateLoadBalancerNodePorts:b clusterIP clusterIPs[]atomic externalIPs[]atomic externalName externalTrafficPolicy healthCheckNodePort:i internalTrafficPolicy ipFamilies[]atomic ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges[]atomic ports[core.v1.ServicePort]map(port,protocol)+port,protocol publishNotReadyAddresses:b selector{}@atomic sessionAffinity sessionAffinityConfig:core.v1.SessionAffinityConfig trafficDistribution type
core.v1.ServiceStatus conditions[meta.v1.Condition]map(type)+type loadBalancer:core.v1.LoadBalancerStatus
core.v1.SessionAffinityConfig clientIP:core.v1.ClientIPConfig
core.v1.SleepAction seconds:l!
core.v1.StorageOSPersistentVolumeSource fsType readOnly:b secretRef:core.v1.ObjectReference volumeName volumeNamespace
core.v1.StorageOSVolumeSource fsType readOnly:b secretRef:core.v1.LocalObjectReference volumeName volumeNamespace
core.v1.Sysctl name! value!
core.v1.TCPSocketAction host port:util.intstr.IntOrString!
core.v1.Taint effect! key! timeAdded:meta.v1.Time value
core.v1.Toleration effect key operator tolerationSeconds:l value
core.v1.TopologySelectorLabelRequirement key! values[]atomic!
core.v1.TopologySelectorTerm@atomic matchLabelExpressions[core.v1.TopologySelectorLabelRequirement]atomic
core.v1.TopologySpreadConstraint labelSelector:meta.v1.LabelSelector matchLabelKeys[]atomic maxSkew:i! minDomains:i nodeAffinityPolicy nodeTaintsPolicy topologyKey!= whenUnsatisfiable!=
core.v1.TypedLocalObjectReference@atomic apiGroup kind! name!
core.v1.TypedObjectReference apiGroup kind! name! namespace
core.v1.Volume awsElasticBlockStore:core.v1.AWSElasticBlockStoreVolumeSource azureDisk:core.v1.AzureDiskVolumeSource azureFile:core.v1.AzureFileVolumeSource cephfs:core.v1.CephFSVolumeSource cinder:core.v1.CinderVolumeSource configMap:core.v1.ConfigMapVolumeSource csi:core.v1.CSIVolumeSource downwardAPI:core.v1.DownwardAPIVolumeSource emptyDir:core.v1.EmptyDirVolumeSource ephemeral:core.v1.EphemeralVolumeSource fc:core.v1.FCVolumeSource flexVolume:core.v1.FlexVolumeSource flocker:core.v1.FlockerVolumeSource gcePersistentDisk:core.v1.GCEPersistentDiskVolumeSource gitRepo:core.v1.GitRepoVolumeSource glusterfs:core.v1.GlusterfsVolumeSource hostPath:core.v1.HostPathVolumeSource image:core.v1.ImageVolumeSource iscsi:core.v1.ISCSIVolumeSource name!= nfs:core.v1.NFSVolumeSource persistentVolumeClaim:core.v1.PersistentVolumeClaimVolumeSource photonPersistentDisk:core.v1.PhotonPersistentDiskVolumeSource portworxVolume:core.v1.PortworxVolumeSource projected:core.v1.ProjectedVolumeSource quobyte:core.v1.QuobyteVolumeSource rbd:core.v1.RBDVolumeSource scaleIO:core.v1.ScaleIOVolumeSource secret:core.v1.SecretVolumeSource storageos:core.v1.StorageOSVolumeSource vsphereVolume:core.v1.VsphereVirtualDiskVolumeSource
core.v1.VolumeDevice devicePath!= name!
core.v1.VolumeMount mountPath!= mountPropagation name! readOnly:b recursiveReadOnly subPath subPathExpr
core.v1.VolumeMountStatus mountPath!= name! readOnly:b recursiveReadOnly volumeStatus:core.v1.VolumeStatus
core.v1.VolumeNodeAffinity required:core.v1.NodeSelector
core.v1.VolumeProjection clusterTrustBundle:core.v1.ClusterTrustBundleProjection configMap:core.v1.ConfigMapProjection downwardAPI:core.v1.DownwardAPIProjection podCertificate:core.v1.PodCertificateProjection secret:core.v1.SecretProjection serviceAccountToken:core.v1.ServiceAccountTokenProjection
core.v1.VolumeResourceRequirements limits{api.resource.Quantity} requests{api.resource.Quantity}
core.v1.VolumeStatus image:core.v1.ImageVolumeStatus
core.v1.VsphereVirtualDiskVolumeSource fsType storagePolicyID storagePolicyName volumePath!
core.v1.WeightedPodAffinityTerm podAffinityTerm:core.v1.PodAffinityTerm! weight:i!
core.v1.WindowsSecurityContextOptions gmsaCredentialSpec gmsaCredentialSpecName hostProcess:b runAsUserName
discovery.v1.Endpoint addresses[]set! conditions:discovery.v1.EndpointConditions deprecatedTopology{} hints:discovery.v1.EndpointHints hostname nodeName targetRef:core.v1.ObjectReference zone
discovery.v1.EndpointConditions ready:b serving:b terminating:b
discovery.v1.EndpointHints forNodes[discovery.v1.ForNode]atomic forZones[discovery.v1.ForZone]atomic
discovery.v1.EndpointPort@atomic appProtocol name port:i protocol
discovery.v1.EndpointSlice addressType! apiVersion endpoints[discovery.v1.Endpoint]atomic kind metadata:meta.v1.ObjectMeta ports[discovery.v1.EndpointPort]atomic
discovery.v1.ForNode name!
discovery.v1.ForZone name!
events.v1.Event action apiVersion deprecatedCount:i deprecatedFirstTimestamp:meta.v1.Time deprecatedLastTimestamp:meta.v1.Time deprecatedSource:core.v1.EventSource eventTime:meta.v1.MicroTime! kind metadata:meta.v1.ObjectMeta note reason regarding:core.v1.ObjectReference related:core.v1.ObjectReference reportingController reportingInstance series:events.v1.EventSeries type
events.v1.EventSeries count:i! lastObservedTime:meta.v1.MicroTime!
flowcontrol.v1.ExemptPriorityLevelConfiguration lendablePercent:i nominalConcurrencyShares:i
flowcontrol.v1.FlowDistinguisherMethod type!
flowcontrol.v1.FlowSchema apiVersion kind metadata:meta.v1.ObjectMeta spec:flowcontrol.v1.FlowSchemaSpec status:flowcontrol.v1.FlowSchemaStatus
flowcontrol.v1.FlowSchemaCondition lastTransitionTime:meta.v1.Time message reason status type
flowcontrol.v1.FlowSchemaSpec distinguisherMethod:flowcontrol.v1.FlowDistinguisherMethod matchingPrecedence:i priorityLevelConfiguration:flowcontrol.v1.PriorityLevelConfigurationReference! rules[flowcontrol.v1.PolicyRulesWithSubjects]atomic
flowcontrol.v1.FlowSchemaStatus conditions[flowcontrol.v1.FlowSchemaCondition]map(type)+type
flowcontrol.v1.GroupSubject name!
flowcontrol.v1.LimitResponse queuing:flowcontrol.v1.QueuingConfiguration type!
flowcontrol.v1.LimitedPriorityLevelConfiguration borrowingLimitPercent:i lendablePercent:i limitResponse:flowcontrol.v1.LimitResponse nominalConcurrencyShares:i
flowcontrol.v1.NonResourcePolicyRule nonResourceURLs[]set! verbs[]set!
flowcontrol.v1.PolicyRulesWithSubjects nonResourceRules[flowcontrol.v1.NonResourcePolicyRule]atomic resourceRules[flowcontrol.v1.ResourcePolicyRule]atomic subjects[flowcontrol.v1.Subject]atomic!
flowcontrol.v1.PriorityLevelConfiguration apiVersion kind metadata:meta.v1.ObjectMeta spec:flowcontrol.v1.PriorityLevelConfigurationSpec status:flowcontrol.v1.PriorityLevelConfigurationStatus
flowcontrol.v1.PriorityLevelConfigurationCondition lastTransitionTime:meta.v1.Time message reason status type
flowcontrol.v1.PriorityLevelConfigurationReference name!
flowcontrol.v1.PriorityLevelConfigurationSpec exempt:flowcontrol.v1.ExemptPriorityLevelConfiguration limited:flowcontrol.v1.LimitedPriorityLevelConfiguration type!
flowcontrol.v1.PriorityLevelConfigurationStatus conditions[flowcontrol.v1.PriorityLevelConfigurationCondition]map(type)+type
flowcontrol.v1.QueuingConfiguration handSize:i queueLengthLimit:i queues:i
flowcontrol.v1.ResourcePolicyRule apiGroups[]set! clusterScope:b namespaces[]set resources[]set! verbs[]set!
flowcontrol.v1.ServiceAccountSubject name! namespace!
flowcontrol.v1.Subject group:flowcontrol.v1.GroupSubject kind! serviceAccount:flowcontrol.v1.ServiceAccountSubject user:flowcontrol.v1.UserSubject
flowcontrol.v1.UserSubject name!
meta.v1.Condition lastTransitionTime:meta.v1.Time! message! observedGeneration:l reason! status! type!=
meta.v1.DeleteOptions apiVersion dryRun[]atomic gracePeriodSeconds:l ignoreStoreReadErrorWithClusterBreakingPotential:b kind orphanDependents:b preconditions:meta.v1.Preconditions propagationPolicy
meta.v1.FieldSelectorRequirement key! operator! values[]atomic
meta.v1.FieldsV1 :o
meta.v1.LabelSelector@atomic matchExpressions[meta.v1.LabelSelectorRequirement]atomic matchLabels{}
meta.v1.LabelSelectorRequirement key! operator! values[]atomic
meta.v1.ManagedFieldsEntry apiVersion fieldsType fieldsV1:meta.v1.FieldsV1 manager operation subresource time:meta.v1.Time
meta.v1.MicroTime :t
meta.v1.ObjectMeta annotations{} creationTimestamp:meta.v1.Time deletionGracePeriodSeconds:l deletionTimestamp:meta.v1.Time finalizers[]set+ generateName generation:l labels{} managedFields[meta.v1.ManagedFieldsEntry]atomic name namespace ownerReferences[meta.v1.OwnerReference]map(uid)+uid resourceVersion selfLink uid
meta.v1.OwnerReference@atomic apiVersion! blockOwnerDeletion:b controller:b kind! name! uid!=
meta.v1.Preconditions resourceVersion uid
meta.v1.Time :t
networking.v1.HTTPIngressPath backend:networking.v1.IngressBackend! path pathType!
networking.v1.HTTPIngressRuleValue paths[networking.v1.HTTPIngressPath]atomic!
networking.v1.IPAddress apiVersion kind metadata:meta.v1.ObjectMeta spec:networking.v1.IPAddressSpec!
networking.v1.IPAddressSpec parentRef:networking.v1.ParentReference!
networking.v1.IPBlock cidr! except[]atomic
networking.v1.Ingress apiVersion kind metadata:meta.v1.ObjectMeta spec:networking.v1.IngressSpec status:networking.v1.IngressStatus
networking.v1.IngressBackend resource:core.v1.TypedLocalObjectReference service:networking.v1.IngressServiceBackend
networking.v1.IngressClass apiVersion kind metadata:meta.v1.ObjectMeta spec:networking.v1.IngressClassSpec
networking.v1.IngressClassParametersReference apiGroup kind! name! namespace scope
networking.v1.IngressClassSpec controller parameters:networking.v1.IngressClassParametersReference
networking.v1.IngressLoadBalancerIngress hostname ip ports[networking.v1.IngressPortStatus]atomic
networking.v1.IngressLoadBalancerStatus ingress[networking.v1.IngressLoadBalancerIngress]atomic
networking.v1.IngressPortStatus error port:i! protocol!
networking.v1.IngressRule host http:networking.v1.HTTPIngressRuleValue
networking.v1.IngressServiceBackend name! port:networking.v1.ServiceBackendPort
networking.v1.IngressSpec defaultBackend:networking.v1.IngressBackend ingressClassName rules[networking.v1.IngressRule]atomic tls[networking.v1.IngressTLS]atomic
networking.v1.IngressStatus loadBalancer:networking.v1.IngressLoadBalancerStatus
networking.v1.IngressTLS hosts[]atomic secretName
networking.v1.NetworkPolicy apiVersion kind metadata:meta.v1.ObjectMeta spec:networking.v1.NetworkPolicySpec
networking.v1.NetworkPolicyEgressRule ports[networking.v1.NetworkPolicyPort]atomic to[networking.v1.NetworkPolicyPeer]atomic
networking.v1.NetworkPolicyIngressRule from[networking.v1.NetworkPolicyPeer]atomic ports[networking.v1.NetworkPolicyPort]atomic
networking.v1.NetworkPolicyPeer ipBlock:networking.v1.IPBlock namespaceSelector:meta.v1.LabelSelector podSelector:meta.v1.LabelSelector
networking.v1.NetworkPolicyPort endPort:i port:util.intstr.IntOrString protocol
networking.v1.NetworkPolicySpec egress[networking.v1.NetworkPolicyEgressRule]atomic ingress[networking.v1.NetworkPolicyIngressRule]atomic podSelector:meta.v1.LabelSelector policyTypes[]atomic
networking.v1.ParentReference group name! namespace resource!
networking.v1.ServiceBackendPort@atomic name number:i
networking.v1.ServiceCIDR apiVersion kind metadata:meta.v1.ObjectMeta spec:networking.v1.ServiceCIDRSpec status:networking.v1.ServiceCIDRStatus
networking.v1.ServiceCIDRSpec cidrs[]atomic
networking.v1.ServiceCIDRStatus conditions[meta.v1.Condition]map(type)+type
networking.v1beta1.IPAddress apiVersion kind metadata:meta.v1.ObjectMeta spec:networking.v1beta1.IPAddressSpec!
networking.v1beta1.IPAddressSpec parentRef:networking.v1beta1.ParentReference!
networking.v1beta1.ParentReference group name! namespace resource!
networking.v1beta1.ServiceCIDR apiVersion kind metadata:meta.v1.ObjectMeta spec:networking.v1beta1.ServiceCIDRSpec status:networking.v1beta1.ServiceCIDRStatus
networking.v1beta1.ServiceCIDRSpec cidrs[]atomic
networking.v1beta1.ServiceCIDRStatus conditions[meta.v1.Condition]map(type)+type
node.v1.Overhead podFixed{api.resource.Quantity}
node.v1.RuntimeClass apiVersion handler! kind metadata:meta.v1.ObjectMeta overhead:node.v1.Overhead scheduling:node.v1.Scheduling
node.v1.Scheduling nodeSelector{}@atomic tolerations[core.v1.Toleration]atomic
policy.v1.Eviction apiVersion deleteOptions:meta.v1.DeleteOptions kind metadata:meta.v1.ObjectMeta
policy.v1.PodDisruptionBudget apiVersion kind metadata:meta.v1.ObjectMeta spec:policy.v1.PodDisruptionBudgetSpec status:policy.v1.PodDisruptionBudgetStatus
policy.v1.PodDisruptionBudgetSpec maxUnavailable:util.intstr.IntOrString minAvailable:util.intstr.IntOrString selector:meta.v1.LabelSelector unhealthyPodEvictionPolicy
policy.v1.PodDisruptionBudgetStatus conditions[meta.v1.Condition]map(type)+type currentHealthy:i desiredHealthy:i disruptedPods{meta.v1.Time} disruptionsAllowed:i expectedPods:i observedGeneration:l
rbac.v1.AggregationRule clusterRoleSelectors[meta.v1.LabelSelector]atomic
rbac.v1.ClusterRole aggregationRule:rbac.v1.AggregationRule apiVersion kind metadata:meta.v1.ObjectMeta rules[rbac.v1.PolicyRule]atomic
rbac.v1.ClusterRoleBinding apiVersion kind metadata:meta.v1.ObjectMeta roleRef:rbac.v1.RoleRef! subjects[rbac.v1.Subject]atomic
rbac.v1.PolicyRule apiGroups[]atomic nonResourceURLs[]atomic resourceNames[]atomic resources[]atomic verbs[]atomic!
rbac.v1.Role apiVersion kind metadata:meta.v1.ObjectMeta rules[rbac.v1.PolicyRule]atomic
rbac.v1.RoleBinding apiVersion kind metadata:meta.v1.ObjectMeta roleRef:rbac.v1.RoleRef! subjects[rbac.v1.Subject]atomic
rbac.v1.RoleRef@atomic apiGroup kind! name!
rbac.v1.Subject@atomic apiGroup kind! name! namespace
resource.v1.AllocatedDeviceStatus conditions[meta.v1.Condition]map(type) data:runtime.RawExtension device!= driver!= networkData:resource.v1.NetworkDeviceData pool!= shareID
resource.v1.AllocationResult allocationTimestamp:meta.v1.Time devices:resource.v1.DeviceAllocationResult nodeSelector:core.v1.NodeSelector
resource.v1.CELDeviceSelector expression!
resource.v1.CapacityRequestPolicy default:api.resource.Quantity validRange:resource.v1.CapacityRequestPolicyRange validValues[api.resource.Quantity]atomic
resource.v1.CapacityRequestPolicyRange max:api.resource.Quantity min:api.resource.Quantity! step:api.resource.Quantity
resource.v1.CapacityRequirements requests{api.resource.Quantity}
resource.v1.Counter value:api.resource.Quantity!
resource.v1.CounterSet counters{resource.v1.Counter}! name!
resource.v1.Device allNodes:b allowMultipleAllocations:b attributes{resource.v1.DeviceAttribute} bindingConditions[]atomic bindingFailureConditions[]atomic bindsToNode:b capacity{resource.v1.DeviceCapacity} consumesCounters[resource.v1.DeviceCounterConsumption]atomic name! nodeAllocatableResourceMappings{resource.v1.NodeAllocatableResourceMapping} nodeName nodeSelector:core.v1.NodeSelector taints[resource.v1.DeviceTaint]atomic
resource.v1.DeviceAllocationConfiguration opaque:resource.v1.OpaqueDeviceConfiguration requests[]atomic source!
resource.v1.DeviceAllocationResult config[resource.v1.DeviceAllocationConfiguration]atomic results[resource.v1.DeviceRequestAllocationResult]atomic
resource.v1.DeviceAttribute bool:b bools[b]atomic int:l ints[l]atomic string strings[]atomic version versions[]atomic
resource.v1.DeviceCapacity requestPolicy:resource.v1.CapacityRequestPolicy value:api.resource.Quantity!
resource.v1.DeviceClaim config[resource.v1.DeviceClaimConfiguration]atomic constraints[resource.v1.DeviceConstraint]atomic requests[resource.v1.DeviceRequest]atomic
resource.v1.DeviceClaimConfiguration opaque:resource.v1.OpaqueDeviceConfiguration requests[]atomic
resource.v1.DeviceClass apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1.DeviceClassSpec!
resource.v1.DeviceClassConfiguration opaque:resource.v1.OpaqueDeviceConfiguration
resource.v1.DeviceClassSpec config[resource.v1.DeviceClassConfiguration]atomic extendedResourceName selectors[resource.v1.DeviceSelector]atomic
resource.v1.DeviceConstraint distinctAttribute matchAttribute requests[]atomic
resource.v1.DeviceCounterConsumption counterSet! counters{resource.v1.Counter}!
resource.v1.DeviceRequest exactly:resource.v1.ExactDeviceRequest firstAvailable[resource.v1.DeviceSubRequest]atomic name!
resource.v1.DeviceRequestAllocationResult adminAccess:b bindingConditions[]atomic bindingFailureConditions[]atomic consumedCapacity{api.resource.Quantity} device! driver! pool! request! shareID tolerations[resource.v1.DeviceToleration]atomic
resource.v1.DeviceSelector cel:resource.v1.CELDeviceSelector
resource.v1.DeviceSubRequest allocationMode capacity:resource.v1.CapacityRequirements count:l deviceClassName! name! selectors[resource.v1.DeviceSelector]atomic tolerations[resource.v1.DeviceToleration]atomic
resource.v1.DeviceTaint effect! key! timeAdded:meta.v1.Time value
resource.v1.DeviceToleration effect key operator tolerationSeconds:l value
resource.v1.ExactDeviceRequest adminAccess:b allocationMode capacity:resource.v1.CapacityRequirements count:l deviceClassName! selectors[resource.v1.DeviceSelector]atomic tolerations[resource.v1.DeviceToleration]atomic
resource.v1.NetworkDeviceData hardwareAddress interfaceName ips[]atomic
resource.v1.NodeAllocatableResourceMapping allocationMultiplier:api.resource.Quantity capacityKey
resource.v1.OpaqueDeviceConfiguration driver! parameters:runtime.RawExtension!
resource.v1.ResourceClaim apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1.ResourceClaimSpec! status:resource.v1.ResourceClaimStatus
resource.v1.ResourceClaimConsumerReference apiGroup name! resource! uid!=
resource.v1.ResourceClaimSpec devices:resource.v1.DeviceClaim
resource.v1.ResourceClaimStatus allocation:resource.v1.AllocationResult devices[resource.v1.AllocatedDeviceStatus]map(driver,device,pool,shareID) reservedFor[resource.v1.ResourceClaimConsumerReference]map(uid)+uid
resource.v1.ResourceClaimTemplate apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1.ResourceClaimTemplateSpec!
resource.v1.ResourceClaimTemplateSpec metadata:meta.v1.ObjectMeta spec:resource.v1.ResourceClaimSpec!
resource.v1.ResourcePool generation:l! name! resourceSliceCount:l!
resource.v1.ResourceSlice apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1.ResourceSliceSpec!
resource.v1.ResourceSliceSpec allNodes:b devices[resource.v1.Device]atomic driver! nodeName nodeSelector:core.v1.NodeSelector perDeviceNodeSelection:b pool:resource.v1.ResourcePool! sharedCounters[resource.v1.CounterSet]atomic
resource.v1alpha3.DeviceTaint effect! key! timeAdded:meta.v1.Time value
resource.v1alpha3.DeviceTaintRule apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1alpha3.DeviceTaintRuleSpec! status:resource.v1alpha3.DeviceTaintRuleStatus
resource.v1alpha3.DeviceTaintRuleSpec deviceSelector:resource.v1alpha3.DeviceTaintSelector taint:resource.v1alpha3.DeviceTaint!
resource.v1alpha3.DeviceTaintRuleStatus conditions[meta.v1.Condition]map(type)+type
resource.v1alpha3.DeviceTaintSelector device driver pool
resource.v1alpha3.PoolStatus allocatedDevices:i availableDevices:i driver! generation:l! nodeName poolName! resourceSliceCount:i totalDevices:i unavailableDevices:i validationError
resource.v1alpha3.ResourcePoolStatusRequest apiVersion kind metadata:meta.v1.ObjectMeta! spec:resource.v1alpha3.ResourcePoolStatusRequestSpec! status:resource.v1alpha3.ResourcePoolStatusRequestStatus
resource.v1alpha3.ResourcePoolStatusRequestSpec driver! limit:i poolName
resource.v1alpha3.ResourcePoolStatusRequestStatus conditions[meta.v1.Condition]map(type)+type poolCount:i! pools[resource.v1alpha3.PoolStatus]atomic
resource.v1beta1.AllocatedDeviceStatus conditions[meta.v1.Condition]map(type) data:runtime.RawExtension device!= driver!= networkData:resource.v1beta1.NetworkDeviceData pool!= shareID
resource.v1beta1.AllocationResult allocationTimestamp:meta.v1.Time devices:resource.v1beta1.DeviceAllocationResult nodeSelector:core.v1.NodeSelector
resource.v1beta1.BasicDevice allNodes:b allowMultipleAllocations:b attributes{resource.v1beta1.DeviceAttribute} bindingConditions[]atomic bindingFailureConditions[]atomic bindsToNode:b capacity{resource.v1beta1.DeviceCapacity} consumesCounters[resource.v1beta1.DeviceCounterConsumption]atomic nodeAllocatableResourceMappings{resource.v1beta1.NodeAllocatableResourceMapping} nodeName nodeSelector:core.v1.NodeSelector taints[resource.v1beta1.DeviceTaint]atomic
resource.v1beta1.CELDeviceSelector expression!
resource.v1beta1.CapacityRequestPolicy default:api.resource.Quantity validRange:resource.v1beta1.CapacityRequestPolicyRange validValues[api.resource.Quantity]atomic
resource.v1beta1.CapacityRequestPolicyRange max:api.resource.Quantity min:api.resource.Quantity! step:api.resource.Quantity
resource.v1beta1.CapacityRequirements requests{api.resource.Quantity}
resource.v1beta1.Counter value:api.resource.Quantity!
resource.v1beta1.CounterSet counters{resource.v1beta1.Counter}! name!
resource.v1beta1.Device basic:resource.v1beta1.BasicDevice name!
resource.v1beta1.DeviceAllocationConfiguration opaque:resource.v1beta1.OpaqueDeviceConfiguration requests[]atomic source!
resource.v1beta1.DeviceAllocationResult config[resource.v1beta1.DeviceAllocationConfiguration]atomic results[resource.v1beta1.DeviceRequestAllocationResult]atomic
resource.v1beta1.DeviceAttribute bool:b bools[b]atomic int:l ints[l]atomic string strings[]atomic version versions[]atomic
resource.v1beta1.DeviceCapacity requestPolicy:resource.v1beta1.CapacityRequestPolicy value:api.resource.Quantity!
resource.v1beta1.DeviceClaim config[resource.v1beta1.DeviceClaimConfiguration]atomic constraints[resource.v1beta1.DeviceConstraint]atomic requests[resource.v1beta1.DeviceRequest]atomic
resource.v1beta1.DeviceClaimConfiguration opaque:resource.v1beta1.OpaqueDeviceConfiguration requests[]atomic
resource.v1beta1.DeviceClass apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1beta1.DeviceClassSpec!
resource.v1beta1.DeviceClassConfiguration opaque:resource.v1beta1.OpaqueDeviceConfiguration
resource.v1beta1.DeviceClassSpec config[resource.v1beta1.DeviceClassConfiguration]atomic extendedResourceName selectors[resource.v1beta1.DeviceSelector]atomic
resource.v1beta1.DeviceConstraint distinctAttribute matchAttribute requests[]atomic
resource.v1beta1.DeviceCounterConsumption counterSet! counters{resource.v1beta1.Counter}!
resource.v1beta1.DeviceRequest adminAccess:b allocationMode capacity:resource.v1beta1.CapacityRequirements count:l deviceClassName firstAvailable[resource.v1beta1.DeviceSubRequest]atomic name! selectors[resource.v1beta1.DeviceSelector]atomic tolerations[resource.v1beta1.DeviceToleration]atomic
resource.v1beta1.DeviceRequestAllocationResult adminAccess:b bindingConditions[]atomic bindingFailureConditions[]atomic consumedCapacity{api.resource.Quantity} device! driver! pool! request! shareID tolerations[resource.v1beta1.DeviceToleration]atomic
resource.v1beta1.DeviceSelector cel:resource.v1beta1.CELDeviceSelector
resource.v1beta1.DeviceSubRequest allocationMode capacity:resource.v1beta1.CapacityRequirements count:l deviceClassName! name! selectors[resource.v1beta1.DeviceSelector]atomic tolerations[resource.v1beta1.DeviceToleration]atomic
resource.v1beta1.DeviceTaint effect! key! timeAdded:meta.v1.Time value
resource.v1beta1.DeviceToleration effect key operator tolerationSeconds:l value
resource.v1beta1.NetworkDeviceData hardwareAddress interfaceName ips[]atomic
resource.v1beta1.NodeAllocatableResourceMapping allocationMultiplier:api.resource.Quantity capacityKey
resource.v1beta1.OpaqueDeviceConfiguration driver! parameters:runtime.RawExtension!
resource.v1beta1.ResourceClaim apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1beta1.ResourceClaimSpec! status:resource.v1beta1.ResourceClaimStatus
resource.v1beta1.ResourceClaimConsumerReference apiGroup name! resource! uid!=
resource.v1beta1.ResourceClaimSpec devices:resource.v1beta1.DeviceClaim
resource.v1beta1.ResourceClaimStatus allocation:resource.v1beta1.AllocationResult devices[resource.v1beta1.AllocatedDeviceStatus]map(driver,device,pool,shareID) reservedFor[resource.v1beta1.ResourceClaimConsumerReference]map(uid)+uid
resource.v1beta1.ResourceClaimTemplate apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1beta1.ResourceClaimTemplateSpec!
resource.v1beta1.ResourceClaimTemplateSpec metadata:meta.v1.ObjectMeta spec:resource.v1beta1.ResourceClaimSpec!
resource.v1beta1.ResourcePool generation:l! name! resourceSliceCount:l!
resource.v1beta1.ResourceSlice apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1beta1.ResourceSliceSpec!
resource.v1beta1.ResourceSliceSpec allNodes:b devices[resource.v1beta1.Device]atomic driver! nodeName nodeSelector:core.v1.NodeSelector perDeviceNodeSelection:b pool:resource.v1beta1.ResourcePool! sharedCounters[resource.v1beta1.CounterSet]atomic
resource.v1beta2.AllocatedDeviceStatus conditions[meta.v1.Condition]map(type) data:runtime.RawExtension device!= driver!= networkData:resource.v1beta2.NetworkDeviceData pool!= shareID
resource.v1beta2.AllocationResult allocationTimestamp:meta.v1.Time devices:resource.v1beta2.DeviceAllocationResult nodeSelector:core.v1.NodeSelector
resource.v1beta2.CELDeviceSelector expression!
resource.v1beta2.CapacityRequestPolicy default:api.resource.Quantity validRange:resource.v1beta2.CapacityRequestPolicyRange validValues[api.resource.Quantity]atomic
resource.v1beta2.CapacityRequestPolicyRange max:api.resource.Quantity min:api.resource.Quantity! step:api.resource.Quantity
resource.v1beta2.CapacityRequirements requests{api.resource.Quantity}
resource.v1beta2.Counter value:api.resource.Quantity!
resource.v1beta2.CounterSet counters{resource.v1beta2.Counter}! name!
resource.v1beta2.Device allNodes:b allowMultipleAllocations:b attributes{resource.v1beta2.DeviceAttribute} bindingConditions[]atomic bindingFailureConditions[]atomic bindsToNode:b capacity{resource.v1beta2.DeviceCapacity} consumesCounters[resource.v1beta2.DeviceCounterConsumption]atomic name! nodeAllocatableResourceMappings{resource.v1beta2.NodeAllocatableResourceMapping} nodeName nodeSelector:core.v1.NodeSelector taints[resource.v1beta2.DeviceTaint]atomic
resource.v1beta2.DeviceAllocationConfiguration opaque:resource.v1beta2.OpaqueDeviceConfiguration requests[]atomic source!
resource.v1beta2.DeviceAllocationResult config[resource.v1beta2.DeviceAllocationConfiguration]atomic results[resource.v1beta2.DeviceRequestAllocationResult]atomic
resource.v1beta2.DeviceAttribute bool:b bools[b]atomic int:l ints[l]atomic string strings[]atomic version versions[]atomic
resource.v1beta2.DeviceCapacity requestPolicy:resource.v1beta2.CapacityRequestPolicy value:api.resource.Quantity!
resource.v1beta2.DeviceClaim config[resource.v1beta2.DeviceClaimConfiguration]atomic constraints[resource.v1beta2.DeviceConstraint]atomic requests[resource.v1beta2.DeviceRequest]atomic
resource.v1beta2.DeviceClaimConfiguration opaque:resource.v1beta2.OpaqueDeviceConfiguration requests[]atomic
resource.v1beta2.DeviceClass apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1beta2.DeviceClassSpec!
resource.v1beta2.DeviceClassConfiguration opaque:resource.v1beta2.OpaqueDeviceConfiguration
resource.v1beta2.DeviceClassSpec config[resource.v1beta2.DeviceClassConfiguration]atomic extendedResourceName selectors[resource.v1beta2.DeviceSelector]atomic
resource.v1beta2.DeviceConstraint distinctAttribute matchAttribute requests[]atomic
resource.v1beta2.DeviceCounterConsumption counterSet! counters{resource.v1beta2.Counter}!
resource.v1beta2.DeviceRequest exactly:resource.v1beta2.ExactDeviceRequest firstAvailable[resource.v1beta2.DeviceSubRequest]atomic name!
resource.v1beta2.DeviceRequestAllocationResult adminAccess:b bindingConditions[]atomic bindingFailureConditions[]atomic consumedCapacity{api.resource.Quantity} device! driver! pool! request! shareID tolerations[resource.v1beta2.DeviceToleration]atomic
resource.v1beta2.DeviceSelector cel:resource.v1beta2.CELDeviceSelector
resource.v1beta2.DeviceSubRequest allocationMode capacity:resource.v1beta2.CapacityRequirements count:l deviceClassName! name! selectors[resource.v1beta2.DeviceSelector]atomic tolerations[resource.v1beta2.DeviceToleration]atomic
resource.v1beta2.DeviceTaint effect! key! timeAdded:meta.v1.Time value
resource.v1beta2.DeviceTaintRule apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1beta2.DeviceTaintRuleSpec! status:resource.v1beta2.DeviceTaintRuleStatus
resource.v1beta2.DeviceTaintRuleSpec deviceSelector:resource.v1beta2.DeviceTaintSelector taint:resource.v1beta2.DeviceTaint!
resource.v1beta2.DeviceTaintRuleStatus conditions[meta.v1.Condition]map(type)+type
resource.v1beta2.DeviceTaintSelector device driver pool
resource.v1beta2.DeviceToleration effect key operator tolerationSeconds:l value
resource.v1beta2.ExactDeviceRequest adminAccess:b allocationMode capacity:resource.v1beta2.CapacityRequirements count:l deviceClassName! selectors[resource.v1beta2.DeviceSelector]atomic tolerations[resource.v1beta2.DeviceToleration]atomic
resource.v1beta2.NetworkDeviceData hardwareAddress interfaceName ips[]atomic
resource.v1beta2.NodeAllocatableResourceMapping allocationMultiplier:api.resource.Quantity capacityKey
resource.v1beta2.OpaqueDeviceConfiguration driver! parameters:runtime.RawExtension!
resource.v1beta2.ResourceClaim apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1beta2.ResourceClaimSpec! status:resource.v1beta2.ResourceClaimStatus
resource.v1beta2.ResourceClaimConsumerReference apiGroup name! resource! uid!=
resource.v1beta2.ResourceClaimSpec devices:resource.v1beta2.DeviceClaim
resource.v1beta2.ResourceClaimStatus allocation:resource.v1beta2.AllocationResult devices[resource.v1beta2.AllocatedDeviceStatus]map(driver,device,pool,shareID) reservedFor[resource.v1beta2.ResourceClaimConsumerReference]map(uid)+uid
resource.v1beta2.ResourceClaimTemplate apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1beta2.ResourceClaimTemplateSpec!
resource.v1beta2.ResourceClaimTemplateSpec metadata:meta.v1.ObjectMeta spec:resource.v1beta2.ResourceClaimSpec!
resource.v1beta2.ResourcePool generation:l! name! resourceSliceCount:l!
resource.v1beta2.ResourceSlice apiVersion kind metadata:meta.v1.ObjectMeta spec:resource.v1beta2.ResourceSliceSpec!
resource.v1beta2.ResourceSliceSpec allNodes:b devices[resource.v1beta2.Device]atomic driver! nodeName nodeSelector:core.v1.NodeSelector perDeviceNodeSelection:b pool:resource.v1beta2.ResourcePool! sharedCounters[resource.v1beta2.CounterSet]atomic
runtime.RawExtension :o
scheduling.v1.PriorityClass apiVersion description globalDefault:b kind metadata:meta.v1.ObjectMeta preemptionPolicy value:i
storage.v1.CSIDriver apiVersion kind metadata:meta.v1.ObjectMeta spec:storage.v1.CSIDriverSpec!
storage.v1.CSIDriverSpec attachRequired:b fsGroupPolicy nodeAllocatableUpdatePeriodSeconds:l podInfoOnMount:b preventPodSchedulingIfMissing:b requiresRepublish:b seLinuxMount:b serviceAccountTokenInSecrets:b storageCapacity:b tokenRequests[storage.v1.TokenRequest]atomic volumeLifecycleModes[]set
storage.v1.CSINode apiVersion kind metadata:meta.v1.ObjectMeta spec:storage.v1.CSINodeSpec!
storage.v1.CSINodeDriver allocatable:storage.v1.VolumeNodeResources name!= nodeID! topologyKeys[]atomic
storage.v1.CSINodeSpec drivers[storage.v1.CSINodeDriver]map(name)+name!
storage.v1.CSIStorageCapacity apiVersion capacity:api.resource.Quantity kind maximumVolumeSize:api.resource.Quantity metadata:meta.v1.ObjectMeta nodeTopology:meta.v1.LabelSelector storageClassName!
storage.v1.StorageClass allowVolumeExpansion:b allowedTopologies[core.v1.TopologySelectorTerm]atomic apiVersion kind metadata:meta.v1.ObjectMeta mountOptions[]atomic parameters{} provisioner! reclaimPolicy volumeBindingMode
storage.v1.TokenRequest audience! expirationSeconds:l
storage.v1.VolumeAttachment apiVersion kind metadata:meta.v1.ObjectMeta spec:storage.v1.VolumeAttachmentSpec! status:storage.v1.VolumeAttachmentStatus
storage.v1.VolumeAttachmentSource inlineVolumeSpec:core.v1.PersistentVolumeSpec persistentVolumeName
storage.v1.VolumeAttachmentSpec attacher! nodeName! source:storage.v1.VolumeAttachmentSource!
storage.v1.VolumeAttachmentStatus attachError:storage.v1.VolumeError attached:b! attachmentMetadata{} detachError:storage.v1.VolumeError
storage.v1.VolumeAttributesClass apiVersion driverName! kind metadata:meta.v1.ObjectMeta parameters{}
storage.v1.VolumeError errorCode:i message time:meta.v1.Time
storage.v1.VolumeNodeResources count:i
storage.v1beta1.VolumeAttributesClass apiVersion driverName! kind metadata:meta.v1.ObjectMeta parameters{}
util.intstr.IntOrString :x
`;
