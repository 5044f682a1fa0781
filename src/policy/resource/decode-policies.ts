import {
  type Decoded,
  type Issue,
  isAmapError,
  isValueObject,
  memberOf,
  readYaml,
  type Value,
} from "../../base/index.ts";
import { IMAGE_VALIDATING_POLICY, type ImageValidatingPolicy, isDeferred } from "./image-validating-policy.ts";
import { type KindReader, kindReader } from "./kind-reader.ts";
import { CLEANUP_POLICY, type CleanupPolicy } from "./kyverno/cleanup-policy.ts";
import { CLUSTER_POLICY, type ClusterPolicy } from "./kyverno/cluster-policy.ts";
import { GLOBAL_CONTEXT_ENTRY, type GlobalContextEntry } from "./kyverno/global-context-entry.ts";
import { POLICY_EXCEPTION, type PolicyException } from "./kyverno/policy-exception.ts";
import {
  validateCleanupPolicy,
  validateGlobalContextEntry,
  validatePolicyException,
} from "./kyverno/validate-others.ts";
import { validateClusterPolicy } from "./kyverno/validate-policy.ts";
import { nearestName } from "./nearest-name.ts";
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "./policies/admission-policy.ts";
import type { CelPolicyException } from "./policies/cel-policy-exception.ts";
import type { DeletingPolicy } from "./policies/deleting-policy.ts";
import type { GeneratingPolicy } from "./policies/generating-policy.ts";
import type { MutatingPolicy } from "./policies/mutating-policy.ts";
import { CEL_READERS } from "./policies/readers.ts";
import type { ValidatingPolicy } from "./policies/validating-policy.ts";
import { deprecationsOf, normalizeResource, type PolicyWarning, validateResource } from "./schema.ts";

/** A resource of one kind as read, with where it came from. */
interface ReadResource<K extends string, P> {
  readonly kind: K;
  readonly name: string;
  /** The namespace of a kind that lives in one, when it was written; `default` is not filled in. */
  readonly namespace?: string;
  /** The file or object it was read from, and which document of it (from 1). */
  readonly source: string;
  readonly document: number;
  readonly policy: P;
  /** Fields that work and should be written otherwise, and what may not mean what its writer thinks. */
  readonly warnings: readonly PolicyWarning[];
}

/** A policy, or what policies need (exceptions, global context entries), as read. `kind` tells them apart. */
export type PolicyResource =
  | ReadResource<"ImageValidatingPolicy", ImageValidatingPolicy>
  | ReadResource<"ClusterPolicy", ClusterPolicy>
  | ReadResource<"Policy", ClusterPolicy>
  | ReadResource<"PolicyException", PolicyException>
  | ReadResource<"CleanupPolicy", CleanupPolicy>
  | ReadResource<"ClusterCleanupPolicy", CleanupPolicy>
  | ReadResource<"GlobalContextEntry", GlobalContextEntry>
  | ReadResource<"NamespacedImageValidatingPolicy", ImageValidatingPolicy>
  | ReadResource<"ValidatingPolicy", ValidatingPolicy>
  | ReadResource<"NamespacedValidatingPolicy", ValidatingPolicy>
  | ReadResource<"MutatingPolicy", MutatingPolicy>
  | ReadResource<"NamespacedMutatingPolicy", MutatingPolicy>
  | ReadResource<"GeneratingPolicy", GeneratingPolicy>
  | ReadResource<"NamespacedGeneratingPolicy", GeneratingPolicy>
  | ReadResource<"DeletingPolicy", DeletingPolicy>
  | ReadResource<"NamespacedDeletingPolicy", DeletingPolicy>
  /** A PolicyException of policies.kyverno.io: its document says `kind: PolicyException`. */
  | ReadResource<"CelPolicyException", CelPolicyException>
  | ReadResource<"ValidatingAdmissionPolicy", ValidatingAdmissionPolicy>
  | ReadResource<"ValidatingAdmissionPolicyBinding", ValidatingAdmissionPolicyBinding>
  | ReadResource<"MutatingAdmissionPolicy", MutatingAdmissionPolicy>
  | ReadResource<"MutatingAdmissionPolicyBinding", MutatingAdmissionPolicyBinding>;

const KYVERNO = "kyverno.io";
const READERS: readonly KindReader<PolicyResource["kind"]>[] = [
  ...CEL_READERS,
  kindReader("ClusterPolicy", KYVERNO, CLUSTER_POLICY, validateClusterPolicy),
  kindReader("Policy", KYVERNO, CLUSTER_POLICY, validateClusterPolicy),
  kindReader("PolicyException", KYVERNO, POLICY_EXCEPTION, validatePolicyException),
  kindReader("CleanupPolicy", KYVERNO, CLEANUP_POLICY, validateCleanupPolicy),
  kindReader("ClusterCleanupPolicy", KYVERNO, CLEANUP_POLICY, validateCleanupPolicy),
  kindReader("GlobalContextEntry", KYVERNO, GLOBAL_CONTEXT_ENTRY, validateGlobalContextEntry),
];

/**
 * The policies in a YAML (or JSON) text of one or more documents; a `List` counts as the documents it holds, an empty
 * document as none. All issues of all documents are listed: an unknown or misspelt field POLICY_INVALID, a field or
 * kind that amap knows of but does not act on NOT_SUPPORTED, text that is not YAML YAML_INVALID. `source` is the
 * file's name, which the resources keep. Documents are limited by LIMITS.documentBytes.
 *
 * @example
 * ```ts
 * import { decodePolicies } from "../index.ts";
 * const decoded = decodePolicies("kind: Deployment\napiVersion: apps/v1\n", "deployment.yaml");
 * decoded.ok; // false
 * decoded.ok ? "" : decoded.issues[0].code; // "NOT_SUPPORTED"
 * ```
 */
