import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { createStatement, encodeStatement, predicateTypeUris, verifyCandidates } from "../../attestation/index.ts";
import {
  digestHex,
  encodeUtf8,
  formatTime,
  isAmapError,
  LIMITS,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import {
  COSIGN_VULN_PREDICATE_TYPE,
  createSastPredicate,
  encodeCosignVuln,
  encodeInTotoVulns,
  encodeOpenVex,
} from "../../metadata/index.ts";
import type { Signer } from "../../ports/index.ts";
import { trustedKey } from "../../testing/attestation-builders.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeWorld, FAKE_NOW, type FakeWorld } from "../../testing/fake-world.ts";
import { describeEvidence } from "../evidence/evidence.ts";
import { parseImageTarget } from "../image-target.ts";
import { type OpenImage, openImage } from "../open-image.ts";
import { attestImage, type StorageForm, signImage, storeAttachment } from "./attach.ts";
import { collectCandidates } from "./attachments.ts";
import { cleanSuperseded } from "./clean-superseded.ts";
import { makeAttestation } from "./make-attachment.ts";

const REPOSITORY = "registry.example/shop";
const OURS = testSigner("builder");
const THEIRS = testSigner("other");
const TRUST = { keys: [trustedKey("builder", OURS)] };
const VULNS = predicateTypeUris("vulns")[0] ?? "";
const SBOM = "https://cyclonedx.org/bom";
const SUMMARY = predicateTypeUris("vsa")[0] ?? "";

/** RFC 3339, this many hours before the test's now. */
const hoursAgo = (hours: number): string => formatTime(FAKE_NOW - hours * 3_600_000);

function scanOf(scanner: string, hours: number, vulnerability = "CVE-2026-0001") {
  const at = hoursAgo(hours);
  const finding = { vulnerability, aliases: [], advisory: vulnerability, purl: "pkg:npm/a@1.0.0", component: "a" };
  return {
    scanner: { name: scanner, version: "1", uri: `pkg:generic/${scanner}@1` },
    database: { uri: "file:db", version: "1", updatedAt: at },
    startedAt: at,
    finishedAt: at,
    findings: [{ ...finding, version: "1.0.0", severity: "high" as const, fixedVersions: [] }],
    matchedComponents: 1,
    notLookedAt: [],
  };
}

function vexOf(
  id: string,
  hours: number,
  statements: Readonly<Record<string, "fixed" | "under_investigation">>,
): Value {
  const timestamp = hoursAgo(hours);
  return encodeOpenVex({
    id,
    author: "Shop",
    timestamp,
    version: 1,
    statements: Object.entries(statements).map(([vulnerability, status]) => ({
      vulnerability,
      aliases: [],
      products: [],
      status,
      timestamp,
    })),
  });
}

const sbomOf = (tool: string, hours: number, vulnerabilities: readonly Value[] = []): Value => ({
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: { timestamp: hoursAgo(hours), tools: { components: [{ type: "application", name: tool }] } },
  components: [{ type: "library", name: "a", version: "1", "bom-ref": "a", purl: "pkg:npm/a@1" }],
  vulnerabilities,
});
const answering = (id: string): readonly Value[] => [{ id, analysis: { state: "resolved" }, affects: [{ ref: "a" }] }];

function sastOf(tool: string, hours: number): Value {
  const invocations = [{ executionSuccessful: true, endTimeUtc: hoursAgo(hours) }];
  const runs = [{ tool: { driver: { name: tool } }, invocations, results: [] }];
  const made = createSastPredicate(encodeUtf8(JSON.stringify({ version: "2.1.0", runs })), { withLog: false });
  assert.ok(made.ok);
  return made.value;
}

const summaryOf = (result: string, hours: number): Value => ({
  verifier: { id: "https://example.com/verifier" },
  timeVerified: hoursAgo(hours),
  resourceUri: "oci:shop",
  policy: { uri: "policy.yaml" },
  verificationResult: result,
  verifiedLevels: ["SLSA_BUILD_LEVEL_1"],
});

/** One attestation, or with an empty type a signature. */
interface Attaching {
  readonly type: string;
  readonly predicate: Value;
  readonly by?: Signer;
  readonly form?: StorageForm;
  /** What the statement says of the image beside its digest. */
  readonly annotations?: ValueObject;
}

const scan = (scanner: string, hours: number, more: Partial<Attaching> = {}): Attaching => ({
  type: COSIGN_VULN_PREDICATE_TYPE,
  predicate: encodeCosignVuln(scanOf(scanner, hours)),
  ...more,
});
const vex = (id: string, hours: number, statements: Parameters<typeof vexOf>[2]): Attaching => ({
  type: "https://openvex.dev/ns",
  predicate: vexOf(id, hours, statements),
});
const sbom = (tool: string, hours: number, vulnerabilities?: readonly Value[]): Attaching => ({
  type: SBOM,
  predicate: sbomOf(tool, hours, vulnerabilities),
});
const sast = (tool: string, hours: number): Attaching => ({
  type: "urn:amap:predicate:sast:v1",
  predicate: sastOf(tool, hours),
});
const signature = (more: Partial<Attaching> = {}): Attaching => ({ type: "", predicate: {}, ...more });
const custom = (text: string): Attaching => ({ type: "https://example.com/review", predicate: { text } });

async function imageWith(attachings: readonly Attaching[]): Promise<{ world: FakeWorld; image: OpenImage }> {
  const world = createFakeWorld();
  const storage = world.storageOf(REPOSITORY);
  const config = { mediaType: MEDIA_TYPES.config, ...(await storage.writeBlob(encodeUtf8("{}"))) };
  const manifest = encodeManifest({ kind: "manifest", mediaType: MEDIA_TYPES.manifest, config, layers: [] });
  await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest, tag: "v1" });
  const image = await openImage(world, parseImageTarget(`${REPOSITORY}:v1`));
  for (const { type, predicate, by = OURS, form = "bundle", annotations: stated } of attachings) {
    const forms = [form];
    const annotation = memberOf(predicate, "annotation");
    const annotations = typeof annotation === "string" ? { annotations: { note: annotation } } : {};
    if (type === "") await signImage(world, image, by, { forms, ...annotations });
    else if (stated !== undefined) {
      const subjects = [{ digest: { sha256: digestHex(image.descriptor.digest) }, annotations: stated }];
      const statement = encodeStatement(createStatement({ subjects, predicateType: type, predicate }));
      await storeAttachment(world, image, await makeAttestation(world, by, statement, { form, predicateType: type }));
    } else await attestImage(world, image, by, { forms, predicateType: type, predicate });
    // Manifests of the same second would be told apart by their digests, which are random.
    world.clock.advance(1000);
  }
  return { world, image };
}

