/** Changes one byte of what was signed, in the registry: everything around it is stored anew, so that all digests are right. */
import assert from "node:assert/strict";
import { listAttachments } from "../../../src/app/attachments/attachments.ts";
import { parseImageTarget } from "../../../src/app/index.ts";
import { type OpenImage, openImage } from "../../../src/app/open-image.ts";
import type { Descriptor } from "../../../src/artifact/index.ts";
import { createWorld } from "../../../src/wiring/index.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** What stands beside an image with a byte of the payload changed, in place of what stood there. */
export async function tamperStored(image: string): Promise<void> {
  const world = createWorld({ offline: false, env: process.env });
  try {
    const opened = await openImage(world, parseImageTarget(image));
    const manifests = await listAttachments(opened);
    assert.ok(manifests.length > 0);
    for (const { digest, tag } of manifests) {
      const bytes = await tamperedManifest(opened, digest);
      await opened.storage.writeManifest(bytes, { mediaType: MANIFEST, ...(tag === undefined ? {} : { tag }) });
      if (tag === undefined) await opened.storage.deleteManifest(digest);
    }
  } finally {
    await world.close();
  }
}

async function tamperedManifest({ storage }: OpenImage, digest: Descriptor["digest"]): Promise<Uint8Array> {
  const read = await storage.readManifest(digest);
  assert.ok(read !== undefined);
  const manifest = JSON.parse(Buffer.from(read.bytes).toString("utf8")) as { layers: Descriptor[] };
  const [layer] = manifest.layers;
  assert.ok(layer !== undefined);
  const blob = await storage.readBlob(layer, 10_000_000);
  manifest.layers[0] = { ...layer, ...(await storage.writeBlob(tamperedPayload(blob))) };
  return new Uint8Array(Buffer.from(JSON.stringify(manifest)));
}

/** One character of the payload in base64, or of a simple signing payload's type. */
export function tamperedPayload(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString("utf8");
  const changed = text.includes('"payload"')
    ? text.replace(/("payload":\s*".{40})(.)/, (_, kept: string, char: string) => `${kept}${char === "A" ? "B" : "A"}`)
    : text.replace("docker-reference", "docker-referencf");
  assert.notEqual(changed, text);
  return new Uint8Array(Buffer.from(changed));
}
