import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { certificates, logOf, NOW } from "../testing/controller-fixture.ts";
import { startHealthServer } from "./health.ts";
import { createMetrics } from "./metrics.ts";
import { type Readiness, reasonsNotReady } from "./readiness.ts";

const DAY = 86_400_000;
const validity = { notBefore: NOW - DAY, notAfter: NOW + DAY };
const authority = await certificates.createAuthority({ commonName: "a", ...validity });
const other = await certificates.createAuthority({ commonName: "a", ...validity });
const serving = await certificates.createServing(authority, {
  commonName: "s",
  dnsNames: ["s.svc"],
  ipAddresses: [],
  ...validity,
});
const ready: Readiness = {
  stopping: false,
  policiesSynced: true,
  namespacesSynced: true,
  interruptedMs: 0,
  serving: { certificatePem: serving.certificatePem, bundles: [`${other.certificatePem}${authority.certificatePem}`] },
  webhooksInPlace: true,
};
const inUse = { certificatePem: serving.certificatePem };

describe("readiness", () => {
  const cases: readonly [string, Partial<Readiness>, number, RegExp | undefined][] = [
    ["all in place", {}, NOW, undefined],
    ["stopping", { stopping: true }, NOW, /stopping/],
    ["no policies", { policiesSynced: false }, NOW, /policies/],
    ["no namespaces", { namespacesSynced: false }, NOW, /namespaces/],
    ["no certificate", { serving: { certificatePem: undefined, bundles: [] } }, NOW, /no serving certificate/],
    ["a certificate that ended", {}, NOW + DAY, /ended at 2026-11-23/],
    ["a certificate that has not begun", {}, NOW - 2 * DAY, /begins at/],
    [
      "a certificate that nobody trusts",
      { serving: { ...inUse, bundles: [other.certificatePem] } },
      NOW,
      /does not trust/,
    ],
    [
      "one configuration that does not trust it",
      { serving: { ...inUse, bundles: [authority.certificatePem, ""] } },
      NOW,
      /does not trust/,
    ],
    [
      "nonsense in a configuration",
      { serving: { ...inUse, bundles: ["-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"] } },
      NOW,
      /trust/,
    ],
    ["no configuration yet, on a replica that does not lead", { serving: { ...inUse, bundles: [] } }, NOW, undefined],
    ["no configuration yet, on the leader", { webhooksInPlace: false }, NOW, /not in place/],
    ["a cluster that was silent for a while", { interruptedMs: 299_000 }, NOW, undefined],
    ["a cluster that has been silent for long", { interruptedMs: 300_000 }, NOW, /not heard of for 300 s/],
    ["no store, on a replica that answers admission", { storeFailure: "STORE_UNAVAILABLE" }, NOW, undefined],
  ];
  test("no store, on a replica that does not answer admission", () => {
    const { serving: _answers, ...background } = ready;
    const reasons = reasonsNotReady(
      { ...background, storeFailure: "STORE_UNAVAILABLE" },
      (pem) => certificates.read(pem),
      NOW,
    );
    assert.deepEqual(reasons, ["the store does not answer: STORE_UNAVAILABLE"]);
  });

  for (const [name, more, now, expected] of cases) {
    test(name, () => {
      const reasons = reasonsNotReady({ ...ready, ...more }, (pem, issuer) => certificates.read(pem, issuer), now);
      assert.equal(reasons.length, expected === undefined ? 0 : 1, reasons.join("; "));
      if (expected !== undefined) assert.match(reasons[0] ?? "", expected);
    });
  }
});

describe("the server of probes", () => {
  test("liveness, readiness with its reasons, metrics, and nothing else", async () => {
    let reasons: readonly string[] = ["it is stopping"];
    const server = await startHealthServer({
      listen: { host: "127.0.0.1", port: 0 },
      log: logOf(),
      metrics: createMetrics(),
      reasons: async () => reasons,
    });
    const ask = async (path: string, method = "GET"): Promise<readonly [number, string]> => {
      const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return [answer.status, await answer.text()];
    };
    assert.deepEqual(await ask("/healthz/live"), [200, "alive\n"]);
    assert.deepEqual(await ask("/healthz/ready"), [503, "not ready:\nit is stopping\n"]);
    reasons = [];
    assert.deepEqual(await ask("/healthz/ready?verbose"), [200, "ready\n"]);
    assert.match((await ask("/metrics"))[1], /^amap_leader 0$/m);
    assert.equal((await ask("/healthz/ready", "POST"))[0], 404);
    assert.equal((await ask("/constructor"))[0], 404);
    await server.close();
  });
});
