import { Link } from "@tanstack/react-router";
import { CursorTable } from "../../parts/cursor-table.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { addressText } from "../../text/names.ts";
import { printable } from "../../text/printable.ts";
import { changeWords, type ResultChange, resourceKey, resourceWords, resultsOf } from "./resource-words.ts";

interface HistoryTableProps {
  readonly items: readonly ResultChange[];
  readonly next?: string | undefined;
  readonly cursor?: string | undefined;
  readonly onCursor: (cursor: string | undefined) => void;
}

/** How results came to be: each change of a status. */
export function HistoryTable(list: HistoryTableProps) {
  return <CursorTable caption="Changes of results, newest first" columns={COLUMNS} keyOf={keyOf} {...list} />;
}

const COLUMNS: readonly Column<ResultChange>[] = [
  {
    name: "Resource",
    cell: ({ resource }) => (
      <Link
        to="/results"
        search={resultsOf(resource)}
        className="amap-text"
        aria-label={`Results of ${printable(resourceWords(resource))}`}
      >
        {printable(resourceWords(resource))}
      </Link>
    ),
  },
  { name: "Change", cell: Change },
  {
    name: "Rule",
    cell: ({ policy, rule }) => (
      <Link to="/policies/$name" params={{ name: addressText(policy) }} className="amap-text">
        {printable(`${policy} / ${rule}`)}
      </Link>
    ),
  },
  { name: "Cluster", cell: ({ resource }) => <Text value={resource.cluster} /> },
  { name: "Message", cell: ({ message }) => (message === undefined ? "–" : <Text value={message} />) },
  { name: "When", cell: ({ at }) => <Timestamp at={at} /> },
];

function Change({ from, to }: ResultChange) {
  return (
    <span className="amap-result-rule">
      <span className="amap-hidden">{changeWords({ from, to })}</span>
      <span aria-hidden="true" className="amap-result-counts">
        {from === undefined ? "first:" : <StatusLabel status={from} />}
        {from === undefined ? null : "→"}
        {to === undefined ? "gone" : <StatusLabel status={to} />}
      </span>
    </span>
  );
}

function keyOf({ at, resource, policy, rule, to }: ResultChange): string {
  return `${resourceKey(resource)} ${JSON.stringify([at, policy, rule, to ?? ""])}`;
}
