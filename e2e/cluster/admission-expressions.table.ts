/** Expressions as users write them in ValidatingAdmissionPolicies, with what a kube-apiserver 1.36 makes of them. */
import type { ObjectName } from "./admission-expressions-objects.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE";

type Outcome = "admitted" | "denied" | "error";

/** One policy. */
export interface ExpressionRow {
  /** Also the policy's name. */
  readonly name: string;
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
  /** In the order in which they are declared. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly matchConditions?: readonly string[];
  readonly auditAnnotation?: string;
  /** The ConfigMap that is `params`. */
  readonly params?: string;
  readonly operation?: Operation;
  /** Where amap differs on purpose, and why: its outcome for every object. */
  readonly differs?: { readonly outcome: Outcome; readonly why: string };
  /** `line:column` that amap gives for the first refusal where cel-go points elsewhere. */
  readonly amapAt?: string;
  /** What becomes of each object; without it the policy is refused when it is installed. */
  readonly on?: Readonly<Partial<Record<ObjectName, Outcome>>>;
}

type More = Omit<ExpressionRow, "name" | "expression" | "on">;

const row = (
  name: string,
  expression: string,
  on: Readonly<Partial<Record<ObjectName, Outcome>>>,
  more: More = {},
): ExpressionRow => ({ name, expression, on, ...more });

/** A row about the probe alone, which may hold anything. */
const probe = (name: string, expression: string, outcome: Outcome = "admitted", more: More = {}): ExpressionRow =>
  row(name, expression, { probe: outcome }, more);

const words = (name: string, expression: string, outcome: Outcome = "admitted", more: More = {}): ExpressionRow =>
  row(name, expression, { words: outcome }, more);

/** A row whose messageExpression is the point: what it says when the object is denied. */
const says = (name: string, messageExpression: string, more: More = {}): ExpressionRow =>
  row(name, "object.spec.flag == false", { probe: "denied" }, { messageExpression, ...more });

const refused = (name: string, expression: string, more: More = {}): ExpressionRow => ({ name, expression, ...more });

const OPERATORS: readonly ExpressionRow[] = [
  probe("add", "object.spec.int + 1 == 8"),
  probe("arithmetic-order", "object.spec.int - 2 * 3 + 8 / 2 % 3 == 2"),
  probe("divide-truncates", "object.spec.negative / 2 == -2 && object.spec.negative % 2 == -1"),
  probe("negate", "-object.spec.int == -7 && -object.spec.double == -1.5"),
  probe("not", "!object.spec.off"),
  probe("double", "object.spec.double * 2.0 == 3.0"),
  probe("double-and-int-do-not-add", "object.spec.double + object.spec.int > 0.0", "error"),
  probe("int-equals-double", "object.spec.int == 7.0 && dyn(7) == 7.0"),
  probe("int-less-than-double", "object.spec.int < 7.5 && object.spec.int > 6.5 && 7u <= object.spec.int"),
  probe("overflow-add", "object.spec.max + 1 > 0", "error"),
  probe("overflow-multiply", "object.spec.max * 2 > 0", "error"),
  probe("overflow-negate", "-(-object.spec.max - 1) > 0", "error"),
  probe("beyond-53-bits", "object.spec.beyond == 9007199254740993 && object.spec.beyond % 10 == 3"),
  probe("divide-by-zero", "object.spec.int / object.spec.zero == 0", "error"),
  probe("modulo-zero", "object.spec.int % object.spec.zero == 0", "error"),
  probe("double-divide-by-zero", "object.spec.double / 0.0 > 1000000.0"),
  probe("double-is-not-exact", "object.spec.tiny + 0.2 == 0.3", "denied"),
  probe("uint", "uint(object.spec.int) + 1u == 8u"),
  probe("uint-underflow", "uint(object.spec.zero) - 1u == 0u", "error"),
  probe("and-absorbs-error", "!(object.spec.missing == 1 && object.spec.off)"),
  probe("or-absorbs-error", "object.spec.missing == 1 || object.spec.flag"),
  probe("and-keeps-error", "object.spec.missing == 1 && object.spec.flag", "error"),
  probe("or-keeps-error", "object.spec.missing == 1 || object.spec.off", "error"),
  probe("and-of-a-number", "object.spec.int && object.spec.flag", "error"),
  probe("conditional", 'object.spec.int > 5 ? object.spec.text.startsWith("Hello") : object.spec.missing == 1'),
  probe("conditional-of-null", "object.spec.nothing ? true : false", "error"),
  probe("in-list", "2 in object.spec.list && !(4 in object.spec.list) && 2.0 in object.spec.list"),
  probe("in-map", '"a" in object.spec.map && !("d" in object.spec.map)'),
  probe("in-text", '"H" in object.spec.text', "error"),
  probe("index", 'object.spec.list[0] == 3 && object.spec.map["b"] == 2 && object.spec["dashed-key"] == "d"'),
  probe("index-out-of-range", "object.spec.list[3] == 1", "error"),
  probe("index-negative", "object.spec.list[-1] == 1", "error"),
  probe("index-double", "object.spec.list[1.0] == 1"),
  probe("index-half", "object.spec.list[0.5] == 1", "error"),
  probe("concatenate", '[1, 2] + object.spec.list == [1, 2, 3, 1, 2] && "a" + object.spec.text == "aHello, Wörld"'),
  probe("compare-mixed-kinds", 'object.spec.text != object.spec.int && !(object.spec.nothing == "null")'),
  probe("order-mixed-kinds", "object.spec.text < object.spec.int", "error"),
  probe("lists-equal-in-order", "object.spec.list == [3, 1, 2] && object.spec.list != [1, 2, 3]"),
  probe("maps-equal-without-order", "object.spec.map == {'c': 3, 'b': 2, 'a': 1}"),
  probe("mixed-list-equal", 'object.spec.mixed == [dyn(1), dyn("a"), dyn(true), dyn(null), dyn(1.5)]'),
  probe("text-order", '"B" < "a" && "a" < "ä" && object.spec.text > "Hello"'),
  probe("bytes", "bytes(object.spec.text).size() == 13 && b'abc' + b'd' == b'abcd' && string(b'\\xc3\\xb6') == 'ö'"),
  words("bytes-not-text", "string(bytes(object.data.empty) + b'\\xff') == ''", "error"),
  probe(
    "type-of",
    "type(object.spec.int) == int && type(object.spec) == map && type(object.spec.nothing) == null_type",
  ),
  probe(
    "type-of-double",
    "type(object.spec.double) == double && type(object.spec.list) == list && type(type(1)) == type",
  ),
  probe("raw-and-triple-text", `r'\\d' == '\\\\d' && '''a"b''' == "a\\"b" && "\\u00f6\\x41\\101" == "öAA"`),
  probe("hex-and-exponent", "0xff == 255 && -0x10 == -16 && 1e3 == 1000.0 && .5 == 0.5"),
];

