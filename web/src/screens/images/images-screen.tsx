import "./images.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { changeSearch } from "../../change-search.ts";
import { CursorTable } from "../../parts/cursor-table.tsx";
import { Digest } from "../../parts/digest.tsx";
import { type Filter, FilterBar } from "../../parts/filter-bar.tsx";
import { PageFrame } from "../../parts/page-frame.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { SeverityCounts } from "../../parts/severity.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { LongText } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { imageName } from "../../text/names.ts";
import { QuadrantMarks } from "./quadrant-marks.tsx";
import type { ImageSummary } from "./quadrants.ts";

const FILTERS = [
  { name: "search", label: "Search", kind: "text" },
  { name: "namespace", label: "Namespace", kind: "text" },
  {
    name: "running",
    label: "Running",
    kind: "choice",
    choices: [
      { value: "true", label: "Named by a resource" },
      { value: "false", label: "Named by none" },
    ],
  },
  {
    name: "verdict",
    label: "Policies say",
    kind: "choice",
    choices: [
      { value: "allowed", label: "Allowed" },
      { value: "denied", label: "Denied" },
      { value: "unknown", label: "Unknown" },
    ],
  },
  {
    name: "missing",
    label: "Missing",
    kind: "choice",
    choices: [
      { value: "signature", label: "Signature" },
      { value: "provenance", label: "Provenance" },
      { value: "sbom", label: "SBOM" },
      { value: "scan", label: "Scan" },
      { value: "vex", label: "VEX" },
    ],
  },
  {
    name: "severity",
    label: "Open findings at least",
    kind: "choice",
    choices: [
      { value: "critical", label: "Critical" },
      { value: "high", label: "High" },
      { value: "medium", label: "Medium" },
      { value: "low", label: "Low" },
    ],
  },
] as const satisfies readonly Filter<string>[];

const COLUMNS: readonly Column<ImageSummary>[] = [
  { name: "Image", cell: (image) => <ImageLink image={image} /> },
  { name: "Running", cell: ({ running }) => running },
  { name: "A-M-A-P", cell: (image) => <QuadrantMarks image={image} /> },
  {
    name: "Open findings",
    cell: ({ open, findings, scannedAt }) =>
      scannedAt === undefined ? "not looked at" : <SeverityCounts counts={open} before={findings} />,
  },
  { name: "Fixable", cell: ({ fixable }) => fixable },
  { name: "SBOM", cell: ({ sbom }) => (sbom === undefined ? "none" : <LongText value={sbom} />) },
  { name: "Last scan", cell: ({ scannedAt }) => (scannedAt === undefined ? "never" : <Timestamp at={scannedAt} />) },
  { name: "Policies", cell: ({ verdict }) => <StatusLabel status={verdict} /> },
];

const route = getRouteApi("/images");

/** Every known image: how it stands, the worst findings after VEX, and the way to its detail. */
export function ImagesScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const images = useQuery(routeQuery("GET /api/v1/images", { query: search }));
  return (
    <PageFrame
      title="Images"
      lead="Every image that a registry or a cluster showed us; the newest look first."
      json={addressOf("GET /api/v1/images", { query: search })}
    >
      <FilterBar
        filters={FILTERS}
        values={search}
        onChange={(values) => void navigate({ search: values as typeof search })}
      />
      <QueryView
        query={images}
        name="images"
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No images">
            None is known, or none fits the filters. <code>amap controller</code> records what runs in a cluster.
          </Empty>
        }
      >
        {({ items, next }) => (
          <CursorTable
            caption="Images"
            columns={COLUMNS}
            items={items}
            keyOf={imageName}
            next={next}
            cursor={search.cursor}
            onCursor={(cursor) => void navigate({ search: (old) => changeSearch(old, { cursor }) })}
          />
        )}
      </QueryView>
    </PageFrame>
  );
}

function ImageLink({ image }: { readonly image: ImageSummary }) {
  const tags = image.tags.slice(0, 3);
  const more = image.tags.length - tags.length;
  return (
    <span className="amap-image">
      <Link to="/images/$image" params={{ image: imageName(image) }}>
        <LongText value={image.repository} />
      </Link>
      <span className="amap-tags">
        {tags.length === 0 ? "no tag" : null}
        {tags.map((tag) => (
          <LongText key={tag} value={tag} />
        ))}
        {more > 0 ? `and ${String(more)} more` : null}
      </span>
      <Digest value={image.digest} />
    </span>
  );
}
