import type { ClusterKind, WebhookNeed } from "../app/index.ts";
import { compareText, encodeBase64, encodeUtf8, type Value } from "../base/index.ts";
import { MANAGED_BY, MUTATING_CONFIGURATION, VALIDATING_CONFIGURATION } from "./kinds.ts";

/** How API servers reach the webhook: a Service of the cluster, or an address outside it. */
export type WebhookClient =
  | { readonly kind: "service"; readonly namespace: string; readonly name: string; readonly port: number }
  | { readonly kind: "url" /** `https://host:port`. */; readonly url: string };

/** The paths that the webhook answers at. */
export const WEBHOOK_PATHS = { validate: "/validate", pin: "/pin", policies: "/policies" } as const;

/** What webhook configurations are computed from. */
export interface WebhookPlan {
  readonly needs: readonly WebhookNeed[];
  readonly policyKinds: readonly ClusterKind[];
  /** Authorities to trust, PEM. */
  readonly bundle: string;
  readonly client: WebhookClient;
  /** Namespaces whose objects are not judged: the controller's own, and what the user excludes. */
  readonly excludedNamespaces: readonly string[];
  /** No webhook waits longer, 1 to 30. */
  readonly maxTimeoutSeconds: number;
}

/** A configuration by its name: as it should be, or undefined when there should be none. */
export interface WantedConfiguration {
  readonly kind: ClusterKind;
  readonly name: string;
  readonly object: Readonly<Record<string, Value>> | undefined;
}

/** Every configuration that is amap's, in the order of writing. */
export const CONFIGURATIONS = [
  { kind: VALIDATING_CONFIGURATION, name: "amap-policies" },
  { kind: MUTATING_CONFIGURATION, name: "amap-mutating" },
  { kind: VALIDATING_CONFIGURATION, name: "amap-validating" },
] as const;

/**
 * The webhook configurations that the policies in force need: one webhook for each purpose and failure policy, however
 * many policies there are. Every member that an API server would add is there, so that equal means unchanged. Pure.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
export function encodeWebhookConfigurations(plan: WebhookPlan): readonly WantedConfiguration[] {
  const webhooks: Readonly<Record<string, readonly Value[]>> = {
    "amap-policies": encodePoliciesWebhook(plan),
    "amap-mutating": plan.needs.flatMap((need) => (need.purpose === "pin" ? [encodeWebhook(plan, need)] : [])),
    "amap-validating": plan.needs.flatMap((need) => (need.purpose === "validate" ? [encodeWebhook(plan, need)] : [])),
  };
  return CONFIGURATIONS.map(({ kind, name }) => {
    const list = webhooks[name] ?? [];
    return {
      kind,
      name,
      object:
        list.length === 0
          ? undefined
          : {
              apiVersion: `${kind.group}/${kind.version}`,
              kind: kind.kind,
              metadata: { name, labels: MANAGED_BY },
              webhooks: list,
            },
    };
  });
}

function encodeWebhook(plan: WebhookPlan, need: WebhookNeed): Value {
  const { purpose, failurePolicy, rules, timeoutSeconds } = need;
  return {
    name: `${purpose}-${failurePolicy.toLowerCase()}.amap.dev`,
    clientConfig: encodeClient(plan, WEBHOOK_PATHS[purpose]),
    rules: rules.map(encodeRule),
    failurePolicy,
    // A request through another API version of the same object must not pass by.
    matchPolicy: "Equivalent",
    namespaceSelector: {
      matchExpressions: [
        {
          // The API server sets this label itself: nobody can take a namespace out of sight by labelling it.
          key: "kubernetes.io/metadata.name",
          operator: "NotIn",
          values: [...new Set(plan.excludedNamespaces)].toSorted(compareText),
        },
      ],
    },
    objectSelector: {},
    // Reviews are recorded, except those of dry runs.
    sideEffects: "NoneOnDryRun",
    timeoutSeconds: Math.max(1, Math.min(timeoutSeconds, plan.maxTimeoutSeconds)),
    admissionReviewVersions: ["v1"],
    // Webhooks that come later by name add sidecars of their own; pinning what is pinned changes nothing.
    ...(purpose === "pin" ? { reinvocationPolicy: "IfNeeded" } : {}),
  };
}

function encodeRule({ apiGroups, apiVersions, operations, resources, scope }: WebhookNeed["rules"][number]): Value {
  return { apiGroups, apiVersions, operations, resources, scope };
}

/** What judges policies themselves. When amap is away policies can still be mended: hence Ignore. */
function encodePoliciesWebhook(plan: WebhookPlan): readonly Value[] {
  const groups = new Map<string, ClusterKind[]>();
  for (const kind of plan.policyKinds) groups.set(kind.group, [...(groups.get(kind.group) ?? []), kind]);
  if (groups.size === 0) return [];
  return [
    {
      name: "policies.amap.dev",
      clientConfig: encodeClient(plan, WEBHOOK_PATHS.policies),
      rules: [...groups].map(([group, kinds]) => ({
        apiGroups: [group],
        apiVersions: ["*"],
        operations: ["CREATE", "UPDATE"],
        resources: [...new Set(kinds.map(({ resource }) => resource))].toSorted(compareText),
        scope: "*",
      })),
      failurePolicy: "Ignore",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      sideEffects: "None",
      timeoutSeconds: Math.min(5, plan.maxTimeoutSeconds),
      admissionReviewVersions: ["v1"],
    },
  ];
}

function encodeClient({ client, bundle }: WebhookPlan, path: string): Value {
  const caBundle = encodeBase64(encodeUtf8(bundle));
  if (client.kind === "url") return { url: `${client.url.replace(/\/+$/, "")}${path}`, caBundle };
  const { namespace, name, port } = client;
  return { service: { namespace, name, path, port }, caBundle };
}
