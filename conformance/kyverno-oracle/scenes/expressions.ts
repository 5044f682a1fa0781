import type { Value, ValueObject } from "../../../src/base/index.ts";
import { keysOf, makeConditions } from "../conditions.ts";
import { times } from "../resources.ts";
import { matchOwn, objectOf, policyOf, type SceneMaker, scene } from "./scene.ts";

const EXPRESSIONS = [
  "object.metadata.name.startsWith('object')",
  "has(object.metadata.labels) && 'app' in object.metadata.labels",
  "object.metadata.labels.app == 'web'",
  "!has(object.spec.hostNetwork) || !object.spec.hostNetwork",
  "object.spec.containers.all(c, has(c.image) && c.image.contains(':'))",
  "object.spec.containers.exists(c, c.name == 'c1')",
  "size(object.spec.containers) < 3",
  "object.spec.containers.filter(c, has(c.ports)).size() == 0",
  "object.spec.?securityContext.?runAsNonRoot.orValue(false) == true",
  "request.operation == 'CREATE'",
  "request.namespace == object.metadata.namespace",
  "oldObject == null",
  "namespaceObject.metadata.name == object.metadata.namespace",
  "object.metadata.?labels.?tier.orValue('none') in ['web', 'db', 'none']",
  "object.spec.containers.map(c, c.name).join(',').size() > 1",
  "object.spec.containers[0].resources.limits.memory == '64Mi'",
  "object.spec.terminationGracePeriodSeconds <= 30",
  "object.metadata.name.matches('^object-[0-9]+$')",
  "variables.names.size() > 1",
  "variables.first == 'nginx'",
  "quantity('1Gi').isGreaterThan(quantity(object.spec.containers[0].?resources.?limits.?memory.orValue('0')))",
  "object.spec.nothing == 1",
  "url('https://example.com/a').getHost() == 'example.com'",
] as const;

const MESSAGES = [
  "'name is ' + object.metadata.name",
  "object.spec.containers[0].image",
  "string(object.spec.containers[0].image)",
  "'labels ' + object.metadata.labels.app",
  "variables.first",
  "''",
  "'a' + string(size(object.spec.containers))",
] as const;

/** CEL in rules: expressions, messages, variables, preconditions. */
export const makeCel: SceneMaker = (seat) => {
  const { choices } = seat;
  const kind = choices.pick(["Pod", "Pod", "Pod", "Deployment"]);
  const isPod = kind === "Pod" || choices.oneIn(2);
  const path = isPod ? "object.spec" : "object.spec.template.spec";
  const write = (text: string): string => text.replaceAll("object.spec", path);
  const expressions = times(1 + choices.next(3), () => ({
    expression: write(choices.pick(EXPRESSIONS)),
    ...(choices.oneIn(2) ? { message: choices.pick(["it must hold", "no {{ request.operation }}"]) } : {}),
    ...(choices.oneIn(3) ? { messageExpression: write(choices.pick(MESSAGES)) } : {}),
    ...(choices.oneIn(8) ? { reason: choices.pick(["Invalid", "Forbidden"]) } : {}),
  }));
  const variables = [
    { name: "names", expression: write("object.spec.containers.map(c, c.name)") },
    { name: "first", expression: write("object.spec.containers[0].image") },
  ];
  const rule = {
    name: "cel",
    ...matchOwn(seat, isPod ? "Pod" : kind),
    ...(choices.oneIn(4)
      ? {
          celPreconditions: times(1 + choices.next(2), (index) => ({
            name: `p${index}`,
            expression: write(choices.pick(EXPRESSIONS)),
          })).filter(({ expression }) => !expression.includes("variables")),
        }
      : {}),
    validate: {
      ...(choices.oneIn(3) ? { message: "the rule's message" } : {}),
      cel: {
        expressions,
        variables,
        ...(choices.oneIn(8)
          ? { auditAnnotations: [{ key: "who", valueExpression: "string(object.metadata.name)" }] }
          : {}),
      },
    },
  };
  return scene(
    policyOf(seat, [rule]),
    objectOf(seat, kind),
    {},
    choices.pick(["CREATE", "UPDATE", "CREATE", "DELETE"]),
  );
};

/** A loop in a loop, with variables of both. */
export const makeNested: SceneMaker = (seat) => {
  const { choices } = seat;
  const inner = choices.pick([
    "element.ports",
    "element.ports || `[]`",
    "element.env[].name || `[]`",
    "element0.ports[].containerPort || `[]`",
    "element.securityContext.capabilities.add || `[]`",
    "request.object.metadata.labels.sort(keys(@))",
    "items(request.object.metadata.labels || `{}`, 'key', 'value')",
    "element.nothing",
    "split(element.image, '/')",
  ]);
  const third = choices.pick(["[element1]", "element0.args || `[]`", "`[1, 2]`"]);
  const keys = [
    { text: "{{ element }}", type: "text" },
    { text: "{{ element0.name }}", type: "text" },
    { text: "{{ element1 }}", type: "text" },
    { text: "{{ elementIndex }}", type: "number" },
    { text: "{{ elementIndex0 }}", type: "number" },
    { text: "{{ elementIndex1 }}", type: "number" },
    { text: "{{ element1.containerPort || `1` }}", type: "number" },
    { text: "{{ to_string(element) }}", type: "text" },
    { text: "{{ image }}", type: "text" },
  ] as const;
  const deny = (): ValueObject => ({ deny: { conditions: makeConditions(choices, keys.slice(0, -1)) } });
  const context = { context: [{ name: "image", variable: { jmesPath: "element.image", default: "none" } }] };
  const deepest: ValueObject = choices.oneIn(3) ? { foreach: [{ list: third, ...deny() }] } : deny();
  const middle = {
    list: inner,
    ...(choices.oneIn(4)
      ? { preconditions: { all: [{ key: "{{ elementIndex1 }}", operator: "LessThan", value: 1 }] } }
      : {}),
    ...(choices.oneIn(5)
      ? { context: [{ name: "inner", variable: { value: "{{ element0.name }}-{{ elementIndex1 }}" } }] }
      : {}),
    ...deepest,
  };
  const outer = {
    list: choices.pick([
      "request.object.spec.containers",
      "request.object.spec.[containers, initContainers][]",
      "request.object.spec.containers[?image != 'nginx']",
    ]),
    ...(choices.oneIn(3) ? context : {}),
    foreach: choices.oneIn(4) ? [middle, { list: "element.args || `[]`", ...deny() }] : [middle],
  };
  const rule = {
    name: "nested",
    ...matchOwn(seat, "Pod"),
    validate: { message: choices.pick(["bad", "bad {{ request.object.metadata.name }}"]), foreach: [outer] },
  };
  return scene(policyOf(seat, [rule]), objectOf(seat, choices.pick(["Pod", "Pod", "Deployment"])));
};

