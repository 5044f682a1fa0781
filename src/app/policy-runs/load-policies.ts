import { type Issue, isAmapError, memberOf, textOf, type Value } from "../../base/index.ts";
import {
  compileClusterPolicy,
  compileExceptions,
  compilePolicies,
  decodePolicy,
  isPolicyDocument,
  type KyvernoPlan,
  type PolicyException,
  type PolicyResource,
} from "../../policy/index.ts";
import { readYamlFile } from "../documents.ts";
import { expandList } from "../resources.ts";
import type { World } from "../world.ts";
import { listYamlFiles } from "./read-files.ts";
import type { BrokenPolicy, PolicySet } from "./run-policies.ts";

/** Where policies are, and exceptions to them. */
export interface PolicyPaths {
  readonly policies: readonly string[];
  readonly exceptions: readonly string[];
  /** Whether exceptions among the policies hold. */
  readonly withinPolicies?: boolean;
}

/**
 * Reads and compiles policies. What is broken or not valid is named in the set, and the others stand.
 * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function loadPolicySet(world: World, paths: PolicyPaths): Promise<PolicySet> {
  const loading = new Loading();
  for (const path of await files(world, paths.policies)) await loading.read(world, path, paths.withinPolicies === true);
  for (const path of await files(world, paths.exceptions)) await loading.readExceptions(world, path);
  return loading.finish();
}

async function files(world: World, paths: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(paths.map((path) => listYamlFiles(world, path)))).flat();
}

/** A set in the making. */
class Loading {
  readonly #plans: KyvernoPlan[] = [];
  readonly #images: PolicyResource[] = [];
  readonly #exceptions: PolicyException[] = [];
  readonly #refused = new Map<string, string>();
  readonly #broken: BrokenPolicy[] = [];
  readonly #warnings: string[] = [];

  async read(world: World, path: string, withExceptions: boolean): Promise<void> {
    for (const resource of await this.#decode(world, path, () => true)) {
      if (resource.kind === "PolicyException") {
        if (withExceptions) this.#exceptions.push(resource.policy);
      } else if (resource.kind === "ClusterPolicy" || resource.kind === "Policy") {
        const compiled = compileClusterPolicy(resource);
        if (compiled.ok) this.#plans.push(compiled.value);
        else this.#refused.set(resource.name, describe(compiled.issues));
      } else if (resource.kind === "ImageValidatingPolicy") {
        this.#images.push(resource);
      } else {
        const message = `${resource.kind} is not supported by this command yet`;
        this.#broken.push({ name: resource.name, source: path, code: "NOT_SUPPORTED", message });
      }
    }
  }

  async readExceptions(world: World, path: string): Promise<void> {
    const isException = (value: Value): boolean =>
      textOf(value, "kind") === "PolicyException" && isPolicyDocument(value);
    for (const resource of await this.#decode(world, path, isException)) {
      if (resource.kind === "PolicyException") this.#exceptions.push(resource.policy);
    }
  }

  async #decode(world: World, path: string, isWanted: (value: Value) => boolean): Promise<readonly PolicyResource[]> {
    const found: PolicyResource[] = [];
    let document = 0;
    for (const value of await this.#documents(world, path)) {
      document++;
      if (!isWanted(value)) continue;
      const decoded = decodePolicy(value, { source: path, document });
      if (decoded.ok) {
        found.push(decoded.value);
        // A plan says those of its policy, too.
        const { kind, warnings } = decoded.value;
        if (kind === "ClusterPolicy" || kind === "Policy") continue;
        this.#warnings.push(...warnings.map((warning) => `${path}: ${warning.path}: ${warning.message}`));
      } else {
        const name = textOf(memberOf(value, "metadata"), "name");
        const code = decoded.issues[0]?.code ?? "POLICY_INVALID";
        this.#broken.push({ name, source: path, code, message: describe(decoded.issues) });
      }
    }
    return found;
  }

  /** The documents of a file; none when it cannot be read as YAML, which is noted. */
  async #documents(world: World, path: string): Promise<readonly Value[]> {
    let documents: readonly Value[];
    try {
      documents = await readYamlFile(world, path);
    } catch (error) {
      if (!isAmapError(error) || error.code === "FILE_NOT_FOUND" || error.code === "FILE_UNREADABLE") throw error;
      this.#broken.push({ name: "", source: path, code: error.code, message: error.message });
      return [];
    }
    return documents.filter((value) => value !== null).flatMap((value) => this.#expand(value, path));
  }

  /** The items of a list, or the document; none when it is no object, which is noted: those beside it stand. */
  #expand(value: Value, path: string): readonly Value[] {
    try {
      return expandList(value, path);
    } catch (error) {
      if (!isAmapError(error) || error.code === "BUG") throw error;
      this.#broken.push({ name: "", source: path, code: error.code, message: error.message });
      return [];
    }
  }

  finish(): PolicySet {
    for (const plan of this.#plans) {
      this.#warnings.push(...plan.warnings.map((warning) => `policy ${plan.policy}: ${warning}`));
    }
    const images = compilePolicies(this.#images);
    if (!images.ok) {
      for (const { code, path, message } of images.issues) {
        this.#broken.push({ name: "", source: this.#images[0]?.source ?? "", code, message: `${path}: ${message}` });
      }
    }
    return {
      plans: this.#plans,
      imagePlans: images.ok ? images.value : [],
      exceptions: compileExceptions(this.#exceptions),
      exceptionCount: this.#exceptions.length,
      refused: this.#refused,
      broken: this.#broken,
      warnings: this.#warnings,
    };
  }
}

function describe(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("\n");
}
