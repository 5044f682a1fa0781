import { type GenerationEntry, type GenerationPart, runGenerations } from "../evaluate/cel/generations.ts";
import type { GeneratingPolicy, PolicyGeneration } from "../resource/policies/generating-policy.ts";
import type { CelCompiler, CelRun } from "./cel-plan.ts";
import { compileTemplate } from "./generation-template.ts";

/** The part of a GeneratingPolicy that makes objects; issues are noted with their path in `spec`. */
export function compileGenerations(spec: GeneratingPolicy["spec"], compiler: CelCompiler): GenerationPart {
  const { evaluation = {} } = spec;
  const entries = spec.generate.flatMap((generation, index) =>
    compileEntry(generation, `spec.generate[${index}]`, compiler),
  );
  const part: Omit<GenerationPart, "run"> = {
    entries: Object.freeze(entries),
    synchronize: evaluation.synchronize?.enabled ?? false,
    orphanDownstreamOnPolicyDelete: evaluation.orphanDownstreamOnPolicyDelete?.enabled ?? false,
    generateExisting: evaluation.generateExisting?.enabled ?? false,
    skipBackgroundRequests: evaluation.skipBackgroundRequests ?? true,
    useServerSideApply: spec.useServerSideApply ?? false,
  };
  return Object.freeze({ ...part, run: (run: CelRun) => [runGenerations(part, run)] });
}

/** As in Kyverno an empty expression counts as none, and one beside a template is a mistake. */
function compileEntry(
  { expression = "", template }: PolicyGeneration,
  path: string,
  compiler: CelCompiler,
): readonly GenerationEntry[] {
  if ((expression === "") === (template === undefined)) {
    const found = template === undefined ? "neither" : "both";
    const message = `expected either an expression or a template, found ${found}`;
    compiler.issues.push({ code: "POLICY_INVALID", path, message });
    return [];
  }
  if (template !== undefined) {
    return [{ kind: "template", path, template: compileTemplate(template, `${path}.template`, compiler) }];
  }
  const program = compiler.compile(expression, `${path}.expression`, "bool");
  return program === undefined ? [] : [{ kind: "expression", path: `${path}.expression`, program }];
}
