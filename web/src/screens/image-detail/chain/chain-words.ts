import type { ChainKind, ChainStatus, ViewNode } from "./chain-view.ts";

/** A kind in words: one, many, and what a node of it is. */
export const KIND_WORDS: Readonly<Record<ChainKind, { one: string; many: string; meaning: string }>> = {
  source: { one: "Source", many: "sources", meaning: "The source commit that the build says it was made from." },
  build: { one: "Build", many: "builds", meaning: "The build that made the image." },
  image: { one: "Image", many: "images", meaning: "The image itself, by its digest." },
  platform: { one: "Platform", many: "platforms", meaning: "The image for one operating system and architecture." },
  signature: { one: "Signature", many: "signatures", meaning: "A signature over the image." },
  sbom: { one: "SBOM", many: "SBOMs", meaning: "A signed list of what the image is made of." },
  scan: { one: "Scan", many: "scans", meaning: "A signed report of the vulnerabilities found." },
  vex: { one: "VEX", many: "VEX documents", meaning: "Signed statements about whether vulnerabilities matter." },
  provenance: { one: "Provenance", many: "provenance documents", meaning: "A signed account of how it was built." },
  attestation: { one: "Attestation", many: "attestations", meaning: "A signed document of a type amap does not read." },
  workload: { one: "Workload", many: "workloads", meaning: "A Kubernetes resource that runs the image." },
};

/** A status in words. */
export const STATUS_WORDS: Readonly<Record<ChainStatus, { word: string; meaning: string }>> = {
  verified: { word: "Verified", meaning: "The digest or the signature was checked and holds." },
  rejected: { word: "Rejected", meaning: "It does not count: its signature does not hold or nobody trusted made it." },
  unreadable: { word: "Unreadable", meaning: "The signature holds, the document cannot be read." },
  stated: { word: "Stated", meaning: "A verified document says so; nothing else proves it." },
  allowed: { word: "Allowed", meaning: "The policies let it run." },
  denied: { word: "Denied", meaning: "A policy denies it." },
};

/** What a node is called: its label, or how many it stands for. */
export function titleOf(node: ViewNode): string {
  return node.members === undefined ? node.label : `${node.members.length} ${KIND_WORDS[node.kind].many}`;
}

/** What a screen reader says of a node: the words that are drawn, in their order, so that speech can name it. */
export function speakNode(node: ViewNode, title: string): string {
  const more = node.members === undefined ? "" : ", a group";
  return `${KIND_WORDS[node.kind].one} ${title} ${STATUS_WORDS[node.status].word}${more}`;
}
