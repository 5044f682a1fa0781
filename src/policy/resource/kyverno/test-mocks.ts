import { type Issue, isValueObject } from "../../../base/index.ts";
import {
  anything,
  integer,
  list,
  objectInAnyCase,
  optional,
  optionalWithDefault,
  required,
  type TypeOf,
  textOfScalar,
} from "../schema.ts";

const text = textOfScalar();

export const API_CALL_RESPONSE = objectInAnyCase({
  url: optional(text, "The whole URL of the call."),
  urlPath: optional(text, "The path of a call to the Kubernetes API."),
  method: optional(text, "GET or POST; both when absent."),
  response: required(
    objectInAnyCase({
      statusCode: optionalWithDefault(integer(), "The answer's status.", "200"),
      body: optional(anything(), "The answer, an object."),
    }),
    "The answer.",
  ),
});

export const GLOBAL_CONTEXT_MOCK = objectInAnyCase({
  name: optional(text, "The GlobalContextEntry."),
  data: optional(anything(), "Its data, an object."),
  resources: optional(list(anything()), "Its data: these objects."),
  resourceFiles: optional(list(text), "Its data: the objects in these files, relative to the test file."),
  fieldPath: optional(text, "JMESPath to the part that is the data."),
  projections: optional(
    list(
      objectInAnyCase({
        name: optional(text, "The projection's name."),
        path: optional(text, "JMESPath over the data."),
      }),
    ),
    "Parts of the data.",
  ),
});

export type ApiCallResponse = TypeOf<typeof API_CALL_RESPONSE>;
export type GlobalContextMock = TypeOf<typeof GLOBAL_CONTEXT_MOCK>;

/** What is wrong with the mocked facts of a test, as Kyverno checks them before a test runs. */
export function mockIssues(test: {
  readonly apiCallResponses?: readonly ApiCallResponse[];
  readonly globalContextEntries?: readonly GlobalContextMock[];
}): Issue[] {
  const issues: Issue[] = [];
  const seenCalls = new Set<string>();
  test.apiCallResponses?.forEach((call, index) => {
    checkCall(call, `apiCallResponses[${index}]`, seenCalls, issues);
  });
  const seenNames = new Set<string>();
  test.globalContextEntries?.forEach((entry, index) => {
    checkEntry(entry, `globalContextEntries[${index}]`, seenNames, issues);
  });
  return issues;
}

function checkCall(call: ApiCallResponse, path: string, seen: Set<string>, issues: Issue[]): void {
  const url = (call.url ?? "").trim();
  const urlPath = (call.urlPath ?? "").trim();
  const method = (call.method ?? "").trim().toUpperCase();
  if ((url === "") === (urlPath === "")) fail(issues, path, "expected exactly one of url, urlPath");
  if (url !== "" && !/^https?:\/\/[^/?#]+/i.test(url))
    fail(issues, `${path}.url`, "expected http:// or https:// and a host");
  if (urlPath !== "" && !urlPath.startsWith("/")) fail(issues, `${path}.urlPath`, "expected a path that begins with /");
  if (!["", "GET", "POST"].includes(method)) fail(issues, `${path}.method`, `expected GET or POST, found ${method}`);
  const { statusCode = 0, body = null } = call.response;
  if (!isValueObject(body)) fail(issues, `${path}.response.body`, "expected an object");
  if (statusCode !== 0 && (statusCode < 100 || statusCode > 599)) {
    fail(issues, `${path}.response.statusCode`, `expected an integer from 100 to 599, found ${statusCode}`);
  }
  const key = `${method}:${url === "" ? urlPath : url}`;
  if (seen.has(key)) fail(issues, path, "this method and URL already have an answer");
  seen.add(key);
}

function checkEntry(entry: GlobalContextMock, path: string, seen: Set<string>, issues: Issue[]): void {
  const name = (entry.name ?? "").trim();
  if (name === "") fail(issues, `${path}.name`, "expected a name");
  else if (seen.has(name)) fail(issues, `${path}.name`, `there is already an entry named ${name}`);
  seen.add(name);
  entry.projections?.forEach((projection, index) => {
    const at = `${path}.projections[${index}]`;
    if ((projection.name ?? "").trim() === "") fail(issues, `${at}.name`, "expected a name");
    if ((projection.path ?? "").trim() === "") fail(issues, `${at}.path`, "expected a JMESPath");
  });
  const sources = [entry.data, entry.resources, entry.resourceFiles].filter((each) => each !== undefined);
  if (sources.length !== 1) {
    fail(issues, path, "expected exactly one of data, resources, resourceFiles");
    return;
  }
  if (entry.data !== undefined && !isValueObject(entry.data)) fail(issues, `${path}.data`, "expected an object");
  entry.resources?.forEach((resource, index) => {
    if (!isValueObject(resource)) fail(issues, `${path}.resources[${index}]`, "expected an object");
  });
  entry.resourceFiles?.forEach((file, index) => {
    if (!staysInside(file.trim())) {
      fail(issues, `${path}.resourceFiles[${index}]`, "expected a relative path that does not leave the test's folder");
    }
  });
}

/** Whether a relative path, its `..` resolved, is below where it starts. */
function staysInside(path: string): boolean {
  if (path === "" || path.startsWith("/")) return false;
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    depth += part === ".." ? -1 : 1;
    if (depth < 0) return false;
  }
  return true;
}

function fail(issues: Issue[], path: string, message: string): void {
  issues.push({ code: "POLICY_INVALID", path, message });
}
