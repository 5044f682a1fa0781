import { digestOf, encodeUtf8, isAmapError, memberOf } from "../../base/index.ts";
import type { Fact, FactRequest, Facts, Plan, PolicyInput } from "../../policy/index.ts";
import type { Store } from "../../ports/index.ts";
import { withLogins } from "../attestors/policy-logins.ts";
import { type DecidedResource, decideResource } from "../decide-resource.ts";
import { createEvidenceLoader, type EvidenceLoader } from "../evidence/evidence-facts.ts";
import { locateImage } from "../image-target.ts";
import { createTrustRootSource, tellingWarnings } from "../verification/trust-root-source.ts";
import type { World } from "../world.ts";
import { quietly } from "./deadline.ts";
import type { EnforcementOptions } from "./enforcement.ts";
import { createEvidenceCache } from "./evidence-cache.ts";
import { createEvidenceMemory } from "./evidence-memory.ts";
import { freshWorld } from "./fresh-world.ts";
import { decideEach } from "./isolation.ts";
import { createPullAccess, type PullAccess, withPullNote, withPullNoteOnError } from "./pull-secrets.ts";

/** Part of the names of shared evidence: raised when its shape changes, so that another amap's is not taken for ours. */
const EVIDENCE_FORMAT = 2;

/** Time kept for evaluating and recording after the last fact came, or came too late; at most a tenth of all. */
const MAX_RESERVE_MS = 250;

/** How one decision is asked for. */
export interface Asked {
  readonly timeoutMs: number;
  /** Evidence that was loaded before this time (ms since 1970) is loaded anew. */
  readonly since: number;
  readonly seed: string;
}

/** Decides about inputs, with evidence that is shared between decisions. */
export interface Deciding {
  decide(plans: readonly Plan[], input: PolicyInput, asked: Asked): Promise<DecidedResource>;
  /** What names in an object stand for now: nothing is remembered, and the object's own pull secrets are used. */
  resolver(input: PolicyInput, timeoutMs: number): EvidenceLoader["resolve"];
}

