import {
  describeEntry,
  type KeyRing,
  type KeyRingChange,
  type KeyRingPreview,
  keyRingValue,
  type PreviewedEvidence,
} from "../../app/index.ts";
import { formatTime, type Value, writeJson, writeYaml } from "../../base/index.ts";
import { type Cell, layOutTable } from "../../report/index.ts";
import type { Terminal } from "../terminal.ts";

/** How the verbs of key rings write. */
export type KeyRingOutput = "table" | "json" | "yaml";

type Screen = Pick<Terminal, "paint" | "width">;

/** A ring, each entry with how it stands at a time (milliseconds since 1970). */
export function writeRing(ring: KeyRing, now: number, output: KeyRingOutput, { paint, width }: Screen): string {
  if (output !== "table") return writeValue(keyRingValue(ring, now), output);
  const entries = [...ring.keys, ...ring.identities].map((entry) => describeEntry(entry, now));
  if (entries.length === 0) return "the ring is empty: it trusts nobody\n";
  const paints = { "in use": paint.good, compromised: paint.bad } as const;
  const rows = entries.map(({ name, status, signer, time, usage }): Cell[] => [
    { text: status, paint: status in paints ? paints[status as keyof typeof paints] : paint.dim },
    { text: name },
    { text: time },
    { text: usage },
    { text: signer },
  ]);
  return `${layOutTable(rows, width)}\n`;
}

/** What a change would do: what would stop verifying, or all that verifies. */
export function writePreview(
  preview: KeyRingPreview,
  change: Pick<KeyRingChange, "path" | "summary" | "effectiveAt">,
  options: { readonly output: KeyRingOutput; readonly shows: "stopping" | "all"; readonly terminal: Screen },
): string {
  const { output, shows, terminal } = options;
  if (output !== "table") return writeValue(previewToValue(preview, change), output);
  const { evidence, refused, notLookedAt } = preview;
  const stopping = evidence.filter(({ stops }) => stops !== undefined);
  const { paint, width } = terminal;
  const shown = shows === "all" ? evidence : stopping;
  const rows = [
    ...shown.map((each): Cell[] => [
      each.stops === undefined ? { text: "verifies", paint: paint.good } : { text: "stops", paint: paint.bad },
      { text: each.signer.name },
      { text: describeEvidence(each) },
    ]),
    ...(shows === "all" ? refused : []).map((each): Cell[] => [
      { text: "refused", paint: paint.warn },
      { text: each.code },
      { text: `${each.where}: ${each.message}` },
    ]),
    ...notLookedAt.map((each): Cell[] => [
      { text: "not looked at", paint: paint.bad },
      { text: each.code },
      { text: `${each.where}: ${each.message}` },
    ]),
  ];
  const table = rows.length === 0 ? "" : `${layOutTable(rows, width)}\n`;
  return `${change.summary}\n${table}${summarize(preview, stopping.length)}\n`;
}

function describeEvidence({ where, kind, predicateType, signedTime, stops }: PreviewedEvidence): string {
  const what = predicateType === undefined ? kind : `${kind} ${predicateType}`;
  const by = signedTime.by === undefined ? signedTime.source : `${signedTime.source} ${signedTime.by}`;
  const time = `signed ${signedTime.at ?? "at an unknown time"} (${by})`;
  const why = stops === undefined ? "" : `; ${stops.code}: ${stops.message}; ${stops.remedy}`;
  return `${where}: ${what}, ${time}${why}`;
}

function summarize(preview: KeyRingPreview, stopping: number): string {
  const { evidence, refused, notLookedAt, lookedAt } = preview;
  const places = [
    ...(lookedAt.images === 0 ? [] : [`${countOf(lookedAt.images, "image")} (${countOf(lookedAt.digests, "digest")})`]),
    ...(lookedAt.bundles === 0 ? [] : [countOf(lookedAt.bundles, "bundle")]),
  ];
  const looked = `looked at ${places.length === 0 ? "nothing" : places.join(" and ")}`;
  const counts = `${evidence.length} signatures and attestations verify now, ${refused.length} do not`;
  if (notLookedAt.length > 0) {
    const known = `${stopping} of those that were looked at would stop verifying`;
    return `${looked}: ${counts}; ${known}, and ${notLookedAt.length} could not be looked at`;
  }
  const verdict = stopping === 0 ? "nothing would stop verifying" : `${stopping} would stop verifying`;
  return `${looked}: ${counts}; ${verdict}`;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function previewToValue(
  { evidence, refused, notLookedAt, lookedAt }: KeyRingPreview,
  { path, summary, effectiveAt }: Pick<KeyRingChange, "path" | "summary" | "effectiveAt">,
): Value {
  const stopping = evidence.filter(({ stops }) => stops !== undefined).length;
  return {
    keyRing: path,
    change: summary,
    lookedAtTime: formatTime(effectiveAt),
    stopping,
    evidence: evidence.map((each) => ({ ...each, status: each.stops === undefined ? "verifies" : "stops" })),
    refused,
    notLookedAt,
    lookedAt,
  } as unknown as Value;
}

function writeValue(value: Value, output: "json" | "yaml"): string {
  return output === "yaml" ? writeYaml(value) : `${writeJson(value, { indent: 2 })}\n`;
}