const LITERALS: readonly ExpressionRow[] = [
  probe("in-literal", "object.spec.text in ['a', 'Hello, Wörld'] && object.spec.int in [1, 7]"),
  probe("in-dyn-literals", "object.spec.int in [dyn(object.spec.zero), dyn(7)]"),
  probe("literal-of-dyns", "[object.spec.int, object.spec.text].size() == 2"),
  probe("literal-map-of-dyns", "{'a': object.spec.int, 'b': object.spec.text}.a == 7"),
  probe("literal-in-format", "'%s %s'.format([object.spec.int, 'a']) == '7 a'"),
  probe("literal-optional", "[?optional.of(1), 2] == [1, 2] && {?'a': optional.of('x'), 'b': 'y'}.b == 'y'"),
  probe("duplicate-key", "{'a': object.spec.int, 'a': object.spec.zero}.size() == 1", "admitted", {
    differs: { outcome: "error", why: "cel-spec: a key twice is an error" },
  }),
  probe("double-key", "{object.spec.double: 'a'}.size() == 1", "admitted", {
    differs: { outcome: "error", why: "cel-spec: no map has such a key" },
  }),
  probe(
    "mixed-number-keys",
    "{1: 'a', 2: 'b'}[object.spec.zero + 1] == 'a' && {1: 'a'}[dyn(1.0)] == 'a' && dyn(1u) in {1: 'a'}",
  ),
  probe("concatenate-different-lists", "(object.spec.list + ['a']).size() == 4"),
  probe("comment", "object.spec.int == 7 // seven\n && true"),
  probe("quoted-map-keys", "object.spec.map == {\"a\": 1, 'b': 2, r'c': 3}"),
  probe("parentheses", "((object.spec.int) == ((7)))"),
  probe("reserved-as-field", "!has(object.spec.package) && object.metadata.namespace == 'shop'"),
  probe("leading-dot", ".object.spec.int == 7"),
];

const FIELDS: readonly ExpressionRow[] = [
  row("missing-field", "object.data.nope == 'x'", { words: "error", bare: "error" }),
  row("has-field", "has(object.data.text)", { words: "admitted", bare: "error" }),
  row("has-guards", "!has(object.data) || !has(object.data.text) || object.data.text != 'x'", {
    words: "admitted",
    bare: "admitted",
  }),
  probe("has-null", "has(object.spec.nothing) && object.spec.nothing == null"),
  probe("has-through-missing", "has(object.spec.missing.deeper)", "error"),
  probe("has-of-text", "has(object.spec.text.size)", "denied"),
  probe("has-of-null", "has(object.spec.nothing.a) || object.spec.?nothing.?a.hasValue()", "denied"),
  probe("has-of-int", "has(object.spec.int.a) || object.spec.int.?a.hasValue()", "denied"),
  probe("has-of-list", "has(object.spec.list.a)", "error"),
  probe("has-of-select-on-text", "has(object.spec.text.a.b)", "error"),
  probe("optional-through-null", "object.spec.?nothing.a.hasValue()", "denied", {
    differs: { outcome: "error", why: "cel-spec: a field of an optional that holds no map is an error" },
  }),
  probe("null-equals", "object.spec.nothing == null && object.spec.int != null"),
  probe("null-select", "object.spec.nothing.a == 1", "error"),
  probe("select-of-int", "object.spec.int.a == 1", "error"),
  row(
    "optional-select",
    "object.?data.text.orValue('none') == 'none'",
    { words: "denied", bare: "admitted" },
    {
      messageExpression: "object.?data.text.orValue('none') + '!'",
    },
  ),
  probe("optional-or-value-of-a-list", "object.spec.list.orValue([]).size() == object.spec.list.size()"),
  probe("optional-index", "object.spec.list[?7].orValue(9) == 9 && object.spec.map[?'a'].value() == 1"),
  probe("optional-deep", "object.?spec.?nested.?a.b.c.hasValue() && !object.spec.?nested.?x.b.c.hasValue()"),
  probe("optional-null-is-a-value", "object.spec.?nothing.hasValue()"),
  probe("optional-none-value", "optional.none().value() == 1", "error"),
  probe("optional-of-non-zero", "optional.ofNonZeroValue(object.spec.zero).orValue(4) == 4"),
  probe("optional-or", "object.spec.?missing.or(object.spec.?int).value() == 7"),
  probe("optional-map", "object.spec.?int.optMap(v, v * 2).orValue(0) == 14"),
  probe("optional-flat-map", "object.spec.?nested.optFlatMap(n, n.?a).hasValue()"),
  probe(
    "optional-entries",
    "[?object.spec.?missing, ?object.spec.?int].size() == 1 && {?'k': object.spec.?missing}.size() == 0",
  ),
  probe("optional-equal", "object.spec.?int == optional.of(7) && optional.none() == object.spec.?missing"),
  probe("optional-first-last", "object.spec.list.first().value() == 3 && object.spec.none.last().orValue(5) == 5"),
  probe("optional-unwrap", "optional.unwrap([optional.of(1), optional.none(), optional.of(2)]) == [1, 2]"),
];

