import { AmapError, type Issue } from "../../base/index.ts";
import {
  compileClusterPolicy,
  compileExceptions,
  decodePolicies,
  type KyvernoPlan,
  type PolicyException,
} from "../../policy/index.ts";
import type { World } from "../world.ts";
import { listYamlFiles, readDecoded } from "./read-files.ts";
import type { PolicySet } from "./run-policies.ts";

/** Where policies are, and exceptions to them. */
export interface PolicyPaths {
  readonly policies: readonly string[];
  readonly exceptions: readonly string[];
  /** Whether exceptions among the policies hold. */
  readonly withinPolicies?: boolean;
}

/**
 * Reads and compiles policies. One that is well-formed and not valid is refused, and the others stand.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, POLICY_INVALID for what is no policy, NOT_SUPPORTED
 */
export async function loadPolicySet(world: World, paths: PolicyPaths): Promise<PolicySet> {
  const plans: KyvernoPlan[] = [];
  const exceptions: PolicyException[] = [];
  const refused = new Map<string, string>();
  const warnings: string[] = [];
  for (const path of await files(world, paths.policies)) {
    for (const resource of await readDecoded(world, path, decodePolicies)) {
      if (resource.kind === "PolicyException") {
        if (paths.withinPolicies === true) exceptions.push(resource.policy);
      } else if (resource.kind === "ClusterPolicy" || resource.kind === "Policy") {
        const compiled = compileClusterPolicy(resource);
        if (compiled.ok) plans.push(compiled.value);
        else refused.set(resource.name, describe(compiled.issues));
      } else {
        throw new AmapError("NOT_SUPPORTED", `${path}: ${resource.kind} is not supported by this command yet`);
      }
    }
  }
  for (const path of await files(world, paths.exceptions)) {
    for (const resource of await readDecoded(world, path, decodePolicies)) {
      if (resource.kind === "PolicyException") exceptions.push(resource.policy);
    }
  }
  for (const plan of plans) warnings.push(...plan.warnings.map((warning) => `policy ${plan.policy}: ${warning}`));
  const index = compileExceptions(exceptions);
  return { plans, exceptions: index, exceptionCount: exceptions.length, refused, warnings };
}

async function files(world: World, paths: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(paths.map((path) => listYamlFiles(world, path)))).flat();
}

function describe(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("\n");
}
