/**
 * `npm run bench -- cosign`: amap's built bundle beside cosign, in one run, against a registry on this machine. Prints a
 * table and writes JSON to dist/bench.json. Skips, and says so, where a peer is not installed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage, parseImageTarget } from "../../src/app/index.ts";
import { createWorld } from "../../src/wiring/index.ts";
import { findCosign, findRegistry, startRegistry } from "../../tools/peers/peers.ts";
import { type ComparisonResult, compare, machineLine, renderTable } from "../harness.ts";

const IMAGES = 100;

/** Measures and prints. */
export async function runBench(root: string): Promise<void> {
  const bundle = join(root, "dist", "amap.mjs");
  const cosign = findCosign({ install: false });
  const registryProgram = findRegistry({ install: false });
  if (cosign === undefined || registryProgram === undefined) {
    console.log(
      `skipped: ${cosign === undefined ? "cosign 3.1.3" : "docker-registry"} is not installed (npm run e2e installs it)`,
    );
    return;
  }

  execFileSync(process.execPath, [join(root, "tools", "build.ts")], { stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "amap-bench-"));
  const registry = await startRegistry(registryProgram);
  try {
    const environment = { ...process.env, COSIGN_PASSWORD: "bench", HOME: folder };
    const amap = (...words: string[]): void =>
      void execFileSync(process.execPath, [bundle, ...words], {
        cwd: folder,
        env: environment,
        stdio: ["ignore", "ignore", "pipe"],
      });
    process.env["COSIGN_PASSWORD"] = "bench";
    amap("generate-key-pair");
    const images = Array.from({ length: IMAGES }, (_, index) => `${registry.host}/bench/image-${index}:v1`);
    await pushImages(folder, images);
    amap("sign", "--key", "cosign.key", "-y", ...images);
    const key = join(folder, "cosign.pub");
    const verify = (names: readonly string[]): readonly string[] => [
      "verify",
      "--key",
      key,
      "--insecure-ignore-tlog",
      ...names,
    ];
    const node = process.execPath;
    const [first = ""] = images;
    const results: ComparisonResult[] = [
      compare({
        name: "start-up (`version`)",
        amap: { name: "amap", command: node, calls: [[bundle, "version"]] },
        peer: { name: "cosign", command: cosign, calls: [["version"]] },
        runs: 15,
        aim: 2,
      }),
      compare({
        name: "`verify` of one image, bundle form, local registry",
        amap: { name: "amap", command: node, calls: [[bundle, ...verify([first])]] },
        peer: { name: "cosign", command: cosign, calls: [verify([first])] },
        runs: 15,
        aim: 2,
      }),
      compare({
        name: `${IMAGES} images: one amap call, ${IMAGES} cosign calls`,
        amap: { name: "amap", command: node, calls: [[bundle, ...verify(images)]] },
        peer: { name: "cosign", command: cosign, calls: images.map((image) => verify([image])) },
        runs: 3,
        aim: 0.2,
      }),
    ];
    console.log(machineLine(["cosign 3.1.3"]));
    console.log(renderTable(results));
    writeFileSync(join(root, "dist", "bench.json"), `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Pushes small images, each with a digest of its own. */
async function pushImages(folder: string, images: readonly string[]): Promise<void> {
  const world = createWorld({ offline: false, env: process.env });
  const content = join(folder, "content");
  await world.files.makeDirectory(content);
  for (const image of images) {
    await world.files.write(join(content, "name"), new TextEncoder().encode(image));
    const storage = await world.openStorage(parseImageTarget(image));
    await buildImage(world, storage, {
      tag: "v1",
      createdAt: "2026-01-01T00:00:00Z",
      platforms: [{ os: "linux", architecture: "amd64" }],
      config: {},
      layers: [{ name: "content", directory: content, target: "", includes: () => true }],
    });
  }
  await world.close();
}
