import { AmapError, decodeUtf8, encodeUtf8, LIMITS, memberOf, textOf } from "../../base/index.ts";
import { type CustomKind, isNotationPolicy, readCustomKinds, type TrustStores } from "../../policy/index.ts";
import { decodeAdmissionReview } from "../../report/index.ts";
import { inputOfRequest } from "../enforcement/inputs.ts";
import { expandList } from "../resources.ts";
import type { World } from "../world.ts";
import { readYamlFile } from "../yaml-file.ts";
import { type ConvertedPolicy, DocumentConverter } from "./convert-documents.ts";
import type { ProofInput } from "./prove-conversion.ts";
import { listYamlFiles, readGivenResources } from "./read-files.ts";

/** What is converted, and what it is proven with. */
export interface ConvertRequest {
  /** Files and folders with policies. */
  readonly policies: readonly string[];
  /** Files and folders with objects that both must judge alike. */
  readonly resources: readonly string[];
  /** A file with recorded AdmissionReviews, one a line. */
  readonly requests?: string;
  /** Files and folders with CustomResourceDefinitions of the policies' kinds. */
  readonly crdPaths?: readonly string[];
  /** Certificates of Notation's trust stores: `ca:acme=FILE`. */
  readonly trustStores?: readonly string[];
  /** How many objects are made for each rule. */
  readonly generated: number;
  readonly seed: string;
}

/**
 * Converts the policies of files and folders to kinds of policies.kyverno.io, and holds each against what it became: those
 * of kyverno.io (cleanup policies and exceptions too), ClusterImagePolicies of sigstore's policy-controller, and trust
 * policies of Notation. Exceptions come last. Other documents are left alone.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, POLICY_INVALID with the file; DOCUMENT_INVALID for a line of
 *   `requests` that is no AdmissionReview; VALUE_INVALID for what is no CustomResourceDefinition; USAGE for a trust store that is not written TYPE:NAME=FILE
 */
export async function* convertPolicies(world: World, request: ConvertRequest): AsyncGenerator<ConvertedPolicy> {
  const { generated, seed } = request;
  const given = await givenInputs(world, request);
  const stores = await readTrustStores(world, request.trustStores ?? []);
  const customKinds = await readDefinitions(world, request.crdPaths ?? []);
  const converter = new DocumentConverter(stores, { given, generated, seed }, customKinds);
  for (const path of request.policies) {
    for (const file of await listYamlFiles(world, path)) {
      const documents = (await readYamlFile(world, file)).flatMap((document) =>
        isNotationPolicy(document) ? [document] : expandList(document, file),
      );
      for (const [index, document] of documents.entries()) {
        const done = converter.convert(document, { file, document: index + 1 });
        if (done !== undefined) yield done;
      }
    }
  }
  yield* converter.finish();
}

async function readDefinitions(world: World, paths: readonly string[]): Promise<readonly CustomKind[]> {
  const kinds: CustomKind[] = [];
  for (const path of paths) {
    const before = kinds.length;
    for (const file of await listYamlFiles(world, path)) {
      for (const document of await readYamlFile(world, file)) {
        if (textOf(document, "kind") === "CustomResourceDefinition") kinds.push(...readCustomKinds(document));
      }
    }
    if (kinds.length === before)
      throw new AmapError("VALUE_INVALID", `${path}: expected a CustomResourceDefinition, found none`);
  }
  return kinds;
}

async function readTrustStores(world: World, given: readonly string[]): Promise<TrustStores> {
  const stores = new Map<string, string>();
  for (const each of given) {
    const [, name, path] = /^([a-zA-Z]+:[a-zA-Z0-9_.-]+)=(.+)$/.exec(each) ?? [];
    if (name === undefined || path === undefined)
      throw new AmapError("USAGE", `--trust-store: expected TYPE:NAME=FILE as in ca:acme=acme.pem, found ${each}`);
    const text = decodeUtf8(await world.files.read(path, LIMITS.documentBytes));
    if (text === undefined || !text.includes("-----BEGIN CERTIFICATE-----"))
      throw new AmapError("DOCUMENT_INVALID", `${path}: expected certificates in PEM`);
    stores.set(name, `${stores.get(name) ?? ""}${text}`);
  }
  return stores;
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
