import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AmapError, Double, type ErrorCode, LIMITS, readJson, type Value } from "../../../../base/index.ts";
import { NO_FACTS } from "../../../evaluate/fact-reader.ts";
import { compileExpression } from "../compile/compile.ts";
import { createEnvironment } from "../environment.ts";
import { CelError } from "../error.ts";
import { type CelType, formatType } from "../types.ts";
import type { CelValue } from "../values/value.ts";
import { escapeFieldName } from "./field-names.ts";
import type { SchemaOptions } from "./schema.ts";
import { sizesOfSchema } from "./schema-size.ts";
import { typeOfSchema } from "./schema-type.ts";

const text = { type: "string" };
const PART: SchemaOptions = { isResource: false };
const CONVERTED: SchemaOptions = { isResource: false, values: "converted" };

/** A type with the fields of its objects, to a depth. */
function show(type: CelType, depth = 3): string {
  if (type.kind === "list") return `[${show(type.element, depth)}]`;
  if (type.kind === "map") return `{${show(type.value, depth)}}`;
  if (type.kind !== "object") return formatType(type).replace(/^.*\./, "");
  if (depth === 0) return "…";
  return `(${[...type.fields()].map(([name, field]) => `${name}: ${show(field, depth - 1)}`).join(", ")})`;
}

const of = (properties: Value): Value => ({ type: "object", properties });

describe("types of schemas", () => {
  const cases: readonly (readonly [what: string, schema: Value, plain: string, converted?: string])[] = [
    ["scalars", of({ a: text, b: { type: "integer" }, c: { type: "boolean" } }), "(a: string, b: int, c: bool)"],
    ["numbers, which JSON writes as ints, too", { type: "number" }, "dyn", "double"],
    [
      "times",
      of({ a: { ...text, format: "date-time" }, b: { ...text, format: "date" } }),
      "(a: string, b: string)",
      "(a: Timestamp, b: Timestamp)",
    ],
    [
      "durations and bytes",
      of({ a: { ...text, format: "duration" }, b: { ...text, format: "byte" } }),
      "(a: string, b: string)",
      "(a: Duration, b: bytes)",
    ],
    ["other formats", { ...text, format: "uuid" }, "string"],
    [
      "choices, patterns, null",
      of({ a: { ...text, enum: ["x"], pattern: "(" }, b: { ...text, nullable: true } }),
      "(a: string, b: string)",
    ],
    ["lists", { type: "array", items: { type: "array", items: text } }, "[[string]]"],
    ["maps", { type: "object", additionalProperties: of({ a: text }) }, "{(a: string)}"],
    ["both, where the map counts", { type: "object", properties: { a: text }, additionalProperties: text }, "{string}"],
    [
      "int or string",
      of({ a: { "x-kubernetes-int-or-string": true }, b: { ...text, format: "int-or-string" } }),
      "(a: dyn, b: dyn)",
    ],
    [
      "objects that say nothing",
      of({ a: { type: "object" }, b: { type: "object", additionalProperties: true } }),
      "(a: (), b: ())",
    ],
    ["what has no type", of({ a: {}, b: { "x-kubernetes-preserve-unknown-fields": true }, c: { type: "" } }), "()"],
    [
      "lists and maps of it",
      of({ a: { type: "array" }, b: { type: "array", items: {} }, c: { type: "object", additionalProperties: {} } }),
      "()",
    ],
    [
      "what is preserved beside fields",
      { ...(of({ a: text }) as object), "x-kubernetes-preserve-unknown-fields": true },
      "(a: string)",
    ],
    [
      "embedded resources",
      of({ a: { type: "object", "x-kubernetes-embedded-resource": true } }),
      "(a: (kind: string, apiVersion: string, metadata: (name: string, generateName: string)))",
    ],
    [
      "null for not there",
      of({ a: { ...text, format: null, properties: null, items: null, default: null, enum: null } }),
      "(a: string)",
    ],
    [
      "names",
      of({ "a-b": text, "c.d": text, "e/f": text, g__h: text, namespace: text }),
      "(a-b: string, c.d: string, e/f: string, g__h: string, namespace: string)",
      "(a__dash__b: string, c__dot__d: string, e__slash__f: string, g__underscores__h: string, __namespace__: string, namespace: string)",
    ],
    [
      "names that Kubernetes cannot write",
      of({ "1a": text, "a b": text, $ref2: text, "": text, é: text, a: text }),
      "(a: string)",
    ],
    ["names of JavaScript's own", of({ constructor: text, toString: text }), "(constructor: string, toString: string)"],
    ["nothing", {}, "dyn"],
  ];
  for (const [what, schema, plain, converted = plain] of cases) {
    it(what, () => {
      assert.equal(show(typeOfSchema("T", schema, PART)), plain);
      assert.equal(show(typeOfSchema("T", schema, CONVERTED)), converted);
    });
  }

  it("has what every object has", () => {
    const whole = "kind: string, apiVersion: string, metadata: (name: string, generateName: string)";
    assert.equal(show(typeOfSchema("T", of({ spec: text }))), `(spec: string, ${whole})`);
    // As Kubernetes: metadata that does not say its names is replaced.
    assert.equal(
      show(typeOfSchema("T", of({ metadata: of({ labels: text }) }))),
      `(${["metadata", "kind", "apiVersion"].map((name) => (name === "metadata" ? "metadata: (name: string, generateName: string)" : `${name}: string`)).join(", ")})`,
    );
    const complete = of({
      kind: text,
      apiVersion: text,
      metadata: of({ name: text, generateName: text, labels: text }),
    });
    assert.match(show(typeOfSchema("T", complete)), /labels: string/);
  });

  it("names parts after their path, so that they are types of their own", () => {
    const part = of({ x: text });
    const self = typeOfSchema(
      "Widget",
      of({ a: part, b: { type: "array", items: part }, c: { type: "object", additionalProperties: part } }),
      PART,
    );
    assert.equal(self.kind, "object");
    const fields = self.kind === "object" ? [...self.fields().values()].map((type) => formatType(type)) : [];
    assert.deepEqual(fields, ["Widget.a", "list(Widget.b.@idx)", "map(string, Widget.c.@elem)"]);
    const environment = createEnvironment({ variables: { self } });
    assert.throws(() => compileExpression("self.a == self.b[0]", environment), /Widget\.a, Widget\.b\.@idx/);
  });
});

