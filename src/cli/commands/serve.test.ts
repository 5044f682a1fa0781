import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCliRunner } from "../../testing/cli-runner.ts";
import { sendRequest } from "../../testing/server-fixture.ts";
import { runCli } from "../run-cli.ts";
import { VERBS } from "../verbs.ts";

const MAIN = join(import.meta.dirname, "..", "main.ts");
const run = createCliRunner((words, shell) => runCli(words, shell, VERBS));
let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "amap-serve-"));
});
after(() => rmSync(folder, { recursive: true }));

/** A server in a process of its own: what it wrote, and how it ended. */
interface Served {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until stderr matches; the first group. */
  until(pattern: RegExp): Promise<string>;
  readonly ended: Promise<number | null>;
}

function startServing(...flags: readonly string[]): Served {
  const child = spawn(process.execPath, [MAIN, "serve", "--listen", "127.0.0.1:0", ...flags], { cwd: folder });
  let [out, err] = ["", ""];
  let wake = (): void => undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    wake();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let isOver = false;
  void ended.then(() => {
    isOver = true;
    wake();
  });
  return {
    child,
    stdout: () => out,
    stderr: () => err,
    until: async (pattern) => {
      for (;;) {
        const match = pattern.exec(err);
        if (match !== null) return match[1] ?? "";
        assert.ok(!isOver, `ended without ${pattern}: ${err}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    ended,
  };
}

describe("amap serve", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`makes the default store, and ends at ${signal} with 0`, async () => {
      const served = startServing();
      try {
        const url = await served.until(/^Listening on (http:\/\/127\.0\.0\.1:\d+);/m);
        assert.equal((await sendRequest(url, { path: "/healthz/ready" })).status, 200);
        served.child.kill(signal);
        assert.equal(await served.ended, 0);
        assert.equal(served.stdout(), "");
        assert.doesNotMatch(served.stderr(), /token=/, "a token is shown only where it is asked for");
      } finally {
        served.child.kill("SIGKILL");
      }
    });
  }

  test("shows a link that signs in once, and amap token makes another while it runs", async () => {
    const served = startServing("--store", "a.db", "--print-token", "--log-level", "info");
    try {
      const link = new URL(await served.until(/^Open (\S+)$/m));
      const token = await run(["token", "--store", join(folder, "a.db")]);
      assert.equal(token.exit, 0);
      const login = async (text: string) =>
        (
          await sendRequest(link.origin, {
            method: "POST",
            path: "/api/v1/session",
            body: JSON.stringify({ token: text }),
          })
        ).status;
      const first = link.hash.replace("#token=", "");
      assert.deepEqual([await login(first), await login(first), await login(token.stdout.trim())], [200, 401, 200]);
      await served.until(/("status":401)/);
      const logged = served
        .stderr()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .join("\n");
      assert.ok(!logged.includes(first) && !logged.includes(token.stdout.trim()), "a token in the log");
    } finally {
      served.child.kill("SIGKILL");
      await served.ended;
    }
  });

  const WRONG = [
    ["an address that is none", ["serve", "--listen", "nonsense"], "USAGE"],
    ["other machines without TLS", ["serve", "--listen", "0.0.0.0:0"], "USAGE"],
    ["a certificate without its key", ["serve", "--tls-cert", "a.pem"], "USAGE"],
    ["a certificate that is not there", ["serve", "--tls-cert", "no.pem", "--tls-key", "no.pem"], "FILE_NOT_FOUND"],
    ["a level that is none", ["serve", "--log-level", "loud"], "USAGE"],
    ["a store of another kind", ["serve", "--store", "mysql://x"], "USAGE"],
    ["a token for a store that is not there", ["token", "--store", "no.db"], "FILE_NOT_FOUND"],
  ] as const;
  for (const [name, words, code] of WRONG) {
    test(`${name} is ${code}`, async () => {
      const store = words[0] === "serve" && !words.includes("--store" as never) ? ["--store", ":memory:"] : [];
      const ended = await run([...words, ...store]);
      assert.deepEqual([ended.exit, ended.code], [2, code], ended.stderr);
      assert.equal(ended.stdout, "");
    });
  }
});
