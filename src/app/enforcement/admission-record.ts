import {
  AmapError,
  digestOf,
  ERROR_CODES,
  type ErrorCode,
  encodeUtf8,
  formatTime,
  isValueObject,
  LIMITS,
  memberOf,
  type Value,
  writeJson,
} from "../../base/index.ts";
import type { Fact, Facts, PolicyInput } from "../../policy/index.ts";
import type { AdmissionRecord, DecisionInputs, Store } from "../../ports/index.ts";
import type { AdmissionRequest, RuleRow } from "../../report/index.ts";
import type { DecidedResource } from "../decide-resource.ts";
import type { World } from "../world.ts";
import { quietly, settleWithin } from "./deadline.ts";
import type { EnforcementOptions, Reviewed } from "./enforcement.ts";
import { isSecret, redactInput, withoutValues } from "./secrets.ts";

/** A review that was decided, with all that its record is made of. */
export interface DecidedReview {
  readonly request: AdmissionRequest;
  readonly input: PolicyInput;
  readonly decided: DecidedResource;
  readonly reviewed: Reviewed;
  readonly policies: AdmissionRecord["policies"];
  /** Milliseconds since 1970: when it was evaluated. */
  readonly startedAt: number;
}

/** Evidence of an image is large, frozen, and the same object for as long as it is cached. */
const digests = new WeakMap<object, string>();

function digestOfFact(value: Value): string {
  const known = isValueObject(value) ? digests.get(value) : undefined;
  if (known !== undefined) return known;
  const digest = digestOf(encodeUtf8(writeJson(value)));
  if (isValueObject(value) && Object.isFrozen(value)) digests.set(value, digest);
  return digest;
}

/** Key of a fact in the evidence store; its content is its name, so that a thousand denials share one SBOM. */
export function factKey(digest: string): string {
  return `fact:${digest}`;
}

/** Facts that were put into the store lately. */
const MAX_KNOWN = 5_000;
/** A fact is put again after this time, so that what is used is never the oldest when old evidence is forgotten. */
const KNOWN_MS = 3_600_000;
/** No record is worth more than this of a request's time. */
const MAX_RECORD_MS = 1_000;
/** Records that wait for the store. What comes on top is not recorded: a store that hangs must not fill the memory. */
const MAX_WRITES = 256;
/** Characters of a message that are kept: what the user was shown is no longer. */
const MAX_MESSAGE = 8_000;

/** Writes down what was decided. */
export interface AdmissionRecorder {
  /**
   * Records a review before it is answered, within the time that is left: what is answered is on disk. A store that is
   * too slow or fails delays the answer by at most a second and is told; dry runs are not recorded.
   */
  record(review: DecidedReview, remainingMs: number, alsoRecord: () => Promise<void>): Promise<void>;
}

/** A recorder over a store. */
export function createAdmissionRecorder(world: World, store: Store, options: EnforcementOptions): AdmissionRecorder {
  const told = quietly(options.onStoreFailure);
  const known = new Map<string, number>();
  const keepFact = async (value: Value): Promise<string> => {
    const digest = digestOfFact(value);
    const now = world.clock.now();
    if (now - (known.get(digest) ?? Number.NEGATIVE_INFINITY) < KNOWN_MS) return digest;
    await store.evidence.put(factKey(digest), { loadedAt: formatTime(now), value });
    known.delete(digest);
    known.set(digest, now);
    for (const oldest of known.keys()) {
      if (known.size <= MAX_KNOWN) break;
      known.delete(oldest);
    }
    return digest;
  };
  const inputsOf = async (review: DecidedReview): Promise<DecisionInputs> => {
    const facts: Record<string, Value> = {};
    for (const [key, fact] of review.decided.facts) facts[key] = await storedFact(fact, keepFact);
    return {
      input: redactInput(review.input),
      facts,
      now: review.startedAt,
      seed: review.request.uid,
    };
  };
  const write = async (review: DecidedReview, alsoRecord: () => Promise<void>): Promise<void> => {
    await store.admissions.record(await recordOf(review, await inputsOf(review), options.cluster));
    await alsoRecord();
  };
  let waiting = 0;
  return {
    async record(review, remainingMs, alsoRecord) {
      if (review.request.dryRun) return;
      if (waiting >= MAX_WRITES)
        return told(new AmapError("STORE_UNAVAILABLE", `too many records wait: ${review.request.uid} is not recorded`));
      waiting += 1;
      const writing = write(review, alsoRecord)
        .catch(told)
        .finally(() => {
          waiting -= 1;
        });
      const settled = await settleWithin(world.clock, Math.min(MAX_RECORD_MS, remainingMs), writing);
      if (settled.status === "done") return;
      told(new AmapError("STORE_UNAVAILABLE", `the record of ${review.request.uid} was not written before the answer`));
    },
  };
}

