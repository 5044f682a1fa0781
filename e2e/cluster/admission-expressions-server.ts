/** The rows of admission-expressions.table.ts asked of a real API server, through ValidatingAdmissionPolicies. */
import assert from "node:assert/strict";
import { memberOf, type Value, writeJson } from "../../src/base/index.ts";
import type { RunningKubernetes } from "../../tools/peers/kubernetes.ts";
import type { ExpressionRow, Operation } from "./admission-expressions.table.ts";
import {
  GROUP,
  NAMESPACE,
  OBJECTS,
  type ObjectName,
  PARAMS,
  RBAC,
  type TestObject,
  USER,
} from "./admission-expressions-objects.ts";
import { type Answer, ApiClient, inParallel } from "./api-client.ts";
import { eventually } from "./processes.ts";
import { listAt, textAt, valueAt } from "./values.ts";

/** What became of one object under one row: the words of the two sides are compared. */
export type Verdict =
  | { readonly outcome: "admitted" }
  | { readonly outcome: "denied" | "error"; readonly message: string };

/** Why a policy was not accepted: the first complaint about each of its fields. */
export interface Refusal {
  readonly field: string;
  /** `line:column` of the expression, where the server tells one. */
  readonly position?: string;
  readonly text: string;
}

/** What the policy sees of one request. */
export interface AdmissionInput {
  readonly object: Value;
  readonly oldObject: Value;
  readonly request: Value;
  readonly namespaceObject: Value;
}

const PARALLEL = 12;
const SELECTOR_LABEL = "row";
const POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
const DENIAL = /^.* denied request: /s;

/** A real API server with the objects, rights and policies of the table. */
export class AdmissionServer {
  readonly #client: ApiClient;
  /** By row and object: taken before there is any policy. */
  readonly #inputs = new Map<string, AdmissionInput>();

  constructor(cluster: RunningKubernetes) {
    this.#client = new ApiClient(cluster, PARALLEL);
  }

  close(): void {
    this.#client.close();
  }

