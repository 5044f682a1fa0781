import { isValueObject, listOf, memberOf, textOf, type Value } from "../../base/index.ts";
import { type PolicyInput, resourceTypeOf } from "../evaluate/input.ts";
import {
  type AuthorizedUser,
  authorizerValue,
  requestResourceValue,
} from "../language/cel/functions/kubernetes/authorizer.ts";
import type { CelValue } from "../language/cel/values/value.ts";

/** What the expressions of a kyverno.io policy see: the values of `createAdmissionEnvironment`, by name. */
export interface AdmissionValues {
  readonly [name: string]: CelValue;
}

/** The values for an input; `object` is the object as earlier rules left it. `params` are added by who has them. */
export function admissionValues(input: PolicyInput, object: Value): AdmissionValues {
  const type = resourceTypeOf(input);
  const { group, kind, name, namespace, resource, subresource } = type;
  const user = userOf(input.userInfo ?? {});
  return {
    object,
    oldObject: input.oldObject ?? null,
    request: requestOf(input, type),
    namespaceObject: kind === "Namespace" && group === "" ? null : namespaceOf(input, namespace),
    authorizer: authorizerValue(user),
    "authorizer.requestResource": requestResourceValue(user, {
      group: type.resourceGroup,
      resource,
      subresource,
      namespace,
      name,
    }),
  };
}

/** The namespace that the object is in; empty outside namespaces. */
export function namespaceNameOf(input: PolicyInput): string {
  return resourceTypeOf(input).namespace;
}

/** As Go writes an AdmissionRequest: empty names are not there. */
function requestOf(input: PolicyInput, type: ReturnType<typeof resourceTypeOf>): Value {
  const { group, version, kind, resource, resourceGroup, resourceVersion, subresource, name, namespace } = type;
  const gvk = { group, version, kind };
  const gvr = { group: resourceGroup, version: resourceVersion, resource };
  return {
    kind: gvk,
    resource: gvr,
    ...(subresource === "" ? {} : { subResource: subresource, requestSubResource: subresource }),
    requestKind: gvk,
    requestResource: gvr,
    ...(name === "" ? {} : { name }),
    ...(namespace === "" ? {} : { namespace }),
    operation: input.operation,
    userInfo: input.userInfo ?? {},
    dryRun: false,
  };
}

/** Where the Namespace is not known, all that is known of it is its name, as in Kyverno's command line. */
function namespaceOf(input: PolicyInput, namespace: string): Value {
  if (input.namespaceObject !== undefined) return input.namespaceObject;
  if (namespace === "") return null;
  const { namespaceLabels } = input;
  return { metadata: { name: namespace, ...(namespaceLabels === undefined ? {} : { labels: namespaceLabels }) } };
}

function userOf(userInfo: Value): AuthorizedUser {
  const extra = memberOf(userInfo, "extra");
  const uid = textOf(userInfo, "uid");
  return {
    username: textOf(userInfo, "username"),
    groups: textsOf(listOf(userInfo, "groups")),
    ...(uid === "" ? {} : { uid }),
    ...(isValueObject(extra)
      ? { extra: Object.fromEntries(Object.keys(extra).map((key) => [key, textsOf(listOf(extra, key))])) }
      : {}),
  };
}

function textsOf(values: readonly Value[]): readonly string[] {
  return values.filter((value) => typeof value === "string");
}