/** Joins loader, cache, memory and isolation. */
export function createDeciding(world: World, store: Store, options: EnforcementOptions): Deciding {
  const { clock } = world;
  const { sources = [], verifyLayers = false } = options;
  const onBug = quietly(options.onBug);
  const placeOf = (image: string): string | undefined => {
    try {
      const target = locateImage(image, sources);
      if (target.kind === "layout") return `oci:${target.directory}`;
      return `${target.image.registry}/${target.image.repository}`;
    } catch (error) {
      if (isAmapError(error)) return undefined;
      throw error;
    }
  };
  const cache = createEvidenceCache(clock, store.evidence, {
    storeKeyOf: ({ key, params }) => {
      const place = placeOf(imageOf(params)) ?? "";
      return digestOf(encodeUtf8(JSON.stringify([EVIDENCE_FORMAT, place, verifyLayers, key])));
    },
    onStoreFailure: options.onStoreFailure,
    onBug,
  });
  const memory = createEvidenceMemory(clock, store.evidence, { placeOf, onStoreFailure: options.onStoreFailure });
  const trustRoots = tellingWarnings(createTrustRootSource(world), options.onWarning);
  const readAccess = createPullAccess(clock, options.pullSecrets);
  const loaderWith = ({ logins }: PullAccess): EvidenceLoader =>
    createEvidenceLoader(freshWorld(withLogins(world, logins)), { sources, verifyLayers, trustRoots });
  /** Secrets are read when a registry is asked for the first time: most objects name no image that any policy is about. */
  const openOnce = (input: PolicyInput, timeoutMs: () => number): (() => Promise<Opened>) => {
    let opened: Promise<Opened> | undefined;
    return () => {
      opened ??= readAccess(input, timeoutMs()).then((access) => ({ access, names: loaderWith(access) }));
      return opened;
    };
  };

  return {
    resolver(input, timeoutMs) {
      const open = openOnce(input, () => timeoutMs);
      return async (name) => {
        const { access, names } = await open();
        try {
          return await names.resolve(name);
        } catch (error) {
          throw withPullNoteOnError(error, access);
        }
      };
    },
    async decide(plans, input, asked) {
      const now = clock.now();
      const deadline = now + asked.timeoutMs;
      const loadUntil = deadline - Math.min(MAX_RESERVE_MS, asked.timeoutMs / 10);
      const open = openOnce(input, () => loadUntil - clock.now());
      const unanswered: Fact = { ok: false, code: "FACT_FAILED", message: "nothing answered for it" };
      const loadOne = async (request: FactRequest): Promise<Fact> => {
        const { names } = await open();
        const fact = (await names.load([request])).get(request.key) ?? unanswered;
        return memory.compare(request, fact);
      };
      // One decision sees one answer to each question, also where policies are decided one by one.
      const answers = new Map<string, Fact>();
      const seen = new Map<string, SeenName>();
      const answersOf = (requests: readonly FactRequest[]): Facts =>
        new Map(requests.map(({ key }) => [key, answers.get(key) ?? unanswered]));
      const load = async (requests: readonly FactRequest[]): Promise<Facts> => {
        const asking = requests.filter(({ key }) => !answers.has(key));
        if (asking.length === 0) return answersOf(requests);
        const { access } = await open();
        const timeoutMs = loadUntil - clock.now();
        const scoped = asking.map((request) => inScope(request, access.scope));
        const found = await cache.facts(scoped, { since: asked.since, timeoutMs, load: loadOne });
        for (const request of asking) {
          const kept = inScope(request, access.scope);
          // Said here and not where it was loaded: a load may be for others, too, whose Secrets are none of theirs.
          const fact = withPullNote(found.get(kept.key) ?? unanswered, access);
          const moved = movedTag(seen, kept, fact);
          for (const key of moved?.keys ?? []) cache.forget(key);
          answers.set(request.key, moved?.failure ?? fact);
        }
        return answersOf(requests);
      };
      return decideEach(plans, onBug, (some) =>
        decideResource({
          plans: some,
          input,
          load,
          now,
          seed: asked.seed,
          elapsed: () => clock.now(),
          // What is asked for too late is a failed fact, and stored as one: so a late decision can be replayed.
          limits: { evaluationMs: Number.MAX_SAFE_INTEGER },
          isOver: () => clock.now() >= deadline,
        }),
      );
    },
  };
}

/** What registries are asked with for one object, and who asks them. */
interface Opened {
  readonly access: PullAccess;
  readonly names: EvidenceLoader;
}

/** A question under a name of its own where pull secrets took part: others may not see what they let see. */
function inScope(request: FactRequest, scope: string): FactRequest {
  return scope === "" ? request : { ...request, key: `${request.key} ${scope}` };
}

/** What an image's name was found to stand for, and by which facts. */
interface SeenName {
  readonly digest: string;
  readonly keys: readonly string[];
}

/**
 * Evidence of one name that was loaded at two times may be of two images, when its tag moved between them (C1). Rules
 * that see both would judge neither: the later fact fails, and all of them are loaded anew the next time.
 */
function movedTag(
  seen: Map<string, SeenName>,
  request: FactRequest,
  fact: Fact,
): { readonly failure: Fact; readonly keys: readonly string[] } | undefined {
  const digest = fact.ok ? memberOf(fact.value, "digest") : undefined;
  if (typeof digest !== "string") return undefined;
  const image = imageOf(request.params);
  const known = seen.get(image) ?? { digest, keys: [] };
  const keys = [...known.keys, request.key];
  seen.set(image, { digest: known.digest, keys });
  if (known.digest === digest) return undefined;
  const message = `${image} was ${known.digest} when other evidence of it was loaded, and is now ${digest}: its tag moved; try again`;
  return { failure: { ok: false, code: "FACT_FAILED", message }, keys };
}

function imageOf(params: FactRequest["params"]): string {
  const image = memberOf(params, "image");
  return typeof image === "string" ? image : "";
}