/** Each attachment's fate, in the order in which they were attached. */
async function fatesOf(attachings: readonly Attaching[]): Promise<readonly string[]> {
  const { world, image } = await imageWith(attachings);
  const judged = await cleanSuperseded(world, image, { trust: TRUST });
  // Tags are listed first; the tests that use them attach to them first.
  return judged.map(({ isKept, reason }) => `${isKept ? "kept" : "removed"}: ${reason}`);
}

const ONLY = "kept: the only one of its kind";
const NEWEST = "kept: the newest of its kind";
const by = (hours: number): string => `removed: superseded by the one of ${hoursAgo(hours)}`;
const UNKNOWN = "kept: what replaces this type is not known";

const CASES: readonly { name: string; attached: readonly Attaching[]; expected: readonly string[] }[] = [
  {
    name: "scans of one scanner",
    attached: [scan("a", 3), scan("a", 2), scan("a", 1)],
    expected: [by(1), by(1), NEWEST],
  },
  { name: "scans of two scanners", attached: [scan("a", 3), scan("b", 2)], expected: [ONLY, ONLY] },
  {
    name: "scans of one moment, as evidence has it",
    attached: [scan("a", 1), scan("a", 1, { predicate: encodeCosignVuln(scanOf("a", 1, "CVE-2026-0002")) })],
    expected: [NEWEST, NEWEST],
  },
  {
    name: "scans of two predicate types",
    attached: [scan("a", 3), { type: VULNS, predicate: encodeInTotoVulns(scanOf("a", 1)) }],
    expected: [ONLY, ONLY],
  },
  {
    name: "another signer's newer scan",
    attached: [scan("a", 3), scan("a", 1, { by: THEIRS })],
    expected: [ONLY, "kept: not verified: SIGNER_UNKNOWN"],
  },
  {
    name: "a newer scan in another form, which has other readers",
    attached: [scan("a", 3, { form: "tag" }), scan("a", 1)],
    expected: [ONLY, ONLY],
  },
  {
    name: "layers under one tag",
    attached: [scan("a", 3, { form: "tag" }), scan("a", 2, { form: "tag" }), scan("a", 1, { form: "tag" })],
    expected: [by(1), by(1), NEWEST],
  },
  {
    name: "a newer scan that says less of the image",
    attached: [
      scan("a", 3, { annotations: { env: "prod" } }),
      scan("a", 2, { annotations: { env: "prod" } }),
      scan("a", 1, { annotations: { env: "test" } }),
    ],
    expected: [by(2), NEWEST, ONLY],
  },
  { name: "SBOMs", attached: [sbom("syft", 3), sbom("trivy", 2), sbom("syft", 1)], expected: [by(1), ONLY, NEWEST] },
  {
    name: "an SBOM that answers a finding, which the newer one does not",
    attached: [sbom("syft", 3, answering("CVE-2026-0001")), sbom("syft", 1)],
    expected: ["kept: no newer document states all that it states", NEWEST],
  },
  {
    name: "SBOMs that both answer a finding",
    attached: [sbom("syft", 3, answering("CVE-2026-0001")), sbom("syft", 1, answering("CVE-2026-0001"))],
    expected: [by(1), NEWEST],
  },
  {
    name: "static analyses of two tools",
    attached: [sast("lint", 3), sast("other", 2), sast("lint", 1)],
    expected: [by(1), ONLY, NEWEST],
  },
  {
    name: "VEX that states again all that the older one states",
    attached: [
      vex("one", 3, { "CVE-2026-0001": "under_investigation" }),
      vex("two", 1, { "CVE-2026-0001": "fixed", "CVE-2026-0002": "fixed" }),
    ],
    expected: [by(1), NEWEST],
  },
  {
    name: "VEX about another vulnerability, of the same id",
    attached: [vex("one", 3, { "CVE-2026-0001": "fixed" }), vex("one", 1, { "CVE-2026-0002": "fixed" })],
    expected: ["kept: no newer document states all that it states", NEWEST],
  },
  {
    name: "verification summaries",
    attached: [
      { type: SUMMARY, predicate: summaryOf("PASSED", 3) },
      { type: SUMMARY, predicate: summaryOf("FAILED", 1) },
    ],
    expected: [by(1), NEWEST],
  },
  { name: "what replaces others is not known", attached: [custom("a"), custom("b")], expected: [UNKNOWN, UNKNOWN] },
  {
    name: "the same, signed again",
    attached: [custom("a"), custom("a")],
    expected: ["removed: the one says the same", UNKNOWN],
  },
  {
    name: "signatures",
    attached: [
      signature(),
      signature(),
      signature({ predicate: { annotation: "release" } }),
      signature({ by: THEIRS }),
    ],
    expected: ["removed: the one says the same", NEWEST, ONLY, "kept: not verified: SIGNER_UNKNOWN"],
  },
  {
    name: "what cannot be read",
    attached: [scan("a", 3, { predicate: { scanner: 1 } }), scan("a", 1)],
    expected: ["kept: the signature holds, but the document cannot be read", ONLY],
  },
  {
    name: "what is dated in the future",
    attached: [scan("a", 3), scan("a", -1)],
    expected: [ONLY, "kept: the signature holds, but it is dated"],
  },
];

