/** The demo's good image and its bad twins in a real registry, each in a repository of its own. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DemoReport, runDemo, type World } from "../../src/app/index.ts";
import { decodeManifest, parseImageReference } from "../../src/artifact/index.ts";
import { digestHex, isDigest } from "../../src/base/index.ts";
import type { OciStorage } from "../../src/ports/index.ts";
import { createWorld, findExamples } from "../../src/wiring/index.ts";
import type { RunningRegistry } from "../../tools/peers/peers.ts";

/** One image of the stage. */
export interface StagedImage {
  /** `good`, or the twin's name. */
  readonly name: string;
  /** `127.0.0.1:PORT/name/storefront@sha256:…`. */
  readonly image: string;
  /** The rules that must fail; empty for the good one. */
  readonly fails: readonly string[];
}

export interface Stage {
  readonly world: World & { close(): Promise<void> };
  readonly demo: DemoReport;
  /** The policy with the demo's public key. */
  readonly policy: string;
  readonly images: readonly StagedImage[];
  image(name: string): string;
  /** The example Deployment with an image of the stage in it. */
  deployment(name: string, image: string, namespace?: string): string;
  /** A Pod as the Deployment's template makes it. */
  pod(name: string, image: string, namespace?: string): string;
}

/** The twin whose layer's bytes are changed: no registry takes it, so a registry's disk is changed behind its back. */
const CHANGED_LAYER = "changed-layer";

/** Builds, signs and pushes everything. `damaged` is a registry of its own for the twin with a changed layer. */
export async function stageImages(folder: string, registry: RunningRegistry, damaged: RunningRegistry): Promise<Stage> {
  const world = createWorld({ offline: false, env: {} });
  const directory = join(folder, "demo");
  const demo = await runDemo(world, {
    directory,
    examples: findExamples(),
    tool: { name: "amap", version: "0.0.0-e2e" },
    password: "e2e",
  });
  const images: StagedImage[] = [];
  const stage = async (name: string, layout: string, host: string, fails: readonly string[]): Promise<void> => {
    const repository = `${host}/${name}/storefront`;
    await copyLayout(world, layout, repository);
    images.push({ name, image: `${repository}@${demo.digest}`, fails });
  };
  await stage("good", `${directory}/image`, registry.host, []);
  for (const { name, expected } of demo.twins) {
    if (name === CHANGED_LAYER) {
      await stage(name, `${directory}/image`, damaged.host, expected.fails);
      await damageLayer(world, `${damaged.host}/${name}/storefront@${demo.digest}`, damaged.storage);
    } else await stage(name, `${directory}/twins/${name}`, registry.host, expected.fails);
  }
  const template = readFileSync(join(findExamples(), "policies", "deployment.yaml"), "utf8");
  const policy = readFileSync(join(directory, "policy.yaml"), "utf8");
  return {
    world,
    demo,
    policy,
    images,
    image: (name) => images.find((each) => each.name === name)?.image ?? assertNever(name),
    deployment: (name, image, namespace = "shop") =>
      template
        .replace("image: storefront", `image: ${image}`)
        .replace("name: storefront\n  namespace: shop", `name: ${name}\n  namespace: ${namespace}`),
    pod: (name, image, namespace = "shop") =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: ${namespace}, labels: { app: storefront } }\nspec:\n  containers:\n    - name: storefront\n      image: ${image}\n      ports: [{ containerPort: 8080 }]\n`,
  };
}

function assertNever(name: string): never {
  throw new Error(`there is no image ${name} on the stage`);
}

/** Copies everything a layout lists: images with their platforms, tags, and what refers to them. */
async function copyLayout(world: World, directory: string, repository: string): Promise<void> {
  const source = await world.openStorage({ kind: "layout", directory });
  const target = await world.openStorage({ kind: "registry", image: parseImageReference(repository) });
  const index = JSON.parse(readFileSync(join(directory, "index.json"), "utf8"));
  for (const { digest, annotations } of index.manifests) {
    const tag = annotations?.["org.opencontainers.image.ref.name"];
    await copyManifest(source, target, digest, typeof tag === "string" ? tag : undefined);
  }
}

async function copyManifest(source: OciStorage, target: OciStorage, digest: string, tag?: string): Promise<void> {
  const read = isDigest(digest) ? await source.readManifest(digest) : undefined;
  const decoded = read === undefined ? undefined : decodeManifest(read.bytes);
  if (read === undefined || decoded?.ok !== true) throw new Error(`${source.location}: no manifest ${digest}`);
  const manifest = decoded.value;
  if (manifest.kind === "index") {
    for (const child of manifest.manifests) await copyManifest(source, target, child.digest);
  } else {
    for (const descriptor of [manifest.config, ...manifest.layers]) {
      await target.writeBlob(await source.readBlob(descriptor, 64 * 1024 * 1024));
    }
  }
  await target.writeManifest(read.bytes, {
    mediaType: read.descriptor.mediaType,
    ...(tag === undefined ? {} : { tag }),
  });
}

/** Changes a byte of the first platform's last layer on the registry's disk. */
async function damageLayer(world: World, image: string, storage: string): Promise<void> {
  const reference = parseImageReference(image);
  const repository = await world.openStorage({ kind: "registry", image: reference });
  const index = reference.digest === undefined ? undefined : await repository.readManifest(reference.digest);
  const decoded = index === undefined ? undefined : decodeManifest(index.bytes);
  const platform = decoded?.ok === true && decoded.value.kind === "index" ? decoded.value.manifests[0] : undefined;
  const manifest = platform === undefined ? undefined : await repository.readManifest(platform.digest);
  const content = manifest === undefined ? undefined : decodeManifest(manifest.bytes);
  const layer = content?.ok === true && content.value.kind === "manifest" ? content.value.layers.at(-1) : undefined;
  if (layer === undefined) throw new Error("the image has no layer to damage");
  const hex = digestHex(layer.digest);
  const path = join(storage, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
