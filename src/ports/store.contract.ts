import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { admissionStoreContract } from "./admission-store.contract.ts";
import { documentOf, findingOf, imageOf, imageStoreContract } from "./image-store.contract.ts";
import { resultOf, resultStoreContract } from "./result-store.contract.ts";
import {
  auditLogContract,
  evidenceStoreContract,
  policyStoreContract,
  sessionStoreContract,
} from "./small-stores.contract.ts";
import type { Store } from "./store.ts";

/** The behaviour that every `Store` has; `make` gives an empty one, or another one over the same data. */
export function storeContract(
  name: string,
  make: () => Promise<{ readonly store: Store; again: () => Promise<Store> }>,
): void {
  describe(`${name} keeps the Store contract`, () => {
    let store: Store;
    let again: () => Promise<Store>;
    beforeEach(async () => {
      ({ store, again } = await make());
    });
    afterEach(() => store.close());
    const open = (): Store => store;

    imageStoreContract(open);
    resultStoreContract(open);
    admissionStoreContract(open);
    evidenceStoreContract(open);
    policyStoreContract(open);
    sessionStoreContract(open);
    auditLogContract(open, () => again());
    overviews(open);
    changes(open);
  });
}

const NOW = "2026-01-03T00:00:00Z";

function overviews(open: () => Store): void {
  test("an empty store has an overview", async () => {
    const overview = await open().overview.read(NOW);
    assert.deepEqual(overview.artifacts, { images: 0, running: 0, unpinned: 0, worst: [] });
    assert.deepEqual([overview.doFirst, overview.namespaces, overview.newest], [[], [], {}]);
    assert.deepEqual(overview.policies.results, { pass: 0, warn: 0, fail: 0, error: 0, skip: 0 });
  });

  test("the overview counts, names the worst, and checks the five rules of each namespace", async () => {
    const store = open();
    const statement = { status: "not_affected", timestamp: NOW, author: "a", documentId: "d" };
    const good = imageOf("good", {
      documents: [
        documentOf("signature"),
        documentOf("provenance"),
        documentOf("sbom", { summary: "SPDX-2.3, 1 component" }),
        documentOf("scan", { statedAt: "2026-01-02T12:00:00Z" }),
      ],
      findings: [findingOf("CVE-1", "critical", { answered: true, statement })],
    });
    const bad = imageOf("bad", {
      documents: [
        documentOf("scan", { statedAt: "2026-01-01T12:00:00Z" }),
        documentOf("sbom", { id: "x", status: "rejected" }),
      ],
      findings: [findingOf("CVE-2", "critical"), findingOf("CVE-3", "critical"), findingOf("CVE-4", "low")],
    });
    await store.images.record(good);
    await store.images.record(bad);
    await store.results.record(resultOf("one", { allowed: true, images: [good], rules: { "p/r": "pass" } }));
    await store.results.record(
      resultOf("two", {
        allowed: false,
        images: [good, bad, imageOf("unseen")],
        rules: { "p/r": "fail" },
        resource: { namespace: "web" },
      }),
    );
    const overview = await store.overview.read(NOW);
    const worst = (images: readonly { readonly repository: string; readonly reason: string }[]): readonly string[] =>
      images.map((image) => `${image.repository.slice("registry.example/".length)}: ${image.reason}`);
    const { artifacts, metadata, attestations, policies } = overview;
    assert.deepEqual([artifacts.images, artifacts.running, artifacts.unpinned], [2, 2, 3]);
    assert.deepEqual(worst(artifacts.worst), [
      "good: named by tag only by 2 resources",
      "bad: named by tag only by 1 resource",
    ]);
    assert.deepEqual(
      [metadata.images, metadata.withSbom, metadata.freshScan, metadata.findings, metadata.answered],
      [2, 1, 1, 4, 1],
    );
    assert.deepEqual(worst(metadata.worst), ["bad: 2 critical findings without an answer"]);
    assert.deepEqual(
      [attestations.images, attestations.signed, attestations.withProvenance, attestations.rejected],
      [2, 1, 1, 1],
    );
    assert.deepEqual(worst(attestations.worst), ["bad: not signed, and 1 signature or attestation rejected"]);
    assert.deepEqual([policies.denied, policies.allowed, policies.results.fail, policies.results.pass], [1, 1, 1, 1]);
    assert.deepEqual(
      overview.doFirst.map((finding) => finding.vulnerability),
      ["CVE-2", "CVE-3", "CVE-4"],
    );
    const all = { cluster: "local", images: 1, evidence: 1, vexAnswers: 1, freshScan: 1, noOpenHigh: 1, sbomFormat: 1 };
    assert.deepEqual(overview.namespaces, [
      { ...all, namespace: "shop" },
      { ...all, namespace: "web", images: 3 },
    ]);
    assert.deepEqual(overview.newest, { scan: "2026-01-02T12:00:00Z", check: "2026-01-02T03:04:05Z" });
  });
}

function changes(open: () => Store): void {
  test("those who watch see each write once, in order", async () => {
    const store = open();
    const before = await store.lastChange();
    await Promise.all([
      store.images.record(imageOf("app")),
      store.results.record(resultOf("app", { rules: { "p/r": "pass" } })),
      store.audit.append({ at: NOW, actor: "a", action: "b", target: "c", details: {} }),
    ]);
    const seen = await store.changes(before, 10);
    assert.deepEqual(seen.map((change) => change.kind).toSorted(), ["audit", "image", "result"]);
    assert.equal(
      seen.find((change) => change.kind === "image")?.id,
      `${imageOf("app").repository}@${imageOf("app").digest}`,
    );
    assert.equal(seen.find((change) => change.kind === "result")?.id, "local/Deployment/shop/app");
    assert.equal(seen.at(-1)?.sequence, await store.lastChange());
    const [first, ...rest] = seen;
    assert.deepEqual(await store.changes(first?.sequence ?? 0, 10), rest);
    assert.equal((await store.changes(before, 1)).length, 1);
    assert.deepEqual(await store.changes(await store.lastChange(), 10), []);
  });

  test("it answers until it is closed", async () => {
    await open().ping();
  });
}
