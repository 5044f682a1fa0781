/**
 * How often each library evaluates each expression in a second: functions of one process, in rotation. A second is one of
 * processor time of this process (its collector and compiler threads included), so that whatever else a shared machine
 * does meanwhile counts little.
 */
import { type Spread, spreadOf } from "../harness.ts";
import { AMAP, type Contestant, type Evaluate, PEERS } from "./contestants.ts";
import type { BenchExpression } from "./expressions.ts";

/** The smallest ratio, amap over the fastest right peer, that is aimed for. */
export const SPEED_AIM = 5;

/** How the measuring is done. */
export interface SpeedOptions {
  readonly rounds: number;
  /** Each measurement lasts at least this long. */
  readonly measureMs: number;
  /** How long each library evaluates each expression before anything counts, twice. */
  readonly warmUpMs: number;
}

/** What one library did with one expression. */
export interface LibraryResult {
  readonly library: string;
  /** Why it is no peer in this row; empty when it gives the right answers. */
  readonly refused: string;
  /** The form of the objects it was given. */
  readonly form: string;
  /** Evaluations a second of processor time. */
  readonly perSecond?: Spread;
}

/** One row of the table. */
export interface SpeedResult {
  readonly name: string;
  readonly characters: number;
  readonly objects: number;
  readonly libraries: readonly LibraryResult[];
  /** Over the rounds: amap's rate divided by the fastest right peer's of the same round. */
  readonly ratio: Spread;
  readonly aim: number;
}

/** A library that is ready to be measured with one expression. */
interface Runner {
  readonly contestant: Contestant;
  readonly form: string;
  readonly refused: string;
  readonly measure: (atLeastMs: number) => number;
  readonly rates: number[];
}

/**
 * Warms every library up with every expression, so that none is measured with code shaped for one expression alone, then
 * measures all of them in rotation: expression after expression, amap and its peers in turn, round after round.
 *
 * @throws {Error} when amap gives a wrong answer
 */
export function measureSpeed(expressions: readonly BenchExpression[], options: SpeedOptions): readonly SpeedResult[] {
  const rows = expressions.map((expression) => ({
    expression,
    runners: [AMAP, ...PEERS].map((contestant) => prepareRunner(contestant, expression)),
  }));
  for (const { expression, runners } of rows) {
    if (runners[0]?.refused !== "") throw new Error(`amap, ${expression.name}: ${runners[0]?.refused}`);
  }
  const ready = rows.flatMap(({ runners }) => runners.filter((runner) => runner.refused === ""));
  for (let pass = 0; pass < 2; pass++) for (const runner of ready) runner.measure(options.warmUpMs);
  for (let round = 0; round < options.rounds; round++)
    for (const runner of ready) runner.rates.push(runner.measure(options.measureMs));
  return rows.map(({ expression, runners }) => toResult(expression, runners));
}

function toResult(expression: BenchExpression, runners: readonly Runner[]): SpeedResult {
  const [amap, ...peers] = runners as [Runner, ...Runner[]];
  const right = peers.filter((peer) => peer.refused === "");
  const ratios = amap.rates.map((rate, round) => rate / Math.max(...right.map((peer) => peer.rates[round] ?? 0)));
  return {
    name: expression.name,
    characters: expression.source.length,
    objects: expression.objects.length,
    libraries: runners.map(({ contestant, form, refused, rates }) => ({
      library: contestant.name,
      refused,
      form,
      ...(refused === "" ? { perSecond: spreadOf(rates) } : {}),
    })),
    ratio: spreadOf(ratios),
    aim: SPEED_AIM,
  };
}

/** The library with the first form of the objects for which all its answers are right. */
function prepareRunner(contestant: Contestant, expression: BenchExpression): Runner {
  const head = { contestant, rates: [], form: "", measure: () => Number.NaN };
  let evaluate: Evaluate;
  try {
    evaluate = contestant.compile(expression.source);
  } catch (error) {
    return { ...head, refused: `cannot compile: ${firstLine(error)}` };
  }
  let refused = "";
  for (const form of contestant.forms) {
    const inputs = expression.objects.map(({ object }) => form.prepare(JSON.stringify(object)));
    refused = wrongAnswer(evaluate, inputs, expression);
    if (refused !== "") continue;
    const passing = expression.objects.filter(({ answer }) => answer).length;
    return { ...head, form: form.note, refused, measure: createMeasure(evaluate, inputs, passing) };
  }
  return { ...head, refused };
}

/** What is wrong with its answers; empty when nothing is. */
function wrongAnswer(evaluate: Evaluate, inputs: readonly unknown[], expression: BenchExpression): string {
  for (const [index, { note, answer }] of expression.objects.entries()) {
    try {
      const given = evaluate(inputs[index]);
      if (given !== answer) return `${note}: ${String(given)} instead of ${answer}`;
    } catch (error) {
      return `${note}: ${firstLine(error)}`;
    }
  }
  return "";
}

/** Evaluations a second of processor time, over at least the time given; every answer is looked at. */
function createMeasure(evaluate: Evaluate, inputs: readonly unknown[], passing: number): (atLeastMs: number) => number {
  let batch = 1;
  return (atLeastMs) => {
    const started = process.cpuUsage();
    let elapsed = 0;
    let evaluations = 0;
    while (elapsed < atLeastMs) {
      if (evaluateOften(evaluate, inputs, batch) !== batch * passing) throw new Error("an answer changed");
      evaluations += batch * inputs.length;
      const { user, system } = process.cpuUsage(started);
      elapsed = Math.max(user + system, 1) / 1000;
      // The clock is read about twenty times in a measurement.
      batch = Math.max(1, Math.round((((evaluations / inputs.length) * atLeastMs) / elapsed) * 0.05));
    }
    return (evaluations / elapsed) * 1000;
  };
}

/** The loop that is timed, one function for all libraries: how many of the answers are true. */
function evaluateOften(evaluate: Evaluate, inputs: readonly unknown[], times: number): number {
  let passed = 0;
  for (let time = 0; time < times; time++) for (const input of inputs) if (evaluate(input) === true) passed++;
  return passed;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
