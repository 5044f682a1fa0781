import { type Issue, isAmapError } from "../../base/index.ts";
import { compileExpression } from "../language/cel/compile/compile.ts";
import { estimateCost } from "../language/cel/cost/estimate.ts";
import { KUBERNETES_COST_LIMITS } from "../language/cel/cost/limits.ts";
import type { CelEnvironment } from "../language/cel/environment.ts";
import type { CelProgram } from "../language/cel/program.ts";
import type { CelType } from "../language/cel/types.ts";

/** Compiles the expressions of one policy and collects what is wrong with them. */
export interface ExpressionCompiler {
  readonly issues: Issue[];
  /** What is no mistake and likely to go wrong: for people to read. */
  readonly warnings: string[];
  /** The program, or undefined after noting an issue at `path`; an expression of another type than expected is one. */
  compile(source: string, path: string, environment: CelEnvironment, expected?: CelType): CelProgram | undefined;
  /** The program that `make` makes, or undefined after noting at `path` why it cannot be made. */
  attempt(path: string, make: () => CelProgram): CelProgram | undefined;
}

/** A compiler whose issues name the policy. */
export function createExpressionCompiler(policy: string): ExpressionCompiler {
  const issues: Issue[] = [];
  const warnings: string[] = [];
  const attempt: ExpressionCompiler["attempt"] = (path, make) => {
    try {
      const program = make();
      const warning = costWarning(program);
      if (warning !== undefined) warnings.push(`policy ${policy}: ${path} ${warning}`);
      return program;
    } catch (error) {
      if (!isAmapError(error)) throw error;
      issues.push({ code: error.code, path, message: `policy ${policy}: ${error.message}` });
      return undefined;
    }
  };
  return {
    issues,
    warnings,
    attempt,
    compile: (source, path, environment, expected) =>
      attempt(path, () => compileExpression(source, environment, expected === undefined ? {} : { expected })),
  };
}

/** More than any known sizes make: where a size is not known, reading a tenth of it alone costs more. */
const UNBOUNDED = 2n ** 60n;

/**
 * An expression that may cost more than Kubernetes lets one cost, over sizes that are known. Where they are not, the most
 * it may cost is without bound and says nothing: the evaluation's budget decides.
 */
function costWarning(program: CelProgram): string | undefined {
  const { min, max } = estimateCost(program.checked);
  const { units, name } = KUBERNETES_COST_LIMITS.call;
  const limit = `more than one expression may cost there (${name}, ${units})`;
  if (min > units) return `costs at least ${min} by Kubernetes' estimate, ${limit}`;
  return max > units && max < UNBOUNDED ? `may cost ${max} by Kubernetes' estimate, ${limit}` : undefined;
}