  /** Creates namespace, kinds, rights, parameters, and whatever the rows change or delete; notes what they will see. */
  async prepare(rows: readonly ExpressionRow[]): Promise<void> {
    for (const { path, object } of RBAC) await this.#create(path, object);
    await eventually("the test kind is served", 20_000, () =>
      this.#create(pathOf("probe"), labelled("probe", "none"), "?dryRun=All"),
    );
    for (const object of PARAMS) await this.#create(`/api/v1/namespaces/${NAMESPACE}/configmaps`, object);
    const namespace = await this.#client.send("GET", `/api/v1/namespaces/${NAMESPACE}`);
    const namespaceObject = visibleNamespace(namespace.body);
    const created = new Map<ObjectName, Promise<Value>>();
    const dryCreate = (name: ObjectName): Promise<Value> => {
      const known = created.get(name) ?? this.#create(pathOf(name), labelled(name, "none"), "?dryRun=All");
      created.set(name, known);
      return known;
    };
    await inParallel(
      PARALLEL,
      rows.flatMap((row) => objectsOf(row).map((name) => ({ row, name }))),
      async ({ row, name }) => {
        const operation = row.operation ?? "CREATE";
        const stored =
          operation === "CREATE" ? null : await this.#create(pathOf(name), labelled(name, row.name, row.name));
        const object =
          operation === "CREATE"
            ? relabelled(await dryCreate(name), row.name)
            : operation === "UPDATE"
              ? await this.#put(row, name, stored)
              : null;
        this.#inputs.set(`${row.name}/${name}`, {
          object,
          oldObject: stored,
          request: requestOf(name, operation, stored === null ? OBJECTS[name].name : row.name),
          namespaceObject,
        });
      },
    );
  }

  /** Installs each row as a policy and its binding, and waits until they are in force. What was refused, by row. */
  async install(rows: readonly ExpressionRow[]): Promise<ReadonlyMap<string, readonly Refusal[]>> {
    const refusals = new Map<string, readonly Refusal[]>();
    await inParallel(PARALLEL, rows, async (row) => {
      const answer = await this.#client.send("POST", POLICIES, policyOf(row));
      if (answer.status === 201) await this.#create(BINDINGS, bindingOf(row));
      else refusals.set(row.name, refusalsOf(answer));
    });
    // Policies and bindings reach the admission plugin in the order in which they were made: the last one tells of all.
    const canary: ExpressionRow = { name: "canary", expression: "false", on: { words: "denied" } };
    await this.#create(POLICIES, policyOf(canary));
    await this.#create(BINDINGS, bindingOf(canary));
    await eventually("the policies are in force", 20_000, async () =>
      assert.equal((await this.ask(canary, "words")).outcome, "denied"),
    );
    return refusals;
  }

  /** What a policy sees when {@link ask} asks. */
  input(row: ExpressionRow, name: ObjectName): AdmissionInput {
    const input = this.#inputs.get(`${row.name}/${name}`);
    assert.ok(input, `${row.name}/${name} was prepared`);
    return input;
  }

  /** The server's verdict on one object under one row's policy. Nothing is stored. */
  async ask(row: ExpressionRow, name: ObjectName): Promise<Verdict> {
    const answer = await this.#request(row, name);
    if (answer.status < 300) return { outcome: "admitted" };
    const text = textAt(answer.body, "message");
    assert.match(text, DENIAL, `${row.name}/${name}: ${answer.status} ${text}`);
    const message = text.replace(DENIAL, "");
    const failed =
      message.startsWith("expression '") || /(^|: )validation failed due to running out of cost budget/.test(message);
    return { outcome: failed ? "error" : "denied", message };
  }

  /** The server's own answer to a SubjectAccessReview. */
  async review(spec: Value): Promise<Value> {
    const answer = await this.#client.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec,
    });
    assert.equal(answer.status, 201, writeJson(answer.body));
    return memberOf(answer.body, "status") ?? null;
  }

  #request(row: ExpressionRow, name: ObjectName): Promise<Answer> {
    switch (row.operation ?? "CREATE") {
      case "CREATE":
        return this.#client.send("POST", `${pathOf(name)}?dryRun=All`, labelled(name, row.name), AS_USER);
      case "UPDATE":
        return this.#client.send("PUT", `${pathOf(name)}/${row.name}?dryRun=All`, changed(name, row.name), AS_USER);
      default:
        return this.#client.send("DELETE", `${pathOf(name)}/${row.name}?dryRun=All`, undefined, AS_USER);
    }
  }

  async #put(row: ExpressionRow, name: ObjectName, stored: Value): Promise<Value> {
    const answer = await this.#request(row, name);
    assert.equal(answer.status, 200, `${row.name}: ${writeJson(answer.body)} over ${writeJson(stored)}`);
    return answer.body;
  }

  async #create(path: string, object: Value, query = ""): Promise<Value> {
    const answer = await this.#client.send("POST", path + query, object);
    assert.equal(answer.status, 201, `${path}: ${writeJson(answer.body)}`);
    return answer.body;
  }
}

const AS_USER = {
  "impersonate-user": USER.username,
  "impersonate-uid": USER.uid,
  "impersonate-group": [...USER.groups],
  "impersonate-extra-scopes": [...USER.extra.scopes],
};

/** The objects that a row is asked about. */
export const objectsOf = (row: ExpressionRow): readonly ObjectName[] => Object.keys(row.on ?? {}) as ObjectName[];

const objectOf = (name: ObjectName): TestObject => OBJECTS[name];

function pathOf(name: ObjectName): string {
  const { group, version, resource } = objectOf(name);
  return `${group === "" ? "/api" : `/apis/${group}`}/${version}/namespaces/${NAMESPACE}/${resource}`;
}

/** The object as it is sent: with the label that leads it to one row's policy, and to no other. */
function labelled(name: ObjectName, row: string, objectName: string = OBJECTS[name].name): Value {
  const { group, version, kind, labels, annotations, body } = objectOf(name);
  const metadata = {
    name: objectName,
    namespace: NAMESPACE,
    labels: { ...labels, [SELECTOR_LABEL]: row },
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind, metadata, ...body };
}

