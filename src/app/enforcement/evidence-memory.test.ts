/** Evidence that was deleted is missed, not replaced by what came before it (C2). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeIndex, MEDIA_TYPES } from "../../artifact/index.ts";
import type { Value, ValueObject } from "../../base/index.ts";
import {
  COSIGN_VULN_PREDICATE_TYPE,
  encodeCosignVuln,
  encodeOpenVex,
  type Finding,
  type VexStatement,
} from "../../metadata/index.ts";
import type { SeenEvidence } from "../../ports/index.ts";
import { createEnforcementFixture, podRequest, policyObject, testAttestor } from "../../testing/enforcement-fixture.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeWorld, type FakeWorld } from "../../testing/fake-world.ts";
import { pod } from "../../testing/policy-builders.ts";
import { attestImage } from "../attachments/attach.ts";
import { parseImageTarget } from "../image-target.ts";
import { openImage } from "../open-image.ts";
import { createEvidenceMemory } from "./evidence-memory.ts";

const REPOSITORY = "registry.example/shop";
const IMAGE = `${REPOSITORY}:v1`;
const VEX_TYPE = "https://openvex.dev/ns";

type Document = readonly [kind: "scan" | "vex", at: string, signer?: string, more?: DocumentOptions];

interface DocumentOptions {
  readonly scanner?: string;
  /** What a VEX document states of the one vulnerability that scans find when they are told of it. */
  readonly status?: "affected" | "not_affected";
  readonly finds?: boolean;
}

const FINDING: Finding = {
  vulnerability: "CVE-2026-0001",
  aliases: [],
  advisory: "CVE-2026-0001",
  purl: "pkg:npm/a@1.0.0",
  component: "a",
  version: "1.0.0",
  severity: "high",
  fixedVersions: [],
};

function statementOf(status: "affected" | "not_affected", timestamp: string): VexStatement {
  const identified = { id: "pkg:npm/a@1.0.0", identifiers: {}, hashes: {}, subcomponents: [] };
  const head = { vulnerability: "CVE-2026-0001", aliases: [], products: [identified], timestamp };
  return status === "affected"
    ? { ...head, status, actionStatement: "update" }
    : { ...head, status, justification: "component_not_present" };
}

function predicateOf([kind, at, , { scanner = "amap", status, finds } = {}]: Document): {
  readonly predicateType: string;
  readonly predicate: Value;
} {
  const scan = {
    scanner: { name: scanner, version: "1", uri: `pkg:generic/${scanner}@1` },
    database: { uri: "file:db", version: "1", updatedAt: at },
    startedAt: at,
    finishedAt: at,
    findings: finds === true ? [FINDING] : [],
    matchedComponents: 1,
    notLookedAt: [],
  };
  if (kind === "scan") return { predicateType: COSIGN_VULN_PREDICATE_TYPE, predicate: encodeCosignVuln(scan) };
  const predicate = encodeOpenVex({
    id: `urn:${at}`,
    author: "shop",
    timestamp: at,
    version: 1,
    statements: status === undefined ? [] : [statementOf(status, at)],
  });
  return { predicateType: VEX_TYPE, predicate };
}

/** A registry with one image, always of the same digest, and these documents beside it. */
async function registryWith(documents: readonly Document[], repository = REPOSITORY): Promise<FakeWorld> {
  const world = createFakeWorld();
  const index = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] });
  await world.storageOf(repository).writeManifest(index, { mediaType: MEDIA_TYPES.index, tag: "v1" });
  const image = await openImage(world, parseImageTarget(`${repository}:v1`));
  for (const document of documents) {
    const signer = testSigner(document[2] ?? "builder");
    await attestImage(world, image, signer, { ...predicateOf(document), forms: ["bundle"] });
  }
  return world;
}

const T = (hour: number): string => `2026-11-22T${String(hour).padStart(2, "0")}:00:00Z`;

const FINDS: Document = ["scan", T(7), "builder", { finds: true }];
const IS: DocumentOptions = { status: "affected" };
const NOT: DocumentOptions = { status: "not_affected" };

interface Step {
  readonly documents: readonly Document[];
  /** Code of the failed fact; undefined when the evidence counts. */
  readonly code?: string;
  readonly trusted?: readonly string[];
  readonly repository?: string;
}

