import { type Issue, isAmapError } from "../../base/index.ts";
import { compileExpression } from "../language/cel/compile.ts";
import type { CelEnvironment } from "../language/cel/environment.ts";
import type { CelProgram } from "../language/cel/program.ts";

/** Compiles the expressions of one policy and collects what is wrong with them. */
export interface ExpressionCompiler {
  readonly issues: Issue[];
  /** The program, or undefined after noting an issue at `path`. */
  compile(source: string, path: string, environment: CelEnvironment): CelProgram | undefined;
}

/** A compiler whose issues name the policy. */
export function createExpressionCompiler(policy: string): ExpressionCompiler {
  const issues: Issue[] = [];
  return {
    issues,
    compile(source, path, environment) {
      try {
        return compileExpression(source, environment);
      } catch (error) {
        if (!isAmapError(error)) throw error;
        issues.push({ code: error.code, path, message: `policy ${policy}: ${error.message}` });
        return undefined;
      }
    },
  };
}
