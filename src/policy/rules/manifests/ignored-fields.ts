import { matchesWildcard } from "../../../base/index.ts";

/** Which objects a list of fields is about; what is not said is any. `*` at the end, and alternatives behind commas. */
type ObjectReference = {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
};

/** Fields that are not compared, for the objects that it names; for all objects where it names none. */
export type IgnoredFields = {
  readonly objects?: readonly ObjectReference[];
  readonly fields?: readonly string[];
};

const ofKinds = (...kinds: readonly string[]): readonly ObjectReference[] => kinds.map((kind) => ({ kind }));

/**
 * What clusters write into objects by themselves, as Kyverno and the tool that signs manifests know it. Unlike them the
 * namespace is compared: a manifest that was signed for one namespace says nothing about another. And `*` is a place in a
 * list and nothing else: the name of a volume is not the name of the Secret in it.
 */
const WRITTEN_BY_CLUSTERS: readonly IgnoredFields[] = [
  {
    fields: [
      "metadata.creationTimestamp",
      "metadata.finalizers",
      "metadata.generation",
      "metadata.managedFields",
      "metadata.resourceVersion",
      "metadata.selfLink",
      "metadata.uid",
      "metadata.annotations.control-plane.alpha.kubernetes.io/leader",
      "metadata.annotations.deployment.kubernetes.io/revision",
      "metadata.annotations.deprecated.daemonset.template.generation",
      "metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
      "metadata.annotations.namespace",
      "metadata.labels.app.kubernetes.io/instance",
      "spec.containers.*.imagePullPolicy",
      "spec.containers.*.terminationMessagePath",
      "spec.containers.*.terminationMessagePolicy",
      "spec.dnsPolicy",
      "spec.restartPolicy",
      "spec.schedulerName",
      "spec.terminationGracePeriodSeconds",
      "status",
    ],
  },
  {
    objects: ofKinds("Pod"),
    fields: [
      "spec.containers.*.volumeMounts",
      "spec.enableServiceLinks",
      "spec.preemptionPolicy",
      "spec.priority",
      "spec.serviceAccount",
      "spec.tolerations",
      "spec.volumes.*.configMap.defaultMode",
      "spec.volumes.*.name",
      "spec.volumes.*.projected",
    ],
  },
  {
    objects: ofKinds("Deployment"),
    fields: [
      "spec.containers.*.ports.*.protocol",
      "spec.containers.*.resources",
      "spec.progressDeadlineSeconds",
      "spec.revisionHistoryLimit",
      "spec.securityContext",
      "spec.strategy",
    ],
  },
  {
    objects: ofKinds("Service"),
    fields: [
      "spec.clusterIP",
      "spec.clusterIPs.0",
      "spec.internalTrafficPolicy",
      "spec.ipFamilies",
      "spec.ipFamilyPolicy",
      "spec.ports.*.nodePort",
      "spec.sessionAffinity",
      "spec.type",
    ],
  },
  { objects: ofKinds("CustomResourceDefinition"), fields: ["spec.conversion.strategy", "spec.names.listKind"] },
  {
    objects: ofKinds("ClusterPolicy", "Policy"),
    fields: [
      "metadata.annotations.pod-policies.kyverno.io/autogen-controllers",
      "spec.background",
      "spec.failurePolicy",
      "spec.validationFailureAction",
    ],
  },
  { objects: ofKinds("ServiceAccount"), fields: ["imagePullSecrets.*.name", "secrets.*.name"] },
  { objects: [{ group: "route.openshift.io", kind: "Route" }], fields: ["spec.host"] },
];

/** Of those, what a cluster adds and never changes: what was signed there is compared. */
const ADDED_BY_CLUSTERS = new Set([
  "spec.containers.*.volumeMounts",
  "spec.volumes.*.name",
  "spec.volumes.*.projected",
]);

/** Names of the signing tool's own annotations; each may have a number behind it. */
const SIGNING_ANNOTATIONS = ["message", "signature", "certificate", "bundle", "resourceBundleRef"];

