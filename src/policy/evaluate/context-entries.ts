import { AmapError } from "../../base/index.ts";
import type { ContextEntry } from "../resource/kyverno/context-entry.ts";
import { compileApiCall } from "./entries/api-call.ts";
import { compileConfigMapEntry } from "./entries/config-map.ts";
import type { CompiledEntry, EntryOptions, EntrySource } from "./entries/entry.ts";
import { compileGlobalReference } from "./entries/global-reference.ts";
import { compileImageEntry } from "./entries/image-data.ts";
import { compileVariableEntry } from "./entries/variable.ts";
import type { FactReader } from "./facts.ts";
import { indexLazyMembers, type RuleContext } from "./rule-context.ts";

export type { EntryOptions, EntrySource } from "./entries/entry.ts";

/**
 * The context with the entries on top. Nothing is loaded until a query names it; an entry sees what is declared before
 * it. Entries of sources that are not `served` (a command line without a cluster) are left out, as in Kyverno: their
 * names are not there, or are what the user gave.
 */
export type CompiledEntries = (
  parent: RuleContext,
  facts: FactReader,
  served?: ReadonlySet<EntrySource>,
) => RuleContext;

/**
 * Compiles the context entries of a rule, a foreach or a target.
 * @throws {AmapError} EXPRESSION_INVALID for a variable or a jmesPath that does not parse, LIMIT_EXCEEDED
 */
export function compileContextEntries(
  entries: readonly ContextEntry[] = [],
  options: EntryOptions = { policyNamespace: "" },
): CompiledEntries {
  const { place = "context" } = options;
  const compiled = entries.map((entry, index) => ({ ...compileEntry(entry, options), place: `${place}[${index}]` }));
  const all = indexLazyMembers(compiled);
  return (parent, facts, served) => {
    const isWhole = served === undefined || compiled.every(({ source }) => isServed(served, source));
    const lazy = isWhole ? all : indexLazyMembers(compiled.filter(({ source }) => isServed(served, source)));
    return parent.withLazyMembers(lazy, facts);
  };
}

function isServed(served: ReadonlySet<EntrySource>, source: EntrySource): boolean {
  return source === "variable" || served.has(source);
}

function compileEntry(entry: ContextEntry, options: EntryOptions): CompiledEntry {
  const { name, configMap, apiCall, imageRegistry, globalReference, variable } = entry;
  if (configMap !== undefined) return compileConfigMapEntry(name, configMap, options);
  if (apiCall !== undefined) return compileApiCall(name, apiCall, options);
  if (globalReference !== undefined) return compileGlobalReference(name, globalReference, options);
  if (imageRegistry !== undefined) return compileImageEntry(name, imageRegistry);
  if (variable !== undefined) return compileVariableEntry(name, variable);
  const message = `missing ConfigMap|APICall|ImageRegistry|Variable in context entry ${name}`;
  throw new AmapError("EXPRESSION_INVALID", message);
}
