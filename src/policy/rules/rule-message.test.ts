import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError } from "../../base/index.ts";
import { RuleContext } from "../evaluate/rule-context.ts";
import { RuleCompiler } from "./rule-compiler.ts";
import { compileMessage } from "./rule-message.ts";

function contextWith(budget: number): { readonly context: RuleContext; readonly spent: () => number } {
  let spent = 0;
  const charge = (steps: number): void => {
    spent += steps;
    if (spent > budget) throw new AmapError("BUDGET_EXCEEDED", "spent");
  };
  const jmes = { now: 0, charge, entropy: () => new Uint8Array(32) };
  return { context: RuleContext.create({ request: { x: "b" } }, "CREATE", jmes), spent: () => spent };
}

const conditions = `{{ request.x }}${"-".repeat(1_000)}`;

test("a message with those of its conditions is compiled once, and paid for", () => {
  const message = compileMessage("a {{ request.x }}", "message", new RuleCompiler("policy", ""));
  const deny = (): readonly [string, number] => {
    const { context, spent } = contextWith(1_000_000);
    return [message.ofDenial("r", conditions, context), spent()];
  };
  const [first, second] = [deny(), deny()];
  assert.equal(first[0], `a b; b${"-".repeat(1_000)}`);
  assert.equal(second[0], first[0]);
  assert.ok(first[1] - second[1] >= 1_000, `${first[1]} steps, then ${second[1]}`);
});

test("a budget that does not reach for it is spent", () => {
  const message = compileMessage("a", "message", new RuleCompiler("policy", ""));
  assert.throws(() => message.ofDenial("r", conditions, contextWith(500).context), { code: "BUDGET_EXCEEDED" });
});
