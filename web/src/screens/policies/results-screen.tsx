import { Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { changeSearch } from "../../change-search.ts";
import { type Filter, FilterBar } from "../../parts/filter-bar.tsx";
import { PageFrame } from "../../parts/page-frame.tsx";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { HistoryTable } from "./history-table.tsx";
import { RESULT_STATUSES } from "./policy-words.ts";
import { ResultTable } from "./result-table.tsx";

const route = getRouteApi("/results");

const SHARED = [
  { name: "policy", label: "Policy", kind: "text" },
  { name: "namespace", label: "Namespace", kind: "text" },
  { name: "kind", label: "Kind", kind: "text" },
] as const satisfies readonly Filter<string>[];
const RESULT_FILTERS = [
  {
    name: "status",
    label: "Status",
    kind: "choice",
    choices: RESULT_STATUSES.map((value) => ({ value, label: value })),
  },
  { name: "search", label: "Resource's name", kind: "text" },
  ...SHARED,
  { name: "rule", label: "Rule", kind: "text" },
  { name: "cluster", label: "Cluster", kind: "text" },
  { name: "image", label: "Image (repository@digest)", kind: "text" },
] as const satisfies readonly Filter<string>[];
const HISTORY_FILTERS = [
  { name: "name", label: "Resource's name (exact)", kind: "text" },
  ...SHARED,
] as const satisfies readonly Filter<string>[];

/** What the rules say about the resources now, and how that came to be. */
export function ResultsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isHistory = search.tab === "history";
  const json = isHistory
    ? addressOf("GET /api/v1/results/history", { query: historyQuery(search) })
    : addressOf("GET /api/v1/results", { query: resultQuery(search) });
  const go = (tab: string | number) => {
    const { policy, namespace, kind } = search;
    const kept = { policy, namespace, kind };
    const tabName = tab === "history" ? ("history" as const) : undefined;
    void navigate({ search: changeSearch<Search>({}, { ...kept, tab: tabName }), resetScroll: false });
  };
  return (
    <PageFrame
      title="Results"
      lead="What the policies' rules say about the resources, the worst first."
      cli="amap check --policy POLICIES MANIFESTS"
      json={json}
    >
      <Tabs
        activeKey={isHistory ? "history" : "results"}
        onSelect={(_event, tab) => go(tab)}
        mountOnEnter
        unmountOnExit
        aria-label="Results now or before"
      >
        <Tab eventKey="results" title={<TabTitleText>Now</TabTitleText>}>
          {isHistory ? null : <Now />}
        </Tab>
        <Tab eventKey="history" title={<TabTitleText>History</TabTitleText>}>
          {isHistory ? <History /> : null}
        </Tab>
      </Tabs>
    </PageFrame>
  );
}

type Search = ReturnType<typeof route.useSearch>;

function resultQuery({ cluster, policy, rule, status, namespace, kind, search, image, cursor }: Search) {
  return { cluster, policy, rule, status, namespace, kind, search, image, cursor, limit: "100" };
}

function historyQuery({ policy, namespace, kind, name, cursor }: Search) {
  return { policy, namespace, kind, name, cursor, limit: "100" };
}

function Now() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(routeQuery("GET /api/v1/results", { query: resultQuery(search) }));
  const isFiltered = RESULT_FILTERS.some(({ name }) => search[name] !== undefined);
  return (
    <>
      <FilterBar
        filters={RESULT_FILTERS}
        values={search}
        onChange={(values) => void navigate({ search: values as Search })}
      />
      <QueryView
        query={query}
        name="results"
        isEmpty={(page) => page.items.length === 0}
        empty={
          isFiltered ? (
            <Empty title="No result fits the filters" />
          ) : (
            <Empty title="No results yet">Results come from checks, admissions and the background scan.</Empty>
          )
        }
      >
        {(page) => (
          <ResultTable
            caption="Results"
            items={page.items}
            next={page.next}
            cursor={search.cursor}
            onCursor={(to) => void navigate({ search: changeSearch(search, { cursor: to }) })}
          />
        )}
      </QueryView>
    </>
  );
}

function History() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(routeQuery("GET /api/v1/results/history", { query: historyQuery(search) }));
  return (
    <>
      <FilterBar
        filters={HISTORY_FILTERS}
        values={search}
        onChange={(values) => void navigate({ search: { ...values, tab: "history" } })}
      />
      <QueryView
        query={query}
        name="changes"
        isEmpty={(page) => page.items.length === 0}
        empty={<Empty title="No changes">Nothing that fits the filters has changed its status yet.</Empty>}
      >
        {(page) => (
          <HistoryTable
            items={page.items}
            next={page.next}
            cursor={search.cursor}
            onCursor={(to) => void navigate({ search: changeSearch(search, { cursor: to }) })}
          />
        )}
      </QueryView>
    </>
  );
}
