/** The tables of the comparison, as Markdown. */
import type { Compared, DifferenceRule, Listing } from "./compare.ts";
import type { LabComparison, LabImage } from "./lab.ts";
import type { Measured } from "./speed.ts";

interface Result {
  readonly input: { readonly name: string; readonly what: string };
  readonly compared: Compared;
  readonly amap: Measured;
  readonly peer: Measured;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Components by input and package URL type. */
export function countTable(results: readonly Result[]): string {
  const rows = results.flatMap(({ input, compared }) =>
    [...compared.counts].map(([type, { both, onlyAmap, onlyPeer }]) => [
      input.name,
      type,
      both + onlyAmap,
      both + onlyPeer,
      both,
      onlyAmap,
      onlyPeer,
    ]),
  );
  return table(["input", "type", "amap", "syft", "same", "only amap", "only syft"], rows);
}

/** How many differences each rule explains, by input. */
export function ruleTable(results: readonly Result[], rules: readonly DifferenceRule[]): string {
  const countOf = ({ compared }: Result, id: string): number => compared.explained.get(id)?.length ?? 0;
  const rows = rules
    .map((rule) => ({ rule, counts: results.map((result) => countOf(result, rule.id)) }))
    .filter(({ counts }) => counts.some((count) => count > 0))
    .map(({ rule: { id, right, why }, counts }) => [id, ...counts, right === "peer" ? "syft" : right, why]);
  const unexplained = results.map(({ compared }) => compared.unexplained.length);
  const names = results.map(({ input }) => input.name);
  return table(["cause", ...names, "right", "why"], [...rows, ["unexplained", ...unexplained, "", ""]]);
}

/** How many archives have Maven's own name, by each program. */
export function exactNames(
  { compared }: Result,
  archives: readonly string[],
  names: ReadonlyMap<string, string>,
): string {
  const known = archives.filter((file) => names.has(file));
  const count = (of: Listing): number => {
    const listed = new Set([...of.values()].map(({ name, version }) => `${name.replace("/", ":")}:${version}`));
    return known.filter((file) => listed.has(names.get(file) ?? "")).length;
  };
  const { amap, peer } = compared.listings;
  return `Archives that have the coordinates that Maven itself gives: amap ${count(amap)}, syft ${count(peer)} of ${known.length}.`;
}

/** Time and memory. */
export function speedTable(results: readonly Result[]): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  const rows = results.map(({ input, amap, peer }) => [
    `${input.name}: ${input.what}`,
    amap.runs,
    seconds(amap.wallMs),
    seconds(peer.wallMs),
    (peer.wallMs / amap.wallMs).toFixed(1),
    seconds(amap.cpuMs),
    seconds(peer.cpuMs),
    (peer.cpuMs / amap.cpuMs).toFixed(1),
    amap.peakMiB.toFixed(0),
    peer.peakMiB.toFixed(0),
    (peer.peakMiB / amap.peakMiB).toFixed(1),
    peer.wallMs >= 2 * amap.wallMs && peer.peakMiB > amap.peakMiB ? "yes" : "no",
  ]);
  const head = [
    "wall s, amap",
    "syft",
    "times",
    "processor s, amap",
    "syft",
    "times",
    "peak MiB, amap",
    "syft",
    "times",
  ];
  return table(["input", "runs", ...head, "twice as fast with less memory"], rows);
}

/** What the conversion of a large document costs. */
export function conversionTable(rows: readonly { readonly to: string; readonly measured: Measured }[]): string {
  const made = rows.map(({ to, measured }) => [
    to,
    measured.runs,
    (measured.wallMs / 1000).toFixed(2),
    (measured.cpuMs / 1000).toFixed(2),
    measured.peakMiB.toFixed(0),
  ]);
  const head = table(["to", "runs", "wall s", "processor s", "peak MiB (aim: under 200)"], made);
  return `\n## Conversion of 30,000 components of CycloneDX 1.6 JSON\n\n${head}`;
}

/** The lab's images: what each program lists, and why they differ from syft. */
export function labTable(
  images: readonly LabImage[],
  compared: readonly LabComparison[],
  rules: readonly DifferenceRule[],
): string {
  const tools = ["syft", "trivy", "bom", "tern"];
  const rows = images.map(({ image, listings }) => [image, ...tools.map((tool) => typesOf(listings.get(tool)))]);
  const peers = tools.slice(1);
  const countOf = (peer: string, count: (each: LabComparison) => number): number =>
    compared.filter((each) => each.peer === peer).reduce((sum, each) => sum + count(each), 0);
  const causes = rules
    .map((rule) => [
      rule.id,
      ...peers.map((peer) => countOf(peer, ({ explained }) => explained.get(rule.id)?.length ?? 0)),
      rule.why,
    ])
    .filter((row) => row.slice(1, 1 + peers.length).some((count) => Number(count) > 0));
  const same = ["same components", ...peers.map((peer) => countOf(peer, (each) => each.same)), ""];
  const left = ["unexplained", ...peers.map((peer) => countOf(peer, ({ unexplained }) => unexplained.length)), ""];
  const found = `## Lab SBOMs, as amap reads them\n\n${table(["image", ...tools], rows)}`;
  return `\n${found}\n\nEach beside syft's:\n\n${table(["cause", ...peers, "why"], [same, ...causes, left])}`;
}

function typesOf(listing: Listing | undefined): string {
  if (listing === undefined) return "–";
  const types = Map.groupBy(listing.values(), ({ type }) => type);
  return [...types].map(([type, listed]) => `${type} ${listed.length}`).join(", ");
}
