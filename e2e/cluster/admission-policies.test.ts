/** Kubernetes' admission policies in a real kube-apiserver, and in amap: the same verdicts, words and objects. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Value } from "../../src/base/index.ts";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../../tools/peers/kubernetes.ts";
import { compileRow, judge } from "./admission-policies-amap.ts";
import type { PolicyType } from "./admission-policies-documents.ts";
import { MUTATING_ROWS } from "./admission-policies-mutating.table.ts";
import { merged } from "./admission-policies-objects.ts";
import type { Expected, PolicyRow, RequestRow } from "./admission-policies-rows.ts";
import { AUDIT_POLICY, auditFlags, comparable, PolicyServer, type Verdict } from "./admission-policies-server.ts";
import { VALIDATING_ROWS } from "./admission-policies-validating.table.ts";

const TABLES: Readonly<Record<PolicyType, readonly PolicyRow[]>> = {
  Validating: VALIDATING_ROWS,
  Mutating: MUTATING_ROWS,
};

const folder = mkdtempSync(join(tmpdir(), "amap-admission-policies-"));
let cluster: RunningKubernetes;
let server: PolicyServer;

before(async () => {
  const programs = findKubernetes({ install: true });
  assert.ok(programs, "kube-apiserver, kubectl and etcd can be had");
  const audit = { policy: join(folder, "audit.json"), log: join(folder, "audit.log") };
  writeFileSync(audit.policy, AUDIT_POLICY);
  writeFileSync(audit.log, "");
  cluster = await startKubernetes(programs, { apiserverFlags: auditFlags(audit) });
  server = new PolicyServer(cluster, audit);
  await server.prepare([...VALIDATING_ROWS, ...MUTATING_ROWS]);
  await server.install("Mutating", MUTATING_ROWS);
  await server.install("Validating", VALIDATING_ROWS);
});

after(async () => {
  server?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the table calls it. */
function outcomeOf(verdict: Verdict, before: Verdict["object"]): Expected {
  if (verdict.denial !== undefined) return "denied";
  if (verdict.object !== undefined) {
    return JSON.stringify(verdict.object) === JSON.stringify(before) ? "unchanged" : "changed";
  }
  if (verdict.warnings.length > 0) return "warned";
  return Object.keys(verdict.audit).length > 0 ? "audited" : "admitted";
}

async function checkRow(type: PolicyType, row: PolicyRow): Promise<void> {
  const plans = compileRow(type, row);
  const world = {
    objects: server.params.get(row) ?? [],
    review: (spec: Parameters<PolicyServer["review"]>[0]) => server.review(spec),
  };
  for (const [place, request] of row.requests.entries()) {
    const where = `request ${place}: ${request.operation} ${request.of}`;
    const input = server.input(request);
    const verdict = await server.ask(type, request);
    assert.equal(
      outcomeOf(verdict, comparable(input.object, request)),
      request.expected,
      `${where}: ${JSON.stringify(verdict)}`,
    );
    const own = await judge(type, plans, request, input, world);
    const settled = await settle(row, request, own);
    const differing = row.differs?.amap[place];
    if (differing === undefined) assert.deepEqual(settled, verdict, where);
    else {
      assert.notDeepEqual(settled, verdict, `${where}: no difference any more`);
      assert.deepEqual(settled, merged(verdict as unknown as Value, differing), `${where}: ${row.differs?.why}`);
    }
  }
}

/** The verdict with its object as the server would store it, where the server fills in what it leaves open. */
async function settle(row: PolicyRow, request: RequestRow, verdict: Verdict): Promise<Verdict> {
  if (row.isFilledIn !== true || verdict.object === undefined) return verdict;
  return { ...verdict, object: await server.filledIn(request, verdict.object) };
}

for (const type of ["Validating", "Mutating"] as const) {
  describe(`${type} policies in a kube-apiserver and in amap`, { concurrency: 8 }, () => {
    for (const row of TABLES[type]) test(row.name, () => checkRow(type, row));
  });
}

test("the tables have what they should", () => {
  const names = [...VALIDATING_ROWS, ...MUTATING_ROWS].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, "each name once");
  for (const type of ["Validating", "Mutating"] as const) {
    const rows = TABLES[type];
    const requests = rows.flatMap((row) => row.requests);
    const kinds = new Set(requests.map(({ of }) => of));
    console.log(`${rows.length} ${type} policies, ${requests.length} requests over ${kinds.size} kinds`);
  }
  assert.ok(VALIDATING_ROWS.length >= 60 && MUTATING_ROWS.length >= 30);
});