describe("cleanSuperseded", () => {
  for (const { name, attached, expected } of CASES) {
    test(name, async () => {
      const fates = await fatesOf(attached);
      assert.equal(fates.length, expected.length);
      for (const [index, fate] of fates.entries()) assert.ok(fate.startsWith(expected[index] ?? "?"), fates.join("\n"));
    });
  }

  test("removes what it says, and with dryRun nothing", async () => {
    const { world, image } = await imageWith([
      scan("a", 3),
      scan("a", 1),
      scan("a", 3, { form: "tag" }),
      scan("a", 1, { form: "tag" }),
    ]);
    const before = await collectCandidates(image);
    const said = await cleanSuperseded(world, image, { trust: TRUST, dryRun: true });
    assert.deepEqual(await collectCandidates(image), before);
    assert.deepEqual(await cleanSuperseded(world, image, { trust: TRUST }), said);
    const left = await collectCandidates(image);
    assert.equal(left.length, 2);
    const { attestations } = verifyCandidates(left, { ...TRUST, subjects: [image.descriptor.digest] });
    assert.equal(attestations.length, 2);
  });

  test("twin: a newer scan with a changed byte supersedes nothing", async () => {
    const { world, image } = await imageWith([scan("a", 3), scan("a", 1)]);
    const [, newest] = await collectCandidates(image);
    assert.ok(newest?.kind === "bundle");
    await image.attachments.deleteManifest(newest.foundAt.manifest);
    const text = new TextDecoder().decode(newest.bytes);
    const at = text.indexOf('"payload":"') + 40;
    const changed = encodeUtf8(`${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`);
    const blob = await image.attachments.writeBlob(changed);
    const config = { mediaType: MEDIA_TYPES.emptyConfig, ...(await image.attachments.writeBlob(encodeUtf8("{}"))) };
    const layers = [{ mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", ...blob }];
    const manifest = encodeManifest({
      kind: "manifest",
      mediaType: MEDIA_TYPES.manifest,
      config,
      layers,
      subject: image.descriptor,
    });
    await image.attachments.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest });
    const judged = await cleanSuperseded(world, image, { trust: TRUST });
    assert.deepEqual(
      judged.map(({ isKept }) => isKept),
      [true, true],
    );
  });

  test("somebody who attaches meanwhile loses nothing; a tag that changes all the time is a conflict", async () => {
    const { world, image } = await imageWith([scan("a", 3, { form: "tag" }), scan("a", 1, { form: "tag" })]);
    const { attachments } = image;
    let conflicts = 0;
    const busy = (times: number): OpenImage => ({
      ...image,
      attachments: {
        ...attachments,
        writeManifest: async (bytes, options) => {
          if (conflicts < times) {
            conflicts += 1;
            await attestImage(world, image, THEIRS, {
              forms: ["tag"],
              predicateType: SBOM,
              predicate: sbomOf("x", conflicts),
            });
          }
          return attachments.writeManifest(bytes, options);
        },
      },
    });
    await cleanSuperseded(world, busy(2), { trust: TRUST });
    assert.equal((await collectCandidates(image)).length, 3);
    await attestImage(world, image, OURS, {
      forms: ["tag"],
      predicateType: COSIGN_VULN_PREDICATE_TYPE,
      predicate: encodeCosignVuln(scanOf("a", 0.5)),
    });
    conflicts = 0;
    await assert.rejects(cleanSuperseded(world, busy(100), { trust: TRUST }), (error) =>
      isAmapError(error, "STORAGE_CONFLICT"),
    );
  });
});

