// One process of the test "writers at the same time": attaches COUNT manifests, each also under a tag of its own.
// node src/testing/layout-writer.ts DIRECTORY SUBJECT NAME COUNT
import { openOciLayout } from "../adapters/oci-layout/index.ts";
import { encodeManifest, MEDIA_TYPES } from "../artifact/index.ts";
import { digestOf, encodeUtf8, parseDigest } from "../base/index.ts";

const [directory = "", subject = "", name = "", count = "0"] = process.argv.slice(2);
const storage = await openOciLayout(directory);
const config = { mediaType: MEDIA_TYPES.emptyConfig, digest: digestOf(encodeUtf8("{}")), size: 2 };
for (let index = 0; index < Number(count); index += 1) {
  const bytes = encodeManifest({
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    config,
    layers: [],
    subject: { mediaType: MEDIA_TYPES.manifest, digest: parseDigest(subject), size: 1 },
    annotations: { writer: `${name}-${index}` },
  });
  await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.manifest, tag: `${name}-${index}` });
}
