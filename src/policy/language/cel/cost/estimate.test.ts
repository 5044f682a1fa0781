import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { checkTree } from "../check/check.ts";
import { createEnvironment } from "../environment.ts";
import { AUTHORIZER } from "../functions/kubernetes/authorizer.ts";
import { KUBERNETES_LIBRARIES } from "../functions/kubernetes/libraries.ts";
import { LANGUAGE_OF_KUBERNETES } from "../kubernetes/language.ts";
import { parseExpression } from "../syntax/parser.ts";
import { type CelType, celTypes } from "../types.ts";
import { type CostEstimate, estimateCost } from "./estimate.ts";
import { KUBERNETES_COST_LIMITS } from "./limits.ts";
import { addRanges, MAX_UINT64, multiplyRanges, scaleRange, uniteRanges } from "./range.ts";

const { string, list, map, int } = celTypes;
const VARIABLES: Readonly<Record<string, CelType>> = {
  object: celTypes.dyn,
  s: string,
  t: string,
  i: int,
  b: celTypes.bytes,
  bo: celTypes.bool,
  ls: list(string),
  li: list(int),
  lls: list(list(string)),
  m: map(string, string),
  mm: map(string, list(string)),
  authorizer: AUTHORIZER,
};
const ENVIRONMENT = createEnvironment({
  variables: VARIABLES,
  libraries: [...LANGUAGE_OF_KUBERNETES, ...KUBERNETES_LIBRARIES],
});

const SIZES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  s: [3n, 20n],
  t: [0n, 7n],
  ls: [1n, 10n],
  "ls.@items": [2n, 30n],
  li: [0n, 100n],
  lls: [0n, 4n],
  "lls.@items": [0n, 5n],
  "lls.@items.@items": [1n, 63n],
  m: [0n, 8n],
  "m.@keys": [1n, 9n],
  "m.@values": [0n, 40n],
  mm: [0n, 3n],
  "mm.@values": [0n, 12n],
  "mm.@values.@items": [0n, 33n],
  "object.a": [0n, 6n],
  "object.a.@items": [0n, 5n],
  "object.a.@keys": [0n, 15n],
  "object.spec.containers": [1n, 16n],
  "object.spec.containers.@keys.image": [3n, 256n],
};

function sizeOf(path: readonly string[]): CostEstimate | undefined {
  const size = SIZES[path.join(".")];
  return size === undefined ? undefined : { min: size[0], max: size[1] };
}

function estimate(source: string, options = {}): CostEstimate {
  const ast = parseExpression(source, ENVIRONMENT.macros);
  return estimateCost(checkTree(ast, ENVIRONMENT, { check: true }), options);
}

