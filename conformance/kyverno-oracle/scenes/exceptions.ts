import type { Value, ValueObject } from "../../../src/base/index.ts";
import { keysOf, makeBlocks } from "../conditions.ts";
import { makePattern } from "../patterns.ts";
import { makeResource, times } from "../resources.ts";
import { makeSecurityExclusions } from "./autogen.ts";
import { makePod } from "./pods.ts";
import { matchOwn, objectOf, policyOf, type SceneMaker, type Seat, scene, someOf, withPod } from "./scene.ts";

/** Exceptions by policy, rule, object and condition; of a podSecurity rule also by control. */
export const makeExceptions: SceneMaker = (seat) => {
  const { choices, name, objectName } = seat;
  const isSecurity = choices.oneIn(3);
  const kind = choices.pick(["Pod", "Pod", "Deployment", "CronJob"]);
  const made = objectOf(seat, kind);
  const resource = isSecurity
    ? withPod(made, makePod(choices, kind === "Pod" ? { name: objectName, namespace: name } : {}))
    : made;
  const subject = makeResource(choices, "Pod", { name: "p" });
  const action = (): ValueObject => {
    if (isSecurity) {
      const level = choices.pick(["baseline", "restricted"]);
      return { validate: { message: "not secure", podSecurity: { level, version: "latest" } } };
    }
    return choices.pick<ValueObject>([
      { validate: { message: "denied", deny: {} } },
      { validate: { message: "bad", pattern: makePattern(choices, subject) } },
      { mutate: { patchStrategicMerge: { metadata: { labels: { added: "yes" } } } } },
    ]);
  };
  const rules = times(1 + choices.next(2), (index) => ({ name: `r${index}`, ...matchOwn(seat, "Pod"), ...action() }));
  const labels = { env: "prod" };
  return scene(
    policyOf(seat, rules),
    resource,
    {
      exceptions: times(1 + (choices.oneIn(4) ? 1 : 0), (index) => makeException(seat, index, isSecurity)),
      namespaceLabels: labels,
    },
    choices.oneIn(6) ? "UPDATE" : "CREATE",
  );
};

function makeException(seat: Seat, index: number, isSecurity: boolean): ValueObject {
  const { choices, name } = seat;
  const ruleNames = someOf(
    choices,
    ["r0", "r0", "r*", "autogen-r0", "autogen-*", "*", "r1", "autogen-cronjob-r0", "r0*"],
    1 + choices.next(3),
  );
  const policyName = choices.oneIn(10) ? "another" : name;
  return {
    apiVersion: choices.pick(["kyverno.io/v2", "kyverno.io/v2beta1"]),
    kind: "PolicyException",
    metadata: { name: `except-${index}-${name}`, namespace: choices.pick([name, "exceptions"]) },
    spec: {
      match: makeMatch(seat),
      exceptions: [{ policyName, ruleNames: [...ruleNames] }],
      ...(choices.oneIn(3) ? { conditions: withoutOldOperators(makeBlocks(choices, keysOf(undefined))) } : {}),
      ...(isSecurity && choices.oneIn(2) ? { podSecurity: makeSecurityExclusions(seat) } : {}),
    },
  };
}

function makeMatch({ choices, name }: Seat): Value {
  const filter = (): ValueObject => ({
    resources: {
      kinds: someOf(choices, ["Pod", "Deployment", "CronJob", "*"], 1 + choices.next(3)),
      ...choices.pick<ValueObject>([
        {},
        { namespaces: [name] },
        { names: [choices.pick(["object-*", "nothing", "object-*-x"])] },
        { namespaces: ["pair-*"], names: ["*"] },
        { selector: { matchLabels: { app: choices.pick(["web", "*", "db"]) } } },
        { namespaceSelector: { matchLabels: { env: choices.pick(["prod", "test"]) } } },
        { operations: [choices.pick(["CREATE", "UPDATE"])] },
      ]),
    },
  });
  return { [choices.pick(["any", "all"])]: times(1 + choices.next(2), filter) };
}

/** The schema of exceptions does not have the older names of operators. */
function withoutOldOperators(conditions: ValueObject): ValueObject {
  const text = JSON.stringify(conditions).replaceAll('"operator":"In"', '"operator":"AnyIn"');
  return JSON.parse(text.replaceAll('"operator":"NotIn"', '"operator":"AllNotIn"')) as ValueObject;
}
