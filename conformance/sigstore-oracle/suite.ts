/**
 * @sigstore/verify as oracle: mutated bundles through it and through amap, with a fixed seed; both verdicts must be equal.
 * Where they are not, the difference is named by the kind of mutation and its cause, and the ledger says why. AMAP_CASES
 * is how many (1,000; 10,000 has a ledger of its own), AMAP_SEED another seed, for which there is no ledger.
 * `AMAP_LEDGER=write` writes the ledger anew, with a line for each new cause to be explained.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { writeLedger } from "../cel-spec/ledger.ts";
import { readBases } from "./bases.ts";
import { type Difference, explainDifference } from "./explain.ts";
import type { Json } from "./json-places.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";
import { createRandom, type Random } from "./random.ts";
import { createJudges } from "./verdicts.ts";

const SUITE = "sigstore-oracle";
const CASES = 1000;
const MANY = 10_000;
const SEED = 1;

/** Runs every case. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const bases = readBases(options.suitesDirectory).map((base) => ({ ...base, judges: createJudges(base) }));
  if (bases.length === 0) return suiteNotRun(SUITE, "its bundles, or @sigstore/tuf's root, are not there");
  const cases = Number(process.env["AMAP_CASES"] ?? CASES);
  const seed = Number(process.env["AMAP_SEED"] ?? SEED);
  const results: CaseResult[] = [];
  const differences = new Map<string, Difference[]>();
  const reasons = new Map<string, string>();
  for (let index = 0; index < cases; index++) {
    const random = createRandom(seed * 1_000_003 + index);
    const base = random.pick(bases);
    const bundle = structuredClone(base.bundle);
    const { mutation, place } = mutate(bundle, random, random.pick(bases).bundle);
    const [ours, theirs] = [base.judges.ours(bundle), base.judges.theirs(bundle)];
    const name = `case ${index}: ${base.name}, ${mutation.name} ${place}`;
    if (ours.accepted === theirs.accepted) {
      results.push({ case: name, passed: true });
      continue;
    }
    const difference = { name, mutation: mutation.name, place, ours, theirs };
    const { name: cause, reason } = explainDifference(difference);
    if (reason !== undefined) reasons.set(cause, reason);
    differences.set(cause, [...(differences.get(cause) ?? []), difference]);
  }
  const groups = [...differences].map(
    ([cause, found]): CaseResult => ({ case: cause, passed: false, message: describe(found) }),
  );
  return judge([...results, ...groups], reasons, ledgerName(cases, seed));
}

/** Changes a bundle in a way that it has a place for. */
function mutate(bundle: Json, random: Random, other: Json): { readonly mutation: Mutation; readonly place: string } {
  for (;;) {
    const mutation = random.pick(MUTATIONS);
    const place = mutation.apply(bundle, random, other);
    if (place !== undefined) return { mutation, place };
  }
}

function describe(found: readonly Difference[]): string {
  const [first] = found;
  const side = first?.ours.accepted === true ? "amap accepts" : "amap refuses";
  const reason = first?.ours.accepted === true ? first.theirs.reason : first?.ours.reason;
  return `${found.length} cases, ${side}; ${first?.name}: ${reason}`;
}

/** The ledger of a run that everybody can repeat. */
function ledgerName(cases: number, seed: number): string | undefined {
  if (seed !== SEED) return undefined;
  if (cases === CASES) return "expected-failures.json";
  return cases === MANY ? "expected-failures-10000.json" : undefined;
}

/** With a ledger strictly; without one, what has an explanation is none of the run's failures. */
function judge(
  results: readonly CaseResult[],
  reasons: ReadonlyMap<string, string>,
  name: string | undefined,
): SuiteResult {
  if (name === undefined) {
    const unexplained = results.filter((result) => result.passed || !reasons.has(result.case));
    return judgeWithLedger(SUITE, unexplained, []);
  }
  const path = join(import.meta.dirname, name);
  const ledger = JSON.parse(readFileSync(path, "utf8")) as readonly LedgerEntry[];
  if (process.env["AMAP_LEDGER"] !== "write") return judgeWithLedger(SUITE, results, ledger);
  const since = new Date().toISOString().slice(0, 10);
  const known = new Map(ledger.map((entry) => [entry.case, entry]));
  const written = results
    .filter(({ passed }) => !passed)
    .map(({ case: cause, message }) => {
      const reason = reasons.get(cause) ?? `a reason is missing: ${message}`;
      return { case: cause, reason, since: known.get(cause)?.since ?? since };
    })
    .sort((left, right) => (left.case < right.case ? -1 : 1));
  writeLedger(path, written);
  return judgeWithLedger(SUITE, results, written);
}
