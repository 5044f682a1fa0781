import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBufferPromise } from "yauzl";
import { readJson } from "../../src/base/index.ts";
import { type Advisory, decodeAdvisory, keysOfAdvisory } from "../../src/metadata/index.ts";

/** The advisories of the suite's database that were asked for, as a look-up of them by key gives them. */
export interface SuiteAdvisories {
  readonly byKey: ReadonlyMap<string, readonly Advisory[]>;
  /** Advisories by ecosystem, with and without release suffix. */
  readonly coverage: Readonly<Record<string, number>>;
  /** Records that amap refuses: `FILE: why`. */
  readonly refused: readonly string[];
  readonly count: number;
}

/** Reads `db/<ecosystem>/all.zip` of each ecosystem. */
export async function readSuiteAdvisories(root: string, ecosystems: readonly string[]): Promise<SuiteAdvisories> {
  const byKey = new Map<string, Advisory[]>();
  const coverage: Record<string, number> = {};
  const refused: string[] = [];
  let count = 0;
  for (const ecosystem of ecosystems) {
    const zip = await fromBufferPromise(readFileSync(join(root, "db", ecosystem, "all.zip")), { lazyEntries: true });
    for await (const entry of zip.eachEntry()) {
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      const decoded = decodeAdvisory(readJson(Buffer.concat(chunks)));
      if (!decoded.ok) {
        refused.push(`${ecosystem}/${entry.fileName}: ${decoded.issues[0]?.path} ${decoded.issues[0]?.message}`);
        continue;
      }
      count += 1;
      const names = decoded.value.affected.flatMap((affected) => [
        affected.ecosystem,
        affected.ecosystem.split(":")[0],
      ]);
      for (const name of new Set(names)) if (name !== undefined) coverage[name] = (coverage[name] ?? 0) + 1;
      // The truth holds each package against its own ecosystem's export only.
      for (const key of keysOfAdvisory(decoded.value).filter((each) => each.startsWith(`${ecosystem}/`))) {
        const filed = byKey.get(key);
        if (filed === undefined) byKey.set(key, [decoded.value]);
        else filed.push(decoded.value);
      }
    }
  }
  return { byKey, coverage, refused, count };
}
