import { AmapError, compareText, formatDuration, parseDuration, parseTime } from "../base/index.ts";
import type { AdvisoryDatabaseStatus, EcosystemAge } from "../ports/index.ts";

/** How old the advisories about one ecosystem are. */
export interface NeededAge extends EcosystemAge {
  readonly ecosystem: string;
  /** The earlier of the two: old records make no fresh database, and a record's own date is only its author's word. */
  readonly updatedAt: string;
}

/** How old a database may be: at all, and of single ecosystems. Milliseconds. */
interface AgeLimits {
  readonly otherwise?: number;
  readonly byEcosystem: ReadonlyMap<string, number>;
}

const DAYS = /^(\d{1,6})d$/;
const DAY_MS = 86_400_000;

/**
 * The ages of the ecosystems that keys name and the database has advisories for; of all where no keys are given. Sorted,
 * the oldest first.
 */
export function agesOf({ ages }: AdvisoryDatabaseStatus, keys?: Iterable<string>): readonly NeededAge[] {
  const named = keys === undefined ? Object.keys(ages) : [...keys].map((key) => key.slice(0, key.indexOf("/")));
  return [...new Set(named)]
    .flatMap((ecosystem): readonly NeededAge[] => {
      const age = Object.hasOwn(ages, ecosystem) ? ages[ecosystem] : undefined;
      return age === undefined ? [] : [{ ecosystem, ...age, updatedAt: earlier(age.importedAt, age.newestRecordAt) }];
    })
    .sort((a, b) => timeOf(a.updatedAt) - timeOf(b.updatedAt) || compareText(a.ecosystem, b.ecosystem));
}

/** The earlier of two RFC 3339 times. */
export function earlier(one: string, other: string): string {
  return timeOf(other) < timeOf(one) ? other : one;
}

const timeOf = (text: string): number => parseTime(text) ?? 0;

/**
 * Reads `DURATION` and `ECOSYSTEM=DURATION`, where a duration is Go's (`36h`) or days (`7d`).
 * @throws {AmapError} USAGE
 */
export function parseAgeLimits(texts: readonly string[], flag: string): AgeLimits {
  const byEcosystem = new Map<string, number>();
  let otherwise: number | undefined;
  for (const text of texts) {
    const at = text.lastIndexOf("=");
    const days = DAYS.exec(text.slice(at + 1))?.[1];
    const ms = days === undefined ? parseDuration(text.slice(at + 1)) : Number(days) * DAY_MS;
    if (ms === undefined || ms <= 0 || at === 0) {
      throw new AmapError("USAGE", `${flag}: expected DURATION or ECOSYSTEM=DURATION, found "${text}"`, {
        hint: "A duration is 7d, 36h or 90m.",
      });
    }
    if (at < 0) otherwise = ms;
    else byEcosystem.set(text.slice(0, at), ms);
  }
  return { ...(otherwise === undefined ? {} : { otherwise }), byEcosystem };
}

/**
 * A limit for an ecosystem that the database does not know is mistyped, or can never be kept.
 * @throws {AmapError} USAGE
 */
export function refuseUnknownAges({ ages, uri }: AdvisoryDatabaseStatus, { byEcosystem }: AgeLimits): void {
  const unknown = [...byEcosystem.keys()].find((name) => !Object.hasOwn(ages, name));
  if (unknown === undefined) return;
  const known = Object.keys(ages).slice(0, 20).join(", ");
  throw new AmapError("USAGE", `an age is asked for of ${unknown.slice(0, 60)}, which ${uri} holds no advisories for`, {
    hint: `It holds some for ${known}.`,
  });
}

/**
 * What of the ecosystems that were needed is older than it may be, a sentence each.
 * @param now milliseconds since 1970
 */
export function describeTooOld(ages: readonly NeededAge[], limits: AgeLimits, now: number): readonly string[] {
  return ages.flatMap(({ ecosystem, updatedAt, importedAt, newestRecordAt }) => {
    const limit = limits.byEcosystem.get(ecosystem) ?? limits.otherwise;
    if (limit === undefined || now - timeOf(updatedAt) <= limit) return [];
    const dates = `imported ${importedAt}, newest record of ${newestRecordAt}`;
    return [`the advisories for ${ecosystem} are older than ${formatDuration(limit)}: ${dates}`];
  });
}
