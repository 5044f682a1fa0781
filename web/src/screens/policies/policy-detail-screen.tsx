import "./policies.css";
import { Alert, Title } from "@patternfly/react-core";
import { Caption, Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { RouteResponse } from "../../../../src/api/index.ts";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { Digest } from "../../parts/digest.tsx";
import { Fact, Facts } from "../../parts/facts.tsx";
import { PageFrame } from "../../parts/page-frame.tsx";
import { QueryView } from "../../parts/query-view.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { CodeBlock, Text } from "../../parts/text.tsx";
import { Timestamp } from "../../parts/timestamp.tsx";
import { printable } from "../../text/printable.ts";
import { indentJson } from "../image-detail/document-text.ts";
import { actionWords, whenWords } from "./policy-words.ts";
import { ResultCountLinks } from "./result-counts.tsx";

type PolicyDetail = RouteResponse<"GET /api/v1/policies/:name">;

const route = getRouteApi("/policies/$name");

/** One policy: what it does, what is wrong with it, and its text. */
export function PolicyDetailScreen() {
  const { name } = route.useParams();
  const query = useQuery(routeQuery("GET /api/v1/policies/:name", { params: { name } }));
  return (
    <PageFrame
      key={name}
      title={name}
      lead={<Link to="/policies">All policies</Link>}
      cli="amap check --policy POLICY_FILE MANIFESTS"
      json={addressOf("GET /api/v1/policies/:name", { params: { name } })}
    >
      <QueryView query={query} name="the policy">
        {(policy) => <Policy policy={policy} />}
      </QueryView>
    </PageFrame>
  );
}

function Policy({ policy }: { readonly policy: PolicyDetail }) {
  const { name, kind, state, source, digest, recordedAt, results, rules, text } = policy;
  const shown = indentJson(text);
  return (
    <>
      {state === "refused" ? (
        <Alert isInline variant="danger" component="h2" title="Refused: it is not in force">
          What is wrong with it is listed below.
        </Alert>
      ) : null}
      {policy.issues.length === 0 ? null : <Issues issues={policy.issues} />}
      <section className="amap-policy-part">
        <Title headingLevel="h2" size="lg">
          What it does
        </Title>
        <Facts>
          <Fact name="State">
            <StatusLabel status={state} />
          </Fact>
          <Fact name="Kind">
            <Text value={kind} />
          </Fact>
          <Fact name="Where a rule does not hold">
            <Text value={actionWords(policy)} />
          </Fact>
          <Fact name="Looked at">{whenWords(policy)}</Fact>
          <Fact name="Results">
            <ResultCountLinks policy={name} counts={results} />{" "}
            <Link to="/results" search={{ tab: "history", policy: name }}>
              History
            </Link>
          </Fact>
          <Fact name="Digest">
            <Digest value={digest} />
          </Fact>
          <Fact name="From">
            <Text value={source} />
          </Fact>
          <Fact name="Read">
            <Timestamp at={recordedAt} />
          </Fact>
        </Facts>
      </section>
      <section className="amap-policy-part">
        <Title headingLevel="h2" size="lg">
          Rules
        </Title>
        {rules.length === 0 ? (
          <p>None that could be read.</p>
        ) : (
          <ul className="amap-policy-rules">
            {rules.map((rule) => (
              <li key={rule}>
                <Link to="/results" search={{ policy: name, rule }} className="amap-text">
                  {printable(rule) || "(no name)"}
                </Link>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className="amap-policy-part amap-policy-text">
        <Title headingLevel="h2" size="lg">
          Text
        </Title>
        <CodeBlock text={shown.text} label="The policy as JSON, read only" />
        {shown.left === 0 ? null : <p>{shown.left} more characters are in the raw JSON.</p>}
      </section>
    </>
  );
}

function Issues({ issues }: { readonly issues: PolicyDetail["issues"] }) {
  return (
    <div className="amap-table amap-policy-part">
      <Table variant="compact" gridBreakPoint="grid-md" role="table">
        <Caption>What is wrong with it, by place</Caption>
        <Thead>
          <Tr>
            <Th>Place</Th>
            <Th>Message</Th>
            <Th>Code</Th>
          </Tr>
        </Thead>
        <Tbody>
          {issues.map(({ path, message, code }, index) => (
            // An issue may be there twice; the order does not change.
            // eslint-disable-next-line react/no-array-index-key
            <Tr key={`${index} ${path}`}>
              <Th scope="row" dataLabel="Place">
                <code>{printable(path) || "(the whole)"}</code>
              </Th>
              <Td dataLabel="Message">
                <Text value={message} />
              </Td>
              <Td dataLabel="Code">
                <code>{printable(code)}</code>
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </div>
  );
}
