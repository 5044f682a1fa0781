import { Button } from "@patternfly/react-core";
import { useEffect, useRef } from "react";
import { PlainTable, type PlainTableProps } from "./plain-table.tsx";

interface CursorTableProps<T> extends Omit<PlainTableProps<T>, "hint"> {
  /** The cursor after these items, as the API gave it. */
  readonly next?: string | undefined;
  /** The cursor these items were asked with. */
  readonly cursor?: string | undefined;
  /** Goes to a cursor; `undefined` is the first page. Absent: the list has one page. */
  readonly onCursor?: (cursor: string | undefined) => void;
}

/** A list: caption, row headers, j and k move between the rows' links, Enter opens, next and first page. */
export function CursorTable<T>({ caption, columns, items, keyOf, next, cursor, onCursor }: CursorTableProps<T>) {
  const region = useRef<HTMLDivElement>(null);
  useRowKeys(region);
  return (
    <div ref={region} className="amap-table">
      <PlainTable caption={caption} columns={columns} items={items} keyOf={keyOf} hint="(j and k move, Enter opens)" />
      {onCursor === undefined || (next === undefined && cursor === undefined) ? null : (
        <nav className="amap-pages" aria-label={`Pages of ${caption}`}>
          <Button variant="secondary" isDisabled={cursor === undefined} onClick={() => onCursor(undefined)}>
            First page
          </Button>
          <Button variant="secondary" isDisabled={next === undefined} onClick={() => onCursor(next)}>
            Next page
          </Button>
        </nav>
      )}
    </div>
  );
}

/** j and k anywhere on the page, except where text is typed. */
function useRowKeys(region: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.key !== "j" && event.key !== "k") || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest("input, select, textarea, [contenteditable]")) return;
      const rows = [...(region.current?.querySelectorAll<HTMLElement>("[data-row-header]") ?? [])]
        .map((cell) => cell.querySelector<HTMLElement>("a[href], button"))
        .filter((each) => each !== null);
      const at = rows.findIndex((row) => row.closest("tr")?.contains(document.activeElement) === true);
      const to = at === -1 ? 0 : at + (event.key === "j" ? 1 : -1);
      rows[to]?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [region]);
}