const MACROS: readonly ExpressionRow[] = [
  row("all-containers", "object.spec.containers.all(c, has(c.resources.limits) && 'memory' in c.resources.limits)", {
    pod: "admitted",
  }),
  row("exists-privileged", "!object.spec.containers.exists(c, c.?securityContext.privileged.orValue(false))", {
    pod: "denied",
  }),
  row(
    "image-registry",
    "(object.spec.containers + object.spec.initContainers).all(c, c.image.startsWith('registry.example.com/'))",
    {
      pod: "denied",
    },
    {
      messageExpression:
        "'images from elsewhere: ' + object.spec.containers.filter(c, !c.image.startsWith('registry.example.com/')).map(c, c.name + ' (' + c.image + ')').join(', ')",
    },
  ),
  row(
    "requests-below-limits",
    "object.spec.containers.filter(c, has(c.resources.requests)).all(c, quantity(c.resources.requests.memory).compareTo(quantity(c.resources.limits.memory)) <= 0)",
    { pod: "admitted" },
  ),
  row("replicas", "object.spec.replicas <= 5", { deployment: "admitted" }),
  row(
    "int-or-string",
    "object.spec.strategy.rollingUpdate.maxSurge == '25%' && object.spec.strategy.rollingUpdate.maxUnavailable == 0",
    { deployment: "admitted" },
  ),
  row(
    "defaults-are-seen",
    "object.spec.template.spec.restartPolicy == 'Always' && object.spec.template.spec.containers.all(c, has(c.terminationMessagePath))",
    { deployment: "admitted" },
  ),
  probe("all-of-none", "object.spec.none.all(x, false)"),
  probe("all-absorbs-error", "!object.spec.mixed.all(x, x > 1)"),
  probe("all-error", "object.spec.mixed.all(x, x >= 1)", "error"),
  probe("exists-absorbs-error", "object.spec.mixed.exists(x, x == 1 || x.foo)"),
  probe("exists-error", "object.spec.mixed.exists(x, x.foo == 1)", "error"),
  probe("exists-one", "object.spec.words.exists_one(w, w == 'b') && !object.spec.words.exists_one(w, w == 'a')"),
  probe("exists-one-error", "object.spec.mixed.exists_one(x, x > 0)", "error"),
  probe("map", "object.spec.list.map(x, x * x) == [9, 1, 4]"),
  probe("map-with-filter", "object.spec.list.map(x, x > 1, x * 10) == [30, 20]"),
  probe("filter", "object.spec.rows.filter(r, has(r.note)).map(r, r.name) == ['two']"),
  probe("map-keys", "object.spec.map.all(k, object.spec.map[k] > 0) && object.spec.map.exists(k, k == 'b')"),
  probe("map-of-map", "object.spec.map.map(k, k).sort() == ['a', 'b', 'c']"),
  probe("filter-of-map", "object.spec.map.filter(k, object.spec.map[k] > 1).size() == 2"),
  probe("shadowing", "object.spec.list.all(object, object > 0)"),
  probe("nested-macros", "object.spec.list.all(x, object.spec.list.exists(y, x == y))"),
  probe(
    "two-variables-list",
    "object.spec.list.all(i, v, i >= 0 && v > 0) && object.spec.list.exists(i, v, i == 0 && v == 3)",
  ),
  probe(
    "two-variables-map",
    "object.spec.map.all(k, v, k.size() == 1 && v < 4) && object.spec.map.existsOne(k, v, v == 2)",
  ),
  probe(
    "transform-list",
    "object.spec.list.transformList(i, v, i * v) == [0, 1, 4] && object.spec.list.transformList(i, v, i > 0, v) == [1, 2]",
  ),
  probe("transform-map", "object.spec.map.transformMap(k, v, v * 2) == {'a': 2, 'b': 4, 'c': 6}"),
  probe("transform-map-filter", "object.spec.map.transformMap(k, v, v > 2, k + '!') == {'c': 'c!'}"),
  probe("transform-map-entry", "object.spec.map.transformMapEntry(k, v, {v: k}) == {1: 'a', 2: 'b', 3: 'c'}"),
  probe("transform-map-entry-twice", "object.spec.words.transformMapEntry(i, v, {v: i}).size() == 3", "error"),
  probe("map-of-text-keys", "object.spec.map.map(k, object.spec.map[k]).sum() == 6"),
  probe("group-by-filter", "object.spec.rows.all(r, object.spec.rows.filter(o, o.name == r.name).size() == 1)"),
  probe("all-key-missing", "object.spec.rows.all(r, r.note == 'x')", "error"),
  probe("all-key-missing-but-false", "object.spec.rows.all(r, r.note == 'y')", "denied"),
  probe("exists-key-missing", "object.spec.rows.exists(r, r.note == 'x')"),
  probe("two-variables-error", "object.spec.list.transformList(i, v, v / i).size() == 3", "error"),
  probe("macro-over-text", "object.spec.text.all(c, c == 'H')", "error"),
  probe("macro-over-null", "object.spec.nothing.exists(c, true)", "error"),
];

