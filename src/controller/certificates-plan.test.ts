import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { certificates, NOW } from "../testing/controller-fixture.ts";
import {
  bundleOf,
  type CertificateSituation,
  type CertificateState,
  type CertificateStep,
  decodeSecret,
  encodeSecret,
  planCertificates,
  takeStep,
} from "./certificates-plan.ts";
import { authoritiesOf } from "./readiness.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const names = { commonName: "amap webhook", dnsNames: ["amap.amap.svc"], ipAddresses: ["127.0.0.1"] };
const lifetimes = { authorityMs: 365 * DAY, servingMs: 90 * DAY, graceMs: HOUR };

function situationOf(state: CertificateState, more: Partial<CertificateSituation> = {}): CertificateSituation {
  const read: CertificateSituation["read"] = (pem, issuer) => certificates.read(pem, issuer);
  return { state, now: NOW, names, lifetimes, read, trusted: { bundle: "", forMs: 0 }, ...more };
}

async function stepOf(situation: CertificateSituation): Promise<CertificateState> {
  const step = planCertificates(situation);
  assert.notEqual(step.kind, "none");
  return takeStep(step as Exclude<CertificateStep, { kind: "none" }>, situation, certificates);
}

const fresh = await stepOf(situationOf({}));
const announced = await stepOf(
  situationOf(fresh, { now: NOW + 300 * DAY, state: await servedAt(fresh, NOW + 300 * DAY) }),
);

async function servedAt(state: CertificateState, now: number): Promise<CertificateState> {
  return takeStep({ kind: "serve", reason: "" }, situationOf(state, { now }), certificates);
}

const trustAll = (state: CertificateState, forMs: number) => ({ trusted: { bundle: bundleOf(state), forMs } });

describe("what is planned for the certificates", () => {
  const { authority, serving } = fresh;
  assert.ok(authority !== undefined && serving !== undefined);
  const cases: readonly [string, CertificateState, Partial<CertificateSituation>, CertificateStep["kind"]][] = [
    ["nothing there", {}, {}, "create"],
    ["all fresh", fresh, {}, "none"],
    ["the serving pair is missing", { authority }, {}, "serve"],
    [
      "the serving pair is another's",
      { authority, serving: { ...serving, privateKeyPem: authority.privateKeyPem } },
      {},
      "serve",
    ],
    ["the serving pair is no certificate", { authority, serving: { ...serving, certificatePem: "x" } }, {}, "serve"],
    ["the authority is no certificate", { authority: { ...authority, certificatePem: "x" }, serving }, {}, "create"],
    ["a name is missing", fresh, { names: { ...names, dnsNames: ["other.svc"] } }, "serve"],
    ["59 days later", fresh, { now: NOW + 59 * DAY }, "none"],
    ["60 days later: a third is left", fresh, { now: NOW + 60 * DAY + 1_000 }, "serve"],
    ["91 days later: nobody renewed it", fresh, { now: NOW + 91 * DAY }, "serve"],
    ["366 days later", fresh, { now: NOW + 366 * DAY }, "create"],
    ["announced, not trusted", announced, { now: NOW + 301 * DAY }, "none"],
    ["announced, trusted for a minute", announced, { now: NOW + 301 * DAY, ...trustAll(announced, 60_000) }, "none"],
    ["announced, trusted for the grace", announced, { now: NOW + 301 * DAY, ...trustAll(announced, HOUR) }, "promote"],
    [
      "announced; the old one ended, the new one is trusted",
      announced,
      { now: NOW + 366 * DAY, ...trustAll(announced, 0) },
      "promote",
    ],
    ["announced; the old one ended, the new one is not trusted", announced, { now: NOW + 366 * DAY }, "create"],
    ["an announcement that cannot be used", { ...fresh, next: { ...authority, privateKeyPem: "x" } }, {}, "announce"],
    ["a former authority, lately", { ...fresh, previous: "x" }, {}, "none"],
    ["a former authority, after the grace", { ...fresh, previous: "x" }, { now: NOW + HOUR + 1_000 }, "retire"],
  ];
  for (const [name, state, more, expected] of cases) {
    test(`${name}: ${expected}`, () => assert.equal(planCertificates(situationOf(state, more)).kind, expected));
  }

  test("a former authority leaves, all else stays", async () => {
    const state = await stepOf(situationOf({ ...fresh, previous: "x" }, { now: NOW + HOUR + 1_000 }));
    assert.deepEqual(state, fresh);
  });
});

describe("over a life", () => {
  test("whatever the lifetimes, the trusted authorities always verify a serving certificate that is valid", async () => {
    const life = fc.record({
      authorityDays: fc.integer({ min: 3, max: 20 }),
      servingHours: fc.integer({ min: 2, max: 30 * 24 }),
      graceMinutes: fc.integer({ min: 1, max: 12 * 60 - 1 }),
      lookMinutes: fc.integer({ min: 5, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(life, async ({ authorityDays, servingHours, graceMinutes, lookMinutes }) => {
        const own = {
          authorityMs: authorityDays * DAY,
          servingMs: servingHours * HOUR,
          graceMs: graceMinutes * 60_000,
        };
        let state: CertificateState = {};
        let trusted = { bundle: "", since: NOW };
        // Looked at as seldom as the plan asks; each step is confirmed at the look after it.
        for (let now = NOW, looks = 0; now < NOW + 2 * authorityDays * DAY && looks < 120; looks += 1) {
          const bundle = bundleOf(state);
          if (bundle !== trusted.bundle) trusted = { bundle, since: now };
          const situation = {
            ...situationOf(state),
            now,
            lifetimes: own,
            trusted: { bundle, forMs: now - trusted.since },
          };
          const step = planCertificates(situation);
          if (looks > 0) assertServes(state, trusted.bundle, now);
          if (step.kind === "none") now += Math.min(step.inMs, lookMinutes * 60_000 * authorityDays);
          else {
            assert.ok(looks === 0 || step.kind !== "create", `${step.kind} at look ${looks}`);
            // The new serving pair is verified by what was trusted before anything else changes.
            const next = await takeStep(step, situation, certificates);
            if (looks > 0) assertServes(next, trusted.bundle, now);
            state = next;
          }
        }
      }),
      { numRuns: 6, seed: 11 },
    );
  });
});

function assertServes({ serving }: CertificateState, bundle: string, now: number): void {
  assert.ok(serving !== undefined);
  const { notBefore, notAfter } = certificates.read(serving.certificatePem);
  assert.ok(Date.parse(notBefore) <= now && now < Date.parse(notAfter), `${notBefore} ${notAfter}`);
  const signed = authoritiesOf(bundle).some((pem) => certificates.read(serving.certificatePem, pem).signedByAuthority);
  assert.ok(signed, "a trusted authority signed it");
}

describe("the Secret", () => {
  test("holds every state as it was", () => {
    for (const state of [{}, fresh, announced, { ...announced, previous: fresh.authority?.certificatePem ?? "" }]) {
      assert.deepEqual(decodeSecret(encodeSecret(state, { namespace: "amap", name: "tls" })), state);
    }
  });

  test("what cannot be read counts as absent", () => {
    assert.deepEqual(decodeSecret(undefined), {});
    assert.deepEqual(
      decodeSecret({ data: { "ca.crt": "%%%", "ca.key": "AA==", "tls.crt": "/w==", "tls.key": 5 } }),
      {},
    );
    assert.deepEqual(decodeSecret({ data: { __proto__: "AA==", "ca.crt": "AA==" } }), {});
  });
});
