import { AmapError, memberOf, textOf, type ValueObject } from "../../base/index.ts";
import { decodeUserInfoFile, decodeValuesFile, type UserInfoFile } from "../../policy/index.ts";
import type { World } from "../world.ts";
import { answerFromGiven, type GivenWorld, servedBy } from "./given-facts.ts";
import { GivenValues } from "./given-values.ts";
import { loadPolicySet } from "./load-policies.ts";
import { ObjectsInTurn } from "./objects-in-turn.ts";
import type { PolicyRun } from "./policy-run.ts";
import { listResourceFiles, readCliFile, readGivenResources } from "./read-files.ts";
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
  /** How many objects there are, or so far: of large files only the begin is read before objects are judged. */
  readonly count: { readonly objects: number; readonly isWhole: boolean };
  /**
   * Judges one object after the other, once; of objects that were judged nothing is held. Large files are read meanwhile:
   * what is wrong with them is thrown when it is come to.
   */
  apply(): AsyncGenerator<AppliedObject>;
  /** All objects at once, for what cannot judge them one after the other. */
  readObjects(): Promise<readonly ValueObject[]>;
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
  // Of the files only whose objects are read: a folder's own, not those of folders in it.
  const within = request.exceptionsWithinResources
    ? (await Promise.all(request.resources.map((path) => listResourceFiles(world, path)))).flat()
    : [];
  const set = await loadPolicySet(world, {
    policies: request.policies,
    exceptions: [...within, ...request.exceptions],
    withinPolicies: request.exceptionsWithinPolicies,
  });
  if (set.plans.length + set.imagePlans.length + set.refused.size + set.broken.length === 0) {
    throw new AmapError("POLICY_INVALID", `${request.policies.join(", ")}: expected a policy, found none`);
  }
  const objects = await ObjectsInTurn.open(world, request.resources);
  // Only facts need all objects at once, and few policies need facts.
  let all: Promise<readonly ValueObject[]> | undefined;
  const readObjects = (): Promise<readonly ValueObject[]> => {
    all ??= objects.readAll();
    return all;
  };
  const targets = await readGivenResources(world, request.targetResources);
  const options = await optionsOf(world, request, async () => [...(await readObjects()), ...targets]);
  return {
    set,
    count: objects.count,
    async *apply() {
      for await (const object of objects.take()) yield { object, runs: await runPolicies(set, object, options) };
    },
    readObjects,
  };
}

async function optionsOf(
  world: World,
  request: ApplyRequest,
  readObjects: () => Promise<readonly ValueObject[]>,
): Promise<RunOptions> {
  const values = request.valuesFile === undefined ? {} : await readCliFile(world, request.valuesFile, decodeValuesFile);
  const userInfo: UserInfoFile | undefined =
    request.userInfo === undefined ? undefined : await readCliFile(world, request.userInfo, decodeUserInfoFile);
  const nothing: GivenWorld = { objects: [], isWhole: true, answers: [], globalContext: new Map() };
  let given: GivenWorld | undefined;
  return {
    values: new GivenValues(values, request.set),
    ...(userInfo === undefined ? {} : { userInfo }),
    served: servedBy(nothing),
    load: async (requests) => {
      const world = given ?? { ...nothing, objects: await readObjects() };
      given = world;
      return new Map(requests.map((each) => [each.key, answerFromGiven(world, each)]));
    },
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
