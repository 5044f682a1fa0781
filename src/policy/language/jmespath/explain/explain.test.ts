/**
 * Expressions that newcomers write, and what they are told: the place, what was met there with its type, what to do. The
 * cases are those that Kyverno's users ask about (its issues 1326, 3192, 3617, 4473, 10152, 16488, 16766, 17092).
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type AmapError, isAmapError, readJson, type Value } from "../../../../base/index.ts";
import { compileJmesPath } from "../compile.ts";
import { explainJmesFailure } from "./explain-failure.ts";
import { explainJmesSyntax } from "./explain-syntax.ts";
import { describeValue, drawExplanation, type JmesExplanation } from "./explanation.ts";
import { withExcerpt } from "./with-excerpt.ts";

const INPUT: Value = {
  request: {
    operation: "CREATE",
    object: {
      metadata: { name: "web", labels: { app: "web", "app.kubernetes.io/name": "web" } },
      spec: { replicas: 3, containers: [{ name: "a", image: "nginx" }, { name: "b", image: 5 }, { name: "c" }] },
    },
  },
  element: { name: "a" },
};
const OBJECT = "request.object";

function refusal(expression: string): AmapError | undefined {
  try {
    compileJmesPath(expression);
    return undefined;
  } catch (error) {
    assert.ok(isAmapError(error));
    return error;
  }
}

function explain(expression: string): JmesExplanation | undefined {
  const error = refusal(expression);
  return error === undefined ? explainJmesFailure(expression, INPUT, 0) : explainJmesSyntax(expression, error);
}

/** `at` is the text that the caret stands below; empty for the end. */
type Case = readonly [expression: string, at: string, reason: RegExp, hint: RegExp];

const FAILURES: readonly Case[] = [
  [
    `${OBJECT}.metadata.labels.team`,
    "team",
    /"team" is not there: request\.object\.metadata\.labels is an object with the keys app, app\.k/,
    /labels\.team \|\| ''/,
  ],
  [
    `${OBJECT}.metadata.label.app`,
    "label.",
    /"label" is not there: request\.object\.metadata is an object/,
    /Did you mean "labels"\?/,
  ],
  [`${OBJECT}.metadata.labels."k8s-app"`, '"k8s-app"', /"k8s-app" is not there/, /labels\."k8s-app" \|\| ''/],
  [
    "requst.object.kind",
    "requst",
    /there is no (?:member|variable) "requst": there are request, element/,
    /Did you mean "request"\?/,
  ],
  ["images.containers.busybox.digest", "images", /there is no (?:member|variable) "images"/, /./],
  ["element.alert", "alert", /"alert" is not there: element is an object with the key name/, /element\.alert \|\| ''/],
  [
    `split(${OBJECT}.metadata.annotations.x, ',')`,
    OBJECT,
    /split\(\) takes a text as argument 1, and here is null, because "annotations" is not there/,
    /\|\| ''\).*split\(string, string\)/,
  ],
  [
    `base64_decode(${OBJECT}.spec.replicas)`,
    OBJECT,
    /base64_decode\(\) takes a text, and here is the number 3/,
    /to_string/,
  ],
  [`sum(${OBJECT}.spec.replicas)`, OBJECT, /sum\(\) takes a list, and here is the number 3/, /\[ … \]/],
  [
    `join(',', ${OBJECT}.spec.containers[].image)`,
    OBJECT,
    /list of texts as argument 2, and here is a list of 2 items, of which item 1 is the number 5/,
    /array\[string\]/,
  ],
  [
    `${OBJECT}.spec.containers[].split(image, ':')`,
    "image, ",
    /here is the number 5 \(of item 1, counted from 0\)/,
    /to_string/,
  ],
  [
    `${OBJECT}.spec.containers[?starts_with(image, 'x')].name`,
    "image, ",
    /starts_with\(\) takes a text as argument 1, and here is the number 5/,
    /to_string/,
  ],
  [`max_by(${OBJECT}.spec.containers, &image)`, "max_by", /max_by\(\)|image/, /max_by\(array, expref\)/],
  [`lenght(${OBJECT}.spec)`, "lenght", /there is no function lenght\(\)/, /Did you mean length\(\)\?/],
  [
    "@ | non_existent_function(@)",
    "non_existent",
    /there is no function non_existent_function\(\)/,
    /amap jp function/,
  ],
  ["split('a')", "split", /split\(\) takes 2 arguments, and here is 1/, /split\(string, string\)/],
  [
    "semver_compare('1.2.3', 'latest')",
    "semver_compare",
    /semver_compare\(\) failed: .*given the text "1\.2\.3", the text "latest"/,
    /semver_compare\(string, string\)/,
  ],
  ["divide(`1`, `0`)", "divide", /Zero divisor.*the number 1, the number 0/, /divide\(any, any\)/],
  ["add('1Gi', '5s')", "add", /Types mismatch.*the text "1Gi", the text "5s"/, /add\(any, any\)/],
  ["parse_json('{')", "parse_json", /parse_json\(\) failed.*the text "\{"/, /parse_json\(string\)/],
  ["regex_match('[', 'a')", "regex_match", /missing closing/, /regex_match/],
  ["time_since('', 'yesterday', '')", "time_since", /the text "yesterday"/, /time_since\(string, string, string\)/],
  [
    `${OBJECT}.metadata | merge(@, \`5\`)`,
    "`5`",
    /merge\(\) takes an object as argument 2, and here is the number 5/,
    /Give a value of that type/,
  ],
  [
    `${OBJECT}.metadata.labels.app && ${OBJECT}.spec.foo`,
    "foo",
    /"foo" is not there: request\.object\.spec is an object/,
    /spec\.foo \|\| ''/,
  ],
];

