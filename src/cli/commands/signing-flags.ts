import type { Command } from "commander";
import { readWitnessRequest, type StorageForm, type WitnessRequest } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { choiceOf, declareBoolean, declareUnsupported, isOn, textOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

/** cosign's flags for signing without a key. */
const KEYLESS = [
  "--identity-token <token>",
  "--oidc-client-id <id>",
  "--oidc-client-secret-file <file>",
  "--oidc-provider <name>",
  "--oidc-redirect-url <url>",
  "--oidc-issuer <url>",
  "--fulcio-url <url>",
  "--fulcio-auth-flow <flow>",
  "--issue-certificate",
  "--certificate <file>",
  "--certificate-chain <file>",
];
const HARDWARE = ["--sk", "--slot <slot>"];

/** Flags that all verbs that sign share. */
export function declareSigningFlags(command: Command): void {
  command
    .option("--key <key>", "private key: a file in cosign's format, k8s://NAMESPACE/NAME, env://NAME or https://…")
    .option("-y, --yes", "accepted for compatibility; signing asks nothing");
  declareBoolean(
    command,
    "--new-bundle-format",
    "as a Sigstore bundle; false: in cosign's older form, for images under its tag",
    true,
  );
  declareServiceFlags(command);
  declareBoolean(command, "--oidc-disable-ambient-providers", "accepted: no identity provider is asked", false);
  declareBoolean(command, "--insecure-skip-verify", "accepted: no certificate is asked for", false);
  declareUnsupported(command, KEYLESS, "belongs to signing with certificates, which is");
  declareUnsupported(command, HARDWARE, "needs a hardware key, which is");
}

function declareServiceFlags(command: Command): void {
  declareBoolean(
    command,
    "--tlog-upload",
    "upload to the log of --rekor-url; without one as --use-signing-config; false: to no log",
    undefined,
  );
  declareBoolean(
    command,
    "--use-signing-config",
    "ask the services of the configuration that stands beside the trusted root; without it, none is asked",
    false,
  );
  command
    .option("--signing-config <file>", "logs and timestamp authorities that witness the signature")
    .option("--trusted-root <file>", "verify what these services answer before anything is stored")
    .option("--rekor-url <url>", "upload to this log of Rekor v1; --signing-config replaces it")
    .option("--timestamp-server-url <url>", "ask this authority for a timestamp; --signing-config replaces it")
    .option("--timestamp-client-cacert <file>", "trust this CA for timestamp authorities")
    .option("--timestamp-client-cert <file>", "certificate that timestamp authorities ask for")
    .option("--timestamp-client-key <file>", "its private key")
    .option("--timestamp-server-name <name>", "the name in the certificates of timestamp authorities");
}

/** Flags of attestations that say how a log is asked; cosign 3.1.3 does not look at it any more. */
export function declareEntryType(command: Command): void {
  command.option("--rekor-entry-type <type>", "only dsse is written; intoto is accepted for compatibility");
}

/** A value that cosign does not know is wrong use; the other kind that it knows is not written by it either. */
export function checkEntryType({ terminal }: VerbContext, flags: Flags): void {
  const type = choiceOf(flags, "rekorEntryType", "--rekor-entry-type", ["dsse", "intoto"], "dsse");
  if (type === "intoto")
    terminal.note("warning: --rekor-entry-type intoto is ignored: log entries are of the kind dsse");
}

/** The key that signs; without one cosign signs keyless. */
export function keyOf(flags: Flags): string {
  const key = textOf(flags, "key");
  if (key !== undefined && key !== "") return key;
  throw new AmapError("USAGE", "--key is needed: signing without a key is not supported yet", {
    hint: "Make a key with `amap generate-key-pair`, and pass --key cosign.key.",
  });
}

/** In which form is signed. */
export function formOf(flags: Flags): StorageForm {
  return isOn(flags, "newBundleFormat") ? "bundle" : "tag";
}

/**
 * Which services witness the signature; undefined where none is asked. Its warnings are told.
 * @throws {AmapError} USAGE, NOT_SUPPORTED and what readWitnessRequest throws
 */
export async function witnessesOf({ world, terminal }: VerbContext, flags: Flags): Promise<WitnessRequest | undefined> {
  const signingConfig = textOf(flags, "signingConfig") || undefined;
  const [rekorUrl, timestampUrl] = [textOf(flags, "rekorUrl"), textOf(flags, "timestampServerUrl")];
  const isUploadAsked = flags["tlogUpload"] === true && rekorUrl === undefined && timestampUrl === undefined;
  const usesDefaultConfig = signingConfig === undefined && (isOn(flags, "useSigningConfig") || isUploadAsked);
  checkServices(flags, signingConfig !== undefined || usesDefaultConfig);
  const { witnesses, warnings } = await readWitnessRequest(world, {
    usesDefaultConfig,
    ...given("signingConfig", signingConfig),
    ...given("rekorUrl", flags["tlogUpload"] === false ? undefined : rekorUrl),
    ...given("timestampUrl", timestampUrl),
    ...given("trustedRoot", textOf(flags, "trustedRoot")),
    timestampClient: {
      ...given("caCertificate", textOf(flags, "timestampClientCacert")),
      ...given("clientCertificate", textOf(flags, "timestampClientCert")),
      ...given("clientKey", textOf(flags, "timestampClientKey")),
      ...given("serverName", textOf(flags, "timestampServerName")),
    },
  });
  for (const warning of warnings) terminal.note(`warning: ${warning}`);
  return witnesses;
}

function checkServices(flags: Flags, hasConfig: boolean): void {
  if (textOf(flags, "signingConfig") && isOn(flags, "useSigningConfig")) {
    throw new AmapError("USAGE", "--signing-config and --use-signing-config exclude each other", {
      hint: "Leave out --use-signing-config: the file says which services are asked.",
    });
  }
  if (hasConfig && flags["tlogUpload"] === false) {
    throw new AmapError("USAGE", "--tlog-upload=false and a signing configuration exclude each other", {
      hint: "Leave out --tlog-upload, and write a configuration without logs: `amap signing-config create`.",
    });
  }
  if (hasConfig && formOf(flags) === "tag") {
    throw new AmapError("NOT_SUPPORTED", "--signing-config: what its services answer is written into bundles only", {
      hint: "Leave out --new-bundle-format=false, or name the services by --rekor-url and --timestamp-server-url.",
    });
  }
}

function given<N extends string>(name: N, value: string | undefined): { readonly [K in N]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [K in N]?: string };
}