function changed(name: ObjectName, row: string): Value {
  const object = labelled(name, row, row) as Readonly<Record<string, Value>>;
  return { ...object, ...objectOf(name).update };
}

function relabelled(object: Value, row: string): Value {
  const metadata = valueAt(object, "metadata") as Readonly<Record<string, Value>>;
  const labels = { ...(metadata["labels"] as Readonly<Record<string, Value>>), [SELECTOR_LABEL]: row };
  return { ...(object as Readonly<Record<string, Value>>), metadata: { ...metadata, labels } };
}

/** What the API server shows of a namespace: no kind, and of its metadata not all. */
function visibleNamespace(namespace: Value): Value {
  const { metadata, spec, status } = namespace as Readonly<Record<string, Value>>;
  const { managedFields: _, ...rest } = metadata as Readonly<Record<string, Value>>;
  return { metadata: rest, spec: spec ?? {}, status: status ?? {} };
}

/** The request as the API server describes it. */
function requestOf(name: ObjectName, operation: Operation, objectName: string): Value {
  const { group, version, kind, resource } = objectOf(name);
  const verb = `${operation.slice(0, 1)}${operation.slice(1).toLowerCase()}`;
  return {
    uid: "",
    kind: { group, version, kind },
    resource: { group, version, resource },
    requestKind: { group, version, kind },
    requestResource: { group, version, resource },
    name: objectName,
    namespace: NAMESPACE,
    operation,
    userInfo: {
      username: USER.username,
      uid: USER.uid,
      groups: [...USER.groups, "system:authenticated"],
      extra: USER.extra,
    },
    object: null,
    oldObject: null,
    dryRun: true,
    options: { kind: `${verb}Options`, apiVersion: "meta.k8s.io/v1", dryRun: ["All"] },
  };
}

function policyOf(row: ExpressionRow): Value {
  const { matchConditions = [], variables = {} } = row;
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: row.name },
    spec: {
      failurePolicy: "Fail",
      ...(row.params === undefined ? {} : { paramKind: { apiVersion: "v1", kind: "ConfigMap" } }),
      matchConstraints: {
        objectSelector: { matchLabels: { [SELECTOR_LABEL]: row.name } },
        resourceRules: [
          {
            apiGroups: ["", "apps", GROUP],
            apiVersions: ["*"],
            operations: [row.operation ?? "CREATE"],
            resources: ["configmaps", "pods", "deployments", "probes"],
          },
        ],
      },
      matchConditions: matchConditions.map((expression, index) => ({ name: `condition-${index}`, expression })),
      variables: Object.entries(variables).map(([name, expression]) => ({ name, expression })),
      validations: [
        {
          expression: row.expression,
          ...(row.message === undefined ? {} : { message: row.message }),
          ...(row.messageExpression === undefined ? {} : { messageExpression: row.messageExpression }),
        },
      ],
      ...(row.auditAnnotation === undefined
        ? {}
        : { auditAnnotations: [{ key: "note", valueExpression: row.auditAnnotation }] }),
    },
  };
}

function bindingOf(row: ExpressionRow): Value {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: row.name },
    spec: {
      policyName: row.name,
      validationActions: ["Deny"],
      ...(row.params === undefined
        ? {}
        : { paramRef: { name: row.params, namespace: NAMESPACE, parameterNotFoundAction: "Deny" } }),
    },
  };
}

function refusalsOf(answer: Answer): readonly Refusal[] {
  assert.equal(answer.status, 422, writeJson(answer.body));
  const refusals = new Map<string, Refusal>();
  for (const cause of listAt(answer.body, "details", "causes")) {
    const field = textAt(cause, "field");
    const message = textAt(cause, "message");
    if (refusals.has(field)) continue;
    const [, position] = /ERROR: <input>:(\d+:\d+): /.exec(message) ?? [];
    const text = message.replace(/^Invalid value: "(?:[^"\\]|\\.)*": /s, "");
    refusals.set(field, { field, ...(position === undefined ? {} : { position }), text });
  }
  return [...refusals.values()];
}