async function storedFact(fact: Fact, keepFact: (value: Value) => Promise<string>): Promise<Value> {
  if (fact.ok) return { ok: true, digest: await keepFact(fact.value) };
  return { ok: false, code: fact.code, message: fact.message };
}

async function recordOf(review: DecidedReview, inputs: DecisionInputs, cluster: string): Promise<AdmissionRecord> {
  const { request, decided, reviewed, policies, startedAt } = review;
  const objects = [review.input.object, review.input.oldObject ?? null];
  const secret = objects.some(isSecret);
  const tooLarge = encodeUtf8(writeJson({ ...inputs })).length > LIMITS.replayBytes;
  const notReplayable = secret
    ? "a Secret's values are kept as digests, so rules that read them cannot be replayed"
    : tooLarge
      ? `the request is larger than ${LIMITS.replayBytes} bytes`
      : undefined;
  const said = reviewed.response.status?.message ?? reviewed.response.warnings?.join("\n");
  const message = said === undefined ? undefined : withoutValues(objects, said).slice(0, MAX_MESSAGE);
  return {
    id: request.uid,
    at: formatTime(startedAt),
    cluster,
    operation: request.operation,
    kind: request.kind.kind,
    ...(request.namespace === undefined ? {} : { namespace: request.namespace }),
    name: request.name === "" ? nameIn(request.object) : request.name,
    user: request.user,
    allowed: decided.row.allowed,
    dryRun: request.dryRun,
    durationMs: reviewed.durationMs,
    ...(message === undefined ? {} : { message }),
    replayable: notReplayable === undefined,
    policies,
    decision: { ...decided.row, rules: decided.row.rules.map((rule) => quoteless(objects, rule)) },
    ...(tooLarge ? {} : { inputs }),
    ...(notReplayable === undefined ? {} : { notReplayable }),
  };
}

function quoteless(objects: readonly Value[], rule: RuleRow): RuleRow {
  return rule.message === undefined ? rule : { ...rule, message: withoutValues(objects, rule.message) };
}

function nameIn(object: Value): string {
  const metadata = memberOf(object, "metadata");
  const name = memberOf(metadata, "name") ?? memberOf(metadata, "generateName");
  return typeof name === "string" ? name : "";
}

/** Facts of a stored decision, as far as they are what they were. */
export interface StoredFacts {
  readonly facts: Facts;
  /** Why the decision cannot be made again from them; absent when it can. */
  readonly broken?: string;
}

/**
 * The facts of a stored decision, read back. One whose content is gone, or is not what its digest says, breaks the
 * whole: a decision made from something else proves nothing.
 * @throws {AmapError} STORE_UNAVAILABLE, STORE_INVALID
 */
export async function readStoredFacts(store: Store, stored: Value): Promise<StoredFacts> {
  const facts = new Map<string, Fact>();
  let broken: string | undefined;
  for (const [key, entry] of Object.entries(isValueObject(stored) ? stored : {})) {
    const digest = memberOf(entry, "digest");
    const [code, message] = [memberOf(entry, "code"), memberOf(entry, "message")];
    if (memberOf(entry, "ok") === true && typeof digest === "string") {
      const found = await store.evidence.find(factKey(digest), "1970-01-01T00:00:00Z");
      if (found === undefined) broken ??= `the evidence ${digest} is no longer kept`;
      else if (digestOfFact(found.value) !== digest) broken ??= `the evidence ${digest} was changed in the store`;
      else facts.set(key, { ok: true, value: found.value });
    } else if (memberOf(entry, "ok") === false && typeof code === "string" && Object.hasOwn(ERROR_CODES, code)) {
      facts.set(key, { ok: false, code: code as ErrorCode, message: typeof message === "string" ? message : "" });
    } else broken ??= "a fact in the store cannot be read";
  }
  return { facts, ...(broken === undefined ? {} : { broken }) };
}
