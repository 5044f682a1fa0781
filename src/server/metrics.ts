import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** The server's figures for Prometheus. Labels take few values: patterns of routes, never addresses. */
export interface Metrics {
  /** A request that was answered. */
  observe(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** The text of all figures. */
  read(): Promise<string>;
  readonly contentType: string;
}

const METHODS = new Set(["GET", "HEAD", "POST", "DELETE"]);
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A registry of its own for each server: two in one process do not meet. */
export function createMetrics(countStreams: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: "amap_http_requests_total",
    help: "Requests answered, by method, route and class of status.",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "amap_http_request_duration_seconds",
    help: "How long answering took, by route.",
    labelNames: ["route"],
    buckets: SECONDS,
    registers,
  });
  const streams: Gauge = new Gauge({
    name: "amap_http_event_streams",
    help: "Event streams open now.",
    registers,
    collect: () => streams.set(countStreams()),
  });
  return {
    contentType: registry.contentType,
    read: () => registry.metrics(),
    observe: ({ method, route, status, seconds }) => {
      const labels = { method: METHODS.has(method) ? method : "other", route, status: `${Math.floor(status / 100)}xx` };
      requests.inc(labels);
      durations.observe({ route }, seconds);
    },
  };
}
