import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Command } from "commander";
import { controller, optionsOf } from "./controller.ts";

function optionsFrom(words: readonly string[]): ReturnType<typeof optionsOf> {
  const command = new Command("controller").exitOverride();
  controller.declare(command);
  command.parse([...words], { from: "user" });
  return optionsOf(command.opts());
}

describe("the flags of amap controller", () => {
  test("nothing needs to be said", () => {
    const options = optionsFrom([]);
    assert.deepEqual(options.roles, ["admission", "background"]);
    assert.deepEqual(options.excludedNamespaces, ["kube-system"]);
    assert.deepEqual(options.listen, { host: "127.0.0.1", port: 9443 });
    assert.equal(options.lifetimes.authorityMs, 365 * 86_400_000);
    assert.equal(options.webhookTimeoutSeconds, 30);
    assert.equal("webhookUrl" in options, false);
    assert.equal(options.pullSecrets, "none");
  });

  test("all can be said", () => {
    const words = [
      "--roles",
      "background",
      "--exclude-namespaces",
      "",
      "--webhook-timeout",
      "5s",
      "--ca-lifetime",
      "60s",
    ];
    const options = optionsFrom([
      ...words,
      "--rotation-grace=10s",
      "--scan-interval=1m",
      "--max-reports=0",
      "--listen=[::1]:1",
      "--pull-secrets=pod",
    ]);
    assert.equal(options.pullSecrets, "pod");
    assert.deepEqual(options.roles, ["background"]);
    assert.deepEqual(options.excludedNamespaces, []);
    assert.equal(options.webhookTimeoutSeconds, 5);
    assert.equal(options.maxReports, 0);
    assert.deepEqual(options.listen, { host: "::1", port: 1 });
  });

  const wrong: readonly (readonly [string, ...string[]])[] = [
    ["pull secrets of nobody known", "--pull-secrets", "all"],
    ["an unknown role", "--roles", "admission,scanner"],
    ["no role", "--roles", ""],
    ["a timeout that API servers refuse", "--webhook-timeout", "31s"],
    ["a duration that is none", "--scan-interval", "often"],
    ["a duration of nothing", "--scan-interval", "0"],
    ["a life of a thousand years", "--ca-lifetime", "8760000h"],
    ["a grace that outlasts the authority", "--rotation-grace", "2000h"],
    ["a count that is none", "--max-reports", "-1"],
    ["an address without a port", "--listen", "localhost"],
  ];
  for (const [name, ...words] of wrong) {
    test(`${name} is wrong use`, () => {
      assert.throws(() => optionsFrom(words), { code: "USAGE" });
    });
  }
});
