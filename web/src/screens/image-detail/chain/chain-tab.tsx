import "./chain.css";
import { Title } from "@patternfly/react-core";
import { useMemo, useState } from "react";
import { Empty } from "../../../parts/query-view.tsx";
import { imageName } from "../../../text/names.ts";
import { DocumentView } from "../document-view.tsx";
import type { ImageDetail } from "../verdict.ts";
import { ChainGraph } from "./chain-graph.tsx";
import { ChainPanel } from "./chain-panel.tsx";
import { ChainTable } from "./chain-table.tsx";
import { type ChainKind, viewChain } from "./chain-view.ts";

interface ChainTabProps {
  readonly image: ImageDetail;
  /** Ids of the selected node and of the opened document, from the address. */
  readonly node: string | undefined;
  readonly document: string | undefined;
  readonly onSelect: (node: string) => void;
  readonly onOpen: (document: string | undefined) => void;
}

/** The image's way from source to cluster: drawing, panel of the selected node, and the same as a table. */
export function ChainTab({ image, node, document, onSelect, onOpen }: ChainTabProps) {
  const { chain } = image;
  const [opened, setOpened] = useState<ReadonlySet<ChainKind>>(new Set());
  const view = useMemo(() => viewChain(chain, opened), [chain, opened]);
  const fallback = chain.nodes.find((each) => each.kind === "image") ?? chain.nodes[0];
  if (fallback === undefined) return <Empty title="Nothing is known about this image's way yet" />;
  const drawn = view.nodes.find((each) => each.id === node);
  const selected = drawn ?? chain.nodes.find((each) => each.id === node) ?? fallback;
  const standsIn = view.nodes.find(
    (each) => each.id === selected.id || each.members?.some((member) => member.id === selected.id) === true,
  );
  const toggle = (kind: ChainKind) => {
    const next = new Set(opened);
    if (!next.delete(kind)) next.add(kind);
    setOpened(next);
  };
  return (
    <div className="amap-chain">
      <Title headingLevel="h2" size="lg">
        From source to cluster
      </Title>
      <div className="amap-chain-parts">
        <ChainGraph view={view} selected={standsIn?.id ?? ""} opened={opened} onSelect={onSelect} onToggle={toggle} />
        <ChainPanel node={selected} documents={image.documents} onSelect={onSelect} onOpen={onOpen} />
      </div>
      {document === undefined ? null : (
        <DocumentView image={imageName(image)} id={document} onClose={() => onOpen(undefined)} />
      )}
      <ChainTable chain={chain} selected={selected.id} onSelect={onSelect} />
    </div>
  );
}
