import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { isAmapError } from "../../base/index.ts";
import { machineContract } from "../../ports/machine.contract.ts";
import { createMachine } from "./machine.ts";

machineContract("createMachine", () => createMachine(process.env));

describe("a tool", () => {
  const folder = mkdtempSync(join(tmpdir(), "amap-machine-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const install = (name: string, script: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const machine = createMachine({ PATH: `${folder}:/bin:/usr/bin`, TOKEN: "ghp_secret" });

  test("is found in PATH and sees no other variable", async () => {
    install("go", 'echo "go version go1.26.0 linux/amd64 $TOKEN"; test -z "$TOKEN"');
    assert.equal(await machine.toolVersion("go"), "1.26.0");
  });
  test("may answer on standard error", async () => {
    install("java", "echo 'openjdk version \"21.0.2\" 2024-01-16' >&2");
    assert.equal(await machine.toolVersion("java"), "21.0.2");
  });
  test("that is not installed has no version", async () => {
    assert.equal(await createMachine({ PATH: folder }).toolVersion("deno"), undefined);
  });
  for (const [what, script] of [
    ["fails", "exit 3"],
    ["states no version", "echo none"],
  ] as const) {
    test(`that ${what} is an error`, async () => {
      install("cargo", script);
      await assert.rejects(machine.toolVersion("cargo"), (error) => isAmapError(error, "TOOL_FAILED"));
    });
  }
});
