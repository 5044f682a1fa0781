import "./admissions.css";
import { Alert, Button } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { RouteResponse } from "../../../../src/api/index.ts";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { Digest } from "../../parts/digest.tsx";
import { Fact, Facts } from "../../parts/facts.tsx";
import { PageFrame } from "../../parts/page-frame.tsx";
import { type Column, PlainTable } from "../../parts/plain-table.tsx";
import { QueryView } from "../../parts/query-view.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { JsonBlock, Lines, LongText, Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { shellWord } from "../../text/names.ts";
import { printable } from "../../text/printable.ts";
import { AdmissionImages } from "./admission-images.tsx";
import { durationInWords, objectName } from "./admission-words.ts";
import { ExplanationView } from "./explanation-view.tsx";

type Detail = RouteResponse<"GET /api/v1/admissions/:id">;
type Rule = Detail["decision"]["rules"][number];

const route = getRouteApi("/admissions/$id");

/** One admission decision: what was asked, what each rule said, on which evidence; and made again on demand. */
export function AdmissionDetailScreen() {
  const { id } = route.useParams();
  const { explain } = route.useSearch();
  const navigate = route.useNavigate();
  const admission = useQuery(routeQuery("GET /api/v1/admissions/:id", { params: { id } }));
  const isExplained = explain === "true";
  return (
    <PageFrame
      key={id}
      title={admission.data === undefined ? "Admission decision" : `Admission of ${objectName(admission.data)}`}
      cli={`amap explain ${shellWord(id)}`}
      json={addressOf("GET /api/v1/admissions/:id", { params: { id } })}
      actions={
        <Button
          variant="primary"
          aria-expanded={isExplained}
          onClick={() => void navigate({ search: isExplained ? {} : { explain: "true" } })}
        >
          {isExplained ? "Close the explanation" : "Explain"}
        </Button>
      }
    >
      <QueryView query={admission} name="this decision">
        {(detail) => (
          <div className="amap-sections">
            {isExplained ? <Explained detail={detail} /> : null}
            <Summary detail={detail} />
            <Rules rules={detail.decision.rules} />
            <AdmissionImages images={detail.decision.images} />
            <Policies policies={detail.policies} />
            <section aria-labelledby="object">
              <h2 id="object">Object</h2>
              {detail.object === undefined ? (
                <p>No object was kept: the request had none, or it is too old.</p>
              ) : (
                <JsonBlock value={detail.object} label="The object that was asked about, as JSON" />
              )}
            </section>
          </div>
        )}
      </QueryView>
    </PageFrame>
  );
}

function Explained({ detail }: { readonly detail: Detail }) {
  const explanation = useQuery({
    ...routeQuery("GET /api/v1/admissions/:id/explanation", { params: { id: detail.id } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <section aria-labelledby="explanation">
      <h2 id="explanation">Explanation</h2>
      <QueryView query={explanation} name="the explanation">
        {(data) => <ExplanationView explanation={data} before={detail.decision.rules} />}
      </QueryView>
    </section>
  );
}

function Summary({ detail }: { readonly detail: Detail }) {
  return (
    <section aria-label="Decision">
      {detail.message === undefined ? null : (
        <Alert
          isInline
          component="h2"
          variant={detail.allowed ? "info" : "danger"}
          title={detail.allowed ? "Allowed, with a message" : "Denied"}
        >
          <Lines value={detail.message} />
        </Alert>
      )}
      <Facts>
        <Fact name="Decision">
          <StatusLabel status={detail.allowed ? "allowed" : "denied"} />
        </Fact>
        <Fact name="Operation">{`${detail.operation}${detail.dryRun ? " (dry run)" : ""}`}</Fact>
        <Fact name="When">
          <Timestamp at={detail.at} /> ({printable(detail.at)})
        </Fact>
        <Fact name="User">
          <Text value={detail.user} />
        </Fact>
        <Fact name="Cluster">
          <Text value={detail.cluster} />
        </Fact>
        <Fact name="Took">{durationInWords(detail.durationMs)}</Fact>
        <Fact name="Request">
          <Text value={detail.id} />
        </Fact>
        <Fact name="Can be made again">
          {detail.replayable ? "yes" : <Text value={detail.notReplayable ?? "no"} />}
        </Fact>
      </Facts>
    </section>
  );
}

const RULE_COLUMNS: readonly Column<Rule>[] = [
  { name: "Rule", cell: ({ policy, rule }) => <LongText value={`${policy}/${rule}`} /> },
  { name: "Status", cell: ({ status }) => <StatusLabel status={status} /> },
  { name: "Code", cell: ({ code }) => (code === undefined ? "none" : <Text value={code} />) },
  { name: "Message", cell: ({ message }) => (message === undefined ? "none" : <Lines value={message} />) },
];

function Rules({ rules }: { readonly rules: readonly Rule[] }) {
  return (
    <section aria-labelledby="rules">
      <h2 id="rules">Rules</h2>
      {rules.length === 0 ? (
        <p>No rule applied to this request.</p>
      ) : (
        <PlainTable
          caption="What each rule said"
          columns={RULE_COLUMNS}
          items={rules}
          keyOf={({ policy, rule, status, message }) => JSON.stringify([policy, rule, status, message])}
        />
      )}
    </section>
  );
}

const POLICY_COLUMNS: readonly Column<Detail["policies"][number]>[] = [
  { name: "Policy", cell: ({ name }) => <LongText value={name} /> },
  { name: "Digest", cell: ({ digest }) => <Digest value={digest} /> },
];

function Policies({ policies }: { readonly policies: Detail["policies"] }) {
  if (policies.length === 0) return null;
  return (
    <section aria-labelledby="policies">
      <h2 id="policies">Policies that were asked</h2>
      <PlainTable
        caption="Each in the version it had then"
        columns={POLICY_COLUMNS}
        items={policies}
        keyOf={({ name, digest }) => JSON.stringify([name, digest])}
      />
    </section>
  );
}