/** What decides of an image's evidence, and the newest attestation of each type, signer and form. */
async function whatCounts(image: OpenImage): Promise<unknown> {
  const keys = [trustedKey("builder", OURS), trustedKey("other", THEIRS)];
  const verification = verifyCandidates(await collectCandidates(image), { keys, subjects: [image.descriptor.digest] });
  const evidence = describeEvidence(image, verification, FAKE_NOW + 3_600_000, keys);
  const newest = new Map<string, Value | undefined>();
  // They are listed newest first.
  for (const each of memberOf(evidence, "attestations") as readonly Value[]) {
    const [signer, foundAt] = [memberOf(each, "signer"), memberOf(each, "foundAt")];
    const key = [textOf(each, "predicateType"), textOf(signer, "name"), textOf(foundAt, "form")].join(" ");
    if (!newest.has(key)) newest.set(key, memberOf(each, "statedAt"));
  }
  const current = (memberOf(evidence, "scans") as readonly Value[]).filter(
    (each) => memberOf(each, "current") === true,
  );
  const signers = verification.signatures.map(({ signer, foundAt, annotations }) =>
    JSON.stringify([signer.name, foundAt.form, annotations]),
  );
  return {
    findings: memberOf(evidence, "findings"),
    unreadable: memberOf(evidence, "unreadable"),
    current: new Set(current.map((each) => JSON.stringify(each))),
    signers: new Set(signers),
    newest,
  };
}

