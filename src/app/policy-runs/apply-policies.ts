import { AmapError, isAmapError, memberOf, textOf, type ValueObject } from "../../base/index.ts";
import { mapAhead } from "../bounded.ts";
import type { World } from "../world.ts";
import type { ApplyRequest } from "./apply-request.ts";
import { ClusterObjects } from "./cluster-source.ts";
import { ClusterView } from "./cluster-view.ts";
import { readCustomKinds } from "./custom-kinds.ts";
import { readClusterSchemas } from "./custom-schemas.ts";
import { GitFolders, isGitAddress, withoutUser } from "./git-folders.ts";
import { expandPaths } from "./given-paths.ts";
import { type Payload, type PayloadMode, readPayload } from "./given-payloads.ts";
import type { KnownKinds } from "./known-kinds.ts";
import { loadPolicySet, type PolicyPaths } from "./load-policies.ts";
import { type ObjectSource, ObjectsInTurn } from "./objects-in-turn.ts";
import type { PolicyRun, RunTrouble } from "./policy-run.ts";
import type { PolicySet } from "./policy-set.ts";
import { listResourceFiles } from "./read-files.ts";
import { optionsOf } from "./run-options.ts";
import { runPolicies, runPoliciesOnPayload } from "./run-policies.ts";
import type { RunOptions } from "./surroundings.ts";

/** An object with what was said of it. */
export interface AppliedObject {
  readonly object: ValueObject;
  readonly runs: readonly PolicyRun[];
}

/** A prepared application of policies. Close it when the work is done. */
export interface Application {
  readonly set: PolicySet;
  /** How many objects there are, or so far: where there are many only the first are read before objects are judged. */
  readonly count: { readonly objects: number; readonly isWhole: boolean };
  /** Beside those of the policies. */
  readonly warnings: readonly string[];
  /** What was not judged because it could not be looked at, so far. */
  readonly troubles: readonly RunTrouble[];
  /**
   * Judges one object after the other, once; of objects that were judged nothing is held. Large files and clusters are
   * read meanwhile: what is wrong with a file is thrown when it is come to.
   */
  apply(): AsyncGenerator<AppliedObject>;
  /** All objects at once, for what cannot judge them one after the other. @throws {AmapError} NOT_SUPPORTED of a cluster */
  readObjects(): Promise<readonly ValueObject[]>;
  close(): Promise<void>;
}

/**
 * Reads policies, objects and what stands for a cluster, as Kyverno's `apply` does, or opens the cluster itself. Policies
 * that are not valid are named in the set; the others are applied.
 * @throws {AmapError} USAGE; FILE_NOT_FOUND and those of readers, with the file's name; CLUSTER_… when it does not answer
 */
export async function prepareApplication(world: World, given: ApplyRequest): Promise<Application> {
  checkRequest(given);
  const request = { ...given, policies: await expandPolicies(world, given.policies) };
  const { files, names } = await sortResources(world, request);
  // Of the files only whose objects are read: a folder's own, not those of folders in it.
  const within = request.exceptionsWithinResources
    ? (await Promise.all(files.map((path) => listResourceFiles(world, path)))).flat()
    : [];
  const set = await loadPolicies(world, request, {
    exceptions: [...within, ...request.exceptions],
    withinPolicies: request.exceptionsWithinPolicies,
    explains: request.explain === true,
  });
  const found = [set.plans, set.celPlans, set.cleanups, set.imagePlans, set.broken].map(({ length }) => length);
  if (found.every((count) => count === 0) && set.refused.size === 0) {
    throw new AmapError(
      "POLICY_INVALID",
      `${request.policies.map(withoutUser).join(", ")}: expected a policy, found none`,
    );
  }
  const { crdPaths = [] } = request;
  const kinds = crdPaths.length === 0 ? undefined : await readCustomKinds(world, crdPaths);
  const view = request.cluster === undefined ? undefined : await ClusterView.open(world, request.cluster.place);
  try {
    return await openApplication(world, request, { set, kinds, view, files, names });
  } catch (error) {
    await view?.close();
    throw error;
  }
}

/** What was read and opened for an application. */
interface Prepared {
  readonly set: PolicySet;
  readonly kinds: KnownKinds | undefined;
  readonly view: ClusterView | undefined;
  /** Paths of objects, and names of those in the cluster. */
  readonly files: readonly string[];
  readonly names: readonly string[];
}