describe("references", () => {
  const schemas: Readonly<Record<string, Value>> = {
    Tree: of({ value: { type: "integer" }, left: { $ref: "Tree" }, all: { type: "array", items: { $ref: "Tree" } } }),
    Wrapped: of({ tree: { description: "beside", default: {}, allOf: [{ $ref: "Tree" }] } }),
    Alias: { $ref: "Text" },
    Text: text,
    Lists: { type: "array", items: { $ref: "Lists" } },
    Maps: { type: "object", additionalProperties: { $ref: "Maps" } },
    Loop: { $ref: "Pool" },
    Pool: { allOf: [{ $ref: "Loop" }] },
    Broken: of({ a: { $ref: "Absent" } }),
    List: [] as readonly Value[],
  };
  const resolve = (ref: string): Value | undefined => (Object.hasOwn(schemas, ref) ? schemas[ref] : undefined);
  const typeOf = (ref: string, values: "plain" | "converted" = "plain"): CelType =>
    typeOfSchema("T", { $ref: ref }, { ...PART, resolve, values });

  const cases: readonly (readonly [ref: string, plain: string, converted: string])[] = [
    [
      "Tree",
      "(value: int, left: (value: int, left: …, all: […]), all: [(value: int, left: …, all: […])])",
      "(value: int, left: (), all: [()])",
    ],
    ["Wrapped", "(tree: (value: int, left: …, all: […]))", "(tree: (value: int, left: …, all: […]))"],
    ["Alias", "string", "string"],
    ["Lists", "[dyn]", "[()]"],
    ["Maps", "{dyn}", "{()}"],
  ];
  for (const [ref, plain, converted] of cases) {
    it(`follows ${ref}`, () => {
      assert.equal(show(typeOf(ref), 2), plain);
      assert.equal(show(typeOf(ref, "converted"), 2), converted);
    });
  }

  it("lets expressions go as deep as they are written", () => {
    const environment = createEnvironment({ variables: { self: typeOf("Tree") } });
    const path = "self.left.left.left.left.all[0].left.left.left";
    assert.equal(formatType(compileExpression(`${path}.value`, environment).type), "int");
    assert.throws(() => compileExpression(`${path}.valeu`, environment), /no field valeu; did you mean value\?/);
  });

  for (const [ref, message] of [
    ["Loop", /leads to itself/],
    ["Broken", /^schema at Broken\.properties\.a: there is no schema "Absent"/],
    ["Absent", /there is no schema "Absent"/],
    ["List", /^schema at List: expected one schema, found a list/],
  ] as const) {
    it(`refuses ${ref}`, () => assertRefused(() => typeOf(ref), "VALUE_INVALID", message));
  }

  it("refuses references where none can be followed", () => {
    assertRefused(
      () => typeOfSchema("T", of({ a: { $ref: "Text" } })),
      "VALUE_INVALID",
      /structural schemas have none/,
    );
  });
});

