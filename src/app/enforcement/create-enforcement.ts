import { AmapError, formatTime, LIMITS, type Value } from "../../base/index.ts";
import {
  type Decision,
  type FactRequest,
  type Facts,
  type Plan,
  POLICY_KINDS,
  type PolicyInput,
  type ResourceKind,
} from "../../policy/index.ts";
import type { ClusterKind, ResourceResult, Store } from "../../ports/index.ts";
import {
  type AdmissionResponse,
  denialMessage,
  encodePolicyReport,
  type ResourceRow,
  ruleMessage,
} from "../../report/index.ts";
import { type DecidedResource, decideResource, evidenceOf } from "../decide-resource.ts";
import { createEvidenceLoader } from "../evidence-facts.ts";
import { toImageRecord } from "../image-record.ts";
import { pinImages } from "../pin-images.ts";
import { withRunningDigests } from "../running-images.ts";
import type { World } from "../world.ts";
import { createAdmissionRecorder } from "./admission-record.ts";
import type { Enforcement, EnforcementOptions, Reviewed, Scanned } from "./enforcement.ts";
import { createEvidenceCache } from "./evidence-cache.ts";
import { identityOf, imagesOf, inputOf, inputOfRequest, namesOf } from "./inputs.ts";
import { decideEach } from "./isolation.ts";
import { createPolicyApplication } from "./policy-application.ts";
import { createPolicySet } from "./policy-set.ts";
import { webhookNeedsOf } from "./webhook-needs.ts";

const namespaced = (group: string, version: string, resource: string, kind: string): ClusterKind => ({
  group,
  version,
  resource,
  kind,
  namespaced: true,
});

/** What holds images: Pods and the controllers that make them. */
const SCANNED_KINDS: readonly ClusterKind[] = Object.freeze([
  namespaced("", "v1", "pods", "Pod"),
  namespaced("", "v1", "replicationcontrollers", "ReplicationController"),
  namespaced("apps", "v1", "deployments", "Deployment"),
  namespaced("apps", "v1", "daemonsets", "DaemonSet"),
  namespaced("apps", "v1", "statefulsets", "StatefulSet"),
  namespaced("apps", "v1", "replicasets", "ReplicaSet"),
  namespaced("batch", "v1", "jobs", "Job"),
  namespaced("batch", "v1", "cronjobs", "CronJob"),
]);

