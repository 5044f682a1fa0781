import { compileExpression } from "../language/cel/compile/compile.ts";
import type { CelEnvironment } from "../language/cel/environment.ts";
import {
  type AdmissionResult,
  compileAdmissionExpression,
  createAdmissionEnvironment,
  expectResult,
} from "../language/cel/kubernetes/admission-environment.ts";
import { admissionVariableType } from "../language/cel/kubernetes/admission-types.ts";
import type { CelProgram } from "../language/cel/program.ts";
import { type CelType, celTypes } from "../language/cel/types.ts";
import { kyvernoEnvironment } from "./cel-environment.ts";
import type { CelCompiler, CelEngine } from "./cel-plan.ts";
import type { ExpressionCompiler } from "./expressions.ts";

/** In what language a variant's expressions are. */
export interface CelLanguage {
  readonly rules: CelEngine;
  /** The policy's namespace, empty outside. */
  readonly namespace: string;
  /** Whether lists and maps may mix types, as generated objects do. */
  readonly isMixed: boolean;
  /** Of Kubernetes' kinds: whether the policy has a paramKind. */
  readonly hasParams: boolean;
  /** Names instead of the engine's own: of the modes HTTP and Envoy. */
  readonly environment?: CelEnvironment | undefined;
}

/** A variable as written. */
interface WrittenVariable {
  readonly name: string;
  readonly expression: string;
}

/** Compiles one variant: first the variables, each of which sees those before it, then what stands on them. */
export class VariantCompiler implements CelCompiler {
  readonly rules: CelEngine;
  readonly namespace: string;
  readonly issues: CelCompiler["issues"];
  readonly warnings: CelCompiler["warnings"];
  readonly requestEnvironment: CelEnvironment;
  /** By declared name. */
  readonly variables = new Map<string, CelProgram>();
  readonly #expressions: ExpressionCompiler;
  readonly #language: CelLanguage;
  #environment: CelEnvironment;
  #messageEnvironment: CelEnvironment;

  constructor(language: CelLanguage, expressions: ExpressionCompiler) {
    const { rules, namespace, hasParams } = language;
    this.rules = rules;
    this.namespace = namespace;
    this.issues = expressions.issues;
    this.warnings = expressions.warnings;
    this.#expressions = expressions;
    this.#language = language;
    if (rules === "kyverno") {
      this.requestEnvironment = language.environment ?? kyvernoEnvironment(namespace);
      this.#messageEnvironment = this.requestEnvironment;
    } else {
      this.requestEnvironment = createAdmissionEnvironment({ hasParams });
      this.#messageEnvironment = createAdmissionEnvironment({ hasParams, hasAuthorizer: false });
    }
    this.#environment = this.requestEnvironment;
  }

  get environment(): CelEnvironment {
    return this.#environment;
  }

  get messageEnvironment(): CelEnvironment {
    return this.#messageEnvironment;
  }

  declareVariables(variables: readonly WrittenVariable[], path: string): void {
    for (const [index, { name, expression }] of variables.entries()) {
      const declared = `variables.${name}`;
      // One that is there twice is refused where policies are read.
      if (this.variables.has(declared)) continue;
      const program = this.compile(expression, `${path}[${index}].expression`, "anything");
      if (program !== undefined) this.variables.set(declared, program);
      const lazyVariables = { [declared]: this.#typeOf(program) };
      const isSame = this.#messageEnvironment === this.#environment;
      this.#environment = this.#environment.extend({ lazyVariables });
      this.#messageEnvironment = isSame ? this.#environment : this.#messageEnvironment.extend({ lazyVariables });
    }
  }

  compile(
    source: string,
    path: string,
    expected: AdmissionResult | CelType,
    environment: CelEnvironment = this.#environment,
  ): CelProgram | undefined {
    return this.#expressions.attempt(path, () =>
      this.#language.isMixed
        ? expectResult(compileExpression(source, environment), expected)
        : compileAdmissionExpression(source, expected, environment),
    );
  }

  #typeOf(program: CelProgram | undefined): CelType {
    if (program === undefined) return celTypes.dyn;
    return this.rules === "kubernetes" ? admissionVariableType(program.type) : program.type;
  }
}
