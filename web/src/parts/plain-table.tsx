import { Caption, Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { ReactNode } from "react";

/** A column: its name and what a row shows there. The first column is the row's header and holds its link or button. */
export interface Column<T> {
  readonly name: string;
  readonly cell: (item: T) => ReactNode;
}

export interface PlainTableProps<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** How the keyboard works here, after the caption. */
  readonly hint?: string;
}

/** A table with caption and row headers; on small screens each row becomes a block of names and values. */
export function PlainTable<T>({ caption, columns, items, keyOf, hint }: PlainTableProps<T>) {
  return (
    <section className="amap-scroll" aria-label={`Table: ${caption}`} tabIndex={0}>
      <Table variant="compact" gridBreakPoint="grid-lg" role="table">
        <Caption>
          {caption}
          {hint === undefined ? null : <span className="amap-hint"> {hint}</span>}
        </Caption>
        <Thead>
          <Tr>
            {columns.map((column) => (
              <Th key={column.name} modifier="wrap">
                {column.name}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {items.map((item) => (
            <Tr key={keyOf(item)}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <Th key={column.name} scope="row" dataLabel={column.name} data-row-header="">
                    {column.cell(item)}
                  </Th>
                ) : (
                  <Td key={column.name} dataLabel={column.name}>
                    {column.cell(item)}
                  </Td>
                ),
              )}
            </Tr>
          ))}
        </Tbody>
      </Table>
    </section>
  );
}
