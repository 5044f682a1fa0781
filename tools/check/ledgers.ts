/**
 * The conformance ledgers may only shrink: compares the number of expected failures of each suite with the newest
 * commit on main that is not this work. A suite that is new has no earlier count and passes.
 */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

function git(...words: readonly string[]): string | undefined {
  try {
    return execFileSync("git", words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

/** A group of cases counts as often as it has cases. */
const countOf = (text: string): number =>
  (JSON.parse(text) as readonly { readonly cases?: number }[]).reduce((sum, entry) => sum + (entry.cases ?? 1), 0);
// In CI the checkout is main itself: there the commit before it is what a ledger is held against.
const base = git("rev-parse", "--verify", "--quiet", "HEAD~1")?.trim();
let grown = 0;
for (const path of globSync("conformance/*/expected-failures.json", { cwd: root }).sort()) {
  const now = countOf(readFileSync(join(root, path), "utf8"));
  const before = base === undefined ? undefined : git("show", `${base}:${path}`);
  const was = before === undefined ? undefined : countOf(before);
  console.log(`${path}: ${now} expected failures${was === undefined ? " (new)" : `, before ${was}`}`);
  if (was !== undefined && now > was) grown += 1;
}
if (grown > 0) console.error(`${grown} ledger(s) grew: fix the cases instead of expecting them to fail`);
process.exit(grown === 0 ? 0 : 1);
