import { AmapError, type ErrorCode, type Issue, isAmapError, type Value } from "../../base/index.ts";
import { type CompiledEntries, compileContextEntries } from "../evaluate/context-entries.ts";
import { compileJmesPath } from "../language/jmespath/compile.ts";
import { withExcerpt } from "../language/jmespath/explain/with-excerpt.ts";
import type { JmesProgram } from "../language/jmespath/program.ts";
import type { QueryScope } from "../language/variables/scope.ts";
import { compileTemplate, type Template } from "../language/variables/template.ts";
import type { ContextEntry } from "../resource/kyverno/context-entry.ts";

/** Compiles the parts of one policy's rules and collects what is wrong with them, each with its place. */
export class RuleCompiler {
  readonly policy: string;
  /** Empty for a ClusterPolicy. */
  readonly namespace: string;
  readonly issues: Issue[] = [];
  /** What is no mistake and likely to surprise: for people to read. */
  readonly warnings: string[] = [];

  constructor(policy: string, namespace: string) {
    this.policy = policy;
    this.namespace = namespace;
  }

  /** A template; `inDocument` is where the value stands in what Kyverno substitutes in one go. */
  template(value: Value, path: string, inDocument = ""): Template {
    return this.attempt(path, () => compileTemplate(value, { path: inDocument, place: path })) ?? compileTemplate(null);
  }

  query(source: string, path: string): JmesProgram {
    return this.attempt(path, () => compileJmesPath(source)) ?? compileJmesPath("@");
  }

  /** Context entries of a rule, of an element or of a target; none is a step that changes nothing. */
  entries(entries: readonly ContextEntry[] | undefined, path: string): CompiledEntries {
    if (entries === undefined || entries.length === 0) return (parent) => parent;
    return (
      this.attempt(path, () => compileContextEntries(entries, { policyNamespace: this.namespace, place: path })) ??
      ((parent) => parent)
    );
  }

  /** What `compile` makes, or undefined after noting why it could not. */
  attempt<T>(path: string, compile: () => T): T | undefined {
    try {
      return compile();
    } catch (error) {
      if (!isAmapError(error) || error.code === "BUG") throw error;
      this.refuse(error.code, path, withExcerpt(error));
      return undefined;
    }
  }

  /** The same for a part that a rule does without: why it could not is a warning. */
  attemptOrWarn<T>(path: string, compile: () => T): T | undefined {
    try {
      return compile();
    } catch (error) {
      if (!isAmapError(error) || error.code === "BUG") throw error;
      this.warn(path, `is left out: ${error.message}`);
      return undefined;
    }
  }

  refuse(code: ErrorCode, path: string, message: string): void {
    this.issues.push({ code, path, message: `policy ${this.policy}: ${message}` });
  }

  warn(path: string, message: string): void {
    this.warnings.push(`policy ${this.policy}: ${path} ${message}`);
  }
}

const constantOnly = (): never => {
  throw new AmapError("BUG", "a constant template asked for a variable");
};

/** What constant templates are rendered with. */
export const NO_SCOPE: QueryScope = Object.freeze({
  context: Object.freeze({ now: 0, charge: () => {}, entropy: constantOnly }),
  operation: "",
  query: constantOnly,
});
