import { type Bundle, decodeBundle, encodeBundleDocument, type LogEntry } from "../../attestation/index.ts";
import { AmapError, encodeHex, LIMITS } from "../../base/index.ts";
import { isOldBundle } from "../verification/old-blob.ts";
import type { World } from "../world.ts";
import { PUBLIC_LOG, readLogEntryAt } from "./log-lookup.ts";

/** A bundle of version 0.3, and what was done to make it one. */
export interface UpgradedBundle {
  readonly bytes: Uint8Array;
  /** A sentence each; empty for a bundle that was of version 0.3 already, which stays byte for byte. */
  readonly steps: readonly string[];
}

/**
 * Makes a bundle of version 0.1 or 0.2 one of 0.3, as cosign's `bundle upgrade`: the signer's certificate alone is kept of
 * a chain, and an entry with a promise alone gets its inclusion proof from the log. Nothing is verified, but that the log
 * answers with the same entry.
 * @throws {AmapError} BUNDLE_INVALID, BUNDLE_UNSUPPORTED, FILE_NOT_FOUND; TLOG_ENTRY_MISMATCH, SIGNING_SERVICE_FAILED, OFFLINE
 */
export async function upgradeBundleFile(world: World, path: string, logUrl = PUBLIC_LOG): Promise<UpgradedBundle> {
  const bytes = await world.files.read(path === "-" ? "/dev/stdin" : path, LIMITS.attachmentBytes);
  const bundle = decodeNamed(bytes, path);
  if (bundle.version === "0.3") return { bytes, steps: [] };
  const steps = [`Upgraded from version ${bundle.version} to 0.3`];
  if (bundle.material.kind === "certificate" && bundle.material.intermediates.length > 0) {
    const count = bundle.material.intermediates.length;
    steps.push(`Left out ${count} further certificates: version 0.3 holds the signer's alone`);
  }
  const logEntries: LogEntry[] = [];
  for (const entry of bundle.logEntries) {
    const isProven = entry.inclusionProof !== undefined;
    if (!isProven) steps.push(`Got the inclusion proof of entry ${entry.logIndex} from ${logUrl}`);
    logEntries.push(isProven ? entry : await proveEntry(world, entry, logUrl));
  }
  return { bytes: encodeBundleDocument({ ...bundle, logEntries }), steps };
}

/** @throws {AmapError} BUNDLE_INVALID, BUNDLE_UNSUPPORTED */
export function decodeNamed(bytes: Uint8Array, path: string): Bundle {
  const decoded = decodeBundle(bytes);
  if (decoded.ok) return decoded.value;
  if (isOldBundle(bytes)) {
    throw new AmapError("BUNDLE_UNSUPPORTED", `${path}: expected a Sigstore bundle, found cosign's old one`, {
      hint: `Make one of it with the file that was signed: \`amap bundle create --artifact FILE --bundle ${path}\`.`,
    });
  }
  const [issue] = decoded.issues;
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  throw new AmapError(issue?.code ?? "BUNDLE_INVALID", `${path}: ${place}${issue?.message ?? "malformed"}`);
}

/** The same entry with its proof. Another one at that index would be another signature's (C5). */
async function proveEntry(world: World, entry: LogEntry, logUrl: string): Promise<LogEntry> {
  const found = await readLogEntryAt(world, logUrl, entry.logIndex);
  const isSame =
    encodeHex(found.canonicalizedBody) === encodeHex(entry.canonicalizedBody) &&
    encodeHex(found.logId) === encodeHex(entry.logId) &&
    found.integratedTime === entry.integratedTime;
  if (isSame) return found;
  const message = `${logUrl}: expected the bundle's entry at index ${entry.logIndex}, found another one`;
  throw new AmapError("TLOG_ENTRY_MISMATCH", message, { hint: "Name the log that the bundle's entry is in." });
}
