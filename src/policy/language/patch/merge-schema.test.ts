import assert from "node:assert/strict";
import { test } from "node:test";
import { type FieldType, findKubernetesType } from "../../resource/kubernetes-fields.ts";
import { type KubernetesKind, kubernetesKinds } from "../../resource/kubernetes-kinds.ts";
import { KUBERNETES_VERSION } from "../../resource/kubernetes-types.ts";
import { type MergeSchema, mergeSchemaOf } from "./merge-schema.ts";

/** The merged lists of a kind, by path: `.spec.containers name`. */
function mergedLists(kind: KubernetesKind): string[] {
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  const found: string[] = [];
  const visit = (definition: string, schema: MergeSchema, path: string): void => {
    for (const [key, { type }] of findKubernetesType(definition)?.fields ?? []) {
      const member = schema.member(key);
      const place = `${path}.${key}`;
      if (member.mergeKeys !== undefined) {
        found.push(`${place} ${member.mergeKeys.join()}`);
        visit(definitionIn(type), member.elements(), `${place}[]`);
      } else if (!member.isPlain) {
        visit(definitionIn(type), member, place);
      }
    }
  };
  const schema = mergeSchemaOf(apiVersion, kind.kind);
  if (schema !== undefined) visit(kind.definition, schema, "");
  return found;
}

/** The definition that a type leads to. */
function definitionIn(type: FieldType): string {
  if (type.kind === "list") return definitionIn(type.element);
  if (type.kind === "map") return definitionIn(type.value);
  return type.kind === "object" ? type.definition : "";
}

function kindNamed(apiVersion: string, name: string): KubernetesKind {
  const kind = kubernetesKinds().find(
    (row) => row.kind === name && apiVersion === (row.group === "" ? row.version : `${row.group}/${row.version}`),
  );
  assert.ok(kind);
  return kind;
}

test("the merged lists are those that were compared with kustomize's, one by one", () => {
  // A newer table brings fields and kinds that kustomize does not know: compare again before changing these numbers.
  assert.equal(KUBERNETES_VERSION, "1.36.3");
  assert.equal(kubernetesKinds().flatMap(mergedLists).length, 324);
});

test("the lists of a Service", () => {
  assert.deepEqual(mergedLists(kindNamed("v1", "Service")).sort(), [
    ".metadata.finalizers ",
    ".metadata.ownerReferences uid",
    ".spec.ports port,protocol",
    ".status.conditions type",
  ]);
});

test("kinds younger than kustomize's schema have none", () => {
  assert.deepEqual(mergedLists(kindNamed("autoscaling/v2", "HorizontalPodAutoscaler")), []);
  assert.equal(mergeSchemaOf("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"), undefined);
  assert.equal(mergeSchemaOf("kyverno.io/v1", "ClusterPolicy"), undefined);
});

test("kinds that are served no more have theirs", () => {
  const pod = mergeSchemaOf("batch/v1beta1", "CronJob")?.member("spec").member("jobTemplate").member("spec");
  assert.deepEqual(pod?.member("template").member("spec").member("containers").mergeKeys, ["name"]);
  const webhooks = mergeSchemaOf("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration");
  assert.deepEqual(webhooks?.member("webhooks").mergeKeys, ["name"]);
  assert.equal(mergeSchemaOf("extensions/v1beta1", "Ingress")?.member("spec").isPlain, true);
});
