import { cruise, type ICruiseOptions, type ICruiseResult } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { ARCHITECTURE_RULES } from "./rules.ts";

/** What the architecture check saw. */
export interface ArchitectureResult {
  /** Modules below src/ that were read. */
  readonly modules: number;
  readonly violations: readonly { readonly rule: string; readonly from: string; readonly to: string }[];
}

/** Reads `src` and `web/src` below a folder and holds its imports against the rules. */
export async function checkArchitecture(baseDirectory: string, tsconfig: string): Promise<ArchitectureResult> {
  const options: ICruiseOptions = {
    baseDir: baseDirectory,
    validate: true,
    ruleSet: { forbidden: structuredClone(ARCHITECTURE_RULES) as never },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".js"], conditionNames: ["import", "types"] },
  };
  const { output } = await cruise(["src", "web/src"], options, undefined, { tsConfig: extractTSConfig(tsconfig) });
  const result = output as ICruiseResult;
  return {
    modules: result.modules.filter((module) => module.source.startsWith("src/")).length,
    violations: result.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}