async function openApplication(world: World, request: ApplyRequest, prepared: Prepared): Promise<Application> {
  const { set, view } = prepared;
  const troubles: RunTrouble[] = [];
  const source = await openSource(world, request, prepared);
  const ofCluster = source instanceof ClusterObjects ? source : undefined;
  const readObjects = objectsOf(source);
  const readEntries = async (): Promise<readonly ValueObject[]> =>
    source instanceof ObjectsInTurn ? source.readEntries() : [];
  const { schemaOf, warnings } = await schemasOf(prepared);
  const options = await optionsOf(world, request, { ...prepared, schemaOf, readObjects, readEntries });
  const judge = async (object: ValueObject): Promise<AppliedObject> => {
    const around = await view?.around(object, options.values);
    if (around !== undefined && "message" in around) {
      troubles.push({ code: around.code, message: `${pathOfResource(object)} is not judged: ${around.message}` });
      return { object, runs: [] };
    }
    const own: RunOptions = around === undefined ? options : { ...options, surroundings: around };
    return { object, runs: await runPolicies(set, object, own) };
  };
  const payloads = await readPayloads(world, request);
  const judgePayload = async (payload: Payload): Promise<AppliedObject> => ({
    object: payload.value,
    runs: await runPoliciesOnPayload(set, payload, options),
  });
  const width = request.width ?? 1;
  const { objects, isWhole } = source.count;
  return {
    set,
    count: { objects: objects + payloads.length, isWhole },
    warnings: [...warnings, ...(ofCluster?.warnings ?? []), ...payloads.flatMap((payload) => unjudged(set, payload))],
    get troubles() {
      return [...troubles, ...(ofCluster?.troubles ?? [])];
    },
    async *apply() {
      if (width > 1) yield* mapAhead(source.take(), width, judge);
      else for await (const object of source.take()) yield judge(object);
      for (const payload of payloads) yield judgePayload(payload);
    },
    readObjects,
    close: async () => view?.close(),
  };
}

/** Schemas of custom kinds: of the files that were named, else of the cluster, and there only where objects are merged. */
async function schemasOf({ set, kinds, view }: Prepared): Promise<{
  readonly schemaOf: RunOptions["schemaOf"];
  readonly warnings: readonly string[];
}> {
  const merges = set.celPlans.some(({ type }) => type === "Mutation");
  if (kinds !== undefined || view === undefined || !merges) return { schemaOf: kinds?.schemaOf, warnings: [] };
  try {
    return { schemaOf: (await readClusterSchemas(view.cluster, view.kinds)).find, warnings: [] };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    const warning = `CustomResourceDefinitions cannot be read: objects of custom kinds are merged as if nothing were known of their lists (${error.message})`;
    return { schemaOf: undefined, warnings: [warning] };
  }
}

async function openSource(
  world: World,
  { cluster }: ApplyRequest,
  { set, kinds, view, files, names }: Prepared,
): Promise<ObjectSource> {
  if (view === undefined && files.length === 0) return NO_OBJECTS;
  if (view === undefined || cluster === undefined || files.length > 0) return ObjectsInTurn.open(world, files, kinds);
  if (set.imagePlans.length > 0) {
    const message = "ImageValidatingPolicies are not applied to the objects of a cluster yet";
    throw new AmapError("NOT_SUPPORTED", message, { hint: "Name files with --resource, or use amap controller." });
  }
  const { namespace, clusterWide, stopsAtErrors } = cluster;
  return ClusterObjects.open(view.cluster, view.kinds, set, { namespace, clusterWide, names, stopsAtErrors });
}

/** Payloads alone are judged. */
const NO_OBJECTS: ObjectSource = {
  count: { objects: 0, isWhole: true },
  async *take() {},
};

const PAYLOAD_MODES: readonly PayloadMode[] = ["JSON", "HTTP", "Envoy"];

async function readPayloads(world: World, { payloads = {} }: ApplyRequest): Promise<readonly Payload[]> {
  const read: Payload[] = [];
  for (const mode of PAYLOAD_MODES) {
    for (const path of await expandPaths(world, payloads[mode] ?? [])) read.push(await readPayload(world, path, mode));
  }
  return read;
}

/** A payload that no policy is about must not look as if it had passed. */
function unjudged({ celPlans, imagePlans }: PolicySet, { name, mode }: Payload): readonly string[] {
  const isJudged = celPlans.some((plan) => plan.mode === mode || (mode === "JSON" && plan.type === "Deletion"));
  if (isJudged || (mode === "JSON" && imagePlans.length > 0)) return [];
  return [`${name}: no policy judges it: none has spec.evaluation.mode: ${mode}`];
}

