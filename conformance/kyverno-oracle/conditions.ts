import { textOf, type Value, type ValueObject } from "../../src/base/index.ts";
import type { Choices } from "../../src/testing/cel-choices.ts";
import { LABEL_VALUES, pickValue, QUANTITIES, times } from "./resources.ts";

type KeyType = "text" | "operation" | "number" | "bool" | "texts" | "numbers" | "object" | "time" | "amount";

/** An expression and what it gives, where it gives something. */
export interface Key {
  readonly text: string;
  readonly type: KeyType;
}

/** Expressions over an object of any kind; `pod` is the path of the pod in it, with a dot behind, or undefined. */
export function keysOf(pod: string | undefined): readonly Key[] {
  const own: readonly Key[] = [
    { text: "{{ request.object.metadata.name }}", type: "text" },
    { text: "{{ request.operation }}", type: "operation" },
    { text: "{{ request.object.metadata.labels.app || 'none' }}", type: "text" },
    { text: "{{request.object.metadata.labels.\"example.com/team\" || ''}}", type: "text" },
    { text: "{{ request.object.metadata.labels.tier }}", type: "text" },
    { text: "{{ request.object.metadata.annotations.note || '5s' }}", type: "time" },
    { text: "{{ request.object.metadata.annotations.\"example.com/limit\" || '1' }}", type: "amount" },
    { text: "{{ request.object.metadata.labels || `{}` }}", type: "object" },
    { text: "{{ length(keys(request.object.metadata.labels || `{}`)) }}", type: "number" },
    { text: "{{ keys(request.object.metadata.labels || `{}`) | sort(@) }}", type: "texts" },
    { text: "{{ to_upper(request.object.metadata.name) }}-{{ request.object.kind }}", type: "text" },
    { text: "{{ contains(request.object.metadata.name, '1') }}", type: "bool" },
    { text: "{{ request.object.kind }}", type: "text" },
  ];
  const spec: readonly Key[] = [
    { text: "{{ request.object.spec.replicas || `3` }}", type: "number" },
    { text: "{{ request.object.data.timeout || '30s' }}", type: "time" },
    { text: "{{ request.object.data.limit || '10' }}", type: "amount" },
  ];
  if (pod === undefined) return [...own, ...spec];
  const at = `request.object.${pod}spec`;
  return [
    ...own,
    ...spec,
    { text: `{{ ${at}.containers[].image }}`, type: "texts" },
    { text: `{{ ${at}.containers[*].name }}`, type: "texts" },
    { text: `{{ ${at}.containers[0].image }}`, type: "text" },
    { text: `{{ ${at}.containers[].imagePullPolicy }}`, type: "texts" },
    { text: `{{ length(${at}.containers) }}`, type: "number" },
    { text: `{{ ${at}.containers[].ports[].containerPort }}`, type: "numbers" },
    { text: `{{ ${at}.containers[].securityContext.capabilities.add[] }}`, type: "texts" },
    { text: `{{ ${at}.containers[0].resources.limits.memory || '1Mi' }}`, type: "amount" },
    { text: `{{ ${at}.hostNetwork || \`false\` }}`, type: "bool" },
    { text: `{{ ${at}.terminationGracePeriodSeconds }}`, type: "number" },
    { text: `{{ ${at}.securityContext || '' }}`, type: "object" },
    { text: `{{ ${at}.containers[?contains(image, 'acme')].name }}`, type: "texts" },
    { text: `{{ max(${at}.containers[].length(name)) }}`, type: "number" },
    { text: "{{ images.containers.c0.tag || 'none' }}", type: "text" },
    { text: "{{ sort(images.containers.*.registry) }}", type: "texts" },
  ];
}

/** Expressions over a container that a foreach is at. */
export const ELEMENT_KEYS: readonly Key[] = [
  { text: "{{ element.name }}", type: "text" },
  { text: "{{ element.image }}", type: "text" },
  { text: "{{ element.imagePullPolicy || 'none' }}", type: "text" },
  { text: "{{ element.securityContext.privileged || `false` }}", type: "bool" },
  { text: "{{ element.securityContext.runAsUser }}", type: "number" },
  { text: "{{ elementIndex }}", type: "number" },
  { text: "{{ element.resources.limits.memory || '64Mi' }}", type: "amount" },
  { text: "{{ element.securityContext.capabilities.add[] || `[]` }}", type: "texts" },
  { text: "{{ element.ports[].containerPort || `[]` }}", type: "numbers" },
  { text: "{{ length(element.env || `[]`) }}", type: "number" },
];

const TEXT_OPERATORS = [
  "Equals",
  "NotEquals",
  "Equal",
  "NotEqual",
  "In",
  "NotIn",
  "AnyIn",
  "AllIn",
  "AnyNotIn",
  "AllNotIn",
] as const;
const ORDER_OPERATORS = ["GreaterThan", "GreaterThanOrEquals", "LessThan", "LessThanOrEquals"] as const;
const LIST_OPERATORS = ["AnyIn", "AllIn", "AnyNotIn", "AllNotIn", "In", "NotIn", "Equals", "NotEquals"] as const;
const DURATION_OPERATORS = [
  "DurationGreaterThan",
  "DurationGreaterThanOrEquals",
  "DurationLessThan",
  "DurationLessThanOrEquals",
] as const;

