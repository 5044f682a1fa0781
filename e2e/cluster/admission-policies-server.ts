/** The rows of the tables of admission policies asked of a real API server. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isValueObject, readJson, type Value, writeJson } from "../../src/base/index.ts";
import type { PolicyInput } from "../../src/policy/index.ts";
import type { RunningKubernetes } from "../../tools/peers/kubernetes.ts";
import {
  CANARY_NAMESPACE,
  canaryRow,
  documentsOf,
  type PolicyType,
  ROW_LABEL,
} from "./admission-policies-documents.ts";
import { CUSTOM_KINDS, merged, OBJECTS, USER } from "./admission-policies-objects.ts";
import type { PolicyRow, RequestRow } from "./admission-policies-rows.ts";
import { type Answer, ApiClient, inParallel } from "./api-client.ts";
import { eventually } from "./processes.ts";
import { listAt, textAt, valueAt } from "./values.ts";

type Fields = Readonly<Record<string, Value>>;

/** What became of a request: what a user and an auditor are told, and the object as it would be stored. */
export interface Verdict {
  readonly denial?: { readonly message: string; readonly reason: string };
  readonly warnings: readonly string[];
  /** Of the policies' own and of the failures that are audited. */
  readonly audit: Readonly<Record<string, string>>;
  /** Of mutating policies that let the request through: without what the server adds to every object. */
  readonly object?: Value;
}

const PARALLEL = 12;
const READY_MS = 40_000;
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
/** Where no policy is in force. */
const FREE_NAMESPACE = "free-of-policies";
/** The audit annotation of failures under the action Audit. */
export const FAILURES = "validation.policy.admission.k8s.io/validation_failure";

const AS_USER = {
  "impersonate-user": USER.username,
  "impersonate-uid": USER.uid,
  "impersonate-group": [...USER.groups],
  "impersonate-extra-scopes": [...USER.extra.scopes],
};

/** Flags of an API server that writes an audit event of each request, and the file it writes them to. */
interface AuditFiles {
  readonly policy: string;
  readonly log: string;
}

export const AUDIT_POLICY = writeJson({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata" }],
});

export const auditFlags = ({ policy, log }: AuditFiles): readonly string[] => [
  `--audit-policy-file=${policy}`,
  `--audit-log-path=${log}`,
  "--audit-log-mode=blocking",
];

/** What a request will be about, as far as it is known before it is made. */
interface Prepared {
  readonly input: PolicyInput;
  readonly method: string;
  readonly path: string;
  readonly body: Value | undefined;
}

/** A real API server with the objects, params and policies of a table. */
export class PolicyServer {
  readonly #client: ApiClient;
  readonly #audit: AuditFiles;
  readonly #prepared = new Map<RequestRow, Prepared>();
  /** Objects that are there: what params are looked for in. */
  readonly params = new Map<PolicyRow, readonly Value[]>();

  constructor(cluster: RunningKubernetes, audit: AuditFiles) {
    this.#client = new ApiClient(cluster, PARALLEL);
    this.#audit = audit;
  }

  close(): void {
    this.#client.close();
  }

