import {
  type Decoded,
  type Issue,
  isAmapError,
  isValueObject,
  memberOf,
  readYaml,
  type Value,
} from "../../base/index.ts";
import {
  IMAGE_VALIDATING_POLICY,
  IMAGE_VALIDATING_POLICY_VERSIONS,
  type ImageValidatingPolicy,
} from "./image-validating-policy.ts";
import { dropNulls, validateResource } from "./schema.ts";

/** A policy as read, with where it came from. More kinds will join the union. */
export interface PolicyResource {
  readonly kind: "ImageValidatingPolicy";
  readonly name: string;
  /** The file or object it was read from, and which document of it (from 1). */
  readonly source: string;
  readonly document: number;
  readonly policy: ImageValidatingPolicy;
}

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

/** A list's items, or the document itself. */
function itemsOf(value: Value): readonly Value[] {
  const kind = memberOf(value, "kind");
  const items = memberOf(value, "items");
  const isList = kind === "List" || kind === "ImageValidatingPolicyList";
  return isList && Array.isArray(items) ? items : [value];
}

function decodePolicy(value: Value, place: { source: string; document: number }): Decoded<PolicyResource> {
  const name = memberOf(memberOf(value, "metadata"), "name");
  const where = typeof name === "string" ? `policy ${name}` : `document ${place.document}`;
  const refuse = (issues: readonly Issue[]): Decoded<PolicyResource> => ({
    ok: false,
    issues: issues.map((issue) => ({ ...issue, message: `${where}: ${issue.message}` })),
  });
  if (!isValueObject(value)) {
    return refuse([{ code: "POLICY_INVALID", path: "", message: "expected an object with apiVersion and kind" }]);
  }
  const unsupported = refuseOtherKinds(value);
  if (unsupported !== undefined) return refuse([unsupported]);
  const issues = validateResource(value, IMAGE_VALIDATING_POLICY);
  if (issues.length > 0) return refuse(issues);
  // validateResource has found the value to be what the schema, and so the type, says.
  const policy = dropNulls(value) as unknown as ImageValidatingPolicy;
  return {
    ok: true,
    value: Object.freeze({ kind: "ImageValidatingPolicy", name: policy.metadata.name, ...place, policy }),
  };
}

function refuseOtherKinds(value: Value): Issue | undefined {
  const kind = memberOf(value, "kind");
  const apiVersion = memberOf(value, "apiVersion");
  if (typeof kind !== "string" || typeof apiVersion !== "string") {
    return { code: "POLICY_INVALID", path: "", message: "expected apiVersion and kind, both strings" };
  }
  if (kind !== "ImageValidatingPolicy" || !apiVersion.startsWith("policies.kyverno.io/")) {
    const expected = `${IMAGE_VALIDATING_POLICY_VERSIONS[0]} ImageValidatingPolicy`;
    return { code: "NOT_SUPPORTED", path: "kind", message: `expected ${expected}, found ${apiVersion} ${kind}` };
  }
  return undefined;
}
