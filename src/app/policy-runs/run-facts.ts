import { isValueObject, LIMITS, listOf, memberOf, textOf } from "../../base/index.ts";
import {
  decodePolicy,
  type Fact,
  type FactKind,
  type FactRequest,
  type GlobalContextEntry,
  notServed,
} from "../../policy/index.ts";
import { type LoadFacts, rememberFacts } from "../facts/fact-memory.ts";
import { createAttestorFacts, readSecretsOf } from "./attestor-facts.ts";
import { answerFromGiven, type GivenWorld } from "./given-facts.ts";
import { type GlobalContext, readGlobalContext } from "./global-context.ts";
import { createImageFacts, type GivenImages } from "./image-mocks.ts";
import type { ManifestFacts } from "./manifest-facts.ts";
import type { RegistryFacts } from "./registry-facts.ts";

/** Where the facts of a run come from. */
interface FactPlaces {
  /** The cluster; without one, what was given stands for it. */
  readonly cluster: LoadFacts | undefined;
  /** Services that policies call; without them, what was given answers. */
  readonly services?: LoadFacts | undefined;
  /** What was given, read when it is first asked for. */
  readonly given: () => Promise<GivenWorld>;
  /** The registries, where they may be asked. */
  readonly registries: LoadFacts | undefined;
  /** What registries say of attestors of `verifyImages`, where they may be asked. */
  readonly attestors: RegistryFacts["attestors"] | undefined;
  /** What attestors of `validate.manifests` say of objects. */
  readonly manifests: ManifestFacts;
  /** What a context file says of images, by their names. */
  readonly givenImages: GivenImages;
  /** GlobalContextEntries of the files. */
  readonly globalContext: readonly GlobalContextEntry[];
  readonly now: number;
}

/** Questions whose answers are the same for all objects of a run. */
const READS: ReadonlySet<FactKind> = new Set([
  "imageData",
  "imageEvidence",
  "resource",
  "resourceList",
  "resourceType",
  "objectOfKind",
  "objectsOfKind",
  "kubernetesApi",
]);

/** The loader of a run over objects. What many objects ask the cluster or a registry is asked once. */
export function createRunFacts(places: FactPlaces): LoadFacts {
  const { cluster, registries } = places;
  const load = createRouter(places);
  if (cluster === undefined && registries === undefined) return load;
  return rememberFacts(load, { maxBytes: LIMITS.runFactBytes, isRemembered: ({ kind }) => READS.has(kind) });
}

function createRouter(places: FactPlaces): LoadFacts {
  const { cluster, registries, givenImages, globalContext, now } = places;
  const fromGiven: LoadFacts = async (requests) => {
    const given = await places.given();
    return new Map(requests.map((request) => [request.key, answerFromGiven(given, request)]));
  };
  const ofObjects = cluster ?? fromGiven;
  const ofServices = places.services ?? ofObjects;
  const world: LoadFacts = async (requests) => {
    const isCall = ({ kind }: FactRequest): boolean => kind === "http" || kind === "httpPost";
    const calls = requests.filter(isCall);
    if (calls.length === 0) return ofObjects(requests);
    const others = requests.filter((request) => !isCall(request));
    const [answers, more] = await Promise.all([ofServices(calls), others.length === 0 ? [] : ofObjects(others)]);
    return new Map([...answers, ...more]);
  };
  const entries = readGlobalContext(globalContext, world, now);
  const others = cluster === undefined ? undefined : new ClusterGlobalContext(world, now);
  const answerGlobal = async (request: FactRequest): Promise<Fact> => {
    if (entries.names.has(textOf(request.params, "name"))) return entries.answer(request);
    if (others !== undefined) return others.answer(request);
    return (await fromGiven([request])).get(request.key) ?? notServed(request);
  };
  const answerImages = createImageFacts(givenImages, registries);
  const answerAttestors = createAttestorFacts(places.attestors, world);
  const answerManifests = places.manifests(readSecretsOf(world));
  const isAsked = ({ kind }: FactRequest): boolean => kind === "imageAttestor";
  const isSigned = ({ kind }: FactRequest): boolean => kind === "manifestSignature";
  return async (requests) => {
    const answers = new Map<string, Fact>();
    const ofImages = requests.filter(isAboutImage);
    const ofAttestors = requests.filter(isAsked);
    const ofManifests = requests.filter(isSigned);
    const ofOthers = new Set([...ofImages, ...ofAttestors, ...ofManifests]);
    const ofWorld = requests.filter((request) => request.kind !== "globalContext" && !ofOthers.has(request));
    if (ofManifests.length > 0) for (const [key, fact] of await answerManifests(ofManifests)) answers.set(key, fact);
    if (ofAttestors.length > 0) for (const [key, fact] of await answerAttestors(ofAttestors)) answers.set(key, fact);
    if (ofWorld.length > 0) for (const [key, fact] of await world(ofWorld)) answers.set(key, fact);
    if (ofImages.length > 0) for (const [key, fact] of await answerImages(ofImages)) answers.set(key, fact);
    await Promise.all(
      requests.map(async (request) => {
        if (request.kind === "globalContext") answers.set(request.key, await answerGlobal(request));
      }),
    );
    return answers;
  };
}

function isAboutImage({ kind }: FactRequest): boolean {
  return kind === "imageData" || kind === "imageEvidence";
}

const NO_ENTRY: Fact = Object.freeze({ ok: true, value: null });

/** The GlobalContextEntries of a cluster, each read when it is first asked for. */
class ClusterGlobalContext {
  readonly #load: LoadFacts;
  readonly #now: number;
  readonly #entries = new Map<string, Promise<GlobalContext | Fact>>();

  constructor(load: LoadFacts, now: number) {
    this.#load = load;
    this.#now = now;
  }

  async answer(request: FactRequest): Promise<Fact> {
    const name = textOf(request.params, "name");
    const reading = this.#entries.get(name) ?? this.#read(name);
    this.#entries.set(name, reading);
    const found = await reading;
    return "names" in found ? found.answer(request) : found;
  }

  async #read(name: string): Promise<GlobalContext | Fact> {
    const params = {
      apiVersion: "kyverno.io/*",
      kind: "GlobalContextEntry",
      subresource: "",
      namespace: "",
      name,
      selector: {},
    };
    const fact = (await this.#load([{ key: name, kind: "objectsOfKind", params }])).get(name);
    if (fact === undefined || !fact.ok) return fact ?? NO_ENTRY;
    const [item] = listOf({ items: fact.value }, "items");
    const object = memberOf(item, "object");
    if (!isValueObject(object)) return NO_ENTRY;
    const decoded = decodePolicy(object, { source: "the cluster", document: 1 });
    if (decoded.ok && decoded.value.kind === "GlobalContextEntry") {
      return readGlobalContext([decoded.value.policy], this.#load, this.#now);
    }
    const issue = decoded.ok ? undefined : decoded.issues[0];
    const why = issue === undefined ? "it is not understood" : `${issue.path}: ${issue.message}`;
    return Object.freeze({ ok: false, code: "POLICY_INVALID", message: `GlobalContextEntry ${name}: ${why}` });
  }
}
