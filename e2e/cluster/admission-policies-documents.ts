/** The documents of the rows of the tables of admission policies: policies and bindings, each row apart from the others. */
import type { Value } from "../../src/base/index.ts";
import { merged } from "./admission-policies-objects.ts";
import type { PolicyRow } from "./admission-policies-rows.ts";

type Fields = Readonly<Record<string, Value>>;

export type PolicyType = "Validating" | "Mutating";

/** Of namespaces, and of objects outside: the row that they belong to. */
export const ROW_LABEL = "row";
/** Where all policies are in force once this one's last are. */
export const CANARY_NAMESPACE = "canary";

/** A policy, or one of its bindings, as it is installed and as amap reads it. */
interface PolicyDocument {
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
export function canaryRow(name: string, type: PolicyType): PolicyRow {
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

/** The name of a row's policies, by place: its own and the further one. */
const policyName = (row: PolicyRow, place: number): string => (place === 0 ? row.name : `${row.name}-2`);
