import { LIMITS } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import { type PemBlock, pemBlocks } from "./pem.ts";

/**
 * The first block of a PEM text.
 * @throws {CelError} invalid_argument when there is none, or for a text that is too large
 */
export function readCertificatePem(name: string, text: string): PemBlock {
  if (text.length > LIMITS.expressionPemBytes) {
    throw new CelError("invalid_argument", `${name}: the PEM text is larger than ${LIMITS.expressionPemBytes} bytes`);
  }
  for (const block of pemBlocks(text)) return block;
  throw new CelError("invalid_argument", `${name}: the text holds no PEM block`);
}
