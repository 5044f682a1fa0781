import { encodeSimpleSigning } from "../../attestation/index.ts";
import type { OpenImage } from "../open-image.ts";

/** The simple signing payload of an image, byte for byte as cosign's `generate` prints it. */
export function simpleSigningPayloadOf(
  { storage, descriptor }: Pick<OpenImage, "storage" | "descriptor">,
  annotations: Readonly<Record<string, string>>,
): Uint8Array {
  return encodeSimpleSigning({
    dockerReference: storage.repository,
    digest: descriptor.digest,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  });
}
