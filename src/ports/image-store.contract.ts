import assert from "node:assert/strict";
import { test } from "node:test";
import { Double, isAmapError, LIMITS } from "../base/index.ts";
import type { Severity } from "../metadata/index.ts";
import type { ImageRecord, StoredDocumentContent, StoredFinding } from "./image-store.ts";
import { resultOf } from "./result-store.contract.ts";
import type { Store } from "./store.ts";

const TIME = "2026-01-02T03:04:05Z";

export function digestOf(letter: string): ImageRecord["digest"] {
  return `sha256:${letter.repeat(64)}` as ImageRecord["digest"];
}

export function imageOf(name: string, more: Partial<ImageRecord> = {}): ImageRecord {
  return {
    repository: `registry.example/${name}`,
    digest: digestOf("a"),
    observedAt: TIME,
    tags: [],
    platforms: [digestOf("b")],
    documents: [],
    findings: [],
    ...more,
  };
}

export function documentOf(
  kind: StoredDocumentContent["kind"],
  more: Partial<StoredDocumentContent> = {},
): StoredDocumentContent {
  return { id: `${kind}/1`, kind, status: "verified", form: "bundle", summary: kind, ...more };
}

export function findingOf(vulnerability: string, severity: Severity, more: Partial<StoredFinding> = {}): StoredFinding {
  return {
    vulnerability,
    aliases: [],
    purl: "pkg:npm/left-pad@1.0.0",
    component: "left-pad",
    version: "1.0.0",
    severity,
    fixedVersions: [],
    answered: false,
    unmatched: 0,
    ...more,
  };
}

