import { createSigningConfigFile } from "../../app/index.ts";
import { collect, declareBoolean, isOn, textOf, textsOf } from "../flags.ts";
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
      .option("--no-default-fulcio", "leave out the base's and the default certificate authorities")
      .option("--no-default-oidc", "leave out the base's and the default identity providers")
      .option("--no-default-rekor", "leave out the base's and the default transparency logs")
      .option("--no-default-tsa", "leave out the base's and the default timestamp authorities")
      .option("--out <file>", "write it there instead");
    declareBoolean(
      command,
      "--with-default-services",
      "start from the public services, or those of `initialize`",
      false,
    );
    declareBoolean(command, "--with-default-rekor-v2", "the same, with the log of Rekor v2", false);
  },
  run: async (context, _, flags) => {
    const out = textOf(flags, "out");
    const { json, warnings } = await createSigningConfigFile(context.world, {
      ...optional(flags, "baseConfig", "base"),
      ...defaultsOf(flags),
      fulcio: textsOf(flags, "fulcio"),
      oidcProviders: textsOf(flags, "oidcProvider"),
      rekor: textsOf(flags, "rekor"),
      ...optional(flags, "rekorConfig", "rekorConfig"),
      tsa: textsOf(flags, "tsa"),
      ...optional(flags, "tsaConfig", "tsaConfig"),
      without: OMITTED.filter(([, flag]) => !isOn(flags, flag)).map(([kind]) => kind),
      ...(out === undefined ? {} : { out }),
    });
    for (const warning of warnings) context.terminal.note(`warning: ${warning}`);
    if (out === undefined) context.terminal.result(`${json}\n`);
    else context.terminal.note(`Signing configuration written to ${out}`);
    return 0;
  },
};

function defaultsOf(flags: Flags): { readonly defaults?: "rekor-v1" | "rekor-v2" } {
  if (isOn(flags, "withDefaultRekorV2")) return { defaults: "rekor-v2" };
  return isOn(flags, "withDefaultServices") ? { defaults: "rekor-v1" } : {};
}

function optional<K extends string>(flags: Flags, flag: string, name: K): Partial<Record<K, string>> {
  const text = textOf(flags, flag);
  return text === undefined ? {} : ({ [name]: text } as Record<K, string>);
}
