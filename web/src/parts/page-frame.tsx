import { Button, PageSection, Title } from "@patternfly/react-core";
import { type ReactNode, useEffect, useRef } from "react";
import { printable } from "../text/printable.ts";
import { CopyButton } from "./digest.tsx";

interface PageFrameProps {
  /** The page's one h1 and the document's title. */
  readonly title: string;
  /** A sentence under the title. */
  readonly lead?: ReactNode;
  /** The command that shows the same in a terminal. */
  readonly cli?: string;
  /** The API's address of what the page shows, from `addressOf`. */
  readonly json?: string;
  /** Buttons of the page itself. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** The first page leaves the focus at the top, so that the skip link comes first. */
let hasShownPage = false;

/** A page: title (focused when the page opens), its actions and its content. */
export function PageFrame({ title, lead, cli, json, actions, children }: PageFrameProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = printable(title);
  useEffect(() => {
    document.title = `${shown} · A-MAP`;
  }, [shown]);
  useEffect(() => {
    if (hasShownPage) heading.current?.focus();
    hasShownPage = true;
  }, []);
  return (
    <PageSection hasBodyWrapper={false} className="amap-page">
      <div className="amap-page-head">
        <div className="amap-page-title">
          <Title headingLevel="h1" size="2xl" ref={heading} tabIndex={-1} className="amap-h1" title={shown}>
            {shown}
          </Title>
          {lead === undefined ? null : <div className="amap-lead">{lead}</div>}
        </div>
        <div className="amap-page-actions">
          {actions}
          {cli === undefined ? null : (
            <span className="amap-cli">
              <code title={printable(cli)}>{printable(cli)}</code>
              <CopyButton text={cli} label="Copy as CLI" />
            </span>
          )}
          {json === undefined ? null : (
            <Button variant="link" isInline component="a" href={json} target="_blank" rel="noreferrer">
              Raw JSON
            </Button>
          )}
        </div>
      </div>
      {children}
    </PageSection>
  );
}