/** What every store does with images, documents and findings. */
export function imageStoreContract(open: () => Store): void {
  test("an image is listed with what its verified documents say", async () => {
    const store = open();
    const statement = { status: "not_affected", timestamp: TIME, author: "a", documentId: "d" };
    await store.images.record(
      imageOf("app", {
        tags: ["v1"],
        documents: [
          documentOf("signature"),
          documentOf("provenance"),
          documentOf("vex"),
          documentOf("sbom", { summary: "CycloneDX 1.6, 4 components", statedAt: "2026-01-01T00:00:00Z" }),
          documentOf("sbom", { id: "old", summary: "SPDX-2.3, 4 components", statedAt: "2025-01-01T00:00:00Z" }),
          documentOf("scan", { statedAt: "2026-01-01T10:00:00Z" }),
          documentOf("scan", { id: "newer", statedAt: "2026-01-01T20:30:00+10:00" }),
          documentOf("attestation", { id: "bad", status: "rejected", code: "SIGNATURE_INVALID", message: "no" }),
        ],
        findings: [
          findingOf("CVE-1", "high", { fixedVersions: ["2"] }),
          findingOf("CVE-2", "critical", { answered: true, statement, fixedVersions: ["2"] }),
          findingOf("CVE-3", "unknown"),
        ],
      }),
    );
    const { items, next } = await store.images.list({ limit: 10 });
    assert.equal(next, undefined);
    assert.deepEqual(items, [
      {
        repository: "registry.example/app",
        digest: digestOf("a"),
        tags: ["v1"],
        platforms: 1,
        firstSeenAt: TIME,
        observedAt: TIME,
        running: 0,
        verdict: "unknown",
        signed: true,
        provenance: true,
        vex: true,
        sbom: "CycloneDX 1.6",
        scannedAt: "2026-01-01T20:30:00+10:00",
        rejected: 1,
        findings: { high: 1, critical: 1, unknown: 1 },
        open: { high: 1, unknown: 1 },
        fixable: 1,
      },
    ]);
  });

  test("a rejected document proves nothing", async () => {
    const store = open();
    const kinds = ["signature", "provenance", "vex", "sbom", "scan"] as const;
    const documents = kinds.map((kind) => documentOf(kind, { status: "rejected", statedAt: TIME }));
    await store.images.record(imageOf("app", { documents }));
    const [image] = (await store.images.list({ limit: 1 })).items;
    assert.deepEqual(
      [image?.signed, image?.provenance, image?.vex, image?.sbom, image?.scannedAt, image?.rejected],
      [false, false, false, undefined, undefined, 5],
    );
    for (const missing of ["signature", "provenance", "vex", "sbom", "scan"] as const) {
      assert.equal((await store.images.list({ limit: 5, missing })).items.length, 1, missing);
    }
  });

  test("a later look replaces documents and findings and adds tags", async () => {
    const store = open();
    await store.images.record(
      imageOf("app", { tags: ["v1"], documents: [documentOf("signature")], findings: [findingOf("CVE-1", "low")] }),
    );
    await store.images.record(imageOf("app", { tags: ["v2", "v1"], observedAt: "2026-02-01T00:00:00Z" }));
    const image = await store.images.get(imageOf("app"));
    assert.deepEqual(
      [image?.tags, image?.firstSeenAt, image?.observedAt, image?.signed, image?.documents, image?.findings],
      [["v1", "v2"], TIME, "2026-02-01T00:00:00Z", false, [], {}],
    );
    assert.deepEqual((await store.images.findings({ limit: 5 })).items, []);
    assert.equal(await store.images.document(imageOf("app"), "signature/1"), undefined);
  });

  test("the same digest in two repositories is two images", async () => {
    const store = open();
    await store.images.record(imageOf("one", { documents: [documentOf("signature")] }));
    await store.images.record(imageOf("two"));
    assert.equal((await store.images.get(imageOf("one")))?.signed, true);
    assert.equal((await store.images.get(imageOf("two")))?.signed, false);
    assert.equal(await store.images.get(imageOf("three")), undefined);
  });

  test("a document keeps its predicate with every kind of number and text", async () => {
    const store = open();
    const predicate = {
      double: new Double(1),
      big: 2n ** 70n,
      text: "nul \0, half \ud800, dle \u0010, ' \" \\ %_ 🎈",
      "key \udfff": [null, true, -0.5],
    };
    const document = documentOf("sbom", { id: "m\0/b", predicate, message: "half \udc00" });
    await store.images.record(imageOf("app", { documents: [document] }));
    assert.deepEqual(await store.images.document(imageOf("app"), "m\0/b"), document);
    const { predicate: _, ...rest } = document;
    assert.deepEqual((await store.images.get(imageOf("app")))?.documents, [rest]);
    assert.equal(await store.images.document(imageOf("app"), "m"), undefined);
  });

  test("documents come verified first, each kind newest first", async () => {
    const store = open();
    const documents = [
      documentOf("vex", { id: "1", status: "rejected", statedAt: "2026-03-01T00:00:00Z" }),
      documentOf("vex", { id: "2", statedAt: "2026-01-01T00:00:00Z" }),
      documentOf("vex", { id: "3", statedAt: "2026-02-01T00:00:00Z" }),
      documentOf("scan", { id: "4", statedAt: "not a time" }),
    ];
    await store.images.record(imageOf("app", { documents }));
    assert.deepEqual(
      (await store.images.get(imageOf("app")))?.documents.map((each) => each.id),
      ["4", "3", "2", "1"],
    );
  });

  imageLists(open);
  findingLists(open);
}

