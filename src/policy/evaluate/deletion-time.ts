import { type Issue, memberOf, parseDurationNs, parseTime, textOf, type Value } from "../../base/index.ts";

/** What happens to the objects that belong to one that is deleted. */
export type PropagationPolicy = "Foreground" | "Background" | "Orphan";

/** When an object is to be deleted by its own label; `time` in milliseconds since 1970-01-01T00:00:00Z. */
export type DeletionTime =
  | { readonly status: "none" }
  | { readonly status: "at"; readonly time: number; readonly propagation?: PropagationPolicy }
  | { readonly status: "invalid"; readonly issue: Issue };

const TTL_LABEL = "cleanup.kyverno.io/ttl";
const PROPAGATION_ANNOTATION = "cleanup.kyverno.io/propagation-policy";
/** What a label's value may hold. */
const LABEL_LENGTH = 63;
const PROPAGATIONS: readonly PropagationPolicy[] = ["Foreground", "Background", "Orphan"];

/**
 * When an object is to be deleted because of its label `cleanup.kyverno.io/ttl`, as Kyverno reads it: a duration since its
 * creation (`2m`, `1d12h`, `1week`), a time (`2026-01-02T150405Z`, in UTC) or a date (`2026-01-02`). None without the label,
 * and for an object that is being deleted already. The annotation `cleanup.kyverno.io/propagation-policy` says what happens
 * to the objects that belong to it; an unknown one counts as none. A label that cannot be read, a duration beyond 292 years
 * and a duration of an object whose creationTimestamp is not known are an issue VALUE_INVALID: nothing is deleted.
 *
 * @example
 * ```ts
 * import { deletionTimeOf } from "../index.ts";
 * const metadata = { labels: { "cleanup.kyverno.io/ttl": "90s" }, creationTimestamp: "1970-01-01T00:00:00Z" };
 * deletionTimeOf({ apiVersion: "v1", kind: "Pod", metadata }); // { status: "at", time: 90000 }
 * ```
 */
export function deletionTimeOf(object: Value): DeletionTime {
  const metadata = memberOf(object, "metadata") ?? null;
  const ttl = memberOf(memberOf(metadata, "labels"), TTL_LABEL);
  if (ttl === undefined || textOf(metadata, "deletionTimestamp") !== "") return { status: "none" };
  const time = typeof ttl === "string" ? timeOf(ttl, textOf(metadata, "creationTimestamp")) : undefined;
  if (typeof time !== "number") return { status: "invalid", issue: issueOf(ttl, time) };
  const stated = textOf(memberOf(metadata, "annotations"), PROPAGATION_ANNOTATION);
  const propagation = PROPAGATIONS.find((each) => each === stated);
  return { status: "at", time, ...(propagation === undefined ? {} : { propagation }) };
}

function timeOf(ttl: string, createdAt: string): number | string | undefined {
  if (ttl.length > LABEL_LENGTH) return undefined;
  const duration = readDuration(ttl);
  if (duration === undefined) return readTime(ttl);
  if (duration === "tooLong") return "the duration is longer than 292 years";
  const created = parseTime(createdAt);
  if (created === undefined) return "it counts from metadata.creationTimestamp, which is no time";
  return created + Number(duration / 1_000_000n);
}

function issueOf(ttl: Value, reason: string | undefined): Issue {
  const expected = "expected a duration such as 2d, a time such as 2026-01-02T150405Z or a date such as 2026-01-02";
  const found = typeof ttl === "string" ? JSON.stringify(ttl.slice(0, 80)) : "no text";
  const message = reason ?? `${expected}, found ${found}`;
  return { code: "VALUE_INVALID", path: `metadata.labels["${TTL_LABEL}"]`, message };
}

const MAX_NS = 2n ** 63n - 1n;
const PART = /(\d+)\s*([A-Za-zµ]+)/g;
const HOUR_NS = 3_600_000_000_000n;

/** Units: their short names, and what their long names begin with. */
const UNITS: readonly (readonly [names: readonly string[], long: string, ns: bigint])[] = [
  [["ns"], "nano", 1n],
  [["us", "µs"], "micro", 1_000n],
  [["ms"], "milli", 1_000_000n],
  [["s"], "sec", 1_000_000_000n],
  [["m"], "min", 60_000_000_000n],
  [["h", "hr"], "hour", HOUR_NS],
  [["d"], "day", 24n * HOUR_NS],
  [["w", "wk"], "week", 168n * HOUR_NS],
];

/** Go's durations, and others in which every number before a unit counts, whatever stands between. */
function readDuration(text: string): bigint | "tooLong" | undefined {
  const plain = parseDurationNs(text);
  if (plain !== undefined) return plain;
  let total: bigint | undefined;
  for (const [, digits = "", word = ""] of text.matchAll(PART)) {
    const unitName = word.toLowerCase();
    const unit = UNITS.find(([names, long]) => names.includes(unitName) || unitName.startsWith(long));
    if (digits.length > 19) return "tooLong";
    if (unit !== undefined) total = (total ?? 0n) + BigInt(digits) * unit[2];
  }
  return total !== undefined && total > MAX_NS ? "tooLong" : total;
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2})(\d{2})(\d{2})([.,]\d+)?Z)?$/;

function readTime(text: string): number | undefined {
  const [, date, hour = "00", minute = "00", second = "00", fraction = ""] = TIME.exec(text) ?? [];
  if (date === undefined) return undefined;
  return parseTime(`${date}T${hour}:${minute}:${second}${fraction.replace(",", ".").slice(0, 10)}Z`);
}
