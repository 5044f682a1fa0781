import "./policies.css";
import { Link } from "@tanstack/react-router";
import { CursorTable } from "../../parts/cursor-table.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { addressText } from "../../text/names.ts";
import { printable } from "../../text/printable.ts";
import { historyOf, type Result, resourceKey, resourceWords } from "./resource-words.ts";

interface ResultTableProps {
  readonly caption: string;
  readonly items: readonly Result[];
  readonly next?: string | undefined;
  readonly cursor?: string | undefined;
  readonly onCursor: (cursor: string | undefined) => void;
}

/** Results with their status first; the first link leads to the policy, the resource's to its history. */
export function ResultTable(list: ResultTableProps) {
  return (
    <CursorTable
      columns={COLUMNS}
      keyOf={(result) => `${resourceKey(result.resource)} ${JSON.stringify([result.policy, result.rule])}`}
      {...list}
    />
  );
}

const COLUMNS: readonly Column<Result>[] = [
  {
    name: "Result",
    cell: ({ status, policy, rule }) => (
      <span className="amap-result-rule">
        <StatusLabel status={status} />
        <Link to="/policies/$name" params={{ name: addressText(policy) }} className="amap-text">
          {printable(`${policy} / ${rule}`)}
        </Link>
      </span>
    ),
  },
  {
    name: "Resource",
    cell: ({ resource }) => (
      <Link
        to="/results"
        search={historyOf(resource)}
        className="amap-text"
        aria-label={`History of ${printable(resourceWords(resource))}`}
      >
        {printable(resourceWords(resource))}
      </Link>
    ),
  },
  { name: "Cluster", cell: ({ resource }) => <Text value={resource.cluster} /> },
  { name: "Message", cell: Message },
  { name: "Since", cell: ({ since }) => <Timestamp at={since} /> },
  { name: "Checked", cell: ({ checkedAt }) => <Timestamp at={checkedAt} /> },
];

function Message({ message, code }: Result) {
  if (message === undefined && code === undefined) return "–";
  return (
    <>
      {message === undefined ? null : <Text value={message} />}
      {code === undefined ? null : (
        <>
          {" "}
          <code>{printable(code)}</code>
        </>
      )}
    </>
  );
}
