import type { RouteResponse } from "../../../../src/api/index.ts";

/** An image as the list gives it. */
export type ImageSummary = RouteResponse<"GET /api/v1/images">["items"][number];

/** How an image stands in one of the four quadrants. */
export interface Quadrant {
  readonly name: "Artifact" | "Metadata" | "Attestations" | "Policies";
  readonly state: "good" | "partly" | "bad" | "unknown";
  /** Why, in words. */
  readonly words: string;
}

/** The four quadrants of an image: whether it runs, is described, is proven, is allowed. */
export function quadrantsOf(image: ImageSummary): readonly Quadrant[] {
  return [artifactOf(image), metadataOf(image), attestationsOf(image), policiesOf(image)];
}

function artifactOf({ running, tags }: ImageSummary): Quadrant {
  const names = tags.length === 0 ? "no tag" : countOf(tags.length, "tag");
  if (running === 0) return { name: "Artifact", state: "unknown", words: `no resource names it, ${names}` };
  return { name: "Artifact", state: "good", words: `named by ${countOf(running, "resource")}, ${names}` };
}

/** A scan counts for a day, by the clock of the look at the image. */
const FRESH_MS = 86_400_000;

function metadataOf({ sbom, scannedAt, vex, observedAt }: ImageSummary): Quadrant {
  const isFresh = scannedAt !== undefined && Date.parse(observedAt) - Date.parse(scannedAt) <= FRESH_MS;
  const has = [sbom !== undefined, isFresh];
  const words = [
    sbom === undefined ? "no verified SBOM" : `SBOM ${sbom}`,
    scannedAt === undefined ? "never scanned" : isFresh ? "scanned" : "scanned more than 24 hours before the last look",
    vex ? "VEX statements" : "no VEX statements",
  ].join(", ");
  return { name: "Metadata", state: stateOf(has), words };
}

function attestationsOf({ signed, provenance, rejected }: ImageSummary): Quadrant {
  const state = stateOf([signed, provenance]);
  const words = [
    signed ? "signed" : "not signed",
    provenance ? "provenance" : "no provenance",
    ...(rejected === 0 ? [] : [`${countOf(rejected, "document")} rejected`]),
  ].join(", ");
  return { name: "Attestations", state: state === "good" && rejected > 0 ? "partly" : state, words };
}

function policiesOf({ verdict }: ImageSummary): Quadrant {
  if (verdict === "unknown") return { name: "Policies", state: "unknown", words: "not judged yet" };
  return { name: "Policies", state: verdict === "allowed" ? "good" : "bad", words: verdict };
}

function stateOf(has: readonly boolean[]): Quadrant["state"] {
  if (has.every(Boolean)) return "good";
  return has.some(Boolean) ? "partly" : "bad";
}

function countOf(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? "" : "s"}`;
}
