import { isValueObject, listOf, memberOf, textOf, type Value } from "../../base/index.ts";
import type { KyvernoPlan, Operation, PolicyInput } from "../../policy/index.ts";
import type { GivenValues, ResourceValues } from "./given-values.ts";
import type { RunOptions } from "./surroundings.ts";

/** An object as policies meet it. */
export interface Subject {
  readonly object: Value;
  readonly given: ResourceValues;
  /** As given, and as the operation of the run changes them. */
  readonly values: ResourceValues;
  readonly input: PolicyInput;
}

/** The one of the policy before, when this one meets the same. */
export function subjectOf(
  object: Value,
  { policy }: KyvernoPlan,
  options: RunOptions,
  before: Subject | undefined,
): Subject {
  const given = options.values.forResource(policy, textOf(memberOf(object, "metadata"), "name"));
  if (before !== undefined && before.object === object && before.given === given) return before;
  const shown = options.operation === undefined ? given : withOperation(given, options.operation);
  return { object, given, values: shown, input: inputOf(object, operationOf(shown.operation), options) };
}

export function inputOf(object: Value, asked: Operation, { values, userInfo, surroundings }: RunOptions): PolicyInput {
  const namespace = textOf(memberOf(object, "metadata"), "namespace");
  const namespaceObject = values.namespace(namespace) ?? surroundings?.namespaceObject;
  return {
    object: asked === "DELETE" ? null : object,
    ...(asked === "DELETE" || asked === "UPDATE" ? { oldObject: object } : {}),
    operation: asked,
    ...(namespaceObject === undefined ? {} : { namespaceObject }),
    ...(surroundings?.resource === undefined ? {} : { resource: surroundings.resource }),
    ...(userInfo?.userInfo === undefined ? {} : { userInfo: userInfo.userInfo }),
    ...(userInfo?.roles === undefined ? {} : { roles: userInfo.roles }),
    ...(userInfo?.clusterRoles === undefined ? {} : { clusterRoles: userInfo.clusterRoles }),
    ...subresourceOf(object, values),
  };
}

/** The name that Kyverno gives to who is not known, so that policies that read it find one. */
const NOBODY = "system:kyverno:background-scan";

/** The API server knows the Namespace of every object and who asks: where nothing is said of them, their names. */
export function asApiServer(input: PolicyInput, object: Value, { namespaces = [] }: RunOptions): PolicyInput {
  const name = textOf(memberOf(object, "metadata"), "namespace");
  const known = namespaces.find((each) => textOf(memberOf(each, "metadata"), "name") === name);
  const named = name === "" ? undefined : { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  const namespaceObject = input.namespaceObject ?? known ?? named;
  const userInfo = isValueObject(input.userInfo) ? input.userInfo : {};
  return {
    ...input,
    userInfo: {
      ...userInfo,
      username: textOf(userInfo, "username") || NOBODY,
      uid: textOf(userInfo, "uid") || NOBODY,
      groups: listOf(userInfo, "groups").length === 0 ? [NOBODY] : listOf(userInfo, "groups"),
    },
    ...(namespaceObject === undefined ? {} : { namespaceObject }),
  };
}

function withOperation({ variables }: ResourceValues, operation: Operation): ResourceValues {
  const others = variables.filter(([name]) => name !== "request.operation");
  return { operation, variables: [["request.operation", operation], ...others] };
}

/** Any other one counts as CREATE, as in Kyverno's command line. */
export function operationOf(value: Value | undefined): Operation {
  return value === "UPDATE" || value === "DELETE" ? value : "CREATE";
}

/** An object whose kind is that of a subresource stands for its parent's subresource. */
function subresourceOf(object: Value, values: GivenValues): Partial<PolicyInput> {
  const [apiVersion, kind] = [textOf(object, "apiVersion"), textOf(object, "kind")];
  const found = values.subresources.find(
    ({ subresource }) => apiVersionOf(subresource) === apiVersion && subresource.kind === kind,
  );
  if (found === undefined) return {};
  const { group = "", version = "" } = found.parentResource;
  const metadata = memberOf(object, "metadata");
  return {
    subresource: (found.subresource.name ?? "").split("/")[1] ?? "",
    requested: {
      group,
      version,
      kind: found.parentResource.kind ?? "",
      name: textOf(metadata, "name"),
      namespace: textOf(metadata, "namespace"),
    },
  };
}

function apiVersionOf({ group, version }: { readonly group?: string; readonly version?: string }): string {
  return group ? `${group}/${version ?? ""}` : (version ?? "");
}