const TEXT: readonly ExpressionRow[] = [
  words(
    "starts-ends-contains",
    "object.data.text.startsWith('Hello') && object.data.text.endsWith('rld') && object.data.text.contains(', ')",
  ),
  words("size-in-code-points", "object.data.text.size() == 12 && size(object.data.emoji) == 3"),
  words("char-at", "object.data.text.charAt(8) == 'ö' && object.data.text.charAt(12) == ''"),
  words("char-at-beyond", "object.data.text.charAt(13) == ''", "error"),
  words(
    "index-of",
    "object.data.text.indexOf('l') == 2 && object.data.text.lastIndexOf('l') == 10 && object.data.text.indexOf('z') == -1",
  ),
  words("index-of-from", "object.data.text.indexOf('l', 4) == 10 && object.data.text.indexOf('', 12) == 12"),
  words("index-of-behind", "object.data.text.indexOf('l', 99) == -1 && object.data.text.lastIndexOf('', 99) == 99"),
  words("index-of-before", "object.data.text.indexOf('l', -1) == -1", "error"),
  words("substring", "object.data.text.substring(7) == 'Wörld' && object.data.text.substring(7, 9) == 'Wö'"),
  words("substring-beyond", "object.data.text.substring(3, 99) == ''", "error"),
  words(
    "replace",
    "object.data.text.replace('l', 'L') == 'HeLLo, WörLd' && object.data.text.replace('l', '', 1) == 'Helo, Wörld'",
  ),
  words(
    "split-join",
    "object.data.list.split(',').join('-') == 'b-a-c' && object.data.list.split(',', 2) == ['b', 'a,c']",
  ),
  words("split-empty", "object.data.empty.split(',') == [''] && 'ab'.split('') == ['a', 'b']"),
  words("trim", "' \\t a b \\n\\u00a0'.trim() == 'a b'"),
  words(
    "ascii-case",
    "object.data.text.lowerAscii() == 'hello, wörld' && object.data.text.upperAscii() == 'HELLO, WöRLD'",
  ),
  words("quote", "strings.quote('a\"b\\n') == '\"a\\\\\"b\\\\n\"'"),
  words("join-numbers", "[1, 2].map(n, string(n)).join('+') == '1+2'"),
  words("join-of-dyn", "[dyn('a'), dyn(1)].join(',') == 'a,1'", "error"),
  words("matches", "object.data.text.matches('W.rld$') && 'abc'.matches(object.data.pattern)"),
  words("matches-is-a-search", "object.data.text.matches('ello')"),
  words("matches-broken-pattern", "object.data.text.matches(object.data.broken)", "error"),
  words("find", "object.data.text.find('[A-Z][a-z]+') == 'Hello' && object.data.text.find('[0-9]') == ''"),
  words(
    "find-all",
    "object.data.list.findAll('[a-z]') == ['b', 'a', 'c'] && object.data.list.findAll('[a-z]', 2) == ['b', 'a']",
  ),
  words(
    "find-all-limits",
    "object.data.list.findAll('[a-z]', 0) == [] && object.data.list.findAll('[a-z]', -1).size() == 3",
  ),
  words("int-of-text", "int(object.data.number) + 1 == 43"),
  words("int-of-bad-text", "int(object.data.text) == 1", "error"),
  words("int-of-huge-text", "int(object.data.huge) > 0", "error"),
  words("double-of-text", "double(object.data.number) == 42.0 && double('1e2') == 100.0"),
  words("bool-of-text", "bool('true') && !bool('0') && bool('T')"),
  words("bool-of-other-text", "bool(object.data.text)", "error"),
  probe("int-of-double", "int(object.spec.double) == 1 && int(-1.9) == -1 && uint(2.9) == 2u"),
  probe("int-of-huge-double", "int(double(object.spec.max) * 2.0) > 0", "error"),
  probe(
    "string-of",
    "string(object.spec.int) == '7' && string(object.spec.double) == '1.5' && string(true) == 'true' && string(1e21) == '1e+21'",
  ),
  probe("string-of-list", "string(object.spec.list) == ''", "error"),
  says("says-text", "'int is ' + string(object.spec.int) + ', text is ' + object.spec.text"),
  says(
    "says-format",
    "'%s has %d of %s (%.2f)'.format([object.metadata.name, object.spec.int, object.spec.list, object.spec.double])",
  ),
  says("says-format-numbers", "'%b %o %x %X %e %.3e %d'.format([5, 8, 255, 'hi', 1234.5, 0.00012345, -3])"),
  says("says-format-values", "'%s %s %s %s %s'.format([object.spec.map, object.spec.nothing, true, 1.0, ['a', 'b']])"),
  says(
    "says-format-large-numbers",
    "'%d %f %.1f %s %.0f %x'.format([1234567, 1234567.891, -1234.55, 1234567.5, 0.5, -255])",
  ),
  says("says-format-exponents", "'%e %.0e %.2e %e'.format([0.0, 123456789.0, -1e-10, 1e100])"),
  says("says-format-infinite", "'%f %s %f %f'.format([1.0 / 0.0, -1.0 / 0.0, 'NaN', '-Infinity'])"),
  says("says-format-nested", "'%s'.format([object.spec.mixed + [[1.5, 2.25], {'k': duration('90s')}]])"),
  says("says-format-map", "'%s'.format([{3: 'c', 20: 'b', 1: 'a\"\\n'}])"),
  says("says-format-bytes", "'%s %x %X'.format([b'ab', b'\\xffa', 'hi'])"),
  says("says-format-percent", "'100%% of %s'.format([type(object.spec.int)])"),
  says("says-format-lists-of-times", "'%s'.format([[timestamp('2026-11-22T01:02:03Z')]])"),
  says("says-format-uint-and-bool", "'%d %b %b %s'.format([3u, true, -5, 7u])"),
  says("says-format-wrong-kind", "'%d'.format([object.spec.text])", { message: "the fixed message" }),
  says("says-format-unknown-clause", "(object.spec.text + '%y').format([1])", { message: "the fixed message" }),
  says("says-format-rounding", "'%.2f %.2f %.0f %.0f %.1f %f'.format([2.675, 1.005, 1.5, 2.5, 0.25, -0.0000001])"),
  says("says-format-width", "'%.9e|%.20e|%.0e'.format([-1.5, 1.0 / 0.0, 0.0 / 0.0])"),
  says("says-format-escapes", "'%s'.format([['a\\u00a0b\\u200bc\\u00ad👍\\u0007\\u001b\\u007f\\u2028']])"),
  says("says-format-object", "'%s'.format([object.spec])"),
  says("says-format-times", "'%s %s'.format([timestamp('2026-11-22T01:02:03Z'), duration('90s')])"),
  says("says-format-too-few", "'%s %s'.format(object.spec.none)"),
  says("says-unicode", "'größer 👍 ' + object.spec.text"),
  says("says-trimmed", "'  around  '"),
  says("says-nothing", "'   '", { message: "the fixed message" }),
  says("says-two-lines", "'a\\nb'", { message: "the fixed message" }),
  says("says-an-error", "string(object.spec.missing)", { message: "the fixed message" }),
  says("says-an-error-alone", "string(object.spec.missing)"),
  says(
    "says-too-much",
    "object.spec.hundred.map(i, '0123456789012345678901234567890123456789012345678901234567890123456789').join('')",
  ),
  probe("says-the-fixed-message", "object.spec.off == true", "denied", { message: "  must be on  " }),
  probe("says-the-expression", "  object.spec.int\n  > 8  ", "denied"),
];

