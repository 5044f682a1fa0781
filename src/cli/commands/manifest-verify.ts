import { readManifestImages } from "../../app/index.ts";
import { pathOfInput, refuseSharedInput } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Verb } from "../verb.ts";
import { declareVerifyFlags, runVerify } from "./verify.ts";

/** `amap manifest verify`. */
export const manifestVerify: Verb = {
  positional: ["<file...>"],
  registry: true,
  // The arguments are files: credentials for a registry have to name it.
  imagesOf: () => [],
  exitCodes: COSIGN_EXIT_CODES,
  declare: declareVerifyFlags,
  run: async (context, names, flags) => {
    refuseSharedInput(names.map((name) => ["a manifest", name] as const));
    const images = await readManifestImages(context.world, names.map(pathOfInput));
    context.terminal.note(`Images to verify: ${images.join(", ")}`);
    return runVerify(context, images, flags);
  },
};