/** What is compared of an object, as fields name it. */
export interface ComparedObject {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** Fields of one object that are not compared. */
export interface IgnoredPaths {
  /** What clusters write, each field with `*` for every place in a list. */
  readonly written: ReadonlySet<string>;
  /** The same, of a field that was not signed. */
  readonly added: ReadonlySet<string>;
  /** What the policy leaves out, and the signatures themselves. */
  readonly patterns: readonly string[];
  /** Where the object holds a Pod's fields: patterns mean those, too. */
  readonly template?: readonly string[];
}

/** The fields of an object that are not compared: those that clusters write, and the policy's own. */
export function ignoredFieldsOf(
  object: ComparedObject,
  domain: string,
  stated: readonly IgnoredFields[],
): IgnoredPaths {
  const annotations = SIGNING_ANNOTATIONS.map((name) => `metadata.annotations.${domain}/${name}*`);
  const fieldsOf = (lists: readonly IgnoredFields[]): readonly string[] =>
    lists.filter(({ objects = [] }) => isAbout(objects, object)).flatMap(({ fields = [] }) => fields);
  const written = fieldsOf(WRITTEN_BY_CLUSTERS);
  const template = POD_TEMPLATES.get(`${object.group}/${object.kind}`);
  return {
    written: new Set(written.filter((field) => !ADDED_BY_CLUSTERS.has(field))),
    added: new Set(written),
    patterns: [...annotations, ...fieldsOf(stated)],
    ...(template === undefined ? {} : { template }),
  };
}

function isAbout(objects: readonly ObjectReference[], object: ComparedObject): boolean {
  return objects.length === 0 || objects.some((reference) => NAMES.every((name) => matches(reference, name, object)));
}

const NAMES = ["group", "version", "kind", "name", "namespace"] as const;

function matches(reference: ObjectReference, name: (typeof NAMES)[number], object: ComparedObject): boolean {
  const pattern = (reference[name] ?? "").trim();
  return pattern.split(",").some((each) => matchesText(each.trim(), object[name]));
}

/** `-` is a text that is empty. */
function matchesText(pattern: string, text: string): boolean {
  if (pattern === "" || (pattern === "-" && text === "")) return true;
  return pattern.endsWith("*") ? text.startsWith(pattern.replace(/\*+$/, "")) : pattern === text;
}

const IN_TEMPLATE: readonly string[] = ["spec", "template"];

/** Where the kinds that make Pods say what Pods. */
const POD_TEMPLATES: ReadonlyMap<string, readonly string[]> = new Map([
  ["/ReplicationController", IN_TEMPLATE],
  ["apps/DaemonSet", IN_TEMPLATE],
  ["apps/Deployment", IN_TEMPLATE],
  ["apps/ReplicaSet", IN_TEMPLATE],
  ["apps/StatefulSet", IN_TEMPLATE],
  ["batch/CronJob", ["spec", "jobTemplate", ...IN_TEMPLATE]],
  ["batch/Job", IN_TEMPLATE],
]);

/** A field that differs, and whether something was signed there. */
interface DifferingField {
  readonly path: readonly string[];
  readonly isSigned: boolean;
}

/**
 * Whether a field is one of those that are not compared, or inside one. A policy's pattern is a path of names and places
 * behind points, in which `*` stands for any characters.
 */
export function isIgnored({ path, isSigned }: DifferingField, ignored: IgnoredPaths): boolean {
  const { patterns, template } = ignored;
  const written = isSigned ? ignored.written : ignored.added;
  if (isBehind(path, written, patterns)) return true;
  const isInTemplate = template !== undefined && template.every((name, place) => path[place] === name);
  return isInTemplate && isBehind(path.slice(template.length), written, patterns);
}

/** A name may have points in it: only a whole field counts, so that `a.b` does not mean the field `b.c` in `a`. */
function isBehind(path: readonly string[], written: ReadonlySet<string>, patterns: readonly string[]): boolean {
  const places = path.map((name) => (/^\d+$/.test(name) ? "*" : name));
  return path.some((_, last) => {
    const field = path.slice(0, last + 1).join(".");
    if (written.has(field) || written.has(places.slice(0, last + 1).join("."))) return true;
    return patterns.some((pattern) => matchesWildcard(stemOf(pattern), field));
  });
}

/** `a.b.*` is about `a.b` itself, too: an empty list has no field to name. */
const stemOf = (pattern: string): string => pattern.replace(/(?:\.\*)+$/, "");
