import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8, isAmapError, LIMITS, parseTime } from "../../base/index.ts";
import { createTestKey } from "../../testing/sigstore/local-sigstore.ts";
import { isWithin } from "../trust-root.ts";
import { addToKeyRing, retireInKeyRing, rotateKeyRing } from "./change-key-ring.ts";
import { decodeKeyRing } from "./decode-key-ring.ts";
import { encodeKeyRing, keyRingToValue } from "./encode-key-ring.ts";
import { type KeyRing, type KeyRingEntry, type KeyRingKey, periodOf, statusOfEntry } from "./key-ring.ts";
import { isUsageLimited, mayBeUsedFor } from "./key-ring-trust.ts";

const DAY = 86_400_000;
const NOW = parseTime("2026-06-01T12:00:00Z") ?? 0;
const keys = Array.from({ length: 4 }, () => createTestKey());
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function keyEntry(name: string, index = 0, terms: Partial<KeyRingKey> = {}): KeyRingKey {
  const found = read(ringText([{ name: "any", publicKey: keys[index]?.pem }]));
  const [key] = found.keys;
  assert.ok(key);
  return { ...key, ...terms, name };
}

function ringText(list: readonly object[], identities: readonly object[] = [], more: object = {}): string {
  return JSON.stringify({ apiVersion: "amap.dev/v1alpha1", kind: "KeyRing", keys: list, identities, ...more });
}

function read(text: string): KeyRing {
  const decoded = decodeKeyRing(encodeUtf8(text));
  assert.ok(decoded.ok, decoded.ok ? "" : JSON.stringify(decoded.issues));
  return decoded.value;
}

const pem = keys[0]?.pem;
const person = { name: "dev", subject: "dev@example.com", issuer: "https://accounts.example.com" };

