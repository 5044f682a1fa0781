import { AmapError, encodeUtf8, LIMITS, readYaml, type Value, writeJson } from "../../base/index.ts";
import {
  compareSboms,
  type DecodedSbom,
  type Enrichment,
  type EnrichRules,
  enrichFromSbom,
  enrichSbom,
  isSame,
  type Loss,
  type MergeConflict,
  type MergeOptions,
  mergeSboms,
  readEnrichRules,
  SBOM_FORMS,
  type Sbom,
  type SbomDifference,
} from "../../metadata/index.ts";
import { createUuid, type Tool } from "../sbom.ts";
import { readNamed } from "../scan.ts";
import type { World } from "../world.ts";
import { convertSbom, type SbomTarget } from "./convert.ts";
import { timeFor, withSourceDate } from "./identity.ts";
import { readSbomFile, type SbomFile } from "./sbom-file.ts";
import { parseSearchQuery, type SearchHit, searchSbom } from "./search.ts";

/** Two SBOMs, compared. */
export interface ComparedSboms {
  readonly difference: SbomDifference;
  readonly isSame: boolean;
}

/**
 * Compares two files with SBOMs, of whatever forms.
 * @throws {AmapError} as `readSbomFile`
 */
export async function compareSbomFiles(world: World, before: string, after: string): Promise<ComparedSboms> {
  const [old, fresh] = [await readSbomFile(world, before), await readSbomFile(world, after)];
  const difference = compareSboms(old.decoded.sbom, fresh.decoded.sbom);
  return { difference, isSame: isSame(difference) };
}

/** A merged SBOM, as it is written. */
export interface MergedFiles {
  readonly bytes: Uint8Array;
  readonly conflicts: readonly MergeConflict[];
  /** All conflicts as JSON. */
  readonly conflictReport: Uint8Array;
}

/**
 * Makes one SBOM of several files. With SOURCE_DATE_EPOCH the same files give the same bytes.
 * @throws {AmapError} as `readSbomFile`; LIMIT_EXCEEDED
 */
export async function mergeSbomFiles(
  world: World,
  paths: readonly string[],
  target: SbomTarget,
  { subject, order, tool }: Pick<MergeOptions, "subject" | "order"> & { readonly tool: Tool },
): Promise<MergedFiles> {
  const inputs: { readonly name: string; readonly sbom: Sbom }[] = [];
  for (const path of paths) inputs.push({ name: path, sbom: (await readSbomFile(world, path)).decoded.sbom });
  const serialNumber = `urn:uuid:${createUuid(world)}`;
  const options = { subject, order, createdAt: timeFor(world), serialNumber, tools: [tool] };
  const { sbom, conflicts } = mergeSboms(inputs, options);
  const decoded = { format: target.form.format, specVersion: "", sbom: withSourceDate(world, sbom), problems: [] };
  const { bytes } = convertSbom(world, decoded, target);
  return { bytes, conflicts, conflictReport: toJson({ conflicts }) };
}

function toJson(value: unknown): Uint8Array {
  return encodeUtf8(`${writeJson(value as Value, { indent: 2 })}\n`);
}

/** What to fill an SBOM from. */
export interface EnrichSources {
  /** Files with rules. */
  readonly rules: readonly string[];
  /** Files with other SBOMs. */
  readonly from: readonly string[];
  /** As the SBOM itself is when left out. */
  readonly target?: SbomTarget;
}

/** An SBOM with what was filled. */
export interface EnrichedFile {
  readonly bytes: Uint8Array;
  readonly filled: readonly Enrichment[];
  readonly losses: readonly Loss[];
}

/**
 * Fills what an SBOM does not state, by rules first and then from other SBOMs.
 * @throws {AmapError} as `readSbomFile`; YAML_INVALID and DOCUMENT_INVALID for rules
 */
