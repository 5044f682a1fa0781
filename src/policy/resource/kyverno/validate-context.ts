import { isAmapError } from "../../../base/index.ts";
import { compileJmesPath } from "../../language/jmespath/compile.ts";
import { withExcerpt } from "../../language/jmespath/explain/with-excerpt.ts";
import type { ContextEntry } from "./context-entry.ts";
import type { FindingsWriter } from "./findings.ts";

/** Names that mean something already. */
const RESERVED = ["images", "request", "serviceAccountName", "serviceAccountNamespace", "element", "elementIndex"];

/** A rule's context entries: their names, and what each kind needs. */
export function validateContext(
  entries: readonly ContextEntry[] | undefined,
  path: string,
  namespaced: boolean,
  findings: FindingsWriter,
): void {
  entries?.forEach((entry, index) => {
    const at = `${path}[${index}]`;
    const { name, configMap, apiCall, globalReference, imageRegistry, variable } = entry;
    if (name === "") findings.fail(`${at}.name`, "expected a name");
    const reserved = RESERVED.find((each) => name === each || name.startsWith(`${each}.`));
    if (reserved !== undefined) findings.fail(`${at}.name`, `${reserved} is defined already: choose another name`);
    for (const field of ["name", "namespace"] as const) {
      if (configMap !== undefined && !configMap[field])
        findings.fail(`${at}.configMap.${field}`, `expected a ${field}`);
    }
    if (apiCall?.service !== undefined && apiCall.urlPath) {
      findings.fail(`${at}.apiCall`, "expected urlPath or service, found both");
    }
    if (globalReference !== undefined) checkGlobalReference(globalReference.name, at, namespaced, findings);
    if (imageRegistry?.reference === "") findings.fail(`${at}.imageRegistry.reference`, "expected an image");
    if (variable !== undefined) checkVariable(variable, `${at}.variable`, findings);
    for (const [kind, source] of Object.entries({ apiCall, globalReference, imageRegistry, variable })) {
      checkJmesPath(source?.jmesPath, `${at}.${kind}.jmesPath`, findings);
    }
  });
}

/** A JMESPath must parse, as far as it is known before its variables are. */
export function checkJmesPath(source: string | undefined, path: string, findings: FindingsWriter): void {
  if (source === undefined || source === "" || source.includes("{{")) return;
  try {
    compileJmesPath(source);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    findings.fail(path, withExcerpt(error));
  }
}

function checkGlobalReference(name: string, path: string, namespaced: boolean, findings: FindingsWriter): void {
  if (name === "") findings.fail(`${path}.globalReference.name`, "expected a name");
  if (namespaced) findings.fail(`${path}.globalReference`, "a Policy may not read global context entries");
}

function checkVariable(variable: NonNullable<ContextEntry["variable"]>, path: string, findings: FindingsWriter): void {
  const hasPath = (variable.jmesPath ?? "") !== "";
  if (variable.value === undefined && !hasPath) findings.fail(path, "expected value or jmesPath, found neither");
  else if (variable.default !== undefined && !hasPath) {
    findings.fail(`${path}.default`, "a default needs a jmesPath that may give nothing");
  }
}
