import { Title } from "@patternfly/react-core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { routeQuery } from "../../api/queries.ts";
import { CursorTable } from "../../parts/cursor-table.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { imageName } from "../../text/names.ts";
import { printable } from "../../text/printable.ts";
import { classOfId } from "../findings/finding-table.tsx";
import { type Finding, justificationWords, statusWords } from "../findings/vex-words.ts";
import { timeSourceWords } from "./document-words.ts";
import type { ImageDetail } from "./verdict.ts";
import { type DocumentContent, groupVex, type StatementRow, type VexGroup } from "./vex-documents.ts";

/** Documents whose statements are read for the page; more are named only. */
const MAX_READ = 20;
const MAX_NAMED = 20;

/** What is said about the image's vulnerabilities, by document, with the findings that each statement decides. */
export function VexTab({ image }: { readonly image: ImageDetail }) {
  const name = imageName(image);
  const documents = image.documents.filter((document) => document.kind === "vex");
  const findings = useQuery(routeQuery("GET /api/v1/findings", { query: { image: name, limit: "500" } }));
  const contents = useQueries({
    queries: documents
      .slice(0, MAX_READ)
      .map(({ id }) => routeQuery("GET /api/v1/images/:image/document", { params: { image: name }, query: { id } })),
    combine: (answers) => ({
      isPending: answers.some((answer) => answer.isPending),
      failed: answers.filter((answer) => answer.isError).length,
      byId: new Map<string, DocumentContent>(
        answers.flatMap(({ data }) => (data === undefined ? [] : [[data.id, data] as const])),
      ),
    }),
  });
  return (
    <>
      <Title headingLevel="h2" size="lg">
        VEX statements
      </Title>
      <QueryView query={findings} name="findings">
        {(page) => {
          const groups = groupVex(documents, contents.byId, page.items);
          return (
            <>
              {page.next === undefined ? null : <p>Only the worst 500 findings are looked at here.</p>}
              {contents.failed === 0 ? null : <p role="alert">{contents.failed} documents could not be loaded.</p>}
              {groups.length === 0 ? (
                <Empty title="Nobody has said anything about this image's vulnerabilities">
                  A VEX document that is signed and attached to the image is shown here.
                </Empty>
              ) : null}
              {groups.map((group, index) => (
                <Group
                  key={group.document?.id ?? group.documentId ?? ""}
                  group={group}
                  image={name}
                  position={index + 1}
                  isPending={contents.isPending && index < MAX_READ}
                />
              ))}
            </>
          );
        }}
      </QueryView>
    </>
  );
}

interface GroupProps {
  readonly group: VexGroup;
  readonly image: string;
  /** 1, 2, … : a document that is attached twice is two groups. */
  readonly position: number;
  readonly isPending: boolean;
}

function Group({ group, image, position, isPending }: GroupProps) {
  const { document, documentId, author, statements, decides, more } = group;
  const title = printable(documentId ?? document?.summary ?? "VEX document");
  return (
    <div className="amap-vex-group">
      <h3 className="pf-v6-c-title pf-m-md">{title}</h3>
      <p>
        {document === undefined ? null : <StatusLabel status={document.status} />}{" "}
        {author === undefined ? null : <Text value={`by ${author}`} />}
        {document?.signer === undefined ? null : <Text value={`, signed by ${document.signer}`} />}
        {document?.statedAt === undefined ? null : (
          <>
            , <Timestamp at={document.statedAt} />
          </>
        )}
        {document?.timeSource === undefined ? "" : ` (${timeSourceWords(document.timeSource)})`}
      </p>
      {document?.code === undefined ? null : (
        <p>
          <Text value={`Does not count: ${document.code}: ${document.message ?? ""}`} />
        </p>
      )}
      <p>
        {decidesWords(decides.length)}{" "}
        {document === undefined ? (
          "It is not among the image's documents any more."
        ) : (
          <Link to="/images/$image" params={{ image }} search={{ tab: "documents", document: document.id }}>
            Open document
          </Link>
        )}
      </p>
      <Statements
        statements={statements}
        decides={decides}
        title={`document ${position}, ${title}`}
        isPending={isPending}
      />
      {more === 0 ? null : <p>{more} more statements are in the document.</p>}
    </div>
  );
}

interface StatementsProps {
  readonly statements: VexGroup["statements"] | undefined;
  readonly decides: VexGroup["decides"];
  readonly title: string;
  readonly isPending: boolean;
}

function Statements({ statements, decides, title, isPending }: StatementsProps) {
  if (statements !== undefined) {
    const rows = statements.map((statement, index) => ({ ...statement, index }));
    return (
      <CursorTable
        caption={`Statements of ${title}`}
        columns={COLUMNS}
        items={rows}
        keyOf={({ index }) => `${index}`}
      />
    );
  }
  if (isPending) return <p role="status">Loading its statements …</p>;
  return decides.length === 0 ? (
    <p>Its statements cannot be shown here: it is not read, or is not OpenVEX.</p>
  ) : (
    <FindingList findings={decides} />
  );
}

const COLUMNS: readonly Column<StatementRow & { readonly index: number }>[] = [
  {
    name: "Vulnerability",
    cell: ({ vulnerability }) => (
      <Link to="/findings" search={{ search: vulnerability.slice(0, 200) }} className={classOfId(vulnerability)}>
        {printable(vulnerability)}
      </Link>
    ),
  },
  { name: "Status", cell: ({ status }) => <Text value={statusWords(status).word} /> },
  { name: "Why", cell: Why },
  {
    name: "Speaks of",
    cell: ({ components }) =>
      components.length === 0 ? "the whole product" : <Text value={components.slice(0, 5).join(", ")} />,
  },
  { name: "Decides", cell: ({ decides }) => (decides.length === 0 ? "nothing" : <FindingList findings={decides} />) },
];

function Why({ justification, impactStatement, actionStatement }: StatementRow) {
  const said = [
    justification === undefined ? undefined : justificationWords(justification),
    impactStatement,
    actionStatement,
  ];
  const words = said.filter((each) => each !== undefined).join(". ");
  return words === "" ? "–" : <Text value={words} />;
}

function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <ul>
      {findings.slice(0, MAX_NAMED).map((finding) => (
        <li key={`${finding.vulnerability} ${finding.purl}`}>
          <Text value={`${finding.vulnerability} in ${finding.component} ${finding.version}`} />
        </li>
      ))}
      {findings.length > MAX_NAMED ? <li>and {findings.length - MAX_NAMED} more</li> : null}
    </ul>
  );
}

function decidesWords(count: number): string {
  if (count === 0) return "It decides no finding.";
  return count === 1 ? "It decides 1 finding." : `It decides ${count} findings.`;
}