const LIBRARIES: readonly ExpressionRow[] = [
  probe(
    "list-sums",
    "object.spec.list.map(x, int(x)).sum() == 6 && [1.5, 2.5].sum() == 4.0 && [1, 2].map(x, x).min() == 1",
  ),
  probe("list-min-max", "[3, 1, 2].max() == 3 && ['b', 'a'].min() == 'a' && [3, 1].isSorted() == false"),
  probe("list-min-of-none", "[1].filter(x, x > 1).min() == 0", "error"),
  probe(
    "list-index-of",
    "object.spec.words.indexOf('a') == 1 && object.spec.words.lastIndexOf('a') == 3 && object.spec.words.indexOf('z') == -1",
  ),
  probe("list-sum-of-dyn", "object.spec.list.sum() == 6"),
  probe("list-sorted-dyn", "object.spec.words.isSorted()", "denied"),
  probe(
    "list-distinct-reverse",
    "object.spec.words.distinct() == ['b', 'a', 'c'] && object.spec.list.reverse() == [2, 1, 3]",
  ),
  probe("list-sort", "object.spec.list.sort() == [1, 2, 3] && object.spec.rows.sortBy(r, -r.size)[0].name == 'two'"),
  probe("list-sort-mixed", "object.spec.mixed.sort().size() == 5", "error"),
  probe("list-slice-flatten", "object.spec.list.slice(1, 3) == [1, 2] && [[1], [2, 3]].flatten() == [1, 2, 3]"),
  probe("list-slice-beyond", "object.spec.list.slice(1, 9).size() == 2", "error"),
  probe("list-range", "lists.range(3) == [0, 1, 2]"),
  probe(
    "sets",
    "sets.contains(object.spec.list, [1, 2]) && sets.intersects([1], [1, 5]) && sets.equivalent([1, 1, 2], [2, 1])",
  ),
  probe("sets-denied", "sets.equivalent(object.spec.words, ['a', 'b'])", "denied"),
  words(
    "url",
    "url(object.data.url).getScheme() == 'https' && url(object.data.url).getHostname() == 'example.com' && url(object.data.url).getPort() == '8443'",
  ),
  words(
    "url-parts",
    "url(object.data.url).getHost() == 'example.com:8443' && url(object.data.url).getEscapedPath() == '/a%20b/c' && url(object.data.url).getQuery() == {'x': ['1', '3'], 'y': ['2']}",
  ),
  words("url-relative", "isURL('/a/b') && !isURL('a/b') && !isURL('http://[::1') && isURL('mailto:x@y')"),
  words("url-broken", "url(object.data.text).getScheme() == ''", "error"),
  words("url-equal", "url('https://a/b') == url('https://a/b') && url('https://a') != url('https://a/')"),
  words("quantity", "quantity(object.data.quantity).isLessThan(quantity('2')) && quantity('1Ki').asInteger() == 1024"),
  words("quantity-equal", "quantity('1000m') == quantity('1') && quantity('1').compareTo(quantity('1Ki')) == -1"),
  words(
    "quantity-arithmetic",
    "quantity('1').add(quantity('500m')).asApproximateFloat() == 1.5 && quantity('10').sub(3) == quantity('7') && sign(quantity('-1')) == -1",
  ),
  words(
    "quantity-is",
    "isQuantity('1.5Gi') && !isQuantity('1.5gi') && !quantity(object.data.quantity).isInteger() && quantity('1e3').isInteger()",
  ),
  words("quantity-not-an-integer", "quantity(object.data.quantity).asInteger() == 1", "error"),
  words("quantity-broken", "quantity(object.data.text) == quantity('1')", "error"),
  words("ip", "ip(object.data.ip).family() == 4 && ip(object.data.ip6).family() == 6 && isIP('::1') && !isIP('1.2.3')"),
  words(
    "ip-kinds",
    "ip('127.0.0.1').isLoopback() && ip('0.0.0.0').isUnspecified() && ip('169.254.1.1').isLinkLocalUnicast() && ip('ff02::1').isLinkLocalMulticast() && ip('8.8.8.8').isGlobalUnicast()",
  ),
  words(
    "ip-canonical",
    "ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1') && string(ip('2001:DB8::1')) == '2001:db8::1'",
  ),
  words("ip-broken", "ip('10.1.2.03').family() == 4", "error"),
  words("ip-zone", "isIP('fe80::1%eth0') || isIP('::ffff:1.2.3.4')", "denied"),
  words(
    "cidr",
    "cidr(object.data.cidr).containsIP(ip(object.data.ip)) && cidr(object.data.cidr).containsIP('10.9.9.9') && !cidr(object.data.cidr).containsCIDR('11.0.0.0/8')",
  ),
  words(
    "cidr-parts",
    "cidr('192.168.1.7/24').prefixLength() == 24 && cidr('192.168.1.7/24').ip() == ip('192.168.1.7') && string(cidr('192.168.1.7/24').masked()) == '192.168.1.0/24'",
  ),
  words("cidr-broken", "cidr('10.0.0.0/33').prefixLength() == 33", "error"),
  words("cidr-is", "isCIDR('::/0') && !isCIDR('10.0.0.0') && cidr('10.0.0.0/8') == cidr('10.0.0.0/8')"),
  words(
    "format-valid",
    "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A_b').hasValue()",
  ),
  words(
    "format-named",
    "format.named('uuid').hasValue() && !format.named('nope').hasValue() && format.named('date').value().validate('2026-02-30').hasValue()",
  ),
  words(
    "format-kinds",
    "!format.uri().validate('https://x/y').hasValue() && !format.byte().validate('aGk=').hasValue() && !format.datetime().validate('2026-11-22T00:00:00Z').hasValue()",
  ),
  words("format-message", "!format.dns1123Subdomain().validate(object.data.key).hasValue()", "denied", {
    messageExpression: "format.dns1123Subdomain().validate(object.data.key).orValue([]).join('; ')",
  }),
  words(
    "semver",
    "semver(object.data.version).major() == 1 && semver(object.data.version).isLessThan(semver('1.2.3')) && semver('1.10.0').isGreaterThan(semver('1.9.0'))",
  ),
  words(
    "semver-normalized",
    "semver('v1.2', true) == semver('1.2.0') && isSemver('v1', true) && !isSemver('v1.0.0') && semver('1.0.0').compareTo(semver('1.0.0')) == 0",
  ),
  words("semver-broken", "semver('1.2').minor() == 2", "error"),
];

const TIME: readonly ExpressionRow[] = [
  words("timestamp-with-offset", "string(timestamp('2026-01-01T01:00:00+01:00')) == '2026-01-01T00:00:00Z'", "denied", {
    differs: { outcome: "admitted", why: "cel-go keeps the offset that was written; a timestamp of cel-spec has none" },
  }),
  words(
    "timestamp-parts",
    "timestamp(object.data.time).getFullYear() == 2026 && timestamp(object.data.time).getMonth() == 10 && timestamp(object.data.time).getDate() == 22 && timestamp(object.data.time).getDayOfWeek() == 0",
  ),
  words(
    "timestamp-zones",
    "timestamp(object.data.time).getHours('Europe/Berlin') == 0 && timestamp(object.data.time).getDayOfMonth('+02:00') == 22 && timestamp(object.data.time).getMinutes('-00:45') == 45",
  ),
  words(
    "timestamp-milliseconds",
    "timestamp(object.data.time).getMilliseconds() == 250 && timestamp(object.data.time).getSeconds() == 15 && timestamp(object.data.time).getDayOfYear() == 325",
  ),
  words("timestamp-bad-zone", "timestamp(object.data.time).getHours('Mars/Base') == 0", "error"),
  words("timestamp-broken", "timestamp(object.data.text).getHours() == 0", "error"),
  words(
    "timestamp-arithmetic",
    "timestamp(object.data.time) + duration(object.data.duration) > timestamp('2026-11-23T01:00:00Z') && timestamp(object.data.time) - timestamp('2026-11-22T23:30:00Z') == duration('15.25s')",
  ),
  words("timestamp-range", "timestamp('9999-12-31T23:59:59Z') + duration('1s') > timestamp(0)", "error"),
  words(
    "timestamp-text",
    "string(timestamp(object.data.time)) == '2026-11-22T23:30:15.25Z' && int(timestamp('1970-01-01T00:01:00Z')) == 60",
  ),
  words(
    "duration-parts",
    "duration(object.data.duration).getHours() == 1 && duration(object.data.duration).getMinutes() == 90 && duration('1.5s').getMilliseconds() == 1500",
  ),
  words(
    "duration-text",
    "string(duration('1h30m')) == '5400s' && duration('-1.5h') < duration('0s') && duration('100ms') + duration('1us') == duration('100.001ms')",
  ),
  words("duration-broken", "duration(object.data.number) > duration('1s')", "error"),
  words("creation-is-recent", "timestamp(object.metadata.creationTimestamp) > timestamp('2020-01-01T00:00:00Z')"),
  words(
    "annotation-time",
    "timestamp(object.metadata.annotations['example.com/expires']) - duration('24h') < timestamp('2026-12-01T00:00:00Z')",
  ),
];

