import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { typeOfKinds } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { listText } from "./query.ts";
import { convertQuery } from "./query-to-cel.ts";
import { scopeOf } from "./validation-to-cel.ts";

const SCOPE = scopeOf("object", typeOfKinds([{ apiVersion: "v1", kind: "Pod" }], false), undefined, "context");

function textOf(source: string): string | undefined {
  const query = convertQuery(source, SCOPE, "query");
  return query.kind === "list" ? listText(query) : query.text;
}

const METADATA = "request.object.metadata";
const SPEC = "request.object.spec";

const WRITTEN: readonly (readonly [name: string, source: string, cel: string])[] = [
  ["each of a list", `${SPEC}.containers[].image`, "object.spec.containers.map(container, container.image)"],
  ["a pipe", `${SPEC}.containers[] | length(@)`, "size(object.spec.containers)"],
  ["a length of what may be missing", `${SPEC}.volumes || '' | length(@)`, "size(object.spec.?volumes.orValue([]))"],
  [
    "a length of lists in lists",
    `length(${SPEC}.containers[].ports[].hostPort)`,
    "size(object.spec.containers.map(container, container.?ports.orValue([]).filter(port, has(port.hostPort)).map(port, port.hostPort)).flatten())",
  ],
  ["a default that is no zero", `${SPEC}.priority || \`5\``, "object.spec.?priority.orValue(5)"],
  [
    "a default for what is empty, too",
    `${METADATA}.labels.app || 'none'`,
    "(object.metadata.?labels.?app.orValue('') != '' ? object.metadata.?labels.?app.orValue('') : 'none')",
  ],
  ["a default of what is always there", "request.operation || 'BACKGROUND'", "request.operation"],
  ["an element", `${METADATA}.ownerReferences[0].kind || ''`, "object.metadata.?ownerReferences[?0].?kind.orValue('')"],
  [
    "two values that may be missing",
    `length(${SPEC}.containers[?readinessProbe==livenessProbe])`,
    "size(object.spec.containers.filter(container, container.?readinessProbe == container.?livenessProbe))",
  ],
  [
    "a call for each",
    `${SPEC}.containers[].name.to_upper(@)`,
    "object.spec.containers.map(container, container.name.upperAscii())",
  ],
  ["names of members", `${METADATA}.annotations.keys(@)`, "object.metadata.annotations.map(key, key)"],
  ["a regular expression", `regex_match('^a$', ${METADATA}.name)`, "object.metadata.name.matches('^a$')"],
  [
    "groups of one",
    `regex_replace_all('(a)(b)', ${METADATA}.name, '$2-\${1}')`,
    "regex.replace(object.metadata.name, '(a)(b)', '\\\\2-\\\\1')",
  ],
  [
    "texts put together",
    `join(',', ${SPEC}.containers[].name)`,
    "object.spec.containers.map(container, container.name).join(',')",
  ],
  ["a text taken apart", `split(${METADATA}.name, '-')`, "object.metadata.name.split('-')"],
  ["base64", `base64_decode(${METADATA}.annotations.a)`, "string(base64.decode(object.metadata.annotations.a))"],
  ["a number as a text", `to_string(${SPEC}.priority)`, "string(object.spec.priority)"],
  ["a sum", `add(${SPEC}.priority, \`1\`)`, "(object.spec.priority + 1)"],
  ["an absolute value", `abs(${SPEC}.priority)`, "math.abs(object.spec.priority)"],
  ["wildcards", `pattern_match('a-*', ${METADATA}.name)`, "object.metadata.name.startsWith('a-')"],
  ["texts put into each other", `replace_all(${METADATA}.name, 'a', 'b')`, "object.metadata.name.replace('a', 'b')"],
  ["letters alike", `equal_fold(${METADATA}.name, 'A')`, "(object.metadata.name.lowerAscii() == 'A'.lowerAscii())"],
  [
    "a filter",
    `${SPEC}.containers[?contains(image, 'a')].name`,
    "object.spec.containers.filter(container, container.image.contains('a')).map(container, container.name)",
  ],
  [
    "what is there and not empty",
    `${SPEC}.nodeSelector && ${SPEC}.hostNetwork`,
    "(size(object.spec.?nodeSelector.orValue({})) > 0 && object.spec.?hostNetwork.orValue(false) == true)",
  ],
];

const REFUSED: readonly (readonly [name: string, source: string, reason: RegExp])[] = [
  ["an unknown variable", "x", /the variable x has no counterpart/],
  ["an unknown field", `${SPEC}.replicas`, /have no field replicas/],
  ["all members", `${METADATA}.labels.*`, /value-projection/],
  ["another function", `max(${SPEC}.containers[].name)`, /the function max/],
  ["a group that is named", `regex_replace_all('(a)', ${METADATA}.name, '$1b')`, /named in its own way/],
  ["a pattern that is worked out", `regex_match(${METADATA}.name, 'a')`, /a pattern that is worked out/],
  ["texts in order", `${SPEC}.containers[?name > 'a']`, /by their order/],
];

describe("convertQuery", () => {
  for (const [name, source, cel] of WRITTEN) test(name, () => assert.equal(textOf(source), cel));
  for (const [name, source, reason] of REFUSED) {
    test(`${name} is not converted`, () => {
      assert.throws(
        () => textOf(source),
        (thrown) => thrown instanceof NotConvertible && thrown.path === "query" && reason.test(thrown.message),
      );
    });
  }
});
