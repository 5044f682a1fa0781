import type { Choices } from "../../../src/testing/cel-choices.ts";
import { matchOwn, objectOf, policyOf, type SceneMaker, scene } from "./scene.ts";

type Kind =
  | "text"
  | "number"
  | "any"
  | "amount"
  | "time"
  | "duration"
  | "layout"
  | "regex"
  | "image"
  | "version"
  | "range"
  | "path"
  | "url"
  | "json"
  | "yaml"
  | "base64"
  | "object"
  | "list"
  | "numbers"
  | "pattern"
  | "bool"
  | "key";

const VALUES: Readonly<Record<Kind, readonly string[]>> = {
  text: [
    "'abc'",
    "'Web App'",
    "''",
    "request.object.metadata.name",
    "'a,b,,c'",
    "'ÄÖ-straße'",
    "'10'",
    "request.object.kind",
    "'--x--'",
    "'aaa'",
  ],
  number: ["`0`", "`1`", "`-1`", "`2`", "`10`", "`2.5`", "`1e3`", "length('abc')", "`100000000000`"],
  any: ["'abc'", "`1`", "`null`", "`true`", "`[]`", "`{}`", "request.object.metadata.labels", "`[1, 2]`"],
  amount: [
    "'1Gi'",
    "'500m'",
    "'1.5'",
    "'2'",
    "'128Mi'",
    "'1h'",
    "'30m'",
    "'90s'",
    "`3`",
    "`1.5`",
    "'0'",
    "'abc'",
    "`0`",
    "'-1Ki'",
    "'1e3'",
    "'12E'",
    "'0s'",
  ],
  time: [
    "'2026-01-02T15:04:05Z'",
    "'2025-12-31T23:59:59+02:00'",
    "'2024-02-29T12:00:00.5Z'",
    "'2026-13-01T00:00:00Z'",
    "'yesterday'",
    "'2026-01-02'",
  ],
  duration: ["'1h'", "'30m'", "'-15s'", "'1d'", "'1h30m5s'", "'0'", "'2562047h'"],
  layout: [
    "''",
    "'2006-01-02T15:04:05Z07:00'",
    "'02 Jan 06 15:04 MST'",
    "'2006-01-02'",
    "'1700000000'",
    "'Mon Jan _2 15:04:05 2006'",
  ],
  regex: ["'^[a-z]+$'", "'a'", "'[0-9]{2,}'", "'('", "'(a)(b)'", "'(?i)WEB'", "'.*'", "'\\\\d+'", "'(?<x>a)'", "'x*'"],
  image: [
    "'nginx'",
    "'ghcr.io/a/b:v1'",
    "'a/b@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
    "'localhost:5000/x'",
    "'UPPER/case'",
    "''",
    "'registry.k8s.io/pause:3.9@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
    "'a b'",
  ],
  version: ["'1.2.3'", "'v1.2.3'", "'1.2.3-rc.1'", "'1.2'", "'abc'", "'2.0.0+build'"],
  range: ["'>=1.0.0'", "'>1.0.0 <2.0.0'", "'1.2.x'", "'<1.0.0 || >=2.0.0'", "'!=1.2.3'", "'~1.2'", "''", "'1.2.3'"],
  path: ["'/a/../b'", "'a//b/./c'", "''", "'/'", "'../x'", "'/var/run/'", "'C:/x'"],
  url: [
    "'https://10.0.0.1/'",
    "'https://1.1.1.1/a'",
    "'http://localhost'",
    "'not a url'",
    "'http://[::1]:80'",
    "'https://192.168.1.1:443/x'",
    "'ftp://8.8.8.8'",
  ],
  json: [
    "'{\"a\": 1}'",
    "'[1, 2.50, \"x\"]'",
    "'{'",
    "'null'",
    "'1'",
    "''",
    '\'{"a":{"b":[true]}}\'',
    "'{\"n\": 12345678901234567890}'",
  ],
  yaml: ["'a: 1'", "'[a, b]'", "'- x\n- y'", "'a: [1'", "''", "'yes'", "'a: 0777'"],
  base64: ["'SGVsbG8='", "'SGVsbG8'", "'***'", "''", "'4pyT'"],
  object: [
    "request.object.metadata.labels",
    "`{}`",
    '`{"a": 1, "b": "x"}`',
    '`{"app": "web"}`',
    "request.object.metadata",
  ],
  list: ["`[]`", '`["a", "b"]`', '`[1, "a", null]`', "request.object.spec.containers[].name", "`[3, 1, 2]`"],
  numbers: ["`[1, 2, 3]`", "`[]`", "['1Gi', '2Gi']", "['1h', '30m']", "`[1.5, 2]`", "['1', 'x']", "['1h', '1Gi']"],
  pattern: ["'a*'", "'?bc'", "'*'", "''", "'object-*'", "'10*'"],
  bool: ["'true'", "'FALSE'", "'yes'", "''", "'1'", "'True'"],
  key: ["'a'", "'app'", "'nothing'", "`0`", "`1`", "`-1`", "`5`", "'b'", "`1.5`"],
};

