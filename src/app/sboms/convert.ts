import { AmapError, concatBytes, encodeUtf8, type Value, writeJson } from "../../base/index.ts";
import {
  type DecodedSbom,
  type Loss,
  SBOM_FORMS,
  type Sbom,
  type SbomForm,
  type SbomStream,
  streamSbom,
} from "../../metadata/index.ts";
import type { World } from "../world.ts";
import { serialNumberOf, timeFor } from "./identity.ts";

/** A form with the version to write, and where: `cyclonedx-json@1.5=bom.json`. */
export interface SbomTarget {
  readonly form: SbomForm;
  readonly version: string;
  /** Left out where no file is named. */
  readonly file?: string;
}

/** An SBOM in another form. */
export interface ConvertedSbom {
  readonly bytes: Uint8Array;
  /** What it does not say as the SBOM did, sorted by path. */
  readonly losses: readonly Loss[];
}

/**
 * Reads `FORM[@VERSION][=FILE]`, the form by a name of SBOM_FORMS.
 * @throws {AmapError} USAGE for a form that there is not, NOT_SUPPORTED for a version that is not written
 */
export function parseSbomTarget(text: string): SbomTarget {
  const equals = text.indexOf("=");
  const named = equals === -1 ? text : text.slice(0, equals);
  const file = equals === -1 ? undefined : text.slice(equals + 1);
  const [id = "", version] = named.split("@", 2);
  const form = SBOM_FORMS.find((each) => each.id === id && each.writes.length > 0);
  if (form === undefined) {
    const known = SBOM_FORMS.filter(({ writes }) => writes.length > 0).map((each) => each.id);
    throw new AmapError("USAGE", `expected a form of SBOMs (${known.join(", ")}), found "${id.slice(0, 40)}"`);
  }
  if (file === "") throw new AmapError("USAGE", `${named}=: expected the name of a file behind the equals sign`);
  if (version !== undefined && !form.writes.includes(version)) {
    const message = `${form.id} in version "${version.slice(0, 20)}"; amap writes ${form.writes.join(", ")}`;
    throw new AmapError("NOT_SUPPORTED", message);
  }
  return { form, version: version ?? form.version, ...(file === undefined ? {} : { file }) };
}

/**
 * Writes an SBOM that was read in another form, or another version. A document without the time or serial number that the
 * target demands gets them, which is told as changed: the time is SOURCE_DATE_EPOCH or now, the serial number comes from
 * the content.
 * @throws {AmapError} USAGE for a malformed SOURCE_DATE_EPOCH; VALUE_INVALID for what the target cannot say
 */
export function convertSbom(world: World, decoded: DecodedSbom, target: SbomTarget): ConvertedSbom {
  const { chunks, losses } = streamConversion(world, decoded, target);
  return { bytes: concatBytes([...chunks]), losses: losses() };
}

/**
 * {@link convertSbom} piece by piece, for large SBOMs: the losses are to be asked for when all chunks were taken.
 * @throws {AmapError} as `convertSbom`, also when a chunk is asked for
 */
export function streamConversion(world: World, decoded: DecodedSbom, { form, version }: SbomTarget): SbomStream {
  const isOther = form.format !== decoded.format || version !== decoded.specVersion;
  const completed = isOther ? complete(world, decoded.sbom, form) : { sbom: decoded.sbom, losses: [] };
  const { chunks, losses } = streamSbom(completed.sbom, form.id, version);
  return { chunks, losses: () => [...completed.losses, ...losses()] };
}

/** CycloneDX demands neither of the two. */
function complete(world: World, sbom: Sbom, { format, id }: SbomForm): { sbom: Sbom; losses: readonly Loss[] } {
  if (format === "CycloneDX") return { sbom, losses: [] };
  const losses: Loss[] = [];
  const tell = (path: string, what: string): void => {
    const reason = `the document states no ${what}, which ${id} demands`;
    losses.push({ path, count: 1, outcome: "changed", reason });
  };
  let whole = sbom;
  if (whole.createdAt === "") {
    whole = { ...whole, createdAt: timeFor(world) };
    tell("createdAt", "time");
  }
  if (whole.serialNumber === "") {
    whole = { ...whole, serialNumber: serialNumberOf(whole) };
    tell("serialNumber", "serial number or namespace");
  }
  return { sbom: whole, losses };
}

/** Whether a conversion says less than the document did, or something else. */
export function isLossy(losses: readonly Loss[]): boolean {
  return losses.some(({ outcome }) => outcome !== "kept");
}

/** The loss report as JSON bytes. */
export function encodeLosses(losses: readonly Loss[]): Uint8Array {
  return encodeUtf8(`${writeJson({ losses } as unknown as Value, { indent: 2 })}\n`);
}