describe("decodeKeyRing", () => {
  it("reads all that an entry may say, from YAML", () => {
    const indented = keys[0]?.pem.trimEnd().replaceAll("\n", "\n      ");
    const ring = read(`apiVersion: amap.dev/v1alpha1
kind: KeyRing
keys:
  - name: release-2026
    publicKey: |
      ${indented}
    validFor: {start: 2026-01-01T00:00:00Z, end: 2026-12-31T00:00:00+01:00}
    retired: {at: 2026-06-01T12:00:00Z, reason: lost, compromised: true}
    usage: {signatures: true, predicateTypes: [openvex, https://example.com/review]}
identities:
  - name: ci
    subjectRegExp: https://github.com/acme/.*
    issuer: https://token.actions.githubusercontent.com
    extensions: {githubWorkflowRepository: {exact: acme/shop}, 1.3.6.1.4.1.57264.1.20: {regExp: push}}
`);
    const [key] = ring.keys;
    assert.deepEqual(
      [key?.name, key?.validFor, key?.retired, key?.usage],
      [
        "release-2026",
        { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 11, 30, 23) },
        { at: NOW, reason: "lost", compromised: true },
        { signatures: true, predicateTypes: ["https://openvex.dev/ns", "https://example.com/review"] },
      ],
    );
    assert.equal(key?.keyId, hex(keys[0]?.keyId ?? new Uint8Array()));
    const [identity] = ring.identities;
    assert.deepEqual(
      [identity?.subject, identity?.issuer],
      [{ regexp: "https://github.com/acme/.*" }, { exact: "https://token.actions.githubusercontent.com" }],
    );
    assert.deepEqual(identity?.extensions, {
      githubWorkflowRepository: { exact: "acme/shop" },
      "1.3.6.1.4.1.57264.1.20": { regexp: "push" },
    });
  });

  const one = (terms: object): string => ringText([{ name: "a", publicKey: pem, ...terms }]);
  const who = (terms: object): string => ringText([], [{ ...person, ...terms }]);
  const refused: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ["no YAML", "keys: [", /line/],
    ["nothing", "", /expected one document, found 0/],
    ["two documents", "kind: KeyRing\n---\nkind: KeyRing\n", /found 2/],
    ["a list", "[]", /expected an object/],
    ["another version", ringText([], [], { apiVersion: "amap.dev/v2" }), /apiVersion/],
    ["another kind", ringText([], [], { kind: "Ring" }), /kind/],
    ["an unknown member", ringText([], [], { key: [] }), /unknown member "key"/],
    ["a prototype as a member", ringText([], []).replace('"keys"', '"constructor":1,"keys"'), /"constructor"/],
    ["__proto__ as a member", ringText([], []).replace('"keys"', '"__proto__":1,"keys"'), /__proto__/],
    ["keys that are no list", ringText([], [], { keys: {} }), /keys/],
    ["an unknown member of a key", one({ file: "cosign.pub" }), /"file"/],
    ["an unknown member of an identity", who({ subjects: [] }), /"subjects"/],
    ["no name", one({ name: "" }), /keys\[0\]\.name/],
    ["a name with a line break", one({ name: "a\nb" }), /keys\[0\]\.name/],
    ["a name with an escape", one({ name: "a\u001b[2J" }), /keys\[0\]\.name/],
    ["a name that is a number", one({ name: 7 }), /expected text/],
    ["no key", ringText([{ name: "a" }]), /publicKey/],
    ["a private key", one({ publicKey: "-----BEGIN PRIVATE KEY-----" }), /private key/],
    ["another key's id", one({ keyId: "ab".repeat(32) }), /expected the key's own id/],
    ["a time that is none", one({ validFor: { start: "yesterday" } }), /RFC 3339/],
    ["an empty time", one({ validFor: {} }), /expected start or end, found nothing/],
    [
      "an end before the start",
      one({ validFor: { start: "2026-02-01T00:00:00Z", end: "2026-01-01T00:00:00Z" } }),
      /end/,
    ],
    ["a retirement without a time", one({ retired: { reason: "lost" } }), /expected the time/],
    ["an empty retirement", one({ retired: {} }), /found nothing/],
    ["compromised as a text", one({ retired: { at: "2026-01-01T00:00:00Z", compromised: "yes" } }), /true or false/],
    ["a long reason", one({ retired: { at: "2026-01-01T00:00:00Z", reason: "x".repeat(1001) } }), /1000 characters/],
    ["a use for nothing", one({ usage: { signatures: false } }), /found none/],
    ["an empty use", one({ usage: {} }), /found nothing/],
    ["a predicate type nobody knows", one({ usage: { predicateTypes: ["nosuchtype"] } }), /nosuchtype/],
    ["no subject", who({ subject: "" }), /expected subject or subjectRegExp, found neither/],
    ["subject and pattern", who({ subjectRegExp: ".*" }), /found both/],
    ["no issuer", ringText([], [{ name: "dev", subject: "x" }]), /expected issuer or issuerRegExp/],
    ["an extension nobody knows", who({ extensions: { githubRef: { exact: "x" } } }), /name or object identifier/],
    ["an extension without a text", who({ extensions: { githubWorkflowRef: {} } }), /exact or regExp/],
    ["extensions that are none", who({ extensions: {} }), /1 to 32/],
    ["a name twice", ringText([{ name: "dev", publicKey: pem }], [person]), /"dev" again/],
    ["a key in two entries", ringText([1, 2].map((n) => ({ name: `k${n}`, publicKey: pem }))), /"k1" as "k2" again/],
    ["an identity in two entries", ringText([], [person, { ...person, name: "again" }]), /"dev" as "again"/],
    ["too many entries", ringText(Array.from({ length: LIMITS.keyRingEntries + 1 }, () => ({}))), /10000/],
  ];
  for (const [name, text, message] of refused) {
    it(`refuses ${name}`, () => {
      const decoded = decodeKeyRing(encodeUtf8(text));
      assert.ok(!decoded.ok);
      assert.ok(decoded.issues.every(({ code }) => code === "KEY_RING_INVALID"));
      const said = decoded.issues.map(({ path, message: text }) => `${path}: ${text}`).join("\n");
      assert.match(said, message);
    });
  }

  it("reads the example", () => {
    const ring = decodeKeyRing(readFileSync(join(import.meta.dirname, "../../../examples/key-rings/team.yaml")));
    assert.ok(ring.ok, ring.ok ? "" : JSON.stringify(ring.issues));
    const status = [...ring.value.keys, ...ring.value.identities].map((entry) => statusOfEntry(entry, NOW));
    assert.deepEqual(status, ["compromised", "ended", "in use", "in use"]);
  });

  it("refuses more bytes than it reads", () => {
    const decoded = decodeKeyRing(new Uint8Array(LIMITS.keyRingBytes + 1));
    assert.ok(!decoded.ok);
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        decodeKeyRing(encodeUtf8(text));
      }),
      { numRuns: 300 },
    );
  });
});

const PLAIN = { noNullPrototype: true } as const;
const seconds = fc.integer({ min: 0, max: 4_000_000_000 }).map((count) => count * 1000);
const text = fc.oneof(
  fc.record({ exact: fc.string({ minLength: 1, maxLength: 20 }) }, PLAIN),
  fc.record({ regexp: fc.string({ minLength: 1, maxLength: 20 }) }, PLAIN),
);
const terms = fc.record(
  {
    validFor: fc.tuple(seconds, seconds).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) })),
    retired: fc.record({ at: seconds, compromised: fc.boolean() }, PLAIN),
    usage: fc.constantFrom(
      { signatures: true, predicateTypes: [] },
      { signatures: false, predicateTypes: ["https://openvex.dev/ns"] },
    ),
  },
  { ...PLAIN, requiredKeys: [] },
);