/** Makes the engine behind the webhook and the background scan; see {@link Enforcement}. */
export function createEnforcement(world: World, store: Store, options: EnforcementOptions): Enforcement {
  const { clock } = world;
  const policies = createPolicySet();
  const cache = createEvidenceCache(clock, store.evidence, options.onStoreFailure);
  const recorder = createAdmissionRecorder(world, store, options);
  const loaderOf = () => createEvidenceLoader(world, { sources: options.sources ?? [], verifyLayers: false });

  const decideWith = async (
    plans: readonly Plan[],
    input: PolicyInput,
    asked: { readonly timeoutMs: number; readonly since: number; readonly seed: string },
  ): Promise<DecidedResource> => {
    const loader = loaderOf();
    const now = clock.now();
    const deadline = now + asked.timeoutMs;
    const load = (requests: readonly FactRequest[]): Promise<Facts> =>
      cache.facts(requests, {
        since: asked.since,
        timeoutMs: deadline - clock.now(),
        load: (missing) => loader.load(missing),
      });
    return decideEach(plans, options.onBug, (some) =>
      decideResource({
        plans: some,
        input,
        load,
        now,
        seed: asked.seed,
        elapsed: () => clock.now(),
        limits: { evaluationMs: asked.timeoutMs },
      }),
    );
  };

  const recordImages = async (decided: DecidedResource, observedAt: string): Promise<void> => {
    const byImage = new Map<string, Value[]>();
    for (const { image, fact } of evidenceOf(decided.requests, decided.facts)) {
      if (fact?.ok === true) byImage.set(image, [...(byImage.get(image) ?? []), fact.value]);
    }
    for (const [image, evidence] of byImage) {
      const record = toImageRecord(image, evidence, observedAt);
      if (record !== undefined) await store.images.record(record);
    }
  };

  const scan: Enforcement["scan"] = async (object, { evidenceSince = clock.now() } = {}) => {
    const resource = identityOf(options.cluster, object);
    const input = inputOf(withRunningDigests(object), options);
    const plans = policies.index.plansFor(input, "background");
    const checkedAt = formatTime(clock.now());
    if (plans.length === 0) {
      await store.results.remove(resource, checkedAt);
      return undefined;
    }
    const decided = await decideWith(plans, input, {
      timeoutMs: LIMITS.evaluationMs,
      since: evidenceSince,
      seed: namesOf(resource),
    });
    await recordImages(decided, checkedAt);
    const result: ResourceResult = {
      resource,
      checkedAt,
      process: "background",
      decision: decided.row,
      images: imagesOf(object, input.object, decided),
    };
    const changes = await store.results.record(result);
    const report = encodePolicyReport({ ...resource, uid: resource.uid ?? "" }, decided.row, checkedAt);
    return { resource, decision: decided.row, checkedAt, changes, report } satisfies Scanned;
  };

  const review: Enforcement["review"] = async (request, { timeoutMs }) => {
    const startedAt = clock.now();
    const done = (rest: Omit<Reviewed, "durationMs">): Reviewed => ({ ...rest, durationMs: clock.now() - startedAt });
    const input = inputOfRequest(request, options);
    const plans = policies.index.plansFor(input, "admission");
    if (plans.length === 0) return done({ response: { uid: request.uid, allowed: true }, notEnforced: 0 });
    const decided = await decideWith(plans, input, {
      timeoutMs,
      since: startedAt - options.evidenceTtlMs,
      seed: request.uid,
    });
    const { row, decision } = decided;
    const notEnforced = decision.warnings.length + decision.audits.length;
    const reviewed = done({
      response: {
        uid: request.uid,
        allowed: row.allowed,
        ...(row.allowed ? {} : { status: statusOf(decision, row) }),
        ...(decision.warnings.length === 0 ? {} : { warnings: warningsOf(decision, row) }),
      },
      decision: row,
      notEnforced,
    });
    const remainingMs = timeoutMs - reviewed.durationMs;
    await recorder.record(
      { request, input, decided, reviewed, policies: policiesOf(plans), startedAt },
      remainingMs,
      () => recordImages(decided, formatTime(startedAt)),
    );
    return reviewed;
  };

  const pin: Enforcement["pin"] = async (request, { timeoutMs }) => {
    const startedAt = clock.now();
    const input = inputOfRequest(request, options);
    const plans = policies.index.plansFor(input, "admission");
    const loader = loaderOf();
    const alarm = clock.alarm(timeoutMs);
    const late = alarm.rings.then(() => {
      throw new AmapError("FACT_FAILED", `the tag was not resolved within ${Math.round(timeoutMs)} ms`);
    });
    late.catch(() => {});
    const resolve = (name: string): ReturnType<typeof loader.resolve> => Promise.race([loader.resolve(name), late]);
    const { patch, unresolved } = await pinImages({ plans, input, loader: { resolve }, now: startedAt });
    alarm.cancel();
    const warnings = unresolved.map(({ image, message }) => `amap could not pin ${image}: ${message}`);
    return {
      response: {
        uid: request.uid,
        allowed: true,
        ...(patch.length === 0 ? {} : { patch }),
        ...(warnings.length === 0 ? {} : { warnings }),
      },
      notEnforced: 0,
      durationMs: clock.now() - startedAt,
    };
  };

  const policiesOf = (plans: readonly Plan[]): readonly { readonly name: string; readonly digest: string }[] =>
    plans.map(({ policy }) => ({ name: policy, digest: policies.digestInForce(policy) ?? "" }));

  const application = createPolicyApplication(world, store, policies, options.onStoreFailure);
  return {
    policyKinds: POLICY_KINDS.map(servedKindOf),
    scannedKinds: SCANNED_KINDS,
    ...application,
    policies: () => policies.states,
    webhookNeeds: () => webhookNeedsOf(policies.plans),
    review,
    pin,
    scan,
    forget: (object) => store.results.remove(identityOf(options.cluster, object), formatTime(clock.now())),
  };
}

/** A kind in its first version that is not deprecated. */
function servedKindOf({ group, kind, plural, scope, versions }: ResourceKind): ClusterKind {
  const version = versions.find(({ deprecationWarning }) => deprecationWarning === undefined) ?? versions[0];
  return { group, version: version?.name ?? "", resource: plural, kind, namespaced: scope === "Namespaced" };
}

/** HTTP statuses of a validation's `reason` (admissionregistration/v1). */
const CODES: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  Invalid: 422,
  RequestEntityTooLarge: 413,
};

function statusOf(decision: Decision, row: ResourceRow): NonNullable<AdmissionResponse["status"]> {
  const reason = decision.denials.map((denial) => (denial.status === "fail" ? denial.statusReason : undefined))[0];
  const code = CODES[reason ?? "Forbidden"] ?? 403;
  return { code, reason: reason ?? "Forbidden", message: denialMessage(row) };
}

function warningsOf(decision: Decision, row: ResourceRow): readonly string[] {
  const warned = new Set(decision.warnings.map(({ policy, rule }) => `${policy}/${rule}`));
  return row.rules.filter(({ policy, rule }) => warned.has(`${policy}/${rule}`)).map(ruleMessage);
}