/** Only facts and images need all objects at once, and few policies need these. */
function objectsOf(source: ObjectSource): () => Promise<readonly ValueObject[]> {
  let all: Promise<readonly ValueObject[]> | undefined;
  return () => {
    if (source instanceof ObjectsInTurn) all ??= source.readAll();
    else if (source === NO_OBJECTS) all ??= Promise.resolve([]);
    return all ?? Promise.reject(new AmapError("NOT_SUPPORTED", "the objects of a cluster are not read all at once"));
  };
}

function checkRequest({
  valuesFile,
  set,
  policies,
  resources,
  cluster,
  targetResources,
  parameterResources = [],
  payloads = {},
  crdPaths = [],
}: ApplyRequest): void {
  if (valuesFile !== undefined && set.length > 0) {
    throw new AmapError("USAGE", "values come by --set or by --values-file, not by both");
  }
  if (policies.includes("-") && resources.includes("-")) {
    throw new AmapError("USAGE", "standard input holds either the policies or the objects, not both");
  }
  const isJudged = PAYLOAD_MODES.some((mode) => (payloads[mode] ?? []).length > 0);
  if (cluster === undefined && resources.length === 0 && !isJudged) {
    const message =
      "--resource, --json, --http-payload, --envoy-payload or --cluster is needed: what policies are applied to";
    throw new AmapError("USAGE", message);
  }
  if (resources.length > 0 && (payloads.JSON ?? []).length > 0) {
    throw new AmapError("USAGE", "--resource and --json stand alone: run the command twice");
  }
  const standIns: readonly (readonly [flag: string, paths: readonly string[]])[] = [
    ["--target-resource", targetResources],
    ["--parameter-resource", parameterResources],
  ];
  for (const [flag, paths] of standIns) {
    if (cluster === undefined || paths.length === 0) continue;
    throw new AmapError("USAGE", `${flag} stands for objects of a cluster; with --cluster they are read there`);
  }
  if (cluster?.place.kubeconfig !== undefined && crdPaths.length > 0) {
    throw new AmapError("USAGE", "--crd-paths stands for what a cluster serves; leave out it or --kubeconfig");
  }
}

/** Addresses of git repositories stay as they are. */
async function expandPolicies(world: World, paths: readonly string[]): Promise<readonly string[]> {
  const expanded: string[] = [];
  for (const path of paths) expanded.push(...(isGitAddress(path) ? [path] : await expandPaths(world, [path])));
  return expanded;
}

/** Files and, with a cluster, names of its objects. What can only be a path is one. */
async function sortResources(
  world: World,
  { resources, cluster }: ApplyRequest,
): Promise<{ readonly files: readonly string[]; readonly names: readonly string[] }> {
  if (cluster === undefined) return { files: await expandPaths(world, resources), names: [] };
  const names: string[] = [];
  const files: string[] = [];
  for (const path of resources) {
    const isPath = path === "-" || /[*?/]|\.(?:ya?ml|json)$/.test(path);
    if (isPath) files.push(...(await expandPaths(world, [path])));
    else if ((await world.files.kindOf(path, { followLinks: true })) !== undefined) files.push(path);
    else names.push(path);
  }
  if (files.length > 0 && names.length > 0) {
    const message = `--resource: expected files or names of objects, found both: ${files[0]}, ${names[0]}`;
    throw new AmapError("USAGE", message, { hint: "Check the spelling of the path, or run the command twice." });
  }
  return { files, names };
}

/** Reads policies; the checkouts of git repositories that hold some are gone afterwards. */
async function loadPolicies(
  world: World,
  { policies, git }: ApplyRequest,
  others: Omit<PolicyPaths, "policies">,
): Promise<PolicySet> {
  const repositories = new GitFolders(world, git);
  try {
    const opened = policies.map(async (path) => (isGitAddress(path) ? repositories.open(path, "address") : path));
    return await loadPolicySet(world, { policies: await Promise.all(opened), ...others });
  } finally {
    await repositories.close();
  }
}

/** `namespace/Kind/name`, as Kyverno's command line names an object; what has none of them is a payload. */
export function pathOfResource(object: ValueObject): string {
  const metadata = memberOf(object, "metadata");
  const parts = [textOf(metadata, "namespace"), textOf(object, "kind"), textOf(metadata, "name")];
  return parts.every((part) => part === "") ? "JSON payload" : parts.join("/");
}
