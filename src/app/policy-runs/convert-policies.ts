import { AmapError, decodeUtf8, encodeUtf8, LIMITS, memberOf, textOf, type Value } from "../../base/index.ts";
import { type ConversionNote, type ConvertedRule, convertPolicy, decodePolicy } from "../../policy/index.ts";
import { decodeAdmissionReview } from "../../report/index.ts";
import { readYamlFile } from "../documents.ts";
import { inputOfRequest } from "../enforcement/inputs.ts";
import { expandList } from "../resources.ts";
import type { World } from "../world.ts";
import { type Proof, type ProofInput, proveConversion } from "./prove-conversion.ts";
import { listYamlFiles, readGivenResources } from "./read-files.ts";

/** What is converted, and what it is proven with. */
export interface ConvertRequest {
  /** Files and folders with policies. */
  readonly policies: readonly string[];
  /** Files and folders with objects that both must judge alike. */
  readonly resources: readonly string[];
  /** A file with recorded AdmissionReviews, one a line. */
  readonly requests?: string;
  /** How many objects are made for each rule. */
  readonly generated: number;
  readonly seed: string;
}

/** What became of one policy. */
export interface ConvertedPolicy {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly rules: readonly { readonly converted: ConvertedRule; readonly proof: Proof }[];
  readonly unconverted: readonly ConversionNote[];
}

/**
 * Converts the policies of kyverno.io in files and folders to kinds of policies.kyverno.io, and holds each rule against
 * what it became. Other documents are left alone, but for kinds that are asked for and not converted yet.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, POLICY_INVALID with the file; DOCUMENT_INVALID for a line of
 *   `requests` that is no AdmissionReview
 */
export async function* convertPolicies(world: World, request: ConvertRequest): AsyncGenerator<ConvertedPolicy> {
  const given = await givenInputs(world, request);
  for (const path of request.policies) {
    for (const file of await listYamlFiles(world, path)) {
      const documents = (await readYamlFile(world, file)).flatMap((document) => expandList(document, file));
      for (const [index, document] of documents.entries()) {
        const done = convertDocument(document, { file, document: index + 1 }, given, request);
        if (done !== undefined) yield done;
      }
    }
  }
}

async function givenInputs(world: World, { resources, requests }: ConvertRequest): Promise<readonly ProofInput[]> {
  const objects = await readGivenResources(world, resources);
  const inputs = objects.map((object): ProofInput => {
    const name = textOf(memberOf(object, "metadata"), "name");
    return { origin: `${textOf(object, "kind")} ${name}`, input: { object, operation: "CREATE" } };
  });
  return requests === undefined ? inputs : [...inputs, ...(await recordedInputs(world, requests))];
}

async function recordedInputs(world: World, path: string): Promise<readonly ProofInput[]> {
  const text = decodeUtf8(await world.files.read(path, LIMITS.documentBytes));
  if (text === undefined) throw new AmapError("DOCUMENT_INVALID", `${path}: expected text in UTF-8`);
  return text.split("\n").flatMap((line, index): readonly ProofInput[] => {
    if (line.trim() === "") return [];
    const review = decodeAdmissionReview(encodeUtf8(line));
    const place = `${path}:${index + 1}`;
    if (review.ok) return [{ origin: place, input: inputOfRequest(review.value, { namespaceOf: () => undefined }) }];
    const [issue] = review.issues;
    throw new AmapError(
      "DOCUMENT_INVALID",
      `${place}: expected an AdmissionReview: ${issue?.path ?? ""} ${issue?.message ?? ""}`,
    );
  });
}

/** Kinds that are to become an ImageValidatingPolicy one day. */
const NOT_YET: ReadonlyMap<string, string> = new Map([
  ["ClusterImagePolicy", "policy.sigstore.dev/"],
  ["TrustPolicy", ""],
]);

function convertDocument(
  document: Value,
  { file, document: index }: { readonly file: string; readonly document: number },
  given: readonly ProofInput[],
  { generated, seed }: ConvertRequest,
): ConvertedPolicy | undefined {
  const [apiVersion, kind] = [textOf(document, "apiVersion"), textOf(document, "kind")];
  const name = textOf(memberOf(document, "metadata"), "name");
  const head = { file, kind, name };
  const group = NOT_YET.get(kind);
  if (group !== undefined && apiVersion.startsWith(group)) {
    return { ...head, rules: [], unconverted: [{ path: "kind", reason: `a ${kind} is not converted yet` }] };
  }
  if (!apiVersion.startsWith("kyverno.io/")) return undefined;
  if (kind === "CleanupPolicy" || kind === "ClusterCleanupPolicy") {
    return { ...head, rules: [], unconverted: [{ path: "kind", reason: `a ${kind} is not converted yet` }] };
  }
  if (kind !== "ClusterPolicy" && kind !== "Policy") return undefined;
  const decoded = decodePolicy(document, { source: file, document: index });
  if (!decoded.ok) {
    const [issue] = decoded.issues;
    throw new AmapError("POLICY_INVALID", `${file}: ${kind} ${name}: ${issue?.path ?? ""}: ${issue?.message ?? ""}`);
  }
  const resource = decoded.value;
  if (resource.kind !== "ClusterPolicy" && resource.kind !== "Policy") return undefined;
  const { converted, unconverted } = convertPolicy(resource);
  const rules = converted.map((rule) => ({
    converted: rule,
    proof: proveConversion(resource, rule, { given, generated, seed }),
  }));
  return { ...head, rules, unconverted };
}
