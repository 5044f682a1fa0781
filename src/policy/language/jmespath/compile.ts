import type { Value } from "../../../base/index.ts";
import { compileNode } from "./evaluate/compile.ts";
import { GuardedRoot, RootFailure } from "./evaluate/failure.ts";
import { inspectTree } from "./evaluate/inspect.ts";
import { measureResult, NotFound } from "./evaluate/values.ts";
import type { JmesFunction } from "./function.ts";
import { COMMUNITY_JMES_FUNCTIONS, JMES_FUNCTIONS } from "./functions/table.ts";
import { type JmesContext, type JmesProgram, JmesRoot } from "./program.ts";
import type { JmesDialect } from "./syntax/ast.ts";
import { parseJmesPath } from "./syntax/parser.ts";

/** Characters of the sources of all programs that are kept, and of one. The oldest go. */
const KEPT_CHARACTERS = 256 * 1024;
const KEPT_SOURCE_LENGTH = 4_096;

const kept = new Map<string, JmesProgram>();
let keptCharacters = 0;

/**
 * Compiles an expression in Kyverno's dialect of JMESPath, with the standard functions and Kyverno's. Programs of short
 * sources are kept, so that the same text is compiled once.
 * @throws {AmapError} EXPRESSION_INVALID with the column, LIMIT_EXCEEDED (LIMITS.expressionBytes, expressionDepth,
 * expressionChain)
 * @see https://jmespath.org/specification.html and docs/adr for what Kyverno changes
 * @example
 * ```ts
 * import { compileJmesPath } from "../../index.ts";
 * const program = compileJmesPath("items[?size > `1`].name | sort(@)");
 * program.names; // ["items"]
 * ```
 */
export function compileJmesPath(source: string): JmesProgram {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const program = compileJmesProgram(source, JMES_FUNCTIONS);
  if (source.length <= KEPT_SOURCE_LENGTH) keep(program);
  return program;
}

function keep(program: JmesProgram): void {
  keptCharacters += program.source.length;
  kept.set(program.source, program);
  for (const source of kept.keys()) {
    if (keptCharacters <= KEPT_CHARACTERS) return;
    keptCharacters -= source.length;
    kept.delete(source);
  }
}

/**
 * Compiles an expression in the dialect of the JMESPath Community, in which assertion trees are written, with its
 * functions and Kyverno's; of two of one name Kyverno's holds. A missing key is null; `context.variable` has the variables.
 * @throws {AmapError} as compileJmesPath
 * @see https://jmespath.site/main/
 */
export function compileCommunityJmesPath(source: string): JmesProgram {
  return compileJmesProgram(source, COMMUNITY_JMES_FUNCTIONS, "community");
}

/** As {@link compileJmesPath}, with a table of functions; not kept. */
export function compileJmesProgram(
  source: string,
  functions: ReadonlyMap<string, JmesFunction>,
  dialect: JmesDialect = "kyverno",
): JmesProgram {
  const tree = parseJmesPath(source, dialect);
  const { names, readsWhole, unknownFunctions, isForgiving, isNesting } = inspectTree(tree, functions);
  const { run, cost } = compileNode(tree, { functions, dialect });
  const settled = (input: Value | JmesRoot, context: JmesContext): Value => {
    context.charge(cost);
    const result = run(input, context);
    if (result instanceof NotFound) throw result.toError();
    const value = result instanceof JmesRoot ? result.whole() : result;
    if (isNesting) measureResult(value, context);
    return value;
  };
  const evaluate = dialect === "community" || isForgiving ? guarded(settled) : settled;
  return Object.freeze({ source, names, readsWhole, unknownFunctions, evaluate });
}

/** Keeps what a root throws out of the reach of the operators that read a failure as null. */
function guarded(evaluate: JmesProgram["evaluate"]): JmesProgram["evaluate"] {
  return (input, context) => {
    try {
      return evaluate(input instanceof JmesRoot ? new GuardedRoot(input) : input, context);
    } catch (error) {
      throw error instanceof RootFailure ? error.cause : error;
    }
  };
}
