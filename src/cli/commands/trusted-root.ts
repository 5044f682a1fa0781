import { createTrustRootFile } from "../../app/index.ts";
import { decodeUtf8 } from "../../base/index.ts";
import { collect, declareUnsupported, textOf, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `amap trusted-root create`. */
export const trustedRootCreate: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    command
      .option(
        "--fulcio <service>",
        "url=URL,certificate-chain=FILE[,start-time=T][,end-time=T]; may be repeated",
        collect,
      )
      .option("--rekor <service>", "url=URL,public-key=FILE,start-time=T[,end-time=T][,origin=NAME]", collect)
      .option("--ctfe <service>", "url=URL,public-key=FILE,start-time=T[,end-time=T]", collect)
      .option("--tsa <service>", "url=URL,certificate-chain=FILE[,start-time=T][,end-time=T]", collect)
      .option("--out <file>", "where to write it; standard output when left out");
    declareUnsupported(command, [
      "--with-default-services",
      "--no-default-fulcio",
      "--no-default-rekor",
      "--no-default-ctfe",
      "--no-default-tsa",
    ]);
    declareUnsupported(
      command,
      [
        "--certificate-chain <file>",
        "--fulcio-uri <url>",
        "--rekor-key <file>",
        "--rekor-url <url>",
        "--ctfe-key <file>",
        "--ctfe-url <url>",
        "--timestamp-certificate-chain <file>",
        "--timestamp-uri <url>",
      ],
      "is replaced by --fulcio, --rekor, --ctfe and --tsa, and is",
    );
  },
  run: async ({ world, terminal }, _, flags) => {
    const services = (name: string): readonly string[] => textsOf(flags, name);
    const bytes = await createTrustRootFile(world, {
      fulcio: services("fulcio"),
      rekor: services("rekor"),
      ctfe: services("ctfe"),
      tsa: services("tsa"),
    });
    const out = textOf(flags, "out");
    if (out === undefined || out === "") terminal.result(`${decodeUtf8(bytes) ?? ""}\n`);
    else await world.files.write(out, bytes);
    return 0;
  },
};
