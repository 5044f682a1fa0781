/** What signatures are verified against, from the parts that a policy gives and the trusted root for the rest. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, type ErrorCode, isAmapError } from "../../base/index.ts";
import { createFakeClock } from "../../testing/fake-clock.ts";
import { createFakeTrustRepository } from "../../testing/fake-trust-repository.ts";
import { FAKE_NOW } from "../../testing/fake-world.ts";
import { pem } from "../../testing/sigstore/der-values.ts";
import { createLocalSigstore, jsonBytes, type LocalSigstore } from "../../testing/sigstore/local-sigstore.ts";
import { type AssembledTrustRequest, assembleTrust } from "./assembled-trust.ts";
import { createTrustRootSource } from "./trust-root-source.ts";

const own = createLocalSigstore();
const machine = createLocalSigstore();
const chainOf = (chain: readonly Buffer[]): string => chain.map((der) => pem("CERTIFICATE", der)).join("");
const textOf = (of: LocalSigstore): string => Buffer.from(jsonBytes(of.trustedRoot())).toString();
const KEYLESS = { isKeyless: true, ignoresLogs: false, ignoresCertificateTimestamps: false };
const KEY = { ...KEYLESS, isKeyless: false };
const PARTS = {
  roots: chainOf(own.fulcio.chain),
  rekorKeys: [{ pem: own.rekorV1.key.pem }],
  ctLogKeys: [own.ctLog.key.pem],
};

function createWorld() {
  const clock = createFakeClock(FAKE_NOW);
  const repository = createFakeTrustRepository(() => clock.now());
  repository.publish(new Map([["trusted_root.json", jsonBytes(machine.trustedRoot())]]));
  let opened = 0;
  const openTrustRepository = async () => {
    opened += 1;
    return repository.open();
  };
  return { clock, repository, openTrustRepository, opened: () => opened };
}

/** Where each part came from: the policy (own), the machine's root, both, or nowhere. */
async function partsOf(request: AssembledTrustRequest): Promise<string> {
  const world = createWorld();
  const { trustRoot } = await assembleTrust(world, request);
  const asked = world.opened() > 0 ? "asked" : "not asked";
  if (trustRoot === undefined) return `${asked}; no root`;
  const keyIds = trustRoot.transparencyLogs.map(({ keyId }) => Buffer.from(keyId).toString("hex"));
  const named = (list: readonly string[], ...pair: readonly [string, string]): string =>
    [list.includes(pair[0]) ? "own" : "", list.includes(pair[1]) ? "machine" : ""].filter(Boolean).join("+") || "none";
  const ders = (authorities: readonly { readonly chain: readonly { readonly der: Uint8Array }[] }[]): string[] =>
    authorities.flatMap(({ chain }) => chain.map(({ der }) => Buffer.from(der).toString("hex")));
  const hexOf = (der: Buffer | undefined): string => der?.toString("hex") ?? "";
  const logs = named(keyIds, own.rekorV1.logId.toString("hex"), machine.rekorV1.logId.toString("hex"));
  const issuers = named(
    ders(trustRoot.certificateAuthorities),
    hexOf(own.fulcio.chain.at(-1)),
    hexOf(machine.fulcio.chain.at(-1)),
  );
  const ctLogs = named(
    trustRoot.ctLogs.map(({ publicKey }) => Buffer.from(publicKey.keyId).toString("hex")),
    own.ctLog.key.keyId.toString("hex"),
    machine.ctLog.key.keyId.toString("hex"),
  );
  const times = named(
    ders(trustRoot.timestampAuthorities),
    hexOf(own.timestampAuthority.chain.at(-1)),
    hexOf(machine.timestampAuthority.chain.at(-1)),
  );
  return `${asked}; ${issuers}, ${logs}, ${ctLogs}, ${times}`;
}

const TSA = chainOf(own.timestampAuthority.chain);

