import { AmapError, canonicalJson, digestOf, encodeUtf8, formatTime, parseTime } from "../base/index.ts";
import { type Advisory, ecosystemsOfAdvisory, keysOfAdvisory } from "../metadata/index.ts";
import type { AdvisoryDatabase } from "../ports/index.ts";

/** An advisory database in memory, with records that are there from the start. */
export function createFakeAdvisoryDatabase(
  initial: readonly Advisory[] = [],
  importedAt = "1970-01-01T00:00:00Z",
): AdvisoryDatabase {
  const byId = new Map(initial.map((advisory) => [advisory.id, advisory]));
  const wholeEcosystems = new Set<string>();
  const timeOf = ({ modified }: Advisory): number => parseTime(modified) ?? 0;
  let updatedAt = importedAt;
  const sorted = (): Advisory[] => [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const live = (): Advisory[] => sorted().filter((advisory) => advisory.withdrawn === undefined);
  return {
    status: async () => {
      const ecosystems = new Map<string, number>();
      for (const name of live().flatMap(ecosystemsOfAdvisory)) ecosystems.set(name, (ecosystems.get(name) ?? 0) + 1);
      const lines = sorted().map(({ id, source }) => `${id}\n${digestOf(encodeUtf8(canonicalJson(source)))}\n`);
      return {
        uri: "memory:",
        updatedAt,
        newestRecordAt: formatTime(sorted().reduce((newest, advisory) => Math.max(newest, timeOf(advisory)), 0)),
        ecosystems: Object.fromEntries(ecosystems),
        complete: [...wholeEcosystems].filter((name) => ecosystems.has(name)).sort(),
        version: digestOf(encodeUtf8(lines.join(""))),
      };
    },
    lookup: async (keys) => {
      const wanted = new Set(keys);
      const found = new Map<string, Advisory[]>();
      for (const advisory of live()) {
        for (const key of keysOfAdvisory(advisory)) {
          if (wanted.has(key)) found.set(key, [...(found.get(key) ?? []), advisory]);
        }
      }
      return found;
    },
    import: async (advisories, time, complete = []) => {
      if (parseTime(time) === undefined) throw new AmapError("VALUE_INVALID", "expected an RFC 3339 time of import");
      let outdated = 0;
      for (const advisory of advisories) {
        const known = byId.get(advisory.id);
        if (known !== undefined && timeOf(known) > timeOf(advisory)) outdated++;
        else byId.set(advisory.id, advisory);
      }
      for (const name of complete) wholeEcosystems.add(name);
      updatedAt = time;
      return { written: advisories.length - outdated, outdated };
    },
    close: async () => undefined,
  };
}