/** Expression, least and most cost: what Kubernetes 1.36.3 (cel-go 0.26.0) computes when no size is known. */
const WITHOUT_SIZES: readonly (readonly [string, bigint, bigint])[] = [
  ["object.a + 1 == 2", 3n, 3n],
  ["object.a.b.c", 1n, 1n],
  ["object.a + object.b", 2n, 1844674407370955266n],
  ["object.a == object.b", 3n, 1844674407370955266n],
  ["object.a < object.b", 3n, 1844674407370955266n],
  ["object.a < 'abc'", 2n, 2n],
  ["i * 2 - 3 / i", 5n, 5n],
  ["bo && object.a && s == t", 1n, 1844674407370955268n],
  ["object.a ? 1 : 2", 1n, 1n],
  ["(bo ? 'abc' : 'abcdef') + s", 3n, 1844674407370955266n],
  ["{'a': {'b': [1]}}", 70n, 70n],
  ["['a', 'bbbbbbbbbbbbbbbbbbbb'][0] == s", 13n, 14n],
  ["{'a': 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbb'}['a'] == s", 33n, 35n],
  ["m.a", 2n, 2n],
  ["object.?a.?b.orValue('c')", 4n, 4n],
  ["ls[?0].orValue('')", 3n, 3n],
  ["optional.of(ls)[0]", 3n, 3n],
  ["s in m", 3n, 3n],
  ["object.a in ['a', 'b']", 13n, 13n],
  ["object.a in object.b", 2n, MAX_UINT64],
  ["has(m.a) && m.a == 'b'", 1n, 4n],
  ["['a', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbb'].all(x, x == s)", 17n, 27n],
  ["[1, 2, 3].exists(x, x > 2 && x < 5)", 23n, 35n],
  ["[1, 2, 3].exists_one(x, x > 2)", 21n, 24n],
  ["[1, 2, 3].map(x, x > 1, x * 2)", 30n, 69n],
  ["['a', 'bbbbbbbbbbbbbbbbbbb'].filter(x, x != 'a').all(y, y == s)", 34n, 66n],
  ["['a', 'bbbbbbbbbbbbbbbbbbb'].map(x, bo, x + 'cccccccccccc').map(y, y + y)[0] == s", 67n, 119n],
  ["{'a': 1, 'bb': 2}.exists(k, k == s)", 39n, 45n],
  ["[1, 2, 3].all(i, v, i < v)", 20n, 29n],
  ["[1, 2, 3].existsOne(i, v, i == v)", 24n, 27n],
  ["[1, 2, 3].transformList(i, v, i > 1, i * v)", 30n, 72n],
  ["['a', 'bbb'].transformMap(i, v, i == 0, v + 'c')", 47n, 55n],
  ["['a', 'bbb'].transformMapEntry(i, v, {v: i})", 109n, 109n],
  ["{'a': 'bbbbbbbbbbbbbbbb'}.all(k, v, v == k)", 34n, 37n],
  ["optional.of(1).optMap(v, v + 1).orValue(0)", 4n, 18n],
  ["object.?a.optFlatMap(v, v.?b)", 4n, 18n],
  ["bytes('hello world') == b", 4n, 8n],
  ["string(object.a) == 'abc'", 2n, 1844674407370955266n],
  ["dyn([1, 2, 3]).all(x, x > 1)", 21n, 27n],
  ["timestamp(s) + duration('3s') > timestamp(s)", 7n, 7n],
  ["'hello world hello world'.contains('abcdefghijklmnopqrstuvwxyz')", 9n, 9n],
  ["'abcdefghijkl'.matches('^[a-z]+$')", 4n, 4n],
  ["matches(s, '^[a-z]+$')", 2n, 2n],
  ["(['abcdefghijklmno'] + ['a']).all(x, x == s)", 28n, 36n],
  ["'aaaaaaaaaaaaaaaaaaaa'.replace('a', 'bb') == s", 6n, 9n],
  ["'aaaaaaaaaaaaaaaaaaaa'.replace('', 'bb') == s", 6n, 12n],
  ["'a,b,c'.split(',', 2).all(x, x == 'a')", 2n, 12n],
  ["['a', 'b'].join(', ') == s", 13n, 3689348814741910539n],
  ["strings.quote(s)", 1n, 1844674407370955265n],
  ["[1, 2, 3].sum()", 13n, 13n],
  ["['a', 'b', 'c'].sort()", 40n, 40n],
  ["[[1], [2, 3]].flatten(3)", 47n, 47n],
  ["[1, 2, 3, 4].slice(1, 3)", 23n, 23n],
  ["lists.range(5).map(x, x * 2)", 97n, 97n],
  ["['a', 'bb', 'ccc'].sortBy(v, v)", 102n, 102n],
  ["[{'a': 'x'}, {'a': 'y'}].sortBy(v, v.a)", 141n, 141n],
  ["sets.equivalent([1, 2, 3], [1, 2])", 33n, 33n],
  ["'hello world'.findAll('[a-z]+').all(x, x == 'a')", 5n, 60n],
  ["url(s) == url('https://example.com/abcdefghijklmn')", 6n, 1844674407370955273n],
  ["quantity('1').add(quantity('2')).sub(1).compareTo(quantity('3'))", 6n, 6n],
  ["quantity('1') != quantity('1')", 3n, 1844674407370955266n],
  ["ip.isCanonical('127.0.0.1')", 2n, 2n],
  ["cidr('10.0.0.0/8').containsIP('10.0.0.1')", 3n, 6n],
  ["cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16'))", 6n, 10n],
  ["cidr(s).ip()", 2n, 1844674407370955266n],
  ["semver('1.0.0') == semver('1.0.0')", 3n, 3n],
  ["format.dns1123Label().validate('abc')", 33n, 33n],
  ["format.dns1123Label() == format.named('dns1123Label').value()", 4n, 10n],
  ["authorizer.group('apps').resource('deployments').namespace('default').check('create').allowed()", 350005n, 350005n],
  ["'ü€🎉' == s", 2n, 2n],
  ["{'a': ['b']}['a'].exists(x, x == s)", 46n, 1844674407370955312n],
];

