import type { PolicyState, Reviewed, Scanned } from "../app/index.ts";
import { type AdmissionRequest, failingRules, type RuleRow } from "../report/index.ts";
import type { Events } from "./events.ts";
import { VALIDATING_CONFIGURATION } from "./kinds.ts";
import { formatName, type ObjectIdentity } from "./kube-object.ts";
import { formatIssues } from "./webhook/handlers.ts";

/** Which Events are told about what happens. */
export interface Telling {
  reviewed(request: AdmissionRequest, reviewed: Reviewed): void;
  scanned(scanned: Scanned): void;
  refused(policy: ObjectIdentity, state: PolicyState): void;
}

/** A denied object does not exist: its Event is about the policy. What runs has Events of its own, when a status changes. */
export function createTelling(options: {
  readonly events: Pick<Events, "tell">;
  readonly policyOf: (name: string) => ObjectIdentity | undefined;
}): Telling {
  const { events, policyOf } = options;
  return {
    reviewed: ({ kind, namespace, name, dryRun }, { response, decision }) => {
      if (response.allowed || dryRun || decision === undefined) return;
      const resource = formatName({
        name: name === "" ? "(unnamed)" : name,
        ...(namespace === undefined ? {} : { namespace }),
      });
      const isSecret = kind.group === "" && kind.kind === "Secret";
      for (const rule of failingRules(decision)) {
        const about = policyOf(rule.policy);
        if (about === undefined) continue;
        // More people read Events than Secrets, and a policy's message may quote a value.
        const text = isSecret ? "(its message is for the one who asked)" : textOf(rule);
        const message = `${kind.kind} ${resource}: [${rule.rule}] ${text}; blocked`;
        events.tell({ reason: reasonOf(rule.status), about, message, component: "amap-admission" });
      }
    },
    scanned: ({ resource, changes }) => {
      for (const { to, policy, rule, message } of changes) {
        if (to !== "fail" && to !== "error") continue;
        const text = `policy ${policy}/${rule} ${to}: ${message ?? ""}`;
        events.tell({ reason: reasonOf(to), about: resource, message: text, component: "amap-scan" });
      }
    },
    refused: (about, { issues }) => {
      events.tell({ reason: "PolicyRefused", about, message: formatIssues(issues), component: "amap-controller" });
    },
  };
}

/** Somebody's change of a webhook configuration was undone. */
export function tellPutBack(events: Pick<Events, "tell">, name: string): void {
  const { group, version, kind } = VALIDATING_CONFIGURATION;
  const about = {
    apiVersion: `${group}/${version}`,
    kind: name === "amap-mutating" ? "MutatingWebhookConfiguration" : kind,
    name,
  };
  const message = "somebody changed this webhook configuration; amap has put it back";
  events.tell({ reason: "WebhookPutBack", about, message, component: "amap-controller" });
}

function reasonOf(status: RuleRow["status"]): "PolicyError" | "PolicyViolation" {
  return status === "error" ? "PolicyError" : "PolicyViolation";
}

function textOf({ code, message }: RuleRow): string {
  return [code, message].filter((part) => part !== undefined && part !== "").join(": ");
}
