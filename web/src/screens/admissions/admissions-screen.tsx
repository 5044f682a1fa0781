import "./admissions.css";
import { Button } from "@patternfly/react-core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { addressOf } from "../../api/client.ts";
import { setPaused, useLiveState } from "../../api/events.ts";
import { routeQuery } from "../../api/queries.ts";
import { changeSearch } from "../../change-search.ts";
import { CursorTable } from "../../parts/cursor-table.tsx";
import { type Filter, FilterBar } from "../../parts/filter-bar.tsx";
import { PauseIcon, PlayIcon } from "../../parts/icons.ts";
import { PageFrame } from "../../parts/page-frame.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { Lines, LongText } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { addressText } from "../../text/names.ts";
import { type Admission, durationInWords, objectName } from "./admission-words.ts";

const FILTERS = [
  { name: "search", label: "Search", kind: "text" },
  {
    name: "allowed",
    label: "Decision",
    kind: "choice",
    choices: [
      { value: "true", label: "Allowed" },
      { value: "false", label: "Denied" },
    ],
  },
  { name: "cluster", label: "Cluster", kind: "text" },
  { name: "namespace", label: "Namespace", kind: "text" },
  { name: "kind", label: "Kind", kind: "text" },
  { name: "user", label: "User", kind: "text" },
] as const satisfies readonly Filter<string>[];

const COLUMNS: readonly Column<Admission>[] = [
  {
    name: "Object",
    cell: (each) => (
      <>
        <Link to="/admissions/$id" params={{ id: addressText(each.id) }}>
          <LongText value={objectName(each)} />
        </Link>
        {each.message === undefined ? null : (
          <span className="amap-message">
            <Lines value={each.message} />
          </span>
        )}
      </>
    ),
  },
  { name: "Decision", cell: ({ allowed }) => <StatusLabel status={allowed ? "allowed" : "denied"} /> },
  { name: "Operation", cell: ({ operation, dryRun }) => `${operation}${dryRun ? " (dry run)" : ""}` },
  { name: "When", cell: ({ at }) => <Timestamp at={at} /> },
  { name: "User", cell: ({ user }) => <LongText value={user} /> },
  { name: "Cluster", cell: ({ cluster }) => <LongText value={cluster} /> },
  { name: "Took", cell: ({ durationMs }) => <span className="amap-nowrap">{durationInWords(durationMs)}</span> },
];

const route = getRouteApi("/admissions");

/** What was asked at admission and what was answered: follows as it happens, until it is paused. */
export function AdmissionsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const admissions = useQuery(routeQuery("GET /api/v1/admissions", { query: search }));
  return (
    <PageFrame
      title="Admission log"
      lead="Why was this let in, or denied? The newest decision first."
      cli="amap explain"
      json={addressOf("GET /api/v1/admissions", { query: search })}
      actions={<PauseButton />}
    >
      <FilterBar
        filters={FILTERS}
        values={search}
        onChange={(values) => void navigate({ search: values as typeof search })}
      />
      <QueryView
        query={admissions}
        name="admission decisions"
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No admission decisions">
            None was made yet, or none fits the filters. They come when the webhook of <code>amap controller</code> is
            asked.
          </Empty>
        }
      >
        {({ items, next }) => (
          <CursorTable
            caption="Admission decisions"
            columns={COLUMNS}
            items={items}
            keyOf={({ id }) => id}
            next={next}
            cursor={search.cursor}
            onCursor={(cursor) => void navigate({ search: (old) => changeSearch(old, { cursor }) })}
          />
        )}
      </QueryView>
    </PageFrame>
  );
}

/** Holds the list still so that it can be read while decisions come; says how many wait. */
function PauseButton() {
  const { paused, held } = useLiveState();
  const client = useQueryClient();
  // Who leaves the page and comes back finds it following again.
  useEffect(() => () => setPaused(false, client), [client]);
  return (
    <>
      <span role="status" className="amap-hint">
        {paused ? `Paused; ${String(held)} new` : ""}
      </span>
      <Button
        variant="secondary"
        icon={paused ? <PlayIcon /> : <PauseIcon />}
        onClick={() => setPaused(!paused, client)}
      >
        {paused ? "Follow" : "Pause"}
      </Button>
    </>
  );
}
