import { Button } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { routeQuery } from "../../api/queries.ts";
import { Fact, Facts } from "../../parts/facts.tsx";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { SeverityLabel } from "../../parts/severity.tsx";
import { Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { imageName } from "../../text/names.ts";
import { printable } from "../../text/printable.ts";
import { findingKey, readFindingKey } from "./finding-key.ts";
import { FindingStateLabel, runsWords } from "./finding-table.tsx";
import { type Finding, justificationWords, statusWords, waysToAnswer } from "./vex-words.ts";

interface FindingPanelProps {
  /** The finding's key, from the address. */
  readonly name: string;
  /** Findings that are already here. */
  readonly loaded: readonly Finding[];
  readonly onClose: () => void;
}

/** All that is known about one finding; looked up where the list does not have it. */
export function FindingPanel({ name, loaded, onClose }: FindingPanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [name]);
  const wanted = readFindingKey(name);
  const here = loaded.find((finding) => findingKey(finding) === name);
  const query = useQuery({
    ...routeQuery("GET /api/v1/findings", {
      query: { image: wanted?.image ?? "", search: (wanted?.vulnerability ?? "").slice(0, 200), limit: "500" },
    }),
    enabled: here === undefined && wanted !== undefined,
  });
  const isSame = (finding: Finding) => findingKey(finding) === name;
  return (
    <aside className="amap-finding-panel" aria-label="Selected finding">
      <div className="amap-finding-head">
        <h2 ref={heading} tabIndex={-1} className="pf-v6-c-title pf-m-lg">
          {printable(wanted?.vulnerability ?? "No such finding")}
        </h2>
        <Button variant="secondary" size="sm" onClick={onClose}>
          Close
        </Button>
      </div>
      {here === undefined && wanted !== undefined ? (
        <QueryView query={query} name="the finding" isEmpty={(page) => !page.items.some(isSame)} empty={<Gone />}>
          {(page) => page.items.filter(isSame).map((finding) => <FindingFacts key={name} finding={finding} />)}
        </QueryView>
      ) : here === undefined ? (
        <Gone />
      ) : (
        <FindingFacts finding={here} />
      )}
    </aside>
  );
}

function Gone() {
  return <Empty title="There is no such finding">The image may have been scanned again.</Empty>;
}

function FindingFacts({ finding }: { readonly finding: Finding }) {
  const { severity, score, aliases, purl, component, version, fixedVersions, running } = finding;
  const ways = waysToAnswer(finding);
  return (
    <>
      <Facts>
        <Fact name="State">
          <FindingStateLabel finding={finding} />
        </Fact>
        <Fact name="Severity">
          <SeverityLabel severity={severity} {...(score === undefined ? {} : { score })} />
        </Fact>
        <Fact name="Also known as">{aliases.length === 0 ? "–" : <Text value={aliases.join(", ")} />}</Fact>
        <Fact name="Component">
          <Text value={`${component} ${version}`} />
        </Fact>
        <Fact name="Package URL">
          <Text value={purl} />
        </Fact>
        <Fact name="Fixed in">
          {fixedVersions.length === 0 ? "no fix known" : <Text value={fixedVersions.join(", ")} />}
        </Fact>
        <Fact name="Image">
          <Link to="/images/$image" params={{ image: imageName(finding) }} className="amap-text">
            {printable(imageName(finding))}
          </Link>
          <div>{runsWords(running)}</div>
        </Fact>
      </Facts>
      <h3>What is said about it</h3>
      {finding.statement === undefined ? (
        <p>No statement decides it.</p>
      ) : (
        <StatementFacts statement={finding.statement} />
      )}
      {ways.length === 0 ? null : (
        <>
          <h3>What would answer it</h3>
          <ul>
            {ways.map((way) => (
              <li key={way}>
                <Text value={way} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function StatementFacts({ statement }: { readonly statement: NonNullable<Finding["statement"]> }) {
  const { status, justification, impactStatement, actionStatement, author, signer, timestamp, documentId } = statement;
  const words = statusWords(status);
  return (
    <Facts>
      <Fact name="Status">
        <Text value={`${words.word}. ${words.meaning}`} />
      </Fact>
      {justification === undefined ? null : (
        <Fact name="Justification">
          <Text value={justificationWords(justification)} /> (<code>{printable(justification)}</code>)
        </Fact>
      )}
      {impactStatement === undefined ? null : (
        <Fact name="Impact">
          <Text value={impactStatement} />
        </Fact>
      )}
      {actionStatement === undefined ? null : (
        <Fact name="Action">
          <Text value={actionStatement} />
        </Fact>
      )}
      <Fact name="Author">
        <Text value={author} />
      </Fact>
      <Fact name="Signed by">{signer === undefined ? "no signer known" : <Text value={signer} />}</Fact>
      <Fact name="Said">
        <Timestamp at={timestamp} />
      </Fact>
      <Fact name="Document">
        <Text value={documentId} />
      </Fact>
    </Facts>
  );
}