describe("encodeKeyRing", () => {
  it("is what decodeKeyRing reads, and the same bytes again", () => {
    const rings = fc
      .tuple(fc.uniqueArray(fc.integer({ min: 0, max: keys.length - 1 })), fc.array(fc.tuple(text, text, terms)), terms)
      .map(([indexes, people, shared]): KeyRing => {
        const identities = people.map(([subject, issuer, more], index) => ({
          kind: "identity" as const,
          name: `person-${index}`,
          // Unique, as a ring wants them.
          subject,
          issuer,
          extensions: { githubWorkflowName: { exact: `n${index}` } },
          ...more,
        }));
        return { keys: indexes.map((index) => keyEntry(`key-${index}`, index, shared)), identities };
      });
    fc.assert(
      fc.property(rings, (ring) => {
        const bytes = encodeKeyRing(ring);
        const decoded = decodeKeyRing(bytes);
        assert.ok(decoded.ok, decoded.ok ? "" : JSON.stringify(decoded.issues));
        assert.deepEqual(decoded.value, ring);
        assert.deepEqual(encodeKeyRing(decoded.value), bytes);
      }),
      { numRuns: 60 },
    );
  });

  it("leaves out what an entry does not say", () => {
    assert.deepEqual(
      Object.keys((keyRingToValue({ keys: [keyEntry("a")], identities: [] })["keys"] as object[])[0] ?? {}),
      ["name", "keyId", "publicKey"],
    );
  });
});

const ring: KeyRing = { keys: [keyEntry("old")], identities: [] };
const refuses = (message: RegExp) => (error: unknown) =>
  isAmapError(error, "KEY_RING_INVALID") && message.test((error as Error).message);

