import type { Command } from "commander";
import type { World } from "../../app/index.ts";
import { AmapError, formatTime } from "../../base/index.ts";
import { isOn } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

const OWNER_ONLY = 0o600;

/** Writes a file that only its owner can read, as cosign does for all that it signs. */
export function writeOwnerOnly({ files }: World, path: string, bytes: Uint8Array): Promise<void> {
  return files.write(path, bytes, { mode: OWNER_ONLY });
}

/** `--record-creation-timestamp`. */
export function declareRecordedTime(command: Command): void {
  command.option(
    "--record-creation-timestamp",
    "write the time, or SOURCE_DATE_EPOCH, into what stands under cosign's tag; bundles always state it",
  );
}

/**
 * The time that is recorded, RFC 3339; undefined where none is.
 * @throws {AmapError} USAGE for a SOURCE_DATE_EPOCH that is no number of seconds
 */
export function recordedTimeOf({ world, env }: VerbContext, flags: Flags): string | undefined {
  if (!isOn(flags, "recordCreationTimestamp")) return undefined;
  const epoch = env["SOURCE_DATE_EPOCH"] ?? "";
  if (epoch === "") return formatTime(Math.floor(world.clock.now() / 1000) * 1000);
  const seconds = /^-?\d{1,12}$/.test(epoch) ? Number(epoch) : Number.NaN;
  if (Number.isSafeInteger(seconds) && seconds <= LAST_SECOND) return formatTime(seconds * 1000);
  throw new AmapError("USAGE", `SOURCE_DATE_EPOCH: expected seconds since 1970, found "${epoch.slice(0, 40)}"`, {
    hint: "Set it to a number such as 1767225600, or unset it.",
  });
}

/** 9999-12-31T23:59:59Z, behind which RFC 3339 ends. */
const LAST_SECOND = 253_402_300_799;
