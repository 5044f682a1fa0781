import { createTrustRootFile } from "../../app/index.ts";
import { decodeUtf8 } from "../../base/index.ts";
import { collect, declareBoolean, declareUnsupported, isOn, textOf, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** Each kind of service, with the flag that keeps the default ones out. */
const DEFAULTS = [
  ["defaultFulcio", "certificateAuthorities"],
  ["defaultRekor", "transparencyLogs"],
  ["defaultCtfe", "ctLogs"],
  ["defaultTsa", "timestampAuthorities"],
] as const;

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
      .option("--no-default-fulcio", "leave out the default certificate authorities")
      .option("--no-default-rekor", "leave out the default transparency logs")
      .option("--no-default-ctfe", "leave out the default logs of certificates")
      .option("--no-default-tsa", "leave out the default timestamp authorities")
      .option("--out <file>", "where to write it; standard output when left out");
    declareBoolean(
      command,
      "--with-default-services",
      "start from the public services, or those of `initialize`",
      false,
    );
    declareUnsupported(
      command,
      [
        "--certificate-chain <file>",
        "--fulcio-uri <url>",
        "--rekor-key <file>",
        "--rekor-url <url>",
        "--rekor-start-time <time>",
        "--rekor-end-time <time>",
        "--ctfe-key <file>",
        "--ctfe-url <url>",
        "--ctfe-start-time <time>",
        "--ctfe-end-time <time>",
        "--timestamp-certificate-chain <file>",
        "--timestamp-uri <url>",
      ],
      "is replaced by --fulcio, --rekor, --ctfe and --tsa, and is",
    );
  },
  run: async ({ world, terminal }, _, flags) => {
    const services = (name: string): readonly string[] => textsOf(flags, name);
    const { bytes, warnings } = await createTrustRootFile(world, {
      defaults: isOn(flags, "withDefaultServices")
        ? DEFAULTS.flatMap(([flag, kind]) => (isOn(flags, flag) ? [kind] : []))
        : [],
      fulcio: services("fulcio"),
      rekor: services("rekor"),
      ctfe: services("ctfe"),
      tsa: services("tsa"),
    });
    for (const warning of warnings) terminal.note(`warning: ${warning}`);
    const out = textOf(flags, "out");
    if (out === undefined || out === "") terminal.result(`${decodeUtf8(bytes) ?? ""}\n`);
    else await world.files.write(out, bytes);
    return 0;
  },
};
