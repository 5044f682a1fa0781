/** Folders for `kyverno test`: pairs with the results that a person may have written for them, right ones and wrong ones. */
import { listOf, memberOf, textOf, type Value, type ValueObject } from "../../src/base/index.ts";
import { Choices } from "../../src/testing/cel-choices.ts";
import { runAmap } from "./amap-side.ts";
import { drawNumbers } from "./draw-numbers.ts";
import { givenFilesOf } from "./given-files.ts";
import { keyOf, type Outcome, type RuleResult } from "./outcome.ts";
import { makePair, type Pair } from "./pairs.ts";
import { times } from "./resources.ts";
import { makeScene } from "./scenes/scenes.ts";

/** A folder with a test. */
export interface TestFolder {
  readonly name: string;
  readonly family: string;
  /** Whether its mutate rules end in an error, after which Kyverno has no object. */
  readonly isLost: boolean;
  /** By name: JSON, which is YAML. */
  readonly files: Readonly<Record<string, string>>;
}

type Applied = Outcome & { readonly status: "applied" };

/** Makes the folder of a number; undefined where its pair is none for a test. */
export async function makeTestFolder(seed: number, index: number): Promise<TestFolder | undefined> {
  const pair = index % 3 === 0 ? makePair(seed + 1, index) : makeScene(seed + 1, index, 0);
  if (pair.given?.set !== undefined) return undefined;
  const outcome = await runAmap(pair);
  if (outcome.status !== "applied") return undefined;
  const choices = new Choices(drawNumbers(seed + 2, index));
  const { texts } = givenFilesOf([pair]);
  const {
    "targets.yaml": targets,
    "values.yaml": values,
    "exceptions.yaml": exceptions,
    "userinfo.yaml": user,
  } = texts;
  const test = {
    apiVersion: "cli.kyverno.io/v1alpha1",
    kind: "Test",
    metadata: { name: pair.name },
    policies: ["policies.yaml"],
    resources: ["resources.yaml"],
    ...(targets === undefined ? {} : { targetResources: ["targets.yaml"] }),
    ...(values === undefined ? {} : { variables: "values.yaml" }),
    ...(exceptions === undefined ? {} : { exceptions: ["exceptions.yaml"] }),
    ...(user === undefined ? {} : { userinfo: "userinfo.yaml" }),
    results: times(1 + choices.next(4), () => makeResult(choices, pair, outcome)),
  };
  const write = (objects: readonly Value[]): string => objects.map((each) => JSON.stringify(each)).join("\n---\n");
  const files = {
    ...texts,
    "kyverno-test.yaml": JSON.stringify(test),
    "patched.yaml": write(outcome.patched === null ? [] : [outcome.patched]),
    "original.yaml": write([pair.resource]),
    "others.yaml": write(outcome.others),
    "changed.yaml": write(outcome.others.map((each) => ({ ...(each as ValueObject), data: { changed: "yes" } }))),
  };
  return { name: pair.name, family: pair.family, isLost: outcome.results.some(isBrokenMutation(pair)), files };
}

function makeResult(choices: Choices, { policy, resource }: Pair, { results, others }: Applied): ValueObject {
  const metadata = memberOf(resource, "metadata") ?? null;
  const [name, namespace] = [textOf(metadata, "name"), textOf(metadata, "namespace")];
  const rules = listOf(memberOf(policy, "spec") ?? null, "rules").map((rule) => textOf(rule, "name"));
  const rule = choices.oneIn(8) ? choices.pick(["nothing", `autogen-${rules[0]}`]) : (choices.pick(rules) ?? "r");
  const own = results.find((each) => each.rule.endsWith(rule))?.result ?? "skip";
  const names = [name, `${namespace}/${name}`, name, "nothing", `other/${name}`, ...others.map(nameOf)];
  return {
    policy: choices.oneIn(12) ? `${namespace}/${namespace}` : textOf(memberOf(policy, "metadata") ?? null, "name"),
    ...(choices.oneIn(12) ? {} : { rule }),
    ...(choices.oneIn(6) ? {} : { resources: [choices.oneIn(3) ? (choices.pick(names) ?? name) : name] }),
    ...(choices.oneIn(3) ? { kind: textOf(resource, "kind") } : {}),
    result: choices.oneIn(3) ? choices.pick(["pass", "fail", "skip", "error", "warn"]) : own,
    ...(choices.oneIn(10) ? { failOnMissingResources: true } : {}),
    ...makeComparison(choices, JSON.stringify(policy)),
  };
}

/** What a result is held against, by what the policy does. */
function makeComparison(choices: Choices, policy: string): ValueObject {
  const files = ["original.yaml", "others.yaml", "patched.yaml", "changed.yaml", "missing.yaml"] as const;
  if (policy.includes('"mutate"')) return choices.oneIn(2) ? { patchedResources: choices.pick(files) } : {};
  if (policy.includes('"generate"'))
    return choices.oneIn(2) ? { generatedResource: choices.pick(files.slice(0, 4)) ?? "" } : {};
  // What is deleted cannot be changed: Kyverno's mutate rules are errors, and its generate rules end the process.
  return choices.oneIn(6) ? { operation: choices.pick(["CREATE", "UPDATE", "DELETE"]) } : {};
}

/** Whether a result is the error of a mutate rule. */
function isBrokenMutation({ policy }: Pair): (result: RuleResult) => boolean {
  const rules = listOf(memberOf(policy, "spec") ?? null, "rules").filter(
    (rule) => memberOf(rule, "mutate") !== undefined,
  );
  const names = rules.map((rule) => textOf(rule, "name"));
  return ({ rule, result }) => result === "error" && names.some((name) => rule.endsWith(name));
}

function nameOf(object: Value): string {
  return keyOf(object).split("/").at(-1) ?? "";
}
