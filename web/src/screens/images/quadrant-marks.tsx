import { Tooltip } from "@patternfly/react-core";
import { printable } from "../../text/printable.ts";
import { type ImageSummary, type Quadrant, quadrantsOf } from "./quadrants.ts";

const SIGNS: Readonly<Record<Quadrant["state"], string>> = { good: "✓", partly: "~", bad: "✗", unknown: "?" };

/** The four quadrants as letters with a sign each; in words for those who hear them, on hover and on focus. */
export function QuadrantMarks({ image }: { readonly image: ImageSummary }) {
  const quadrants = quadrantsOf(image);
  const words = printable(quadrants.map((each) => `${each.name}: ${each.words}`).join("; "));
  return (
    <Tooltip content={words} aria="none">
      <span className="amap-quadrants" tabIndex={0} role="img" aria-label={words}>
        {quadrants.map(({ name, state }) => (
          <span key={name} aria-hidden="true" className={`amap-quadrant amap-quadrant-${state}`}>
            {name.charAt(0)}
            {SIGNS[state]}
          </span>
        ))}
      </span>
    </Tooltip>
  );
}
