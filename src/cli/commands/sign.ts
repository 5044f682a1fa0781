import type { Command } from "commander";
import {
  openImage,
  openPlatforms,
  openSigner,
  parseImageTarget,
  type StorageForm,
  signImage,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { collect, declareBoolean, declareUnsupported, isOn, pairsOf, requireText, textsOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb } from "../verb.ts";
import { passwordOf } from "./keys.ts";

/** cosign's signing flags that need a service amap does not speak to yet. */
const UNSUPPORTED = [
  "--sk",
  "--slot <slot>",
  "--certificate <file>",
  "--certificate-chain <file>",
  "--signing-config <file>",
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
  declareBoolean(command, "--tlog-upload", "upload to a transparency log; only false is supported", false);
  declareBoolean(
    command,
    "--use-signing-config",
    "take services from a signing configuration; only false is supported",
    false,
  );
  declareUnsupported(command, UNSUPPORTED);
}

/** Which form to store in; a flag that asks for a log or a signing configuration is refused. */
export function storageFormsOf(flags: Flags): readonly StorageForm[] {
  if (isOn(flags, "tlogUpload"))
    throw new AmapError("NOT_SUPPORTED", "--tlog-upload: amap does not write to a transparency log yet");
  if (isOn(flags, "useSigningConfig"))
    throw new AmapError("NOT_SUPPORTED", "--use-signing-config: amap reads no signing configuration yet");
  return [isOn(flags, "newBundleFormat") ? "bundle" : "tag"];
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
  },
  run: async (context, images, flags) => {
    const { world, terminal } = context;
    const forms = storageFormsOf(flags);
    const annotations = pairsOf(textsOf(flags, "annotations"), "--annotations");
    const signer = await openSigner(world, requireText(flags, "key", "--key"), passwordOf(context));
    // All are opened before the first is signed: a mistyped name must not leave half of them signed.
    const targets = images.map((name) => parseImageTarget(name));
    const opened = await Promise.all(targets.map((target) => openImage(world, target)));
    const platforms = isOn(flags, "recursive") ? await Promise.all(opened.map(openPlatforms)) : [];
    for (const image of opened.flatMap((each, index) => [each, ...(platforms[index] ?? [])])) {
      await signImage(world, image, signer, {
        forms,
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      });
      terminal.note(`Signed ${image.storage.location}@${image.descriptor.digest}`);
    }
    return 0;
  },
};