/** As above, with the sizes of SIZES. */
const WITH_SIZES: readonly (readonly [string, bigint, bigint])[] = [
  ["object.a.all(x, x == 1)", 2n, 32n],
  ["li.all(x, x > 0)", 2n, 502n],
  ["ls.all(x, x.startsWith('abcdefghijklmnopqrst'))", 5n, 62n],
  ["s.matches('^[a-z]+$')", 3n, 7n],
  ["s.contains(t)", 2n, 4n],
  ["s.replace(t, 'abc') == t", 5n, 8n],
  ["s.findAll('[a-z]+', 3)", 3n, 7n],
  ["s.findAll('[a-z]+').all(x, x == 'a')", 4n, 108n],
  ["ls.join(',')", 2n, 32n],
  ["ls.isSorted()", 3n, 41n],
  ["ls.sort()", 15n, 222n],
  ["ls.sortBy(v, v)", 51n, 375n],
  ["li.distinct()", 12n, 20012n],
  ["li.slice(0, i)", 113n, 113n],
  ["object.a.reverse()", 12n, 18n],
  ["sets.contains(li, [1])", 12n, 112n],
  ["quantity(s).isGreaterThan(quantity('1Gi'))", 4n, 5n],
  ["cidr('10.0.0.0/8').containsIP(s)", 4n, 8n],
  ["format.dns1123Label().validate(s).hasValue()", 35n, 67n],
  ["m.all(k, v, v == k)", 2n, 50n],
  ["mm.all(k, mm[k].all(x, x == k))", 2n, 347n],
  ["lls.all(l, l.all(x, x == 'a'))", 2n, 122n],
  ["ls.exists(x, ls.exists(y, ls.exists(z, x == y)))", 6n, 9662n],
  [
    "object.spec.containers.all(c, c.image.startsWith('registry.example.com/') && !c.image.endsWith(':latest'))",
    5n,
    162n,
  ],
  [
    "authorizer.group('').resource('pods').fieldSelector('spec.nodeName=foo').labelSelector(s).check('list').errored()",
    350578n,
    350979n,
  ],
];

describe("cost estimate", () => {
  for (const [source, min, max] of WITHOUT_SIZES) {
    it(`as Kubernetes: ${source}`, () => assert.deepEqual(estimate(source), { min, max }));
  }
  for (const [source, min, max] of WITH_SIZES) {
    it(`as Kubernetes, sizes known: ${source}`, () => assert.deepEqual(estimate(source, { sizeOf }), { min, max }));
  }

  it("asks for sizes by path, through macros' variables", () => {
    const asked: string[] = [];
    estimate("lls.all(l, l.all(x, x == s))", {
      sizeOf: (path: readonly string[]) => {
        asked.push(path.join("."));
        return undefined;
      },
    });
    assert.deepEqual(new Set(asked), new Set(["lls", "lls.@items", "lls.@items.@items", "s"]));
  });

  it("walks chains of any length without a stack", () => {
    const count = 10_000n;
    const repeat = (text: string, operator: string): string =>
      Array.from({ length: 10_000 }, () => text).join(operator);
    assert.deepEqual(estimate(repeat("i", " + ")), { min: 2n * count - 1n, max: 2n * count - 1n });
    assert.deepEqual(estimate(repeat("bo", " && ")), { min: 1n, max: count });
    assert.deepEqual(estimate(`${repeat("bo", " ? 1 : ")} ? 1 : 2`), { min: 1n, max: count });
  });

  it("stops at 2^64-1", () => {
    const { max } = estimate("ls.all(a, ls.all(b, ls.all(c, ls.all(d, a == b && c == d))))");
    assert.equal(max, MAX_UINT64);
  });
});

describe("cost ranges", () => {
  const uint64 = fc.bigInt({ min: 0n, max: MAX_UINT64 });
  const range = fc.tuple(uint64, uint64).map(([a, b]) => (a < b ? { min: a, max: b } : { min: b, max: a }));
  const isRange = ({ min, max }: CostEstimate): boolean => min >= 0n && min <= max && max <= MAX_UINT64;

  it("stay ordered and within 64 bits", () => {
    fc.assert(
      fc.property(range, range, fc.double({ min: 0, max: 1e6, noNaN: true }), (a, b, factor) => {
        assert.ok(isRange(addRanges(a, b)));
        assert.ok(isRange(multiplyRanges(a, b)));
        assert.ok(isRange(scaleRange(a, factor)));
        assert.ok(isRange(uniteRanges(a, b)));
      }),
    );
  });

  const scaled = [
    [0n, 0.1, 0n],
    [1n, 0.1, 1n],
    [10n, 0.1, 1n],
    [11n, 0.1, 2n],
    [MAX_UINT64, 0.1, 1_844_674_407_370_955_264n],
    [MAX_UINT64, 1, MAX_UINT64],
    [MAX_UINT64, 0, 0n],
  ] as const;
  for (const [size, factor, expected] of scaled) {
    it(`${size} times ${factor}`, () => {
      assert.equal(scaleRange({ min: 0n, max: size }, factor).max, expected);
    });
  }
});

describe("Kubernetes' limits", () => {
  it("an authorization check fits twice into a call, not three times", () => {
    const [twice, thrice] = [2, 3].map((count) => {
      const checks = Array.from({ length: count }, () => "authorizer.path('/a').check('get').allowed()");
      return estimate(checks.join(" && ")).max;
    });
    assert.ok((twice ?? 0n) <= KUBERNETES_COST_LIMITS.call.units);
    assert.ok((thrice ?? 0n) > KUBERNETES_COST_LIMITS.call.units);
  });
});
