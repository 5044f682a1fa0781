import {
  type FieldType,
  findKubernetesType,
  type KubernetesField,
  type KubernetesType,
  readType,
} from "../../resource/kubernetes-fields.ts";
import { findKubernetesKind } from "../../resource/kubernetes-kinds.ts";

/**
 * How a strategic merge takes the parts of an object. Kyverno merges with kustomize's library (kyaml), whose built-in
 * schema is Kubernetes 1.21's: it replaces lists that newer servers merge. amap's table is the newer server's, and
 * what differs is below; it was measured over all built-in types of kyaml 0.21.1 and Kubernetes 1.36.3.
 */
export interface MergeSchema {
  /** The keys by which the elements of a list are told apart: none for scalars, undefined when it is replaced whole. */
  readonly mergeKeys: readonly string[] | undefined;
  /** Whether no list that is merged is or lies here. */
  readonly isPlain: boolean;
  /** What is known of a member of an object. */
  member(key: string): MergeSchema;
  /** What is known of the elements of a list. */
  elements(): MergeSchema;
}

/** Fields that kyaml does not merge, though the server does: they are younger than 1.21. */
const YOUNGER_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["admissionregistration.v1.MutatingWebhook", ["matchConditions"]],
  ["admissionregistration.v1.ValidatingWebhook", ["matchConditions"]],
  ["apiextensions.v1.CustomResourceDefinitionVersion", ["schema"]],
  ["core.v1.ContainerStatus", ["allocatedResourcesStatus", "volumeMounts"]],
  ["core.v1.EphemeralContainer", ["ports"]],
  ["core.v1.PodSpec", ["resourceClaims", "schedulingGates"]],
  ["core.v1.PodStatus", ["hostIPs", "resourceClaimStatuses"]],
]);

/** Types that kyaml does not have; a kind without a type is merged as a custom resource is. */
const YOUNGER_KINDS: ReadonlySet<string> = new Set([
  "admissionregistration.v1.MutatingAdmissionPolicy",
  "admissionregistration.v1.MutatingAdmissionPolicyBinding",
  "admissionregistration.v1.ValidatingAdmissionPolicy",
  "admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  "admissionregistration.v1alpha1.MutatingAdmissionPolicy",
  "admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding",
  "admissionregistration.v1beta1.MutatingAdmissionPolicy",
  "admissionregistration.v1beta1.MutatingAdmissionPolicyBinding",
  "apiserverinternal.v1alpha1.StorageVersion",
  "authentication.v1.SelfSubjectReview",
  "autoscaling.v2.HorizontalPodAutoscaler",
  "coordination.v1alpha2.LeaseCandidate",
  "coordination.v1beta1.LeaseCandidate",
  "flowcontrol.v1.FlowSchema",
  "flowcontrol.v1.PriorityLevelConfiguration",
  "networking.v1.IPAddress",
  "networking.v1.ServiceCIDR",
  "networking.v1beta1.IPAddress",
  "networking.v1beta1.ServiceCIDR",
  "resource.v1.DeviceClass",
  "resource.v1.ResourceClaim",
  "resource.v1.ResourceClaimTemplate",
  "resource.v1.ResourceSlice",
  "resource.v1alpha3.DeviceTaintRule",
  "resource.v1alpha3.ResourcePoolStatusRequest",
  "resource.v1beta1.DeviceClass",
  "resource.v1beta1.ResourceClaim",
  "resource.v1beta1.ResourceClaimTemplate",
  "resource.v1beta1.ResourceSlice",
  "resource.v1beta2.DeviceClass",
  "resource.v1beta2.DeviceTaintRule",
  "resource.v1beta2.ResourceClaim",
  "resource.v1beta2.ResourceClaimTemplate",
  "resource.v1beta2.ResourceSlice",
  "storage.v1.CSIStorageCapacity",
  "storage.v1.VolumeAttributesClass",
  "storage.v1beta1.VolumeAttributesClass",
]);

/** Types of kinds that kyaml knows and servers no longer list, as lines of the table. */
const OLDER_TYPES: ReadonlyMap<string, KubernetesType> = readTypes([
  "older.Object metadata:meta.v1.ObjectMeta",
  "older.Webhooks metadata:meta.v1.ObjectMeta webhooks[]+name",
  "older.Kustomization configMapGenerator[]+name secretGenerator[]+name",
  "older.CronJob metadata:meta.v1.ObjectMeta spec:older.CronJobSpec",
  "older.CronJobSpec jobTemplate:batch.v1.JobTemplateSpec",
  "older.ConditionsObject metadata:meta.v1.ObjectMeta status:older.Conditions",
  "older.Conditions conditions[]+type",
  "older.CSINode metadata:meta.v1.ObjectMeta spec:older.CSINodeSpec",
  "older.CSINodeSpec drivers[]+name",
]);

