/**
 * Writes that a process makes as fast as it can and acknowledges line by line, and the check that a store holds all that
 * was acknowledged and nothing half. For tests that kill the process.
 */
import assert from "node:assert/strict";
import { canonicalJson, type Digest, encodeUtf8, hashHex } from "../base/index.ts";
import type { ImageRecord, Jobs, ResourceResult, Store } from "../ports/index.ts";

const TIME = "2026-01-02T03:04:05Z";
const PAGE = 500;
const JOB_KIND = "ingestion";

/** `kind name`: what a writer prints once a write is acknowledged. */
export type Acknowledgement = `${"image" | "result" | "admission" | "audit" | "job"} ${string}`;

function imageAt(writer: string, at: number): ImageRecord {
  const digest = `sha256:${hashHex("sha256", encodeUtf8(`${writer}-${at}`))}` as Digest;
  const documents = Array.from({ length: (at % 4) + 1 }, (_, number) => ({
    id: `document/${number}`,
    kind: "sbom" as const,
    status: "verified" as const,
    form: "bundle",
    summary: "CycloneDX 1.6, 1 component",
    predicate: { number, text: "x".repeat(500) },
  }));
  const findings = Array.from({ length: (at % 40) + 1 }, (_, number) => ({
    vulnerability: `CVE-${number}`,
    aliases: [],
    purl: "pkg:npm/a@1",
    component: "a",
    version: "1",
    severity: "high" as const,
    fixedVersions: [],
    answered: false,
    unmatched: 0,
  }));
  return {
    repository: `ingest/${writer}-${at}`,
    digest,
    observedAt: TIME,
    tags: [],
    platforms: [digest],
    documents,
    findings,
  };
}

function resultAt(writer: string, at: number): ResourceResult {
  const { repository, digest } = imageAt(writer, at);
  const rules = ["one", "two", "three"].map((rule) => ({ policy: "p", rule, status: "pass" as const }));
  return {
    resource: { cluster: "local", apiVersion: "v1", kind: "Pod", namespace: "shop", name: `${writer}-${at}` },
    checkedAt: TIME,
    process: "background",
    decision: { resource: `${writer}-${at}`, allowed: true, images: [], rules },
    images: [{ image: repository, repository, digest, unpinned: false }],
  };
}

/** Writes until it is killed or a write fails; `writer` tells its writes from another's. */
export async function ingest(
  store: Store,
  jobs: Jobs,
  writer: string,
  acknowledge: (line: Acknowledgement) => void,
): Promise<never> {
  for (let at = 0; ; at += 1) {
    const id = `${writer}-${at}`;
    const decision = { resource: id, allowed: true, images: [], rules: [] };
    const admission = {
      id,
      at: TIME,
      cluster: "local",
      operation: "CREATE",
      kind: "Pod",
      name: id,
      user: "u",
    } as const;
    const inputs = { input: { id }, facts: {}, now: at, seed: id };
    await Promise.all([
      store.images.record(imageAt(writer, at)).then(() => acknowledge(`image ${id}`)),
      store.results.record(resultAt(writer, at)).then(() => acknowledge(`result ${id}`)),
      store.admissions
        .record({
          ...admission,
          allowed: true,
          dryRun: false,
          durationMs: 1,
          replayable: true,
          policies: [],
          decision,
          inputs,
        })
        .then(() => acknowledge(`admission ${id}`)),
      store.audit
        .append({ at: TIME, actor: writer, action: "a", target: id, details: {} })
        .then((entry) => acknowledge(`audit ${entry.sequence}`)),
      jobs.add({ kind: JOB_KIND, key: id, payload: id }).then((job) => acknowledge(`job ${job.id}`)),
    ]);
  }
}

/** Fails unless everything acknowledged is there, nothing is half there, and the audit chain holds. Returns how much. */
export async function checkIngested(store: Store, jobs: Jobs, lines: readonly Acknowledgement[]): Promise<number> {
  const acknowledged = Map.groupBy(lines, (line) => line.slice(0, line.indexOf(" ")));
  const namesOf = (kind: string): readonly string[] =>
    (acknowledged.get(kind) ?? []).map((line) => line.slice(kind.length + 1));
  await checkImages(store, new Set(namesOf("image")));
  for (const name of namesOf("result")) await checkResult(store, name);
  for (const name of namesOf("admission")) {
    assert.equal((await store.admissions.get(name))?.inputs?.seed, name, `admission ${name} is lost`);
  }
  const chain = await store.audit.verify();
  assert.equal(chain.brokenAt, undefined, `the audit chain is broken at ${chain.brokenAt}`);
  for (const sequence of namesOf("audit")) assert.ok(Number(sequence) <= chain.entries, `audit ${sequence} is lost`);
  const jobIds = new Set(
    (await all((cursor) => jobs.list({ limit: PAGE, kind: JOB_KIND, ...cursor }))).map((job) => job.id),
  );
  for (const id of namesOf("job")) assert.ok(jobIds.has(id), `job ${id} is lost`);
  return lines.length;
}

/** Every image that is there is whole, acknowledged or not. */
async function checkImages(store: Store, acknowledged: ReadonlySet<string>): Promise<void> {
  const images = await all((cursor) => store.images.list({ limit: PAGE, ...cursor }));
  const findings = await all((cursor) => store.images.findings({ limit: PAGE, ...cursor }));
  const findingCounts = Map.groupBy(findings, (finding) => finding.repository);
  const names = new Set<string>();
  for (const image of images) {
    const name = image.repository.slice("ingest/".length);
    names.add(name);
    const dash = name.lastIndexOf("-");
    const expected = imageAt(name.slice(0, dash), Number(name.slice(dash + 1)));
    assert.equal(image.digest, expected.digest);
    assert.equal(findingCounts.get(image.repository)?.length, expected.findings.length, `findings of ${name}`);
    assert.deepEqual(image.findings, { high: expected.findings.length }, `counts of ${name}`);
    const detail = await store.images.get(image);
    assert.equal(detail?.documents.length, expected.documents.length, `documents of ${name}`);
    assert.equal(detail?.uses.length, image.running, `uses of ${name}`);
    const last = expected.documents.at(-1);
    const stored = await store.images.document(image, last?.id ?? "");
    assert.equal(canonicalJson(stored?.predicate ?? null), canonicalJson(last?.predicate ?? null));
  }
  for (const name of acknowledged) assert.ok(names.has(name), `image ${name} is lost`);
  assert.equal(findingCounts.size, images.length, "findings without an image");
}

async function checkResult(store: Store, name: string): Promise<void> {
  const { resource } = resultAt(name.slice(0, name.lastIndexOf("-")), Number(name.slice(name.lastIndexOf("-") + 1)));
  assert.equal((await store.results.get(resource))?.decision.rules.length, 3, `result ${name} is lost`);
}

async function all<T>(
  read: (cursor: { cursor?: string }) => Promise<{ readonly items: readonly T[]; readonly next?: string }>,
): Promise<readonly T[]> {
  const items: T[] = [];
  for (let cursor: { cursor?: string } = {}; ; ) {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.next === undefined) return items;
    cursor = { cursor: page.next };
  }
}
