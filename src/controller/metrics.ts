import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** A label whose values come from outside: the first `limit` different ones are kept, all others are `other`. */
export function boundedLabel(limit: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit || value.length > MAX_LABEL) return "other";
    known.add(value);
    return value;
  };
}

const MAX_LABEL = 253;
const KINDS = 50;
const POLICIES = 200;

/** All that the controller counts, with labels that cannot grow without bound (C19). */
export interface Metrics {
  readonly contentType: string;
  /** Prometheus' text form. */
  read(): Promise<string>;
  admission(review: {
    readonly purpose: "validate" | "pin" | "policies";
    readonly operation: string;
    readonly kind: string;
    readonly allowed: boolean;
    readonly durationMs: number;
  }): void;
  /** A request that got no review: `malformed`, `busy`, `failed`, `timeout`, `not-found`. */
  refused(reason: string): void;
  result(source: "admission" | "background", policy: string, status: string): void;
  policies(counts: { readonly ready: number; readonly refused: number }): void;
  scanned(outcome: "reported" | "no-policy" | "failed"): void;
  scanPass(durationMs: number, failedKinds: number): void;
  scanQueue(length: number): void;
  report(outcome: "written" | "unchanged" | "deleted" | "over-limit" | "failed"): void;
  event(outcome: "sent" | "dropped" | "repeated" | "failed"): void;
  webhookPutBack(): void;
  certificateExpiry(epochSeconds: number): void;
  leader(leads: boolean): void;
  store(answers: boolean): void;
}

/** Metrics in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const admission = createAdmissionMetrics(registry);
  const background = createBackgroundMetrics(registry);
  return {
    contentType: registry.contentType,
    read: () => registry.metrics(),
    ...admission,
    ...background,
  };
}

type AdmissionMetrics = Pick<Metrics, "admission" | "refused" | "result" | "certificateExpiry">;

function createAdmissionMetrics(registry: Registry): AdmissionMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "amap_admission_requests_total",
    help: "Admission reviews that were answered.",
    labelNames: ["purpose", "operation", "kind", "allowed"] as const,
    registers,
  });
  const duration = new Histogram({
    name: "amap_admission_duration_seconds",
    help: "From the request's first byte to its answer.",
    labelNames: ["purpose"] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const refused = new Counter({
    name: "amap_admission_refused_total",
    help: "Requests that got no review: the API server applied the failure policy.",
    labelNames: ["reason"] as const,
    registers,
  });
  const results = new Counter({
    name: "amap_policy_results_total",
    help: "Results of rules.",
    labelNames: ["source", "policy", "status"] as const,
    registers,
  });
  const expiry = new Gauge({
    name: "amap_webhook_certificate_expiry_seconds",
    help: "When the serving certificate in use ends, seconds since 1970.",
    registers,
  });
  const kindLabel = boundedLabel(KINDS);
  const policyLabel = boundedLabel(POLICIES);
  return {
    admission: ({ purpose, operation, kind, allowed, durationMs }) => {
      requests.inc({ purpose, operation, kind: kindLabel(kind), allowed: String(allowed) });
      duration.observe({ purpose }, durationMs / 1_000);
    },
    refused: (reason) => refused.inc({ reason }),
    result: (source, policy, status) => results.inc({ source, policy: policyLabel(policy), status }),
    certificateExpiry: (epochSeconds) => expiry.set(epochSeconds),
  };
}

type BackgroundMetrics = Omit<Metrics, keyof AdmissionMetrics | "contentType" | "read">;

function createBackgroundMetrics(registry: Registry): BackgroundMetrics {
  const registers = [registry];
  const counter = (name: string, help: string): Counter<"outcome"> =>
    new Counter({ name, help, labelNames: ["outcome"] as const, registers });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const policies = new Gauge({
    name: "amap_policies",
    help: "Policies that the cluster has.",
    labelNames: ["state"] as const,
    registers,
  });
  const scanned = counter("amap_scan_resources_total", "Resources that the background scan looked at.");
  const reports = counter("amap_scan_reports_total", "What became of policy reports.");
  const events = counter("amap_events_total", "What became of events.");
  const dropped = new Counter({
    name: "amap_events_dropped_total",
    help: "Events that were dropped because too many waited.",
    registers,
  });
  const passDuration = gauge("amap_scan_pass_duration_seconds", "How long the last whole scan took.");
  const failedKinds = gauge("amap_scan_failed_kinds", "Kinds that the last whole scan could not list.");
  const queue = gauge("amap_scan_queue_length", "Changed resources that wait for their scan.");
  const leader = gauge("amap_leader", "1 while this replica leads.");
  const putBack = new Counter({
    name: "amap_webhook_configurations_put_back_total",
    help: "Times that somebody else's change of a webhook configuration was undone.",
    registers,
  });
  const store = gauge("amap_store_up", "1 while the store answers, as of the last probe of readiness.");
  leader.set(0);
  return {
    policies: ({ ready, refused }) => {
      policies.set({ state: "ready" }, ready);
      policies.set({ state: "refused" }, refused);
    },
    scanned: (outcome) => scanned.inc({ outcome }),
    scanPass: (durationMs, failed) => {
      passDuration.set(durationMs / 1_000);
      failedKinds.set(failed);
    },
    scanQueue: (length) => queue.set(length),
    report: (outcome) => reports.inc({ outcome }),
    event: (outcome) => {
      events.inc({ outcome });
      if (outcome === "dropped") dropped.inc();
    },
    webhookPutBack: () => putBack.inc(),
    leader: (leads) => leader.set(leads ? 1 : 0),
    store: (answers) => store.set(answers ? 1 : 0),
  };
}
