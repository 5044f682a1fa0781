import type { Value } from "../../../base/index.ts";
import { type MixedText, NodeCompiler } from "./compile-node.ts";
import type { QueryScope } from "./scope.ts";

export type { MixedText } from "./compile-node.ts";
export type { QueryScope } from "./scope.ts";

/** How a template is compiled. */
export interface TemplateOptions {
  /**
   * Where the value stands in the document that Kyverno substitutes in one go (`/mutate/patchStrategicMerge`), which
   * messages and `{{ @ }}` show; empty when it is the document.
   */
  readonly path?: string;
  /** Where the value stands in its policy (`spec.rules[0].validate.message`), which explanations show; else `path`. */
  readonly place?: string;
}

/** A value with variables, compiled once. */
export interface Template {
  /** The value it was made from. */
  readonly source: Value;
  /** Whether there is nothing to substitute: `render` gives the same value every time and asks for nothing. */
  readonly isConstant: boolean;
  /** Members of the root that its variables may read by name, each once. */
  readonly names: readonly string[];
  /** Whether some variables are known only when they are rendered, because other variables make their text. */
  readonly hasNestedVariables: boolean;
  /** The pieces of a value that is a text with variables, for those who read what it becomes as a language of its own. */
  readonly mixed: MixedText | undefined;
  /**
   * The value with its variables replaced. What was put in is never read again for `{{ }}`. Parts without variables are
   * shared, never copied.
   * @throws MISSING_FACT after all variables that do not depend on each other have been asked for
   * @throws {AmapError} with the code of what failed and Kyverno's message, `failed to resolve X at path Y: …`
   */
  render(scope: QueryScope): Value;
}

/**
 * Compiles a value with variables as Kyverno reads them: `{{ query }}` in texts and in keys, the innermost first, `\{{`
 * for braces as such; a text that is one variable gives the value itself; `$(path)` stands for another text of the same
 * document. A reference to nothing fails when it is rendered.
 * @throws {AmapError} EXPRESSION_INVALID for a query that does not parse, LIMIT_EXCEEDED
 * @see https://kyverno.io/docs/policy-types/cluster-policy/variables/
 */
export function compileTemplate(value: Value, options: TemplateOptions = {}): Template {
  const path = options.path ?? "";
  const compiler = new NodeCompiler(value, path, options.place);
  const node = compiler.compile(value, path);
  const { render } = node;
  return {
    source: value,
    isConstant: render === undefined,
    names: [...compiler.names],
    hasNestedVariables: compiler.hasNestedVariables,
    mixed: node.mixed,
    render: render ?? (() => node.value),
  };
}
