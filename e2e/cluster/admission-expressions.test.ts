/** Every row of the table as a ValidatingAdmissionPolicy in a real kube-apiserver, and in amap: the same decisions. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../../tools/peers/kubernetes.ts";
import { type ExpressionRow, ROWS } from "./admission-expressions.table.ts";
import { compileRow, judge, paramsOf } from "./admission-expressions-amap.ts";
import { PARAMS } from "./admission-expressions-objects.ts";
import { AdmissionServer, objectsOf, type Refusal, type Verdict } from "./admission-expressions-server.ts";

let cluster: RunningKubernetes;
let server: AdmissionServer;
let refusals: ReadonlyMap<string, readonly Refusal[]>;

before(async () => {
  const programs = findKubernetes({ install: true });
  assert.ok(programs, "kube-apiserver, kubectl and etcd can be had");
  cluster = await startKubernetes(programs);
  server = new AdmissionServer(cluster);
  await server.prepare(ROWS);
  refusals = await server.install(ROWS);
});

after(async () => {
  server?.close();
  await cluster?.stop();
});

const isRefusal = (result: ReturnType<typeof compileRow>): result is readonly Refusal[] => Array.isArray(result);

/** The source of the field that was refused. */
function sourceOf(row: ExpressionRow, field: string): string {
  if (field.includes("messageExpression")) return row.messageExpression ?? "";
  if (field.includes("valueExpression")) return row.auditAnnotation ?? "";
  const index = Number(/\[(\d+)\]/.exec(field)?.[1]);
  if (field.startsWith("spec.matchConditions")) return row.matchConditions?.[index] ?? "";
  if (field.startsWith("spec.variables")) return Object.values(row.variables ?? {})[index] ?? "";
  return row.expression;
}

/** cel-go points at the bracket of a call, amap at the name before it. */
function atName(source: string, position: string): string {
  const [line = 1, column = 1] = position.split(":").map(Number);
  const before = Array.from(source.split("\n")[line - 1] ?? "").slice(0, column);
  if (before.at(-1) !== "(") return position;
  const name = /[\w]*$/.exec(before.slice(0, -1).join("")) as RegExpExecArray;
  return `${line}:${column - Array.from(name[0]).length}`;
}

function checkRefusals(row: ExpressionRow, said: readonly Refusal[], result: ReturnType<typeof compileRow>): void {
  assert.ok(isRefusal(result), `amap takes what the server refuses: ${said[0]?.text}`);
  assert.deepEqual(
    result.map(({ field }) => field),
    said.map(({ field }) => field),
  );
  for (const [index, { field, position, text }] of said.entries()) {
    if (position === undefined) continue;
    const expected = row.amapAt ?? atName(sourceOf(row, field), position);
    assert.equal(result[index]?.position, expected, `the server: ${text}\namap: ${result[index]?.text}`);
  }
}

/** An error's text is each side's own. */
const comparable = (verdict: Verdict): Verdict | { readonly outcome: "error" } =>
  verdict.outcome === "error" ? { outcome: "error" } : verdict;

async function checkRow(row: ExpressionRow): Promise<void> {
  const said = refusals.get(row.name);
  const result = compileRow(row);
  if (row.on === undefined) {
    assert.ok(said, "the server refuses it");
    checkRefusals(row, said, result);
    return;
  }
  assert.equal(said, undefined, said?.[0]?.text);
  assert.ok(!isRefusal(result), isRefusal(result) ? `amap refuses what the server takes: ${result[0]?.text}` : "");
  for (const name of objectsOf(row)) {
    const verdict = await server.ask(row, name);
    assert.equal(verdict.outcome, row.on[name], `the server on ${name}: ${JSON.stringify(verdict)}`);
    const world = { ...server.input(row, name), params: paramsOf(row, PARAMS) };
    const own = await judge(result, world, (spec) => server.review(spec));
    if (row.differs === undefined) assert.deepEqual(comparable(own), comparable(verdict), name);
    else assert.equal(own.outcome, row.differs.outcome, `${name}: ${row.differs.why}`);
  }
}

describe("expressions in a kube-apiserver and in amap", { concurrency: 8 }, () => {
  for (const row of ROWS) test(row.name, () => checkRow(row));
});

test("the table has what it should", () => {
  assert.equal(new Set(ROWS.map(({ name }) => name)).size, ROWS.length, "each name once");
  const outcomes = ROWS.flatMap(({ on }) => (on === undefined ? ["refused"] : Object.values(on)));
  const count = (wanted: string): number => outcomes.filter((outcome) => outcome === wanted).length;
  const counts = ["admitted", "denied", "error", "refused"].map((wanted) => `${count(wanted)} ${wanted}`);
  console.log(`${ROWS.length} expressions: ${counts.join(", ")}`);
  assert.ok(ROWS.length >= 130 && count("refused") >= 25, counts.join(", "));
});
