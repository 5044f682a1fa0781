import type { Certificates, Cluster, Enforcement } from "../app/index.ts";
import type { Value } from "../base/index.ts";
import { type Bell, createBell } from "./bell.ts";
import { followCertificates, keepCertificates } from "./certificates.ts";
import { bundleOf, type CertificateState } from "./certificates-plan.ts";
import { createEvents, type Events } from "./events.ts";
import { startHealthServer } from "./health.ts";
import { keepRunning } from "./keep-running.ts";
import { type LeaseTimes, runElection } from "./leader.ts";
import { describeFailure, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { createNamespaces, type Namespaces } from "./namespaces.ts";
import type { ControllerOptions } from "./options.ts";
import { createPolicies, type Policies } from "./policies.ts";
import { reasonsNotReady } from "./readiness.ts";
import { createReports } from "./reports.ts";
import { createScan, type Scan } from "./scan.ts";
import { createServing, type Serving } from "./serving.ts";
import { createTelling, tellPutBack } from "./telling.ts";
import type { Time } from "./time.ts";
import { servingNamesOf, webhookClientOf } from "./webhook-client.ts";
import { createWebhookKeeper, type WebhookKeeper } from "./webhook-keeper.ts";

/** What a controller is put together from; tests put fakes here. */
export interface ControllerParts {
  readonly cluster: Cluster;
  readonly createEnforcement: (namespaceOf: (name: string) => Value | undefined) => Enforcement;
  readonly certificates: Certificates;
  readonly store: {
    /** @throws when the store does not answer */
    readonly ping: () => Promise<void>;
    /** Forgets results that were last checked before (RFC 3339). */
    readonly pruneResults: (before: string) => Promise<void>;
    /** Takes out of force what the cluster had and has no more: it went while no controller ran. */
    readonly keepPolicies: (names: ReadonlySet<string>) => Promise<void>;
  };
  readonly time: Time;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly leaseTimes?: LeaseTimes;
}

/** A controller that runs. */
export interface RunningController {
  /** Where the webhook listens; undefined until there is a certificate, and without the role `admission`. */
  webhookPort(): number | undefined;
  readonly metricsPort: number;
  /** Why this replica is not ready; empty when it is. */
  reasons(): Promise<readonly string[]>;
  /** Gives the lead to others, answers on until endpoints have forgotten this replica, lets running reviews end. */
  stop(): Promise<void>;
}

/** How long running reviews may take at the end. */
const LAST_REVIEWS_MS = 10_000;
/** The leader's work that does not end by itself is left behind after this: others wait for the lead. */
const LAST_WORK_MS = 3_000;
const PING_MS = 2_000;
const SERVE_AGAIN_MS = 5_000;
const LEASE_NAME = "amap-controller";

/** Starts all parts; they look after themselves from then on. @throws {AmapError} USAGE when a port is taken */
export async function startController(parts: ControllerParts, options: ControllerOptions): Promise<RunningController> {
  const { log, metrics, time } = parts;
  const assembly = assemble(parts, options);
  const { serving } = assembly;
  const [life, candidacy] = [new AbortController(), new AbortController()];
  let isStopping = false;
  const reasons = (): Promise<readonly string[]> => reasonsOf(parts, assembly, isStopping);
  const health = await startHealthServer({ listen: options.metricsListen, log, metrics, reasons });
  const loops = followAll(parts, options, assembly, life.signal);
  const elected = options.roles.includes("background")
    ? runElection({
        cluster: parts.cluster,
        namespace: options.namespace,
        name: LEASE_NAME,
        identity: options.identity,
        time,
        log,
        signal: candidacy.signal,
        lead: (signal) => lead(parts, options, assembly, signal),
        ...(parts.leaseTimes === undefined ? {} : { times: parts.leaseTimes }),
      })
    : Promise.resolve();
  return {
    webhookPort: () => serving?.port(),
    metricsPort: health.port,
    reasons,
    stop: async () => {
      isStopping = true;
      serving?.drain();
      candidacy.abort();
      await Promise.all([elected, time.wait(serving === undefined ? 0 : options.shutdownDelayMs)]);
      await serving?.close(LAST_REVIEWS_MS);
      life.abort();
      await Promise.all(loops);
      await health.close();
    },
  };
}

/** All parts, none of them running. */
interface Assembly {
  readonly enforcement: Enforcement;
  readonly namespaces: Namespaces;
  readonly policies: Policies;
  readonly events: Events;
  readonly keeper: WebhookKeeper;
  readonly scan: Scan;
  /** Of a replica that answers admission. */
  readonly serving: Serving | undefined;
  readonly bells: { readonly webhooks: Bell; readonly certificates: Bell };
  /** What changes while it runs. */
  readonly state: {
    certificates: CertificateState;
    isLeading: boolean;
    isStoreAway: boolean;
    asking: Promise<string | undefined> | undefined;
  };
}

function assemble(parts: ControllerParts, options: ControllerOptions): Assembly {
  const { cluster, certificates, time, log, metrics } = parts;
  const shared = { cluster, time, log, metrics };
  const bells = { webhooks: createBell(time), certificates: createBell(time) };
  const state: Assembly["state"] = { certificates: {}, isLeading: false, isStoreAway: false, asking: undefined };
  const namespaces = createNamespaces(shared);
  const enforcement = parts.createEnforcement((name) => namespaces.of(name));
  const events = createEvents({ ...shared, instance: options.identity });
  const telling = createTelling({ events, policyOf: (name) => policies.identityOf(name) });
  const policies: Policies = createPolicies({
    ...shared,
    enforcement,
    onRefused: (policy, refused) => telling.refused(policy, refused),
    onSynced: () => bells.webhooks.ring(),
    onChange: () => {
      bells.webhooks.ring();
      scan.policiesChanged();
    },
  });
  const scan = createScan({
    ...shared,
    enforcement,
    reports: createReports({ ...shared, maxReports: options.maxReports }),
    intervalMs: options.scanIntervalMs,
    onScanned: (scanned) => telling.scanned(scanned),
    prune: (before) => parts.store.pruneResults(before),
  });
  const serving = options.roles.includes("admission")
    ? createServing({
        ...shared,
        certificates,
        enforcement,
        listen: options.listen,
        isReady: () => policies.synced() && namespaces.synced(),
        knowNamespace: (name, withinMs) => namespaces.know(name, withinMs),
        onReviewed: (request, reviewed) => telling.reviewed(request, reviewed),
        onListening: () => bells.webhooks.ring(),
      })
    : undefined;
  const keeper = createWebhookKeeper({
    ...shared,
    bell: bells.webhooks,
    plan: () => {
      const bundle = bundleOf(state.certificates);
      const isServing = serving === undefined || serving.port() !== undefined;
      if (!policies.synced() || bundle === "" || !isServing) return undefined;
      return {
        needs: enforcement.webhookNeeds(),
        policyKinds: enforcement.policyKinds,
        bundle,
        client: webhookClientOf(options),
        excludedNamespaces: [options.namespace, ...options.excludedNamespaces],
        maxTimeoutSeconds: options.webhookTimeoutSeconds,
      };
    },
    onPutBack: (name) => {
      metrics.webhookPutBack();
      tellPutBack(events, name);
    },
    onConfirmed: () => bells.certificates.ring(),
  });
  return { enforcement, namespaces, policies, events, keeper, scan, serving, bells, state };
}

/** What every replica does. */
function followAll(
  { cluster, time, log }: ControllerParts,
  { namespace }: ControllerOptions,
  { namespaces, policies, events, keeper, serving, bells, state }: Assembly,
  signal: AbortSignal,
): readonly Promise<void>[] {
  /** A port that is taken may be free soon, and a Secret that cannot be used may be mended: both are tried again. */
  const serve = async (certificates: CertificateState): Promise<void> => {
    while (!signal.aborted && state.certificates === certificates) {
      try {
        return await serving?.use(certificates);
      } catch (error) {
        log.error(describeFailure(error), "the webhook cannot be served with this certificate; it is tried again");
        await time.wait(SERVE_AGAIN_MS, signal);
      }
    }
  };
  const onCertificates = (certificates: CertificateState): void => {
    state.certificates = certificates;
    bells.webhooks.ring();
    bells.certificates.ring();
    void serve(certificates);
  };
  const loops: Readonly<Record<string, () => Promise<void>>> = {
    namespaces: () => namespaces.follow(signal),
    policies: () => policies.follow(signal),
    events: () => events.run(signal),
    "webhook configurations": () => keeper.follow(signal),
    certificates: () => followCertificates({ cluster, namespace, log }, onCertificates, signal),
  };
  return Object.entries(loops).map(([name, work]) => keepRunning(name, work, { time, log, signal }));
}

/** What one replica does for all. */
async function lead(
  { cluster, certificates, store, time, log, metrics }: ControllerParts,
  options: ControllerOptions,
  { enforcement, namespaces, policies, keeper, scan, bells, state }: Assembly,
  signal: AbortSignal,
): Promise<void> {
  const running = { time, log, signal };
  const keeping = {
    cluster,
    namespace: options.namespace,
    certificates,
    names: servingNamesOf(options),
    lifetimes: options.lifetimes,
    time,
    log,
    bell: bells.certificates,
    trusted: () => keeper.trusted(),
  };
  const scanWhenSynced = async (): Promise<void> => {
    // Without the namespaces each policy that selects by them would be an error in every report.
    while (!(policies.synced() && namespaces.synced()) && !signal.aborted) await time.wait(100, signal);
    // A kind that is not served says nothing about its policies.
    if (!signal.aborted && policies.missingKinds().length === 0) {
      const names = new Set(enforcement.policies().map(({ name }) => name));
      const told = (error: unknown): void =>
        log.warn(describeFailure(error), "the store may name policies that are gone");
      await store.keepPolicies(names).catch(told);
    }
    await scan.run(signal);
  };
  state.isLeading = true;
  metrics.leader(true);
  const work = Promise.all([
    keepRunning("own certificates", () => keepCertificates(keeping, signal), running),
    keepRunning("own webhook configurations", () => keeper.keep(signal), running),
    keepRunning("policy status", () => policies.writeStatus(signal), running),
    scanWhenSynced(),
  ]);
  const done = new AbortController();
  await Promise.race([work, aborted(signal).then(() => time.wait(LAST_WORK_MS, done.signal))]);
  done.abort();
  state.isLeading = false;
  metrics.leader(false);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** What the store says, once for all who ask meanwhile; undefined when it answers. */
function askStore(
  { store, time, log, metrics }: ControllerParts,
  state: Assembly["state"],
): Promise<string | undefined> {
  const ask = async (): Promise<string | undefined> => {
    const done = new AbortController();
    const late = time.wait(PING_MS, done.signal).then(() => "it is silent");
    const failure = store.ping().then(
      () => undefined,
      (error: unknown) => describeFailure(error).code,
    );
    const said = await Promise.race([failure, late]);
    done.abort();
    metrics.store(said === undefined);
    if (said !== undefined && !state.isStoreAway)
      log.warn({ code: said }, "the store does not answer: nothing is recorded, and earlier evidence is not known");
    state.isStoreAway = said !== undefined;
    state.asking = undefined;
    return said;
  };
  state.asking ??= ask();
  return state.asking;
}

async function reasonsOf(
  parts: ControllerParts,
  { policies, namespaces, serving, keeper, state }: Assembly,
  stopping: boolean,
): Promise<readonly string[]> {
  // A store that is slow must not keep anybody from hearing that this replica stops.
  const asked = askStore(parts, state);
  const storeFailure = serving === undefined && !stopping ? await asked : undefined;
  return reasonsNotReady(
    {
      stopping,
      policiesSynced: policies.synced(),
      namespacesSynced: namespaces.synced(),
      interruptedMs: Math.max(policies.interruptedMs(), namespaces.interruptedMs()),
      ...(serving === undefined
        ? {}
        : { serving: { certificatePem: serving.certificatePem(), bundles: keeper.bundles() } }),
      ...(state.isLeading ? { webhooksInPlace: keeper.inPlace() } : {}),
      ...(storeFailure === undefined ? {} : { storeFailure }),
    },
    (pem, authority) => parts.certificates.read(pem, authority),
    parts.time.now(),
  );
}
