import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../base/index.ts";
import type { JudgedDecision } from "../metadata/index.ts";
import { createFakeWorld } from "../testing/fake-world.ts";
import { AnswerTally } from "./answers.ts";
import { loadDecisions } from "./decisions/use-decisions.ts";

const FILE = `apiVersion: amap.dev/v1alpha1
kind: Decisions
decisions:
  - finding: CVE-2026-1
    status: fixed
    author: alice@example.com
    decidedAt: 2026-01-01T00:00:00Z
`;

test("of a decision over several scans a conflict is told before all else, and that it counted before that it did not", async () => {
  type State = JudgedDecision["state"];
  const rows: readonly (readonly [states: readonly State[], told: State])[] = [
    [[], "unused"],
    [["unused"], "unused"],
    [["unused", "counts"], "counts"],
    [["counts", "unused"], "counts"],
    [["conflicting", "unused"], "conflicting"],
    [["unused", "conflicting"], "conflicting"],
    [["counts", "conflicting"], "conflicting"],
    [["conflicting", "counts"], "conflicting"],
  ];
  const world = createFakeWorld();
  await world.files.write("/decisions.yaml", encodeUtf8(FILE));
  const options = { mode: "none", forgeData: [], people: [] } as const;
  const decisions = await loadDecisions(world, "/decisions.yaml", options);
  for (const [states, told] of rows) {
    const tally = new AnswerTally(world, { documents: [], decisions });
    const [known] = tally.judged;
    assert.ok(known !== undefined);
    for (const state of states) tally.add({ statements: [], judged: [{ ...known, state, reasons: [state] }] });
    assert.equal(tally.judged[0]?.state, told, states.join());
  }
});
