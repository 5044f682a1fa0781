import type { Value, ValueObject } from "../../../src/base/index.ts";
import { keysOf } from "../conditions.ts";
import { makeJsonPatch, makeMerge } from "../mutations.ts";
import { makeResource, times } from "../resources.ts";
import { matchOwn, objectOf, policyOf, type SceneMaker, type Seat, scene } from "./scene.ts";

/** Rules that make objects: from data, for each element; copies, which the command line has no source for. */
export const makeGenerate: SceneMaker = (seat) => {
  const { choices } = seat;
  const kind = choices.pick(["Pod", "ConfigMap", "Deployment", "Service"]);
  const rules = times(1 + (choices.oneIn(4) ? 1 : 0), (index) => ({
    name: `g${index}`,
    ...matchOwn(seat, kind),
    ...(choices.oneIn(6)
      ? {
          preconditions: {
            all: [{ key: "{{ request.object.metadata.labels.app || '' }}", operator: "NotEquals", value: "web" }],
          },
        }
      : {}),
    ...(choices.oneIn(5)
      ? { context: [{ name: "who", variable: { value: "{{ request.object.metadata.name }}-x" } }] }
      : {}),
    generate: {
      ...(choices.oneIn(3) ? { synchronize: choices.pick([true, false]) } : {}),
      ...(choices.oneIn(6) ? { generateExisting: true } : {}),
      ...makeGeneration(seat, index),
    },
  }));
  return scene(policyOf(seat, rules), objectOf(seat, kind), {}, choices.oneIn(6) ? "UPDATE" : "CREATE");
};

function makeGeneration(seat: Seat, index: number): ValueObject {
  const { choices } = seat;
  if (choices.oneIn(3)) {
    return {
      foreach: [
        {
          list: choices.pick([
            "[request.object.kind, 'b']",
            "['a', 'b']",
            "sort(keys(request.object.metadata.labels || `{}`))",
            choices.oneIn(8) ? "request.object.spec.nothing" : "split(request.object.metadata.name, '-')",
          ]),
          ...(choices.oneIn(3)
            ? { preconditions: { any: [{ key: "{{ elementIndex }}", operator: "LessThan", value: 1 }] } }
            : {}),
          ...(choices.oneIn(4) ? { context: [{ name: "el", variable: { value: "{{ elementIndex }}" } }] } : {}),
          ...makeTarget(seat, `made-${index}-{{ elementIndex }}`),
          data: makeData(seat, "{{ elementIndex }}"),
        },
      ],
    };
  }
  return {
    ...makeTarget(seat, choices.pick([`made-${index}`, `made-${index}-{{ request.object.metadata.name }}`])),
    data: makeData(seat, "{{ request.object.metadata.name }}"),
  };
}

function makeTarget({ choices, name }: Seat, target: string): ValueObject {
  return {
    apiVersion: "v1",
    kind: choices.pick(["ConfigMap", "Secret"]),
    name: target,
    namespace: choices.pick([name, "{{ request.namespace }}", "{{ request.object.metadata.namespace }}"]),
  };
}

function makeData({ choices }: Seat, text: string): ValueObject {
  return choices.pick<ValueObject>([
    { data: { key: text, fixed: "a" } },
    { metadata: { labels: { by: "generate", own: text } }, data: { n: "1" } },
    { data: { nothing: "{{ request.object.metadata.labels.nothing || 'none' }}" } },
    {
      data: choices.oneIn(6)
        ? { missing: "{{ request.object.metadata.missing }}" }
        : { kind: "{{ request.object.kind }}" },
    },
    {
      metadata: { annotations: { a: text } },
      immutable: true,
      data: { all: "{{ to_string(request.object.metadata.labels || 'none') }}" },
    },
    { kind: "ConfigMap", apiVersion: "v1", data: {} },
    {},
  ]);
}

/** Rules that change objects that are there already. */
export const makeTargets: SceneMaker = (seat) => {
  const { choices, name } = seat;
  const kinds = times(1 + choices.next(3), () => choices.pick(["ConfigMap", "Deployment", "Pod", "Service"]));
  const targets = kinds.map((kind, index) =>
    makeResource(choices, kind, { name: `target-${index}-${name}`, namespace: name }),
  );
  const selections = times(1 + choices.next(2), (): ValueObject => {
    const index = choices.next(kinds.length);
    const kind = kinds[index] ?? "Pod";
    return {
      apiVersion: kind === "Deployment" ? "apps/v1" : "v1",
      kind,
      ...choices.pick<ValueObject>([
        { name: `target-${index}-${name}`, namespace: name },
        { name: `target-${index}-{{ request.namespace }}`, namespace: "{{ request.namespace }}" },
        { namespace: name },
        { name: "target-*", namespace: name },
        { name: "nothing", namespace: name },
        { namespace: name, selector: { matchLabels: { app: choices.pick(["web", "db"]) } } },
      ]),
      ...(choices.oneIn(3)
        ? {
            preconditions: {
              all: [
                {
                  key: "{{ target.metadata.labels.app || '' }}",
                  operator: choices.pick(["Equals", "NotEquals"]),
                  value: "web",
                },
              ],
            },
          }
        : {}),
      ...(choices.oneIn(4) ? { context: [{ name: "n", variable: { jmesPath: "target.metadata.name" } }] } : {}),
    };
  });
  const texts = [
    { text: "{{ target.metadata.name }}", type: "text" },
    { text: "{{ request.object.metadata.name }}", type: "text" },
    ...keysOf(undefined).slice(0, 3),
  ] as const;
  const sample = targets[0] ?? {};
  const mutation = choices.pick<ValueObject>([
    {
      patchStrategicMerge: {
        metadata: { labels: { changed: "{{ target.metadata.name }}", by: "{{ request.object.metadata.name }}" } },
      },
    },
    { patchStrategicMerge: makeMerge(choices, sample, [...texts]) },
    { patchesJson6902: '- {op: add, path: /metadata/labels/changed, value: "yes"}' },
    { patchesJson6902: makeJsonPatch(choices, sample, [...texts]) },
    {
      foreach: [
        {
          list: "target.spec.containers || `[]`",
          patchStrategicMerge: { spec: { containers: [{ "(name)": "{{ element.name }}", image: "new" }] } },
        },
      ],
    },
  ]);
  const rule = {
    name: "t",
    ...matchOwn(seat, "ConfigMap"),
    mutate: {
      ...(choices.oneIn(3) ? { mutateExistingOnPolicyUpdate: true } : {}),
      targets: selections as Value,
      ...mutation,
    },
  };
  return scene(policyOf(seat, [rule], { background: true }), objectOf(seat, "ConfigMap"), { targets });
};