function imageLists(open: () => Store): void {
  test("pages follow one another, newest look first, without gap or repetition", async () => {
    const store = open();
    for (let at = 0; at < 7; at += 1) {
      const observedAt = `2026-01-0${1 + Math.floor(at / 2)}T00:00:00Z`;
      await store.images.record(imageOf(`app${at}`, { observedAt }));
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.images.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map((image) => image.repository.slice(-1)));
      cursor = page.next;
    } while (cursor !== undefined);
    assert.deepEqual(seen, ["6", "5", "4", "3", "2", "1", "0"]);
  });

  const filters: readonly (readonly [string, Parameters<Store["images"]["list"]>[0], readonly string[]])[] = [
    ["part of the repository, in any case", { limit: 9, search: "EXAMPLE/Web" }, ["web"]],
    ["a tag", { limit: 9, search: "Release-" }, ["api"]],
    ["the beginning of a digest", { limit: 9, search: "sha256:cc" }, ["web"]],
    ["the beginning of a digest's digits", { limit: 9, search: "cccc" }, ["web"]],
    ["no wildcards", { limit: 9, search: "%" }, []],
    ["no other wildcard", { limit: 9, search: "a_i" }, []],
    ["quotes", { limit: 9, search: "' OR 1=1 --" }, []],
    ["NUL", { limit: 9, search: "\0" }, []],
    ["running", { limit: 9, running: true }, ["web"]],
    ["not running", { limit: 9, running: false }, ["api"]],
    ["a namespace", { limit: 9, namespace: "shop" }, ["web"]],
    ["another namespace", { limit: 9, namespace: "none" }, []],
    ["denied", { limit: 9, verdict: "denied" }, ["web"]],
    ["allowed", { limit: 9, verdict: "allowed" }, []],
    ["unknown", { limit: 9, verdict: "unknown" }, ["api"]],
    ["a severity or worse", { limit: 9, severity: "medium" }, ["web"]],
    ["high, which unknown counts as", { limit: 9, severity: "high" }, ["web"]],
    ["critical", { limit: 9, severity: "critical" }, []],
    ["missing a signature", { limit: 9, missing: "signature" }, ["web"]],
  ];
  test("images are found by each filter", async () => {
    const store = open();
    await store.images.record(imageOf("web", { digest: digestOf("c"), findings: [findingOf("CVE-1", "unknown")] }));
    await store.images.record(imageOf("api", { tags: ["release-1"], documents: [documentOf("signature")] }));
    await store.results.record(
      resultOf("web", { allowed: false, images: [imageOf("web", { digest: digestOf("c") })] }),
    );
    for (const [name, query, expected] of filters) {
      const { items } = await store.images.list(query);
      assert.deepEqual(
        items.map((image) => image.repository.slice("registry.example/".length)),
        expected,
        name,
      );
    }
  });

  test("how many resources run an image, and the verdict, follow the resources", async () => {
    const store = open();
    const image = imageOf("app");
    const state = async (): Promise<unknown> => {
      const found = await store.images.get(image);
      return [found?.running, found?.verdict, found?.uses.map((use) => `${use.name} ${use.allowed}`)];
    };
    await store.results.record(resultOf("one", { allowed: true, images: [image, image] }));
    await store.images.record(image);
    assert.deepEqual(await state(), [1, "allowed", ["one true"]]);
    await store.results.record(resultOf("two", { allowed: false, images: [image] }));
    assert.deepEqual(await state(), [2, "denied", ["two false", "one true"]]);
    await store.results.record(resultOf("two", { allowed: true, images: [imageOf("other")] }));
    assert.deepEqual(await state(), [1, "allowed", ["one true"]]);
    await store.results.remove(resultOf("one").resource, TIME);
    assert.deepEqual(await state(), [0, "unknown", []]);
  });

  for (const limit of [0, -1, 1.5, Number.NaN, LIMITS.pageItems + 1]) {
    test(`a page of ${limit} items is refused`, async () => {
      await assert.rejects(open().images.list({ limit }), (error) => isAmapError(error, "USAGE"));
    });
  }

  const forged = [
    "",
    "x",
    "bnVsbA",
    cursorOf([]),
    cursorOf(["images"]),
    cursorOf(["images", "1", 2]),
    cursorOf(["findings", 1, "a", 2]),
    cursorOf(["images", 1e300, 1]),
    cursorOf(["images", 1, 2, 3]),
    cursorOf(["images", 1, "1); DROP TABLE images; --"]),
  ];
  test("a forged cursor is refused", async () => {
    for (const cursor of forged) {
      await assert.rejects(open().images.list({ limit: 1, cursor }), (error) => isAmapError(error, "USAGE"), cursor);
    }
    const hostile = [cursorOf(["findings", 1, "\0", 1]), cursorOf(["findings", 1, "\ud800", 1])];
    for (const cursor of hostile) {
      await assert.rejects(
        open().images.findings({ limit: 1, cursor }),
        (error) => isAmapError(error, "USAGE"),
        cursor,
      );
    }
  });
}