const REQUEST: readonly ExpressionRow[] = [
  words(
    "request-user",
    "request.userInfo.username == 'alice' && 'developers' in request.userInfo.groups && request.userInfo.uid == 'uid-of-alice'",
  ),
  words(
    "request-user-extra",
    "request.userInfo.extra['scopes'] == ['read', 'write'] && request.userInfo.groups.exists(g, g == 'system:authenticated')",
  ),
  words(
    "request-kind",
    "request.kind.kind == 'ConfigMap' && request.kind.group == '' && request.resource.resource == 'configmaps' && request.requestKind.version == 'v1' && request.requestResource == request.resource",
  ),
  row(
    "request-names",
    "request.name == object.metadata.name && request.namespace == object.metadata.namespace && request.operation == 'CREATE'",
    { words: "admitted", deployment: "admitted" },
  ),
  words(
    "request-dry-run",
    "request.dryRun && request.options.kind == 'CreateOptions' && request.options.dryRun == ['All']",
  ),
  words("request-no-subresource", "!has(request.subResource) && !has(request.requestSubResource)"),
  words("request-subresource-missing", "request.subResource == ''", "error"),
  words("request-optional", "request.?subResource.orValue('none') == 'none' && request.?name.hasValue()"),
  words("old-object-on-create", "oldObject == null"),
  words(
    "update",
    "oldObject.data.text == 'Hello, Wörld' && object.data.text == 'Changed' && request.operation == 'UPDATE' && request.options.kind == 'UpdateOptions'",
    "admitted",
    { operation: "UPDATE" },
  ),
  row(
    "update-replicas",
    "object.spec.replicas <= oldObject.spec.replicas",
    { deployment: "denied" },
    {
      operation: "UPDATE",
      messageExpression:
        "'replicas may not grow: ' + string(oldObject.spec.replicas) + ' -> ' + string(object.spec.replicas)",
    },
  ),
  words("update-immutable", "object.data.filter(k, !(k in oldObject.data)) == []", "denied", { operation: "UPDATE" }),
  words(
    "delete",
    "object == null && oldObject.metadata.name == request.name && request.operation == 'DELETE' && request.options.kind == 'DeleteOptions'",
    "admitted",
    { operation: "DELETE" },
  ),
  words("delete-object-is-null", "object.metadata.name == 'x'", "error", { operation: "DELETE" }),
  words(
    "namespace-labels",
    "namespaceObject.metadata.labels['stage'] == 'prod' && namespaceObject.metadata.labels.team == 'a'",
  ),
  words(
    "namespace-fields",
    "namespaceObject.metadata.name == request.namespace && namespaceObject.status.phase == 'Active' && namespaceObject.spec.finalizers == ['kubernetes']",
  ),
  words(
    "namespace-annotation",
    "int(namespaceObject.metadata.annotations['example.com/cost']) == 12 && !has(namespaceObject.metadata.deletionTimestamp)",
  ),
  words(
    "namespace-time-is-text",
    "namespaceObject.metadata.creationTimestamp < timestamp('2100-01-01T00:00:00Z')",
    "error",
  ),
  words("namespace-uid-is-not-there", "namespaceObject.metadata.UID == 'x'", "error"),
  words("namespace-label-missing", "namespaceObject.metadata.labels['nope'] == 'x'", "error"),
  row(
    "params",
    "object.spec.replicas <= int(params.data.maxReplicas)",
    { deployment: "admitted" },
    { params: "limits" },
  ),
  row(
    "params-and-message",
    "object.spec.template.spec.containers.all(c, c.image.startsWith(params.data.registry))",
    { deployment: "denied" },
    {
      params: "limits",
      messageExpression: "'only images of ' + params.data.registry + ' (' + params.metadata.name + ')'",
    },
  ),
  row(
    "params-kind",
    "params.kind == 'ConfigMap' && params.apiVersion == 'v1' && params.data.owners.split(',').exists(o, o == 'team-a')",
    { bare: "admitted" },
    { params: "limits" },
  ),
  row(
    "variables",
    "variables.images.all(i, i.contains('/')) && variables.count == 2",
    { pod: "admitted" },
    {
      variables: { images: "object.spec.containers.map(c, c.image)", count: "variables.images.size()" },
    },
  ),
  row(
    "variables-in-message",
    "variables.bad.size() == 0",
    { pod: "denied" },
    {
      variables: {
        bad: "object.spec.containers.filter(c, !c.image.contains(':')).map(c, c.name)",
        text: "'untagged: ' + variables.bad.join(', ')",
      },
      messageExpression: "variables.text",
    },
  ),
  probe("variables-unused-error", "variables.good == 7", "admitted", {
    variables: { good: "object.spec.int", bad: "object.spec.missing" },
  }),
  probe("variables-used-error", "variables.bad == 7", "error", { variables: { bad: "object.spec.missing" } }),
  probe("variables-absorbed-error", "variables.bad == 7 || true", "admitted", {
    variables: { bad: "object.spec.missing" },
  }),
  probe(
    "variables-typed",
    "variables.number + 1 == 8 && variables.text.size() == 2 && variables.list.sum() == 3 && variables.map.a == 1",
    "admitted",
    {
      variables: { number: "int(object.spec.int)", text: "'ab'", list: "[1, 2]", map: "{'a': 1}" },
    },
  ),
  probe(
    "variables-optional",
    "variables.maybe.orValue(3) == 3 && variables.amount.isLessThan(quantity('2'))",
    "admitted",
    {
      variables: { maybe: "object.spec.?missing", amount: "quantity('1')" },
    },
  ),
  row(
    "conditions-met",
    "false",
    { words: "denied", bare: "admitted" },
    { matchConditions: ["has(object.data)", "object.data.number == '42'"] },
  ),
  row(
    "conditions-error-and-false",
    "false",
    { words: "admitted" },
    { matchConditions: ["object.nope == 1", "object.metadata.name == 'x'"] },
  ),
  row("conditions-error", "true", { words: "error" }, { matchConditions: ["object.nope == 1", "true"] }),
  row(
    "conditions-request",
    "false",
    { words: "denied", deployment: "admitted" },
    { matchConditions: ["request.kind.kind == 'ConfigMap'", "request.userInfo.username != 'bob'"] },
  ),
  row("conditions-namespace-is-null", "false", { words: "denied" }, { matchConditions: ["namespaceObject == null"] }),
  row(
    "conditions-params",
    "false",
    { bare: "denied" },
    { matchConditions: ["params.data.maxReplicas == '4'"], params: "limits" },
  ),
  words("audit-annotation", "true", "admitted", { auditAnnotation: "'text is ' + object.data.text" }),
  words("audit-annotation-error", "true", "error", { auditAnnotation: "object.data.missing + 'x'" }),
];

