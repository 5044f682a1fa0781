/** The storage contract against a real registry without the referrers API (Debian's docker-registry). */
import { randomUUID } from "node:crypto";
import { createHttpClient } from "../../src/adapters/http/index.ts";
import { openRegistryRepository } from "../../src/adapters/oci-registry/index.ts";
import { ociStorageContract } from "../../src/ports/oci-storage.contract.ts";

const registry = process.env["AMAP_E2E_REGISTRY"] ?? "";

ociStorageContract("docker-registry", async () => {
  const http = createHttpClient();
  const repository = `contract/${randomUUID()}`;
  const open = () =>
    openRegistryRepository({
      registry,
      repository,
      http,
      credentials: { credentialsFor: async () => ({ kind: "anonymous" }) },
    });
  return { storage: open(), another: async () => open(), dispose: () => http.close() };
});
