/** The rows of the tables of admission policies asked of a real API server. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isValueObject, readJson, type Value, writeJson } from "../../src/base/index.ts";
import type { PolicyInput } from "../../src/policy/index.ts";
import type { RunningKubernetes } from "../../tools/peers/kubernetes.ts";
import { CUSTOM_KINDS, merged, OBJECTS, USER } from "./admission-policies-objects.ts";
import type { PolicyRow, RequestRow } from "./admission-policies-rows.ts";
import { type Answer, ApiClient, inParallel } from "./api-client.ts";
import { eventually } from "./processes.ts";
import { textAt, valueAt } from "./values.ts";

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

export type PolicyType = "Validating" | "Mutating";

const PARALLEL = 12;
const READY_MS = 40_000;
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
/** Where no policy is in force. */
const FREE_NAMESPACE = "free-of-policies";
/** Where all are in force once this one's last policies are. */
const CANARY_NAMESPACE = "canary";
const ROW_LABEL = "row";
/** The audit annotation of failures under the action Audit. */
export const FAILURES = "validation.policy.admission.k8s.io/validation_failure";

const AS_USER = {
  "impersonate-user": USER.username,
  "impersonate-uid": USER.uid,
  "impersonate-group": [...USER.groups],
  "impersonate-extra-scopes": [...USER.extra.scopes],
};

