import { Button, Title } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { CodeBlock, Text } from "../../parts/text.tsx";
import { DocumentFacts } from "./document-facts.tsx";
import { documentText } from "./document-text.ts";
import { documentKindWords } from "./document-words.ts";
import type { DocumentContent } from "./vex-documents.ts";

interface DocumentViewProps {
  /** `REPOSITORY@DIGEST`. */
  readonly image: string;
  readonly id: string;
  readonly onClose: () => void;
}

/** One document with what it says, as text. */
export function DocumentView({ image, id, onClose }: DocumentViewProps) {
  const inputs = { params: { image }, query: { id } };
  const query = useQuery(routeQuery("GET /api/v1/images/:image/document", inputs));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [id]);
  return (
    <section className="amap-document" aria-label="Opened document">
      <div className="amap-document-head">
        <Title headingLevel="h2" size="lg" ref={heading} tabIndex={-1}>
          Document
        </Title>
        <a href={addressOf("GET /api/v1/images/:image/document", inputs)} target="_blank" rel="noreferrer">
          Raw JSON of the document
        </a>
        <Button variant="secondary" size="sm" onClick={onClose}>
          Close document
        </Button>
      </div>
      <QueryView query={query} name="the document">
        {(document) => <Content document={document} />}
      </QueryView>
    </section>
  );
}

function Content({ document }: { readonly document: DocumentContent }) {
  const { text, left } = documentText(document.predicate);
  return (
    <>
      <p>
        {documentKindWords(document.kind)}: <Text value={document.summary} /> <StatusLabel status={document.status} />
      </p>
      <DocumentFacts document={document} />
      {document.predicate === undefined ? (
        <Empty title="Its content is not kept">
          Signatures have none, and documents that do not count are not read.
        </Empty>
      ) : (
        <CodeBlock text={text} label={`What the document says, as JSON`} />
      )}
      {left === 0 ? null : <p>{left} more characters are in the raw JSON.</p>}
    </>
  );
}