/** Says which flags of files and payloads have no meaning for bundles, as cosign does. */
export function warnIgnored(context: VerbContext, flags: Flags, names: Readonly<Record<string, string>>): void {
  warnOf(context, flags, names, "a bundle holds it; pass --bundle, or --new-bundle-format=false");
}

/** Says which flags of storing have no meaning for bundles. */
export function warnOfOlderForm(context: VerbContext, flags: Flags, names: Readonly<Record<string, string>>): void {
  warnOf(context, flags, names, "it belongs to cosign's older form; pass --new-bundle-format=false");
}

function warnOf(
  { terminal }: VerbContext,
  flags: Flags,
  names: Readonly<Record<string, string>>,
  because: string,
): void {
  if (formOf(flags) === "tag") return;
  for (const [name, flag] of Object.entries(names)) {
    if (flags[name] === undefined || flags[name] === false) continue;
    terminal.note(`warning: ${flag} is ignored: ${because}`);
  }
}

/** Refuses flags that would change what is signed and cannot in a bundle. */
export function refuseInBundles(flags: Flags, names: Readonly<Record<string, string>>): void {
  if (formOf(flags) === "tag") return;
  for (const [name, flag] of Object.entries(names)) {
    if (flags[name] === undefined) continue;
    throw new AmapError("USAGE", `${flag} belongs to cosign's older form: a bundle holds a statement instead`, {
      hint: `Leave out ${flag}, or pass --new-bundle-format=false.`,
    });
  }
}
