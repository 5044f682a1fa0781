import {
  decodeKeyRing,
  encodeKeyRing,
  type KeyRing,
  type KeyRingTrust,
  type KeyRingUse,
  toVerifierTrust,
} from "../../attestation/index.ts";
import { AmapError, isAmapError, LIMITS } from "../../base/index.ts";
import { compileTextPattern } from "../../policy/index.ts";
import type { World } from "../world.ts";

/**
 * Reads a key ring. Its patterns are compiled here, too, so that a wrong one shows before anything is verified by it.
 * @throws {AmapError} FILE_NOT_FOUND, LIMIT_EXCEEDED, KEY_RING_INVALID with the file's name
 */
export async function readKeyRing(world: World, path: string): Promise<KeyRing> {
  return decodeNamed(await world.files.read(path, LIMITS.keyRingBytes), path);
}

/**
 * Writes a key ring as it will be read again; with `overwrite` false a file that is there is refused.
 * @throws {AmapError} KEY_RING_INVALID for a ring that would not be read, USAGE (already there), FILE_…
 */
export async function writeKeyRing(
  world: World,
  path: string,
  ring: KeyRing,
  options: { readonly overwrite: boolean },
): Promise<void> {
  const bytes = encodeKeyRing(ring);
  decodeNamed(bytes, path);
  await world.files.write(path, bytes, options);
}

/**
 * Whom a verifier trusts by a ring at a time; without a use, whatever each entry is for.
 * @throws {AmapError} KEY_RING_INVALID for a pattern
 */
export function trustOfKeyRing(ring: KeyRing, now: number, use?: KeyRingUse): KeyRingTrust {
  return toVerifierTrust(ring, { now, compilePattern: compileNamed, ...(use === undefined ? {} : { use }) });
}

function decodeNamed(bytes: Uint8Array, path: string): KeyRing {
  const decoded = decodeKeyRing(bytes);
  if (decoded.ok) {
    trustOfKeyRing(decoded.value, 0);
    return decoded.value;
  }
  const [issue, ...others] = decoded.issues;
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  throw new AmapError("KEY_RING_INVALID", `${path}: ${place}${issue?.message ?? "malformed"}${more}`, {
    details: { issues: decoded.issues.slice(0, 100) },
  });
}

function compileNamed(pattern: string): (text: string) => boolean {
  try {
    return compileTextPattern(pattern);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new AmapError("KEY_RING_INVALID", `a pattern of the ring: ${error.message}`, { cause: error });
  }
}
