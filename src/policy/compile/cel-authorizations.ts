import { type AuthorizationCheck, runAuthorizations } from "../evaluate/cel/authorizations.ts";
import { ENVOY_RESPONSE } from "../language/cel/functions/authz/envoy.ts";
import { HTTP_RESPONSE } from "../language/cel/functions/authz/http.ts";
import { formatType } from "../language/cel/types.ts";
import type { PolicyValidation } from "../resource/policies/policy-parts.ts";
import type { CelCompiler, CelPart, CelRun } from "./cel-plan.ts";

/** The validations of a policy of the modes HTTP and Envoy: each gives an answer, or null to ask the next. */
export function compileAuthorizations(
  validations: readonly PolicyValidation[],
  mode: "HTTP" | "Envoy",
  path: string,
  compiler: CelCompiler,
): CelPart {
  const wanted = formatType(mode === "HTTP" ? HTTP_RESPONSE : ENVOY_RESPONSE);
  const checks = validations.flatMap(({ expression }, index): readonly AuthorizationCheck[] => {
    const at = `${path}[${index}].expression`;
    const program = compiler.compile(expression, at, "anything");
    if (program === undefined) return [];
    const found = formatType(program.type);
    if (found === wanted || found === "null_type") return [{ path: at, program }];
    const message = `expected ${wanted} or null, found ${found}: end it with .Response()`;
    compiler.issues.push({ code: "EXPRESSION_INVALID", path: at, message });
    return [];
  });
  return { run: (run: CelRun) => [runAuthorizations(checks, run)] };
}
