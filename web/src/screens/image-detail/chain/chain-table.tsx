import { Button } from "@patternfly/react-core";
import { Caption, Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useMemo, useState } from "react";
import { StatusLabel } from "../../../parts/status-label.tsx";
import { Text } from "../../../parts/text.tsx";
import { printable } from "../../../text/printable.ts";
import { type Chain, listChain } from "./chain-view.ts";
import { KIND_WORDS } from "./chain-words.ts";

interface ChainTableProps {
  readonly chain: Chain;
  readonly selected: string;
  readonly onSelect: (id: string) => void;
}

const FIRST_ROWS = 100;
const MAX_NAMES = 3;
const MAX_INDENT = 6;

/** What the drawing shows, as an indented list: for screen readers, small screens and long chains. */
export function ChainTable({ chain, selected, onSelect }: ChainTableProps) {
  const rows = useMemo(() => listChain(chain), [chain]);
  const [shown, setShown] = useState(FIRST_ROWS);
  return (
    <div className="amap-table">
      <Table variant="compact" gridBreakPoint="grid-md" role="table" className="amap-chain-tree">
        <Caption>The chain as a table: each node beneath the one that it came from or speaks about</Caption>
        <Thead>
          <Tr>
            <Th>Node</Th>
            <Th>Kind</Th>
            <Th>Status</Th>
            <Th>Also after</Th>
          </Tr>
        </Thead>
        <Tbody>
          {rows.slice(0, shown).map(({ node, level, alsoAfter }) => (
            <Tr key={node.id}>
              <Th scope="row" dataLabel="Node">
                <span style={{ paddingInlineStart: `${(Math.min(level, MAX_INDENT) - 1) * 1.25}rem` }}>
                  <span className="amap-hidden">Level {level}: </span>
                  <Button
                    variant="link"
                    isInline
                    className="amap-chain-node-name"
                    aria-pressed={node.id === selected}
                    onClick={() => onSelect(node.id)}
                  >
                    {printable(node.label) || "(no name)"}
                  </Button>
                </span>
              </Th>
              <Td dataLabel="Kind">{KIND_WORDS[node.kind].one}</Td>
              <Td dataLabel="Status">
                <StatusLabel status={node.status} />
              </Td>
              <Td dataLabel="Also after">{alsoAfter.length === 0 ? "–" : <Text value={namesOf(alsoAfter)} />}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      {rows.length <= shown ? null : (
        <Button variant="secondary" onClick={() => setShown(rows.length)}>
          Show all {rows.length} rows
        </Button>
      )}
    </div>
  );
}

function namesOf(nodes: readonly Chain["nodes"][number][]): string {
  const names = nodes.slice(0, MAX_NAMES).map(({ label }) => label);
  return nodes.length > MAX_NAMES ? `${names.join(", ")} and ${nodes.length - MAX_NAMES} more` : names.join(", ");
}