  /** Creates kinds, namespaces, params and stored objects, and notes what policies will see of each request. */
  async prepare(rows: readonly PolicyRow[]): Promise<void> {
    for (const kind of CUSTOM_KINDS)
      await this.#create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", kind);
    for (const name of [FREE_NAMESPACE, CANARY_NAMESPACE, "params-of-all"]) await this.#createNamespace(name, {});
    const shops = `/apis/tests.amap.dev/v1/namespaces/${FREE_NAMESPACE}/shops`;
    const ceiling: Fields = { apiVersion: "tests.amap.dev/v1", kind: "Ceiling", metadata: { name: "first" } };
    await eventually("the test kinds are served", READY_MS, async () => {
      assert.equal((await this.#client.send("GET", shops)).status, 200);
      await this.#create("/apis/tests.amap.dev/v1/ceilings", ceiling, "?dryRun=All");
    });
    await inParallel(PARALLEL, rows, (row) => this.#prepareRow(row));
  }

  async #prepareRow(row: PolicyRow): Promise<void> {
    const namespaceObject = await this.#createNamespace(row.name, { [ROW_LABEL]: row.name, ...row.namespaceLabels });
    const params: Value[] = [];
    for (const object of row.params ?? []) params.push(await this.#create(pathOfParam(row, object), object));
    this.params.set(row, params);
    for (const [index, request] of row.requests.entries()) {
      this.#prepared.set(request, await this.#prepare(row, request, index, namespaceObject));
    }
  }

  /** Installs the policies and waits until they are in force. */
  async install(type: PolicyType, rows: readonly PolicyRow[]): Promise<void> {
    await inParallel(PARALLEL, rows, (row) => this.#install(type, row));
    // Policies and bindings reach the admission plugin in the order in which they were made: the last one tells of all.
    const canary = `canary-of-${type.toLowerCase()}`;
    await this.#install(type, canaryRow(canary, type));
    const path = `/apis/tests.amap.dev/v1/namespaces/${CANARY_NAMESPACE}/shops?dryRun=All`;
    const shop: Fields = {
      apiVersion: "tests.amap.dev/v1",
      kind: "Shop",
      metadata: { name: canary, labels: { [ROW_LABEL]: canary } },
    };
    await eventually("the policies are in force", READY_MS, async () => {
      const answer = await this.#client.send("POST", path, shop);
      const isInForce =
        type === "Validating" ? answer.status === 422 : textAt(answer.body, "metadata", "labels", "seen") === "yes";
      assert.ok(isInForce, writeJson(answer.body));
    });
  }

  /** What policies see of a request. */
  input(request: RequestRow): PolicyInput {
    return this.#of(request).input;
  }

  /** Makes a request; nothing is stored. */
  async ask(type: PolicyType, request: RequestRow): Promise<Verdict> {
    const { method, path, body } = this.#of(request);
    const answer = await this.#client.send(method, path, body, AS_USER);
    const audit = await this.#auditOf(answer);
    const { warnings } = answer;
    if (answer.status < 300) {
      return { warnings, audit, ...(type === "Mutating" ? { object: comparable(answer.body, request) } : {}) };
    }
    const text = textAt(answer.body, "message");
    const message = text.replace(/^.*? is forbidden: (?=Validating)/s, "");
    const isDenial = /^\w+ '[\w-]+'( with binding '[\w-]+')? denied request: |^Internal error occurred: /.test(message);
    assert.ok(isDenial, `${answer.status} ${text}`);
    return { denial: { message, reason: textAt(answer.body, "reason") }, warnings, audit };
  }

  /** An object as the server would store it where there are no policies. */
  async filledIn(request: RequestRow, object: Value): Promise<Value> {
    const { path } = this.#of(request);
    const { namespace } = valueAt(object, "metadata") as { readonly namespace: string };
    const moved = merged(object, {
      metadata: { namespace: FREE_NAMESPACE, uid: null, creationTimestamp: null },
      status: null,
    });
    const answer = await this.#client.send(
      "POST",
      path.replace(`/${namespace}/`, `/${FREE_NAMESPACE}/`),
      moved,
      AS_USER,
    );
    assert.equal(answer.status, 201, writeJson(answer.body));
    return comparable(merged(answer.body, { metadata: { namespace } }), request);
  }

  /** The server's own answer to a SubjectAccessReview. */
  async review(spec: Value): Promise<Value> {
    const review: Fields = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
    const answer = await this.#create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
    return valueAt(answer, "status") ?? null;
  }

  #of(request: RequestRow): Prepared {
    const prepared = this.#prepared.get(request);
    assert.ok(prepared, "the request was prepared");
    return prepared;
  }

  async #prepare(row: PolicyRow, request: RequestRow, index: number, namespaceObject: Value): Promise<Prepared> {
    const target = targetOf(row, request, index);
    const { collection, path, sent, stored } = target;
    const { operation, subresource } = request;
    const isCreated = operation === "CREATE" && subresource === undefined;
    const found = isCreated ? null : await this.#create(collection, stored);
    const common = inputOf(row, request, target.name, namespaceObject);
    const prepared = (method: string, body: Value | undefined, object: Value, oldObject: Value): Prepared => {
      return { method, path: `${path}?dryRun=All`, body, input: { ...common, object, oldObject } };
    };
    if (operation === "DELETE") return prepared("DELETE", undefined, null, found);
    if (operation === "CONNECT") {
      const options = request.body ?? {};
      const input = { ...common, object: options, oldObject: null };
      return { method: "POST", path: `${path}?${queryOf(options)}`, body: undefined, input };
    }
    if (operation === "CREATE") {
      const object = await this.#dry("POST", path, sent);
      return prepared("POST", sent, isCreated ? object : sent, null);
    }
    const oldObject = subresource === "scale" ? await this.#get(path) : found;
    const body = merged(oldObject, request.change ?? {});
    return prepared("PUT", body, await this.#dry("PUT", path, body), oldObject);
  }

  async #install(type: PolicyType, row: PolicyRow): Promise<void> {
    for (const { kind, object } of documentsOf(type, row)) {
      await this.#create(`${ADMISSION}/${kind.toLowerCase().replace(/y$/, "ie")}s`, object);
    }
  }

  async #createNamespace(name: string, labels: Readonly<Record<string, string>>): Promise<Value> {
    const created = await this.#create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    });
    return visibleNamespace(created);
  }

