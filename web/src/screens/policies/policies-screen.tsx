import "./policies.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { CursorTable } from "../../parts/cursor-table.tsx";
import { type Filter, FilterBar } from "../../parts/filter-bar.tsx";
import { PageFrame } from "../../parts/page-frame.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { addressText } from "../../text/names.ts";
import { printable } from "../../text/printable.ts";
import { actionWords, filterPolicies, type Policy, whenWords } from "./policy-words.ts";
import { ResultCountLinks } from "./result-counts.tsx";

const route = getRouteApi("/policies");

const FILTERS = [
  { name: "search", label: "Search (name, kind, rule)", kind: "text" },
  {
    name: "state",
    label: "State",
    kind: "choice",
    choices: [
      { value: "ready", label: "Ready" },
      { value: "refused", label: "Refused" },
    ],
  },
] as const satisfies readonly Filter<string>[];

const COLUMNS: readonly Column<Policy>[] = [
  { name: "Policy", cell: Name },
  { name: "State", cell: State },
  { name: "What it does", cell: Action },
  { name: "Results", cell: ({ name, results }) => <ResultCountLinks policy={name} counts={results} /> },
  { name: "Read", cell: Origin },
];

/** The policies in force, and those that were refused. */
export function PoliciesScreen() {
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(routeQuery("GET /api/v1/policies"));
  return (
    <PageFrame
      title="Policies"
      lead="The policies in force; those that could not be compiled come first."
      cli="amap check --policy POLICIES MANIFESTS"
      json={addressOf("GET /api/v1/policies")}
    >
      <FilterBar
        filters={FILTERS}
        values={filters}
        onChange={(values) => void navigate({ search: values as typeof filters })}
      />
      <QueryView
        query={query}
        name="policies"
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="No policies">Without a policy every image is let in.</Empty>}
      >
        {({ items }) => {
          const shown = filterPolicies(items, filters);
          return shown.length === 0 ? (
            <Empty title="No policy fits the filters" />
          ) : (
            <CursorTable
              caption={`Policies: ${shown.length} of ${items.length}`}
              columns={COLUMNS}
              items={shown}
              keyOf={({ kind, name }) => JSON.stringify([kind, name])}
            />
          );
        }}
      </QueryView>
    </PageFrame>
  );
}

function Name({ name, kind }: Policy) {
  return (
    <div className="amap-policy-name">
      <Link to="/policies/$name" params={{ name: addressText(name) }} className="amap-text">
        {printable(name)}
      </Link>
      <div className="amap-policy-small">
        <Text value={kind} />
      </div>
    </div>
  );
}

function State({ state, issues }: Policy) {
  return (
    <>
      <StatusLabel status={state} />
      {issues.length === 0 ? null : ` ${issues.length} ${issues.length === 1 ? "issue" : "issues"}`}
    </>
  );
}

function Action(policy: Policy) {
  const { length } = policy.rules;
  return (
    <>
      <Text value={actionWords(policy)} />
      <div className="amap-policy-small">
        {length} {length === 1 ? "rule" : "rules"}; {whenWords(policy)}
      </div>
    </>
  );
}

function Origin({ recordedAt, source }: Policy) {
  return (
    <>
      <Timestamp at={recordedAt} />
      <div className="amap-policy-small">
        from <Text value={source} />
      </div>
    </>
  );
}