const TEXTS = [
  "web",
  "db",
  "CREATE",
  "UPDATE",
  "none",
  "c0",
  "nginx",
  "nginx:*",
  "*acme*",
  "?*",
  "app",
  "1",
  ...LABEL_VALUES,
  "NET_ADMIN",
  "Always",
] as const;
const TIMES = ["1s", "30s", "1h", "2h", "90m", "0", 30, "1h30m"] as const;

/** `any` and `all` blocks, as the preconditions of a foreach must be, with operators that are not deprecated. */
export function makeBlocks(choices: Choices, keys: readonly Key[]): ValueObject {
  const list = (): Value =>
    times(1 + choices.next(2), () => {
      const condition = makeCondition(choices, keys, false);
      return { ...condition, operator: textOf(condition, "operator").replace(/Equal$/, "Equals") };
    });
  return choices.pick([{ any: list() }, { all: list() }]);
}

/** `any` and `all` blocks, or the old list. */
export function makeConditions(choices: Choices, keys: readonly Key[], withMessages = true): Value {
  const list = (): Value => times(1 + choices.next(3), () => makeCondition(choices, keys, withMessages));
  switch (choices.next(8)) {
    case 0:
      return { any: list(), all: list() };
    case 1:
    case 2:
    case 3:
      return { any: list() };
    case 7:
      return list();
    default:
      return { all: list() };
  }
}

function makeCondition(choices: Choices, keys: readonly Key[], withMessages: boolean): ValueObject {
  const key = choices.pick(keys) as Key;
  const { operator, value } = makeComparison(choices, key.type);
  const message = withMessages && choices.oneIn(6) ? { message: `because of ${key.text}` } : {};
  return { key: key.text, operator, value, ...message };
}

interface Comparison {
  readonly operator: string;
  readonly value: Value;
}

function makeComparison(choices: Choices, type: KeyType): Comparison {
  switch (type) {
    case "number":
      return choices.pick<Comparison>([
        {
          operator: choices.pick(ORDER_OPERATORS),
          value: pickValue(choices, [0, 1, 2, 3, "2", "1.5", 30, "{{ length('ab') }}", "10Mi"]),
        },
        {
          operator: choices.pick(["Equals", "NotEquals"]),
          value: pickValue(choices, [0, 1, 3, "3", 1.5, "1-10", "30"]),
        },
        {
          operator: choices.pick(["AnyIn", "AllIn", "AnyNotIn", "AllNotIn"]),
          value: pickValue(choices, [[1, 2, 3], "1-5", "0-1", ["1", "30"], "2!-8", ">1"]),
        },
      ]);
    case "amount":
      return {
        operator: choices.pick<string>([...ORDER_OPERATORS, "Equals", "NotEquals"]),
        value: pickValue(choices, [...QUANTITIES, 1, "128974848"]),
      };
    case "time":
      return {
        operator: choices.pick<string>([...DURATION_OPERATORS, ...ORDER_OPERATORS, "Equals", "NotEquals"]),
        value: pickValue(choices, TIMES),
      };
    case "operation":
      return {
        operator: choices.pick(TEXT_OPERATORS),
        value: pickValue(choices, ["CREATE", "UPDATE", ["CREATE", "DELETE"], ["UPDATE"]]),
      };
    case "bool":
      return {
        operator: choices.pick(["Equals", "NotEquals", "AnyIn", "AllNotIn"]),
        value: pickValue(choices, [true, false, "true", [true], ["false"]]),
      };
    case "object":
      return {
        operator: choices.pick(["Equals", "NotEquals"]),
        value: pickValue(choices, [
          { app: "web" },
          "",
          {},
          { runAsNonRoot: true, fsGroup: 0 },
          { app: "web", tier: "db" },
        ]),
      };
    case "texts":
      return {
        operator: choices.pick(LIST_OPERATORS),
        value: choices.pick([
          times(1 + choices.next(4), () => choices.pick(TEXTS)),
          "*",
          ["*"],
          "nginx",
          [] as Value[],
          '["web", "db", "app"]',
        ]),
      };
    case "numbers":
      return {
        operator: choices.pick(["AnyIn", "AllIn", "AnyNotIn", "AllNotIn"]),
        value: pickValue(choices, [[80, 443], "1-1024", ["80", "8080"], "80", "443!-9000", [8080]]),
      };
    default:
      return {
        operator: choices.pick(TEXT_OPERATORS),
        value: choices.oneIn(2) ? choices.pick(TEXTS) : times(1 + choices.next(3), () => choices.pick(TEXTS)),
      };
  }
}
