import { AmapError, textOf, type Value } from "../../../base/index.ts";
import { isExpressionFailure } from "../../language/variables/scope.ts";
import { compileTemplate, type Template } from "../../language/variables/template.ts";
import type { ContextEntry } from "../../resource/kyverno/context-entry.ts";
import type { FactReader } from "../facts.ts";
import type { RuleContext } from "../rule-context.ts";
import type { CompiledEntry, EntryOptions } from "./entry.ts";
import { applyPath, compilePathTemplate, explained } from "./jmes-path.ts";

/** `globalReference`: the data of a GlobalContextEntry, or of one of its projections. */
export function compileGlobalReference(
  name: string,
  source: NonNullable<ContextEntry["globalReference"]>,
  { policyNamespace }: EntryOptions,
): CompiledEntry {
  compilePathTemplate(source.jmesPath);
  const template = compileTemplate({ name: source.name, jmesPath: source.jmesPath ?? "" });
  const load = (scope: RuleContext, facts: FactReader): Value => {
    if (policyNamespace !== "") {
      const message = `context entry ${name}: globalReference is not allowed in namespaced policies`;
      throw new AmapError("EXPRESSION_FAILED", message);
    }
    try {
      return readGlobal(name, template, scope, facts);
    } catch (error) {
      if (!isExpressionFailure(error)) throw error;
      throw explained(error, `failed to marshal APICall data for context entry ${name}`);
    }
  };
  return { name, source: "globalReference", replaces: false, load };
}

function readGlobal(name: string, template: Template, scope: RuleContext, facts: FactReader): Value {
  const reference = template.render(scope);
  const [global = "", projection = ""] = textOf(reference, "name").split(".");
  const data = facts.fact("globalContext", { name: global, projection });
  if (data === null) throw new AmapError("FACT_FAILED", `failed to fetch entry key=${global}`);
  const path = textOf(reference, "jmesPath");
  try {
    return applyPath(path, data, scope);
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    throw explained(error, `failed to apply JMESPath ${path} for context entry ${name}`);
  }
}
