import "./findings.css";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CursorTable } from "../../parts/cursor-table.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { SeverityLabel } from "../../parts/severity.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { LongText, Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { imageName, shortDigest } from "../../text/names.ts";
import { printable } from "../../text/printable.ts";
import { findingKey } from "./finding-key.ts";
import { type Finding, findingState, unmatchedWords } from "./vex-words.ts";

const route = getRouteApi("/findings");

/** Longer ids are broken into lines. */
const MAX_WHOLE = 24;

/** What the address of the findings' page carries. */
type FindingSearch = ReturnType<typeof route.useSearch>;

interface FindingTableProps {
  readonly caption: string;
  readonly items: readonly Finding[];
  readonly next?: string | undefined;
  readonly cursor?: string | undefined;
  readonly onCursor?: (cursor: string | undefined) => void;
  /** The query of the findings' page that a row's link adds its finding to. */
  readonly linkFrom: FindingSearch;
  /** Whether all are of one image, which then is not a column. */
  readonly isOneImage?: boolean;
}

/** Findings with the statement that decides each. The link of a row opens its panel. */
export function FindingTable({ isOneImage = false, linkFrom, ...list }: FindingTableProps) {
  const columns: readonly Column<Finding>[] = [
    { name: "Vulnerability", cell: (finding) => <FindingLink finding={finding} linkFrom={linkFrom} /> },
    {
      name: "Severity",
      cell: ({ severity, score }) => <SeverityLabel severity={severity} {...(score === undefined ? {} : { score })} />,
    },
    {
      name: "Component",
      cell: ({ component, version }) => <Text value={`${component} ${version}`} />,
    },
    {
      name: "Fixed in",
      cell: ({ fixedVersions }) =>
        fixedVersions.length === 0 ? "no fix known" : <Text value={fixedVersions.join(", ")} />,
    },
    { name: "State", cell: (finding) => <FindingStateLabel finding={finding} /> },
    { name: isOneImage ? "Decided by" : "Image", cell: isOneImage ? DecidedBy : ImageCell },
  ];
  return <CursorTable columns={columns} keyOf={findingKey} {...list} />;
}

function FindingLink({ finding, linkFrom }: { readonly finding: Finding; readonly linkFrom: FindingSearch }) {
  return (
    <Link
      to="/findings"
      search={{ ...linkFrom, selected: findingKey(finding) }}
      data-finding={findingKey(finding)}
      resetScroll={false}
      className={classOfId(finding.vulnerability)}
    >
      {printable(finding.vulnerability)}
    </Link>
  );
}

/** The class of an id's link: on one line, unless it is too long for that. */
export function classOfId(id: string): string {
  return id.length <= MAX_WHOLE ? "amap-nowrap" : "amap-text";
}

/** Open or answered, with the reason in words and a mark for statements that do not fit. */
export function FindingStateLabel({ finding }: { readonly finding: Finding }) {
  const { word, because } = findingState(finding);
  return (
    <>
      <StatusLabel status={finding.answered ? "answered" : "open"} word={printable(word)} />
      <div className="amap-finding-because">
        <Text value={because} />
        {finding.statement !== undefined && finding.unmatched > 0 ? `; ${unmatchedWords(finding.unmatched)}` : null}
      </div>
    </>
  );
}

function DecidedBy({ statement }: Finding) {
  if (statement === undefined) return "–";
  return (
    <>
      <Text value={statement.author} />
      <div className="amap-finding-because">
        {statement.signer === undefined ? (
          "no signer known"
        ) : (
          <>
            signed by <Text value={statement.signer} />
          </>
        )}
        , <Timestamp at={statement.timestamp} />
      </div>
    </>
  );
}

function ImageCell(finding: Finding) {
  return (
    <>
      <Link to="/images/$image" params={{ image: imageName(finding) }} search={{ tab: "vulnerabilities" }}>
        <LongText value={finding.repository} />
      </Link>
      <div className="amap-finding-because">
        <code>{printable(shortDigest(finding.digest))}</code>, {runsWords(finding.running)}
      </div>
    </>
  );
}

/** How many resources run it. */
export function runsWords(count: number): string {
  if (count === 0) return "not running";
  return count === 1 ? "1 resource runs it" : `${count} resources run it`;
}
