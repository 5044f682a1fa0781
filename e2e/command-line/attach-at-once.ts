/** A process of attach-at-once.test.ts: attests to one image many times at once. Words: image, form, key, first, count. */
import { attestImage, openImage, openSigner, parseImageTarget, type StorageForm } from "../../src/app/index.ts";
import { createWorld } from "../../src/wiring/index.ts";

const [name = "", form = "", key = "", first = "0", count = "0"] = process.argv.slice(2);
const world = createWorld({ offline: false, env: process.env });
const signer = await openSigner(world, key, process.env["COSIGN_PASSWORD"] ?? "");
const image = await openImage(world, parseImageTarget(name));
await Promise.all(
  Array.from({ length: Number(count) }, (_, index) =>
    attestImage(world, image, signer, {
      predicateType: "https://example.com/numbered",
      predicate: { number: Number(first) + index },
      forms: [form as StorageForm],
    }),
  ),
);
await world.close();