/** Flags of an API server that writes an audit event of each request, and the file it writes them to. */
export interface AuditFiles {
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

/** The name of a row's policies, by place: its own and the further one. */
export const policyName = (row: PolicyRow, place: number): string => (place === 0 ? row.name : `${row.name}-2`);

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
    await inParallel(PARALLEL, rows, (row) => this.prepareRow(row));
  }

  async prepareRow(row: PolicyRow): Promise<void> {
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
    await inParallel(PARALLEL, rows, (row) => this.installRow(type, row));
    // Policies and bindings reach the admission plugin in the order in which they were made: the last one tells of all.
    const canary = `canary-of-${type.toLowerCase()}`;
    await this.installRow(type, canaryRow(canary, type));
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
    const { of: objectName, operation, subresource = "", stored = {}, change = {}, version } = request;
    const kind = OBJECTS[objectName];
    const isClusterWide = kind.isClusterWide === true;
    const metadata = {
      name: `${objectName}-${index}`,
      ...(isClusterWide ? {} : { namespace: row.name }),
      ...(row.isClusterWide === true ? { labels: { [ROW_LABEL]: row.name } } : {}),
    };
    const base = merged(
      {
        apiVersion: kind.group === "" ? kind.version : `${kind.group}/${version ?? kind.version}`,
        kind: kind.kind,
        ...kind.body,
      },
      { metadata },
    );
    const group = `${kind.group === "" ? "/api" : `/apis/${kind.group}`}/${version ?? kind.version}`;
    const collection = `${group}/${isClusterWide ? "" : `namespaces/${row.name}/`}${kind.resource}`;
    const sent = merged(base, change);
    const name = textAt(operation === "CREATE" && subresource === "" ? sent : merged(base, stored), "metadata", "name");
    const needsObject = operation !== "CREATE" || subresource !== "";
    const found = needsObject ? await this.#create(collection, merged(base, stored)) : null;
    const requested = {
      group: kind.group,
      version: version ?? kind.version,
      kind: kind.kind,
      name,
      namespace: isClusterWide ? "" : row.name,
    };
    const common = {
      operation,
      resource: kind.resource,
      ...(subresource === "" ? {} : { subresource }),
      requested,
      ...(isClusterWide ? {} : { namespaceObject }),
      userInfo: {
        ...USER,
        groups: [...USER.groups, "system:authenticated"],
        extra: { scopes: [...USER.extra.scopes] },
      },
    };
    const at = (
      path: string,
      method: string,
      body: Value | undefined,
      input: Pick<PolicyInput, "object" | "oldObject">,
    ) => ({
      method,
      path: `${path}?dryRun=All`,
      body,
      input: { ...common, ...input },
    });
    switch (operation) {
      case "CREATE": {
        const path = subresource === "" ? collection : `${collection}/${name}/${subresource}`;
        const body = subresource === "" ? sent : merged({ ...request.body }, bodyMetadata(request, name, row));
        const object = await this.#dry("POST", `${path}?dryRun=All`, body);
        return at(path, "POST", body, { object: subresource === "" ? object : body, oldObject: null });
      }
      case "UPDATE": {
        const path = subresource === "" ? `${collection}/${name}` : `${collection}/${name}/${subresource}`;
        const oldObject = subresource === "scale" ? await this.#get(path) : found;
        const body = merged(oldObject, change);
        return at(path, "PUT", body, { object: await this.#dry("PUT", `${path}?dryRun=All`, body), oldObject });
      }
      case "DELETE":
        return at(`${collection}/${name}`, "DELETE", undefined, { object: null, oldObject: found });
      case "CONNECT": {
        const options = request.body ?? {};
        const { command = [], container = "" } = options as {
          readonly command?: readonly string[];
          readonly container?: string;
        };
        const query = new URLSearchParams([
          ["stdout", "true"],
          ["stderr", "true"],
          ["container", container],
        ]);
        for (const word of command) query.append("command", word);
        const path = `${collection}/${name}/${subresource}?${query}`;
        return { method: "POST", path, body: undefined, input: { ...common, object: options, oldObject: null } };
      }
    }
  }

  async installRow(type: PolicyType, row: PolicyRow): Promise<void> {
    for (const { kind, object } of documentsOf(type, row)) {
      await this.#create(`${ADMISSION}/${kind.toLowerCase().replace(/y$/, "ie")}s`, object as Fields);
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
    const answer = await this.#client.send(method, path, body, AS_USER);
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

/** A policy, or one of its bindings, as it is installed and as amap reads it. */
export interface PolicyDocument {
  readonly kind: string;
  readonly object: Value;
}

/** The documents of a row, the policies before their bindings. */
export function documentsOf(type: PolicyType, row: PolicyRow): readonly PolicyDocument[] {
  const policies = [row, ...(row.further === undefined ? [] : [row.further])];
  return policies.flatMap(({ spec, bindings = [{}] }, place) => {
    const name = policyName(row, place);
    return [
      documentOf(`${type}AdmissionPolicy`, name, spec),
      ...bindings.map(({ validationActions = ["Deny"], paramRef, matchResources = {} }, index) =>
        documentOf(`${type}AdmissionPolicyBinding`, `${name}-${index}`, {
          policyName: name,
          ...(type === "Validating" ? { validationActions: [...validationActions] } : {}),
          ...(paramRef === undefined ? {} : { paramRef }),
          matchResources: apart(row, matchResources),
        }),
      ),
    ];
  });
}

function documentOf(kind: string, name: string, spec: Fields): PolicyDocument {
  return { kind, object: { apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name }, spec } };
}

/** A binding's matchResources that keep it from the objects of other rows. */
function apart(row: PolicyRow, matchResources: Fields): Value {
  const own: Value = { matchLabels: { [ROW_LABEL]: row.name } };
  const selector = row.isClusterWide === true ? "objectSelector" : "namespaceSelector";
  return { ...matchResources, [selector]: merged(matchResources[selector] ?? {}, own) };
}

/** A policy of the canary's namespace: it denies, or marks, what is created there. */
function canaryRow(name: string, type: PolicyType): PolicyRow {
  const matchConstraints: Value = {
    resourceRules: [
      { apiGroups: ["tests.amap.dev"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["shops"] },
    ],
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": CANARY_NAMESPACE } },
  };
  const applyConfiguration: Value = { expression: "Object{metadata: Object.metadata{labels: {'seen': 'yes'}}}" };
  const spec: Fields =
    type === "Validating"
      ? { matchConstraints, validations: [{ expression: "false" }] }
      : {
          matchConstraints,
          reinvocationPolicy: "Never",
          mutations: [{ patchType: "ApplyConfiguration", applyConfiguration }],
        };
  return { name, spec, isClusterWide: true, requests: [] };
}

function bodyMetadata({ body }: RequestRow, name: string, row: PolicyRow): Value {
  return { ...body, metadata: { name, namespace: row.name } };
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
  const told = uid === "" ? object : (readJson(writeJson(object).replaceAll(uid, "UID")) as Fields);
  const { status, ...rest } = told as Fields;
  const metadata = merged(rest["metadata"] ?? {}, Object.fromEntries(ADDED.map((key) => [key, null])));
  const isCreated = operation === "CREATE" && subresource === undefined;
  return { ...rest, metadata, ...(status === undefined || isCreated ? {} : { status }) };
}