const cases: readonly (readonly [name: string, ...steps: readonly Step[]])[] = [
  ["first sight is fine", { documents: [["scan", T(9)]] }],
  ["nothing at all is fine", { documents: [] }, { documents: [] }],
  ["the same again", { documents: [["scan", T(9)]] }, { documents: [["scan", T(9)]] }],
  [
    "the newest scan is deleted, and a newer one clears it",
    {
      documents: [
        ["scan", T(9)],
        ["scan", T(10)],
      ],
    },
    { documents: [["scan", T(9)]], code: "EVIDENCE_ROLLED_BACK" },
    {
      documents: [
        ["scan", T(9)],
        ["scan", T(11)],
      ],
    },
    { documents: [["scan", T(10)]], code: "EVIDENCE_ROLLED_BACK" },
  ],
  [
    "the newest VEX document is deleted",
    {
      documents: [
        ["vex", T(9)],
        ["vex", T(10)],
      ],
    },
    { documents: [["vex", T(9)]], code: "EVIDENCE_ROLLED_BACK" },
  ],
  [
    "a kind vanishes altogether",
    {
      documents: [
        ["vex", T(9)],
        ["scan", T(9)],
      ],
    },
    { documents: [["scan", T(9)]], code: "EVIDENCE_ROLLED_BACK" },
    { documents: [], code: "EVIDENCE_ROLLED_BACK" },
  ],
  [
    "another signer's newer document does not stand in for it",
    {
      documents: [
        ["scan", T(9)],
        ["scan", T(10)],
      ],
    },
    {
      documents: [
        ["scan", T(9)],
        ["scan", T(11), "other"],
      ],
      code: "EVIDENCE_ROLLED_BACK",
    },
  ],
  [
    "a signer who is not trusted (any more) does not matter",
    {
      documents: [
        ["scan", T(9)],
        ["scan", T(10), "other"],
      ],
    },
    { documents: [["scan", T(9)]], trusted: ["builder"] },
    { documents: [["scan", T(9)]], code: "EVIDENCE_ROLLED_BACK" },
  ],
  [
    "another repository is another place",
    { documents: [["scan", T(10)]] },
    { documents: [["scan", T(9)]], repository: "registry.example/copy" },
  ],
  [
    "one scanner's newest scan is deleted behind another's newer one",
    {
      documents: [
        ["scan", T(8)],
        ["scan", T(9)],
        ["scan", T(10), "builder", { scanner: "other" }],
      ],
    },
    {
      documents: [
        ["scan", T(8)],
        ["scan", T(10), "builder", { scanner: "other" }],
      ],
      code: "EVIDENCE_ROLLED_BACK",
    },
  ],
  [
    "the statement that a component is affected is deleted behind a newer document about something else",
    { documents: [FINDS, ["vex", T(8), "builder", NOT], ["vex", T(9), "builder", IS], ["vex", T(10)]] },
    { documents: [FINDS, ["vex", T(8), "builder", NOT], ["vex", T(10)]], code: "EVIDENCE_ROLLED_BACK" },
    { documents: [FINDS, ["vex", T(8), "builder", NOT], ["vex", T(11), "builder", NOT]] },
  ],
  [
    "a statement that answered is deleted: the finding is open again, and that is no error",
    { documents: [FINDS, ["vex", T(8), "builder", NOT], ["vex", T(10)]] },
    { documents: [FINDS, ["vex", T(10)]] },
  ],
  [
    "an older document is deleted",
    {
      documents: [
        ["scan", T(9)],
        ["scan", T(10)],
      ],
    },
    { documents: [["scan", T(10)]] },
  ],
];

