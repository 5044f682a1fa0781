import type { Certificates, Cluster } from "../app/index.ts";
import { isAmapError } from "../base/index.ts";
import type { Bell } from "./bell.ts";
import {
  type CertificateLifetimes,
  type CertificateSituation,
  type CertificateState,
  decodeSecret,
  encodeSecret,
  planCertificates,
  type ServingIdentity,
  takeStep,
} from "./certificates-plan.ts";
import { SECRET } from "./kinds.ts";
import { textAt } from "./kube-object.ts";
import type { Log } from "./log.ts";
import type { Time } from "./time.ts";

/** The Secret with authority and serving pair. */
export const CERTIFICATE_SECRET = "amap-webhook-tls";

/** Tells each state of the Secret until `signal` is aborted; every replica does. */
export async function followCertificates(
  { cluster, namespace, log }: { readonly cluster: Cluster; readonly namespace: string; readonly log: Log },
  tell: (state: CertificateState) => void,
  signal: AbortSignal,
): Promise<void> {
  const selection = { namespace, fieldSelector: `metadata.name=${CERTIFICATE_SECRET}` };
  for await (const event of cluster.follow(SECRET, selection, signal)) {
    if (event.type === "added" || event.type === "modified") tell(decodeSecret(event.object));
    else if (event.type === "interrupted")
      log.warn({ code: event.code, reason: event.message }, "the certificates may be old");
    // When somebody deletes the Secret the pair in use stays in use; the leader makes another.
  }
}

/** What the leader keeps certificates with. */
export interface CertificateKeeping {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly certificates: Certificates;
  readonly names: ServingIdentity;
  readonly lifetimes: CertificateLifetimes;
  readonly time: Time;
  readonly log: Log;
  /** Rung when the Secret or what the configurations trust has changed. */
  readonly bell: Bell;
  readonly trusted: () => CertificateSituation["trusted"];
}

const LONGEST_SLEEP_MS = 600_000;

/** Makes and renews the certificates until `signal` is aborted; the leader's work. */
export async function keepCertificates(keeping: CertificateKeeping, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const inMs = await keepOnce(keeping);
    // Machines sleep and clocks are set: the plan is made anew at least every ten minutes.
    await keeping.bell.wait(Math.min(inMs, LONGEST_SLEEP_MS), signal);
  }
}

const AGAIN_MS = 100;

/** Takes the next step, if one is due; ms until the next look. */
async function keepOnce(keeping: CertificateKeeping): Promise<number> {
  const { cluster, namespace, certificates, names, lifetimes, time, log } = keeping;
  const secret = await cluster.get(SECRET, { namespace, name: CERTIFICATE_SECRET });
  const situation: CertificateSituation = {
    state: decodeSecret(secret),
    now: time.now(),
    names,
    lifetimes,
    read: (pem, authority) => certificates.read(pem, authority),
    trusted: keeping.trusted(),
  };
  const step = planCertificates(situation);
  if (step.kind === "none") return step.inMs;
  const state = await takeStep(step, situation, certificates);
  const resourceVersion = textAt(secret, "metadata", "resourceVersion");
  const next = encodeSecret(state, {
    namespace,
    name: CERTIFICATE_SECRET,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  });
  try {
    if (secret === undefined) await cluster.create(SECRET, next);
    else await cluster.update(SECRET, next);
    log.info(
      { step: step.kind, ...("reason" in step ? { reason: step.reason } : {}) },
      "the webhook's certificates changed",
    );
  } catch (error) {
    // Another wrote first: its state is planned from next.
    if (!isAmapError(error, "CLUSTER_CONFLICT")) throw error;
  }
  return AGAIN_MS;
}
