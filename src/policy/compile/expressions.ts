import { type Issue, isAmapError } from "../../base/index.ts";
import { compileExpression } from "../language/cel/compile.ts";
import type { CelEnvironment } from "../language/cel/environment.ts";
import type { CelProgram } from "../language/cel/program.ts";
import type { CelType } from "../language/cel/types.ts";

/** Compiles the expressions of one policy and collects what is wrong with them. */
export interface ExpressionCompiler {
  readonly issues: Issue[];
  /** The program, or undefined after noting an issue at `path`; an expression of another type than expected is one. */
  compile(source: string, path: string, environment: CelEnvironment, expected?: CelType): CelProgram | undefined;
}

/** A compiler whose issues name the policy. */
export function createExpressionCompiler(policy: string): ExpressionCompiler {
  const issues: Issue[] = [];
  return {
    issues,
    compile(source, path, environment, expected) {
      try {
        return compileExpression(source, environment, expected === undefined ? {} : { expected });
      } catch (error) {
        if (!isAmapError(error)) throw error;
        issues.push({ code: error.code, path, message: `policy ${policy}: ${error.message}` });
        return undefined;
      }
    },
  };
}
