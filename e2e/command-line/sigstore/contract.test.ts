/**
 * The real Fulcio, Rekor and timestamp authority do what the local ones of `src/testing` do, and amap's client gets from
 * them what it gets from those.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock, systemEntropy } from "../../../src/adapters/clock/index.ts";
import { createHttpClient } from "../../../src/adapters/http/index.ts";
import { createSigningServices } from "../../../src/adapters/sigstore-services/index.ts";
import { signingServicesContract } from "../../../src/ports/signing-services.contract.ts";
import { emailClaims, WORKFLOW_CLAIMS } from "../../../src/testing/sigstore/services/identity-provider.ts";
import { sigstoreServicesContract } from "../../../src/testing/sigstore/services/sigstore-services.contract.ts";
import { openStage } from "./stage.ts";

sigstoreServicesContract("the real services", async () => {
  const stage = await openStage();
  return {
    fulcio: stage.urls.fulcio,
    rekorV2: stage.urls.rekor,
    tsa: stage.urls.tsa,
    token: (email) => stage.people.issueToken(emailClaims(email)),
    workflowToken: () => stage.workflows.issueToken(WORKFLOW_CLAIMS),
    close: () => stage.close(),
  };
});

signingServicesContract("amap's client and the real services", async () => {
  const stage = await openStage();
  const http = createHttpClient({});
  return {
    services: createSigningServices({ http, entropy: systemEntropy, clock: systemClock }),
    rekorV1: stage.urls.rekorV1,
    rekorV2: stage.urls.rekor,
    tsa: stage.urls.tsa,
    trustedRoot: new Uint8Array(readFileSync(join(stage.folder, stage.files.trustedRoot))),
    close: async () => {
      await http.close();
      await stage.close();
    },
  };
});