const REFUSALS: readonly Case[] = [
  [
    `${OBJECT}.metadata.labels.app.kubernetes.io/managed-by`,
    "/",
    /cannot be read: unknown char: '\/'/,
    /in double quotes: labels\."app\.kubernetes\.io\/name"/,
  ],
  ["labels.my-app", "-app", /cannot be read/, /double quotes/],
  ["labels.'app'", "'app'", /expected identifier/, /double quotes behind a point/],
  ["labels['app']", "'app'", /expected "\*", received: a text in single quotes/, /double quotes behind a point/],
  ["labels[app]", "app", /expected "\*", received: a name/, /an index, "\*" or a filter/],
  ["spec.replicas > 3", "3", /invalid token: a number/, /between backticks: size > `1`/],
  ["name = 'web'", "=", /unexpected token at the end of the expression: "="/, /written "=="/],
  ["a and b", "and", /unexpected token at the end of the expression: a name/, /"&&" for and/],
  ["a + b", "+", /unknown char: '\+'/, /add\(a, b\)/],
  ["items[0", "", /expected "\]", received: the end of the expression/, /closing bracket/],
  ["spec.", "", /expected identifier/, /name behind "\."/],
  ["length(spec", "", /incomplete/, /closing bracket/],
  ["items[].name)", ")", /unexpected token at the end of the expression: "\)"/, /closes nothing/],
  ["'nginx", "", /unclosed delimiter: '/, /needs its partner/],
  ["`nginx`", "`nginx`", /not valid JSON/, /single quotes/],
  ["$.spec", "$", /unknown char: '\$'/, /begins with a name/],
  ["{{ spec }}", "{ spec", /expected a name in double quotes or a name/, /no further \{\{ \}\}/],
  ["name web", "web", /unexpected token/, /an operator or ","/],
  ["a || | b", "| b", /invalid token: "\|"/, /A value is expected there/],
  ["", "", /incomplete expression/, /./],
];

for (const [title, cases] of [
  ["expressions that fail", FAILURES],
  ["expressions that cannot be read", REFUSALS],
] as const) {
  describe(title, () => {
    for (const [expression, at, reason, hint] of cases) {
      test(expression, () => {
        const explained = explain(expression);
        assert.ok(explained !== undefined);
        assert.match(explained.reason, reason);
        assert.match(explained.hint, hint);
        const rest = Array.from(expression)
          .slice(explained.column - 1)
          .join("");
        assert.ok(at === "" ? rest === "" : rest.startsWith(at), `the caret stands before ${rest}`);
        const [, excerpt = "", pointer = ""] = drawExplanation(explained).split("\n");
        assert.equal(excerpt.slice(pointer.length - 1), rest.slice(0, 80) + (rest.length > 80 ? "…" : ""));
      });
    }
  });
}

describe("what is no failure has no explanation", () => {
  for (const expression of [
    `${OBJECT}.metadata.name`,
    `${OBJECT}.metadata.labels.team || ''`,
    "split('a', ',')",
    "not_null(nothing, `1`)",
  ]) {
    test(expression, () => assert.equal(explain(expression), undefined));
  }
});

describe("limits", () => {
  test("too much work is given up", () => {
    const items = Array.from({ length: 900 }, () => ({ image: "a" }));
    const filters = "items[].items[].image";
    assert.equal(
      explainJmesFailure(`${filters} | nope(@)`, { items: items.map((item) => ({ ...item, items })) }, 0),
      undefined,
    );
  });
  test("a long expression is shown in part, and a long value cut", () => {
    const name = "a".repeat(300);
    const explained = explainJmesFailure(`spec.${name}.b`, { spec: { text: "x".repeat(1_000) } }, 0);
    const lines = drawExplanation(explained as JmesExplanation).split("\n");
    assert.ok(lines.every((line) => line.length < 700));
    assert.equal(lines[1]?.at(-1), "…");
    assert.equal(describeValue("x".repeat(1_000)).length, 90);
  });
  test("of an expression on several lines the one with the place", () => {
    const explained = explain("a ||\n  b c") as JmesExplanation;
    assert.deepEqual(drawExplanation(explained).split("\n").slice(1, 3), ["  |   b c", "  |     ^"]);
  });
});

test("a refusal keeps Kyverno's words before the plain ones", () => {
  const message = withExcerpt(refusal("a == 5") as AmapError);
  assert.deepEqual(message.split("\n").slice(0, 4), [
    "SyntaxError: Invalid token: tNumber (column 6)",
    "  | the expression cannot be read: invalid token: a number",
    "  | a == 5",
    "  |      ^",
  ]);
});

test("values are told with their types", () => {
  const rows: readonly (readonly [json: string, text: string])[] = [
    ["null", "null"],
    ['""', 'the empty text ""'],
    ["1.0", "the number 1.0"],
    ["false", "the boolean false"],
    ["[]", "an empty list"],
    ["[1]", "a list of 1 item"],
    ["{}", "an empty object"],
    ['{"constructor":1,"b":2}', "an object with the keys constructor, b"],
  ];
  for (const [json, text] of rows) assert.equal(describeValue(readJson(json)), text);
});

test("whatever an expression is, its explanation has a place in it, and is there when it fails", () => {
  const word = fc.constantFrom(
    "a",
    "b",
    "spec",
    "length(",
    ")",
    ".",
    "[",
    "]",
    "[?",
    "'x'",
    "`1`",
    "`",
    "'",
    "||",
    "&&",
    "|",
    "@",
    "==",
    "*",
    ",",
    "{",
    "}",
    ":",
    "-",
    "/",
    " ",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (words) => {
      const expression = words.join("");
      const explained = explain(expression);
      if (explained !== undefined) {
        assert.ok(explained.column >= 1 && explained.column <= expression.length + 1);
        assert.ok(explained.reason.length > 0);
        assert.ok(drawExplanation(explained).includes("^"));
        return;
      }
      compileJmesPath(expression).evaluate(INPUT, { now: 0, charge: () => {}, entropy: () => new Uint8Array(32) });
    }),
    { numRuns: 400, seed: 23 },
  );
});
