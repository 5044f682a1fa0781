import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENTS_PATH, ROUTES, type Route } from "../api/index.ts";
import { memberOf, readJson, type Value } from "../base/index.ts";
import { openApiDocument } from "./api-document.ts";

const document = readJson(await openApiDocument("1.2.3"));
const at = (...path: readonly string[]): Value | undefined =>
  path.reduce<Value | undefined>((value, key) => memberOf(value, key), document);

test("the document is OpenAPI 3.1 of this version, the same each time", async () => {
  assert.equal(at("openapi"), "3.1.0");
  assert.equal(at("info", "version"), "1.2.3");
  assert.deepEqual(readJson(await openApiDocument("1.2.3")), document);
});

const operationIds = new Set<Value | undefined>();
for (const [key, route] of Object.entries<Route>(ROUTES)) {
  test(`${key} is in it, with its parameters, answers and errors`, () => {
    const [method = "", path = ""] = key.split(" ");
    const operation = at("paths", path.replaceAll(/:([a-z]+)/g, "{$1}"), method.toLowerCase());
    assert.equal(memberOf(operation, "summary"), route.summary);
    const id = memberOf(operation, "operationId");
    assert.ok(typeof id === "string" && !operationIds.has(id));
    operationIds.add(id);
    const responses = memberOf(operation, "responses");
    assert.ok(memberOf(responses, route.response === undefined ? "204" : "200") !== undefined);
    assert.ok(memberOf(memberOf(memberOf(responses, "default"), "content"), "application/problem+json") !== undefined);
    assert.equal(memberOf(operation, "requestBody") !== undefined, route.body !== undefined);
    assert.deepEqual(memberOf(operation, "security"), route.open === true ? [] : undefined);
    const parameters = (memberOf(operation, "parameters") ?? []) as readonly Value[];
    const wanted = [...shapeOf(route.params), ...shapeOf(route.query)];
    assert.deepEqual(new Set(parameters.map((each) => memberOf(each, "name"))), new Set(wanted));
  });
}

test("nothing else is in it", () => {
  const paths = new Set(Object.keys(ROUTES).map((key) => key.split(" ")[1]?.replaceAll(/:([a-z]+)/g, "{$1}")));
  assert.deepEqual(new Set(Object.keys(at("paths") ?? {})), paths);
  assert.equal(at("paths", EVENTS_PATH), undefined);
});

function shapeOf(schema: Route["query"]): string[] {
  const { shape } = (schema ?? { shape: {} }) as { readonly shape?: object };
  return Object.keys(shape ?? {});
}
