import { AmapError } from "../../../../base/index.ts";
import { compileExpression } from "../compile/compile.ts";
import { type CelEnvironment, createEnvironment } from "../environment.ts";
import { AUTHORIZER, RESOURCE_CHECK } from "../functions/kubernetes/authorizer.ts";
import { KUBERNETES_LIBRARIES } from "../functions/kubernetes/libraries.ts";
import type { CelProgram } from "../program.ts";
import { sourceErrors } from "../syntax/source.ts";
import { type CelType, celTypes, formatType } from "../types.ts";
import { ADMISSION_REQUEST, admissionVariableType, NAMESPACE } from "./admission-types.ts";
import { LANGUAGE_OF_KUBERNETES } from "./language.ts";
import { findLiteralIssues } from "./literal-issues.ts";

/** What a policy's expressions may name beside the object and the request. */
export interface AdmissionEnvironmentOptions {
  /** The policy's variables that the expression may use, each with the type of its program. */
  readonly variables?: Readonly<Record<string, CelType>>;
  /** Whether the policy has a paramKind. */
  readonly hasParams?: boolean;
  /** False for messageExpression. */
  readonly hasAuthorizer?: boolean;
}

/**
 * The step budget of one evaluation of one expression (a variable's is its own). Kubernetes' limit is a cost of as much;
 * a nested comprehension of 10,000 rounds takes 60,504 steps here and costs 70,704 there.
 */
export const ADMISSION_STEPS = 1_000_000;

/** What an expression of an admission policy must give. */
export type AdmissionResult = "bool" | "string" | "string or null" | "anything";

/**
 * The environment in which Kubernetes 1.36 evaluates the expressions of ValidatingAdmissionPolicy and
 * MutatingAdmissionPolicy: `object`, `oldObject` and `params` of any type, `request` and `namespaceObject` typed,
 * `authorizer`, and `variables.NAME`, which are lazy. Its functions and macros are those that Kubernetes has, no others.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 * @example
 * ```ts
 * import { compileAdmissionExpression, createAdmissionEnvironment } from "../../../index.ts";
 * const environment = createAdmissionEnvironment({ hasParams: true });
 * compileAdmissionExpression("object.spec.replicas <= params.maxReplicas", "bool", environment).loads; // false
 * ```
 */
export function createAdmissionEnvironment(options: AdmissionEnvironmentOptions = {}): CelEnvironment {
  const { variables = {}, hasParams = false, hasAuthorizer = true } = options;
  const key = `${hasParams}/${hasAuthorizer}`;
  const base = BASES.get(key) ?? createBase(hasParams, hasAuthorizer);
  BASES.set(key, base);
  const lazyVariables = Object.fromEntries(
    Object.entries(variables).map(([name, type]) => [`variables.${name}`, admissionVariableType(type)]),
  );
  return base.extend({ lazyVariables });
}

/** The four environments without variables of a policy: making one takes as long as compiling many expressions. */
const BASES = new Map<string, CelEnvironment>();

function createBase(hasParams: boolean, hasAuthorizer: boolean): CelEnvironment {
  return createEnvironment({
    variables: {
      object: celTypes.dyn,
      oldObject: celTypes.dyn,
      request: ADMISSION_REQUEST,
      namespaceObject: NAMESPACE,
      ...(hasParams ? { params: celTypes.dyn } : {}),
      ...(hasAuthorizer ? { authorizer: AUTHORIZER, "authorizer.requestResource": RESOURCE_CHECK } : {}),
    },
    libraries: [...LANGUAGE_OF_KUBERNETES, ...KUBERNETES_LIBRARIES],
  });
}

const RESULTS: Readonly<Record<AdmissionResult, readonly string[] | undefined>> = {
  bool: ["bool"],
  string: ["string"],
  "string or null": ["string", "null_type"],
  anything: undefined,
};

/**
 * The program of an expression, refused where Kubernetes refuses it when the policy is installed: beside what is
 * ill-typed, a result whose type is not known to be the one wanted (`object.spec.paused` alone is dyn, not bool), list
 * and map literals of mixed types, conversions of constants that fail, and format texts that do not fit their arguments.
 *
 * @param expected `bool` for validations and match conditions, `string` for messageExpression, `string or null` for audit
 *   annotations, `anything` for variables
 * @throws {AmapError} EXPRESSION_INVALID with line and column; NOT_SUPPORTED for protobuf messages; LIMIT_EXCEEDED for
 *   more than LIMITS.expressionBytes
 * @example
 * ```ts
 * import { compileAdmissionExpression, createAdmissionEnvironment } from "../../../index.ts";
 * const first = createAdmissionEnvironment();
 * const { type } = compileAdmissionExpression("object.spec.replicas * 2", "anything", first);
 * const environment = createAdmissionEnvironment({ variables: { doubled: type } });
 * compileAdmissionExpression("variables.doubled < 10", "bool", environment).type.kind; // "simple"
 * ```
 */
export function compileAdmissionExpression(
  source: string,
  expected: AdmissionResult | CelType,
  environment: CelEnvironment,
): CelProgram {
  const program = compileExpression(source, environment);
  const issues = findLiteralIssues(program.checked, environment);
  if (issues.length > 0) throw sourceErrors(source, issues);
  return expectResult(program, expected);
}

/**
 * The same program, when the type of its result is known to be the one wanted.
 * @throws {AmapError} EXPRESSION_INVALID
 */
export function expectResult(program: CelProgram, expected: AdmissionResult | CelType): CelProgram {
  const wanted = typeof expected === "string" ? RESULTS[expected] : [formatType(expected)];
  const type = formatType(program.type);
  if (wanted === undefined || wanted.includes(type)) return program;
  const hint = type === "dyn" ? `; compare it (x == true) or convert it (string(x))` : "";
  throw new AmapError("EXPRESSION_INVALID", `expected ${wanted.join(" or ")}, found ${type}${hint}`);
}
