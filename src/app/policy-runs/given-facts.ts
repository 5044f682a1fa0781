import {
  AmapError,
  isAmapError,
  isValueObject,
  matchesWildcard,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import {
  type EntrySource,
  type Fact,
  type FactRequest,
  type GlobalContextEntry,
  matchesLabels,
  notServed,
  pluralOf,
} from "../../policy/index.ts";
import { groupVersionOf } from "../facts/cluster-kinds.ts";
import { readApiPath } from "./api-path.ts";
import { BUILT_IN_KINDS, type KnownKinds } from "./known-kinds.ts";

/** An answer to a call: of `apiCallResponses` of a test. */
export interface GivenAnswer {
  readonly url: string;
  /** GET or POST; any where it is empty. */
  readonly method: string;
  readonly status: number;
  readonly body: Value;
}

/** What a run without a cluster knows of the world. */
export interface GivenWorld {
  /** Objects that the cluster would have. */
  readonly objects: readonly ValueObject[];
  /** Whether an object that is not among them is not there; otherwise nobody knows. */
  readonly isWhole: boolean;
  /**
   * Whether, though it is not whole, a single object or a global context entry that is not there is null, as policies of
   * the CEL kinds find it in Kyverno's `test`; lists are only of kinds that some object is of.
   */
  readonly isClosed?: boolean;
  /** Whether such a world lists every kind that is served: for policies that change whatever there is of a kind. */
  readonly listsAll?: boolean;
  readonly answers: readonly GivenAnswer[];
  /** Kinds that are served; Kubernetes' own when left out. */
  readonly kinds?: KnownKinds;
  /** Data of GlobalContextEntries, and of their projections, by name. */
  readonly globalContext: ReadonlyMap<
    string,
    { readonly data: Value; readonly projections: ReadonlyMap<string, Value> }
  >;
}

/** Answers facts from what was given; what was not is a failed fact, never an empty one. */
export function answerFromGiven(given: GivenWorld, request: FactRequest): Fact {
  try {
    const value = valueOf(given, request);
    return value === undefined ? notServed(request) : Object.freeze({ ok: true, value });
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return Object.freeze({ ok: false, code: error.code, message: error.message });
  }
}

/** The sources of context entries that something was given for; Kyverno leaves out the entries of the others. */
export function servedBy(
  { isWhole, answers, globalContext }: GivenWorld,
  entries: readonly GlobalContextEntry[] = [],
): ReadonlySet<EntrySource> {
  const served = new Set<EntrySource>(["variable"]);
  if (isWhole) served.add("configMap");
  if (isWhole || answers.length > 0) served.add("apiCall");
  if (globalContext.size + entries.length > 0) served.add("globalReference");
  return served;
}

function valueOf(given: GivenWorld, { kind, params }: FactRequest): Value | undefined {
  switch (kind) {
    case "resource":
      return resourceOf(given, params);
    case "resourceList":
      return canList(given, params) ? listOfResources(given, params, () => true) : undefined;
    case "resourceType":
      return typeOfKind(given, params);
    case "objectOfKind":
      return objectOfKind(given, params);
    case "objectsOfKind":
      return objectsOfKind(given, params);
    case "kubernetesApi": {
      const path = textOf(params, "path");
      const answer = answerOf(given, "GET", path);
      return answer === undefined ? servedPath(given, path) : bodyOf(answer);
    }
    case "kubernetesApiPost":
      return bodyOf(answerOf(given, "POST", textOf(params, "path")));
    case "http":
    case "httpPost": {
      const answer = answerOf(given, kind === "http" ? "GET" : "POST", textOf(params, "url"));
      return answer && { status: answer.status, body: answer.body };
    }
    case "globalContext": {
      const entry = given.globalContext.get(textOf(params, "name"));
      const projection = textOf(params, "projection");
      if (entry === undefined) return given.isClosed === true ? null : undefined;
      return projection === "" ? entry.data : entry.projections.get(projection);
    }
    default:
      return undefined;
  }
}

/** An answer that is no success is none: nobody looks further. */
function bodyOf(answer: GivenAnswer | undefined): Value | undefined {
  if (answer === undefined) return undefined;
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new AmapError("FACT_FAILED", `the answer that is given for ${answer.url} has the status ${answer.status}`);
}

function answerOf(given: GivenWorld, method: string, url: string): GivenAnswer | undefined {
  const found = given.answers.filter((answer) => answer.url === url);
  return found.find((answer) => answer.method === method) ?? found.find((answer) => answer.method === "");
}

function isOfType({ kinds = BUILT_IN_KINDS }: GivenWorld, object: ValueObject, params: Value): boolean {
  const [apiVersion, kind] = [textOf(object, "apiVersion"), textOf(object, "kind")];
  if (apiVersion !== textOf(params, "apiVersion")) return false;
  return (kinds.find(apiVersion, kind)?.resource ?? pluralOf(kind)) === textOf(params, "resource");
}

function resourceOf(given: GivenWorld, params: Value): Value | undefined {
  const [namespace, name] = [textOf(params, "namespace"), textOf(params, "name")];
  const found = given.objects.find((object) => {
    const metadata = memberOf(object, "metadata");
    const isNamed = textOf(metadata, "name") === name && textOf(metadata, "namespace") === namespace;
    return isNamed && isOfType(given, object, params);
  });
  return found ?? (given.isWhole || given.isClosed === true ? null : undefined);
}

function canList(given: GivenWorld, params: Value): boolean {
  if (given.isWhole || given.listsAll === true)
    return isServed(given, textOf(params, "apiVersion"), textOf(params, "resource"));
  return given.isClosed === true && given.objects.some((object) => isOfType(given, object, params));
}

/** The group, version and plural name of a kind; undefined for one that is not known. */
function typeOfKind({ kinds = BUILT_IN_KINDS }: GivenWorld, params: Value): Value | undefined {
  const apiVersion = textOf(params, "apiVersion");
  const found = kinds.find(apiVersion, textOf(params, "kind"));
  return found && { ...groupVersionOf(apiVersion), resource: found.resource };
}

/** Sources that are copied, and objects that are changed: one that was not given is not there. */
function objectOfKind(given: GivenWorld, params: Value): Value {
  const [apiVersion, kind] = [textOf(params, "apiVersion"), textOf(params, "kind")];
  const [namespace, name] = [textOf(params, "namespace"), textOf(params, "name")];
  const isNamespaced = (given.kinds ?? BUILT_IN_KINDS).find(apiVersion, kind)?.namespaced !== false;
  const found = given.objects.find((object) => {
    const metadata = memberOf(object, "metadata");
    const isThere = textOf(metadata, "name") === name && (!isNamespaced || textOf(metadata, "namespace") === namespace);
    return isThere && textOf(object, "kind") === kind && textOf(object, "apiVersion") === apiVersion;
  });
  return found ?? null;
}

function objectsOfKind(given: GivenWorld, params: Value): Value {
  const matches = (key: string, text: string): boolean => {
    const pattern = textOf(params, key);
    return pattern === "" || matchesWildcard(pattern, text);
  };
  const selector = memberOf(params, "selector");
  return given.objects
    .filter((object) => {
      const metadata = memberOf(object, "metadata");
      return (
        textOf(params, "subresource") === "" &&
        matchesApiVersion(textOf(params, "apiVersion"), textOf(object, "apiVersion")) &&
        matches("kind", textOf(object, "kind")) &&
        matches("namespace", textOf(metadata, "namespace")) &&
        matches("name", textOf(metadata, "name")) &&
        (!isValueObject(selector) || matchesLabels(selector, object))
      );
    })
    .map((object) => ({ object, subresource: "" }));
}

/** Part by part: any group is also the core's, which an apiVersion does not name. */
function matchesApiVersion(pattern: string, apiVersion: string): boolean {
  if (pattern === "") return true;
  const [wanted, found] = [groupVersionOf(pattern), groupVersionOf(apiVersion)];
  return matchesWildcard(wanted.group, found.group) && matchesWildcard(wanted.version, found.version);
}

function listOfResources(given: GivenWorld, params: Value, selects: (object: Value) => boolean): Value {
  const namespace = textOf(params, "namespace");
  const labels = memberOf(params, "labels");
  const items = given.objects.filter((object) => {
    const metadata = memberOf(object, "metadata");
    const own = memberOf(metadata, "labels");
    return (
      isOfType(given, object, params) &&
      selects(object) &&
      (namespace === "" || textOf(metadata, "namespace") === namespace) &&
      (!isValueObject(labels) || Object.entries(labels).every(([label, value]) => memberOf(own, label) === value))
    );
  });
  return { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items };
}

/** What the API server would answer of the objects that were given; undefined where nobody can say. */
function servedPath(given: GivenWorld, path: string): Value | undefined {
  const question = given.isWhole ? readApiPath(path) : undefined;
  if (question === undefined || !isServed(given, question.apiVersion, question.resource)) return undefined;
  const { apiVersion, resource, namespace, name, selects } = question;
  if (name === undefined) return listOfResources(given, { apiVersion, resource, namespace }, selects);
  const found = resourceOf(given, { apiVersion, resource, namespace, name });
  if (found === null || found === undefined) throw new AmapError("FACT_FAILED", `${path}: there is no such object`);
  return found;
}

/** Whether a resource is one of Kubernetes' own, or of an object that was given: an unknown one is a mistake. */
function isServed(given: GivenWorld, apiVersion: string, resource: string): boolean {
  const { kinds = BUILT_IN_KINDS } = given;
  return (
    kinds.serves(apiVersion, resource) ||
    given.objects.some((object) => isOfType(given, object, { apiVersion, resource }))
  );
}
