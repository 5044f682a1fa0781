import { AmapError, LIMITS, listOf, memberOf, textOf, type Value } from "../../../base/index.ts";
import { isExpressionFailure } from "../../language/variables/scope.ts";
import { compileTemplate, type Template } from "../../language/variables/template.ts";
import type { ContextEntry } from "../../resource/kyverno/context-entry.ts";
import type { FactReader } from "../facts.ts";
import { sizeOfValue } from "../merge-values.ts";
import type { RuleContext } from "../rule-context.ts";
import { checkedApiPath } from "./api-path.ts";
import { type CompiledEntry, type EntryOptions, renderPart } from "./entry.ts";
import { applyPath, compilePathTemplate, explained } from "./jmes-path.ts";
import { serviceHeaders } from "./service-headers.ts";

type ApiCall = NonNullable<ContextEntry["apiCall"]>;

interface ApiCallEntry {
  readonly name: string;
  /** The whole call: its variables are replaced together, those of its path and default included. */
  readonly call: Template;
  readonly urlPath: string;
  /** As it is written: Kyverno does not replace its variables. */
  readonly fallback: Value | undefined;
  readonly policyNamespace: string;
}

/** `apiCall`: what the Kubernetes API or a service answers. */
export function compileApiCall(name: string, source: ApiCall, { policyNamespace }: EntryOptions): CompiledEntry {
  compilePathTemplate(source.jmesPath);
  const entry: ApiCallEntry = {
    name,
    call: compileTemplate(source),
    urlPath: source.urlPath ?? "",
    fallback: source.default,
    policyNamespace,
  };
  return { name, source: "apiCall", replaces: false, load: (scope, facts) => loadApiCall(entry, scope, facts) };
}

function loadApiCall(entry: ApiCallEntry, scope: RuleContext, facts: FactReader): Value {
  const answer = within("failed to fetch data for APICall", () => {
    const call = renderPart(entry.call, scope, `context entry ${entry.name} ${entry.urlPath}`);
    return fetchAnswer(entry, call, scope, facts);
  });
  if ("fallback" in answer) return answer.fallback;
  return within("failed to store data for APICall", () =>
    within(`failed to apply JMESPath ${answer.path} for context entry ${entry.name}`, () =>
      applyPath(answer.path, answer.data, scope),
    ),
  );
}

function within<T>(doing: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    throw explained(error, doing);
  }
}

type Answer = { readonly data: Value; readonly path: string } | { readonly fallback: Value };

function fetchAnswer(entry: ApiCallEntry, call: Value, scope: RuleContext, facts: FactReader): Answer {
  const path = checkPath(entry, textOf(call, "urlPath"));
  try {
    return { data: execute(entry, { call, path }, scope, facts), path: textOf(call, "jmesPath") };
  } catch (error) {
    // A default is what the policy wants when the call fails; that nobody can call from here is no failed call.
    const isAnswered = isExpressionFailure(error) && error.code !== "NOT_SUPPORTED";
    if (entry.fallback === undefined || entry.fallback === null || !isAnswered) throw error;
    return { fallback: entry.fallback };
  }
}

/** A path that must not be asked for is no failed call: no default stands for its answer. */
function checkPath(entry: ApiCallEntry, urlPath: string): string {
  checkLength(entry, urlPath);
  return checkedApiPath(urlPath, entry.policyNamespace);
}

function execute(
  entry: ApiCallEntry,
  { call, path }: { readonly call: Value; readonly path: string },
  scope: RuleContext,
  facts: FactReader,
): Value {
  const method = textOf(call, "method") || "GET";
  if (method !== "GET" && method !== "POST") {
    throw new AmapError("EXPRESSION_FAILED", `invalid request type ${method} for APICall ${entry.name}`);
  }
  const body = method === "POST" ? bodyOf(entry, call, scope) : undefined;
  if (path === "") return askService(entry, call, body, facts);
  return within(`failed to ${method} resource with raw url: ${path}`, () =>
    body === undefined ? facts.fact("kubernetesApi", { path }) : facts.fact("kubernetesApiPost", { path, body }),
  );
}

function bodyOf(entry: ApiCallEntry, call: Value, scope: RuleContext): Value {
  const body: Record<string, Value> = {};
  for (const item of listOf(call, "data")) {
    const key = textOf(item, "key");
    if (key === "__proto__") throw new AmapError("EXPRESSION_FAILED", "a member of a body cannot be named __proto__");
    body[key] = memberOf(item, "value") ?? null;
  }
  const size = sizeOfValue(body, LIMITS.factBodyLength, (steps) => scope.context.charge(steps));
  if (size <= LIMITS.factBodyLength) return body;
  const message = `the data of APICall ${entry.name} is longer than ${LIMITS.factBodyLength} characters`;
  throw new AmapError("LIMIT_EXCEEDED", message);
}

function checkLength({ name }: ApiCallEntry, url: string): void {
  if (url.length <= LIMITS.factUrlLength) return;
  throw new AmapError("LIMIT_EXCEEDED", `APICall ${name}: the URL is longer than ${LIMITS.factUrlLength} characters`);
}

const OK = 200;
const REDIRECTED = 300;

function askService(entry: ApiCallEntry, call: Value, body: Value | undefined, facts: FactReader): Value {
  const { name } = entry;
  const service = memberOf(call, "service");
  if (service === undefined || service === null) {
    throw new AmapError("EXPRESSION_FAILED", `missing service for APICall ${name}`);
  }
  const url = textOf(service, "url");
  checkLength(entry, url);
  const caBundle = textOf(service, "caBundle");
  const params = { url, headers: serviceHeaders(service, name), ...(caBundle === "" ? {} : { caBundle }) };
  const answer = within(`failed to execute HTTP request for APICall ${name}`, () =>
    body === undefined ? facts.fact("http", params) : facts.fact("httpPost", { ...params, body }),
  );
  const status = Number(memberOf(answer, "status") ?? 0);
  if (status >= OK && status < REDIRECTED) return memberOf(answer, "body") ?? null;
  throw new AmapError("FACT_FAILED", `HTTP ${status}`);
}
