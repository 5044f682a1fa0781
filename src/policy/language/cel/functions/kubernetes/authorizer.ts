import { memberOf, type Value } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { trimText } from "../../values/text.ts";
import { Opaque } from "../../values/value.ts";
import { isDnsName } from "./name-formats.ts";

/** Whose rights are asked about, as in a SubjectAccessReview. */
export interface AuthorizedUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] };
}

/** A resource to ask about; what is empty is not part of the question. */
export interface AuthorizedResource {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

interface PathCheck {
  readonly user: AuthorizedUser;
  readonly path: string;
}
interface GroupCheck {
  readonly user: AuthorizedUser;
  readonly group: string;
}
interface ResourceCheck extends AuthorizedResource {
  readonly user: AuthorizedUser;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}
interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error: string | undefined;
}

const AUTHORIZER_NAME = "kubernetes.authorization.Authorizer";
const PATH_CHECK_NAME = "kubernetes.authorization.PathCheck";
const GROUP_CHECK_NAME = "kubernetes.authorization.GroupCheck";
const RESOURCE_CHECK_NAME = "kubernetes.authorization.ResourceCheck";
const DECISION_NAME = "kubernetes.authorization.Decision";

/** The types of the variables `authorizer` and `authorizer.requestResource`. */
export const AUTHORIZER = celTypes.opaque<AuthorizedUser>(AUTHORIZER_NAME);
export const RESOURCE_CHECK = celTypes.opaque<ResourceCheck>(RESOURCE_CHECK_NAME);
const PATH_CHECK = celTypes.opaque<PathCheck>(PATH_CHECK_NAME);
const GROUP_CHECK = celTypes.opaque<GroupCheck>(GROUP_CHECK_NAME);
const DECISION = celTypes.opaque<Decision>(DECISION_NAME);

const { bool, string } = celTypes;
const since = "0.2.0";
const method = { receiver: true, since } as const;
const loads = "the authorizer's answer";

/** A value that has no `==`, as in Kubernetes. */
function unequal<T>(name: string, value: T): Opaque<T> {
  return new Opaque(name, value, () => {
    throw new CelError("no_such_overload", `no such overload: == for ${name}`);
  });
}

/** The value of the variable `authorizer`. */
export function authorizerValue(user: AuthorizedUser): Opaque<AuthorizedUser> {
  return unequal(AUTHORIZER_NAME, user);
}

/** The value of `authorizer.requestResource`: the request's resource, checked for the user who sent it. */
export function requestResourceValue(user: AuthorizedUser, resource: AuthorizedResource): Opaque<ResourceCheck> {
  return unequal(RESOURCE_CHECK_NAME, { user, ...resource });
}

function notEmpty(text: string, what: string): string {
  if (trimText(text) === "") throw new CelError("invalid_argument", `the ${what} must not be empty`);
  return text;
}

/** A service account acts with these names and groups. */
function serviceAccount(namespace: string, name: string): AuthorizedUser {
  if (!isDnsName(name, "subdomain")) throw new CelError("invalid_argument", "not a name of a service account");
  if (!isDnsName(namespace, "label")) throw new CelError("invalid_argument", "not a namespace of a service account");
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  };
}

function narrowed(check: Opaque<ResourceCheck>, change: Partial<ResourceCheck>): Opaque<ResourceCheck> {
  return unequal(RESOURCE_CHECK_NAME, { ...check.value, ...change });
}

/** The question with its parts in one order; version is any, as Kubernetes asks. */
function resourceParams(check: ResourceCheck, verb: string): Value {
  const { fieldSelector, labelSelector } = check;
  return {
    user: userParams(check.user),
    verb,
    group: check.group,
    version: "*",
    resource: check.resource,
    subresource: check.subresource,
    namespace: check.namespace,
    name: check.name,
    ...(fieldSelector === undefined || fieldSelector === "" ? {} : { fieldSelector }),
    ...(labelSelector === undefined || labelSelector === "" ? {} : { labelSelector }),
  };
}