describe("the newest evidence is remembered", () => {
  for (const [name, ...steps] of cases) {
    test(name, async () => {
      const { store } = await createEnforcementFixture();
      try {
        for (const [place, step] of steps.entries()) {
          const { documents, code, trusted = ["builder", "other"], repository = REPOSITORY } = step;
          // Each step in a process of its own: what is remembered is in the store.
          const { enforcement, storeFailures } = await createEnforcementFixture({
            world: await registryWith(documents, repository),
            store,
            evidenceTtlMs: 0,
          });
          const names = trusted.map((each) => `attestors.${each}`).join(", ");
          const object = policyObject("p", {
            attestors: trusted.map(testAttestor),
            validations: [{ expression: `amap.evidence("${repository}:v1", [${names}]).digest != ""` }],
          });
          await enforcement.applyPolicy(object);
          const request = podRequest(pod(`${repository}:v1`), { uid: `uid-${place}` });
          const { decision, response } = await enforcement.review(request, { timeoutMs: 20_000 });
          assert.deepEqual([decision?.rules[0]?.code, response.allowed], [code, code === undefined], `step ${place}`);
          assert.deepEqual(storeFailures, []);
        }
      } finally {
        await store.close();
      }
    });
  }

  test("the message names kind, signer, what was seen and what is left", async () => {
    const { store } = await createEnforcementFixture();
    try {
      const messages: (string | undefined)[] = [];
      for (const documents of [
        [
          ["scan", T(9)],
          ["scan", T(10)],
        ],
        [["scan", T(9)]],
        [],
      ] as Document[][]) {
        const { enforcement } = await createEnforcementFixture({
          world: await registryWith(documents),
          store,
          evidenceTtlMs: 0,
        });
        await enforcement.applyPolicy(
          policyObject("p", {
            validations: [{ expression: `amap.evidence("${IMAGE}", [attestors.builder]).digest != ""` }],
          }),
        );
        const { decision } = await enforcement.review(podRequest(pod(IMAGE)), { timeoutMs: 20_000 });
        messages.push(decision?.rules[0]?.message);
      }
      const lost = `a scan by builder of ${T(10)} was seen for this image`;
      assert.equal(messages[1], `${lost}, and the newest there is now is of ${T(9)}: it was deleted from the registry`);
      assert.equal(messages[2], `${lost}, and now there is none: it was deleted from the registry`);
    } finally {
      await store.close();
    }
  });

  test("a store that fails is told of, and the evidence counts", async () => {
    const world = createFakeWorld();
    const told: unknown[] = [];
    const fail = () => Promise.reject(new Error("down"));
    const memory = createEvidenceMemory(
      world.clock,
      { seen: fail, remember: fail },
      { placeOf: (image) => image, onStoreFailure: (error) => void told.push(error) },
    );
    const params: Value = { image: IMAGE, attestors: [{ name: "b", key: { pem: testSigner("b").publicKeyPem } }] };
    const fact = { ok: true, value: { digest: `sha256:${"a".repeat(64)}`, attestations: [] } } as const;
    assert.equal(await memory.compare({ key: "k", kind: "imageEvidence", params }, fact), fact);
    assert.equal(told.length, 1);
  });

  describe("for each attestor by what it asks", () => {
    const scan = (name: string, otherNames: readonly string[] = []): Value => ({
      predicateType: COSIGN_VULN_PREDICATE_TYPE,
      statedAt: T(9),
      signer: { name, otherNames, subject: "dev@acme.example", issuer: "https://i.example" },
    });
    const digest = `sha256:${"a".repeat(64)}`;
    const withScans = (...attestations: readonly Value[]) => ({ ok: true, value: { digest, attestations } }) as const;
    const ANNOTATED = { annotations: { env: "prod" } };
    const ELSEWHERE = { source: { repository: "registry.example/signatures" } };
    const LOGGED = { logs: { ignoresEntries: false, ignoresCertificateTimestamps: false } };
    const keyed = (name: string, terms: ValueObject = {}): Value => ({
      name,
      key: { pem: testSigner("release").publicKeyPem, hashAlgorithm: "sha256" },
      ...terms,
    });
    const attestor = (name: string, subjectRegExp = "@acme[.]example$"): ValueObject => ({
      name,
      keyless: { identities: [{ issuer: "https://i.example", subjectRegExp }] },
    });
    const cases: readonly (readonly [string, Value, Value, Value, boolean])[] = [
      ["what it saw is missed", attestor("a"), scan("a"), attestor("a"), true],
      ["under another name, too", attestor("a"), scan("a"), attestor("b"), true],
      ["where another attestor matched first, too", attestor("a"), scan("z", ["a"]), attestor("a"), true],
      ["one that trusts others has not seen it", attestor("a"), scan("a"), attestor("a", "@other[.]example$"), false],
      ["nor has one that did not match", attestor("a"), scan("z"), attestor("a"), false],
      ["what a key's saw is missed", keyed("a"), scan("a"), keyed("b"), true],
      ["a key's that asks for an annotation has not", keyed("a"), scan("a"), keyed("a", ANNOTATED), false],
      ["a key's that looks elsewhere has not", keyed("a"), scan("a"), keyed("a", ELSEWHERE), false],
      ["one that asks for a log has not", attestor("a"), scan("a"), { ...attestor("a"), ...LOGGED }, false],
    ];
    for (const [name, before, found, after, isMissed] of cases) {
      test(name, async () => {
        const seen = new Map<string, SeenEvidence>();
        const store = {
          seen: async (keys: readonly string[]) => new Map([...seen].filter(([key]) => keys.includes(key))),
          remember: async (news: readonly (SeenEvidence & { readonly key: string })[]) => {
            for (const each of news) seen.set(each.key, each);
          },
        };
        const memory = createEvidenceMemory(createFakeWorld().clock, store, {
          placeOf: (image) => image,
          onStoreFailure: (error) => assert.fail(String(error)),
        });
        const ask = (who: Value) =>
          ({ key: "k", kind: "imageEvidence", params: { image: IMAGE, attestors: [who] } }) as const;
        assert.equal((await memory.compare(ask(before), withScans(found))).ok, true);
        const now = await memory.compare(ask(after), withScans());
        assert.equal(now.ok ? "" : now.code, isMissed ? "EVIDENCE_ROLLED_BACK" : "");
      });
    }
  });
});