/** Kinds of {@link OLDER_TYPES}, by apiVersion. */
const OLDER_KINDS: ReadonlyMap<string, string> = new Map([
  ["admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration", "older.Webhooks"],
  ["admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration", "older.Webhooks"],
  ["apiextensions.k8s.io/v1beta1 CustomResourceDefinition", "older.Object"],
  ["apiregistration.k8s.io/v1beta1 APIService", "older.ConditionsObject"],
  ["authentication.k8s.io/v1 TokenRequest", "older.Object"],
  ["authentication.k8s.io/v1beta1 TokenReview", "older.Object"],
  ["authorization.k8s.io/v1beta1 LocalSubjectAccessReview", "older.Object"],
  ["authorization.k8s.io/v1beta1 SelfSubjectAccessReview", "older.Object"],
  ["authorization.k8s.io/v1beta1 SelfSubjectRulesReview", "older.Object"],
  ["authorization.k8s.io/v1beta1 SubjectAccessReview", "older.Object"],
  ["autoscaling/v1 Scale", "older.Object"],
  ["autoscaling/v2beta1 HorizontalPodAutoscaler", "older.Object"],
  ["autoscaling/v2beta2 HorizontalPodAutoscaler", "older.Object"],
  ["batch/v1beta1 CronJob", "older.CronJob"],
  ["certificates.k8s.io/v1beta1 CertificateSigningRequest", "older.Object"],
  ["coordination.k8s.io/v1beta1 Lease", "older.Object"],
  ["discovery.k8s.io/v1beta1 EndpointSlice", "older.Object"],
  ["events.k8s.io/v1beta1 Event", "older.Object"],
  ["extensions/v1beta1 Ingress", "older.Object"],
  ["flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema", "older.Object"],
  ["flowcontrol.apiserver.k8s.io/v1beta1 PriorityLevelConfiguration", "older.Object"],
  ["kustomize.config.k8s.io/v1beta1 Kustomization", "older.Kustomization"],
  ["networking.k8s.io/v1beta1 Ingress", "older.Object"],
  ["networking.k8s.io/v1beta1 IngressClass", "older.Object"],
  ["node.k8s.io/v1beta1 RuntimeClass", "older.Object"],
  ["policy/v1beta1 Eviction", "older.Object"],
  ["policy/v1beta1 PodDisruptionBudget", "older.ConditionsObject"],
  ["policy/v1beta1 PodSecurityPolicy", "older.Object"],
  ["rbac.authorization.k8s.io/v1beta1 ClusterRole", "older.Object"],
  ["rbac.authorization.k8s.io/v1beta1 ClusterRoleBinding", "older.Object"],
  ["rbac.authorization.k8s.io/v1beta1 Role", "older.Object"],
  ["rbac.authorization.k8s.io/v1beta1 RoleBinding", "older.Object"],
  ["scheduling.k8s.io/v1beta1 PriorityClass", "older.Object"],
  ["storage.k8s.io/v1beta1 CSIDriver", "older.Object"],
  ["storage.k8s.io/v1beta1 CSINode", "older.CSINode"],
  ["storage.k8s.io/v1beta1 CSIStorageCapacity", "older.Object"],
  ["storage.k8s.io/v1beta1 StorageClass", "older.Object"],
  ["storage.k8s.io/v1beta1 VolumeAttachment", "older.Object"],
]);

/** A part of a known kind that holds no list that is merged. */
const PLAIN: MergeSchema = { mergeKeys: undefined, isPlain: true, member: () => PLAIN, elements: () => PLAIN };

const schemas = new Map<string, MergeSchema>();

/** How objects of a kind are merged; undefined for a kind that kustomize does not know: its lists are replaced. */
export function mergeSchemaOf(apiVersion: string, kind: string): MergeSchema | undefined {
  const older = OLDER_KINDS.get(`${apiVersion} ${kind}`);
  if (older !== undefined) return schemaOf(older);
  const known = findKubernetesKind(apiVersion, kind);
  return known === undefined || YOUNGER_KINDS.has(known.definition) ? undefined : schemaOf(known.definition);
}

function schemaOf(definition: string): MergeSchema {
  const known = schemas.get(definition);
  if (known !== undefined) return known;
  const schema = holdsMergedList(definition, new Set()) ? objectSchema(definition) : PLAIN;
  schemas.set(definition, schema);
  return schema;
}

function fieldsOf(definition: string): ReadonlyMap<string, KubernetesField> {
  const type = OLDER_TYPES.get(definition) ?? findKubernetesType(definition);
  const fields = type?.fields ?? new Map<string, KubernetesField>();
  const younger = YOUNGER_FIELDS.get(definition);
  return younger === undefined ? fields : new Map([...fields].filter(([key]) => !younger.includes(key)));
}

function holdsMergedList(definition: string, visited: Set<string>): boolean {
  if (visited.has(definition)) return false;
  visited.add(definition);
  for (const { type } of fieldsOf(definition).values()) {
    if (leadsToMergedList(type, visited)) return true;
  }
  return false;
}

function leadsToMergedList(type: FieldType, visited: Set<string>): boolean {
  if (type.kind === "object") return holdsMergedList(type.definition, visited);
  if (type.kind === "map") return leadsToMergedList(type.value, visited);
  // A list that is replaced whole is not looked into.
  return type.kind === "list" && type.mergeKeys !== undefined;
}

function objectSchema(definition: string): MergeSchema {
  const fields = fieldsOf(definition);
  const members = new Map<string, MergeSchema>();
  return {
    mergeKeys: undefined,
    isPlain: false,
    elements: () => PLAIN,
    member: (key) => {
      const made = members.get(key);
      if (made !== undefined) return made;
      const field = fields.get(key);
      const schema = field === undefined ? PLAIN : typeSchema(field.type);
      if (field !== undefined) members.set(key, schema);
      return schema;
    },
  };
}

function typeSchema(type: FieldType): MergeSchema {
  if (type.kind === "scalar") return PLAIN;
  if (type.kind === "object") return schemaOf(type.definition);
  if (type.kind === "list") {
    const { mergeKeys, element } = type;
    const elements = (): MergeSchema => typeSchema(element);
    return mergeKeys === undefined ? PLAIN : { mergeKeys, isPlain: false, elements, member: () => PLAIN };
  }
  const { value } = type;
  const member = (): MergeSchema => typeSchema(value);
  return member().isPlain ? PLAIN : { mergeKeys: undefined, isPlain: false, elements: () => PLAIN, member };
}

function readTypes(lines: readonly string[]): ReadonlyMap<string, KubernetesType> {
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(" ")), readType(line)]));
}
