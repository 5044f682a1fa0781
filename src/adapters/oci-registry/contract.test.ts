import { ociStorageContract } from "../../ports/oci-storage.contract.ts";
import { type RegistryServerOptions, startRegistryServer } from "../../testing/registry-server.ts";
import { createHttpClient } from "../http/index.ts";
import { openRegistryRepository } from "./index.ts";

const MODES: readonly (readonly [string, RegistryServerOptions])[] = [
  ["registry with the referrers API", { referrersApi: true }],
  ["registry with the referrers API in small pages", { referrersApi: true, pageSize: 1 }],
  ["registry without the referrers API", { referrersApi: false }],
  ["registry without the referrers API, with conditional writes", { referrersApi: false, etags: true }],
];

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte));

for (const [name, options] of MODES) {
  ociStorageContract(name, async () => {
    const server = await startRegistryServer(options);
    const http = createHttpClient();
    const open = () =>
      openRegistryRepository({
        registry: server.host,
        repository: "team/storefront",
        http,
        credentials: { credentialsFor: async () => ({ kind: "anonymous" }) },
        wait: async () => {},
      });
    return {
      storage: open(),
      another: async () => open(),
      corruptBlob: async (digest) => {
        const { blobs, manifests } = server.repository("team/storefront");
        const blob = blobs.get(digest);
        const manifest = manifests.get(digest);
        if (blob !== undefined) blobs.set(digest, flip(blob));
        if (manifest !== undefined) manifests.set(digest, { ...manifest, bytes: flip(manifest.bytes) });
      },
      dispose: async () => {
        await http.close();
        await server.close();
      },
    };
  });
}