export async function enrichSbomFile(world: World, path: string, sources: EnrichSources): Promise<EnrichedFile> {
  const file = await readSbomFile(world, path);
  const filled: Enrichment[] = [];
  let { sbom } = file.decoded;
  for (const rules of sources.rules) {
    const made = enrichSbom(sbom, await readRulesFile(world, rules));
    sbom = made.sbom;
    filled.push(...made.filled);
  }
  for (const other of sources.from) {
    const made = enrichFromSbom(sbom, (await readSbomFile(world, other)).decoded.sbom, other);
    sbom = made.sbom;
    filled.push(...made.filled);
  }
  const decoded: DecodedSbom = { ...file.decoded, sbom };
  return { ...convertSbom(world, decoded, sources.target ?? ownTarget(file)), filled };
}

/** The form and version that a file has, or the nearest that amap writes. */
function ownTarget({ bytes, decoded }: SbomFile): SbomTarget {
  const start = new TextDecoder().decode(bytes.subarray(0, 4096)).trimStart();
  const ending = start.startsWith("{")
    ? "json"
    : start.startsWith("<")
      ? "xml"
      : /^SPDXVersion:/m.test(start)
        ? "tag-value"
        : "yaml";
  const written = SBOM_FORMS.filter(({ format, writes }) => format === decoded.format && writes.length > 0);
  const fits = written.filter(({ writes }) => writes.includes(decoded.specVersion));
  const form = fits.find(({ id }) => id.endsWith(ending)) ?? fits[0] ?? written[0];
  if (form === undefined) {
    throw new AmapError("NOT_SUPPORTED", `${decoded.format} is not written`, { hint: "Name a form with -o." });
  }
  return { form, version: form.writes.includes(decoded.specVersion) ? decoded.specVersion : form.version };
}

async function readRulesFile(world: World, path: string): Promise<EnrichRules> {
  const bytes = await world.files.read(path, LIMITS.documentBytes);
  const documents = readNamed(path, () => readYaml(bytes));
  const [document] = documents;
  if (document === undefined || documents.length > 1) {
    throw new AmapError("DOCUMENT_INVALID", `${path}: expected one document with rules, found ${documents.length}`);
  }
  const read = readEnrichRules(document, path.slice(path.lastIndexOf("/") + 1));
  if (read.ok) return read.value;
  const [first] = read.issues;
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${first?.path ?? ""}: ${first?.message ?? ""}`, {
    details: { issues: read.issues },
  });
}

/** What a search found, and where it could not look. */
export interface SearchResult {
  readonly hits: readonly SearchHit[];
  /** SBOMs that were read. */
  readonly searched: number;
  readonly notSearched: readonly { readonly path: string; readonly reason: string }[];
}

/** How files are called that may be SBOMs; in a folder others are not looked into. */
export const SBOM_ENDING = /\.(?:json|xml|ya?ml|spdx|jsonld)$/i;

/**
 * Searches files with SBOMs, and folders with all below them. A file that was named and is no SBOM is an error; one in a
 * folder is told as not searched.
 * @throws {AmapError} USAGE for a query; as `readSbomFile` for a file that was named
 */
export async function searchSbomFiles(world: World, query: string, places: readonly string[]): Promise<SearchResult> {
  const find = parseSearchQuery(query);
  const hits: SearchHit[] = [];
  const notSearched: { path: string; reason: string }[] = [];
  let searched = 0;
  const search = async (path: string): Promise<void> => {
    const { decoded } = await readSbomFile(world, path === "-" ? "/dev/stdin" : path);
    hits.push(...searchSbom(decoded.sbom, find, path));
    searched++;
  };
  for (const place of places) {
    if (place === "-" || (await world.files.kindOf(place, { followLinks: true })) !== "directory") {
      await search(place);
      continue;
    }
    for (const { path } of await world.files.list(place, LIMITS.layerEntries)) {
      if (!SBOM_ENDING.test(path)) continue;
      const full = `${place.replace(/\/+$/, "")}/${path}`;
      try {
        await search(full);
      } catch (error) {
        if (!(error instanceof AmapError)) throw error;
        notSearched.push({ path: full, reason: error.message });
      }
    }
  }
  return { hits, searched, notSearched };
}