/** Context entries, values of rules and objects, `--set`, and messages with what they give. */
export const makeVariables: SceneMaker = (seat) => {
  const { choices, turn } = seat;
  const entries: readonly ValueObject[] = [
    {
      name: "plain",
      variable: { value: choices.pick<Value>(["text", 5, true, ["a", "b"], { a: { b: [1, 2] } }, "1.50", 2.5]) },
    },
    {
      name: "path",
      variable: {
        jmesPath: choices.pick([
          "request.object.metadata.name",
          "request.object.metadata.labels",
          "request.nothing",
          "length(request.object.metadata.name)",
        ]),
      },
    },
    {
      name: "backup",
      variable: {
        jmesPath: "request.object.metadata.labels.nothing",
        default: choices.pick<Value>(["none", ["x"], { k: "v" }, 7, false]),
      },
    },
    {
      name: "both",
      variable: {
        value: {
          "{{ request.operation }}": "{{ request.object.kind }}",
          list: ["{{ request.object.metadata.labels }}"],
        },
        jmesPath: choices.pick(["list[0]", "CREATE", "nothing", "@"]),
        ...(choices.oneIn(2) ? { default: "d" } : {}),
      },
    },
    { name: "given", variable: { value: "by the entry" } },
    { name: "settings", configMap: { name: "settings", namespace: "{{ request.namespace }}" } },
    { name: "chained", variable: { value: "{{ request.object.kind }}/{{ request.operation }}" } },
    { name: "bad", variable: { jmesPath: choices.pick(["foo(", "unknown(@)", "to_upper(`1`)"]) } },
    {
      name: "call",
      apiCall: { urlPath: "/api/v1/namespaces/{{ request.namespace }}/pods", jmesPath: "items | length(@)" },
    },
  ];
  const isSet = turn % 5 === 4;
  const isGlobal = turn % 5 === 3;
  const context = entries.filter(({ name }) =>
    name === "bad" ? choices.oneIn(10) : name === "call" ? choices.oneIn(8) : !choices.oneIn(4),
  );
  const known = new Set(context.map(({ name }) => name));
  const texts = [
    "plain",
    "path",
    "backup",
    "both",
    "settings.data.mode",
    "chained",
    "given",
    "to_string(plain)",
    "plain.a.b[0]",
    "call",
  ].filter(
    (each) =>
      known.has(each.split(/[.(]/)[0] === "to_string" ? "plain" : (each.split(".")[0] ?? "")) || choices.oneIn(60),
  );
  texts.push("request.object.metadata.labels.team", "request.object.metadata.name");
  const text = (): string => `{{ ${choices.pick(texts)} }}`;
  const rule = {
    name: "vars",
    ...matchOwn(seat, "Pod", "ConfigMap", "Deployment"),
    context,
    ...(choices.oneIn(4) ? { preconditions: makeConditions(choices, keysOf(undefined)) } : {}),
    ...(choices.oneIn(4)
      ? { mutate: { patchStrategicMerge: { metadata: { annotations: { a: `${text()} and ${text()}`, b: text() } } } } }
      : {
          validate: {
            message: `${text()}, ${text()}`,
            deny: {
              conditions: {
                any: [
                  {
                    key: text(),
                    operator: choices.pick(["Equals", "NotEquals", "AnyIn", "AllNotIn"]),
                    value: choices.pick<Value>([text(), "none", ["a", text()]]),
                  },
                ],
              },
            },
          },
        }),
  };
  const settings = { "settings.data.mode": choices.pick(["fast", "slow"]) };
  return scene(policyOf(seat, [rule]), objectOf(seat, choices.pick(["Pod", "ConfigMap", "Deployment"])), {
    ...(isSet ? { set: ["given=by-set", "settings.data.mode=set", "both.list=text"] } : {}),
    ...(isGlobal ? { globalValues: { given: "everywhere", "backup.k": "green" } } : {}),
    ...(isSet || choices.oneIn(3)
      ? {}
      : {
          ruleValues: [
            {
              name: "vars",
              values: {
                ...settings,
                ...(choices.oneIn(3) ? { plain: "from values" } : {}),
                ...(choices.oneIn(3) ? { given: 5 } : {}),
              },
            },
          ],
        }),
    ...(choices.oneIn(3)
      ? { objectValues: { given: "of the object", "request.object.metadata.labels.tier": "gold" } }
      : {}),
  });
};
