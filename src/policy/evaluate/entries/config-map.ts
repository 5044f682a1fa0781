import { AmapError, memberOf, type Value } from "../../../base/index.ts";
import { renderEach } from "../../language/variables/render-each.ts";
import { isExpressionFailure } from "../../language/variables/scope.ts";
import { compileTemplate, type Template } from "../../language/variables/template.ts";
import type { ContextEntry } from "../../resource/kyverno/context-entry.ts";
import type { FactReader } from "../facts.ts";
import type { RuleContext } from "../rule-context.ts";
import { type CompiledEntry, type EntryOptions, goTypeOf, renderPart, shownText } from "./entry.ts";
import { explained } from "./jmes-path.ts";

interface ConfigMapEntry {
  readonly name: string;
  readonly mapName: Template;
  readonly namespace: Template;
  readonly policyNamespace: string;
}

/** `configMap`: its data and metadata. */
export function compileConfigMapEntry(
  name: string,
  source: NonNullable<ContextEntry["configMap"]>,
  { policyNamespace }: EntryOptions,
): CompiledEntry {
  const entry: ConfigMapEntry = {
    name,
    mapName: compileTemplate(source.name),
    namespace: compileTemplate(source.namespace ?? ""),
    policyNamespace,
  };
  return { name, source: "configMap", replaces: false, load: (scope, facts) => loadConfigMap(entry, scope, facts) };
}

function loadConfigMap(entry: ConfigMapEntry, scope: RuleContext, facts: FactReader): Value {
  try {
    return fetchConfigMap(entry, scope, facts);
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    throw explained(error, `failed to retrieve config map for context entry ${entry.name}`);
  }
}

function fetchConfigMap(entry: ConfigMapEntry, scope: RuleContext, facts: FactReader): Value {
  const [name, stated] = renderEach(["name", "namespace"] as const, (part) => renderText(entry, part, scope)) as [
    string,
    string,
  ];
  const { policyNamespace } = entry;
  const namespace = stated === "" ? policyNamespace || "default" : stated;
  if (policyNamespace !== "" && namespace !== policyNamespace) {
    const message = `context entry ${entry.name}: configMap namespace "${namespace}" is different from policy namespace "${policyNamespace}"`;
    throw new AmapError("EXPRESSION_FAILED", message);
  }
  const found = readConfigMap(namespace, name, facts);
  return { data: memberOf(found, "data") ?? null, metadata: memberOf(found, "metadata") ?? {} };
}

function renderText(entry: ConfigMapEntry, part: "name" | "namespace", scope: RuleContext): string {
  const template = part === "name" ? entry.mapName : entry.namespace;
  const what = `context ${entry.name} configMap.${part} ${shownText(template)}`;
  const rendered = renderPart(template, scope, what);
  if (typeof rendered === "string") return rendered;
  const message = `failed to substitute variables in ${what}: expected string, got ${goTypeOf(rendered)}`;
  throw new AmapError("EXPRESSION_FAILED", message);
}

function readConfigMap(namespace: string, name: string, facts: FactReader): Value {
  const doing = `failed to get configmap ${namespace}/${name} `;
  try {
    const found = facts.fact("resource", { apiVersion: "v1", resource: "configmaps", namespace, name });
    if (found !== null) return found;
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    throw explained(error, doing);
  }
  throw new AmapError("FACT_FAILED", `${doing}: configmaps "${name}" not found`);
}
