import { Title } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { CursorTable } from "../../parts/cursor-table.tsx";
import type { Column } from "../../parts/plain-table.tsx";
import { Empty } from "../../parts/query-view.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { LongText, Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { imageName, shortDigest } from "../../text/names.ts";
import { printable } from "../../text/printable.ts";
import { DocumentView } from "./document-view.tsx";
import { documentKindWords, timeSourceWords } from "./document-words.ts";
import type { ImageDetail } from "./verdict.ts";
import type { ImageDocument } from "./vex-documents.ts";

interface DocumentsTabProps {
  readonly image: ImageDetail;
  /** Id of the opened document, from the address. */
  readonly document: string | undefined;
  readonly onOpen: (document: string | undefined) => void;
}

/** Everything that is attached to the image: what counts, and what does not and why. */
export function DocumentsTab({ image, document, onOpen }: DocumentsTabProps) {
  const name = imageName(image);
  const columns: readonly Column<ImageDocument>[] = [
    {
      name: "Document",
      cell: ({ id, kind }) => (
        <Link
          to="/images/$image"
          params={{ image: name }}
          search={{ tab: "documents", document: id }}
          resetScroll={false}
          aria-label={`Open ${documentKindWords(kind)} ${printable(id)}`}
        >
          {documentKindWords(kind)}
        </Link>
      ),
    },
    { name: "Status", cell: ({ status }) => <StatusLabel status={status} /> },
    {
      name: "What it is or lacks",
      cell: ({ summary, code, message }) => (
        <Text value={code === undefined ? summary : `${message ?? "It does not count."} (${code})`} />
      ),
    },
    { name: "Signer", cell: ({ signer }) => (signer === undefined ? "–" : <Text value={signer} />) },
    { name: "Signed", cell: Signed },
    { name: "About", cell: ({ subject }) => <span className="amap-nowrap">{aboutWords(subject, image.digest)}</span> },
    { name: "Form", cell: ({ form }) => <LongText value={form} /> },
  ];
  return (
    <>
      <Title headingLevel="h2" size="lg">
        Signatures and attestations
      </Title>
      {document === undefined ? null : <DocumentView image={name} id={document} onClose={() => onOpen(undefined)} />}
      {image.documents.length === 0 ? (
        <Empty title="Nothing is attached to this image">It has no signature and no attestation.</Empty>
      ) : (
        <CursorTable
          caption="Documents, those that count first"
          columns={columns}
          items={image.documents}
          keyOf={({ id }) => id}
        />
      )}
    </>
  );
}

/** What a document speaks of: the image itself, or one of its platforms by digest. */
function aboutWords(subject: string | undefined, image: string): string {
  if (subject === undefined) return "–";
  return subject === image ? "this image" : printable(shortDigest(subject));
}

function Signed({ statedAt, timeSource }: ImageDocument) {
  if (statedAt === undefined) return "–";
  return (
    <>
      <Timestamp at={statedAt} /> {timeSource === undefined ? "" : `(${timeSourceWords(timeSource)})`}
    </>
  );
}
