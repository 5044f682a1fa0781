import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { servingNamesOf, webhookClientOf } from "./webhook-client.ts";

const service = { namespace: "amap", serviceName: "hook" };

describe("how API servers reach the webhook", () => {
  test("by its Service, with every name that it is called by", () => {
    assert.deepEqual(webhookClientOf(service), { kind: "service", namespace: "amap", name: "hook", port: 443 });
    assert.deepEqual(servingNamesOf(service).dnsNames, ["hook.amap", "hook.amap.svc", "hook.amap.svc.cluster.local"]);
  });

  for (const [url, dnsNames, ipAddresses] of [
    ["https://127.0.0.1:9443", [], ["127.0.0.1"]],
    ["https://[::1]:9443", [], ["::1"]],
    ["https://hook.example", ["hook.example"], []],
  ] as const) {
    test(`by ${url}`, () => {
      const { dnsNames: names, ipAddresses: addresses } = servingNamesOf({ ...service, webhookUrl: url });
      assert.deepEqual([names, addresses], [dnsNames, ipAddresses]);
    });
  }

  for (const url of ["http://a", "https://a/path", "https://u:p@a", "https://a?x", "a", ""]) {
    test(`not by "${url}"`, () => {
      assert.throws(() => servingNamesOf({ ...service, webhookUrl: url }), { code: "USAGE" });
    });
  }
});
