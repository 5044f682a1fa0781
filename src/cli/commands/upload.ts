import { parseImageTarget, parseUploadFiles, uploadFiles, uploadWasm } from "../../app/index.ts";
import { collect, collectList, pairsOf, requireText, textOf, textsOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Verb } from "../verb.ts";

/** `amap upload blob`. */
export const uploadBlob: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) =>
    void command
      .option(
        "-f, --files <file>",
        "FILE, FILE:OS or FILE:OS/ARCHITECTURE; may be repeated, then with platforms",
        collectList,
      )
      .option("--ct <type>", "the media type; by what the file holds when left out")
      .option("-a, --annotation <key=value>", "an annotation of the image; may be repeated", collect),
  run: async ({ world, terminal }, [name = ""], flags) => {
    const files = parseUploadFiles(textsOf(flags, "files"));
    const annotations = pairsOf(textsOf(flags, "annotation"), "--annotation");
    const mediaType = textOf(flags, "ct") ?? "";
    const target = parseImageTarget(name);
    const uploaded = await uploadFiles(world, target, files, {
      ...(mediaType === "" ? {} : { mediaType }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    });
    for (const { path, mediaType: type, blob } of uploaded.files) {
      terminal.note(`Uploaded ${path} to ${name} with media type ${type}: ${blob}`);
    }
    // As cosign has it: several files are told of on standard error only.
    if (uploaded.isIndex) terminal.note(`Uploaded the index of the platforms to ${uploaded.name}`);
    else terminal.result(`${uploaded.name}\n`);
    return 0;
  },
};

/** `amap upload wasm`. */
export const uploadWasmVerb: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => void command.option("-f, --file <file>", "the module"),
  run: async ({ world, terminal }, [name = ""], flags) => {
    const file = requireText(flags, "file", "--file");
    const uploaded = await uploadWasm(world, parseImageTarget(name), file);
    terminal.note(`Uploaded the wasm module ${file} to ${uploaded}`);
    return 0;
  },
};
