import { type Command, Option } from "commander";
import { predicateTypeOf, type VerifiedBlob, verifyBlob, verifyBlobAttestation } from "../../app/index.ts";
import { AmapError, isAmapError, type Value, writeJson } from "../../base/index.ts";
import { declareBoolean, requireText, textOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";
import { declareTrustFlags, pathOf, trustFor } from "./trust-flags.ts";
import { declareExplain, refuseLooseFlags } from "./verify.ts";
import { checksOf, explainFormat, layOutChecks } from "./verify-output.ts";

function declareBlobFlags(command: Command): void {
  declareTrustFlags(command);
  command
    .option("--bundle <file>", "the Sigstore bundle, or cosign's old one")
    .option("--signature <file>", "deprecated, a bundle holds it: the signature, in base64 or as it is")
    .option("--rfc3161-timestamp <file>", "deprecated, a bundle holds it: a timestamp as cosign writes it");
  declareExplain(command);
  // cosign takes it here, too; there is one file.
  command.addOption(new Option("--max-workers <number>").hideHelp());
}

/** Where the proof of a file's signature is. */
function materialOf(
  { terminal }: VerbContext,
  flags: Flags,
): Pick<Parameters<typeof verifyBlob>[1], "bundle" | "given"> {
  const bundle = pathOf(flags, "bundle");
  const paths = {
    signature: pathOf(flags, "signature"),
    certificate: pathOf(flags, "certificate"),
    timestamp: pathOf(flags, "rfc3161Timestamp"),
  };
  if (bundle === undefined && paths.signature === undefined) throw new AmapError("USAGE", "--bundle is needed");
  for (const [flag, path] of [
    ["--signature", paths.signature],
    ["--rfc3161-timestamp", paths.timestamp],
  ]) {
    if (path !== undefined) terminal.note(`warning: ${flag} is deprecated: a bundle holds it; use --bundle`);
  }
  const given = Object.fromEntries(Object.entries(paths).filter(([, path]) => path !== undefined));
  return { ...(bundle === undefined ? {} : { bundle }), given };
}

/** Runs a verification, explains it where asked for, and says what was checked. */
async function tell({ terminal }: VerbContext, flags: Flags, run: () => Promise<VerifiedBlob>): Promise<number> {
  const format = explainFormat(flags);
  const explain = (checks: VerifiedBlob["checks"]): void => {
    if (format === "json") terminal.note(writeJson({ checks } as unknown as Value));
    else if (format === "text" && checks.length > 0) terminal.note(layOutChecks(checks));
  };
  try {
    const verified = await run();
    explain(verified.checks);
    terminal.note(["Verified OK", ...checksOf(verified).map((line) => `  - ${line}`)].join("\n"));
    return 0;
  } catch (error) {
    const checks = isAmapError(error) ? error.details?.["checks"] : undefined;
    if (Array.isArray(checks)) explain(checks as VerifiedBlob["checks"]);
    throw error;
  }
}

/** `amap verify-blob`. */
export const verifyBlobVerb: Verb = {
  positional: ["<file>"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: declareBlobFlags,
  run: async (context, [artifact = ""], flags) => {
    refuseLooseFlags(flags);
    const material = materialOf(context, flags);
    const trust = await trustFor(context, flags, { kind: "signature" });
    return tell(context, flags, () => verifyBlob(context.world, { trust, artifact, ...material }));
  },
};

/** `amap verify-blob-attestation`. */
export const verifyBlobAttestationVerb: Verb = {
  positional: ["[file]"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareBlobFlags(command);
    declareBoolean(command, "--check-claims", "compare the statement's subject; only true is supported", true);
    command
      .option("--type <type>", "cosign's short name or a URI", "custom")
      .option("--digest <hex>", "the artifact's digest, in place of the file")
      .option("--digestAlg <algorithm>", "its algorithm: sha256, sha384 or sha512");
  },
  run: async (context, [file], flags) => {
    refuseLooseFlags(flags);
    const digest = textOf(flags, "digest");
    if ((file === undefined) === (digest === undefined)) {
      throw new AmapError("USAGE", "expected a file, or --digest and --digestAlg, and not both");
    }
    const artifact = file ?? `${requireText(flags, "digestAlg", "--digestAlg")}:${digest}`;
    const material = materialOf(context, flags);
    const predicateType = predicateTypeOf(requireText(flags, "type", "--type"));
    const trust = await trustFor(context, flags, { kind: "attestation", predicateType });
    return tell(context, flags, () =>
      verifyBlobAttestation(context.world, { trust, artifact, predicateType, ...material }),
    );
  },
};
