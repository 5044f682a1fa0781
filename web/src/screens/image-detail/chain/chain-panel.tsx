import { Button } from "@patternfly/react-core";
import { Fact, Facts } from "../../../parts/facts.tsx";
import { StatusLabel } from "../../../parts/status-label.tsx";
import { Text } from "../../../parts/text.tsx";
import { printable } from "../../../text/printable.ts";
import { DocumentFacts } from "../document-facts.tsx";
import type { ImageDocument } from "../vex-documents.ts";
import type { ChainNode, ViewNode } from "./chain-view.ts";
import { KIND_WORDS, STATUS_WORDS, titleOf } from "./chain-words.ts";

const MAX_MEMBERS = 50;

interface ChainPanelProps {
  /** A node of the chain, or the group that stands for it. */
  readonly node: ViewNode | ChainNode;
  readonly documents: readonly ImageDocument[];
  readonly onSelect: (id: string) => void;
  readonly onOpen: (document: string) => void;
}

/** What is known about the selected node. */
export function ChainPanel({ node, documents, onSelect, onOpen }: ChainPanelProps) {
  const title = printable(titleOf(node)) || "(no name)";
  const documentId = "document" in node ? node.document : undefined;
  const document = documents.find((each) => each.id === documentId);
  return (
    <section className="amap-chain-panel" aria-label="Selected node" aria-live="polite">
      <h3 className="pf-v6-c-title pf-m-lg">{title}</h3>
      <StatusLabel status={node.status} />
      <p>
        {KIND_WORDS[node.kind].meaning} {STATUS_WORDS[node.status].meaning}
      </p>
      {"details" in node && node.details.length > 0 ? <Details details={node.details} /> : null}
      {document === undefined ? null : <DocumentFacts document={document} />}
      {documentId === undefined ? null : (
        <Button variant="secondary" onClick={() => onOpen(documentId)}>
          Open document
        </Button>
      )}
      {"members" in node && node.members !== undefined ? <Members members={node.members} onSelect={onSelect} /> : null}
    </section>
  );
}

function Details({ details }: { readonly details: ChainNode["details"] }) {
  return (
    <Facts>
      {details.map(({ name, value }, index) => (
        // Names may repeat; the order does not change.
        // eslint-disable-next-line react/no-array-index-key
        <Fact key={`${index} ${name}`} name={name}>
          <Text value={value} />
        </Fact>
      ))}
    </Facts>
  );
}

interface MembersProps {
  readonly members: readonly ChainNode[];
  readonly onSelect: (id: string) => void;
}

function Members({ members, onSelect }: MembersProps) {
  return (
    <>
      <ul className="amap-chain-members pf-v6-c-list pf-m-plain">
        {members.slice(0, MAX_MEMBERS).map((member) => (
          <li key={member.id}>
            <Button variant="link" isInline className="amap-chain-node-name" onClick={() => onSelect(member.id)}>
              {printable(member.label) || "(no name)"}
            </Button>{" "}
            ({STATUS_WORDS[member.status].word.toLowerCase()})
          </li>
        ))}
      </ul>
      {members.length > MAX_MEMBERS ? <p>{members.length - MAX_MEMBERS} more are in the table below.</p> : null}
    </>
  );
}