function assertRefused(run: () => unknown, code: ErrorCode, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof AmapError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

describe("malformed schemas", () => {
  const cases: readonly (readonly [schema: Value, message: RegExp])[] = [
    [null, /^schema: expected an object/],
    ["object", /^schema: expected an object/],
    [{ type: "text" }, /^schema at type: "text" is none of array/],
    [{ type: ["string"] }, /^schema at type: expected a text/],
    [{ type: "object", properties: [] }, /^schema at properties: expected one schema, found a list/],
    [of({ a: of({ b: 1 }) }), /^schema at properties\.a\.properties\.b: expected an object/],
    [{ type: "array", items: [text] }, /^schema at items: expected one schema, found a list/],
    [{ type: "object", additionalProperties: "yes" }, /^schema at additionalProperties: expected an object/],
    [{ type: "object", required: "a" }, /^schema at required: expected a list/],
    [{ type: "object", required: [1] }, /^schema at required: expected names/],
    [{ ...text, maxLength: "5" }, /^schema at maxLength: expected a whole number/],
    [{ ...text, maxLength: 5.5 }, /^schema at maxLength: expected a whole number/],
    [{ ...text, maxLength: 2n ** 63n }, /of 64 bits/],
    [{ ...text, maxLength: Number.NaN }, /^schema at maxLength/],
    [{ type: "array", items: text, maxItems: true }, /^schema at maxItems/],
    [{ ...text, enum: "a" }, /^schema at enum: expected a list/],
    [{ ...text, format: 1 }, /^schema at format: expected a text/],
    [{ "x-kubernetes-int-or-string": "true" }, /expected true or false/],
    [{ type: "object", "x-kubernetes-embedded-resource": 1 }, /expected true or false/],
    [{ allOf: [1] }, /^schema at allOf: expected an object/],
    [{ $ref: 5 }, /^schema at \$ref: expected a text/],
    [{ type: "x".repeat(5000) }, /^schema at type: "x{100}…"/],
  ];
  for (const [schema, message] of cases) {
    it(`says ${message.source}`, () => {
      assertRefused(() => typeOfSchema("T", schema), "VALUE_INVALID", message);
      assertRefused(() => sizesOfSchema(schema), "VALUE_INVALID", message);
    });
  }

  it("takes a whole number that is written with a point", () => {
    assert.doesNotThrow(() => typeOfSchema("T", { ...text, maxLength: new Double(5) }));
  });

  it("is no way to hang or overflow", () => {
    let deep: Value = text;
    for (let level = 0; level <= LIMITS.schemaDepth; level++) deep = { type: "array", items: deep };
    assertRefused(() => typeOfSchema("T", deep), "LIMIT_EXCEEDED", /nested deeper than 128 levels/);
    const wide = of(Object.fromEntries(Array.from({ length: LIMITS.schemaNodes }, (_, index) => [`f${index}`, text])));
    assertRefused(() => typeOfSchema("T", wide), "LIMIT_EXCEEDED", /more than 100000 parts/);
    const chain = (ref: string): Value => ({ type: "array", items: { $ref: String(Number(ref) + 1) } });
    const resolve = (ref: string): Value => (ref === "5000" ? text : chain(ref));
    assertRefused(() => typeOfSchema("T", { $ref: "0" }, { resolve }), "LIMIT_EXCEEDED", /nested deeper/);
    const endless = (ref: string): Value => of({ a: { $ref: `${ref}a` } });
    assertRefused(() => typeOfSchema("T", { $ref: "a" }, { resolve: endless }), "LIMIT_EXCEEDED", /parts/);
  });

  it("gives a type or an AmapError for any value", () => {
    const words = ["type", "properties", "items", "additionalProperties", "required", "maxLength", "$ref", "allOf"];
    const kinds = ["object", "array", "string", "number", "x"];
    const { value } = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Value>(...kinds, null, true, 3),
        fc.array(tie("value"), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...words, "x-kubernetes-embedded-resource"), tie("value"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, value, (schema, target) => {
        try {
          show(typeOfSchema("T", schema, { resolve: () => target }), 4);
          sizesOfSchema(schema, { resolve: () => target })(["self", "x", "@items"]);
        } catch (error) {
          assert.ok(error instanceof AmapError, String(error));
        }
      }),
    );
  });
});