export function decodePolicies(input: Uint8Array | string, source: string): Decoded<readonly PolicyResource[]> {
  let documents: readonly Value[];
  try {
    documents = readYaml(input);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { ok: false, issues: [{ code: error.code, path: "", message: error.message }] };
  }
  const resources: PolicyResource[] = [];
  const issues: Issue[] = [];
  let document = 0;
  for (const value of documents.flatMap(itemsOf)) {
    document++;
    if (value === null) continue;
    const decoded = decodePolicy(value, { source, document });
    if (decoded.ok) resources.push(decoded.value);
    else issues.push(...decoded.issues);
  }
  if (resources.length === 0 && issues.length === 0) {
    issues.push({ code: "POLICY_INVALID", path: "", message: "expected a policy, found no document" });
  }
  return issues.length === 0 ? { ok: true, value: Object.freeze(resources) } : { ok: false, issues };
}

/** How policies are read. */
export interface PolicyReading {
  /**
   * Whether ImageValidatingPolicies are taken whose attestors, attestations or credentials amap cannot ask: what needs one
   * of them is an error when it is evaluated, unless its answer is given. Also those of the mode JSON. Without it they are
   * NOT_SUPPORTED.
   */
  readonly defersUnanswered?: boolean;
}

/** A list's items, or the document itself. */
function itemsOf(value: Value): readonly Value[] {
  const kind = memberOf(value, "kind");
  const items = memberOf(value, "items");
  const isList = kind === "List" || READERS.some((reader) => kind === `${reader.documentKind}List`);
  return isList && Array.isArray(items) ? items : [value];
}

/**
 * Whether a document is of a kind that {@link decodePolicy} reads, by its apiVersion's group and its kind: so that files
 * with policies and other objects mixed can be sorted.
 *
 * @example
 * ```ts
 * import { isPolicyDocument } from "../index.ts";
 * isPolicyDocument({ apiVersion: "kyverno.io/v1", kind: "ClusterPolicy" }); // true
 * isPolicyDocument({ apiVersion: "v1", kind: "Pod" }); // false
 * ```
 */
export function isPolicyDocument(value: Value): boolean {
  return readerOf(memberOf(value, "apiVersion"), memberOf(value, "kind")) !== undefined;
}

function readerOf(apiVersion: Value | undefined, kind: Value | undefined): (typeof READERS)[number] | undefined {
  if (typeof apiVersion !== "string") return undefined;
  return READERS.find((reader) => reader.documentKind === kind && apiVersion.startsWith(`${reader.group}/`));
}

/**
 * One document as a policy, with its issues as {@link decodePolicies} has them: what is broken in one document leaves the
 * others of its file alone. `place` says where it was read; `document` counts from 1.
 *
 * @example
 * ```ts
 * import { decodePolicy } from "../index.ts";
 * const decoded = decodePolicy({ apiVersion: "kyverno.io/v1", kind: "ClusterPolicy" }, { source: "p.yaml", document: 1 });
 * decoded.ok ? "" : decoded.issues[0].path; // "metadata"
 * ```
 */
export function decodePolicy(
  value: Value,
  place: { source: string; document: number },
  options: PolicyReading = {},
): Decoded<PolicyResource> {
  const name = memberOf(memberOf(value, "metadata"), "name");
  const where = typeof name === "string" ? `policy ${name}` : `document ${place.document}`;
  const refuse = (issues: readonly Issue[]): Decoded<PolicyResource> => ({
    ok: false,
    issues: issues.map((issue) => ({ ...issue, message: `${where}: ${issue.message}` })),
  });
  if (!isValueObject(value)) {
    return refuse([{ code: "POLICY_INVALID", path: "", message: "expected an object with apiVersion and kind" }]);
  }
  const reader = readerOf(value["apiVersion"], value["kind"]);
  if (reader === undefined) return refuse([otherKind(value)]);
  const defers = options.defersUnanswered === true && reader.schema === IMAGE_VALIDATING_POLICY;
  const issues = validateResource(value, reader.schema).filter((issue) => !(defers && isDeferred(issue, value)));
  if (issues.length > 0) return refuse(issues);
  const policy = normalizeResource(value, reader.schema);
  const found = reader.check(policy);
  if (found.issues.length > 0) return refuse(found.issues);
  const namespace = memberOf(memberOf(policy, "metadata"), "namespace");
  const resource = {
    kind: reader.kind,
    name,
    ...(typeof namespace === "string" ? { namespace } : {}),
    ...place,
    policy,
    warnings: Object.freeze([...deprecationsOf(value, reader.schema), ...found.warnings]),
  };
  // The reader's schema is the kind's own, and validateResource has found the value to be what it says.
  return { ok: true, value: Object.freeze(resource) as unknown as PolicyResource };
}

function otherKind(value: Value): Issue {
  const kind = memberOf(value, "kind");
  const apiVersion = memberOf(value, "apiVersion");
  if (typeof kind !== "string" || typeof apiVersion !== "string") {
    return { code: "POLICY_INVALID", path: "", message: "expected apiVersion and kind, both strings" };
  }
  const groups = [...new Set(READERS.map(({ group }) => group))].join(", ");
  const near = nearestName(kind, [...new Set(READERS.map(({ documentKind }) => documentKind))]);
  const hint = near === undefined || near === kind ? "" : ` (did you mean ${near}?)`;
  return {
    code: "NOT_SUPPORTED",
    path: "kind",
    message: `expected a policy of ${groups}, found ${apiVersion} ${kind}${hint}`,
  };
}