function userParams({ username, uid, groups, extra }: AuthorizedUser): Value {
  return {
    username,
    groups,
    ...(uid === undefined || uid === "" ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

function ask(params: Value, context: CelContext): Opaque<Decision> {
  const answer = context.facts.fact("authorization", params);
  const allowed = memberOf(answer, "allowed");
  // Not taken for "not allowed": a policy may allow what a user may not do.
  if (typeof allowed !== "boolean") {
    throw new CelError("failed", "the authorization fact does not say whether it is allowed", { code: "FACT_FAILED" });
  }
  const reason = memberOf(answer, "reason");
  const error = memberOf(answer, "error");
  return unequal(DECISION_NAME, {
    allowed,
    reason: typeof reason === "string" ? reason : "",
    error: typeof error === "string" ? error : undefined,
  });
}

function part(
  name: keyof AuthorizedResource | "fieldSelector" | "labelSelector",
  note: string,
  example: string,
): CelFunction {
  return celFunction({
    ...method,
    name,
    args: [RESOURCE_CHECK, string],
    result: RESOURCE_CHECK,
    note,
    example,
    call: (check, text) => narrowed(check, { [name]: text }),
  });
}

/** Kubernetes' authorization checks: what the user who sent the request, or a service account, may do. */
export const AUTHORIZER_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    ...method,
    name: "path",
    args: [AUTHORIZER, string],
    result: PATH_CHECK,
    note: "A check of a path that is no resource.",
    example: "authorizer.path('/healthz').check('get').allowed()",
    call: ({ value }, path) => unequal(PATH_CHECK_NAME, { user: value, path: notEmpty(path, "path") }),
  }),
  celFunction({
    ...method,
    name: "group",
    args: [AUTHORIZER, string],
    result: GROUP_CHECK,
    note: "A check of an API group; empty for the core group.",
    example: "authorizer.group('apps').resource('deployments').check('list').allowed()",
    call: ({ value }, group) => unequal(GROUP_CHECK_NAME, { user: value, group }),
  }),
  celFunction({
    ...method,
    name: "serviceAccount",
    args: [AUTHORIZER, string, string],
    result: AUTHORIZER,
    note: "The authorizer of a service account, by namespace and name.",
    example: "!authorizer.serviceAccount('default', 'robot').path('/healthz').check('get').allowed()",
    call: (_, namespace, name) => authorizerValue(serviceAccount(namespace, name)),
  }),
  celFunction({
    ...method,
    name: "resource",
    args: [GROUP_CHECK, string],
    result: RESOURCE_CHECK,
    note: "A check of a resource, by its plural name, in all namespaces.",
    example: "authorizer.group('').resource('pods').check('list').allowed()",
    call: ({ value: { user, group } }, resource) =>
      requestResourceValue(user, {
        group,
        resource: notEmpty(resource, "resource"),
        subresource: "",
        namespace: "",
        name: "",
      }),
  }),
  part(
    "subresource",
    "With a subresource; empty for none.",
    "authorizer.group('').resource('pods').subresource('status').check('update').allowed()",
  ),
  part(
    "namespace",
    "In a namespace; empty for the cluster.",
    "authorizer.group('').resource('pods').namespace('default').check('create').allowed()",
  ),
  part(
    "name",
    "Of one name; empty for all.",
    "authorizer.group('').resource('pods').namespace('default').name('web').check('get').allowed()",
  ),
  celFunction({
    ...method,
    name: "check",
    args: [PATH_CHECK, string],
    result: DECISION,
    note: "Whether the user may do this (an HTTP method in lower case) with the path.",
    example: "authorizer.path('/healthz').check('get').allowed()",
    loads,
    call: ({ value }, verb, context) => ask({ user: userParams(value.user), verb, path: value.path }, context),
  }),
  celFunction({
    ...method,
    name: "check",
    args: [RESOURCE_CHECK, string],
    result: DECISION,
    note: "Whether the user may do this (a verb of the API) with the resource.",
    example: "authorizer.group('').resource('pods').check('list').allowed()",
    loads,
    call: ({ value }, verb, context) => ask(resourceParams(value, verb), context),
  }),
  celFunction({
    ...method,
    name: "allowed",
    args: [DECISION],
    result: bool,
    note: "Whether it is allowed; no opinion is not.",
    example: "authorizer.path('/healthz').check('get').allowed()",
    call: ({ value }) => value.allowed,
  }),
  celFunction({
    ...method,
    name: "reason",
    args: [DECISION],
    result: string,
    note: "Why it was decided so; may be empty.",
    example: "authorizer.path('/healthz').check('get').reason() == 'healthz is for all'",
    call: ({ value }) => value.reason,
  }),
  celFunction({
    ...method,
    name: "errored",
    args: [DECISION],
    result: bool,
    note: "Whether the check ended in an error.",
    example: "!authorizer.path('/healthz').check('get').errored()",
    call: ({ value }) => value.error !== undefined,
  }),
  celFunction({
    ...method,
    name: "error",
    args: [DECISION],
    result: string,
    note: "The error of the check; empty when there was none.",
    example: "authorizer.path('/healthz').check('get').error() == ''",
    call: ({ value }) => value.error ?? "",
  }),
];

/** Selectors of a check, since Kubernetes 1.31. One that does not parse is the authorizer's to judge. */
export const AUTHORIZER_SELECTOR_FUNCTIONS: readonly CelFunction[] = [
  part(
    "fieldSelector",
    "Only what a field selector selects.",
    "authorizer.group('').resource('pods').fieldSelector('spec.nodeName=a').check('list').allowed()",
  ),
  part(
    "labelSelector",
    "Only what a label selector selects.",
    "authorizer.group('').resource('pods').labelSelector('app=web').check('list').allowed()",
  ),
];
