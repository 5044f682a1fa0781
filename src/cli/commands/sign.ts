import type { Command } from "commander";
import {
  openImage,
  openPlatforms,
  openSigner,
  parseImageTarget,
  readDefaultSigningConfig,
  readSigningConfig,
  type SigningConfig,
  type SigningOptions,
  signImage,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { collect, declareBoolean, declareUnsupported, isOn, pairsOf, requireText, textOf, textsOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";
import { passwordOf } from "./keys.ts";

/** cosign's signing flags that need a service amap does not speak to yet. */
const UNSUPPORTED = [
  "--sk",
  "--slot <slot>",
  "--certificate <file>",
  "--certificate-chain <file>",
  "--trusted-root <file>",
  "--identity-token <token>",
  "--oidc-client-id <id>",
  "--oidc-client-secret-file <file>",
  "--oidc-provider <name>",
  "--oidc-redirect-url <url>",
  "--oidc-issuer <url>",
  "--fulcio-url <url>",
  "--fulcio-auth-flow <flow>",
  "--rekor-url <url>",
  "--timestamp-server-url <url>",
  "--timestamp-client-cacert <file>",
  "--timestamp-client-cert <file>",
  "--timestamp-client-key <file>",
  "--timestamp-server-name <name>",
  "--payload <file>",
  "--output-signature <file>",
  "--output-certificate <file>",
  "--output-payload <file>",
  "--attachment <name>",
  "--sign-container-identity <identity>",
  "--issue-certificate",
  "--record-creation-timestamp",
];

/** Flags that `sign` and `attest` share. */
export function declareSigningFlags(command: Command): void {
  command.requiredOption("--key <file>", "private key in cosign's format; its password is in COSIGN_PASSWORD");
  command.option("-y, --yes", "accepted for compatibility; amap never asks");
  declareBoolean(
    command,
    "--new-bundle-format",
    "store as a Sigstore bundle that refers to the image; false: under cosign's tag",
    true,
  );
  declareBoolean(command, "--tlog-upload", "as --use-signing-config: upload to a transparency log", false);
  declareBoolean(
    command,
    "--use-signing-config",
    "ask the services of the configuration that stands beside the trusted root; without it, none is asked",
    false,
  );
  command.option("--signing-config <file>", "logs and timestamp authorities that witness the signature");
  declareBoolean(command, "--oidc-disable-ambient-providers", "accepted: no identity provider is asked", false);
  declareUnsupported(command, UNSUPPORTED);
}

/**
 * How to sign and store. Only bundles are witnessed by services.
 * @throws {AmapError} NOT_SUPPORTED, SIGNING_CONFIG_INVALID, FILE_NOT_FOUND
 */
export async function signingOptionsOf(context: VerbContext, flags: Flags): Promise<SigningOptions> {
  const form = isOn(flags, "newBundleFormat") ? "bundle" : "tag";
  const signingConfig = await signingConfigOf(context, flags);
  if (signingConfig === undefined) return { forms: [form] };
  if (form === "bundle") return { forms: [form], signingConfig };
  throw new AmapError("NOT_SUPPORTED", "--signing-config: log entries and timestamps are written into bundles only", {
    hint: "Leave out --new-bundle-format=false.",
  });
}

/**
 * The configuration that is named, or the one beside the trusted root where a flag asks for it; undefined where no service
 * is asked.
 * @throws {AmapError} SIGNING_CONFIG_INVALID; OFFLINE, NOT_SUPPORTED and TRUST_REPOSITORY_… where none is named
 */
export async function signingConfigOf(
  { world, terminal }: VerbContext,
  flags: Flags,
): Promise<SigningConfig | undefined> {
  const path = textOf(flags, "signingConfig");
  if (path !== undefined && path !== "") return readSigningConfig(world, path);
  if (!isOn(flags, "tlogUpload") && !isOn(flags, "useSigningConfig")) return undefined;
  const { signingConfig, warnings } = await readDefaultSigningConfig(world);
  for (const warning of warnings) terminal.note(`warning: ${warning}`);
  return signingConfig;
}

/** `amap sign`. */
export const sign: Verb = {
  positional: ["<image...>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareSigningFlags(command);
    command
      .option("-a, --annotations <key=value>", "sign these too", collect)
      .option("-r, --recursive", "sign every platform of an index too");
    declareBoolean(command, "--upload", "only true is supported", true);
    declareUnsupported(command, ["--bundle <file>", "--registry-referrers-mode <mode>"]);
  },
  run: async (context, images, flags) => {
    const { world, terminal } = context;
    if (!isOn(flags, "upload")) throw new AmapError("NOT_SUPPORTED", "--upload=false is not supported yet");
    const options = await signingOptionsOf(context, flags);
    const annotations = pairsOf(textsOf(flags, "annotations"), "--annotations");
    const signer = await openSigner(world, requireText(flags, "key", "--key"), passwordOf(context));
    // All are opened before the first is signed: a mistyped name must not leave half of them signed.
    const targets = images.map((name) => parseImageTarget(name));
    const opened = await Promise.all(targets.map((target) => openImage(world, target)));
    const platforms = isOn(flags, "recursive") ? await Promise.all(opened.map(openPlatforms)) : [];
    for (const image of opened.flatMap((each, index) => [each, ...(platforms[index] ?? [])])) {
      await signImage(world, image, signer, {
        ...options,
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      });
      terminal.note(`Signed ${image.storage.location}@${image.descriptor.digest}`);
    }
    return 0;
  },
};
