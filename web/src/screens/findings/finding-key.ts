import { addressText, imageName } from "../../text/names.ts";
import type { Finding } from "./vex-words.ts";

/** What tells a finding from all others. */
export interface FindingName {
  readonly image: string;
  readonly vulnerability: string;
  readonly purl: string;
}

/** A finding's name for the address: its parts percent-encoded, so that no name can look like two. */
export function findingKey(finding: Finding): string {
  return [imageName(finding), finding.vulnerability, finding.purl]
    .map((part) => encodeURIComponent(addressText(part)))
    .join(",");
}

/** The other way; undefined for what is not a finding's name. */
export function readFindingKey(key: string): FindingName | undefined {
  try {
    const [image, vulnerability, purl, ...rest] = key.split(",").map(decodeURIComponent);
    if (image === undefined || vulnerability === undefined || purl === undefined || rest.length > 0) return undefined;
    return { image, vulnerability, purl };
  } catch {
    return undefined;
  }
}
