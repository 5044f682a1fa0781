import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memberOf, type Value } from "../../../../../base/index.ts";
import { testActivation } from "../../../../../testing/cel-activation.ts";
import { type ExpressionCase, FAILS, testExpressions } from "../../../../../testing/cel-cases.ts";
import type { FactReader } from "../../../../evaluate/facts.ts";
import { compileExpression } from "../../compile/compile.ts";
import { createEnvironment } from "../../environment.ts";
import { formatSignature } from "../../function.ts";
import { celTypes } from "../../types.ts";
import type { CelValue } from "../../values/value.ts";
import { STANDARD_LIBRARIES } from "../table.ts";
import { AUTHORIZER, authorizerValue } from "./authorizer.ts";
import { KUBERNETES_LIBRARIES, NETWORK_LIBRARY } from "./libraries.ts";

const ENVIRONMENT = createEnvironment({
  variables: { authorizer: AUTHORIZER, text: celTypes.dyn },
  libraries: [...STANDARD_LIBRARIES, ...KUBERNETES_LIBRARIES],
});
const NETWORK = createEnvironment({ libraries: [...STANDARD_LIBRARIES, NETWORK_LIBRARY] });

/** Jane may do all, nobody else may do anything. */
const FACTS: FactReader = {
  misses: 0,
  pending: new Map(),
  fact(_, params): Value {
    const user = memberOf(params, "user") as Value;
    return { allowed: memberOf(user, "username") === "jane", reason: "healthz is for all" };
  },
};

function evaluate(expression: string, text: CelValue = ""): CelValue {
  const variables = ENVIRONMENT.bind({ authorizer: authorizerValue({ username: "jane", groups: [] }), text });
  return compileExpression(expression, ENVIRONMENT).evaluate(testActivation({}, { variables, facts: FACTS }));
}

describe("the rows of Kubernetes' libraries", () => {
  for (const library of KUBERNETES_LIBRARIES) {
    for (const row of library.functions) {
      it(`${library.name}: ${formatSignature(row)}: its example is true`, () => {
        assert.equal(evaluate(row.example), true);
        assert.ok(row.example.includes(row.name), "the example shows another function");
        assert.match(row.note, /^[^a-z].*\.$/);
      });
    }
  }
});

// What differs from Kubernetes is from cel-spec's network_ext: IPv4 in IPv6 is refused only when it is written with dots.
const NETWORK_CASES: readonly ExpressionCase[] = [
  ["ip('::ffff:c0a8:1') == ip('192.168.0.1')", true],
  ["ip('::ffff:c0a8:1') == ip('192.168.10.1')", false],
  ["ip('::ffff:c0a8:1').family()", 4],
  ["string(ip('::ffff:c0a8:1'))", "192.168.0.1"],
  ["isIP('::ffff:c0a8:1')", true],
  ["ip.isCanonical('::ffff:c0a8:1')", false],
  ["cidr('192.168.0.0/24').containsIP('::ffff:c0a8:1')", true],
  ["ip('::ffff:192.168.0.1')", FAILS],
  ["isIP('::ffff:192.168.0.1')", false],
  ["ip('fe80::1%en0')", FAILS],
  ["cidr('fe80::1%en0/24')", FAILS],
  ["cidr('::ffff:192.168.0.1/24')", FAILS],
  ["cidr('::ffff:c0a8:1/120')", FAILS],
  ["type(ip('192.168.0.1')) == net.IP", true],
  ["type(cidr('192.168.0.0/24')) == net.CIDR", true],
];

describe("CEL's network extension", () => testExpressions(NETWORK, NETWORK_CASES));

describe("texts of a million characters", () => {
  const million = 1_000_000;
  const cases: readonly (readonly [expression: string, text: string, expected: CelValue])[] = [
    ["isQuantity(text)", "k".repeat(million), false],
    ["isIP(text)", ":".repeat(million), false],
    ["isIP(text)", "1.".repeat(million / 2), false],
    ["isIP(text)", "0:".repeat(million / 2), false],
    ["isCIDR('10.0.0.0/' + text)", "1".repeat(million), false],
    ["isURL('http://' + text)", "a.".repeat(million / 2), true],
    ["isURL('http://' + text)", "[".repeat(million), false],
    ["isURL('http://' + text)", "%e4".repeat(million / 4), true],
    ["isURL(text + ':x')", "a".repeat(million), true],
    ["url('/' + text).getEscapedPath().size()", " ".repeat(million / 4), 1 + (million / 4) * 3],
    ["url('/?' + text).getQuery().size()", "a=1&".repeat(million / 4), 0],
    ["isSemver('1.0.0-' + text)", "a.".repeat(million / 2), false],
    ["isSemver(text + '1.0.0', true)", "0".repeat(million), true],
    ["isSemver(text + 'x.0.0', true)", "0".repeat(million), false],
    ["format.dns1123Subdomain().validate(text).value().size()", "a.".repeat(million / 2), 2],
    ["format.dns1123Label().validate(text).value().size()", "a-".repeat(million / 2), 2],
    ["format.byte().validate(text).hasValue()", "aGVs".repeat(million / 4), false],
    ["format.byte().validate(text + '!').hasValue()", "aGVs".repeat(million / 4), true],
    ["format.qualifiedName().validate(text).value().size()", "/".repeat(million), 1],
    ["format.datetime().validate(text).hasValue()", "t".repeat(million), true],
    ["format.uri().validate(text).value().size()", '"'.repeat(million / 4), 1],
    ["text.find('(a*)*b')", "a".repeat(million / 4), ""],
  ];
  for (const [expression, text, expected] of cases) {
    it(`${expression} of ${text.slice(0, 8)}…`, () => assert.equal(evaluate(expression, text), expected));
  }

  it("searches that would take long end with the budget", () => {
    assert.throws(() => evaluate("text.findAll('b|a.*c')", "ab".repeat(million / 2)), { code: "BUDGET_EXCEEDED" });
  });

  it("quantities beyond the limits are refused, not answered", () => {
    for (const text of ["1".repeat(257), "9".repeat(million), "1e1001", "1E-1001", "1e99999999", "-0.1e999999999"]) {
      for (const name of ["quantity", "isQuantity"]) {
        assert.throws(() => evaluate(`${name}(text)`, text), { code: "EXPRESSION_FAILED", message: /256 digits/ });
      }
    }
    assert.equal(evaluate("quantity(text).compareTo(quantity('1e-1000'))", "1e1000"), 1);
  });
});
