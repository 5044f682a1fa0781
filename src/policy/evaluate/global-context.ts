import { AmapError, isAmapError, LIMITS, listOf, memberOf, type Value } from "../../base/index.ts";
import { compileJmesPath } from "../language/jmespath/compile.ts";
import type { JmesContext } from "../language/jmespath/program.ts";
import type { GlobalContextEntry } from "../resource/kyverno/global-context-entry.ts";
import { RuleBudget } from "../rules/rule-memory.ts";
import { checkedApiPath } from "./entries/api-path.ts";
import { serviceHeaders } from "./entries/service-headers.ts";
import { factRequest } from "./fact-reader.ts";
import type { Fact, FactRequest } from "./facts.ts";

/** What a GlobalContextEntry gives to those who name it: its data, and its projections by name. */
export interface GlobalContextFacts {
  readonly data: Fact;
  readonly projections: ReadonlyMap<string, Fact>;
}

/**
 * The question whose answer is a GlobalContextEntry's data: a `resourceList` for its objects, `kubernetesApi` or
 * `kubernetesApiPost` for a path of the API server, `http` or `httpPost` for a service.
 *
 * @throws {AmapError} EXPRESSION_FAILED for a path or a header that must not be asked for, LIMIT_EXCEEDED for a URL longer
 * than LIMITS.factUrlLength
 * @example
 * ```ts
 * import { globalContextRequest } from "../index.ts";
 * const request = globalContextRequest({
 *   apiVersion: "kyverno.io/v2",
 *   kind: "GlobalContextEntry",
 *   metadata: { name: "settings" },
 *   spec: { kubernetesResource: { version: "v1", resource: "configmaps", namespace: "shop" } },
 * });
 * request.kind; // "resourceList"
 * ```
 */
export function globalContextRequest({ metadata, spec }: GlobalContextEntry): FactRequest {
  const { kubernetesResource: resource, apiCall = {} } = spec;
  if (resource !== undefined) {
    const { group = "", version, namespace = "" } = resource;
    const apiVersion = group === "" ? version : `${group}/${version}`;
    return factRequest("resourceList", { apiVersion, resource: resource.resource, namespace, labels: {} });
  }
  const isPost = apiCall.method === "POST";
  const body = isPost ? { body: bodyOf(apiCall) } : {};
  const { service } = apiCall;
  if (service === undefined) {
    const path = checkedApiPath(checkedLength(apiCall.urlPath ?? ""), "");
    return factRequest(isPost ? "kubernetesApiPost" : "kubernetesApi", { path, ...body });
  }
  const headers = serviceHeaders(service, metadata.name);
  const caBundle = (service.caBundle ?? "") === "" ? {} : { caBundle: service.caBundle as string };
  return factRequest(isPost ? "httpPost" : "http", { url: checkedLength(service.url), headers, ...caBundle, ...body });
}

type ApiCall = NonNullable<GlobalContextEntry["spec"]["apiCall"]>;

function bodyOf(apiCall: ApiCall): Value {
  const body = new Map<string, Value>();
  for (const { key, value } of apiCall.data ?? []) {
    if (key === "__proto__") throw new AmapError("EXPRESSION_FAILED", "a member of a body cannot be named __proto__");
    body.set(key, value ?? null);
  }
  return Object.fromEntries(body);
}

function checkedLength(url: string): string {
  if (url.length <= LIMITS.factUrlLength) return url;
  throw new AmapError("LIMIT_EXCEEDED", `the URL is longer than ${LIMITS.factUrlLength} characters`);
}

/**
 * What a GlobalContextEntry gives, made of the answer to {@link globalContextRequest}; `now` in milliseconds since 1970. As
 * in Kyverno, a projection of objects that fails leaves the others alone, one of an answer fails the whole entry. All that
 * fails is a failed fact whose message names the entry. Projections together take at most LIMITS.evaluationSteps.
 *
 * @example
 * ```ts
 * import { globalContextFacts } from "../index.ts";
 * const entry = {
 *   apiVersion: "kyverno.io/v2",
 *   kind: "GlobalContextEntry",
 *   metadata: { name: "pods" },
 *   spec: {
 *     kubernetesResource: { version: "v1", resource: "pods" },
 *     projections: [{ name: "names", jmesPath: "[].metadata.name" }],
 *   },
 * } as const;
 * const answer = { ok: true, value: { items: [{ metadata: { name: "web" } }] } } as const;
 * globalContextFacts(entry, answer, 0).projections.get("names"); // { ok: true, value: ["web"] }
 * ```
 */
export function globalContextFacts(entry: GlobalContextEntry, answer: Fact, now: number): GlobalContextFacts {
  const { metadata, spec } = entry;
  const budget = new RuleBudget([metadata.name]);
  const context: JmesContext = { now, charge: (steps) => budget.charge(steps), entropy: () => budget.draw() };
  const isList = spec.kubernetesResource !== undefined;
  const data = attempt(metadata.name, () => (isList ? itemsOf(answer) : answerOf(answer, spec)));
  const projections = new Map<string, Fact>();
  for (const { name, jmesPath } of spec.projections ?? []) {
    const fact = data.ok ? project(`${metadata.name}.${name}`, jmesPath, data.value, context) : data;
    // The whole answer of a call counts as failed.
    if (!fact.ok && !isList)
      return { data: fact, projections: new Map(spec.projections?.map((each) => [each.name, fact])) };
    projections.set(name, fact);
  }
  return { data, projections };
}

function project(name: string, jmesPath: string, data: Value, context: JmesContext): Fact {
  return attempt(name, () => {
    const value = compileJmesPath(jmesPath).evaluate(data, context);
    if (value === null) throw new AmapError("FACT_FAILED", `its jmesPath ${jmesPath} gives null`);
    return value;
  });
}

/** A failure of what an entry is made from is a failed fact: its users are told, each in its own place. */
function attempt(name: string, read: () => Value): Fact {
  try {
    return Object.freeze({ ok: true, value: read() });
  } catch (error) {
    if (!isAmapError(error) || error.code === "BUG") throw error;
    const { code, message } = error;
    return Object.freeze({ ok: false, code, message: `GlobalContextEntry ${name}: ${message}` });
  }
}

function valueOf(answer: Fact): Value {
  if (!answer.ok) throw new AmapError(answer.code, answer.message);
  return answer.value;
}

function itemsOf(answer: Fact): Value {
  return listOf(valueOf(answer), "items");
}

function answerOf(answer: Fact, { apiCall }: GlobalContextEntry["spec"]): Value {
  let value: Value | undefined = valueOf(answer);
  if (apiCall?.service !== undefined) {
    const status = Number(memberOf(value, "status") ?? 0);
    if (status < 200 || status >= 300)
      throw new AmapError("FACT_FAILED", `${apiCall.service.url} answers HTTP ${status}`);
    value = memberOf(value, "body");
  }
  if (value === undefined || value === null) throw new AmapError("FACT_FAILED", "the answer holds no data");
  return value;
}
