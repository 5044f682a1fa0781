import { createEnforcement, DEFAULT_RETENTION, policySourceOf, startHousekeeping, type World } from "../app/index.ts";
import { startController } from "./controller.ts";
import { describeFailure, type Log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import type { ControllerOptions } from "./options.ts";
import { systemTime } from "./time.ts";
import { servingNamesOf } from "./webhook-client.ts";
import { removeWebhookConfigurations } from "./webhook-keeper.ts";

/**
 * Runs the controller until `signal` is aborted, then shuts it down: others get the lead, readiness ends, and after the
 * shutdown delay running reviews end. What may mend itself (a cluster or a policy kind that is away) is tried again.
 *
 * @throws {AmapError} KUBECONFIG_INVALID, FILE_NOT_FOUND, STORE_UNAVAILABLE, STORE_INVALID; USAGE for a port that is
 *   taken or a webhook address that is none
 */
export async function runController(
  world: World,
  options: ControllerOptions,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  servingNamesOf(options);
  // A bug in one loop must not end the process that every Pod waits for.
  const onRejection = (error: unknown): void =>
    log.error(describeFailure(error), "something failed that nobody waited for");
  process.on("unhandledRejection", onRejection);
  try {
    await runUntil(world, options, { log, signal });
  } finally {
    process.off("unhandledRejection", onRejection);
  }
}

async function runUntil(
  world: World,
  options: ControllerOptions,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const cluster = await world.openCluster(placeOf(options));
  try {
    const store = await world.openStore(options.store);
    try {
      const metrics = createMetrics();
      // Begun first, ended last: a port that is taken must not leave jobs behind that keep the process.
      await using ending = new AsyncDisposableStack();
      const jobs = await world.openJobs(options.store);
      ending.defer(() => jobs.close());
      const housekeeping = await startHousekeeping({
        clock: world.clock,
        store,
        jobs,
        retention: DEFAULT_RETENTION,
        actor: "controller",
        onFailure: (error) => log.warn(describeFailure(error), "the store could not be kept in order"),
      });
      ending.defer(() => housekeeping.stop());
      const controller = await startController(
        {
          cluster,
          createEnforcement: (namespaceOf) =>
            createEnforcement(world, store, {
              cluster: options.clusterName,
              namespaceOf,
              evidenceTtlMs: options.evidenceTtlMs,
              verifyLayers: options.verifyLayers,
              ...(options.pullSecrets === "pod" ? { pullSecrets: cluster } : {}),
              onStoreFailure: (error) => log.warn(describeFailure(error), "the store could not record something"),
              onBug: (error) => log.error(describeFailure(error), "a policy's evaluation failed in amap"),
              onWarning: (warning) =>
                log.warn({ warning }, "evidence is verified, and there is something to look after"),
            }),
          certificates: await world.openCertificates(),
          store: {
            ping: () => store.ping(),
            keepPolicies: async (names) => {
              const own = policySourceOf(options.clusterName);
              for (const { name, source } of await store.policies.list()) {
                if (source === own && !names.has(name)) await store.policies.remove(name);
              }
            },
            pruneResults: async (before) => {
              await store.results.prune(options.clusterName, before, before);
            },
          },
          time: systemTime(world.clock),
          log,
          metrics,
        },
        options,
      );
      log.info(
        { cluster: cluster.address, store: store.address, metricsPort: controller.metricsPort, roles: options.roles },
        "the controller runs",
      );
      await aborted(signal);
      log.info({ delayMs: options.shutdownDelayMs }, "the controller stops");
      await controller.stop();
    } finally {
      await store.close();
    }
  } finally {
    await cluster.close();
  }
}

/**
 * Removes the webhook configurations, for uninstalling: how many there were.
 * @throws {AmapError} KUBECONFIG_INVALID, CLUSTER_UNAVAILABLE, CLUSTER_FORBIDDEN
 * @example
 * ```ts
 * import { createWorld } from "../wiring/index.ts";
 * import { removeWebhooks } from "./index.ts";
 * const world = createWorld({ offline: false, env: { KUBECONFIG: "/nonexistent/config" } });
 * const error = await removeWebhooks(world, {}).catch((error) => error);
 * error.code; // "KUBECONFIG_INVALID"
 * ```
 */
export async function removeWebhooks(
  world: World,
  options: Pick<ControllerOptions, "kubeconfig" | "context">,
): Promise<number> {
  const cluster = await world.openCluster(placeOf(options));
  try {
    return await removeWebhookConfigurations(cluster);
  } finally {
    await cluster.close();
  }
}

function placeOf({ kubeconfig, context }: Pick<ControllerOptions, "kubeconfig" | "context">) {
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
