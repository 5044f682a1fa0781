import { AmapError, encodeHex, parseDuration } from "../../base/index.ts";
import {
  type ControllerOptions,
  type ControllerRole,
  createLog,
  LOG_LEVELS,
  removeWebhooks,
  runController,
} from "../../controller/index.ts";
import { parseListenAddress } from "../../server/index.ts";
import { choiceOf, isOn, textOf } from "../flags.ts";
import type { Flags, Verb } from "../verb.ts";
import { storeAddressOf, untilSignal } from "./serve.ts";

const ROLES: readonly ControllerRole[] = ["admission", "background"];
const PULL_SECRETS = ["none", "pod"] as const;
const PULL_SECRETS_HELP =
  "whose Secrets registries are asked with beside amap's own logins: none, or pod for those of the Pod that is judged, " +
  "which amap must be allowed to read";
const HOUR_MS = 3_600_000;

/** `amap controller`. */
export const controller: Verb = {
  positional: [],
  registry: true,
  staysUp: true,
  declare: (command) =>
    void command
      .option(
        "--kubeconfig <file>",
        "the cluster; KUBECONFIG, the Pod's service account or ~/.kube/config when left out",
      )
      .option("--context <name>", "of the kubeconfig")
      .option("--namespace <name>", "the controller's own, for its Secret and its Lease", "amap")
      .option("--service-name <name>", "the Service that API servers reach the webhook by", "amap-controller")
      .option("--webhook-url <url>", "in place of the Service, for running outside the cluster: https://HOST:PORT")
      .option("--listen <host:port>", "where the webhook listens", "127.0.0.1:9443")
      .option("--metrics-listen <host:port>", "where probes and metrics are answered, in plain HTTP", "127.0.0.1:9090")
      .option("--store <address>", "a SQLite file or postgres://…; AMAP_STORE or .amap/amap.db when left out")
      .option("--cluster-name <name>", "the cluster's name in the store", "default")
      .option(
        "--roles <list>",
        "admission answers API servers, background does by Lease what one does for all",
        ROLES.join(),
      )
      .option("--scan-interval <duration>", "how often everything that runs is judged again", "1h")
      .option("--evidence-ttl <duration>", "how long evidence loaded for admission may be used again", "1m")
      .option("--pull-secrets <whose>", PULL_SECRETS_HELP, "none")
      .option("--verify-layers", "re-hash config and layers of images too; the runtime does it again when it pulls")
      .option("--webhook-timeout <duration>", "no webhook waits longer, 1s to 30s", "30s")
      .option("--exclude-namespaces <list>", "namespaces that admission leaves alone, beside its own", "kube-system")
      .option("--ca-lifetime <duration>", "of the webhook's own authority", "8760h")
      .option("--certificate-lifetime <duration>", "of its serving certificate", "2160h")
      .option("--rotation-grace <duration>", "how long two authorities are trusted, before and after a change", "1h")
      .option("--max-reports <count>", "policy reports in the cluster; the store has all results", "10000")
      .option("--shutdown-delay <duration>", "how long to answer on after SIGTERM", "5s")
      .option("--remove-webhooks", "remove the webhook configurations and end, for uninstalling")
      .option("--log-level <level>", LOG_LEVELS.join(", "), "info"),
  run: async ({ world, terminal, env }, _, flags) => {
    const options: ControllerOptions = {
      ...optionsOf(flags),
      store: storeAddressOf(flags, env),
      identity: `${env["HOSTNAME"] ?? "amap"}_${encodeHex(world.entropy.bytes(8))}`,
    };
    if (isOn(flags, "removeWebhooks")) {
      terminal.note(`Removed ${await removeWebhooks(world, options)} webhook configurations.`);
      return 0;
    }
    const log = createLog(choiceOf(flags, "logLevel", "--log-level", LOG_LEVELS, "info"), (line) =>
      terminal.note(line.trimEnd()),
    );
    await untilSignal((signal) => runController(world, options, { log, signal }));
    return 0;
  },
};

/** The flags as options. @throws {AmapError} USAGE */
export function optionsOf(flags: Flags): Omit<ControllerOptions, "store" | "identity"> {
  const text = (name: string): string => textOf(flags, name) ?? "";
  const lifetimes = {
    authorityMs: durationOf(flags, "caLifetime", "--ca-lifetime"),
    servingMs: durationOf(flags, "certificateLifetime", "--certificate-lifetime"),
    graceMs: durationOf(flags, "rotationGrace", "--rotation-grace"),
  };
  if (lifetimes.graceMs * 6 > lifetimes.authorityMs) {
    throw new AmapError(
      "USAGE",
      "--rotation-grace: expected at most a sixth of --ca-lifetime, so that a rotation ends in time",
    );
  }
  const timeoutMs = durationOf(flags, "webhookTimeout", "--webhook-timeout");
  if (timeoutMs < 1_000 || timeoutMs > 30_000) throw new AmapError("USAGE", "--webhook-timeout: expected 1s to 30s");
  const [kubeconfig, context, webhookUrl] = ["kubeconfig", "context", "webhookUrl"].map((name) => textOf(flags, name));
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    namespace: text("namespace"),
    serviceName: text("serviceName"),
    listen: parseListenAddress(text("listen")),
    metricsListen: parseListenAddress(text("metricsListen")),
    clusterName: text("clusterName"),
    roles: rolesOf(text("roles")),
    scanIntervalMs: durationOf(flags, "scanInterval", "--scan-interval"),
    pullSecrets: choiceOf(flags, "pullSecrets", "--pull-secrets", PULL_SECRETS, "none"),
    verifyLayers: isOn(flags, "verifyLayers"),
    evidenceTtlMs: durationOf(flags, "evidenceTtl", "--evidence-ttl", 0),
    webhookTimeoutSeconds: Math.floor(timeoutMs / 1_000),
    excludedNamespaces: wordsOf(text("excludeNamespaces")),
    lifetimes,
    maxReports: countOf(flags, "maxReports", "--max-reports"),
    shutdownDelayMs: durationOf(flags, "shutdownDelay", "--shutdown-delay", 0),
  };
}

function wordsOf(list: string): readonly string[] {
  return list
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function rolesOf(list: string): readonly ControllerRole[] {
  const words = wordsOf(list);
  const roles = ROLES.filter((role) => words.includes(role));
  if (roles.length > 0 && roles.length === new Set(words).size) return roles;
  throw new AmapError("USAGE", `--roles: expected one or more of ${ROLES.join(", ")}, found "${list}"`);
}

function durationOf(flags: Flags, name: string, flag: string, leastMs = 1): number {
  const text = textOf(flags, name) ?? "";
  const ms = parseDuration(text);
  // A hundred years: what is beyond is a slip, and not every part can count so far.
  if (ms !== undefined && ms >= leastMs && ms <= 876_000 * HOUR_MS) return Math.ceil(ms);
  throw new AmapError("USAGE", `${flag}: expected a duration such as 10m, found "${text}"`);
}

function countOf(flags: Flags, name: string, flag: string): number {
  const text = textOf(flags, name) ?? "";
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new AmapError("USAGE", `${flag}: expected a number, found "${text}"`);
}
