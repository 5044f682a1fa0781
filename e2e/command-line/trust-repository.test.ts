/**
 * The trusted root from a repository of The Update Framework: amap and cosign 3.1.3 each use the copy that the other made,
 * and amap with --offline opens no socket, by strace, with a fresh copy, an expired one and none.
 */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeUtf8 } from "../../src/base/index.ts";
import { PERSON } from "../../src/testing/sigstore/local-sigstore.ts";
import { type LocalServices, openLocalServices } from "../../src/testing/sigstore/services/local-services.ts";

const root = join(import.meta.dirname, "..", "..");
const cosign = process.env["AMAP_E2E_COSIGN"] ?? "";
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-trust-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const AMAP = [process.execPath, join(root, "bin", "amap.mjs")] as const;
const ME = ["--certificate-identity", PERSON.subject.value, "--certificate-oidc-issuer", PERSON.issuer];
const VERIFY = ["verify-blob", "--bundle", at("file.sigstore.json"), ...ME, at("file")];
const DAY = 86_400_000;
let local: LocalServices;

interface Ended {
  readonly status: number;
  readonly stderr: string;
}

/** Runs a program without holding up the services, which are in this process. */
function run(copy: string, [command = "", ...words]: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env["PATH"], HOME: at("home"), TUF_ROOT: at(copy), NO_COLOR: "1" };
  return new Promise((resolve) => {
    const child = execFile(command, words, { cwd: folder, env, timeout: 60_000 }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? 70, stderr: `${stderr}${stdout}` }),
    );
  });
}

async function ok(copy: string, words: readonly string[]): Promise<Ended> {
  const ended = await run(copy, words);
  assert.equal(ended.status, 0, `${words.join(" ")}\n${ended.stderr}`);
  return ended;
}

const initialize = (): readonly string[] => ["initialize", "--mirror", local.urls.tuf, "--root", at("1.root.json")];

before(async () => {
  local = await openLocalServices({ sigstore: { at: Date.now() - DAY } });
  const artifact = encodeUtf8("a file");
  writeFileSync(at("1.root.json"), local.tuf.firstRoot);
  writeFileSync(at("file"), artifact);
  writeFileSync(at("file.sigstore.json"), local.sigstore.signBundle({ content: { artifact } }).bytes);
});
after(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("each uses the copy that the other made", () => {
  test("cosign's, by amap without a network, until it is changed", async () => {
    await ok("by-cosign", [cosign, ...initialize()]);
    await ok("by-cosign", [...AMAP, "--offline", ...VERIFY]);
    const path = at("by-cosign", local.urls.tuf.replace("http://", "").replace(":", "-"), "targets.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"length":', '"length":1'));
    const changed = await run("by-cosign", [...AMAP, "--offline", ...VERIFY]);
    assert.deepEqual([changed.status, /TRUST_REPOSITORY_INVALID/.test(changed.stderr)], [3, true], changed.stderr);
  });

  test("amap's, by cosign, which finds nothing new to fetch but the timestamp", async () => {
    await ok("by-amap", [...AMAP, ...initialize()]);
    const asked = local.requestsTo("tuf").length;
    await ok("by-amap", [cosign, ...VERIFY]);
    const paths = local.requestsTo("tuf").slice(asked);
    assert.deepEqual([...new Set(paths.map(({ url }) => url.pathname))], ["/2.root.json", "/timestamp.json"]);
  });

  test("after the root and all others were published anew, both go on from the copies they have", async () => {
    await ok("cosign-then-amap", [cosign, ...initialize()]);
    await ok("amap-then-cosign", [...AMAP, ...initialize()]);
    local.tuf.rotateRoot();
    local.tuf.publish();
    await ok("amap-then-cosign", [cosign, ...VERIFY]);
    await ok("cosign-then-amap", [...AMAP, ...VERIFY]);
  });
});

describe("--offline by strace", () => {
  const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

  /** Runs amap and returns the sockets that it and its children asked the kernel for. */
  async function trace(
    copy: string,
    words: readonly string[],
  ): Promise<Ended & { readonly sockets: readonly string[] }> {
    const file = at("trace");
    const ended = await run(copy, ["strace", "-f", "-e", "trace=socket,connect", "-o", file, ...AMAP, ...words]);
    const sockets = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => /\b(?:socket|connect)\(/.test(line));
    return { ...ended, sockets };
  }

  test("the tracer sees sockets", { skip: !canTrace }, async () => {
    assert.notEqual((await trace("traced", initialize())).sockets.length, 0);
  });

  test("a fresh copy", { skip: !canTrace }, async () => {
    await ok("fresh", [...AMAP, ...initialize()]);
    const { status, sockets, stderr } = await trace("fresh", ["--offline", ...VERIFY]);
    assert.deepEqual([status, sockets], [0, []], stderr);
    assert.doesNotMatch(stderr, /warning/);
  });

  test("an expired copy: a warning names its age", { skip: !canTrace }, async () => {
    const services = await openLocalServices({ now: () => Date.now() - 5 * DAY });
    try {
      // Metadata that was good for a day, five days ago: only a machine whose clock stood there would have taken it.
      const name = services.urls.tuf.replace("http://", "").replace(":", "-");
      makeCopy(services, at("expired"), name);
      const artifact = encodeUtf8("a file");
      writeFileSync(at("old.sigstore.json"), services.sigstore.signBundle({ content: { artifact } }).bytes);
    } finally {
      await services.close();
    }
    const words = ["verify-blob", "--bundle", at("old.sigstore.json"), ...ME, at("file")];
    const { status, sockets, stderr } = await trace("expired", ["--offline", ...words]);
    assert.deepEqual([status, sockets], [0, []], stderr);
    assert.match(stderr, /has expired: its timestamp was good until .*, 4 days ago/);
  });

  test("no copy", { skip: !canTrace }, async () => {
    const { status, sockets, stderr } = await trace("none", ["--offline", ...VERIFY]);
    assert.deepEqual([status, sockets], [12, []], stderr);
    assert.match(stderr, /the trusted root that came with amap is used/);
  });
});

/** Puts a mirror's files where a client would have kept them. */
function makeCopy(services: LocalServices, copy: string, name: string): void {
  mkdirSync(join(copy, name, "targets"), { recursive: true });
  writeFileSync(join(copy, "remote.json"), JSON.stringify({ mirror: services.urls.tuf }));
  const kept = {
    root: "root.json",
    timestamp: "timestamp.json",
    snapshot: "1.snapshot.json",
    targets: "1.targets.json",
  };
  for (const [role, path] of Object.entries(kept)) {
    writeFileSync(join(copy, name, `${role}.json`), services.tuf.files.get(path) ?? "");
  }
  const target = "targets/trusted_root.json";
  writeFileSync(join(copy, name, target), services.tuf.files.get(target) ?? "");
}
