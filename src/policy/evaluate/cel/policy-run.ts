import { AmapError, LIMITS, type Value } from "../../../base/index.ts";
import type { CelPlan, CelRun, CelVariant, FindSchema } from "../../compile/cel-plan.ts";
import { CelError } from "../../language/cel/error.ts";
import type { CelEffect } from "../../language/cel/function.ts";
import type { CelProgram } from "../../language/cel/program.ts";
import type { CelValue } from "../../language/cel/values/value.ts";
import type { NotingFactReader } from "../fact-reader.ts";
import type { PolicyInput } from "../input.ts";
import type { Remembered } from "../progress.ts";
import type { TraceStep } from "../rule-trace.ts";
import { VariableScope } from "../variable-scope.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { bindValues, type NamedValues } from "./cel-values.ts";
import { failedOutcome } from "./engine-words.ts";
import { failureReason } from "./failure-reason.ts";

/** Variables that were made in passes before, by the values they were made from. */
export type VariableMemory = Map<string, Map<string, Remembered>>;

/** What all runs of one unit share in one pass. */
export interface RunShared {
  readonly plan: CelPlan;
  readonly variant: CelVariant;
  readonly input: PolicyInput;
  readonly now: number;
  readonly schemaOf: FindSchema;
  readonly changesExisting: boolean;
  readonly seed: string;
  readonly reader: NotingFactReader;
  readonly memory: VariableMemory;
  /** Where the unit stands in the plan: in memory, and in what chance is made of. */
  readonly key: string;
  readonly meter: StepMeter;
  readonly note: ((step: TraceStep) => void) | undefined;
}

/** Counts what the policy takes. */
export class StepMeter {
  steps: number;

  /** With what the units before have taken. */
  constructor(steps: number) {
    this.steps = steps;
  }

  /** @throws {AmapError} BUDGET_EXCEEDED */
  charge(steps: number): void {
    this.steps += steps;
    if (this.steps <= LIMITS.policySteps) return;
    throw new AmapError("BUDGET_EXCEEDED", `the policy takes more than ${LIMITS.policySteps} steps`);
  }
}

/** A run over one set of values. */
export class PolicyRun implements CelRun {
  readonly #shared: RunShared;
  readonly #values: NamedValues;
  readonly #scope: VariableScope;
  readonly #remembered: Map<string, Remembered>;
  /** Which of the runs of its unit it is, in the order they are made: the same in every pass. */
  readonly #place: string;
  #successors = 0;

  constructor(shared: RunShared, values: NamedValues, place = "0", inherited?: ReadonlyMap<string, Remembered>) {
    this.#shared = shared;
    this.#values = values;
    this.#place = place;
    const key = `${shared.key}#${place}`;
    this.#remembered = new Map([...(shared.memory.get(key) ?? []), ...(inherited ?? [])]);
    shared.memory.set(key, this.#remembered);
    const { variables } = shared.variant;
    this.#scope = new VariableScope(
      {
        policy: `${shared.plan.namespace}/${shared.plan.policy}/${shared.key}`,
        programs: variables.programs,
        values: bindValues(variables.environment, values),
        ...(shared.plan.rules === "kubernetes" ? { asFailure: compositedFailure } : {}),
      },
      shared.reader,
      { now: shared.now, seed: shared.seed, remembered: this.#remembered },
      [],
    );
  }

  get plan(): CelPlan {
    return this.#shared.plan;
  }

  get variant(): CelVariant {
    return this.#shared.variant;
  }

  get input(): PolicyInput {
    return this.#shared.input;
  }

  get object(): Value {
    return this.#shared.input.object;
  }

  get now(): number {
    return this.#shared.now;
  }

  get schemaOf(): FindSchema {
    return this.#shared.schemaOf;
  }

  get changesExisting(): boolean {
    return this.#shared.changesExisting;
  }

  get facts(): NotingFactReader {
    return this.#shared.reader;
  }

  evaluate(program: CelProgram, path: string, effects?: CelEffect[]): CelValue {
    // What an evaluation that was given up had still to compute is not this one's.
    this.#scope.waiting.length = 0;
    try {
      const value = this.#scope.evaluate(program, path, effects);
      this.note({ kind: "expression", path, source: program.source, value: shownValue(value) });
      return value;
    } catch (thrown) {
      if (thrown instanceof AmapError) this.note({ kind: "note", path, message: failureReason(thrown) });
      throw thrown;
    } finally {
      this.charge(this.#scope.stepsUsed);
    }
  }

  withValues(values: NamedValues, options: { readonly isFresh?: boolean } = {}): CelRun {
    const kept =
      options.isFresh === true ? [] : [...this.#remembered].filter(([name]) => this.#scope.settled.has(name));
    const place = `${this.#place}.${this.#successors++}`;
    return new PolicyRun(this.#shared, { ...this.#values, ...values }, place, new Map(kept));
  }

  failed(error: AmapError, message = failureReason(error)): CelOutcome {
    return failedOutcome(this.plan, error, message);
  }

  charge(steps: number): void {
    this.#shared.meter.charge(steps);
  }

  note(step: TraceStep): void {
    this.#shared.note?.(step);
  }
}

/** What the API server says of a variable that fails. */
function compositedFailure(declared: string, error: AmapError): AmapError {
  const name = declared.slice("variables.".length);
  const message = `composited variable "${name}" fails to evaluate: ${failureReason(error)}`;
  return new CelError("failed", message, { code: error.code, cause: error });
}

/** A text, number or boolean of CEL as it is told of; of everything else that it is none. */
function shownValue(value: CelValue): Value {
  const isPlain = typeof value === "string" || typeof value === "boolean" || typeof value === "number";
  return isPlain || typeof value === "bigint" || value === null ? value : "(a list, an object or another value)";
}
