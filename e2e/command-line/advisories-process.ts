/**
 * A process of advisories.test.ts: `import DATABASE FOLDER` imports once and says when it begins; `scan DATABASE` looks up again
 * and again until its standard input ends, each time in two parts of one snapshot, and says what it found.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openAdvisoryDatabase } from "../../src/adapters/sqlite/index.ts";
import { type AdvisoryBatch, advisoryKeysOf, type Component, readAdvisoryDocument } from "../../src/metadata/index.ts";

const [mode = "", path = "", folder = ""] = process.argv.slice(2);
const database = openAdvisoryDatabase(path);

if (mode === "import") {
  console.log("begun");
  const batches = readdirSync(folder).map((name): AdvisoryBatch => {
    const read = readAdvisoryDocument(readFileSync(join(folder, name)));
    if (!read.ok) throw new Error(`${name}: ${read.issues[0]?.message}`);
    return read.value;
  });
  await database.import(batches, { importedAt: "2026-01-01T00:00:00Z", complete: () => ["npm"] });
} else {
  const input = { isOver: false };
  process.stdin.on("end", () => (input.isOver = true)).resume();
  const components = Array.from({ length: 200 }, (_, at): Component => {
    const purl = `pkg:npm/thing-${at}@1.0.0`;
    const names = { ref: purl, name: `thing-${at}`, version: "1.0.0", purl } as const;
    return { ...names, kind: "library", licenses: [], hashes: [], locations: [], scope: "production" };
  });
  const keys = components.flatMap(advisoryKeysOf);
  while (!input.isOver) {
    const snapshot = await database.snapshot();
    const first = await snapshot.lookup(keys.slice(0, 100));
    // Long enough for an import to end in between.
    await new Promise((resolve) => setTimeout(resolve, 150));
    const found = [...first.values(), ...(await snapshot.lookup(keys.slice(100))).values()].flat();
    console.log([...new Set(found.map(({ summary }) => summary))].join(" "), found.length);
    await snapshot.close();
  }
}
await database.close();