const AUTHORIZER: readonly ExpressionRow[] = [
  words(
    "authorizer-allowed",
    "authorizer.group('').resource('configmaps').namespace('shop').check('create').allowed()",
  ),
  words(
    "authorizer-denied",
    "authorizer.group('').resource('secrets').namespace('shop').check('get').allowed()",
    "denied",
  ),
  words(
    "authorizer-other-namespace",
    "!authorizer.group('').resource('configmaps').namespace('default').check('create').allowed() && !authorizer.group('').resource('configmaps').check('create').allowed()",
  ),
  words(
    "authorizer-reason",
    "authorizer.group('').resource('configmaps').namespace('shop').check('create').reason().contains('RBAC: allowed by RoleBinding')",
  ),
  words(
    "authorizer-no-error",
    "!authorizer.group('').resource('secrets').check('get').errored() && authorizer.group('').resource('secrets').check('get').error() == ''",
  ),
  words(
    "authorizer-path",
    "authorizer.path('/healthz/etcd').check('get').allowed() && !authorizer.path('/metrics').check('get').allowed()",
  ),
  words("authorizer-empty-path", "authorizer.path('').check('get').allowed()", "error"),
  words(
    "authorizer-subresource",
    "authorizer.group('apps').resource('deployments').subresource('scale').namespace('shop').name('web').check('update').allowed()",
  ),
  words(
    "authorizer-service-account",
    "authorizer.serviceAccount('shop', 'robot').group('').resource('secrets').namespace('shop').name('token').check('get').allowed() && !authorizer.serviceAccount('shop', 'robot').group('').resource('secrets').namespace('shop').name('other').check('get').allowed()",
  ),
  words(
    "authorizer-bad-service-account",
    "authorizer.serviceAccount('shop', 'Robot!').path('/x').check('get').allowed()",
    "error",
  ),
  words(
    "authorizer-request-resource",
    "authorizer.requestResource.check('delete').allowed() && authorizer.requestResource.check('create').allowed()",
  ),
  words(
    "authorizer-selectors",
    "authorizer.group('').resource('pods').namespace('shop').labelSelector('app=web').fieldSelector('spec.nodeName=n1').check('list').allowed()",
  ),
  words("authorizer-in-variable", "variables.may && !variables.mayNot", "admitted", {
    variables: {
      may: "authorizer.group('').resource('pods').namespace('shop').check('list').allowed()",
      mayNot: "authorizer.group('').resource('nodes').check('list').allowed()",
    },
  }),
  probe("authorizer-variable-in-message", "variables.may != variables.may", "denied", {
    variables: { may: "authorizer.group('').resource('pods').check('list').allowed()" },
    messageExpression: "string(variables.may)",
    message: "the fixed message",
  }),
  words(
    "authorizer-bad-selector",
    "authorizer.group('').resource('pods').namespace('shop').labelSelector('!!!').check('list').allowed()",
  ),
  words("authorizer-not-equal", "authorizer.path('/a').check('get') == authorizer.path('/a').check('get')", "error"),
  words("authorizer-in-condition", "false", "admitted", {
    matchConditions: ["!authorizer.group('').resource('configmaps').namespace('shop').check('update').allowed()"],
  }),
  words("authorizer-not-asked", "object.data.number == '42' || authorizer.path('/x').check('get').allowed()"),
];

const BUDGET: readonly ExpressionRow[] = [
  probe("budget-within", "object.spec.hundred.all(x, object.spec.hundred.all(y, x + y >= 0))"),
  probe(
    "budget-exceeded",
    "object.spec.hundred.all(a, object.spec.hundred.all(b, object.spec.hundred.all(c, a + b + c >= 0)))",
    "error",
  ),
  probe("budget-exceeded-by-variable", "variables.slow", "error", {
    variables: {
      slow: "object.spec.hundred.all(a, object.spec.hundred.all(b, object.spec.hundred.all(c, a + b + c >= 0)))",
    },
  }),
  probe(
    "budget-exceeded-by-lists",
    "object.spec.hundred.map(a, object.spec.hundred.map(b, object.spec.hundred.map(c, [a, b, c]))).size() == 100",
    "error",
  ),
  probe(
    "budget-exceeded-by-text",
    "object.spec.hundred.map(a, object.spec.hundred.map(b, object.spec.hundred.map(c, 'x').join('')).join('')).join('').size() == 1000000",
    "error",
  ),
];

