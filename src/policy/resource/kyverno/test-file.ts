import type { Decoded, Issue } from "../../../base/index.ts";
import {
  boolean,
  deprecated,
  list,
  objectInAnyCase,
  oneOf,
  optional,
  optionalWithDefault,
  required,
  type TypeOf,
  textOfScalar,
} from "../schema.ts";
import { CLI_HEADER, type CliFile, decodeCliDocuments } from "./cli-file.ts";
import { API_CALL_RESPONSE, GLOBAL_CONTEXT_MOCK, mockIssues } from "./test-mocks.ts";
import { INLINE_VALUES } from "./values-file.ts";

const text = textOfScalar();
const texts = list(text);

const RESULT = objectInAnyCase({
  policy: optional(text, "The policy; namespace/name for one that lives in a namespace."),
  rule: optional(text, "The rule, without autogen- before it."),
  isValidatingAdmissionPolicy: optional(boolean(), "Whether the policy is a ValidatingAdmissionPolicy."),
  isMutatingAdmissionPolicy: optional(boolean(), "Whether the policy is a MutatingAdmissionPolicy."),
  isValidatingPolicy: optional(boolean(), "Whether the policy is a ValidatingPolicy."),
  isDeletingPolicy: optional(boolean(), "Whether the policy is a DeletingPolicy."),
  isImageValidatingPolicy: optional(boolean(), "Whether the policy is an ImageValidatingPolicy."),
  isGeneratingPolicy: optional(boolean(), "Whether the policy is a GeneratingPolicy."),
  isMutatingPolicy: optional(boolean(), "Whether the policy is a MutatingPolicy."),
  result: required(oneOf(["pass", "fail", "skip", "warn", "error"]), "The result that is expected."),
  kind: optional(text, "The kind of the objects."),
  operation: optionalWithDefault(oneOf(["CREATE", "UPDATE", "DELETE", ""]), "The admission operation.", "CREATE"),
  patchedResources: optional(text, "A file with the objects as they must be after the change."),
  patchedResource: deprecated(text, "A file with the object as it must be after the change.", "write patchedResources"),
  generatedResource: optional(text, "A file with the object that must be made."),
  generatedResources: optional(texts, "Files with the objects that must be made."),
  cloneSourceResource: optional(text, "A file with the object that is copied."),
  failOnMissingResources: optional(boolean(), "Whether a missing object is a failed test."),
  resources: optional(texts, "The objects: name, or namespace/name."),
  resource: deprecated(text, "The object.", "write resources, a list"),
  resourceSpecs: optional(
    list(
      objectInAnyCase({
        group: optional(text, "The API group."),
        version: optional(text, "The API version."),
        kind: optional(text, "The kind."),
        namespace: optional(text, "The namespace."),
        subresource: optional(text, "The subresource."),
        name: optional(text, "The name."),
      }),
    ),
    "The objects, in full.",
  ),
});

/** Kyverno's kyverno-test.yaml, every field of it and those of its past. */
export const TEST_FILE = objectInAnyCase({
  ...CLI_HEADER,
  name: deprecated(text, "The test's name.", "write metadata.name"),
  policies: optional(texts, "Files and folders with policies, relative to the test file."),
  resources: optional(texts, "Files and folders with objects."),
  jsonPayload: deprecated(text, "A JSON file to test.", "write jsonPayloads, a list"),
  jsonPayloads: optional(texts, "JSON files to test."),
  httpPayloads: optional(texts, "HTTP requests to test."),
  envoyPayloads: optional(texts, "Envoy requests to test."),
  targetResources: optional(texts, "Files with existing objects that rules change."),
  variables: optional(text, "A values file."),
  paramResources: optional(texts, "Files with parameters of admission policies."),
  userinfo: optional(text, "A user info file."),
  results: optional(list(RESULT), "What is expected."),
  values: optional(INLINE_VALUES, "What a values file would say."),
  exceptions: optional(texts, "Files with policy exceptions."),
  context: optional(text, "A context file."),
  clusterResources: optional(texts, "Files that say what the cluster has."),
  apiCallResponses: optional(list(API_CALL_RESPONSE), "Answers to calls that policies make."),
  globalContextEntries: optional(list(GLOBAL_CONTEXT_MOCK), "Data of GlobalContextEntries."),
});

type TestFileAsRead = TypeOf<typeof TEST_FILE>;
type TestResultAsRead = TypeOf<typeof RESULT>;

/** One expectation; the fields of the past (`resource`, `patchedResource`) are where today's are. */
export type TestResult = Omit<TestResultAsRead, "resource" | "patchedResource">;

/** A test as read; the fields of the past (`name`, `jsonPayload`) are where today's are, doubles left out. */
export type TestFile = Omit<TestFileAsRead, "name" | "jsonPayload" | "results"> & {
  readonly results: readonly TestResult[];
};

/**
 * The tests of a kyverno-test.yaml, one for each document. Field names count in any case; apiVersion and kind may be
 * anything or missing, as in Kyverno, and fields of its past are read as what they are called today, each with a warning.
 * A field that does not exist is POLICY_INVALID; text that is not YAML is YAML_INVALID.
 *
 * @example
 * ```ts
 * import { decodeTestFile } from "../../index.ts";
 * const decoded = decodeTestFile("policies: [p.yaml]\nresults: [{policy: p, resource: web, result: pass}]\n", "test.yaml");
 * decoded.ok ? decoded.value[0].file.results[0].resources : []; // ["web"]
 * ```
 */
export function decodeTestFile(input: Uint8Array | string, source: string): Decoded<readonly CliFile<TestFile>[]> {
  const decoded = decodeCliDocuments<TestFileAsRead>(input, source, TEST_FILE, ["Test"]);
  if (!decoded.ok) return decoded;
  const issues: Issue[] = decoded.value.flatMap(({ file }) => mockIssues(file));
  if (issues.length > 0) return { ok: false, issues };
  return { ok: true, value: decoded.value.map((each) => Object.freeze({ ...each, file: upToDate(each.file) })) };
}

function upToDate(file: TestFileAsRead): TestFile {
  const { name, jsonPayload, results, ...rest } = file;
  const payloads = file.jsonPayloads ?? (jsonPayload === undefined || jsonPayload === "" ? [] : [jsonPayload]);
  return Object.freeze({
    ...rest,
    ...(name === undefined || file.metadata?.name !== undefined ? {} : { metadata: { ...file.metadata, name } }),
    ...(file.policies === undefined ? {} : { policies: unique(file.policies) }),
    ...(file.resources === undefined ? {} : { resources: unique(file.resources) }),
    ...(payloads.length === 0 ? {} : { jsonPayloads: unique(payloads) }),
    results: Object.freeze((results ?? []).map(resultOfToday)),
  });
}

function resultOfToday(result: TestResultAsRead): TestResult {
  const { resource, patchedResource, ...rest } = result;
  return Object.freeze({
    ...rest,
    ...(resource === undefined ? {} : { resources: unique([resource, ...(rest.resources ?? [])]) }),
    ...(patchedResource === undefined || rest.patchedResources !== undefined
      ? {}
      : { patchedResources: patchedResource }),
  });
}

function unique(names: readonly string[]): readonly string[] {
  return Object.freeze([...new Set(names)]);
}
