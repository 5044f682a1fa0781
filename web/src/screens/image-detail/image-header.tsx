import { Alert } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { routeQuery } from "../../api/queries.ts";
import { Digest } from "../../parts/digest.tsx";
import { SeverityCounts } from "../../parts/severity.tsx";
import { Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { imageName, shortDigest } from "../../text/names.ts";
import { printable } from "../../text/printable.ts";
import { type ImageDetail, verdictOf } from "./verdict.ts";

const MAX_TAGS = 12;
const MAX_PLATFORMS = 6;
const VARIANTS = { good: "success", bad: "danger", neutral: "info" } as const;

/** What the image is called, and whether it would be let in. */
export function ImageHeader({ image }: { readonly image: ImageDetail }) {
  const { tags, platformDigests, observedAt, open, findings, digest } = image;
  return (
    <div>
      <dl className="amap-image-facts">
        <Fact name="Digest">
          <Digest value={digest} />
        </Fact>
        <Fact name="Tags">
          <Text value={listWords(tags, MAX_TAGS)} />
        </Fact>
        <Fact name="Platforms">
          <span title={printable(platformDigests.join("\n").slice(0, 2_000))}>
            {image.platforms}
            {platformDigests.length === 0
              ? ""
              : ` (${printable(listWords(platformDigests.map(shortDigest), MAX_PLATFORMS))})`}
          </span>
        </Fact>
        <Fact name="Open findings">
          {image.scannedAt !== undefined || Object.keys(findings).length > 0 ? (
            <SeverityCounts counts={open} before={findings} />
          ) : (
            "not looked at"
          )}
        </Fact>
        <Fact name="Last look">
          <Timestamp at={observedAt} />
        </Fact>
      </dl>
      <VerdictBox image={image} />
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function VerdictBox({ image }: { readonly image: ImageDetail }) {
  const inputs = { query: { image: imageName(image), limit: "500" } };
  const results = useQuery(routeQuery("GET /api/v1/results", inputs));
  if (results.isPending && image.verdict === "denied") {
    return (
      <Alert isInline component="h2" variant="danger" title="WOULD BE DENIED">
        Loading the reasons …
      </Alert>
    );
  }
  const { tone, title, reasons, more } = verdictOf(image, results.data?.items ?? []);
  return (
    <Alert isInline component="h2" variant={VARIANTS[tone]} title={title}>
      <ul className="amap-reasons">
        {reasons.map((reason) => (
          <li key={reason}>
            <Text value={reason} />
          </li>
        ))}
        {more === 0 ? null : <li>and {more} more, see Policies</li>}
        {results.isError ? <li>The results of the rules could not be loaded.</li> : null}
      </ul>
    </Alert>
  );
}

function listWords(words: readonly string[], max: number): string {
  if (words.length === 0) return "none";
  const shown = words.slice(0, max).join(", ");
  return words.length > max ? `${shown} and ${words.length - max} more` : shown;
}