const attaching: fc.Arbitrary<Attaching> = fc
  .record({
    kind: fc.constantFrom("scan", "vulns", "vex", "sbom", "custom", "signature"),
    hours: fc.integer({ min: 1, max: 4 }),
    which: fc.constantFrom("a", "b"),
    theirs: fc.boolean(),
    form: fc.constantFrom<StorageForm>("bundle", "tag"),
  })
  .map(({ kind, hours, which, theirs, form }) => {
    const more = { by: theirs ? THEIRS : OURS, form };
    const vulnerability = which === "a" ? "CVE-2026-0001" : "CVE-2026-0002";
    if (kind === "scan") return scan(which, hours, more);
    if (kind === "vulns")
      return { type: VULNS, predicate: encodeInTotoVulns(scanOf(which, hours, vulnerability)), ...more };
    if (kind === "vex")
      return {
        ...vex("id", hours, { "CVE-2026-0001": hours > 2 ? "fixed" : "under_investigation", [vulnerability]: "fixed" }),
        ...more,
      };
    if (kind === "sbom") return { ...sbom(which, hours), ...more };
    return kind === "custom"
      ? { ...custom(which), ...more }
      : signature({ predicate: which === "a" ? {} : { annotation: "x" }, ...more });
  });

test("law: what counts is the same before and after, others lose nothing, and once is enough", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(attaching, { minLength: 2, maxLength: 12 }), async (attached) => {
      const { world, image } = await imageWith(attached);
      const others = { keys: [trustedKey("other", THEIRS)], subjects: [image.descriptor.digest] };
      const theirs = async () => {
        const { attestations, signatures } = verifyCandidates(await collectCandidates(image), others);
        return [...attestations, ...signatures].map(({ foundAt }) => foundAt.blob).sort();
      };
      const [before, theirsBefore] = [await whatCounts(image), await theirs()];
      await cleanSuperseded(world, image, { trust: TRUST });
      assert.deepEqual(await whatCounts(image), before);
      assert.deepEqual(await theirs(), theirsBefore);
      const again = await cleanSuperseded(world, image, { trust: TRUST });
      assert.ok(again.every(({ isKept }) => isKept));
    }),
    { numRuns: 60, seed: 20261123 },
  );
});

test("more than is read for anything else can be cleaned", async () => {
  const { world, image } = await imageWith([scan("a", 1)]);
  const { attachments } = image;
  const [newest] = await attachments.listReferrers(image.descriptor.digest);
  assert.ok(newest !== undefined);
  const crowded = (count: number): OpenImage => ({
    ...image,
    attachments: { ...attachments, listReferrers: async () => Array.from({ length: count }, () => newest) },
  });
  const tooMany = (error: unknown): boolean => isAmapError(error, "LIMIT_EXCEEDED");
  await assert.rejects(collectCandidates(crowded(LIMITS.attachments + 1)), tooMany);
  const options = { trust: TRUST, dryRun: true };
  assert.equal((await cleanSuperseded(world, crowded(LIMITS.attachments + 1), options)).length, LIMITS.attachments + 1);
  await assert.rejects(cleanSuperseded(world, crowded(LIMITS.cleanedReferrers + 1), options), tooMany);
});
