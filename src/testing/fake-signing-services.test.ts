import { signingServicesContract } from "../ports/signing-services.contract.ts";
import { createFakeSigningServices } from "./fake-signing-services.ts";
import { createLocalSigstore, jsonBytes, LOCAL_TIME } from "./sigstore/local-sigstore.ts";

signingServicesContract("fake", async () => {
  const urls = {
    rekorV1: "https://rekor.local.test",
    rekorV2: "https://log.local.test",
    tsa: "https://tsa.local.test",
  };
  const sigstore = createLocalSigstore({ urls });
  return {
    services: createFakeSigningServices({ sigstore, ...urls, now: () => LOCAL_TIME }),
    ...urls,
    trustedRoot: jsonBytes(sigstore.trustedRoot()),
    close: async () => {},
  };
});
