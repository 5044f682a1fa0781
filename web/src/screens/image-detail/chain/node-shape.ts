import { NODE_HEIGHT as H, NODE_WIDTH as W } from "./chain-layout.ts";
import type { ChainKind } from "./chain-view.ts";

type Family = "step" | "artifact" | "document" | "workload";

const FAMILIES: Readonly<Record<ChainKind, Family>> = {
  source: "step",
  build: "step",
  image: "artifact",
  platform: "artifact",
  signature: "document",
  sbom: "document",
  scan: "document",
  vex: "document",
  provenance: "document",
  attestation: "document",
  workload: "workload",
};

/** Outlines from the upper left corner: pill, box with pointed ends, sheet with a cut corner, box. */
const OUTLINES: Readonly<Record<Family, string>> = {
  step: `M 20 0 H ${W - 20} a 20 20 0 0 1 20 20 V ${H - 20} a 20 20 0 0 1 -20 20 H 20 a 20 20 0 0 1 -20 -20 V 20 a 20 20 0 0 1 20 -20 Z`,
  artifact: `M 10 0 H ${W - 10} L ${W} ${H / 2} L ${W - 10} ${H} H 10 L 0 ${H / 2} Z`,
  document: `M 0 0 H ${W - 16} L ${W} 16 V ${H} H 0 Z M ${W - 16} 0 V 16 H ${W}`,
  workload: `M 6 0 H ${W - 6} a 6 6 0 0 1 6 6 V ${H - 6} a 6 6 0 0 1 -6 6 H 6 a 6 6 0 0 1 -6 -6 V 6 a 6 6 0 0 1 6 -6 Z`,
};

/** The outline of a node of a kind, as an SVG path. */
export function outlineOf(kind: ChainKind): string {
  return OUTLINES[FAMILIES[kind]];
}