const REFUSED: readonly ExpressionRow[] = [
  refused("refused-syntax", "object.spec.int +"),
  refused("refused-bracket", "object.spec.list.all(x, x > 1"),
  refused("refused-text", "object.metadata.name == 'abc"),
  refused("refused-token", "object.spec.int = 7"),
  refused("refused-second-line", "object.spec.flag &&\n  ! ! object.spec.off &&\n  undeclared == 1"),
  refused("refused-undeclared", "objekt.spec.int == 7"),
  refused("refused-undeclared-function", "object.spec.text.starts('H')"),
  refused("refused-not-bool", "object.spec.int + 1"),
  refused("refused-dyn", "object.spec.flag"),
  refused("refused-text-result", "'true'"),
  refused("refused-int-text", "1 + 'a' == 2"),
  refused("refused-int-equals-text", "size(object.spec.list) == '3'"),
  refused("refused-int-equals-double", "1 == 1.0"),
  refused("refused-mixed-list", "object.spec.int in [1, 'a']"),
  refused("refused-mixed-map", "{'a': 1, 'b': 'x'}.size() == 2"),
  refused("refused-argument-type", "object.spec.text.startsWith(1)"),
  refused("refused-argument-count", "object.spec.text.startsWith('a', 'b')"),
  refused("refused-bool-operand", "'a' && true"),
  refused("refused-conditional", "object.spec.flag ? 1 : 'a'", { amapAt: "1:1" }),
  refused("refused-condition-type", "1 ? true : false", { amapAt: "1:1" }),
  refused("refused-negated-text", "-'a' == 'b'"),
  refused("refused-macro-variable", "object.spec.list.all(x.y, true)"),
  refused("refused-macro-arguments", "object.spec.list.all(x)"),
  refused("refused-macro-over-int", "[1, 2].size().all(x, true)", { amapAt: "1:15" }),
  refused("refused-macro-not-bool", "[1, 2].all(x, x)"),
  refused("refused-has", "has(object)"),
  refused("refused-request-field", "request.uid == 'x'"),
  refused("refused-request-object", "request.object.metadata.name == 'x'"),
  refused("refused-request-type", "request.dryRun == 'true'"),
  refused("refused-user-field", "request.userInfo.name == 'x'"),
  refused("refused-namespace-field", "namespaceObject.metadata.managedFields == []"),
  refused("refused-namespace-kind", "namespaceObject.kind == 'Namespace'"),
  refused("refused-params", "params.data.x == '1'"),
  refused("refused-variables", "variables.x == 1"),
  refused("refused-unknown-variable", "variables.y == 1", { variables: { x: "1" }, amapAt: "1:1" }),
  refused("refused-later-variable", "variables.a == 1", {
    variables: { a: "variables.b", b: "1" },
    amapAt: "1:1",
  }),
  refused("refused-variable-type", "variables.text + 1 == 2", { variables: { text: "'a' + 'b'" } }),
  refused("refused-variable-list", "variables.list.map(x, x + 'a') == ['a']", { variables: { list: "[1, 2]" } }),
  refused("refused-variable-expression", "true", { variables: { x: "1 +" } }),
  refused("refused-variable-in-condition", "true", { variables: { x: "true" }, matchConditions: ["variables.x"] }),
  refused("refused-condition-result", "true", { matchConditions: ["object.metadata.name"] }),
  refused("refused-params-in-condition", "true", { matchConditions: ["params.x == 1"] }),
  refused("refused-message-type", "true", { messageExpression: "1 + 1" }),
  refused("refused-message-dyn", "true", { messageExpression: "object.metadata.name" }),
  refused("refused-message-authorizer", "true", {
    messageExpression: "string(authorizer.path('/x').check('get').allowed())",
  }),
  refused("refused-audit-type", "true", { auditAnnotation: "1" }),
  refused("refused-all-at-once", "object.spec.x +", {
    messageExpression: "1",
    matchConditions: ["y"],
    variables: { v: "nope" },
  }),
  refused("refused-literal-duration", "duration('1 day') > duration('1h')"),
  refused("refused-literal-timestamp", "timestamp('yesterday') < timestamp(0)"),
  refused("refused-literal-pattern", "object.metadata.name.matches('(')", { amapAt: "1:22" }),
  refused("refused-literal-int", "9223372036854775808 > 0"),
  refused("refused-constant-bytes", "string(b'\\xff') == ''"),
  refused("refused-constant-bool", "object.spec.flag || bool('yes')"),
  refused("refused-constant-double", "int(1e19) > 0"),
  refused("refused-constant-in-branch", "object.spec.flag ? int('x') == 1 : true"),
  refused("refused-dyn-and-literal", "object.spec.int in [object.spec.zero, 7]"),
  refused("refused-dyn-values", "{'a': object.spec.int, 'b': 7}.size() == 2"),
  refused("refused-null-element", "object.spec.text in ['a', null]"),
  refused("refused-int-and-double", "1 in [1, 2.0]"),
  refused("refused-nested-lists", "[[1], ['a']].size() == 2"),
  refused("refused-mixed-keys", "{'a': 1, 2: 1}.size() == 2"),
  refused("refused-optional-elements", "[?optional.of(1), 'a'].size() == 2"),
  refused("refused-format-too-few", "'%s %s'.format(['a']) == 'a'"),
  refused("refused-format-too-many", "'%s'.format(['a', 'b']) == 'a'"),
  refused("refused-format-kind", "'%d'.format(['a']) == 'a'"),
  refused("refused-format-clause", "'%y'.format(['a']) == 'a'"),
  refused("refused-format-nested-kind", "'%s'.format([[quantity('1')]]) == 'a'"),
  refused("refused-float-of-int", "'%.2f'.format([1]) == '1.00'"),
  refused("refused-empty", "  "),
  refused("refused-comment", "true // yes\n || \n  1"),
  refused("refused-two-expressions", "true true"),
  refused("refused-reserved", "package == 1"),
  refused("refused-reserved-variable", "[1].all(if, true)"),
  refused("refused-trailing-dot", "object.metadata."),
  refused("refused-bad-escape", "object.metadata.name == '\\q'", { amapAt: "1:26" }),
  refused("refused-optional-or", "optional.of(1).or(1) == 1"),
  refused("refused-duration-plus-int", "duration('1h') + 1 == duration('1h')"),
  refused("refused-timestamps-added", "timestamp(0) + timestamp(0) == timestamp(0)"),
  refused("refused-index-text", "[1, 2]['a'] == 1"),
  refused("refused-in-list", "'a' in [1, 2]"),
  refused("refused-uint-and-int", "1u + 1 == 2u"),
  refused("refused-size-of-int", "size(1) == 1"),
  refused("refused-select-on-int", "(1).a == 1"),
  refused("refused-select-on-text-field", "request.name.first == 'a'"),
  refused("refused-list-of-variable", "request.userInfo.groups.all(g, g > 1)"),
  refused("refused-extra-value", "request.userInfo.extra['a'] == 'b'"),
  refused("refused-not-of-int", "!1"),
  refused("refused-same-variables", "[1].all(a, a, true)"),
  refused("refused-sum-of-text", "['a'].sum() == 'a'"),
  refused("refused-math", "math.greatest(1, 2) == 2"),
  refused("refused-base64", "base64.encode(b'a') == 'YQ=='"),
  refused("refused-bind", "cel.bind(x, 1, x == 1)"),
  refused("refused-reverse-text", "object.metadata.name.reverse() == 'x'"),
  refused("refused-backtick", "object.spec.`dashed-key` == 'd'", { amapAt: "1:12" }),
  refused("refused-regex-extension", "regex.replace('a', 'a', 'b') == 'b'"),
  refused("refused-exists-one-new-name", "object.spec.words.existsOne(w, w == 'b')"),
  refused("refused-find-pattern", "'a'.find('(') == 'a'"),
  refused("refused-matches-text", "matches('(', 'a')"),
  refused("refused-request-index", "request['name'] == 'a'"),
  refused("refused-request-size", "size(request) == 12"),
  refused("refused-request-range", "request.all(k, true)", { amapAt: "1:9" }),
  refused("refused-request-has", "has(request.nope)"),
  refused("refused-format-request", "'%s'.format([request.kind]) == ''"),
  refused("refused-kyverno", "resource.Get('v1', 'pods', 'a', 'b') == null"),
  refused("refused-json-patch-escape", "jsonpatch.escapeKey('a/b') == 'a~1b'"),
  refused("refused-quantity-text", "quantity('1') < quantity('2')"),
  refused("refused-quantity-int", "quantity(1).isInteger()"),
  refused("refused-quantity-method", "quantity('1').sign() == 1"),
  refused("refused-authorizer-field", "authorizer.user == 'alice'"),
  refused("refused-authorizer-check", "authorizer.check('get').allowed()"),
  refused("refused-authorizer-bool", "authorizer.group('').resource('pods').check('get')"),
  refused("refused-optional-value", "object.?spec == 1"),
  refused("refused-ip-argument", "ip(1).family() == 4"),
  refused("refused-format-argument", "'%s'.format('a') == 'a'"),
  refused("refused-lists-min", "[[1], [2]].min() == [1]"),
  refused("refused-sets-types", "sets.contains([1], ['a'])"),
  refused("refused-transform-map-entry", "{'a': 1}.transformMapEntry(k, v, v) == {}"),
];

/** Every row, each a policy of its own. */
export const ROWS: readonly ExpressionRow[] = [
  ...OPERATORS,
  ...LITERALS,
  ...FIELDS,
  ...MACROS,
  ...TEXT,
  ...LIBRARIES,
  ...TIME,
  ...REQUEST,
  ...AUTHORIZER,
  ...BUDGET,
  ...REFUSED,
];