describe("changes of a ring", () => {
  it("an entry is added behind the others, once", () => {
    const more = addToKeyRing(ring, keyEntry("new", 1));
    assert.deepEqual(
      more.keys.map(({ name }) => name),
      ["old", "new"],
    );
    assert.throws(() => addToKeyRing(more, keyEntry("old", 2)), refuses(/"old" again/));
    assert.throws(() => addToKeyRing(more, keyEntry("third", 1)), refuses(/"new" as "third"/));
  });

  it("one takes over from another: both for the overlap, then the new one alone", () => {
    const rotated = rotateKeyRing(ring, { from: "old", to: keyEntry("new", 1), at: NOW, overlapMs: DAY });
    assert.deepEqual(
      rotated.keys.map(({ name, validFor }) => [name, validFor]),
      [
        ["old", { end: NOW + DAY }],
        ["new", { start: NOW }],
      ],
    );
    const ending: KeyRing = { keys: [keyEntry("old", 0, { validFor: { end: NOW + 5 } })], identities: [] };
    const [old] = rotateKeyRing(ending, { from: "old", to: keyEntry("new", 1), at: NOW, overlapMs: DAY }).keys;
    assert.equal(old?.validFor?.end, NOW + 5, "an end that comes first stays");
  });

  it("an identity takes over from a key", () => {
    const [to] = read(ringText([], [person])).identities;
    assert.ok(to);
    const rotated = rotateKeyRing(ring, { from: "old", to, at: NOW, overlapMs: 0 });
    assert.deepEqual([rotated.keys[0]?.validFor, rotated.identities[0]?.validFor], [{ end: NOW }, { start: NOW }]);
  });

  it("what cannot take over is refused", () => {
    const rotate = (from: string, start = ring): KeyRing =>
      rotateKeyRing(start, { from, to: keyEntry("new", 1), at: NOW, overlapMs: DAY });
    assert.throws(() => rotate("other"), refuses(/there are old/));
    assert.throws(() => rotate("old", retireInKeyRing(ring, "old", { compromised: false }, NOW)), refuses(/retired/));
    const ended = { keys: [keyEntry("old", 0, { validFor: { end: NOW - 1 } })], identities: [] };
    assert.throws(() => rotate("old", ended), refuses(/has ended/));
  });

  it("a retirement can only become worse", () => {
    const retired = retireInKeyRing(ring, "old", { compromised: false }, NOW);
    assert.deepEqual(retired.keys[0]?.retired, { at: NOW, compromised: false });
    assert.throws(() => retireInKeyRing(retired, "old", { compromised: false }, NOW), refuses(/already/));
    assert.throws(() => retireInKeyRing(retired, "old", { at: NOW + 1, compromised: true }, NOW), refuses(/no later/));
    const kept = retireInKeyRing(retired, "old", { compromised: true }, NOW + DAY);
    assert.deepEqual(kept.keys[0]?.retired, { at: NOW, compromised: true });
    const worse = retireInKeyRing(retired, "old", { at: NOW - DAY, compromised: true }, NOW + DAY);
    assert.deepEqual(worse.keys[0]?.retired, { at: NOW - DAY, compromised: true });
    assert.throws(() => retireInKeyRing(worse, "old", { compromised: true }, NOW), refuses(/compromised already/));
  });

  it("no change brings back what did not count", () => {
    const times = fc.integer({ min: 0, max: 20 }).map((count) => NOW + count);
    const changes = fc.record({
      start: fc.option(times, { nil: undefined }),
      end: fc.option(times, { nil: undefined }),
      retiredAt: fc.option(times, { nil: undefined }),
      at: fc.option(times, { nil: undefined }),
      compromised: fc.boolean(),
      isRotation: fc.boolean(),
      time: times,
    });
    fc.assert(
      fc.property(changes, ({ start, end, retiredAt, at, compromised, isRotation, time }) => {
        const validFor = { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
        const retired = retiredAt === undefined ? {} : { retired: { at: retiredAt, compromised: false } };
        const before: KeyRing = { keys: [keyEntry("old", 0, { validFor, ...retired })], identities: [] };
        const change = (): KeyRing =>
          isRotation
            ? rotateKeyRing(before, { from: "old", to: keyEntry("new", 1), at: time, overlapMs: 3 })
            : retireInKeyRing(before, "old", { compromised, ...(at !== undefined && { at }) }, time);
        let after: KeyRing;
        try {
          after = change();
        } catch (error) {
          assert.ok(isAmapError(error, "KEY_RING_INVALID"));
          return;
        }
        const [[old], [changed]] = [before.keys, after.keys];
        assert.ok(old !== undefined && changed !== undefined);
        for (let now = NOW; now < NOW + 25; now += 1) {
          assert.ok(!isWithin(periodOf(changed), now) || isWithin(periodOf(old), now), `at ${now - NOW}`);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("how an entry stands", () => {
  const at = (validFor: KeyRingEntry["validFor"], retired?: KeyRingEntry["retired"]): KeyRingEntry =>
    keyEntry("k", 0, { ...(validFor && { validFor }), ...(retired && { retired }) });
  const rows: readonly (readonly [name: string, entry: KeyRingEntry, status: string, end?: number])[] = [
    ["no terms", at(undefined), "in use"],
    ["at its start", at({ start: NOW }), "in use"],
    ["a millisecond before its start", at({ start: NOW + 1 }), "not yet in use"],
    ["at its end", at({ end: NOW }), "in use", NOW],
    ["a millisecond after its end", at({ end: NOW - 1 }), "ended", NOW - 1],
    ["at its retirement", at({}, { at: NOW, compromised: false }), "in use", NOW],
    ["after its retirement", at({}, { at: NOW - 1, compromised: false }), "retired", NOW - 1],
    ["a retirement behind the end", at({ end: NOW }, { at: NOW + DAY, compromised: false }), "in use", NOW],
    ["a retirement before the end", at({ end: NOW + DAY }, { at: NOW, compromised: false }), "in use", NOW],
    ["compromised", at({}, { at: NOW, compromised: true }), "compromised", NOW - 1],
    ["compromised some day", at({}, { at: NOW + DAY, compromised: true }), "compromised", NOW + DAY - 1],
  ];
  for (const [name, entry, status, end] of rows) {
    it(name, () => assert.deepEqual([statusOfEntry(entry, NOW), periodOf(entry).end], [status, end]));
  }

  it("what it may sign", () => {
    const vex = { kind: "attestation", predicateType: "https://openvex.dev/ns/v0.2.0" } as const;
    const spdx = { kind: "attestation", predicateType: "https://spdx.dev/Document" } as const;
    const limited = keyEntry("k", 0, { usage: { signatures: false, predicateTypes: ["https://openvex.dev/ns"] } });
    const signing = keyEntry("k", 0, { usage: { signatures: true, predicateTypes: [] } });
    const uses = [{ kind: "signature" } as const, vex, spdx];
    const allowed = (entry: KeyRingEntry): readonly boolean[] => uses.map((use) => mayBeUsedFor(entry, use));
    assert.deepEqual(allowed(keyEntry("k")), [true, true, true]);
    assert.deepEqual(allowed(limited), [false, true, false], "an alias of a type is that type");
    assert.deepEqual(allowed(signing), [true, false, false]);
    assert.deepEqual([ring, { ...ring, keys: [limited] }].map(isUsageLimited), [false, true]);
  });
});
