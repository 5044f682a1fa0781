import { AmapError, digestHex, digestOf, encodeUtf8, formatTime, type Value, writeJson } from "../../base/index.ts";
import type { Sbom } from "../../metadata/index.ts";
import { nowOf } from "../sbom.ts";
import type { World } from "../world.ts";

/** The last second that a time of four digits for the year can say. */
const MAX_SECONDS = 253_402_300_799;

/**
 * The time that the environment gives for reproducible documents, SOURCE_DATE_EPOCH, as RFC 3339 in UTC; undefined where
 * it gives none.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 * @throws {AmapError} USAGE for anything but whole seconds
 */
export function sourceDateOf(world: World): string | undefined {
  const text = world.environment("SOURCE_DATE_EPOCH");
  if (text === undefined || text === "") return undefined;
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds > MAX_SECONDS) {
    throw new AmapError("USAGE", `SOURCE_DATE_EPOCH: expected whole seconds since 1970, found "${text.slice(0, 40)}"`);
  }
  return formatTime(seconds * 1000);
}

/** The time for a document that is made: the environment's, or else now. */
export function timeFor(world: World): string {
  return sourceDateOf(world) ?? nowOf(world);
}

/** A serial number by what an SBOM says: the same content has the same one (RFC 9562, version 8). */
export function serialNumberOf(sbom: Sbom): string {
  const content = { ...sbom, serialNumber: "", dependencies: [...sbom.dependencies] };
  const hex = digestHex(digestOf(encodeUtf8(writeJson(content as unknown as Value))));
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return `urn:uuid:${parts.join("-")}-${hex.slice(20, 32)}`;
}

/**
 * An SBOM that was made here as it is to be written: with SOURCE_DATE_EPOCH its time is that, and its serial number comes
 * from the content, so that the same artifact gives the same bytes.
 * @throws {AmapError} USAGE for a malformed SOURCE_DATE_EPOCH
 */
export function withSourceDate(world: World, sbom: Sbom): Sbom {
  const createdAt = sourceDateOf(world);
  if (createdAt === undefined) return sbom;
  const dated = { ...sbom, createdAt };
  return { ...dated, serialNumber: serialNumberOf(dated) };
}
