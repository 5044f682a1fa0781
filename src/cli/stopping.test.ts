/** A run that is told to stop, or whose time is over, ends soon, says so, and leaves nothing half done behind. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { AmapError } from "../base/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliRunner, type Ended } from "../testing/cli-runner.ts";
import { type RecordedRequest, type RegistryServer, startRegistryServer } from "../testing/registry-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-stopping-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const layout = `oci:${at("image")}:v1`;
const STOPPED = new AmapError("INTERRUPTED", "stopped by SIGTERM", { details: { signal: "SIGTERM", exitCode: 143 } });

/** Runs a verb in this process; `stop` tells it to stop. */
async function run(words: readonly string[], stop: AbortController = new AbortController()): Promise<Ended> {
  const runAmap = createCliRunner((given, shell) =>
    runCli(given, { ...shell, interruption: () => stop.signal }, VERBS),
  );
  return runAmap(words);
}

before(async () => {
  await buildTestImage(folder);
  assert.equal((await run(["generate-key-pair", "--output-key-prefix", at("good")])).exit, 0);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A registry that never answers what `isHung` says, and tells when it was asked for that. */
async function withSlowRegistry(
  isHung: (request: RecordedRequest) => boolean,
  use: (slow: {
    readonly server: RegistryServer;
    readonly image: string;
    readonly asked: Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  let tell = (): void => {};
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const server = await startRegistryServer({
    fault: (request) => {
      if (!isHung(request)) return undefined;
      tell();
      return { kind: "hang" };
    },
  });
  try {
    await use({ server, image: `${server.host}/shop:v1`, asked });
  } finally {
    await server.close();
  }
}

const isUploadEnd = ({ method, path }: RecordedRequest): boolean =>
  method === "PUT" && path.includes("/blobs/uploads/");

/** Every file below a folder that is not there when all goes well. */
const leftOvers = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.includes(".tmp"));

describe("a run that is told to stop", () => {
  test("in the middle of an upload: the upload is given up, no image is there, and it is not reported as done", () =>
    withSlowRegistry(isUploadEnd, async ({ server, image, asked }) => {
      const stop = new AbortController();
      const running = run(["copy", layout, image], stop);
      await asked;
      stop.abort(STOPPED);
      const ended = await running;
      assert.deepEqual([ended.exit, ended.code, ended.stdout], [143, "INTERRUPTED", ""]);
      assert.match(ended.stderr, /stopped by SIGTERM/);
      assert.equal(server.uploads.size, 0);
      assert.equal(server.repository("shop").tags.size, 0);
    }));

  test("while a signature is being attached: it is not listed, and not reported as attached", () =>
    withSlowRegistry(
      ({ method, path, headers }) =>
        method === "PUT" &&
        path.includes("/manifests/") &&
        headers["content-type"]?.includes("manifest") === true &&
        slow.on,
      async ({ server, image, asked }) => {
        slow.on = false;
        assert.equal((await run(["copy", layout, image])).exit, 0);
        slow.on = true;
        const stop = new AbortController();
        const running = run(["sign", "--key", at("good.key"), image], stop);
        await asked;
        stop.abort(STOPPED);
        const ended = await running;
        assert.deepEqual([ended.exit, ended.code], [143, "INTERRUPTED"]);
        slow.on = false;
        const verified = await run(["verify", "--key", at("good.pub"), "--insecure-ignore-tlog", image]);
        assert.deepEqual([verified.exit, verified.code], [10, "NO_SIGNATURES"]);
        assert.equal(server.uploads.size, 0);
      },
    ));
  const slow = { on: false };

  test("while it reads an image: nothing is left of what it was writing", () =>
    withSlowRegistry(
      ({ method, path }) => method === "GET" && path.includes("/blobs/") && slow.on,
      async ({ image, asked }) => {
        slow.on = false;
        assert.equal((await run(["copy", layout, image])).exit, 0);
        slow.on = true;
        const stop = new AbortController();
        mkdirSync(at("saved"));
        const running = run(["save", "--dir", at("saved"), image], stop);
        await asked;
        stop.abort(STOPPED);
        assert.deepEqual([(await running).exit, leftOvers(at("saved"))], [143, []]);
      },
    ));

  test("before it has begun, on layouts: nothing is written", async () => {
    const stop = new AbortController();
    stop.abort(STOPPED);
    const ended = await run(["sign", "--key", at("good.key"), layout], stop);
    assert.deepEqual([ended.exit, ended.code], [143, "INTERRUPTED"]);
    const verified = await run(["verify", "--key", at("good.pub"), "--insecure-ignore-tlog", layout]);
    assert.equal(verified.code, "NO_SIGNATURES");
  });

  test("a verb that goes on after a failure is not done either", () =>
    withSlowRegistry(
      ({ path }) => path.includes("/manifests/"),
      async ({ image, asked }) => {
        const stop = new AbortController();
        const running = run(["check", "--help"], stop).then(() => run(["oci", "doctor", image], stop));
        await asked;
        stop.abort(STOPPED);
        assert.equal((await running).exit, 143);
      },
    ));
});

describe("--timeout", () => {
  test("is for the whole command: many requests that are each fast enough are too many", () =>
    withSlowRegistry(isUploadEnd, async ({ server, image }) => {
      const ended = await run(["copy", "--timeout", "400ms", layout, image]);
      assert.deepEqual([ended.exit, ended.code], [3, "TIMEOUT"]);
      assert.match(ended.stderr, /expected to be done within --timeout 400ms, found more to do/);
      assert.equal(server.uploads.size, 0);
    }));

  test("that is long enough changes nothing", () =>
    withSlowRegistry(
      () => false,
      async ({ image }) => assert.equal((await run(["copy", "--timeout", "2m", layout, image])).exit, 0),
    ));
});

describe("the process", () => {
  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    test(`${signal} ends it with ${exitCode}, and the upload with it`, () =>
      withSlowRegistry(isUploadEnd, async ({ server, image, asked }) => {
        const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "copy", layout, image], {
          env: { PATH: process.env["PATH"], HOME: folder },
          stdio: ["ignore", "ignore", "pipe"],
        });
        let stderr = "";
        child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
        const ended = new Promise<readonly unknown[]>((resolve) => child.on("close", (...how) => resolve(how)));
        await asked;
        child.kill(signal);
        assert.deepEqual(await ended, [exitCode, null], stderr);
        assert.match(stderr, new RegExp(`stopped by ${signal}`));
        assert.equal(server.uploads.size, 0);
      }));
  }

  test("a second signal ends it at once, though the registry does not take the upload back", () =>
    withSlowRegistry(
      (request) => isUploadEnd(request) || request.method === "DELETE",
      async ({ image, asked, server }) => {
        const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "copy", layout, image], {
          env: { PATH: process.env["PATH"], HOME: folder },
          stdio: "ignore",
        });
        const ended = new Promise<readonly unknown[]>((resolve) => child.on("close", (...how) => resolve(how)));
        await asked;
        child.kill("SIGINT");
        while (!server.requests.some(({ method }) => method === "DELETE"))
          await new Promise((resolve) => setTimeout(resolve, 5));
        child.kill("SIGINT");
        assert.deepEqual(await ended, [130, null]);
      },
    ));
});
