/** What Kubernetes and known operators lay down about kinds, for checks without a cluster. */

type Names = readonly string[];

/** Resources served under two groups from one storage (kube-apiserver's cohabitating resources). */
const COHABITATING: readonly { readonly resources: Names; readonly groups: Names }[] = [
  { resources: ["deployments", "daemonsets", "replicasets"], groups: ["apps", "extensions"] },
  { resources: ["ingresses", "networkpolicies"], groups: ["networking.k8s.io", "extensions"] },
  { resources: ["podsecuritypolicies"], groups: ["policy", "extensions"] },
  { resources: ["events"], groups: ["", "events.k8s.io"] },
];

/** The groups under which a resource is the same one, its own first. */
export function equivalentGroups(group: string, resource: string): Names {
  const found = COHABITATING.find((row) => row.resources.includes(resource) && row.groups.includes(group));
  return found === undefined ? [group] : [group, ...found.groups.filter((other) => other !== group)];
}

/** Plurals that no rule of English gives. */
const PLURALS: ReadonlyMap<string, string> = new Map([
  ["Endpoints", "endpoints"],
  ["NetworkAttachmentDefinition", "network-attachment-definitions"],
  ["Redis", "redis"],
  ["SecurityContextConstraints", "securitycontextconstraints"],
]);

/** The plural of a kind as API servers name resources: Ingress → ingresses, NetworkPolicy → networkpolicies. */
export function pluralOf(kind: string): string {
  const known = PLURALS.get(kind);
  if (known !== undefined) return known;
  return regularPlural(kind.toLowerCase());
}

function regularPlural(word: string): string {
  if (word === "") return word;
  if (/(s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return `${word}s`;
}

/**
 * Every plural a kind may have, the likeliest first: custom resources choose their own, and a rule that is applied
 * where it need not be is seen, one that is left out is not.
 */
export function plausiblePlurals(kind: string): Names {
  const known = PLAUSIBLE.get(kind);
  if (known !== undefined) return known;
  // Kinds come from outside: there may be any number of them.
  if (PLAUSIBLE.size >= MAX_REMEMBERED) PLAUSIBLE.clear();
  const names = makePlausiblePlurals(kind);
  PLAUSIBLE.set(kind, names);
  return names;
}

/** Every policy asks for every object. */
const PLAUSIBLE = new Map<string, Names>();
const MAX_REMEMBERED = 256;

function makePlausiblePlurals(kind: string): Names {
  if (kind === "") return [];
  const words = [kind.toLowerCase(), kind.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase()];
  const forms = words.flatMap((word) => [regularPlural(word), word, `${word}s`, `${word}es`]);
  return [...new Set([pluralOf(kind), ...forms])];
}

/** Built-in kinds outside namespaces, by group. */
const CLUSTER_SCOPED: ReadonlyMap<string, Names> = new Map([
  ["", ["ComponentStatus", "Namespace", "Node", "PersistentVolume"]],
  [
    "admissionregistration.k8s.io",
    [
      "MutatingAdmissionPolicy",
      "MutatingAdmissionPolicyBinding",
      "MutatingWebhookConfiguration",
      "ValidatingAdmissionPolicy",
      "ValidatingAdmissionPolicyBinding",
      "ValidatingWebhookConfiguration",
    ],
  ],
  ["apiextensions.k8s.io", ["CustomResourceDefinition"]],
  ["apiregistration.k8s.io", ["APIService"]],
  ["authentication.k8s.io", ["SelfSubjectReview", "TokenReview"]],
  ["authorization.k8s.io", ["SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"]],
  ["certificates.k8s.io", ["CertificateSigningRequest", "ClusterTrustBundle"]],
  ["extensions", ["PodSecurityPolicy"]],
  ["flowcontrol.apiserver.k8s.io", ["FlowSchema", "PriorityLevelConfiguration"]],
  ["internal.apiserver.k8s.io", ["StorageVersion"]],
  ["networking.k8s.io", ["IPAddress", "IngressClass", "ServiceCIDR"]],
  ["node.k8s.io", ["RuntimeClass"]],
  ["policy", ["PodSecurityPolicy"]],
  ["rbac.authorization.k8s.io", ["ClusterRole", "ClusterRoleBinding"]],
  ["resource.k8s.io", ["DeviceClass", "DeviceTaintRule", "ResourceSlice"]],
  ["scheduling.k8s.io", ["PriorityClass"]],
  ["storage.k8s.io", ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"]],
  ["storagemigration.k8s.io", ["StorageVersionMigration"]],
]);

/** Whether a kind is known to live outside namespaces; of custom resources nothing is known without a cluster. */
export function isClusterScoped(group: string, kind: string): boolean {
  return CLUSTER_SCOPED.get(group)?.includes(kind) ?? false;
}

/** Where kinds carry a Pod's spec, by group, whatever the version: it has been there in all of them. */
const POD_SPEC_PATHS: readonly { readonly groups: Names; readonly kinds: Names; readonly path: Names }[] = [
  { groups: [""], kinds: ["Pod"], path: ["spec"] },
  { groups: [""], kinds: ["PodTemplate"], path: ["template", "spec"] },
  { groups: [""], kinds: ["ReplicationController"], path: ["spec", "template", "spec"] },
  {
    groups: ["apps", "extensions"],
    kinds: ["Deployment", "DaemonSet", "ReplicaSet"],
    path: ["spec", "template", "spec"],
  },
  { groups: ["apps"], kinds: ["StatefulSet"], path: ["spec", "template", "spec"] },
  { groups: ["batch"], kinds: ["Job"], path: ["spec", "template", "spec"] },
  { groups: ["batch"], kinds: ["CronJob"], path: ["spec", "jobTemplate", "spec", "template", "spec"] },
];

/** The members that lead to the Pod spec of a kind, or undefined for kinds without one. */
export function podSpecPath(group: string, kind: string): Names | undefined {
  return POD_SPEC_PATHS.find((row) => row.groups.includes(group) && row.kinds.includes(kind))?.path;
}