  async #get(path: string): Promise<Value> {
    const answer = await this.#client.send("GET", path);
    assert.equal(answer.status, 200, `${path}: ${writeJson(answer.body)}`);
    return answer.body;
  }

  async #dry(method: string, path: string, body: Value): Promise<Value> {
    const answer = await this.#client.send(method, `${path}?dryRun=All`, body, AS_USER);
    assert.ok(answer.status < 300, `${method} ${path}: ${writeJson(answer.body)}`);
    return answer.body;
  }

  async #create(path: string, object: Value, query = ""): Promise<Value> {
    const answer = await this.#client.send("POST", path + query, object, AS_USER);
    assert.equal(answer.status, 201, `${path}: ${writeJson(answer.body)}`);
    return answer.body;
  }

  /** The policies' annotations of the request's audit event. */
  async #auditOf({ auditId }: Answer): Promise<Readonly<Record<string, string>>> {
    const line = await eventually("the audit event is written", 5_000, async () => {
      const found = readFileSync(this.#audit.log, "utf8")
        .split("\n")
        .findLast((text) => text.includes(auditId) && text.endsWith("}"));
      assert.ok(found, auditId);
      return found;
    });
    const annotations = Object.entries(
      (valueAt(readJson(line), "annotations") ?? {}) as Readonly<Record<string, string>>,
    );
    return Object.fromEntries(annotations.filter(([key]) => !key.split("/")[0]?.includes(".") || key === FAILURES));
  }
}

/** Where a request goes, and what it says. */
interface Target {
  readonly name: string;
  readonly collection: string;
  readonly path: string;
  readonly sent: Value;
  readonly stored: Value;
}

function targetOf(row: PolicyRow, request: RequestRow, index: number): Target {
  const { of: objectName, operation, subresource, stored = {}, change = {} } = request;
  const kind = OBJECTS[objectName];
  const version = request.version ?? kind.version;
  const place = kind.isClusterWide === true ? "" : `namespaces/${row.name}/`;
  const collection = `${kind.group === "" ? "/api" : `/apis/${kind.group}`}/${version}/${place}${kind.resource}`;
  const metadata = {
    name: `${objectName}-${index}`,
    ...(place === "" ? {} : { namespace: row.name }),
    ...(row.isClusterWide === true ? { labels: { [ROW_LABEL]: row.name } } : {}),
  };
  const apiVersion = kind.group === "" ? version : `${kind.group}/${version}`;
  const base = merged({ apiVersion, kind: kind.kind, ...kind.body }, { metadata });
  const isCreated = operation === "CREATE" && subresource === undefined;
  const sent = subresource === undefined ? merged(base, change) : { ...request.body, metadata };
  const name = textAt(isCreated ? sent : merged(base, stored), "metadata", "name");
  const path = isCreated ? collection : `${collection}/${name}${subresource === undefined ? "" : `/${subresource}`}`;
  return { name, collection, path, sent, stored: merged(base, stored) };
}

/** What amap is told of a request beside the objects. */
function inputOf(
  row: PolicyRow,
  request: RequestRow,
  name: string,
  namespaceObject: Value,
): Omit<PolicyInput, "object" | "oldObject"> {
  const { group, version, kind, resource, isClusterWide } = OBJECTS[request.of];
  const { operation, subresource } = request;
  const namespace = isClusterWide === true ? "" : row.name;
  return {
    operation,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    requested: { group, version: request.version ?? version, kind, name, namespace },
    ...(namespace === "" ? {} : { namespaceObject }),
    userInfo: {
      ...USER,
      groups: [...USER.groups, "system:authenticated"],
      extra: { scopes: [...USER.extra.scopes] },
    },
  };
}

/** The options of `pods/exec` as they are asked for. */
function queryOf(options: Fields): string {
  const query = new URLSearchParams({ stdout: "true", stderr: "true", container: textAt(options, "container") });
  for (const word of listAt(options, "command")) if (typeof word === "string") query.append("command", word);
  return query.toString();
}

function pathOfParam(row: PolicyRow, object: Fields): string {
  if (textAt(object, "kind") === "Ceiling") return "/apis/tests.amap.dev/v1/ceilings";
  return `/api/v1/namespaces/${textAt(object, "metadata", "namespace") || row.name}/configmaps`;
}

/** What the API server shows of a namespace: no kind, and of its metadata not all. */
function visibleNamespace(namespace: Value): Value {
  const { metadata, spec, status } = namespace as Fields;
  const { managedFields: _, ...rest } = metadata as Fields;
  return { metadata: rest, spec: spec ?? {}, status: status ?? {} };
}

const ADDED = ["uid", "creationTimestamp", "managedFields", "resourceVersion", "generation"];

/** Without what the server adds to every object, each time another, and what it derives when it creates one. */
export function comparable(object: Value, { operation, subresource }: RequestRow): Value {
  if (!isValueObject(object)) return object;
  const uid = textAt(object, "metadata", "uid");
  const told = uid === "" ? object : readJson(writeJson(object).replaceAll(uid, "UID"));
  const { status, ...rest } = told as Fields;
  const metadata = merged(rest["metadata"] ?? {}, Object.fromEntries(ADDED.map((key) => [key, null])));
  const isCreated = operation === "CREATE" && subresource === undefined;
  return { ...rest, metadata, ...(status === undefined || isCreated ? {} : { status }) };
}
