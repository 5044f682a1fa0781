import "./overview.css";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { RouteResponse } from "../../../../src/api/index.ts";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { AllowedIcon, DeniedIcon } from "../../parts/icons.ts";
import { PageFrame } from "../../parts/page-frame.tsx";
import { type Column, PlainTable } from "../../parts/plain-table.tsx";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { SeverityLabel } from "../../parts/severity.tsx";
import { LongText, Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { imageName } from "../../text/names.ts";
import { findingKey } from "../findings/finding-key.ts";
import { QuadrantCard } from "./quadrant-card.tsx";

type Overview = RouteResponse<"GET /api/v1/overview">;
type Namespace = Overview["namespaces"][number];
type Finding = Overview["doFirst"][number];

/** Whether what runs can be trusted now, and what to do first. */
export function OverviewScreen() {
  const overview = useQuery(routeQuery("GET /api/v1/overview"));
  return (
    <PageFrame
      title="Overview"
      lead="Is what runs in the clusters trustworthy now, and what is to be done first?"
      json={addressOf("GET /api/v1/overview")}
    >
      <QueryView
        query={overview}
        name="the overview"
        isEmpty={({ artifacts, policies }) => artifacts.images === 0 && policies.ready + policies.refused === 0}
        empty={
          <Empty title="Nothing is recorded yet">
            <code>amap controller</code> records images, policies and decisions of a cluster; <code>amap demo</code>{" "}
            fills a store to look at.
          </Empty>
        }
      >
        {(data) => (
          <div className="amap-overview">
            <Freshness newest={data.newest} />
            <Quadrants data={data} />
            <DoFirst findings={data.doFirst} />
            <Checklist namespaces={data.namespaces} />
          </div>
        )}
      </QueryView>
    </PageFrame>
  );
}

function Quadrants({ data: { artifacts, metadata, attestations, policies } }: { readonly data: Overview }) {
  const { pass, warn, fail, error, skip } = policies.results;
  return (
    <div className="amap-cards">
      <QuadrantCard
        title="Artifacts"
        part={artifacts.running}
        whole={artifacts.images}
        words="known images are running"
        facts={[["Named by a tag only", artifacts.unpinned]]}
        worst={artifacts.worst}
        link={
          <Link to="/images" search={{ running: "true" }}>
            Running images
          </Link>
        }
      />
      <QuadrantCard
        title="Metadata"
        part={metadata.withSbom}
        whole={metadata.images}
        words="images have a verified SBOM"
        facts={[
          ["Scan younger than 24 hours", `${String(metadata.freshScan)} of ${String(metadata.images)}`],
          ["Findings answered by VEX", `${String(metadata.answered)} of ${String(metadata.findings)}`],
        ]}
        worst={metadata.worst}
        link={
          <Link to="/images" search={{ missing: "sbom" }}>
            Images without an SBOM
          </Link>
        }
      />
      <QuadrantCard
        title="Attestations"
        part={attestations.signed}
        whole={attestations.images}
        words="images have a verified signature"
        facts={[
          ["Verified provenance", `${String(attestations.withProvenance)} of ${String(attestations.images)}`],
          ["Rejected documents", attestations.rejected],
        ]}
        worst={attestations.worst}
        link={
          <Link to="/images" search={{ missing: "provenance" }}>
            Images without provenance
          </Link>
        }
      />
      <QuadrantCard
        title="Policies"
        part={pass}
        whole={pass + warn + fail + error}
        words="results pass"
        facts={[
          ["Warn, fail, error", `${String(warn)}, ${String(fail)}, ${String(error)}`],
          ["Skipped", skip],
          ["Policies ready, refused", `${String(policies.ready)}, ${String(policies.refused)}`],
          [
            "Denied in the last 24 hours",
            <Link key="denied" to="/admissions" search={{ allowed: "false" }}>
              {policies.deniedLastDay}
            </Link>,
          ],
        ]}
        link={
          <Link to="/results" search={{ status: "fail" }}>
            Failing results
          </Link>
        }
      />
    </div>
  );
}

function Freshness({ newest }: { readonly newest: Overview["newest"] }) {
  const stamps = [
    ["Last scan", newest.scan],
    ["Last check", newest.check],
    ["Last admission", newest.admission],
  ] as const;
  return (
    <dl className="amap-freshness" aria-label="How fresh the data is">
      {stamps.map(([name, at]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{at === undefined ? "never" : <Timestamp at={at} />}</dd>
        </div>
      ))}
    </dl>
  );
}

const FINDING_COLUMNS: readonly Column<Finding>[] = [
  {
    name: "Vulnerability",
    cell: (finding) => (
      <Link to="/findings" search={{ search: finding.vulnerability.slice(0, 200), selected: findingKey(finding) }}>
        <LongText value={finding.vulnerability} />
      </Link>
    ),
  },
  {
    name: "Severity",
    cell: ({ severity, score }) => <SeverityLabel severity={severity} {...(score === undefined ? {} : { score })} />,
  },
  { name: "Component", cell: ({ component, version }) => <LongText value={`${component} ${version}`} /> },
  {
    name: "Image",
    cell: (finding) => (
      <Link to="/images/$image" params={{ image: imageName(finding) }} search={{ tab: "vulnerabilities" }}>
        <LongText value={finding.repository} />
      </Link>
    ),
  },
  {
    name: "Fixed in",
    cell: ({ fixedVersions }) => (fixedVersions.length === 0 ? "no fix" : <Text value={fixedVersions.join(", ")} />),
  },
  { name: "Running", cell: ({ running }) => running },
];

function DoFirst({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <section aria-labelledby="do-first">
      <h2 id="do-first">Do first</h2>
      {findings.length === 0 ? (
        <p>No finding waits: each is fixed or answered.</p>
      ) : (
        <PlainTable
          caption="Findings that run, are worst and have no answer"
          columns={FINDING_COLUMNS}
          items={findings.slice(0, 7)}
          keyOf={findingKey}
        />
      )}
    </section>
  );
}

const RULES: readonly Column<Namespace>[] = [
  { name: "Namespace", cell: ({ cluster, namespace }) => <LongText value={`${cluster}/${namespace}`} /> },
  { name: "1 Provenance, scan and SBOM", cell: (each) => <Share part={each.evidence} whole={each.images} /> },
  { name: "2 VEX answers", cell: (each) => <Share part={each.vexAnswers} whole={each.images} /> },
  { name: "3 Scanned daily", cell: (each) => <Share part={each.freshScan} whole={each.images} /> },
  { name: "4 No open high", cell: (each) => <Share part={each.noOpenHigh} whole={each.images} /> },
  { name: "5 SBOM in CycloneDX or SPDX", cell: (each) => <Share part={each.sbomFormat} whole={each.images} /> },
];

function Checklist({ namespaces }: { readonly namespaces: readonly Namespace[] }) {
  return (
    <section aria-labelledby="five-rules">
      <h2 id="five-rules">Five rules</h2>
      {namespaces.length === 0 ? (
        <p>No namespace runs a known image.</p>
      ) : (
        <PlainTable
          caption="How many images of a namespace keep each rule"
          columns={RULES}
          items={namespaces}
          keyOf={({ cluster, namespace }) => JSON.stringify([cluster, namespace])}
        />
      )}
    </section>
  );
}

function Share({ part, whole }: { readonly part: number; readonly whole: number }) {
  const isKept = part >= whole;
  return (
    <span className={`amap-share ${isKept ? "amap-share-kept" : "amap-share-broken"}`}>
      {isKept ? <AllowedIcon /> : <DeniedIcon />} {isKept ? "Kept" : "Broken"}: {part} of {whole}
    </span>
  );
}