const CALLS: readonly (readonly [name: string, ...kinds: readonly Kind[]])[] = [
  ["compare", "text", "text"],
  ["equal_fold", "text", "text"],
  ["replace", "text", "text", "text", "number"],
  ["replace_all", "text", "text", "text"],
  ["to_upper", "text"],
  ["to_lower", "text"],
  ["trim", "text", "text"],
  ["trim_prefix", "text", "text"],
  ["split", "text", "text"],
  ["regex_replace_all", "regex", "text", "text"],
  ["regex_replace_all_literal", "regex", "text", "text"],
  ["regex_match", "regex", "text"],
  ["regex_match", "regex", "number"],
  ["pattern_match", "pattern", "text"],
  ["pattern_match", "pattern", "number"],
  ["label_match", "object", "object"],
  ["to_boolean", "bool"],
  ["add", "amount", "amount"],
  ["sum", "numbers"],
  ["subtract", "amount", "amount"],
  ["multiply", "amount", "amount"],
  ["divide", "amount", "amount"],
  ["modulo", "amount", "amount"],
  ["round", "number", "number"],
  ["base64_decode", "base64"],
  ["base64_encode", "text"],
  ["time_since", "layout", "time", "time"],
  ["path_canonicalize", "path"],
  ["truncate", "text", "number"],
  ["semver_compare", "version", "range"],
  ["parse_json", "json"],
  ["parse_yaml", "yaml"],
  ["lookup", "object", "key"],
  ["lookup", "list", "key"],
  ["items", "object", "text", "text"],
  ["items", "list", "text", "text"],
  ["object_from_lists", "list", "list"],
  ["x509_decode", "text"],
  ["time_to_cron", "time"],
  ["time_add", "time", "duration"],
  ["time_parse", "layout", "time"],
  ["time_utc", "time"],
  ["time_diff", "time", "time"],
  ["time_before", "time", "time"],
  ["time_after", "time", "time"],
  ["time_between", "time", "time", "time"],
  ["time_truncate", "time", "duration"],
  ["image_normalize", "image"],
  ["is_external_url", "url"],
  ["sha256", "text"],
  ["sha1", "text"],
  ["md5", "text"],
  ["length", "any"],
  ["contains", "any", "any"],
  ["join", "text", "list"],
  ["to_number", "text"],
  ["to_string", "any"],
  ["sort", "list"],
  ["keys", "any"],
  ["values", "object"],
  ["merge", "object", "object"],
  ["not_null", "any", "any"],
  ["reverse", "any"],
  ["starts_with", "text", "text"],
  ["ends_with", "text", "text"],
  ["abs", "number"],
  ["avg", "numbers"],
  ["ceil", "number"],
  ["floor", "number"],
  ["max", "list"],
  ["min", "list"],
  ["type", "any"],
  ["to_array", "any"],
];

/** A call of a function, with a wrong argument now and then. */
function makeCall(choices: Choices, turn: number): string {
  const [name, ...kinds] = CALLS[turn % CALLS.length] ?? ["type", "any"];
  const isUnordered = name === "keys" || name === "values";
  const args = kinds.map((kind) => choices.pick(VALUES[choices.oneIn(10) ? "any" : kind]) ?? "@");
  if (choices.oneIn(30)) args.pop();
  if (choices.oneIn(40)) args.push("'more'");
  const call = `${name}(${args.join(", ")})`;
  // Kyverno gives them in the order of a Go map.
  return isUnordered ? `length(${call})` : call;
}

/** JMESPath functions in conditions and messages. */
export const makeFunctions: SceneMaker = (seat) => {
  const { choices, turn } = seat;
  const call = makeCall(choices, turn);
  const other = choices.oneIn(3) ? makeCall(choices, choices.next(CALLS.length)) : call;
  const text = choices.pick([call, call, `${call} || 'none'`, `to_string(${call})`, `[${call}, 'x']`, `{a: ${call}}`]);
  const rule = {
    name: "f",
    ...matchOwn(seat, "Pod", "ConfigMap"),
    validate: {
      message: `it gives {{ ${other} }}.`,
      deny: {
        conditions: {
          any: [
            {
              key: `{{ ${text} }}`,
              operator: choices.pick(["NotEquals", "NotEquals", "Equals"]),
              value: choices.pick(["zz", "", "none"]),
            },
          ],
        },
      },
    },
  };
  return scene(policyOf(seat, [rule]), objectOf(seat, choices.pick(["Pod", "ConfigMap"])));
};
