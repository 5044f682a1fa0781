import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAmapError, LIMITS, memberOf, textOf } from "../../base/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { type Application, prepareApplication } from "./apply-policies.ts";
import type { ApplyRequest } from "./apply-request.ts";

const REQUEST: ApplyRequest = {
  policies: ["/policies"],
  resources: ["/objects.yaml"],
  targetResources: [],
  exceptions: [],
  exceptionsWithinPolicies: false,
  exceptionsWithinResources: false,
  set: [],
};

const policy = (name: string, rule: string): string => `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: ${name}}
spec:
  rules:
  - name: check
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
${rule}
`;

const OWNED = policy("owned", `    validate: {message: no owner, pattern: {metadata: {labels: {owner: "?*"}}}}`);

/** Needs another object, by a fact. */
const LISTED = policy(
  "listed",
  `    context: [{name: list, apiCall: {urlPath: /api/v1/namespaces/default/configmaps/last}}]
    validate:
      message: no owner
      deny: {conditions: {all: [{key: "{{ request.object.metadata.name }}", operator: AnyNotIn, value: "{{ list.data.names }}"}]}}`,
);

const configMap = (name: string, data = "{}"): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {owner: me}}\ndata: ${data}\n`;

/** More than is looked at before the first object is judged. */
const COUNT = 40;
const FILLER = `{filler: ${"x".repeat((LIMITS.resourceLookAheadBytes / COUNT) * 2)}}`;
const LARGE = [
  ...Array.from({ length: COUNT }, (_, index) => configMap(`map-${index}`, FILLER)),
  configMap("last", "{names: 'map-*'}"),
].join("");

async function prepare(objects: string, policies: string, more: Partial<ApplyRequest> = {}): Promise<Application> {
  const world = createFakeWorld({ "/policies/policy.yaml": policies, "/objects.yaml": objects });
  return prepareApplication(world, { ...REQUEST, ...more });
}

async function statusesOf(application: Application): Promise<readonly string[]> {
  const statuses: string[] = [];
  for await (const { object, runs } of application.apply()) {
    const responses = runs.flatMap((run) => run.responses.map(({ status }) => status));
    statuses.push(`${textOf(memberOf(object, "metadata"), "name")} ${responses.join(" ")}`);
  }
  return statuses;
}

const ALL = (last: string): readonly string[] => [
  ...Array.from({ length: COUNT }, (_, index) => `map-${index} pass`),
  `last ${last}`,
];

describe("objects are judged one after the other", () => {
  test("of a small file all are counted first", async () => {
    const application = await prepare(configMap("a") + configMap("b"), OWNED);
    assert.deepEqual(application.count, { objects: 2, isWhole: true });
    assert.deepEqual(await statusesOf(application), ["a pass", "b pass"]);
  });

  test("of a large one only some, and all are judged", async () => {
    const application = await prepare(LARGE, OWNED);
    assert.equal(application.count.isWhole, false);
    assert.ok(application.count.objects > 0 && application.count.objects < COUNT);
    assert.deepEqual(await statusesOf(application), ALL("pass"));
    assert.equal((await application.readObjects()).length, COUNT + 1);
  });

  test("a rule that needs another object finds it, also when it comes later", async () => {
    assert.deepEqual(await statusesOf(await prepare(LARGE, LISTED)), ALL("fail"));
  });

  test("exceptions among the objects are not judged", async () => {
    const exception = "---\napiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: e}\nspec: {}\n";
    const application = await prepare(exception + configMap("a"), OWNED);
    assert.deepEqual(await statusesOf(application), ["a pass"]);
  });

  test("nothing at all is an error, never a success", async () => {
    for (const nothing of ["", "# nothing\n", "---\n---\n"]) {
      await assert.rejects(prepare(nothing, OWNED), (error) => isAmapError(error, "VALUE_INVALID"));
    }
  });

  test("what is wrong with a small file is known before anything is judged", async () => {
    const broken = `${configMap("a")}---\nkind: [\n`;
    await assert.rejects(
      prepare(broken, OWNED),
      (error) => isAmapError(error, "YAML_INVALID") && /line 8/.test(error.message),
    );
  });

  test("what is wrong far behind in a large one ends the run, with the file and its line", async () => {
    const application = await prepare(`${LARGE}---\nkind: [\n`, OWNED);
    const line = LARGE.split("\n").length + 2;
    await assert.rejects(
      statusesOf(application),
      (error) =>
        isAmapError(error, "YAML_INVALID") &&
        error.message.includes(`/objects.yaml`) &&
        error.message.includes(`line ${line}`),
    );
  });
});
