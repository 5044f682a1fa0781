/** The registry client on a real registry (13 s on a busy machine): broken and interrupted uploads, and mirrors under cosign's signatures. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildImage, parseImageTarget } from "../../src/app/index.ts";
import { createWorld } from "../../src/wiring/index.ts";

const root = join(import.meta.dirname, "..", "..");
const cosign = process.env["AMAP_E2E_COSIGN"] ?? "";
const registry = process.env["AMAP_E2E_REGISTRY"] ?? "";
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-client-"));
const env = { ...process.env, COSIGN_PASSWORD: "e2e", HOME: folder, NO_COLOR: "1" };
const layout = "oci:image:v1";
const IGNORE = "--insecure-ignore-tlog=true";
const MEBIBYTE = 1024 * 1024;
let digest = "";

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without stopping this process, which forwards its connections. */
function run(command: string, words: readonly string[], onStart?: (kill: (signal: NodeJS.Signals) => void) => void) {
  return new Promise<Ended>((resolve) => {
    const child = spawn(command, words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("close", (status) => resolve({ status, stdout, stderr }));
    onStart?.((signal) => void child.kill(signal));
  });
}

const amap = (words: readonly string[], onStart?: Parameters<typeof run>[2]): Promise<Ended> =>
  run(process.execPath, [join(root, "bin", "amap.mjs"), ...words], onStart);

function ok(ended: Ended): Ended {
  assert.equal(ended.status, 0, `${ended.stderr}\n${ended.stdout}`);
  return ended;
}

const peer = (...words: readonly string[]): Ended => spawnSync(cosign, words, { cwd: folder, env, encoding: "utf8" });

/** A way to the registry that breaks off, or stands still, once so many bytes of a connection have passed. */
interface Line {
  readonly host: string;
  readonly breaks: () => number;
  close(): Promise<void>;
}

/** `after` bytes the line does `what`; `times` it does so, and afterwards all passes. */
async function openLine(what: "break" | "stand still", after: number, times: number, told?: () => void): Promise<Line> {
  const sockets = new Set<Socket>();
  let breaks = 0;
  const server: Server = createServer((near) => {
    const [name = "", port = ""] = registry.split(":");
    const far = connect(Number(port), name);
    let passed = 0;
    for (const each of [near, far]) {
      sockets.add(each);
      each.on("error", () => {});
      each.on("close", () => (each === near ? far : near).destroy());
    }
    near.on("data", (chunk: Buffer) => {
      passed += chunk.length;
      if (passed > after && breaks < times) {
        breaks += 1;
        told?.();
        if (what === "break") return near.resetAndDestroy();
        return near.pause();
      }
      if (!far.write(chunk)) {
        near.pause();
        far.once("drain", () => near.resume());
      }
      return undefined;
    });
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    breaks: () => breaks,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

before(async () => {
  mkdirSync(join(folder, "app"));
  writeFileSync(join(folder, "app", "noise"), randomFillSync(new Uint8Array(20 * MEBIBYTE)));
  const world = createWorld({ offline: true, env });
  const storage = await world.openStorage(parseImageTarget(`oci:${join(folder, "image")}:v1`), { create: true });
  const built = await buildImage(world, storage, {
    tag: "v1",
    createdAt: "2026-01-01T00:00:00Z",
    platforms: [{ os: "linux", architecture: "amd64" }],
    config: {},
    layers: [{ name: "app", directory: join(folder, "app"), target: "app", includes: () => true }],
  });
  await world.close();
  digest = built.index.digest;
  ok(peer("generate-key-pair"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("an upload of 20 MiB over a line that fails", () => {
  test("goes on after each break, and cosign reads and signs what arrived", async () => {
    // In the middle of the first chunk, and of what follows it.
    const line = await openLine("break", 5 * MEBIBYTE, 3);
    try {
      ok(await amap(["copy", layout, `${line.host}/broken-line:v1`]));
      assert.equal(line.breaks(), 3);
    } finally {
      await line.close();
    }
    const image = `${registry}/broken-line@${digest}`;
    ok(peer("sign", "--yes", "--key", "cosign.key", "--tlog-upload=false", "--use-signing-config=false", image));
    ok(await amap(["verify", "--key", "cosign.pub", IGNORE, image]));
    ok(await amap(["copy", image, "oci:back:v1"]));
  });

  test("ends with 130 at SIGINT: no image is there, and another run is not hindered", async () => {
    let kill: (signal: NodeJS.Signals) => void = () => {};
    const line = await openLine("stand still", 5 * MEBIBYTE, 1, () => kill("SIGINT"));
    try {
      const ended = await amap(["copy", layout, `${line.host}/stopped:v1`], (end) => {
        kill = end;
      });
      assert.equal(ended.status, 130, ended.stderr);
      assert.match(ended.stderr, /stopped by SIGINT\n {2}code {2}INTERRUPTED/);
    } finally {
      await line.close();
    }
    assert.notEqual(peer("triangulate", `${registry}/stopped:v1`).status, 0);
    ok(await amap(["copy", layout, `${registry}/stopped:v1`]));
    ok(peer("triangulate", `${registry}/stopped:v1`));
  });
});

test("an image from a mirror, which has no signatures, verifies with cosign's signature at the original", async () => {
  for (const name of ["mirrored", "cache/mirrored"]) ok(await amap(["copy", layout, `${registry}/${name}:v1`]));
  const image = `${registry}/mirrored:v1`;
  const conf = `[[registry]]\nprefix = "${registry}/mirrored"\nlocation = "${registry}/mirrored"\n[[registry.mirror]]\nlocation = "${registry}/cache/mirrored"\n`;
  writeFileSync(join(folder, "registries.conf"), conf);
  const verify = ["verify", "--key", "cosign.pub", IGNORE, "--registries-conf", "registries.conf", image];
  assert.equal((await amap(verify)).status, 10);
  ok(peer("sign", "--yes", "--key", "cosign.key", "--tlog-upload=false", "--use-signing-config=false", image));
  ok(await amap(verify));
});
