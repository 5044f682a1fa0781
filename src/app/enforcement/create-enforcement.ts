import { formatTime, isAmapError, isValueObject, LIMITS, type Value } from "../../base/index.ts";
import { type Decision, type Plan, POLICY_KINDS, type ResourceKind } from "../../policy/index.ts";
import type { ClusterKind, ResourceResult, Store } from "../../ports/index.ts";
import {
  type AdmissionRequest,
  type AdmissionResponse,
  denialMessage,
  encodePolicyReport,
  type ResourceRow,
  ruleMessage,
} from "../../report/index.ts";
import { type DecidedResource, evidenceOf } from "../decide-resource.ts";
import { toImageRecord } from "../image-record.ts";
import { withRunningDigests } from "../running-images.ts";
import type { World } from "../world.ts";
import { createAdmissionRecorder } from "./admission-record.ts";
import { quietly } from "./deadline.ts";
import { createDeciding } from "./deciding.ts";
import type { Enforcement, EnforcementOptions, Reviewed, Scanned } from "./enforcement.ts";
import { identityOf, imagesOf, inputOf, inputOfRequest, namesOf } from "./inputs.ts";
import { createPinning } from "./pinning.ts";
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

/** Images whose evidence is remembered as written down. */
const MAX_RECORDED = 2_000;

/** Makes the engine behind the webhook and the background scan; see {@link Enforcement}. */
export function createEnforcement(world: World, store: Store, options: EnforcementOptions): Enforcement {
  const { clock } = world;
  const onBug = quietly(options.onBug);
  const policies = createPolicySet();
  const deciding = createDeciding(world, store, options);
  const recorder = createAdmissionRecorder(world, store, options);
  const pin = createPinning(world, { policies, deciding, options });

  /** Evidence that was written down: while it is cached it is the same object, and saying it again says nothing. */
  const recorded = new Map<string, readonly object[]>();
  const recordImages = async (decided: DecidedResource, observedAt: string): Promise<void> => {
    const byImage = new Map<string, Value[]>();
    for (const { image, fact } of evidenceOf(decided.requests, decided.facts)) {
      if (fact?.ok === true) byImage.set(image, [...(byImage.get(image) ?? []), fact.value]);
    }
    for (const [image, evidence] of byImage) {
      const objects = evidence.filter(isValueObject);
      const before = recorded.get(image);
      if (before?.length === objects.length && objects.every((each, index) => each === before[index])) continue;
      const record = toImageRecord(image, evidence, observedAt);
      if (record !== undefined) await store.images.record(record);
      recorded.delete(image);
      recorded.set(image, objects);
      const [oldest] = recorded.keys();
      if (recorded.size > MAX_RECORDED && oldest !== undefined) recorded.delete(oldest);
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
    const decided = await deciding.decide(plans, input, {
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
    const report = encodePolicyReport(resource, decided.row, checkedAt);
    return { resource, decision: decided.row, checkedAt, changes, report } satisfies Scanned;
  };

  const judge = async (request: AdmissionRequest, startedAt: number, timeoutMs: number): Promise<Reviewed> => {
    const done = (rest: Omit<Reviewed, "durationMs">): Reviewed => ({ ...rest, durationMs: clock.now() - startedAt });
    const input = inputOfRequest(request, options);
    const plans = policies.index.plansFor(input, "admission");
    if (plans.length === 0) return done({ response: { uid: request.uid, allowed: true }, notEnforced: 0 });
    // Taken now: a policy may change while it is evaluated.
    const versions = policiesOf(plans);
    const decided = await deciding.decide(plans, input, {
      timeoutMs,
      since: startedAt - options.evidenceTtlMs,
      seed: request.uid,
    });
    const { row, decision } = decided;
    const reviewed = done({
      response: {
        uid: request.uid,
        allowed: row.allowed,
        ...(row.allowed ? {} : { status: statusOf(decision, row) }),
        ...(decision.warnings.length === 0 ? {} : { warnings: warningsOf(decision, row) }),
      },
      decision: row,
      notEnforced: notEnforcedOf(decision),
    });
    await recorder.record(
      { request, input, decided, reviewed, policies: versions, startedAt },
      timeoutMs - (clock.now() - startedAt),
      () => recordImages(decided, formatTime(startedAt)),
    );
    return reviewed;
  };

  const review: Enforcement["review"] = async (request, { timeoutMs }) => {
    const startedAt = clock.now();
    try {
      return await judge(request, startedAt, timeoutMs);
    } catch (error) {
      // Not even which policies apply is known then; if any of them is to fail closed, this does (C4).
      if (!isAmapError(error) || error.code === "BUG") onBug(error);
      const allowed = !policies.plans.some((plan) => plan.admission && deniesErrors(plan));
      const cause = isAmapError(error) ? `${error.code}: ${error.message}` : "amap failed unexpectedly";
      const message = `amap could not judge the request: ${cause}`;
      return {
        response: {
          uid: request.uid,
          allowed,
          ...(allowed ? { warnings: [message] } : { status: { code: 500, reason: "InternalError", message } }),
        },
        notEnforced: allowed ? 1 : 0,
        durationMs: clock.now() - startedAt,
      };
    }
  };

  const policiesOf = (plans: readonly Plan[]): readonly { readonly name: string; readonly digest: string }[] =>
    plans.map(({ kind, policy }) => ({ name: policy, digest: policies.inForce(kind, policy)?.digest ?? "" }));

  const application = createPolicyApplication(world, store, policies, options);
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

/** Rules that do not hold and deny nothing, each counted once whatever is done about it. */
function notEnforcedOf({ warnings, audits, denials }: Decision): number {
  const denying = new Set(denials);
  return new Set([...warnings, ...audits].filter((response) => !denying.has(response))).size;
}

function deniesErrors({ failurePolicy, validationActions }: Plan): boolean {
  return failurePolicy === "Fail" && validationActions.includes("Deny");
}

function warningsOf(decision: Decision, row: ResourceRow): readonly string[] {
  const warned = new Set(decision.warnings.map(({ policy, rule }) => `${policy}/${rule}`));
  return row.rules.filter(({ policy, rule }) => warned.has(`${policy}/${rule}`)).map(ruleMessage);
}