describe("expressions over plain objects", () => {
  const schema = of({
    spec: of({
      "image-name": text,
      namespace: text,
      "a.b": of({ "c/d": { type: "integer" } }),
      ratio: { type: "number" },
      port: { "x-kubernetes-int-or-string": true },
      when: { ...text, format: "date-time" },
      ttl: { ...text, format: "duration" },
      data: { ...text, format: "byte" },
      note: { ...text, nullable: true },
    }),
  });
  const environment = createEnvironment({ variables: { self: typeOfSchema("Widget", schema) } });
  const evaluate = (source: string, object: string): CelValue | string => {
    try {
      return compileExpression(source, environment).evaluate({
        variables: environment.bind({ self: readJson(object) }),
        now: 0,
        facts: NO_FACTS,
        budget: { steps: 10_000 },
      });
    } catch (error) {
      if (error instanceof CelError) return error.reason;
      throw error;
    }
  };

  const cases: readonly (readonly [source: string, spec: string, expected: CelValue])[] = [
    ["self.spec.`image-name` == 'x'", '{"image-name": "x"}', true],
    ["has(self.spec.`image-name`)", "{}", false],
    ["self.spec.namespace == 'x'", '{"namespace": "x"}', true],
    ["self.spec.`namespace` == 'x'", '{"namespace": "x"}', true],
    ["self.spec.`a.b`.`c/d` + 1", '{"a.b": {"c/d": 1}}', 2],
    ["self.spec.ratio < 1.5", '{"ratio": 1}', true],
    ["self.spec.ratio < 1.5", '{"ratio": 1.25}', true],
    ["self.spec.ratio == 1.0", '{"ratio": 1}', true],
    ["double(self.spec.ratio) + 0.5", '{"ratio": 1}', 1.5],
    ["double(self.spec.ratio) + 0.5", '{"ratio": 1.25}', 1.75],
    // What Kubernetes, which makes it a double, would take: loud here, not wrong.
    ["self.spec.ratio + 0.5", '{"ratio": 1}', "no_such_overload"],
    ["math.abs(self.spec.ratio) == 1", '{"ratio": -1}', true],
    ["math.abs(self.spec.ratio) == 1.5", '{"ratio": -1.5}', true],
    ["self.spec.port == 80 || self.spec.port == 'http'", '{"port": "http"}', true],
    ["timestamp(self.spec.when) > timestamp('2020-01-01T00:00:00Z')", '{"when": "2021-01-01T00:00:00Z"}', true],
    ["duration(self.spec.ttl) == duration('60m')", '{"ttl": "1h"}', true],
    ["base64.decode(self.spec.data) == b'hi'", '{"data": "aGk="}', true],
    ["self.spec.note.startsWith('x')", '{"note": null}', "no_such_overload"],
    ["has(self.metadata) && self.spec.namespace == 'x'", "{}", false],
    ["self.spec.namespace == 'x'", "{}", "no_such_key"],
  ];
  for (const [source, spec, expected] of cases) {
    it(`${source} over ${spec}`, () => assert.deepEqual(evaluate(source, `{"spec": ${spec}}`), expected));
  }

  const refused: readonly (readonly [source: string, message: RegExp])[] = [
    ["self.spec.image__dash__name == 'x'", /no field image__dash__name; write \.`image-name`/],
    ["self.spec.__namespace__ == 'x'", /write \.`namespace`/],
    ["self.spec.a__dot__b.c == 1", /write \.`a\.b`/],
    ["self.spec.`image-tag` == 'x'", /no field image-tag/],
    ["self.spec.when > timestamp('2020-01-01T00:00:00Z')", /no such overload: > for string/],
    ["self.spec['namespace'] == 'x'", /no such overload/],
    ["self.spek.namespace == 'x'", /did you mean spec\?/],
  ];
  for (const [source, message] of refused) {
    it(`refuses ${source}`, () => {
      assertRefused(() => compileExpression(source, environment), "EXPRESSION_INVALID", message);
    });
  }
});

describe("escaped names", () => {
  const cases: readonly (readonly [name: string, escaped: string | undefined])[] = [
    ["replicas", "replicas"],
    ["_a1", "_a1"],
    ["a-b.c/d", "a__dash__b__dot__c__slash__d"],
    ["a__b", "a__underscores__b"],
    ["___", "__underscores___"],
    ["namespace", "__namespace__"],
    ["__namespace__", "__underscores__namespace__underscores__"],
    ["-a", "__dash__a"],
    ["", undefined],
    ["1a", undefined],
    ["a b", undefined],
    ["$a", undefined],
    ["ä", undefined],
    ["a\n", undefined],
  ];
  for (const [name, escaped] of cases) {
    it(JSON.stringify(name), () => assert.equal(escapeFieldName(name), escaped));
  }

  it("are different for different names", () => {
    const part = fc.constantFrom("_", "__", "-", ".", "/", "a", "dash", "dot", "in", "underscores");
    const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(name, name, (left, right) => {
        assert.equal(escapeFieldName(left) === escapeFieldName(right), left === right);
      }),
      { numRuns: 500 },
    );
  });
});
