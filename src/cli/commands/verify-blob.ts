import { predicateTypeOf, verifyBlob, verifyBlobAttestation } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { declareBoolean, declareUnsupported, requireText, textOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Verb } from "../verb.ts";
import { declareTrustFlags, trustFor } from "./trust-flags.ts";
import { checksOf, refuseLooseFlags } from "./verify.ts";

const REPLACED = ["--signature <file>", "--rfc3161-timestamp <file>"];
const ONE_FILE = ["--max-workers <number>"];

/** `amap verify-blob`. */
export const verifyBlobVerb: Verb = {
  positional: ["<file>"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareTrustFlags(command);
    command.requiredOption("--bundle <file>", "the Sigstore bundle with the signature");
    declareUnsupported(command, ONE_FILE, "has no use for one file, and is");
    declareUnsupported(command, REPLACED, "is replaced by --bundle, and is");
  },
  run: async ({ world, terminal }, [artifact = ""], flags) => {
    refuseLooseFlags(flags);
    const trust = await trustFor({ world, terminal }, flags);
    const verified = await verifyBlob(world, { trust, artifact, bundle: requireText(flags, "bundle", "--bundle") });
    terminal.note(["Verified OK", ...checksOf(verified).map((line) => `  - ${line}`)].join("\n"));
    return 0;
  },
};

/** `amap verify-blob-attestation`. */
export const verifyBlobAttestationVerb: Verb = {
  positional: ["[file]"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareTrustFlags(command);
    declareBoolean(command, "--check-claims", "compare the statement's subject; only true is supported", true);
    command
      .requiredOption("--bundle <file>", "the Sigstore bundle with the attestation")
      .option("--type <type>", "cosign's short name or a URI", "custom")
      .option("--digest <hex>", "the artifact's digest, in place of the file")
      .option("--digestAlg <algorithm>", "its algorithm: sha256, sha384 or sha512");
    declareUnsupported(command, ONE_FILE, "has no use for one file, and is");
    declareUnsupported(command, REPLACED, "is replaced by --bundle, and is");
  },
  run: async ({ world, terminal }, [file], flags) => {
    refuseLooseFlags(flags);
    const digest = textOf(flags, "digest");
    if ((file === undefined) === (digest === undefined)) {
      throw new AmapError("USAGE", "expected a file, or --digest and --digestAlg, and not both");
    }
    const artifact = file ?? `${requireText(flags, "digestAlg", "--digestAlg")}:${digest}`;
    const trust = await trustFor({ world, terminal }, flags);
    const verified = await verifyBlobAttestation(world, {
      trust,
      artifact,
      bundle: requireText(flags, "bundle", "--bundle"),
      predicateType: predicateTypeOf(requireText(flags, "type", "--type")),
    });
    terminal.note(["Verified OK", ...checksOf(verified).map((line) => `  - ${line}`)].join("\n"));
    return 0;
  },
};
