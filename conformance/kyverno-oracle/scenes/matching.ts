import type { Value, ValueObject } from "../../../src/base/index.ts";
import type { Choices } from "../../../src/testing/cel-choices.ts";
import type { Pair } from "../pairs.ts";
import { times } from "../resources.ts";
import { matchOwn, objectOf, policyOf, type SceneMaker, type Seat, scene, someOf } from "./scene.ts";

const KINDS = ["Pod", "Deployment", "ConfigMap", "Service", "CronJob", "Job", "DaemonSet", "StatefulSet"] as const;
const VERSIONS: Readonly<Record<string, string>> = {
  Pod: "v1",
  ConfigMap: "v1",
  Service: "v1",
  CronJob: "batch/v1",
  Job: "batch/v1",
  Deployment: "apps/v1",
  DaemonSet: "apps/v1",
  StatefulSet: "apps/v1",
};

/** Every form of match and exclude. */
export const makeMatching: SceneMaker = (seat) => {
  const { choices } = seat;
  const kind = choices.pick(KINDS);
  const rule = makeRule(seat, kind, () => ({}));
  const operation = choices.pick<Pair["operation"]>(["CREATE", "UPDATE", "DELETE", "CREATE"]);
  const labels = choices.pick<ValueObject>([{ env: "prod", team: "a" }, { env: "test" }, {}]);
  return scene(policyOf(seat, rule), objectOf(seat, kind), { namespaceLabels: labels }, operation);
};

const USERS: readonly ValueObject[] = [
  { userInfo: { username: "alice", groups: ["dev", "system:authenticated"] } },
  {
    userInfo: { username: "system:serviceaccount:shop:builder", groups: ["system:serviceaccounts"] },
    clusterRoles: ["cluster-admin", "view"],
    roles: ["shop:editor"],
  },
  { userInfo: { username: "root", groups: ["system:masters"] }, clusterRoles: ["system:node"] },
  { userInfo: { username: "bob" }, roles: ["default:reader", "shop:editor"] },
];

/** Users, groups, service accounts and roles. */
export const makeUsers: SceneMaker = (seat) => {
  const { choices, turn } = seat;
  const kind = choices.pick(["Pod", "ConfigMap", "Deployment"]);
  const rules = makeRule(seat, kind, () => makeUserFilter(choices));
  const user = USERS[turn % USERS.length] as ValueObject;
  return scene(policyOf(seat, rules), objectOf(seat, kind), {
    userInfo: { apiVersion: "cli.kyverno.io/v1alpha1", kind: "UserInfo", metadata: { name: "user" }, ...user },
  });
};

function makeUserFilter(choices: Choices): ValueObject {
  const subject = (): ValueObject =>
    choices.pick<ValueObject>([
      { kind: "User", name: choices.pick(["alice", "a*", "bob", "system:serviceaccount:shop:builder"]) },
      { kind: "Group", name: choices.pick(["dev", "system:*", "system:masters"]) },
      {
        kind: "ServiceAccount",
        name: choices.pick(["builder", "b*"]),
        namespace: choices.pick(["shop", "other", "*"]),
      },
    ]);
  return choices.pick<ValueObject>([
    { subjects: times(1 + choices.next(2), subject) },
    { roles: someOf(choices, ["shop:editor", "shop:*", "default:reader", "*:*"], 1 + choices.next(2)) },
    { clusterRoles: someOf(choices, ["cluster-admin", "view", "system:*", "*"], 1 + choices.next(2)) },
    { subjects: [subject()], clusterRoles: [choices.pick(["view", "cluster-*"])] },
    { roles: ["shop:editor"], clusterRoles: ["view", "edit"] },
  ]);
}

function makeRule(seat: Seat, kind: string, more: () => ValueObject): readonly Value[] {
  const { choices } = seat;
  const filter = (): ValueObject => ({ resources: makeFilter(seat, kind), ...(choices.oneIn(4) ? {} : more()) });
  const block = (form: number): Value =>
    form === 2 ? filter() : { [form === 0 ? "any" : "all"]: times(1 + choices.next(2), filter) };
  const form = choices.next(3);
  const hasExclusion = choices.oneIn(2);
  return [
    {
      name: "r",
      match: block(form),
      ...(hasExclusion ? { exclude: block(form === 2 ? 1 : choices.next(3)) } : {}),
      ...(choices.oneIn(8)
        ? { preconditions: { all: [{ key: "{{ request.operation }}", operator: "Equals", value: "CREATE" }] } }
        : {}),
      validate: { message: "matched {{ request.operation }}", deny: {} },
    },
    { name: "other", ...matchOwn(seat, "Secret"), validate: { message: "no", deny: {} } },
  ];
}

function makeFilter({ choices, name }: Seat, kind: string): ValueObject {
  const group = (VERSIONS[kind] ?? "v1").split("/")[0] ?? "";
  const kinds = someOf(
    choices,
    [
      kind,
      `${VERSIONS[kind]}/${kind}`,
      `*/${kind}`,
      `*/*/${kind}`,
      "*",
      "*/*",
      `${kind.slice(0, 2)}*`,
      `${group}/*/${kind}`,
      `v2/${kind}`,
      "Secret",
      `${kind}/status`,
      `${kind}.status`,
      "?od",
    ],
    1 + choices.next(2),
  );
  const more: readonly (() => ValueObject)[] = [
    () => ({ names: someOf(choices, ["object-*", "*", "nothing", "?bject-*", "*5", "object-"], 1 + choices.next(2)) }),
    () => ({ name: choices.pick(["object-*", "nope", "*1?", ""]) }),
    () => ({ namespaces: someOf(choices, [name, "pair-*", "other", "*", "!other", `${name}?`], 1 + choices.next(2)) }),
    () => ({
      annotations: choices.pick<ValueObject>([
        { note: "*" },
        { "n*": "?*" },
        { note: "hello*", other: "x" },
        { "example.com/*": "*" },
      ]),
    }),
    () => ({ selector: makeSelector(choices, ["app", "tier", "a*", "example.com/team"]) }),
    () => ({ namespaceSelector: makeSelector(choices, ["env", "team", "e*"]) }),
    () => ({ operations: someOf(choices, ["CREATE", "UPDATE", "DELETE", "CONNECT"], 1 + choices.next(2)) }),
  ];
  // A wildcard for all kinds stands alone.
  const own = kinds.find((each) => each.includes("*") && !each.includes(kind));
  const made: ValueObject = Object.assign({}, ...times(choices.next(3), () => choices.pick(more)?.() ?? {}));
  const { name: _, ...others } = made;
  return { kinds: own === undefined ? kinds : [own], ...("names" in made ? others : made) };
}

function makeSelector(choices: Choices, keys: readonly string[]): ValueObject {
  const labels = (): ValueObject => ({
    [choices.pick(keys) ?? ""]: choices.pick(["web", "prod", "*", "?*", "p*", "", "a"]),
  });
  const expression = (): ValueObject => {
    const key = choices.pick(keys.filter((each) => !each.includes("*"))) ?? "";
    const operator = choices.pick(["In", "NotIn", "Exists", "DoesNotExist"]);
    return {
      key,
      operator,
      ...(operator.endsWith("In") ? { values: ["web", "prod", choices.pick(["a", "db", "10"])] } : {}),
    };
  };
  return choices.pick<ValueObject>([
    { matchLabels: labels() },
    { matchExpressions: times(1 + choices.next(2), expression) },
    { matchLabels: { ...labels(), ...labels() }, matchExpressions: [expression()] },
  ]);
}
