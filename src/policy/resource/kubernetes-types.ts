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
 * A definition a line, its fields that lead to lists: `field:Def` an object, `field{Def}` a map of objects,
 * `field[Def]type(keys)+merge,keys` a list with its x-kubernetes-list-type and, after the plus, its keys in a
 * strategic merge.
 */
export const DEFINITION_LINES = `
admissionregistration.v1.MatchResources excludeResourceRules[admissionregistration.v1.NamedRuleWithOperations]atomic namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector resourceRules[admissionregistration.v1.NamedRuleWithOperations]atomic
admissionregistration.v1.MutatingAdmissionPolicy metadata:meta.v1.ObjectMeta spec:admissionregistration.v1.MutatingAdmissionPolicySpec
admissionregistration.v1.MutatingAdmissionPolicyBinding metadata:meta.v1.ObjectMeta spec:admissionregistration.v1.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1.MutatingAdmissionPolicyBindingList items[admissionregistration.v1.MutatingAdmissionPolicyBinding]
admissionregistration.v1.MutatingAdmissionPolicyBindingSpec matchResources:admissionregistration.v1.MatchResources paramRef:admissionregistration.v1.ParamRef
admissionregistration.v1.MutatingAdmissionPolicyList items[admissionregistration.v1.MutatingAdmissionPolicy]
admissionregistration.v1.MutatingAdmissionPolicySpec matchConditions[]map(name)+name matchConstraints:admissionregistration.v1.MatchResources mutations[]atomic variables[]atomic
admissionregistration.v1.MutatingWebhook admissionReviewVersions[]atomic matchConditions[]map(name)+name namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector rules[admissionregistration.v1.RuleWithOperations]atomic
admissionregistration.v1.MutatingWebhookConfiguration metadata:meta.v1.ObjectMeta webhooks[admissionregistration.v1.MutatingWebhook]map(name)+name
admissionregistration.v1.MutatingWebhookConfigurationList items[admissionregistration.v1.MutatingWebhookConfiguration]
admissionregistration.v1.NamedRuleWithOperations apiGroups[]atomic apiVersions[]atomic operations[]atomic resourceNames[]atomic resources[]atomic
admissionregistration.v1.ParamRef selector:meta.v1.LabelSelector
admissionregistration.v1.RuleWithOperations apiGroups[]atomic apiVersions[]atomic operations[]atomic resources[]atomic
admissionregistration.v1.TypeChecking expressionWarnings[]atomic
admissionregistration.v1.ValidatingAdmissionPolicy metadata:meta.v1.ObjectMeta spec:admissionregistration.v1.ValidatingAdmissionPolicySpec status:admissionregistration.v1.ValidatingAdmissionPolicyStatus
admissionregistration.v1.ValidatingAdmissionPolicyBinding metadata:meta.v1.ObjectMeta spec:admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec
admissionregistration.v1.ValidatingAdmissionPolicyBindingList items[admissionregistration.v1.ValidatingAdmissionPolicyBinding]
admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec matchResources:admissionregistration.v1.MatchResources paramRef:admissionregistration.v1.ParamRef validationActions[]set
admissionregistration.v1.ValidatingAdmissionPolicyList items[admissionregistration.v1.ValidatingAdmissionPolicy]
admissionregistration.v1.ValidatingAdmissionPolicySpec auditAnnotations[]atomic matchConditions[]map(name)+name matchConstraints:admissionregistration.v1.MatchResources validations[]atomic variables[]map(name)+name
admissionregistration.v1.ValidatingAdmissionPolicyStatus conditions[]map(type) typeChecking:admissionregistration.v1.TypeChecking
admissionregistration.v1.ValidatingWebhook admissionReviewVersions[]atomic matchConditions[]map(name)+name namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector rules[admissionregistration.v1.RuleWithOperations]atomic
admissionregistration.v1.ValidatingWebhookConfiguration metadata:meta.v1.ObjectMeta webhooks[admissionregistration.v1.ValidatingWebhook]map(name)+name
admissionregistration.v1.ValidatingWebhookConfigurationList items[admissionregistration.v1.ValidatingWebhookConfiguration]
admissionregistration.v1alpha1.MatchResources excludeResourceRules[admissionregistration.v1alpha1.NamedRuleWithOperations]atomic namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector resourceRules[admissionregistration.v1alpha1.NamedRuleWithOperations]atomic
admissionregistration.v1alpha1.MutatingAdmissionPolicy metadata:meta.v1.ObjectMeta spec:admissionregistration.v1alpha1.MutatingAdmissionPolicySpec
admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding metadata:meta.v1.ObjectMeta spec:admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingList items[admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding]
admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec matchResources:admissionregistration.v1alpha1.MatchResources paramRef:admissionregistration.v1alpha1.ParamRef
admissionregistration.v1alpha1.MutatingAdmissionPolicyList items[admissionregistration.v1alpha1.MutatingAdmissionPolicy]
admissionregistration.v1alpha1.MutatingAdmissionPolicySpec matchConditions[]map(name)+name matchConstraints:admissionregistration.v1alpha1.MatchResources mutations[]atomic variables[]atomic
admissionregistration.v1alpha1.NamedRuleWithOperations apiGroups[]atomic apiVersions[]atomic operations[]atomic resourceNames[]atomic resources[]atomic
admissionregistration.v1alpha1.ParamRef selector:meta.v1.LabelSelector
admissionregistration.v1beta1.MatchResources excludeResourceRules[admissionregistration.v1beta1.NamedRuleWithOperations]atomic namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector resourceRules[admissionregistration.v1beta1.NamedRuleWithOperations]atomic
admissionregistration.v1beta1.MutatingAdmissionPolicy metadata:meta.v1.ObjectMeta spec:admissionregistration.v1beta1.MutatingAdmissionPolicySpec
admissionregistration.v1beta1.MutatingAdmissionPolicyBinding metadata:meta.v1.ObjectMeta spec:admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1beta1.MutatingAdmissionPolicyBindingList items[admissionregistration.v1beta1.MutatingAdmissionPolicyBinding]
admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec matchResources:admissionregistration.v1beta1.MatchResources paramRef:admissionregistration.v1beta1.ParamRef
admissionregistration.v1beta1.MutatingAdmissionPolicyList items[admissionregistration.v1beta1.MutatingAdmissionPolicy]
admissionregistration.v1beta1.MutatingAdmissionPolicySpec matchConditions[]map(name)+name matchConstraints:admissionregistration.v1beta1.MatchResources mutations[]atomic variables[]atomic
admissionregistration.v1beta1.NamedRuleWithOperations apiGroups[]atomic apiVersions[]atomic operations[]atomic resourceNames[]atomic resources[]atomic
admissionregistration.v1beta1.ParamRef selector:meta.v1.LabelSelector
apiextensions.v1.CustomResourceConversion webhook:apiextensions.v1.WebhookConversion
apiextensions.v1.CustomResourceDefinition metadata:meta.v1.ObjectMeta spec:apiextensions.v1.CustomResourceDefinitionSpec status:apiextensions.v1.CustomResourceDefinitionStatus
apiextensions.v1.CustomResourceDefinitionList items[apiextensions.v1.CustomResourceDefinition]
apiextensions.v1.CustomResourceDefinitionNames categories[]atomic shortNames[]atomic
apiextensions.v1.CustomResourceDefinitionSpec conversion:apiextensions.v1.CustomResourceConversion names:apiextensions.v1.CustomResourceDefinitionNames versions[apiextensions.v1.CustomResourceDefinitionVersion]atomic
apiextensions.v1.CustomResourceDefinitionStatus acceptedNames:apiextensions.v1.CustomResourceDefinitionNames conditions[]map(type) storedVersions[]atomic
apiextensions.v1.CustomResourceDefinitionVersion additionalPrinterColumns[]atomic schema:apiextensions.v1.CustomResourceValidation selectableFields[]atomic
apiextensions.v1.CustomResourceValidation openAPIV3Schema:apiextensions.v1.JSONSchemaProps
apiextensions.v1.JSONSchemaProps allOf[apiextensions.v1.JSONSchemaProps]atomic anyOf[apiextensions.v1.JSONSchemaProps]atomic definitions{apiextensions.v1.JSONSchemaProps} enum[]atomic not:apiextensions.v1.JSONSchemaProps oneOf[apiextensions.v1.JSONSchemaProps]atomic patternProperties{apiextensions.v1.JSONSchemaProps} properties{apiextensions.v1.JSONSchemaProps} required[]atomic x-kubernetes-list-map-keys[]atomic x-kubernetes-validations[]map(rule)+rule
apiextensions.v1.WebhookConversion conversionReviewVersions[]atomic
apiregistration.v1.APIService metadata:meta.v1.ObjectMeta status:apiregistration.v1.APIServiceStatus
apiregistration.v1.APIServiceList items[apiregistration.v1.APIService]
apiregistration.v1.APIServiceStatus conditions[]map(type)+type
apiserverinternal.v1alpha1.ServerStorageVersion decodableVersions[]set servedVersions[]set
apiserverinternal.v1alpha1.StorageVersion metadata:meta.v1.ObjectMeta status:apiserverinternal.v1alpha1.StorageVersionStatus
apiserverinternal.v1alpha1.StorageVersionList items[apiserverinternal.v1alpha1.StorageVersion]
apiserverinternal.v1alpha1.StorageVersionStatus conditions[]map(type) storageVersions[apiserverinternal.v1alpha1.ServerStorageVersion]map(apiServerID)
apps.v1.ControllerRevision metadata:meta.v1.ObjectMeta
apps.v1.ControllerRevisionList items[apps.v1.ControllerRevision]
apps.v1.DaemonSet metadata:meta.v1.ObjectMeta spec:apps.v1.DaemonSetSpec status:apps.v1.DaemonSetStatus
apps.v1.DaemonSetList items[apps.v1.DaemonSet]
apps.v1.DaemonSetSpec selector:meta.v1.LabelSelector template:core.v1.PodTemplateSpec
apps.v1.DaemonSetStatus conditions[]map(type)+type
apps.v1.Deployment metadata:meta.v1.ObjectMeta spec:apps.v1.DeploymentSpec status:apps.v1.DeploymentStatus
apps.v1.DeploymentList items[apps.v1.Deployment]
apps.v1.DeploymentSpec selector:meta.v1.LabelSelector template:core.v1.PodTemplateSpec
apps.v1.DeploymentStatus conditions[]map(type)+type
apps.v1.ReplicaSet metadata:meta.v1.ObjectMeta spec:apps.v1.ReplicaSetSpec status:apps.v1.ReplicaSetStatus
apps.v1.ReplicaSetList items[apps.v1.ReplicaSet]
apps.v1.ReplicaSetSpec selector:meta.v1.LabelSelector template:core.v1.PodTemplateSpec
apps.v1.ReplicaSetStatus conditions[]map(type)+type
apps.v1.StatefulSet metadata:meta.v1.ObjectMeta spec:apps.v1.StatefulSetSpec status:apps.v1.StatefulSetStatus
apps.v1.StatefulSetList items[apps.v1.StatefulSet]
apps.v1.StatefulSetSpec selector:meta.v1.LabelSelector template:core.v1.PodTemplateSpec volumeClaimTemplates[core.v1.PersistentVolumeClaim]atomic
apps.v1.StatefulSetStatus conditions[]map(type)+type
authentication.v1.SelfSubjectReview metadata:meta.v1.ObjectMeta status:authentication.v1.SelfSubjectReviewStatus
authentication.v1.SelfSubjectReviewStatus userInfo:authentication.v1.UserInfo
authentication.v1.TokenRequest metadata:meta.v1.ObjectMeta spec:authentication.v1.TokenRequestSpec
authentication.v1.TokenRequestSpec audiences[]atomic
authentication.v1.TokenReview metadata:meta.v1.ObjectMeta spec:authentication.v1.TokenReviewSpec status:authentication.v1.TokenReviewStatus
authentication.v1.TokenReviewSpec audiences[]atomic
authentication.v1.TokenReviewStatus audiences[]atomic user:authentication.v1.UserInfo
authentication.v1.UserInfo groups[]atomic
authorization.v1.FieldSelectorAttributes requirements[meta.v1.FieldSelectorRequirement]atomic
authorization.v1.LabelSelectorAttributes requirements[meta.v1.LabelSelectorRequirement]atomic
authorization.v1.LocalSubjectAccessReview metadata:meta.v1.ObjectMeta spec:authorization.v1.SubjectAccessReviewSpec
authorization.v1.NonResourceRule nonResourceURLs[]atomic verbs[]atomic
authorization.v1.ResourceAttributes fieldSelector:authorization.v1.FieldSelectorAttributes labelSelector:authorization.v1.LabelSelectorAttributes
authorization.v1.ResourceRule apiGroups[]atomic resourceNames[]atomic resources[]atomic verbs[]atomic
authorization.v1.SelfSubjectAccessReview metadata:meta.v1.ObjectMeta spec:authorization.v1.SelfSubjectAccessReviewSpec
authorization.v1.SelfSubjectAccessReviewSpec resourceAttributes:authorization.v1.ResourceAttributes
authorization.v1.SelfSubjectRulesReview metadata:meta.v1.ObjectMeta status:authorization.v1.SubjectRulesReviewStatus
authorization.v1.SubjectAccessReview metadata:meta.v1.ObjectMeta spec:authorization.v1.SubjectAccessReviewSpec
authorization.v1.SubjectAccessReviewSpec groups[]atomic resourceAttributes:authorization.v1.ResourceAttributes
authorization.v1.SubjectRulesReviewStatus nonResourceRules[authorization.v1.NonResourceRule]atomic resourceRules[authorization.v1.ResourceRule]atomic
autoscaling.v1.HorizontalPodAutoscaler metadata:meta.v1.ObjectMeta
autoscaling.v1.HorizontalPodAutoscalerList items[autoscaling.v1.HorizontalPodAutoscaler]
autoscaling.v1.Scale metadata:meta.v1.ObjectMeta
autoscaling.v2.ExternalMetricSource metric:autoscaling.v2.MetricIdentifier
autoscaling.v2.ExternalMetricStatus metric:autoscaling.v2.MetricIdentifier
autoscaling.v2.HPAScalingRules policies[]atomic
autoscaling.v2.HorizontalPodAutoscaler metadata:meta.v1.ObjectMeta spec:autoscaling.v2.HorizontalPodAutoscalerSpec status:autoscaling.v2.HorizontalPodAutoscalerStatus
autoscaling.v2.HorizontalPodAutoscalerBehavior scaleDown:autoscaling.v2.HPAScalingRules scaleUp:autoscaling.v2.HPAScalingRules
autoscaling.v2.HorizontalPodAutoscalerList items[autoscaling.v2.HorizontalPodAutoscaler]
autoscaling.v2.HorizontalPodAutoscalerSpec behavior:autoscaling.v2.HorizontalPodAutoscalerBehavior metrics[autoscaling.v2.MetricSpec]atomic
autoscaling.v2.HorizontalPodAutoscalerStatus conditions[]map(type)+type currentMetrics[autoscaling.v2.MetricStatus]atomic
autoscaling.v2.MetricIdentifier selector:meta.v1.LabelSelector
autoscaling.v2.MetricSpec external:autoscaling.v2.ExternalMetricSource object:autoscaling.v2.ObjectMetricSource pods:autoscaling.v2.PodsMetricSource
autoscaling.v2.MetricStatus external:autoscaling.v2.ExternalMetricStatus object:autoscaling.v2.ObjectMetricStatus pods:autoscaling.v2.PodsMetricStatus
autoscaling.v2.ObjectMetricSource metric:autoscaling.v2.MetricIdentifier
autoscaling.v2.ObjectMetricStatus metric:autoscaling.v2.MetricIdentifier
autoscaling.v2.PodsMetricSource metric:autoscaling.v2.MetricIdentifier
autoscaling.v2.PodsMetricStatus metric:autoscaling.v2.MetricIdentifier
batch.v1.CronJob metadata:meta.v1.ObjectMeta spec:batch.v1.CronJobSpec status:batch.v1.CronJobStatus
batch.v1.CronJobList items[batch.v1.CronJob]
batch.v1.CronJobSpec jobTemplate:batch.v1.JobTemplateSpec
batch.v1.CronJobStatus active[]atomic
batch.v1.Job metadata:meta.v1.ObjectMeta spec:batch.v1.JobSpec status:batch.v1.JobStatus
batch.v1.JobList items[batch.v1.Job]
batch.v1.JobSpec podFailurePolicy:batch.v1.PodFailurePolicy selector:meta.v1.LabelSelector successPolicy:batch.v1.SuccessPolicy template:core.v1.PodTemplateSpec
batch.v1.JobStatus conditions[]atomic+type uncountedTerminatedPods:batch.v1.UncountedTerminatedPods
batch.v1.JobTemplateSpec metadata:meta.v1.ObjectMeta spec:batch.v1.JobSpec
batch.v1.PodFailurePolicy rules[batch.v1.PodFailurePolicyRule]atomic
batch.v1.PodFailurePolicyOnExitCodesRequirement values[]set
batch.v1.PodFailurePolicyRule onExitCodes:batch.v1.PodFailurePolicyOnExitCodesRequirement onPodConditions[]atomic
batch.v1.SuccessPolicy rules[]atomic
batch.v1.UncountedTerminatedPods failed[]set succeeded[]set
certificates.v1.CertificateSigningRequest metadata:meta.v1.ObjectMeta spec:certificates.v1.CertificateSigningRequestSpec status:certificates.v1.CertificateSigningRequestStatus
certificates.v1.CertificateSigningRequestList items[certificates.v1.CertificateSigningRequest]
certificates.v1.CertificateSigningRequestSpec groups[]atomic usages[]atomic
certificates.v1.CertificateSigningRequestStatus conditions[]map(type)
coordination.v1.Lease metadata:meta.v1.ObjectMeta
coordination.v1.LeaseList items[coordination.v1.Lease]
coordination.v1alpha2.LeaseCandidate metadata:meta.v1.ObjectMeta
coordination.v1alpha2.LeaseCandidateList items[coordination.v1alpha2.LeaseCandidate]
coordination.v1beta1.LeaseCandidate metadata:meta.v1.ObjectMeta
coordination.v1beta1.LeaseCandidateList items[coordination.v1beta1.LeaseCandidate]
core.v1.Affinity nodeAffinity:core.v1.NodeAffinity podAffinity:core.v1.PodAffinity podAntiAffinity:core.v1.PodAntiAffinity
core.v1.Binding metadata:meta.v1.ObjectMeta
core.v1.Capabilities add[]atomic drop[]atomic
core.v1.CephFSPersistentVolumeSource monitors[]atomic
core.v1.CephFSVolumeSource monitors[]atomic
core.v1.ClusterTrustBundleProjection labelSelector:meta.v1.LabelSelector
core.v1.ComponentStatus conditions[]map(type)+type metadata:meta.v1.ObjectMeta
core.v1.ComponentStatusList items[core.v1.ComponentStatus]
core.v1.ConfigMap metadata:meta.v1.ObjectMeta
core.v1.ConfigMapList items[core.v1.ConfigMap]
core.v1.ConfigMapProjection items[]atomic
core.v1.ConfigMapVolumeSource items[]atomic
core.v1.Container args[]atomic command[]atomic env[]map(name)+name envFrom[]atomic lifecycle:core.v1.Lifecycle livenessProbe:core.v1.Probe ports[]map(containerPort,protocol)+containerPort,protocol readinessProbe:core.v1.Probe resizePolicy[]atomic resources:core.v1.ResourceRequirements restartPolicyRules[core.v1.ContainerRestartRule]atomic securityContext:core.v1.SecurityContext startupProbe:core.v1.Probe volumeDevices[]map(devicePath)+devicePath volumeMounts[]map(mountPath)+mountPath
core.v1.ContainerImage names[]atomic
core.v1.ContainerRestartRule exitCodes:core.v1.ContainerRestartRuleOnExitCodes
core.v1.ContainerRestartRuleOnExitCodes values[]set
core.v1.ContainerStatus allocatedResourcesStatus[core.v1.ResourceStatus]map(name)+name resources:core.v1.ResourceRequirements user:core.v1.ContainerUser volumeMounts[]map(mountPath)+mountPath
core.v1.ContainerUser linux:core.v1.LinuxContainerUser
core.v1.DownwardAPIProjection items[]atomic
core.v1.DownwardAPIVolumeSource items[]atomic
core.v1.EndpointSubset addresses[]atomic notReadyAddresses[]atomic ports[]atomic
core.v1.Endpoints metadata:meta.v1.ObjectMeta subsets[core.v1.EndpointSubset]atomic
core.v1.EndpointsList items[core.v1.Endpoints]
core.v1.EphemeralContainer args[]atomic command[]atomic env[]map(name)+name envFrom[]atomic lifecycle:core.v1.Lifecycle livenessProbe:core.v1.Probe ports[]map(containerPort,protocol)+containerPort,protocol readinessProbe:core.v1.Probe resizePolicy[]atomic resources:core.v1.ResourceRequirements restartPolicyRules[core.v1.ContainerRestartRule]atomic securityContext:core.v1.SecurityContext startupProbe:core.v1.Probe volumeDevices[]map(devicePath)+devicePath volumeMounts[]map(mountPath)+mountPath
core.v1.EphemeralVolumeSource volumeClaimTemplate:core.v1.PersistentVolumeClaimTemplate
core.v1.Event metadata:meta.v1.ObjectMeta
core.v1.EventList items[core.v1.Event]
core.v1.ExecAction command[]atomic
core.v1.FCVolumeSource targetWWNs[]atomic wwids[]atomic
core.v1.HTTPGetAction httpHeaders[]atomic
core.v1.HostAlias hostnames[]atomic
core.v1.ISCSIPersistentVolumeSource portals[]atomic
core.v1.ISCSIVolumeSource portals[]atomic
core.v1.Lifecycle postStart:core.v1.LifecycleHandler preStop:core.v1.LifecycleHandler
core.v1.LifecycleHandler exec:core.v1.ExecAction httpGet:core.v1.HTTPGetAction
core.v1.LimitRange metadata:meta.v1.ObjectMeta spec:core.v1.LimitRangeSpec
core.v1.LimitRangeList items[core.v1.LimitRange]
core.v1.LimitRangeSpec limits[]atomic
core.v1.LinuxContainerUser supplementalGroups[]atomic
core.v1.LoadBalancerIngress ports[]atomic
core.v1.LoadBalancerStatus ingress[core.v1.LoadBalancerIngress]atomic
core.v1.Namespace metadata:meta.v1.ObjectMeta spec:core.v1.NamespaceSpec status:core.v1.NamespaceStatus
core.v1.NamespaceList items[core.v1.Namespace]
core.v1.NamespaceSpec finalizers[]atomic
core.v1.NamespaceStatus conditions[]map(type)+type
core.v1.Node metadata:meta.v1.ObjectMeta spec:core.v1.NodeSpec status:core.v1.NodeStatus
core.v1.NodeAffinity preferredDuringSchedulingIgnoredDuringExecution[core.v1.PreferredSchedulingTerm]atomic requiredDuringSchedulingIgnoredDuringExecution:core.v1.NodeSelector
core.v1.NodeAllocatableResourceClaimStatus containers[]set
core.v1.NodeList items[core.v1.Node]
core.v1.NodeSelector nodeSelectorTerms[core.v1.NodeSelectorTerm]atomic
core.v1.NodeSelectorRequirement values[]atomic
core.v1.NodeSelectorTerm matchExpressions[core.v1.NodeSelectorRequirement]atomic matchFields[core.v1.NodeSelectorRequirement]atomic
core.v1.NodeSpec podCIDRs[]set+ taints[]atomic
core.v1.NodeStatus addresses[]map(type)+type conditions[]map(type)+type declaredFeatures[]atomic images[core.v1.ContainerImage]atomic runtimeHandlers[]atomic volumesAttached[]atomic volumesInUse[]atomic
core.v1.PersistentVolume metadata:meta.v1.ObjectMeta spec:core.v1.PersistentVolumeSpec
core.v1.PersistentVolumeClaim metadata:meta.v1.ObjectMeta spec:core.v1.PersistentVolumeClaimSpec status:core.v1.PersistentVolumeClaimStatus
core.v1.PersistentVolumeClaimList items[core.v1.PersistentVolumeClaim]
core.v1.PersistentVolumeClaimSpec accessModes[]atomic selector:meta.v1.LabelSelector
core.v1.PersistentVolumeClaimStatus accessModes[]atomic conditions[]map(type)+type
core.v1.PersistentVolumeClaimTemplate metadata:meta.v1.ObjectMeta spec:core.v1.PersistentVolumeClaimSpec
core.v1.PersistentVolumeList items[core.v1.PersistentVolume]
core.v1.PersistentVolumeSpec accessModes[]atomic cephfs:core.v1.CephFSPersistentVolumeSource fc:core.v1.FCVolumeSource iscsi:core.v1.ISCSIPersistentVolumeSource mountOptions[]atomic nodeAffinity:core.v1.VolumeNodeAffinity rbd:core.v1.RBDPersistentVolumeSource
core.v1.Pod metadata:meta.v1.ObjectMeta spec:core.v1.PodSpec status:core.v1.PodStatus
core.v1.PodAffinity preferredDuringSchedulingIgnoredDuringExecution[core.v1.WeightedPodAffinityTerm]atomic requiredDuringSchedulingIgnoredDuringExecution[core.v1.PodAffinityTerm]atomic
core.v1.PodAffinityTerm labelSelector:meta.v1.LabelSelector matchLabelKeys[]atomic mismatchLabelKeys[]atomic namespaceSelector:meta.v1.LabelSelector namespaces[]atomic
core.v1.PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution[core.v1.WeightedPodAffinityTerm]atomic requiredDuringSchedulingIgnoredDuringExecution[core.v1.PodAffinityTerm]atomic
core.v1.PodDNSConfig nameservers[]atomic options[]atomic searches[]atomic
core.v1.PodExtendedResourceClaimStatus requestMappings[]atomic
core.v1.PodList items[core.v1.Pod]
core.v1.PodSecurityContext supplementalGroups[]atomic sysctls[]atomic
core.v1.PodSpec affinity:core.v1.Affinity containers[core.v1.Container]map(name)+name dnsConfig:core.v1.PodDNSConfig ephemeralContainers[core.v1.EphemeralContainer]map(name)+name hostAliases[core.v1.HostAlias]map(ip)+ip imagePullSecrets[]map(name)+name initContainers[core.v1.Container]map(name)+name readinessGates[]atomic resourceClaims[]map(name)+name resources:core.v1.ResourceRequirements schedulingGates[]map(name)+name securityContext:core.v1.PodSecurityContext tolerations[]atomic topologySpreadConstraints[core.v1.TopologySpreadConstraint]map(topologyKey,whenUnsatisfiable)+topologyKey,whenUnsatisfiable volumes[core.v1.Volume]map(name)+name
core.v1.PodStatus conditions[]map(type)+type containerStatuses[core.v1.ContainerStatus]atomic ephemeralContainerStatuses[core.v1.ContainerStatus]atomic extendedResourceClaimStatus:core.v1.PodExtendedResourceClaimStatus hostIPs[]atomic+ip initContainerStatuses[core.v1.ContainerStatus]atomic nodeAllocatableResourceClaimStatuses[core.v1.NodeAllocatableResourceClaimStatus]atomic podIPs[]map(ip)+ip resourceClaimStatuses[]map(name)+name resources:core.v1.ResourceRequirements
core.v1.PodTemplate metadata:meta.v1.ObjectMeta template:core.v1.PodTemplateSpec
core.v1.PodTemplateList items[core.v1.PodTemplate]
core.v1.PodTemplateSpec metadata:meta.v1.ObjectMeta spec:core.v1.PodSpec
core.v1.PreferredSchedulingTerm preference:core.v1.NodeSelectorTerm
core.v1.Probe exec:core.v1.ExecAction httpGet:core.v1.HTTPGetAction
core.v1.ProjectedVolumeSource sources[core.v1.VolumeProjection]atomic
core.v1.RBDPersistentVolumeSource monitors[]atomic
core.v1.RBDVolumeSource monitors[]atomic
core.v1.ReplicationController metadata:meta.v1.ObjectMeta spec:core.v1.ReplicationControllerSpec status:core.v1.ReplicationControllerStatus
core.v1.ReplicationControllerList items[core.v1.ReplicationController]
core.v1.ReplicationControllerSpec template:core.v1.PodTemplateSpec
core.v1.ReplicationControllerStatus conditions[]map(type)+type
core.v1.ResourceQuota metadata:meta.v1.ObjectMeta spec:core.v1.ResourceQuotaSpec
core.v1.ResourceQuotaList items[core.v1.ResourceQuota]
core.v1.ResourceQuotaSpec scopeSelector:core.v1.ScopeSelector scopes[]atomic
core.v1.ResourceRequirements claims[]map(name)
core.v1.ResourceStatus resources[]map(resourceID)
core.v1.ScopeSelector matchExpressions[core.v1.ScopedResourceSelectorRequirement]atomic
core.v1.ScopedResourceSelectorRequirement values[]atomic
core.v1.Secret metadata:meta.v1.ObjectMeta
core.v1.SecretList items[core.v1.Secret]
core.v1.SecretProjection items[]atomic
core.v1.SecretVolumeSource items[]atomic
core.v1.SecurityContext capabilities:core.v1.Capabilities
core.v1.Service metadata:meta.v1.ObjectMeta spec:core.v1.ServiceSpec status:core.v1.ServiceStatus
core.v1.ServiceAccount imagePullSecrets[]atomic metadata:meta.v1.ObjectMeta secrets[]map(name)+name
core.v1.ServiceAccountList items[core.v1.ServiceAccount]
core.v1.ServiceList items[core.v1.Service]
core.v1.ServiceSpec clusterIPs[]atomic externalIPs[]atomic ipFamilies[]atomic loadBalancerSourceRanges[]atomic ports[]map(port,protocol)+port,protocol
core.v1.ServiceStatus conditions[]map(type)+type loadBalancer:core.v1.LoadBalancerStatus
core.v1.TopologySelectorLabelRequirement values[]atomic
core.v1.TopologySelectorTerm matchLabelExpressions[core.v1.TopologySelectorLabelRequirement]atomic
core.v1.TopologySpreadConstraint labelSelector:meta.v1.LabelSelector matchLabelKeys[]atomic
core.v1.Volume cephfs:core.v1.CephFSVolumeSource configMap:core.v1.ConfigMapVolumeSource downwardAPI:core.v1.DownwardAPIVolumeSource ephemeral:core.v1.EphemeralVolumeSource fc:core.v1.FCVolumeSource iscsi:core.v1.ISCSIVolumeSource projected:core.v1.ProjectedVolumeSource rbd:core.v1.RBDVolumeSource secret:core.v1.SecretVolumeSource
core.v1.VolumeNodeAffinity required:core.v1.NodeSelector
core.v1.VolumeProjection clusterTrustBundle:core.v1.ClusterTrustBundleProjection configMap:core.v1.ConfigMapProjection downwardAPI:core.v1.DownwardAPIProjection secret:core.v1.SecretProjection
core.v1.WeightedPodAffinityTerm podAffinityTerm:core.v1.PodAffinityTerm
discovery.v1.Endpoint addresses[]set hints:discovery.v1.EndpointHints
discovery.v1.EndpointHints forNodes[]atomic forZones[]atomic
discovery.v1.EndpointSlice endpoints[discovery.v1.Endpoint]atomic metadata:meta.v1.ObjectMeta ports[]atomic
discovery.v1.EndpointSliceList items[discovery.v1.EndpointSlice]
events.v1.Event metadata:meta.v1.ObjectMeta
events.v1.EventList items[events.v1.Event]
flowcontrol.v1.FlowSchema metadata:meta.v1.ObjectMeta spec:flowcontrol.v1.FlowSchemaSpec status:flowcontrol.v1.FlowSchemaStatus
flowcontrol.v1.FlowSchemaList items[flowcontrol.v1.FlowSchema]
flowcontrol.v1.FlowSchemaSpec rules[flowcontrol.v1.PolicyRulesWithSubjects]atomic
flowcontrol.v1.FlowSchemaStatus conditions[]map(type)+type
flowcontrol.v1.NonResourcePolicyRule nonResourceURLs[]set verbs[]set
flowcontrol.v1.PolicyRulesWithSubjects nonResourceRules[flowcontrol.v1.NonResourcePolicyRule]atomic resourceRules[flowcontrol.v1.ResourcePolicyRule]atomic subjects[]atomic
flowcontrol.v1.PriorityLevelConfiguration metadata:meta.v1.ObjectMeta status:flowcontrol.v1.PriorityLevelConfigurationStatus
flowcontrol.v1.PriorityLevelConfigurationList items[flowcontrol.v1.PriorityLevelConfiguration]
flowcontrol.v1.PriorityLevelConfigurationStatus conditions[]map(type)+type
flowcontrol.v1.ResourcePolicyRule apiGroups[]set namespaces[]set resources[]set verbs[]set
meta.v1.APIGroup serverAddressByClientCIDRs[]atomic versions[]atomic
meta.v1.APIGroupList groups[meta.v1.APIGroup]atomic
meta.v1.APIResource categories[]atomic shortNames[]atomic
meta.v1.APIResourceList resources[meta.v1.APIResource]atomic
meta.v1.APIVersions serverAddressByClientCIDRs[]atomic versions[]atomic
meta.v1.DeleteOptions dryRun[]atomic
meta.v1.FieldSelectorRequirement values[]atomic
meta.v1.LabelSelector matchExpressions[meta.v1.LabelSelectorRequirement]atomic
meta.v1.LabelSelectorRequirement values[]atomic
meta.v1.ObjectMeta finalizers[]set+ managedFields[]atomic ownerReferences[]map(uid)+uid
meta.v1.Status details:meta.v1.StatusDetails
meta.v1.StatusDetails causes[]atomic
networking.v1.HTTPIngressRuleValue paths[]atomic
networking.v1.IPAddress metadata:meta.v1.ObjectMeta
networking.v1.IPAddressList items[networking.v1.IPAddress]
networking.v1.IPBlock except[]atomic
networking.v1.Ingress metadata:meta.v1.ObjectMeta spec:networking.v1.IngressSpec status:networking.v1.IngressStatus
networking.v1.IngressClass metadata:meta.v1.ObjectMeta
networking.v1.IngressClassList items[networking.v1.IngressClass]
networking.v1.IngressList items[networking.v1.Ingress]
networking.v1.IngressLoadBalancerIngress ports[]atomic
networking.v1.IngressLoadBalancerStatus ingress[networking.v1.IngressLoadBalancerIngress]atomic
networking.v1.IngressRule http:networking.v1.HTTPIngressRuleValue
networking.v1.IngressSpec rules[networking.v1.IngressRule]atomic tls[networking.v1.IngressTLS]atomic
networking.v1.IngressStatus loadBalancer:networking.v1.IngressLoadBalancerStatus
networking.v1.IngressTLS hosts[]atomic
networking.v1.NetworkPolicy metadata:meta.v1.ObjectMeta spec:networking.v1.NetworkPolicySpec
networking.v1.NetworkPolicyEgressRule ports[]atomic to[networking.v1.NetworkPolicyPeer]atomic
networking.v1.NetworkPolicyIngressRule from[networking.v1.NetworkPolicyPeer]atomic ports[]atomic
networking.v1.NetworkPolicyList items[networking.v1.NetworkPolicy]
networking.v1.NetworkPolicyPeer ipBlock:networking.v1.IPBlock namespaceSelector:meta.v1.LabelSelector podSelector:meta.v1.LabelSelector
networking.v1.NetworkPolicySpec egress[networking.v1.NetworkPolicyEgressRule]atomic ingress[networking.v1.NetworkPolicyIngressRule]atomic podSelector:meta.v1.LabelSelector policyTypes[]atomic
networking.v1.ServiceCIDR metadata:meta.v1.ObjectMeta spec:networking.v1.ServiceCIDRSpec status:networking.v1.ServiceCIDRStatus
networking.v1.ServiceCIDRList items[networking.v1.ServiceCIDR]
networking.v1.ServiceCIDRSpec cidrs[]atomic
networking.v1.ServiceCIDRStatus conditions[]map(type)+type
networking.v1beta1.IPAddress metadata:meta.v1.ObjectMeta
networking.v1beta1.IPAddressList items[networking.v1beta1.IPAddress]
networking.v1beta1.ServiceCIDR metadata:meta.v1.ObjectMeta spec:networking.v1beta1.ServiceCIDRSpec status:networking.v1beta1.ServiceCIDRStatus
networking.v1beta1.ServiceCIDRList items[networking.v1beta1.ServiceCIDR]
networking.v1beta1.ServiceCIDRSpec cidrs[]atomic
networking.v1beta1.ServiceCIDRStatus conditions[]map(type)+type
node.v1.RuntimeClass metadata:meta.v1.ObjectMeta scheduling:node.v1.Scheduling
node.v1.RuntimeClassList items[node.v1.RuntimeClass]
node.v1.Scheduling tolerations[]atomic
policy.v1.Eviction deleteOptions:meta.v1.DeleteOptions metadata:meta.v1.ObjectMeta
policy.v1.PodDisruptionBudget metadata:meta.v1.ObjectMeta spec:policy.v1.PodDisruptionBudgetSpec status:policy.v1.PodDisruptionBudgetStatus
policy.v1.PodDisruptionBudgetList items[policy.v1.PodDisruptionBudget]
policy.v1.PodDisruptionBudgetSpec selector:meta.v1.LabelSelector
policy.v1.PodDisruptionBudgetStatus conditions[]map(type)+type
rbac.v1.AggregationRule clusterRoleSelectors[meta.v1.LabelSelector]atomic
rbac.v1.ClusterRole aggregationRule:rbac.v1.AggregationRule metadata:meta.v1.ObjectMeta rules[rbac.v1.PolicyRule]atomic
rbac.v1.ClusterRoleBinding metadata:meta.v1.ObjectMeta subjects[]atomic
rbac.v1.ClusterRoleBindingList items[rbac.v1.ClusterRoleBinding]
rbac.v1.ClusterRoleList items[rbac.v1.ClusterRole]
rbac.v1.PolicyRule apiGroups[]atomic nonResourceURLs[]atomic resourceNames[]atomic resources[]atomic verbs[]atomic
rbac.v1.Role metadata:meta.v1.ObjectMeta rules[rbac.v1.PolicyRule]atomic
rbac.v1.RoleBinding metadata:meta.v1.ObjectMeta subjects[]atomic
rbac.v1.RoleBindingList items[rbac.v1.RoleBinding]
rbac.v1.RoleList items[rbac.v1.Role]
resource.v1.AllocatedDeviceStatus conditions[]map(type) networkData:resource.v1.NetworkDeviceData
resource.v1.AllocationResult devices:resource.v1.DeviceAllocationResult nodeSelector:core.v1.NodeSelector
resource.v1.CapacityRequestPolicy validValues[]atomic
resource.v1.Device attributes{resource.v1.DeviceAttribute} bindingConditions[]atomic bindingFailureConditions[]atomic capacity{resource.v1.DeviceCapacity} consumesCounters[]atomic nodeSelector:core.v1.NodeSelector taints[]atomic
resource.v1.DeviceAllocationConfiguration requests[]atomic
resource.v1.DeviceAllocationResult config[resource.v1.DeviceAllocationConfiguration]atomic results[resource.v1.DeviceRequestAllocationResult]atomic
resource.v1.DeviceAttribute bools[]atomic ints[]atomic strings[]atomic versions[]atomic
resource.v1.DeviceCapacity requestPolicy:resource.v1.CapacityRequestPolicy
resource.v1.DeviceClaim config[resource.v1.DeviceClaimConfiguration]atomic constraints[resource.v1.DeviceConstraint]atomic requests[resource.v1.DeviceRequest]atomic
resource.v1.DeviceClaimConfiguration requests[]atomic
resource.v1.DeviceClass metadata:meta.v1.ObjectMeta spec:resource.v1.DeviceClassSpec
resource.v1.DeviceClassList items[resource.v1.DeviceClass]
resource.v1.DeviceClassSpec config[]atomic selectors[]atomic
resource.v1.DeviceConstraint requests[]atomic
resource.v1.DeviceRequest exactly:resource.v1.ExactDeviceRequest firstAvailable[resource.v1.DeviceSubRequest]atomic
resource.v1.DeviceRequestAllocationResult bindingConditions[]atomic bindingFailureConditions[]atomic tolerations[]atomic
resource.v1.DeviceSubRequest selectors[]atomic tolerations[]atomic
resource.v1.ExactDeviceRequest selectors[]atomic tolerations[]atomic
resource.v1.NetworkDeviceData ips[]atomic
resource.v1.ResourceClaim metadata:meta.v1.ObjectMeta spec:resource.v1.ResourceClaimSpec status:resource.v1.ResourceClaimStatus
resource.v1.ResourceClaimList items[resource.v1.ResourceClaim]
resource.v1.ResourceClaimSpec devices:resource.v1.DeviceClaim
resource.v1.ResourceClaimStatus allocation:resource.v1.AllocationResult devices[resource.v1.AllocatedDeviceStatus]map(driver,device,pool,shareID) reservedFor[]map(uid)+uid
resource.v1.ResourceClaimTemplate metadata:meta.v1.ObjectMeta spec:resource.v1.ResourceClaimTemplateSpec
resource.v1.ResourceClaimTemplateList items[resource.v1.ResourceClaimTemplate]
resource.v1.ResourceClaimTemplateSpec metadata:meta.v1.ObjectMeta spec:resource.v1.ResourceClaimSpec
resource.v1.ResourceSlice metadata:meta.v1.ObjectMeta spec:resource.v1.ResourceSliceSpec
resource.v1.ResourceSliceList items[resource.v1.ResourceSlice]
resource.v1.ResourceSliceSpec devices[resource.v1.Device]atomic nodeSelector:core.v1.NodeSelector sharedCounters[]atomic
resource.v1alpha3.DeviceTaintRule metadata:meta.v1.ObjectMeta status:resource.v1alpha3.DeviceTaintRuleStatus
resource.v1alpha3.DeviceTaintRuleList items[resource.v1alpha3.DeviceTaintRule]
resource.v1alpha3.DeviceTaintRuleStatus conditions[]map(type)+type
resource.v1alpha3.ResourcePoolStatusRequest metadata:meta.v1.ObjectMeta status:resource.v1alpha3.ResourcePoolStatusRequestStatus
resource.v1alpha3.ResourcePoolStatusRequestList items[resource.v1alpha3.ResourcePoolStatusRequest]
resource.v1alpha3.ResourcePoolStatusRequestStatus conditions[]map(type)+type pools[]atomic
resource.v1beta1.AllocatedDeviceStatus conditions[]map(type) networkData:resource.v1beta1.NetworkDeviceData
resource.v1beta1.AllocationResult devices:resource.v1beta1.DeviceAllocationResult nodeSelector:core.v1.NodeSelector
resource.v1beta1.BasicDevice attributes{resource.v1beta1.DeviceAttribute} bindingConditions[]atomic bindingFailureConditions[]atomic capacity{resource.v1beta1.DeviceCapacity} consumesCounters[]atomic nodeSelector:core.v1.NodeSelector taints[]atomic
resource.v1beta1.CapacityRequestPolicy validValues[]atomic
resource.v1beta1.Device basic:resource.v1beta1.BasicDevice
resource.v1beta1.DeviceAllocationConfiguration requests[]atomic
resource.v1beta1.DeviceAllocationResult config[resource.v1beta1.DeviceAllocationConfiguration]atomic results[resource.v1beta1.DeviceRequestAllocationResult]atomic
resource.v1beta1.DeviceAttribute bools[]atomic ints[]atomic strings[]atomic versions[]atomic
resource.v1beta1.DeviceCapacity requestPolicy:resource.v1beta1.CapacityRequestPolicy
resource.v1beta1.DeviceClaim config[resource.v1beta1.DeviceClaimConfiguration]atomic constraints[resource.v1beta1.DeviceConstraint]atomic requests[resource.v1beta1.DeviceRequest]atomic
resource.v1beta1.DeviceClaimConfiguration requests[]atomic
resource.v1beta1.DeviceClass metadata:meta.v1.ObjectMeta spec:resource.v1beta1.DeviceClassSpec
resource.v1beta1.DeviceClassList items[resource.v1beta1.DeviceClass]
resource.v1beta1.DeviceClassSpec config[]atomic selectors[]atomic
resource.v1beta1.DeviceConstraint requests[]atomic
resource.v1beta1.DeviceRequest firstAvailable[resource.v1beta1.DeviceSubRequest]atomic selectors[]atomic tolerations[]atomic
resource.v1beta1.DeviceRequestAllocationResult bindingConditions[]atomic bindingFailureConditions[]atomic tolerations[]atomic
resource.v1beta1.DeviceSubRequest selectors[]atomic tolerations[]atomic
resource.v1beta1.NetworkDeviceData ips[]atomic
resource.v1beta1.ResourceClaim metadata:meta.v1.ObjectMeta spec:resource.v1beta1.ResourceClaimSpec status:resource.v1beta1.ResourceClaimStatus
resource.v1beta1.ResourceClaimList items[resource.v1beta1.ResourceClaim]
resource.v1beta1.ResourceClaimSpec devices:resource.v1beta1.DeviceClaim
resource.v1beta1.ResourceClaimStatus allocation:resource.v1beta1.AllocationResult devices[resource.v1beta1.AllocatedDeviceStatus]map(driver,device,pool,shareID) reservedFor[]map(uid)+uid
resource.v1beta1.ResourceClaimTemplate metadata:meta.v1.ObjectMeta spec:resource.v1beta1.ResourceClaimTemplateSpec
resource.v1beta1.ResourceClaimTemplateList items[resource.v1beta1.ResourceClaimTemplate]
resource.v1beta1.ResourceClaimTemplateSpec metadata:meta.v1.ObjectMeta spec:resource.v1beta1.ResourceClaimSpec
resource.v1beta1.ResourceSlice metadata:meta.v1.ObjectMeta spec:resource.v1beta1.ResourceSliceSpec
resource.v1beta1.ResourceSliceList items[resource.v1beta1.ResourceSlice]
resource.v1beta1.ResourceSliceSpec devices[resource.v1beta1.Device]atomic nodeSelector:core.v1.NodeSelector sharedCounters[]atomic
resource.v1beta2.AllocatedDeviceStatus conditions[]map(type) networkData:resource.v1beta2.NetworkDeviceData
resource.v1beta2.AllocationResult devices:resource.v1beta2.DeviceAllocationResult nodeSelector:core.v1.NodeSelector
resource.v1beta2.CapacityRequestPolicy validValues[]atomic
resource.v1beta2.Device attributes{resource.v1beta2.DeviceAttribute} bindingConditions[]atomic bindingFailureConditions[]atomic capacity{resource.v1beta2.DeviceCapacity} consumesCounters[]atomic nodeSelector:core.v1.NodeSelector taints[]atomic
resource.v1beta2.DeviceAllocationConfiguration requests[]atomic
resource.v1beta2.DeviceAllocationResult config[resource.v1beta2.DeviceAllocationConfiguration]atomic results[resource.v1beta2.DeviceRequestAllocationResult]atomic
resource.v1beta2.DeviceAttribute bools[]atomic ints[]atomic strings[]atomic versions[]atomic
resource.v1beta2.DeviceCapacity requestPolicy:resource.v1beta2.CapacityRequestPolicy
resource.v1beta2.DeviceClaim config[resource.v1beta2.DeviceClaimConfiguration]atomic constraints[resource.v1beta2.DeviceConstraint]atomic requests[resource.v1beta2.DeviceRequest]atomic
resource.v1beta2.DeviceClaimConfiguration requests[]atomic
resource.v1beta2.DeviceClass metadata:meta.v1.ObjectMeta spec:resource.v1beta2.DeviceClassSpec
resource.v1beta2.DeviceClassList items[resource.v1beta2.DeviceClass]
resource.v1beta2.DeviceClassSpec config[]atomic selectors[]atomic
resource.v1beta2.DeviceConstraint requests[]atomic
resource.v1beta2.DeviceRequest exactly:resource.v1beta2.ExactDeviceRequest firstAvailable[resource.v1beta2.DeviceSubRequest]atomic
resource.v1beta2.DeviceRequestAllocationResult bindingConditions[]atomic bindingFailureConditions[]atomic tolerations[]atomic
resource.v1beta2.DeviceSubRequest selectors[]atomic tolerations[]atomic
resource.v1beta2.DeviceTaintRule metadata:meta.v1.ObjectMeta status:resource.v1beta2.DeviceTaintRuleStatus
resource.v1beta2.DeviceTaintRuleList items[resource.v1beta2.DeviceTaintRule]
resource.v1beta2.DeviceTaintRuleStatus conditions[]map(type)+type
resource.v1beta2.ExactDeviceRequest selectors[]atomic tolerations[]atomic
resource.v1beta2.NetworkDeviceData ips[]atomic
resource.v1beta2.ResourceClaim metadata:meta.v1.ObjectMeta spec:resource.v1beta2.ResourceClaimSpec status:resource.v1beta2.ResourceClaimStatus
resource.v1beta2.ResourceClaimList items[resource.v1beta2.ResourceClaim]
resource.v1beta2.ResourceClaimSpec devices:resource.v1beta2.DeviceClaim
resource.v1beta2.ResourceClaimStatus allocation:resource.v1beta2.AllocationResult devices[resource.v1beta2.AllocatedDeviceStatus]map(driver,device,pool,shareID) reservedFor[]map(uid)+uid
resource.v1beta2.ResourceClaimTemplate metadata:meta.v1.ObjectMeta spec:resource.v1beta2.ResourceClaimTemplateSpec
resource.v1beta2.ResourceClaimTemplateList items[resource.v1beta2.ResourceClaimTemplate]
resource.v1beta2.ResourceClaimTemplateSpec metadata:meta.v1.ObjectMeta spec:resource.v1beta2.ResourceClaimSpec
resource.v1beta2.ResourceSlice metadata:meta.v1.ObjectMeta spec:resource.v1beta2.ResourceSliceSpec
resource.v1beta2.ResourceSliceList items[resource.v1beta2.ResourceSlice]
resource.v1beta2.ResourceSliceSpec devices[resource.v1beta2.Device]atomic nodeSelector:core.v1.NodeSelector sharedCounters[]atomic
scheduling.v1.PriorityClass metadata:meta.v1.ObjectMeta
scheduling.v1.PriorityClassList items[scheduling.v1.PriorityClass]
storage.v1.CSIDriver metadata:meta.v1.ObjectMeta spec:storage.v1.CSIDriverSpec
storage.v1.CSIDriverList items[storage.v1.CSIDriver]
storage.v1.CSIDriverSpec tokenRequests[]atomic volumeLifecycleModes[]set
storage.v1.CSINode metadata:meta.v1.ObjectMeta spec:storage.v1.CSINodeSpec
storage.v1.CSINodeDriver topologyKeys[]atomic
storage.v1.CSINodeList items[storage.v1.CSINode]
storage.v1.CSINodeSpec drivers[storage.v1.CSINodeDriver]map(name)+name
storage.v1.CSIStorageCapacity metadata:meta.v1.ObjectMeta nodeTopology:meta.v1.LabelSelector
storage.v1.CSIStorageCapacityList items[storage.v1.CSIStorageCapacity]
storage.v1.StorageClass allowedTopologies[core.v1.TopologySelectorTerm]atomic metadata:meta.v1.ObjectMeta mountOptions[]atomic
storage.v1.StorageClassList items[storage.v1.StorageClass]
storage.v1.VolumeAttachment metadata:meta.v1.ObjectMeta spec:storage.v1.VolumeAttachmentSpec
storage.v1.VolumeAttachmentList items[storage.v1.VolumeAttachment]
storage.v1.VolumeAttachmentSource inlineVolumeSpec:core.v1.PersistentVolumeSpec
storage.v1.VolumeAttachmentSpec source:storage.v1.VolumeAttachmentSource
storage.v1.VolumeAttributesClass metadata:meta.v1.ObjectMeta
storage.v1.VolumeAttributesClassList items[storage.v1.VolumeAttributesClass]
storage.v1beta1.VolumeAttributesClass metadata:meta.v1.ObjectMeta
storage.v1beta1.VolumeAttributesClassList items[storage.v1beta1.VolumeAttributesClass]
`;
