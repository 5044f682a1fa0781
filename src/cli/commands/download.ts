import {
  downloadAttestations,
  downloadSbom,
  downloadSignatures,
  type OpenImage,
  openImage,
  openPlatform,
  parseImageTarget,
  predicateTypeOf,
  type World,
} from "../../app/index.ts";
import { textOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb } from "../verb.ts";

async function open(world: World, name: string, flags: Flags): Promise<OpenImage> {
  const image = await openImage(world, parseImageTarget(name));
  const platform = textOf(flags, "platform");
  return platform === undefined || platform === "" ? image : openPlatform(image, platform);
}

const lines = (documents: readonly string[]): string => documents.map((document) => `${document}\n`).join("");

/** `amap download signature`. */
export const downloadSignature: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: () => {},
  run: async ({ world, terminal }, [name = ""], flags) => {
    terminal.result(lines(await downloadSignatures(await open(world, name, flags))));
    return 0;
  },
};

/** `amap download attestation`. */
export const downloadAttestation: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) =>
    void command
      .option("--predicate-type <type>", "only these: cosign's short name or a URI")
      .option("--platform <platform>", "of this platform of an index"),
  run: async ({ world, terminal }, [name = ""], flags) => {
    const type = textOf(flags, "predicateType");
    const wanted = type === undefined || type === "" ? undefined : predicateTypeOf(type);
    terminal.result(lines(await downloadAttestations(await open(world, name, flags), wanted)));
    return 0;
  },
};

/** `amap download sbom`. */
export const downloadSbomDocument: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => void command.option("--platform <platform>", "of this platform of an index"),
  run: async ({ world, terminal }, [name = ""], flags) => {
    const { mediaType, text } = await downloadSbom(await open(world, name, flags));
    terminal.note("warning: an attached SBOM is not signed; anybody who can push may replace it");
    terminal.note(`Found SBOM of media type: ${mediaType}`);
    terminal.result(text);
    return 0;
  },
};
