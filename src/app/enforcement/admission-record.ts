import {
  digestOf,
  encodeUtf8,
  formatTime,
  isValueObject,
  LIMITS,
  memberOf,
  type Value,
  type ValueObject,
  writeJson,
} from "../../base/index.ts";
import type { Fact, Facts, PolicyInput } from "../../policy/index.ts";
import type { AdmissionRecord, DecisionInputs, Store } from "../../ports/index.ts";
import type { AdmissionRequest } from "../../report/index.ts";
import type { DecidedResource } from "../decide-resource.ts";
import type { World } from "../world.ts";
import type { EnforcementOptions, Reviewed } from "./enforcement.ts";

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

/** Key of a fact in the evidence store; its content is its name, so that a thousand denials share one SBOM. */
export function factKey(digest: string): string {
  return `fact:${digest}`;
}

/** Facts that were put into the store lately. */
const MAX_KNOWN = 5_000;
/** No record is worth more than this of a request's time. */
const MAX_RECORD_MS = 1_000;

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
  const known = new Set<string>();
  const keepFact = async (value: Value): Promise<string> => {
    const text = writeJson(value);
    const digest = digestOf(encodeUtf8(text));
    if (known.has(digest)) return digest;
    await store.evidence.put(factKey(digest), { loadedAt: formatTime(world.clock.now()), value });
    known.add(digest);
    for (const oldest of known) {
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
  return {
    async record(review, remainingMs, alsoRecord) {
      if (review.request.dryRun) return;
      const writing = write(review, alsoRecord).catch(options.onStoreFailure);
      const alarm = world.clock.alarm(Math.max(0, Math.min(MAX_RECORD_MS, remainingMs)));
      await Promise.race([writing, alarm.rings]);
      alarm.cancel();
    },
  };
}

async function storedFact(fact: Fact, keepFact: (value: Value) => Promise<string>): Promise<Value> {
  if (fact.ok) return { ok: true, digest: await keepFact(fact.value) };
  return { ok: false, code: fact.code, message: fact.message };
}

async function recordOf(review: DecidedReview, inputs: DecisionInputs, cluster: string): Promise<AdmissionRecord> {
  const { request, decided, reviewed, policies, startedAt } = review;
  const secret = isSecret(review.input.object) || isSecret(review.input.oldObject ?? null);
  const tooLarge = encodeUtf8(writeJson({ ...inputs } as unknown as Value)).length > LIMITS.replayBytes;
  const notReplayable = secret
    ? "a Secret's values are kept as digests, so rules that read them cannot be replayed"
    : tooLarge
      ? `the request is larger than ${LIMITS.replayBytes} bytes`
      : undefined;
  const message = reviewed.response.status?.message ?? reviewed.response.warnings?.join("\n");
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
    decision: decided.row,
    ...(tooLarge ? {} : { inputs }),
    ...(notReplayable === undefined ? {} : { notReplayable }),
  };
}

function nameIn(object: Value): string {
  const metadata = memberOf(object, "metadata");
  const name = memberOf(metadata, "name") ?? memberOf(metadata, "generateName");
  return typeof name === "string" ? name : "";
}

function isSecret(object: Value): boolean {
  return memberOf(object, "kind") === "Secret" && memberOf(object, "apiVersion") === "v1";
}

/** The input as it may be kept: a Secret's values only as digests. */
function redactInput(input: PolicyInput): Value {
  return Object.fromEntries(
    Object.entries(input).map(([key, value]: [string, Value]) => [
      key,
      key === "object" || key === "oldObject" ? redactSecret(value) : value,
    ]),
  );
}

function redactSecret(object: Value): Value {
  if (!isValueObject(object) || !isSecret(object)) return object;
  const digests = (values: Value | undefined): Value =>
    isValueObject(values)
      ? Object.fromEntries(Object.entries(values).map(([key, value]) => [key, digestOf(encodeUtf8(writeJson(value)))]))
      : {};
  const { data, stringData, metadata = null, ...rest } = object;
  return {
    ...rest,
    metadata: withoutLastApplied(metadata),
    ...(data === undefined ? {} : { data: digests(data) }),
    ...(stringData === undefined ? {} : { stringData: digests(stringData) }),
  };
}

/** kubectl keeps the whole object, values and all, in an annotation. */
function withoutLastApplied(metadata: Value): Value {
  const annotations = memberOf(metadata, "annotations");
  if (!isValueObject(metadata) || !isValueObject(annotations)) return metadata;
  const kept = Object.entries(annotations).filter(
    ([key]) => key !== "kubectl.kubernetes.io/last-applied-configuration",
  );
  return { ...metadata, annotations: Object.fromEntries(kept) } as ValueObject;
}

/** The facts of a stored decision, read back; one whose content is gone is a failed fact that says so. */
export async function readStoredFacts(store: Store, stored: Value): Promise<Facts> {
  const facts = new Map<string, Fact>();
  for (const [key, entry] of Object.entries(isValueObject(stored) ? stored : {})) {
    const digest = memberOf(entry, "digest");
    const [code, message] = [memberOf(entry, "code"), memberOf(entry, "message")];
    if (memberOf(entry, "ok") === true && typeof digest === "string") {
      const found = await store.evidence.find(factKey(digest), "1970-01-01T00:00:00Z");
      facts.set(
        key,
        found === undefined
          ? { ok: false, code: "NOT_FOUND", message: `the evidence ${digest} is no longer kept` }
          : { ok: true, value: found.value },
      );
    } else {
      const known = typeof code === "string" ? (code as Extract<Fact, { ok: false }>["code"]) : "FACT_FAILED";
      facts.set(key, { ok: false, code: known, message: typeof message === "string" ? message : "" });
    }
  }
  return facts;
}
