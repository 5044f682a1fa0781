import { createSigningConfigFile } from "../../app/index.ts";
import { collect, declareUnsupported, isOn, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb } from "../verb.ts";

/** Each kind of service, with the flag that keeps the base's services of this kind out. */
const OMITTED = [
  ["fulcio", "defaultFulcio"],
  ["oidc", "defaultOidc"],
  ["rekor", "defaultRekor"],
  ["tsa", "defaultTsa"],
] as const;

/** `amap signing-config create`. */
export const signingConfigCreate: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    const spec = "url=…,api-version=…,start-time=…,operator=…[,end-time=…]";
    command
      .option("--base-config <file>", "start from this configuration; services below take the place of its own")
      .option("--fulcio <spec>", `a certificate authority: ${spec}`, collect)
      .option("--oidc-provider <spec>", "an identity provider, in the same form", collect)
      .option("--rekor <spec>", "a transparency log, in the same form", collect)
      .option("--rekor-config <selection>", "how many logs are used: ANY, ALL or EXACT:<count>")
      .option("--tsa <spec>", "a timestamp authority, in the same form", collect)
      .option("--tsa-config <selection>", "how many authorities are used: ANY, ALL or EXACT:<count>")
      .option("--no-default-fulcio", "leave out the base's certificate authorities")
      .option("--no-default-oidc", "leave out the base's identity providers")
      .option("--no-default-rekor", "leave out the base's transparency logs")
      .option("--no-default-tsa", "leave out the base's timestamp authorities")
      .option("--out <file>", "write it there instead");
    declareUnsupported(command, ["--with-default-services", "--with-default-rekor-v2"]);
  },
  run: async (context, _, flags) => {
    const out = textOf(flags, "out");
    const json = await createSigningConfigFile(context.world, {
      ...optional(flags, "baseConfig", "base"),
      fulcio: textsOf(flags, "fulcio"),
      oidcProviders: textsOf(flags, "oidcProvider"),
      rekor: textsOf(flags, "rekor"),
      ...optional(flags, "rekorConfig", "rekorConfig"),
      tsa: textsOf(flags, "tsa"),
      ...optional(flags, "tsaConfig", "tsaConfig"),
      without: OMITTED.filter(([, flag]) => !isOn(flags, flag)).map(([kind]) => kind),
      ...(out === undefined ? {} : { out }),
    });
    if (out === undefined) context.terminal.result(`${json}\n`);
    else context.terminal.note(`Signing configuration written to ${out}`);
    return 0;
  },
};

function optional<K extends string>(flags: Flags, flag: string, name: K): Partial<Record<K, string>> {
  const text = textOf(flags, flag);
  return text === undefined ? {} : ({ [name]: text } as Record<K, string>);
}
