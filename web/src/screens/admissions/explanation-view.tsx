import { Alert } from "@patternfly/react-core";
import type { RouteResponse } from "../../../../src/api/index.ts";
import { type Column, PlainTable } from "../../parts/plain-table.tsx";
import { StatusLabel } from "../../parts/status-label.tsx";
import { CodeBlock, JsonBlock, LongText, Text } from "../../parts/text.tsx";
import { printable } from "../../text/printable.ts";
import { differencesOf, type RuleDifference } from "./differences.ts";

type Explanation = RouteResponse<"GET /api/v1/admissions/:id/explanation">;
type Fact = Explanation["facts"][number];
type Rules = RouteResponse<"GET /api/v1/admissions/:id">["decision"]["rules"];

const TITLES = {
  same: "Made again, the decision is the same",
  different: "Made again, the decision is different",
  impossible: "The decision cannot be made again",
} as const;
const VARIANTS = { same: "success", different: "danger", impossible: "warning" } as const;

interface ExplanationViewProps {
  readonly explanation: Explanation;
  /** The rules as the stored decision has them. */
  readonly before: Rules;
}

/** A decision made again: whether it is the same, what each rule looked at, and the facts it stood on. */
export function ExplanationView({ explanation, before }: ExplanationViewProps) {
  const { outcome, message, decision, rules, facts } = explanation;
  const differences = decision === undefined ? [] : differencesOf(before, decision.rules);
  return (
    <div className="amap-sections">
      <div role="status">
        <Alert isInline variant={VARIANTS[outcome]} title={TITLES[outcome]} component="h3">
          <Text value={message} />
        </Alert>
      </div>
      {differences.length === 0 ? null : (
        <PlainTable
          caption="Rules that came out otherwise"
          columns={DIFFERENCE_COLUMNS}
          items={differences}
          keyOf={({ policy, rule }) => JSON.stringify([policy, rule])}
        />
      )}
      {rules.map((rule, at) => (
        <RuleExplanation key={`${String(at)} ${rule.policy} ${rule.rule}`} rule={rule} />
      ))}
      {facts.length === 0 ? null : (
        <PlainTable
          caption="Facts that the decision stood on"
          columns={FACT_COLUMNS}
          items={facts}
          keyOf={(fact) => JSON.stringify(fact)}
        />
      )}
    </div>
  );
}

function RuleExplanation({ rule }: { readonly rule: Explanation["rules"][number] }) {
  const name = `${rule.policy}/${rule.rule}`;
  return (
    <details className="amap-rule" open={rule.status !== "pass" && rule.status !== "skip"}>
      <summary>
        <StatusLabel status={rule.status} /> <LongText value={name} />
      </summary>
      {rule.message === undefined ? null : <CodeBlock text={rule.message} label={`Message of ${printable(name)}`} />}
      {rule.code === undefined ? null : (
        <p>
          Code <code>{printable(rule.code)}</code>
        </p>
      )}
      {rule.expression === undefined ? null : (
        <>
          <h4>Expression (CEL)</h4>
          <CodeBlock text={rule.expression} label={`Expression of ${printable(name)}`} />
        </>
      )}
      <h4>What it looked at</h4>
      {rule.evidence.length === 0 ? (
        <p>No outside evidence: the request alone.</p>
      ) : (
        <JsonBlock value={rule.evidence} label={`Evidence of ${printable(name)}`} />
      )}
    </details>
  );
}

const DIFFERENCE_COLUMNS: readonly Column<RuleDifference>[] = [
  { name: "Rule", cell: ({ policy, rule }) => <LongText value={`${policy}/${rule}`} /> },
  { name: "Then", cell: ({ before }) => (before === undefined ? "not there" : <StatusLabel status={before} />) },
  { name: "Made again", cell: ({ now }) => (now === undefined ? "not there" : <StatusLabel status={now} />) },
];

const FACT_COLUMNS: readonly Column<Fact>[] = [
  { name: "Fact", cell: ({ kind }) => <Text value={kind} /> },
  { name: "Image", cell: ({ image }) => (image === undefined ? "none" : <LongText value={image} />) },
  { name: "Loaded", cell: ({ ok }) => <StatusLabel status={ok ? "pass" : "error"} word={ok ? "Loaded" : "Failed"} /> },
  {
    name: "Reason",
    cell: ({ code, message }) =>
      code === undefined && message === undefined ? (
        "none"
      ) : (
        <Text value={[code, message].filter((each) => each !== undefined).join(": ")} />
      ),
  },
];
