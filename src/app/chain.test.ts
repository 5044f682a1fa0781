import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDigest, type Value } from "../base/index.ts";
import type { ImageDetail, Store, StoredDocument } from "../ports/index.ts";
import { describeChain, loadChain } from "./chain.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const PLATFORM = `sha256:${"b".repeat(64)}`;
const NO_COUNTS = { critical: 0, high: 0, medium: 0, low: 0, none: 0, unknown: 0 };
const document = (id: string, more: Partial<StoredDocument> = {}): StoredDocument => ({
  id,
  kind: "provenance",
  status: "verified",
  form: "referrer",
  summary: id,
  ...more,
});
function detail(more: Partial<ImageDetail> = {}): ImageDetail {
  assert.ok(isDigest(DIGEST));
  return {
    repository: "registry.example/shop",
    digest: DIGEST,
    tags: ["v1"],
    platforms: 1,
    firstSeenAt: "2026-11-22T12:00:00Z",
    observedAt: "2026-11-22T12:00:00Z",
    running: 0,
    verdict: "unknown",
    signed: false,
    provenance: false,
    vex: false,
    rejected: 0,
    findings: NO_COUNTS,
    open: NO_COUNTS,
    fixable: 0,
    platformDigests: [],
    documents: [],
    uses: [],
    ...more,
  };
}
const PROVENANCE: Value = {
  buildDefinition: {
    buildType: "urn:build",
    externalParameters: {},
    resolvedDependencies: [{ uri: "git+https://git.example/shop", digest: { gitCommit: "c0ffee" } }],
  },
  runDetails: { builder: { id: "urn:builder" } },
};
const kindsOf = (chain: ReturnType<typeof describeChain>) => chain.nodes.map(({ kind, status }) => `${kind} ${status}`);

describe("describeChain", () => {
  test("without provenance there is no source and no build", () => {
    assert.deepEqual(kindsOf(describeChain(detail(), undefined)), ["image stated"]);
  });

  test("a provenance that cannot be read adds nothing", () => {
    for (const value of [null, {}, "x", []] as Value[]) {
      assert.deepEqual(kindsOf(describeChain(detail(), value)), ["image stated"]);
    }
  });

  test("source, build, image, platforms, documents and workloads, all joined", () => {
    const use = { cluster: "c", kind: "Pod", name: "web", allowed: false, checkedAt: "", image: "shop:v1" };
    const chain = describeChain(
      detail({
        verdict: "denied",
        platformDigests: [DIGEST, PLATFORM],
        documents: [document("1"), document("2", { kind: "scan", status: "rejected" })],
        uses: [use],
      }),
      PROVENANCE,
    );
    assert.deepEqual(kindsOf(chain), [
      "image denied",
      "build stated",
      "source stated",
      "platform stated",
      "provenance verified",
      "scan rejected",
      "workload denied",
    ]);
    const ids = new Set(chain.nodes.map(({ id }) => id));
    assert.equal(ids.size, chain.nodes.length);
    assert.ok(chain.edges.every(({ from, to }) => ids.has(from) && ids.has(to)));
    assert.equal(chain.edges.length, chain.nodes.length - 1);
  });
});

describe("loadChain", () => {
  const cases: readonly (readonly [name: string, documents: readonly StoredDocument[], asked: readonly string[]])[] = [
    ["only a verified provenance is read", [document("bad", { status: "rejected" }), document("good")], ["good"]],
    [
      "one that nobody verifies is not",
      [document("bad", { status: "rejected" }), document("odd", { status: "unreadable" })],
      [],
    ],
    ["another document is not", [document("scan", { kind: "scan" })], []],
  ];
  for (const [name, documents, asked] of cases) {
    test(name, async () => {
      const read: string[] = [];
      const images = { document: async (_: unknown, id: string) => void read.push(id) };
      const chain = await loadChain({ images } as unknown as Store, detail({ documents }));
      assert.deepEqual(read, asked);
      assert.ok(!chain.nodes.some(({ kind }) => kind === "build"));
    });
  }
});
