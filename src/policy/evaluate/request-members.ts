import { textOf, type Value, type ValueObject } from "../../base/index.ts";

/** What `request` shows. */
export interface RequestMembers {
  /** Absent when there is none (an object that is deleted). */
  readonly object?: Value | undefined;
  readonly oldObject?: Value | undefined;
  readonly operation: string;
  /** Empty outside namespaces. */
  readonly namespace: string;
  /** Who asks, where it is known; then `serviceAccountName` and `serviceAccountNamespace` are there, too. */
  readonly userInfo?: Value | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly clusterRoles?: readonly string[] | undefined;
  /** The other members of an AdmissionRequest: uid, kind, resource, subResource, name, dryRun, options… */
  readonly admission?: ValueObject | undefined;
}

/** The members of a context that stand on the request: what is not known is not there, and a query of it fails. */
export function membersOfRequest(request: RequestMembers): ValueObject {
  const { admission, object, oldObject, operation, namespace, userInfo, roles, clusterRoles } = request;
  const shown: Record<string, Value> = { ...admission, operation, namespace };
  if (object !== undefined) shown.object = object;
  if (oldObject !== undefined) shown.oldObject = oldObject;
  if (roles !== undefined && roles.length > 0) shown.roles = roles;
  if (clusterRoles !== undefined && clusterRoles.length > 0) shown.clusterRoles = clusterRoles;
  if (userInfo === undefined) return { request: shown };
  shown.userInfo = userInfo;
  return { request: shown, ...serviceAccountOf(textOf(userInfo, "username")) };
}

const SERVICE_ACCOUNT = "system:serviceaccount:";

/** As Kyverno: any name that is long enough is cut where the prefix of a service account would end. */
function serviceAccountOf(username: string): ValueObject {
  const [namespace, name] = username.slice(SERVICE_ACCOUNT.length).split(":");
  if (namespace === undefined || name === undefined) return { serviceAccountName: "", serviceAccountNamespace: "" };
  return { serviceAccountName: name, serviceAccountNamespace: namespace };
}
