import type { Value } from "../../base/index.ts";
import type { CompiledEntries } from "../evaluate/context-entries.ts";
import type { FactReader } from "../evaluate/facts.ts";
import type { Operation, PolicyInput } from "../evaluate/input.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import type { TraceStep } from "../evaluate/rule-trace.ts";
import type { RuleBudget, RuleMemory } from "./rule-memory.ts";

/** What one rule is evaluated with, in one pass. */
export interface RuleRun {
  readonly policy: string;
  /** Of a Policy; empty for a ClusterPolicy. */
  readonly policyNamespace: string;
  readonly rule: string;
  /** The object as the rules before left it; null when it is deleted. */
  readonly object: Value;
  /** As it is stored now; null when there is none. */
  readonly oldObject: Value;
  readonly operation: Operation;
  /** With the rule's own context entries. */
  readonly context: RuleContext;
  readonly facts: FactReader;
  /** Adds context entries, below the variables that a test gives for this rule. */
  readonly load: (entries: CompiledEntries, context: RuleContext) => RuleContext;
  readonly input: PolicyInput;
  readonly now: number;
  readonly budget: RuleBudget;
  readonly memory: RuleMemory;
  /** Notes what happens, where an explanation was asked for. */
  readonly note: ((step: TraceStep) => void) | undefined;
}
