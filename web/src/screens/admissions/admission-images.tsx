import type { RouteResponse } from "../../../../src/api/index.ts";
import { Digest } from "../../parts/digest.tsx";
import { type Column, PlainTable } from "../../parts/plain-table.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { LongText, Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { printable } from "../../text/printable.ts";

type Image = RouteResponse<"GET /api/v1/admissions/:id">["decision"]["images"][number];

interface EvidenceRow {
  readonly at: number;
  readonly verified: boolean;
  readonly kind: string;
  readonly manifest: string;
  readonly signer?: string;
  readonly reason?: string;
  readonly statedAt?: string;
  readonly how?: string;
}

const COLUMNS: readonly Column<EvidenceRow>[] = [
  { name: "Evidence", cell: ({ kind }) => <LongText value={kind} /> },
  { name: "State", cell: ({ verified }) => <StatusLabel status={verified ? "verified" : "rejected"} /> },
  { name: "Signer", cell: ({ signer }) => (signer === undefined ? "not proven" : <LongText value={signer} />) },
  { name: "Stated", cell: ({ statedAt }) => (statedAt === undefined ? "no date" : <Timestamp at={statedAt} />) },
  { name: "Form and time from", cell: ({ how }) => (how === undefined ? "none" : <Text value={how} />) },
  { name: "Reason", cell: ({ reason }) => (reason === undefined ? "none" : <Text value={reason} />) },
  { name: "Of manifest", cell: ({ manifest }) => <Digest value={manifest} /> },
];

/** The images of a decision with the evidence that counted and the evidence that was turned away. */
export function AdmissionImages({ images }: { readonly images: readonly Image[] }) {
  return (
    <section aria-labelledby="images">
      <h2 id="images">Images and their evidence</h2>
      {images.length === 0 ? <p>No rule looked at an image.</p> : null}
      {images.map((image, at) => (
        <div key={`${String(at)} ${image.digest}`} className="amap-admission-image">
          <h3>
            <Text value={image.image} />
          </h3>
          <p>
            <Digest value={image.digest} /> {image.platforms} {image.platforms === 1 ? "platform" : "platforms"};
            findings: {countsOf(image.findings)}; VEX statements: {countsOf(image.answers)}
          </p>
          {image.evidence.length + image.rejected.length === 0 ? (
            <p>No evidence was found.</p>
          ) : (
            <PlainTable
              caption={`Evidence of image ${String(at + 1)}`}
              columns={COLUMNS}
              items={rowsOf(image)}
              keyOf={({ at: row }) => String(row)}
            />
          )}
        </div>
      ))}
    </section>
  );
}

function rowsOf({ evidence, rejected }: Image): readonly EvidenceRow[] {
  const verified = evidence.map(({ kind, predicateType, signer, statedAt, timeSource, form, manifest }) => ({
    verified: true,
    kind: nameOf(kind, predicateType),
    signer,
    manifest,
    how: `${form}, ${timeSource}`,
    ...(statedAt === undefined ? {} : { statedAt }),
  }));
  const refused = rejected.map(({ kind, predicateType, code, message, manifest }) => ({
    verified: false,
    kind: nameOf(kind, predicateType),
    manifest,
    reason: `${code}: ${message}`,
  }));
  return [...verified, ...refused].map((row, at) => ({ ...row, at }));
}

function nameOf(kind: string, predicateType: string | undefined): string {
  return predicateType === undefined ? kind : `${kind} ${predicateType}`;
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${String(count)} ${name}`);
  return parts.length === 0 ? "none" : printable(parts.join(", "));
}
