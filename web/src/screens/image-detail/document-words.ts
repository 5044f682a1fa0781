import { printable } from "../../text/printable.ts";
import type { ImageDocument } from "./vex-documents.ts";

const KINDS: Readonly<Record<ImageDocument["kind"], string>> = {
  signature: "Signature",
  sbom: "SBOM",
  scan: "Scan",
  vex: "VEX",
  provenance: "Provenance",
  attestation: "Attestation",
};

/** What a document is, in words. */
export function documentKindWords(kind: ImageDocument["kind"]): string {
  return KINDS[kind];
}

/** Who says when it was signed. */
export function timeSourceWords(source: string): string {
  return source === "self-asserted" ? "self-asserted: only the signer says so" : `time by ${printable(source)}`;
}