function cursorOf(parts: readonly unknown[]): string {
  return btoa(JSON.stringify(parts)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function findingLists(open: () => Store): void {
  async function filled(): Promise<Store> {
    const store = open();
    const statement = { status: "fixed", timestamp: TIME, author: "a", documentId: "d" };
    await store.images.record(
      imageOf("idle", {
        findings: [
          findingOf("CVE-4", "critical"),
          findingOf("CVE-3", "high", { fixedVersions: ["2"] }),
          findingOf("CVE-2", "high", { aliases: ["GHSA-XX"] }),
          findingOf("CVE-1", "unknown", { component: "openssl", purl: "pkg:deb/debian/openssl@3" }),
          findingOf("CVE-5", "none", { answered: true, statement }),
        ],
      }),
    );
    await store.images.record(imageOf("busy", { findings: [findingOf("CVE-9", "low"), findingOf("CVE-8", "low")] }));
    await store.results.record(resultOf("busy", { allowed: true, images: [imageOf("busy")] }));
    return store;
  }

  const filters: readonly (readonly [string, Parameters<Store["images"]["findings"]>[0], readonly string[]])[] = [
    ["all, worst first", { limit: 9 }, ["CVE-8", "CVE-9", "CVE-4", "CVE-3", "CVE-2", "CVE-1", "CVE-5"]],
    ["open", { limit: 3, state: "open" }, ["CVE-8", "CVE-9", "CVE-4"]],
    ["answered", { limit: 9, state: "answered" }, ["CVE-5"]],
    ["high, which unknown counts as", { limit: 9, severity: "high" }, ["CVE-4", "CVE-3", "CVE-2", "CVE-1"]],
    ["critical", { limit: 9, severity: "critical" }, ["CVE-4"]],
    ["fixable", { limit: 9, fixable: true }, ["CVE-3"]],
    ["not fixable high ones", { limit: 9, fixable: false, severity: "high" }, ["CVE-4", "CVE-2", "CVE-1"]],
    ["a repository", { limit: 9, repository: "registry.example/busy" }, ["CVE-8", "CVE-9"]],
    ["a repository and digest", { limit: 9, repository: "registry.example/busy", digest: digestOf("f") }, []],
    ["an alias in any case", { limit: 9, search: "ghsa-" }, ["CVE-2"]],
    ["a component", { limit: 9, search: "OpenSSL" }, ["CVE-1"]],
    ["a purl", { limit: 9, search: "pkg:deb" }, ["CVE-1"]],
    ["no wildcard", { limit: 9, search: "CVE_" }, []],
  ];
  test("findings are found by each filter, in their order", async () => {
    const store = await filled();
    for (const [name, query, expected] of filters) {
      const { items } = await store.images.findings(query);
      assert.deepEqual(
        items.map((finding) => finding.vulnerability),
        expected,
        name,
      );
    }
  });

  test("pages of findings follow one another under a filter", async () => {
    const store = await filled();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.images.findings({
        limit: 1,
        severity: "high",
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.items.map((finding) => finding.vulnerability));
      cursor = page.next;
    } while (cursor !== undefined);
    assert.deepEqual(seen, ["CVE-4", "CVE-3", "CVE-2", "CVE-1"]);
  });

  test("a finding comes back as it was, with its image and how many run it", async () => {
    const store = open();
    const finding = findingOf("CVE-\0-\ud800", "high", {
      score: 7.5,
      component: "<script>",
      aliases: ["x".repeat(5_000)],
    });
    await store.images.record(imageOf("app", { findings: [finding] }));
    await store.results.record(resultOf("app", { allowed: true, images: [imageOf("app")] }));
    const { items } = await store.images.findings({ limit: 1, search: "\0-\ud800" });
    assert.deepEqual(items, [{ ...finding, repository: "registry.example/app", digest: digestOf("a"), running: 1 }]);
  });

  test("many findings and very long texts are taken", async () => {
    const store = open();
    const long = "🎈".repeat(20_000);
    const findings = Array.from({ length: 1_201 }, (_, at) =>
      findingOf(`${long}${at}`, "high", { purl: long, component: long }),
    );
    await store.images.record(imageOf("app", { findings: findings.slice(0, 3), tags: [long] }));
    const short = Array.from({ length: 1_201 }, (_, at) => findingOf(`CVE-${at}`, "high"));
    await store.images.record(imageOf("api", { findings: short }));
    assert.equal((await store.images.get(imageOf("api")))?.findings.high, 1_201);
    const first = await store.images.findings({ limit: 500, search: "cve-" });
    const second = await store.images.findings({ limit: 500, search: "cve-", cursor: first.next ?? "" });
    const third = await store.images.findings({ limit: 500, search: "cve-", cursor: second.next ?? "" });
    const found = [first, second, third].flatMap((page) => page.items.map((finding) => finding.vulnerability));
    assert.deepEqual([new Set(found).size, third.next], [1_201, undefined]);
    assert.equal((await store.images.findings({ limit: 500, search: "CVE-12" })).items.length, 12);
    assert.equal((await store.images.findings({ limit: 9, repository: "registry.example/app" })).items.length, 3);
  });
}
