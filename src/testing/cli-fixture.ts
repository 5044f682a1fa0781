import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openOciLayout } from "../adapters/oci-layout/index.ts";
import { buildImage } from "../app/index.ts";
import { encodeImageConfig, encodeManifest, MEDIA_TYPES } from "../artifact/index.ts";
import { type Digest, digestOf } from "../base/index.ts";
import { createWorld } from "../wiring/index.ts";
import { writeTree } from "./cli-runner.ts";
import { policyDocument } from "./policy-builders.ts";

/** A package with one finding in {@link ADVISORY}, and one without. */
const LOCK_FILE = {
  name: "shop",
  version: "1.0.0",
  lockfileVersion: 3,
  requires: true,
  packages: {
    "": { name: "shop", version: "1.0.0", dependencies: { "made-up-left": "1.0.0", "made-up-right": "2.0.0" } },
    "node_modules/made-up-left": { version: "1.0.0", license: "MIT" },
    "node_modules/made-up-right": { version: "2.0.0", license: "MIT" },
  },
};

/** A record about a package that nobody publishes, of high severity. */
export const ADVISORY = {
  schema_version: "1.7.0",
  id: "TEST-2026-1",
  modified: "2026-01-02T00:00:00Z",
  published: "2026-01-01T00:00:00Z",
  summary: "a made-up record",
  severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }],
  affected: [
    {
      package: { ecosystem: "npm", name: "made-up-left" },
      ranges: [{ type: "SEMVER", events: [{ introduced: "0" }, { fixed: "1.2.3" }] }],
    },
  ],
};

/** Writes a folder `app` with a lock file and builds the image `image:v1` of it for two platforms, both below `folder`. */
export async function buildTestImage(folder: string): Promise<Digest> {
  const directory = join(folder, "app");
  writeTree(directory, { "package.json": { name: "shop", version: "1.0.0" }, "package-lock.json": LOCK_FILE });
  const world = createWorld({ offline: true, env: {} });
  const target = { kind: "layout", directory: join(folder, "image"), reference: "v1" } as const;
  const storage = await world.openStorage(target, { create: true });
  const { index } = await buildImage(world, storage, {
    tag: "v1",
    createdAt: "2026-01-01T00:00:00Z",
    platforms: ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture })),
    config: {},
    layers: [{ name: "app", directory, target: "app", includes: () => true }],
  });
  await world.close();
  return index.digest;
}

/** One entry of a hostile archive. */
export interface HostileEntry {
  readonly path: string;
  /** Makes it a hard link to this path. */
  readonly linkTo?: string;
  readonly content?: string;
}

/** Writes an image `v1` with this layer, gzipped here, into a layout. */
export async function writeHostileLayout(layout: string, layer: Uint8Array): Promise<void> {
  const storage = await openOciLayout(layout, { create: true });
  const config = await storage.writeBlob(
    encodeImageConfig({
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    }),
  );
  const blob = await storage.writeBlob(new Uint8Array(gzipSync(layer)));
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    config: { mediaType: MEDIA_TYPES.config, ...config },
    layers: [{ mediaType: MEDIA_TYPES.layerGzip, ...blob }],
  });
  await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest, tag: "v1" });
}

/** A tar archive (POSIX ustar) of entries that a careful writer refuses to write. */
export function hostileTar(entries: readonly HostileEntry[]): Uint8Array {
  const blocks = entries.flatMap(({ path, linkTo = "", content = "" }) => {
    const header = Buffer.alloc(512);
    const put = (text: string, offset: number): void => void header.write(text, offset, "latin1");
    put(path, 0);
    put("0000644\0", 100);
    put(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    put("00000000000\0", 136);
    put("        ", 148);
    put(linkTo === "" ? "0" : "1", 156);
    put(linkTo, 157);
    put("ustar\u000000", 257);
    put(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
    );
    const data = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    data.write(content, "latin1");
    return [header, data];
  });
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** What a policy of these tests asks for. */
export interface PolicyOptions {
  readonly publicKey: string;
  readonly action?: "Deny" | "Audit";
  readonly name?: string;
}

/** A policy that asks for a signature by the key on every image of a Pod. */
export function signaturePolicy({ publicKey, action = "Deny", name = "signed" }: PolicyOptions): string {
  const every = "(images.containers + images.initContainers)";
  const spec = {
    validationActions: [action],
    attestors: [{ name: "builder", cosign: { key: { data: publicKey }, ctlog: { insecureIgnoreTlog: true } } }],
    validations: [
      {
        expression: `${every}.all(i, verifyImageSignatures(i, [attestors.builder]) > 0)`,
        message: "an image is not signed by the builder",
      },
    ],
  };
  return policyDocument(spec, { name });
}

/** A tar archive of one file that expands from little to `bytes` of nothing. */
export function bombTar(bytes: number): Uint8Array {
  return hostileTar([{ path: "app/zeros", content: "\0".repeat(bytes) }]);
}
