import { readDockerfileImages } from "../../app/index.ts";
import { collect, declareBoolean, isOn, pairsOf, pathOfInput, textsOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Verb } from "../verb.ts";
import { declareVerifyFlags, runVerify } from "./verify.ts";

/** `amap dockerfile verify`. */
export const dockerfileVerify: Verb = {
  positional: ["<dockerfile>"],
  registry: true,
  // The argument is a file: credentials for a registry have to name it.
  imagesOf: () => [],
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareVerifyFlags(command);
    declareBoolean(command, "--base-image-only", "only the image that the last stage is made from", false);
    command.option("--build-arg <name=value>", "the value of an ARG, as for `docker build`; may be repeated", collect);
  },
  run: async (context, [name = ""], flags) => {
    const buildArguments = pairsOf(textsOf(flags, "buildArg"), "--build-arg");
    const baseOnly = isOn(flags, "baseImageOnly");
    const images = await readDockerfileImages(context.world, pathOfInput(name), { baseOnly, buildArguments });
    context.terminal.note(`Images to verify: ${images.join(", ")}`);
    return runVerify(context, images, flags);
  },
};
