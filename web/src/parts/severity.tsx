import { Label, Tooltip } from "@patternfly/react-core";
import { type Counts, countsInWords, SEVERITIES, type Severity } from "../text/severity.ts";

/** A severity: letter in a square and the word. */
export function SeverityLabel({ severity, score }: { readonly severity: Severity; readonly score?: number }) {
  return (
    <Label variant="outline" isCompact icon={<Mark severity={severity} />}>
      {word(severity)}
      {score === undefined ? "" : ` ${score.toFixed(1)}`}
    </Label>
  );
}

/** How many findings of each severity are open; the counts before VEX on hover and focus. */
export function SeverityCounts({ counts, before }: { readonly counts: Counts; readonly before?: Counts }) {
  const shown = SEVERITIES.filter((each) => (counts[each] ?? 0) > 0);
  const words = `Open: ${countsInWords(counts)}${before === undefined ? "" : `; before VEX: ${countsInWords(before)}`}`;
  return (
    <Tooltip content={words} aria="none">
      {/* Focusable, so that the counts before VEX can be had without a mouse. */}
      <span className="amap-counts" tabIndex={0} role="img" aria-label={words}>
        {shown.length === 0 ? <span aria-hidden="true">None open</span> : null}
        {shown.map((each) => (
          <span key={each} aria-hidden="true" className="amap-count">
            <Mark severity={each} />
            {counts[each]}
          </span>
        ))}
      </span>
    </Tooltip>
  );
}

function Mark({ severity }: { readonly severity: Severity }) {
  return (
    <span className={`amap-mark amap-mark-${severity}`} aria-hidden="true">
      {severity === "unknown" ? "?" : severity.charAt(0).toUpperCase()}
    </span>
  );
}

function word(severity: Severity): string {
  return `${severity.charAt(0).toUpperCase()}${severity.slice(1)}`;
}
