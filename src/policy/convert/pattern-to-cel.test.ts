import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value } from "../../base/index.ts";
import { typeOfKinds } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { convertPattern } from "./pattern-to-cel.ts";
import { rootPlace } from "./place.ts";

const POD = typeOfKinds([{ apiVersion: "v1", kind: "Pod" }], false);

const textOf = (pattern: Value): string => convertPattern(pattern, rootPlace("object", POD), "pattern").ok.text;

const WRITTEN: readonly (readonly [name: string, pattern: Value, cel: string])[] = [
  ["a wildcard", { metadata: { name: "web-*" } }, "object.metadata.name.startsWith('web-')"],
  ["an end", { metadata: { name: "*-web" } }, "object.metadata.name.endsWith('-web')"],
  ["a middle", { metadata: { name: "*web*" } }, "object.metadata.name.contains('web')"],
  ["other wildcards", { metadata: { name: "a.?b*c" } }, "object.metadata.name.matches('(?s)^a\\\\..b.*c$')"],
  ["one of several", { metadata: { name: "a | b" } }, "object.metadata.name in ['a', 'b']"],
  ["a negation", { metadata: { name: "!web" } }, "object.metadata.name != 'web'"],
  ["both", { metadata: { name: "!a & !b" } }, "object.metadata.name != 'a' && object.metadata.name != 'b'"],
  [
    "a label that must be there",
    { metadata: { labels: { "app.kubernetes.io/name": "?*" } } },
    "object.metadata.?labels[?'app.kubernetes.io/name'].orValue('') != ''",
  ],
  [
    "a negation of what may be missing fails without it",
    { spec: { serviceAccountName: "!root" } },
    "object.spec.?serviceAccountName.orValue('root') != 'root'",
  ],
  ["true", { spec: { hostNetwork: true } }, "object.spec.?hostNetwork.orValue(false) == true"],
  ["false, or missing", { spec: { "=(hostNetwork)": false } }, "object.spec.?hostNetwork.orValue(false) == false"],
  ["false, and there", { spec: { hostNetwork: "false" } }, "object.spec.?hostNetwork.orValue(true) == false"],
  [
    "a range",
    { spec: { priority: "1-5" } },
    "object.spec.?priority.orValue(0) >= 1 && object.spec.?priority.orValue(0) <= 5",
  ],
  ["what a missing number is less than", { spec: { priority: "<5" } }, "object.spec.?priority.orValue(0) < 5"],
  [
    "each of a list",
    { spec: { containers: [{ image: "!*:latest" }] } },
    "object.spec.containers.all(container, !container.image.endsWith(':latest'))",
  ],
  [
    "an optional list",
    { spec: { "=(initContainers)": [{ image: "?*" }] } },
    "object.spec.?initContainers.orValue([]).all(initContainer, initContainer.image != '')",
  ],
  [
    "a list that must be there",
    { spec: { volumes: [{ name: "?*" }] } },
    "has(object.spec.volumes) && object.spec.?volumes.orValue([]).all(volume, volume.name != '')",
  ],
  [
    "a condition",
    { spec: { containers: [{ "(image)": "*:latest", imagePullPolicy: "Always" }] } },
    "object.spec.containers.all(container, !container.image.endsWith(':latest') || container.?imagePullPolicy.orValue('') == 'Always')",
  ],
  [
    "a key that must not be there",
    { spec: { "=(volumes)": [{ "X(hostPath)": "null" }] } },
    "object.spec.?volumes.orValue([]).all(volume, !has(volume.hostPath))",
  ],
  [
    "one that must be there",
    { spec: { "^(containers)": [{ name: "proxy" }] } },
    "object.spec.containers.exists(container, container.name == 'proxy')",
  ],
  [
    "optional parts of parts",
    { spec: { containers: [{ "=(securityContext)": { "=(privileged)": "false" } }] } },
    "object.spec.containers.all(container, container.?securityContext.?privileged.orValue(false) == false)",
  ],
  [
    "a part of an optional part",
    { spec: { "=(securityContext)": { runAsNonRoot: true } } },
    "!has(object.spec.securityContext) || object.spec.?securityContext.?runAsNonRoot.orValue(false) == true",
  ],
  [
    "quantities",
    { spec: { containers: [{ resources: { limits: { memory: "<=4Gi" } } }] } },
    "object.spec.containers.all(container, container.?resources.?limits.hasValue() && quantity(string(container.?resources.?limits.?memory.orValue('0'))).compareTo(quantity('4Gi')) <= 0)",
  ],
  ["quotes", { metadata: { name: "it's\\n" } }, "object.metadata.name == 'it\\'s\\\\n'"],
];

const REFUSED: readonly (readonly [name: string, pattern: Value, path: string])[] = [
  ["a variable", { metadata: { name: "{{ request.operation }}" } }, "pattern.metadata.name"],
  ["a reference", { metadata: { name: "$(./x)" } }, "pattern.metadata.name"],
  ["a text that is an amount", { metadata: { labels: { size: "1000" } } }, "pattern.metadata.labels.size"],
  ["an amount of texts", { metadata: { labels: { size: ">5" } } }, "pattern.metadata.labels.size"],
  ["an unknown field", { spec: { hostNetwrok: true } }, "pattern.spec.hostNetwrok"],
  ["another type", { spec: { hostNetwork: "yes" } }, "pattern.spec.hostNetwork"],
  ["a list for a map", { spec: [1] }, "pattern.spec"],
  ["names of labels with wildcards", { metadata: { labels: { "app*": "?*" } } }, "pattern.metadata.labels.app*"],
  ["an empty list", { spec: { containers: [] } }, "pattern.spec.containers"],
  ["+()", { spec: { "+(hostNetwork)": true } }, "pattern.spec.+(hostNetwork)"],
];

describe("convertPattern", () => {
  for (const [name, pattern, cel] of WRITTEN) test(name, () => assert.equal(textOf(pattern), cel));
  for (const [name, pattern, path] of REFUSED) {
    test(`${name} is not converted`, () => {
      assert.throws(
        () => textOf(pattern),
        (thrown) => thrown instanceof NotConvertible && thrown.path === path && thrown.message !== "",
      );
    });
  }
});
