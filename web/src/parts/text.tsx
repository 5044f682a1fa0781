import { printable, printableLines } from "../text/printable.ts";

/** A name or sentence from outside: invisible characters are shown, long words break. */
export function Text({ value }: { readonly value: string }) {
  return <span className="amap-text">{printable(value)}</span>;
}

/** A message of several lines: its line breaks stay, all else that is invisible is shown. */
export function Lines({ value }: { readonly value: string }) {
  return <span className="amap-text amap-lines">{printableLines(value)}</span>;
}

/** A name in one line that is cut at the cell's width; the whole of it is in the title and wraps on focus. */
export function LongText({ value }: { readonly value: string }) {
  const text = printable(value);
  return (
    <span className="amap-long" title={text}>
      {text}
    </span>
  );
}

/** Text as it is (JSON, CEL, messages with an excerpt), scrollable, never read as markup. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <pre className="amap-code" tabIndex={0} role="region" aria-label={label}>
      {printableLines(text)}
    </pre>
  );
}

/** A value as indented JSON. */
export function JsonBlock({ value, label }: { readonly value: unknown; readonly label: string }) {
  return <CodeBlock text={JSON.stringify(value, null, 2) ?? "null"} label={label} />;
}