describe("where the parts come from: authorities, logs, logs of certificates, times", () => {
  const rows: readonly (readonly [string, AssembledTrustRequest, string])[] = [
    ["nothing given", KEYLESS, "asked; machine, machine, machine, machine"],
    ["a key", KEY, "asked; machine, machine, machine, machine"],
    ["a key alone", { ...KEY, ignoresLogs: true }, "not asked; no root"],
    ["a key with its log", { ...KEY, rekorKeys: PARTS.rekorKeys }, "not asked; none, own, none, none"],
    ["everything given", { ...KEYLESS, ...PARTS }, "not asked; own, own, own, none"],
    ["roots alone", { ...KEYLESS, roots: PARTS.roots }, "asked; own, machine, machine, machine"],
    ["a log alone", { ...KEYLESS, rekorKeys: PARTS.rekorKeys }, "asked; machine, own, machine, machine"],
    [
      "a log of certificates alone",
      { ...KEYLESS, ctLogKeys: PARTS.ctLogKeys },
      "asked; machine, machine, own, machine",
    ],
    ["an authority for times", { ...KEYLESS, tsaChains: [TSA] }, "asked; machine, machine, machine, own+machine"],
    [
      "an authority for times, beside everything else",
      { ...KEYLESS, ...PARTS, tsaChains: [TSA] },
      "not asked; own, own, own, own",
    ],
    ["a key with a signed time", { ...KEY, ignoresLogs: true, tsaChains: [TSA] }, "not asked; none, none, none, own"],
    [
      "a signed time by whom the machine trusts",
      { ...KEY, ignoresLogs: true, needsTimestamps: true },
      "asked; machine, machine, machine, machine",
    ],
    ["a trusted root", { ...KEYLESS, trustedRootJson: textOf(own) }, "not asked; own, own, own, own"],
    [
      "a trusted root, and other roots",
      { ...KEYLESS, trustedRootJson: textOf(own), roots: chainOf(machine.fulcio.chain) },
      "not asked; machine, own, own, own",
    ],
    [
      "its own roots, and nothing else is needed",
      { isKeyless: true, ignoresLogs: true, ignoresCertificateTimestamps: true, roots: PARTS.roots },
      "not asked; own, none, none, none",
    ],
  ];
  for (const [name, request, expected] of rows) {
    test(name, async () => assert.equal(await partsOf(request), expected));
  }
});

describe("what is asked of a signature: logs, timestamps, times, certificate timestamps", () => {
  const rows: readonly (readonly [string, AssembledTrustRequest, readonly number[]])[] = [
    ["a certificate", KEYLESS, [1, 0, 1, 1]],
    ["a certificate without logs", { ...KEYLESS, ignoresLogs: true }, [0, 0, 0, 1]],
    ["a certificate with a signed time", { ...KEYLESS, ignoresLogs: true, tsaChains: [TSA] }, [0, 1, 1, 1]],
    ["an unpublished certificate", { ...KEYLESS, ignoresCertificateTimestamps: true }, [1, 0, 1, 0]],
    ["a key", KEY, [1, 0, 0, 1]],
    ["a key without logs", { ...KEY, ignoresLogs: true }, [0, 0, 0, 1]],
    ["authorities that need not be asked", { ...KEYLESS, tsaChains: [TSA], needsTimestamps: false }, [1, 0, 1, 1]],
  ];
  for (const [name, request, expected] of rows) {
    test(name, async () => {
      const { thresholds, now } = await assembleTrust(createWorld(), request);
      const { logs, timestamps, times, certificateTimestamps } = thresholds;
      assert.deepEqual([logs, timestamps, times, certificateTimestamps], expected);
      assert.equal(now, FAKE_NOW);
    });
  }
});

