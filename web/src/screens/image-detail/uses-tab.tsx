import { Title } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { CursorTable } from "../../parts/cursor-table.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { Empty } from "../../parts/query-view.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { printable } from "../../text/printable.ts";
import { resultsOf } from "../policies/resource-words.ts";
import type { ImageDetail } from "./verdict.ts";

type Use = ImageDetail["uses"][number];

const COLUMNS: readonly Column<Use>[] = [
  {
    name: "Resource",
    cell: (use) => (
      <Link to="/results" search={resultsOf(use)} className="amap-text">
        {printable(`${use.kind}/${use.name}`)}
      </Link>
    ),
  },
  { name: "Decision", cell: ({ allowed }) => <StatusLabel status={allowed ? "allowed" : "denied"} /> },
  { name: "Namespace", cell: ({ namespace }) => (namespace === undefined ? "–" : <Text value={namespace} />) },
  { name: "Cluster", cell: ({ cluster }) => <Text value={cluster} /> },
  { name: "By the name", cell: ({ image }) => <Text value={image} /> },
  { name: "Checked", cell: ({ checkedAt }) => <Timestamp at={checkedAt} /> },
];

/** The resources that run the image. */
export function UsesTab({ image }: { readonly image: ImageDetail }) {
  return (
    <>
      <Title headingLevel="h2" size="lg">
        Where it runs
      </Title>
      {image.uses.length === 0 ? (
        <Empty title="No known resource runs it">
          Resources are known after a check, an admission or a background scan.
        </Empty>
      ) : (
        <CursorTable
          caption="Resources that run it, with the last decision about each"
          columns={COLUMNS}
          items={image.uses}
          keyOf={(use) => JSON.stringify([use.cluster, use.namespace, use.kind, use.name, use.image])}
        />
      )}
    </>
  );
}
