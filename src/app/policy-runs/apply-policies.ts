import { AmapError, memberOf, textOf, type ValueObject } from "../../base/index.ts";
import { decodeUserInfoFile, decodeValuesFile, type UserInfoFile } from "../../policy/index.ts";
import type { World } from "../world.ts";
import { answerFromGiven, type GivenWorld, servedBy } from "./given-facts.ts";
import { GivenValues } from "./given-values.ts";
import { loadPolicySet } from "./load-policies.ts";
import type { PolicyRun } from "./policy-run.ts";
import { readCliFile, readGivenResources } from "./read-files.ts";
import { type PolicySet, type RunOptions, runPolicies } from "./run-policies.ts";

/** What is applied to what. Paths of files and folders. */
export interface ApplyRequest {
  readonly policies: readonly string[];
  readonly resources: readonly string[];
  readonly targetResources: readonly string[];
  readonly exceptions: readonly string[];
  /** Whether exceptions among the policies, or among the resources, hold. */
  readonly exceptionsWithinPolicies: boolean;
  readonly exceptionsWithinResources: boolean;
  readonly valuesFile?: string;
  /** `name=value`. */
  readonly set: readonly string[];
  readonly userInfo?: string;
}

/** An object with what was said of it. */
export interface AppliedObject {
  readonly object: ValueObject;
  readonly runs: readonly PolicyRun[];
}

/** A prepared application of policies. */
export interface Application {
  readonly set: PolicySet;
  readonly objects: readonly ValueObject[];
  /** Judges one object after the other. */
  apply(): AsyncGenerator<AppliedObject>;
}

/**
 * Reads policies, objects and what stands for a cluster, as Kyverno's `apply` does without one. Policies that are not
 * valid are named in the set; the others are applied.
 * @throws {AmapError} USAGE; FILE_NOT_FOUND and those of readers, with the file's name
 */
export async function prepareApplication(world: World, request: ApplyRequest): Promise<Application> {
  if (request.valuesFile !== undefined && request.set.length > 0) {
    throw new AmapError("USAGE", "values come by --set or by --values-file, not by both");
  }
  const set = await loadPolicySet(world, {
    policies: request.policies,
    exceptions: request.exceptionsWithinResources ? request.resources : request.exceptions,
    withinPolicies: request.exceptionsWithinPolicies,
  });
  const objects = (await readGivenResources(world, request.resources)).filter((object) => !isException(object));
  // An empty file must not pass as checked.
  if (objects.length === 0) {
    throw new AmapError("VALUE_INVALID", `${request.resources.join(", ")}: expected a Kubernetes object, found none`);
  }
  const targets = await readGivenResources(world, request.targetResources);
  const options = await optionsOf(world, request, [...objects, ...targets]);
  return {
    set,
    objects,
    async *apply() {
      for (const object of objects) yield { object, runs: await runPolicies(set, object, options) };
    },
  };
}

function isException(object: ValueObject): boolean {
  return textOf(object, "kind") === "PolicyException" && textOf(object, "apiVersion").includes("kyverno.io/");
}

async function optionsOf(world: World, request: ApplyRequest, objects: readonly ValueObject[]): Promise<RunOptions> {
  const values = request.valuesFile === undefined ? {} : await readCliFile(world, request.valuesFile, decodeValuesFile);
  const userInfo: UserInfoFile | undefined =
    request.userInfo === undefined ? undefined : await readCliFile(world, request.userInfo, decodeUserInfoFile);
  const given: GivenWorld = { objects, isWhole: true, answers: [], globalContext: new Map() };
  return {
    values: new GivenValues(values, request.set),
    ...(userInfo === undefined ? {} : { userInfo }),
    served: servedBy(given),
    load: async (requests) => new Map(requests.map((each) => [each.key, answerFromGiven(given, each)])),
    now: world.clock.now(),
    seed: "apply",
    elapsed: () => world.clock.now(),
  };
}

/** `namespace/Kind/name`, as Kyverno's command line names an object. */
export function pathOfResource(object: ValueObject): string {
  const metadata = memberOf(object, "metadata");
  return `${textOf(metadata, "namespace")}/${textOf(object, "kind")}/${textOf(metadata, "name")}`;
}