describe("logs of Rekor v2", () => {
  for (const [url, isNamed] of [
    [own.rekorV2.baseUrl, true],
    [`${own.rekorV2.baseUrl}:8443/`, true],
    ["https://other.example", false],
  ] as const) {
    test(`${url}: ${isNamed ? "entries name it" : "another log"}`, async () => {
      const request = { ...KEY, rekorKeys: [{ pem: own.rekorV2.key.pem, url }] };
      const { trustRoot } = await assembleTrust(createWorld(), request);
      const ids = trustRoot?.transparencyLogs.map(({ keyId }) => Buffer.from(keyId).toString("hex"));
      assert.equal(ids?.includes(own.rekorV2.logId.toString("hex")), isNamed);
    });
  }
});

describe("parts that are refused", () => {
  const rows: readonly (readonly [string, AssembledTrustRequest, ErrorCode])[] = [
    ["roots that are none", { ...KEYLESS, roots: "x" }, "CERTIFICATE_INVALID"],
    ["roots without one", { ...KEYLESS, roots: "" }, "CERTIFICATE_INVALID"],
    ["too many roots", { ...KEYLESS, roots: PARTS.roots.repeat(7) }, "LIMIT_EXCEEDED"],
    ["a log's key that is none", { ...KEYLESS, rekorKeys: [{ pem: "x" }] }, "KEY_INVALID"],
    ["a key of a log of certificates that is none", { ...KEYLESS, ctLogKeys: ["x"] }, "KEY_INVALID"],
    ["a chain that is none", { ...KEYLESS, tsaChains: ["x"] }, "CERTIFICATE_INVALID"],
    ["two stamping certificates", { ...KEYLESS, tsaChains: [TSA + TSA] }, "CERTIFICATE_INVALID"],
    ["a trusted root that is none", { ...KEYLESS, trustedRootJson: "[]" }, "TRUST_ROOT_INVALID"],
  ];
  for (const [name, request, code] of rows) {
    test(`${name}: ${code}`, async () => {
      const place = "attestor release";
      await assert.rejects(
        assembleTrust(createWorld(), { ...request, place }),
        (error) => isAmapError(error, code) && (code === "KEY_INVALID" || error.message.startsWith(place)),
      );
    });
  }
});

describe("the repository's trusted root", () => {
  test("is kept for an hour, then read anew", async () => {
    const world = createWorld();
    const source = createTrustRootSource(world);
    await Promise.all([source(), source()]);
    world.clock.advance(3_599_999);
    await source();
    assert.equal(world.opened(), 1);
    world.repository.publish(new Map([["trusted_root.json", jsonBytes(own.trustedRoot())]]));
    world.clock.advance(1);
    await source();
    assert.equal(world.opened(), 2);
  });

  test("a failure is kept for five seconds, and is never an older root", async () => {
    const world = createWorld();
    let failing = false;
    const open = async () => {
      if (failing) throw new AmapError("TRUST_REPOSITORY_UNREACHABLE", "down");
      return world.openTrustRepository();
    };
    const source = createTrustRootSource({ clock: world.clock, openTrustRepository: open });
    await source();
    failing = true;
    world.clock.advance(3_600_000);
    const isDown = (error: unknown): boolean => isAmapError(error, "TRUST_REPOSITORY_UNREACHABLE");
    await assert.rejects(source(), isDown);
    failing = false;
    world.clock.advance(4_999);
    await assert.rejects(source(), isDown);
    world.clock.advance(1);
    assert.equal((await source()).warnings.length, 0);
  });

  test("a damaged one is a failure that says where it came from", async () => {
    const world = createWorld();
    world.repository.publish(new Map([["trusted_root.json", new Uint8Array([1])]]));
    await assert.rejects(
      assembleTrust(world, KEYLESS),
      (error) => isAmapError(error, "TRUST_ROOT_INVALID") && error.message.startsWith(world.repository.mirror),
    );
  });

  test("its age is handed on", async () => {
    const world = createWorld();
    const source = createTrustRootSource(world);
    await source();
    world.repository.setOffline(true);
    world.clock.advance(3 * 86_400_000);
    const { warnings } = await assembleTrust(world, KEYLESS, source);
    assert.equal(warnings.length, 1);
  });
});
