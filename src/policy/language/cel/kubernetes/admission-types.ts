import { type CelType, celTypes } from "../types.ts";

const { bool, dyn, int, list, map, object, string, timestamp } = celTypes;

const GROUP_VERSION_KIND = object("kubernetes.GroupVersionKind", { group: string, version: string, kind: string });

const GROUP_VERSION_RESOURCE = object("kubernetes.GroupVersionResource", {
  group: string,
  version: string,
  resource: string,
});

const USER_INFO = object("kubernetes.UserInfo", {
  username: string,
  uid: string,
  groups: list(string),
  extra: map(string, list(string)),
});

const REQUEST_FIELDS = {
  kind: GROUP_VERSION_KIND,
  resource: GROUP_VERSION_RESOURCE,
  subResource: string,
  requestKind: GROUP_VERSION_KIND,
  requestResource: GROUP_VERSION_RESOURCE,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo: USER_INFO,
  dryRun: bool,
  options: dyn,
};

/** `request`: an AdmissionRequest without uid, object and oldObject, which expressions have as variables or not at all. */
export const ADMISSION_REQUEST: CelType = object("kubernetes.AdmissionRequest", REQUEST_FIELDS);

/** `request` of Kyverno's kinds: with the objects. */
export const KYVERNO_REQUEST: CelType = object("kubernetes.AdmissionRequest", {
  ...REQUEST_FIELDS,
  object: dyn,
  oldObject: dyn,
});

/**
 * `namespaceObject`. Kubernetes declares the times as timestamps and gives texts, and declares `UID` where the object
 * has `uid`: what compiles there compiles here, and fails here as it fails there.
 */
export const NAMESPACE: CelType = object("kubernetes.Namespace", {
  metadata: object("kubernetes.NamespaceMetadata", {
    name: string,
    generateName: string,
    namespace: string,
    labels: map(string, string),
    annotations: map(string, string),
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: list(string),
  }),
  spec: object("kubernetes.NamespaceSpec", { finalizers: list(string) }),
  status: object("kubernetes.NamespaceStatus", {
    conditions: list(
      object("kubernetes.NamespaceCondition", {
        status: string,
        type: string,
        lastTransitionTime: timestamp,
        message: string,
        reason: string,
      }),
    ),
    phase: string,
  }),
});

const KEPT: ReadonlySet<string> = new Set([
  "bool",
  "bytes",
  "double",
  "google.protobuf.Duration",
  "google.protobuf.Timestamp",
  "int",
  "null_type",
  "string",
  "uint",
]);

/**
 * The type of `variables.x` by the type of its expression: Kubernetes keeps simple types, lists and maps; quantities,
 * optionals, requests and all else are dyn from there on.
 */
export function admissionVariableType(type: CelType): CelType {
  switch (type.kind) {
    case "simple":
      return KEPT.has(type.name) ? type : dyn;
    case "list":
      return list(admissionVariableType(type.element));
    case "map":
      return map(admissionVariableType(type.key), admissionVariableType(type.value));
    default:
      return dyn;
  }
}
