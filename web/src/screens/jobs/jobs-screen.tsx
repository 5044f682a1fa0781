import { Alert, Button } from "@patternfly/react-core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { RouteResponse } from "../../../../src/api/index.ts";
import { addressOf, call } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { CursorTable } from "../../parts/cursor-table.tsx";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { PageFrame } from "../../parts/page-frame.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { Empty, Failed, QueryView } from "../../parts/query-view.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { LongText } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";

type Job = RouteResponse<"GET /api/v1/jobs">["items"][number];

const route = getRouteApi("/jobs");

const STATES = [
  { value: "waiting", label: "Waiting" },
  { value: "running", label: "Running" },
  { value: "done", label: "Done" },
  { value: "failed", label: "Failed" },
];

/** Work in the background: what waits, what runs, what ended; what failed can be tried again. */
export function JobsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const jobs = useQuery(routeQuery("GET /api/v1/jobs", { query: search }));
  const retry = useMutation({
    mutationFn: (id: string) => call("POST /api/v1/jobs/:id/retry", { params: { id } }),
    onSettled: () => jobs.refetch(),
  });
  return (
    <PageFrame
      title="Jobs"
      lead="Work that the server and the controllers share. Each job is tried several times before it counts as failed."
      json={addressOf("GET /api/v1/jobs", { query: search })}
    >
      <FilterBar
        filters={[{ name: "state", label: "State", kind: "choice", choices: STATES }]}
        values={search}
        onChange={(values) => void navigate({ search: values as typeof search })}
      />
      {retry.error === null ? null : <Failed error={retry.error} name="the new attempt" />}
      <div role="status">
        {retry.isSuccess ? <Alert isInline isPlain variant="success" title="The job gets one more attempt" /> : null}
      </div>
      <QueryView
        query={jobs}
        name="jobs"
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No jobs">The server adds one every hour, which forgets what is older than its retention.</Empty>
        }
      >
        {({ items, next }) => (
          <CursorTable
            caption="Jobs"
            columns={columnsOf((id) => retry.mutate(id))}
            items={items}
            keyOf={({ id }) => id}
            next={next}
            cursor={search.cursor}
            onCursor={(cursor) => {
              const { cursor: _, ...rest } = search;
              void navigate({ search: cursor === undefined ? rest : { ...rest, cursor } });
            }}
          />
        )}
      </QueryView>
    </PageFrame>
  );
}

function columnsOf(retry: (id: string) => void): Column<Job>[] {
  return [
    { name: "Kind", cell: ({ kind }) => <LongText value={kind} /> },
    { name: "Key", cell: ({ key }) => <LongText value={key} /> },
    { name: "State", cell: ({ state }) => <StatusLabel status={state} /> },
    { name: "Attempts", cell: ({ attempts, maxAttempts }) => `${String(attempts)} of ${String(maxAttempts)}` },
    { name: "Added", cell: ({ createdAt }) => <Timestamp at={createdAt} /> },
    { name: "Ended", cell: ({ endedAt }) => (endedAt === undefined ? "not yet" : <Timestamp at={endedAt} />) },
    {
      name: "Last failure",
      cell: ({ id, state, key, error }) => (
        <>
          {error === undefined ? "none" : <LongText value={error} />}{" "}
          {state === "failed" ? (
            <Button variant="link" isInline aria-label={`Try again: ${key}`} onClick={() => retry(id)}>
              Try again
            </Button>
          ) : null}
        </>
      ),
    },
  ];
}
