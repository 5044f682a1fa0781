import { attest } from "./commands/attest.ts";
import { apply, check } from "./commands/check.ts";
import { demo } from "./commands/demo.ts";
import { produce, vexCreate } from "./commands/documents.ts";
import { generateKeyPairVerb, publicKey } from "./commands/keys.ts";
import { provenanceCreate } from "./commands/provenance.ts";
import { sbom } from "./commands/sbom.ts";
import { dbImport, dbStatus, scan } from "./commands/scan.ts";
import { sign } from "./commands/sign.ts";
import { tree } from "./commands/tree.ts";
import { verify, verifyAttestation } from "./commands/verify.ts";
import { version } from "./commands/version.ts";
import type { Verb } from "./verb.ts";

/** Every verb, in the order of the help. */
export const VERBS: readonly Verb[] = [
  demo,
  produce,
  sbom,
  scan,
  dbImport,
  dbStatus,
  vexCreate,
  provenanceCreate,
  generateKeyPairVerb,
  publicKey,
  sign,
  attest,
  verify,
  verifyAttestation,
  tree,
  check,
  apply,
  version,
];
