import { Alert, Button } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { RouteResponse } from "../../../../src/api/index.ts";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { CursorTable } from "../../parts/cursor-table.tsx";
import { Digest } from "../../parts/digest.tsx";
import { PageFrame } from "../../parts/page-frame.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { Empty, Failed, QueryView } from "../../parts/query-view.tsx";
import { JsonBlock, LongText } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";

type Entry = RouteResponse<"GET /api/v1/audit">["items"][number];
type Verification = RouteResponse<"GET /api/v1/audit/verification">;

const route = getRouteApi("/audit");

/** What was done, by whom, newest first; each entry holds the hash of the one before. */
export function AuditScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const entries = useQuery(routeQuery("GET /api/v1/audit", { query: search }));
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const columns = useMemo(() => columnsOf(opened, setOpened), [opened]);
  return (
    <PageFrame
      title="Audit"
      lead="What was done, by whom. Each entry holds the hash of the one before it."
      json={addressOf("GET /api/v1/audit", { query: search })}
    >
      <ChainCheck />
      <QueryView
        query={entries}
        name="audit entries"
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="No audit entries">Signing in, for example, makes one.</Empty>}
      >
        {({ items, next }) => (
          <CursorTable
            caption="Audit entries"
            columns={columns}
            items={items}
            keyOf={({ sequence }) => String(sequence)}
            next={next}
            cursor={search.cursor}
            onCursor={(cursor) => void navigate({ search: cursor === undefined ? {} : { cursor } })}
          />
        )}
      </QueryView>
    </PageFrame>
  );
}

function columnsOf(opened: ReadonlySet<number>, setOpened: (next: ReadonlySet<number>) => void): Column<Entry>[] {
  const toggle = (sequence: number) => {
    const next = new Set(opened);
    if (!next.delete(sequence)) next.add(sequence);
    setOpened(next);
  };
  return [
    {
      name: "Entry",
      cell: ({ sequence }) => (
        <Button
          variant="link"
          isInline
          aria-expanded={opened.has(sequence)}
          title="Details of this entry"
          onClick={() => toggle(sequence)}
        >
          #{sequence}
        </Button>
      ),
    },
    { name: "When", cell: ({ at }) => <Timestamp at={at} /> },
    { name: "Who", cell: ({ actor }) => <LongText value={actor} /> },
    { name: "What", cell: ({ action }) => <LongText value={action} /> },
    {
      name: "To what",
      cell: ({ sequence, target, details }) => (
        <>
          <LongText value={target} />
          {opened.has(sequence) ? <JsonBlock value={details} label={`Details of entry ${String(sequence)}`} /> : null}
        </>
      ),
    },
    { name: "Hash", cell: ({ hash }) => <Digest value={hash} /> },
  ];
}

/** A button that has the server compute the whole chain again, and what came of it. */
function ChainCheck() {
  const check = useQuery({ ...routeQuery("GET /api/v1/audit/verification"), enabled: false });
  return (
    <div className="amap-chain-check">
      <Button variant="secondary" isLoading={check.isFetching} onClick={() => void check.refetch()}>
        Verify the chain
      </Button>
      {check.error === null ? null : <Failed error={check.error} name="the verification" />}
      <div role="status">{check.data === undefined || check.isFetching ? null : <Verdict data={check.data} />}</div>
    </div>
  );
}

function Verdict({ data: { entries, brokenAt } }: { readonly data: Verification }) {
  return brokenAt === undefined ? (
    <Alert isInline variant="success" component="h2" title="The chain is whole">
      {entries} entries were computed again.
    </Alert>
  ) : (
    <Alert isInline variant="danger" component="h2" title={`The chain is broken at entry ${String(brokenAt)}`}>
      That entry or one before it was changed, or one is missing. Of {entries} entries, those before it fit.
    </Alert>
  );
}
