import { AmapError, type ValueObject } from "../../base/index.ts";
import {
  decodePolicy,
  decodeUserInfoFile,
  decodeValuesFile,
  type EntrySource,
  type GlobalContextEntry,
  type KyvernoPlan,
  type UserInfoFile,
} from "../../policy/index.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";
import type { World } from "../world.ts";
import type { ApplyRequest } from "./apply-request.ts";
import type { ClusterView } from "./cluster-view.ts";
import { explanationWanted } from "./explain-run.ts";
import { type GivenContext, readContext } from "./given-context.ts";
import { type GivenWorld, servedBy } from "./given-facts.ts";
import { GivenValues } from "./given-values.ts";
import type { KnownKinds } from "./known-kinds.ts";
import { createManifestFacts } from "./manifest-facts.ts";
import type { PolicySet } from "./policy-set.ts";
import { readCliFile, readGivenResources } from "./read-files.ts";
import { createRegistryFacts } from "./registry-facts.ts";
import { createRunFacts } from "./run-facts.ts";
import type { RunOptions } from "./surroundings.ts";

/** What stands ready for a run. */
interface RunParts {
  readonly set: PolicySet;
  readonly kinds: KnownKinds | undefined;
  readonly view: ClusterView | undefined;
  /** Schemas of custom kinds, where some are known. */
  readonly schemaOf: RunOptions["schemaOf"];
  /** All objects that are judged. */
  readonly readObjects: () => Promise<readonly ValueObject[]>;
  /** GlobalContextEntries among them. */
  readonly readEntries: () => Promise<readonly ValueObject[]>;
}

/**
 * How the objects of a run are judged: with the values and the user that files give, and with facts of the cluster or of
 * what stands for it, of registries and of GlobalContextEntries.
 * @throws {AmapError} USAGE; FILE_NOT_FOUND and those of readers, with the file's name
 */
export async function optionsOf(
  world: World,
  request: ApplyRequest,
  { set, kinds, view, schemaOf, readObjects, readEntries }: RunParts,
): Promise<RunOptions> {
  const values = request.valuesFile === undefined ? {} : await readCliFile(world, request.valuesFile, decodeValuesFile);
  const userInfo: UserInfoFile | undefined =
    request.userInfo === undefined ? undefined : await readCliFile(world, request.userInfo, decodeUserInfoFile);
  const context = await contextOf(world, request);
  const targets = await readGivenResources(world, request.targetResources, kinds);
  const params = await readGivenResources(world, request.parameterResources ?? [], kinds);
  const nothing: GivenWorld = {
    objects: [],
    isWhole: true,
    answers: [],
    globalContext: new Map(),
    ...(kinds === undefined ? {} : { kinds }),
  };
  // Policies about images ask for signatures whether or not the others may ask what images are.
  const registryFacts = createRegistryFacts(world, { sources: request.imageSources ?? [], verifyLayers: false });
  const entries = [...set.globalContext, ...(await entriesAmong(set, readEntries))];
  let given: Promise<GivenWorld> | undefined;
  const now = world.clock.now();
  const loadWith = (registries: LoadFacts | undefined): LoadFacts =>
    createRunFacts({
      cluster: view && ((requests) => view.facts.load(requests)),
      services: view?.services.load,
      given: () => {
        given ??= readObjects().then((all) => ({
          ...nothing,
          objects: [...all, ...targets, ...params, ...context.objects],
        }));
        return given;
      },
      registries,
      attestors: registryFacts.attestors,
      manifests: createManifestFacts(world),
      givenImages: context.images,
      globalContext: entries,
      now,
    });
  const load = loadWith(request.asksRegistries === true ? registryFacts.load : undefined);
  return {
    values: new GivenValues(values, request.set),
    ...(userInfo === undefined ? {} : { userInfo }),
    served: servedSources(nothing, request, { entries, context }),
    load,
    ...(schemaOf === undefined ? {} : { schemaOf }),
    changesExisting: targets.length > 0,
    imageLoad: request.asksRegistries === true ? load : loadWith(registryFacts.load),
    now,
    seed: "apply",
    elapsed: () => world.clock.now(),
    explain: explanationWanted(request.explain === true),
  };
}

/** The objects of a context file stand for those of a cluster. */
async function contextOf(world: World, { contextFile, cluster }: ApplyRequest): Promise<GivenContext> {
  const context = await readContext(world, contextFile);
  if (context.objects.length === 0 || cluster === undefined) return context;
  const message = `${contextFile}: its resources stand for objects of a cluster; with --cluster they are read there`;
  throw new AmapError("USAGE", message);
}

function servedSources(
  nothing: GivenWorld,
  { cluster, asksRegistries }: ApplyRequest,
  { entries, context }: { readonly entries: readonly GlobalContextEntry[]; readonly context: GivenContext },
): ReadonlySet<EntrySource> {
  const served = new Set(servedBy(nothing));
  // Without a cluster Kyverno's `apply` reads no ConfigMaps: what they would give comes from the values.
  if (cluster === undefined && context.objects.length === 0) served.delete("configMap");
  if (cluster !== undefined || entries.length > 0) served.add("globalReference");
  if (asksRegistries === true || context.images.size > 0) served.add("imageRegistry");
  return served;
}

/** GlobalContextEntries among the objects, as Kyverno reads them; looked for only when some policy names one. */
async function entriesAmong(
  { plans }: PolicySet,
  readEntries: RunParts["readEntries"],
): Promise<readonly GlobalContextEntry[]> {
  if (!plans.some(namesGlobalContext)) return [];
  return (await readEntries()).map((object) => {
    const decoded = decodePolicy(object, { source: "the resources", document: 1 });
    if (decoded.ok && decoded.value.kind === "GlobalContextEntry") return decoded.value.policy;
    const issue = decoded.ok ? undefined : decoded.issues[0];
    const message = `GlobalContextEntry among the resources: ${issue?.path}: ${issue?.message}`;
    throw new AmapError("POLICY_INVALID", message);
  });
}

function namesGlobalContext({ rules }: KyvernoPlan): boolean {
  return rules.some(({ source }) => namesMember(source, "globalReference"));
}

function namesMember(value: unknown, name: string): boolean {
  if (Array.isArray(value)) return value.some((item) => namesMember(item, name));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, member]) => key === name || namesMember(member, name));
}
