import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeUtf8, decodeXml, encodeUtf8, isAmapError, type Value, type XmlElement } from "../../../../base/index.ts";
import { readSbom, writeSbom } from "../../../index.ts";
import { CHOICES, fieldsOf, TYPES } from "./table.ts";

const bom = (version: string, inner: string, attributes = ""): string =>
  `<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/${version}" version="1"${attributes}>${inner}</bom>`;

function read(text: string) {
  const decoded = readSbom(encodeUtf8(text), { keepsRemainders: true });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
}

function written(text: string, version = "1.6"): string {
  return decodeUtf8(writeSbom(read(text).sbom, "cyclonedx-xml", version).bytes) ?? "";
}

/** An element with all that is in it as one text, white space around texts left out. */
function brief({ name, attributes, children, text }: XmlElement): string {
  const stated = [...attributes].map(([key, value]) => `[${key}=${value}]`).join("");
  return `${name}${stated}(${children.map(brief).join(",")})${text.trim()}`;
}

function briefOf(text: string): string {
  const decoded = decodeXml(text);
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value.children.map(brief).join(",");
}

/** What stands inside the document → what must stand there again. */
const KEPT: readonly (readonly [name: string, inner: string])[] = [
  ["a component", '<components><component type="library" bom-ref="a"><name>n</name></component></components>'],
  [
    "hashes, references and properties",
    '<components><component type="library" bom-ref="a"><name>n</name><version>1</version><hashes><hash alg="MD5">d41d8cd98f00b204e9800998ecf8427e</hash></hashes><externalReferences><reference type="vcs"><url>https://x.example/</url><comment>c</comment></reference></externalReferences><properties><property name="p">v</property></properties></component></components>',
  ],
  [
    "licences of all three forms",
    '<components><component type="library" bom-ref="a"><name>n</name><licenses><license acknowledgement="declared"><name>Own</name><text content-type="text/plain">words &lt;</text></license></licenses></component><component type="library" bom-ref="b"><name>m</name><licenses><expression bom-ref="e">MIT OR Apache-2.0</expression></licenses></component></components>',
  ],
  [
    "pedigree, evidence and a model card",
    '<components><component type="library" bom-ref="a"><name>n</name><pedigree><commits><commit><uid>1</uid><author><timestamp>2026-01-01T00:00:00Z</timestamp></author></commit></commits><notes>x</notes></pedigree><evidence><identity><field>purl</field><confidence>0.5</confidence><tools><tool ref="a"/></tools></identity><copyright><text>c</text></copyright></evidence><modelCard><modelParameters><datasets><ref>a</ref><dataset><type>dataset</type></dataset></datasets></modelParameters></modelCard></component></components>',
  ],
  [
    "services and their data",
    '<services><service bom-ref="s"><name>n</name><authenticated>true</authenticated><data><classification flow="inbound">PII</classification><dataflow name="f"><classification flow="outbound">PIFI</classification><source><url>https://x.example/</url></source></dataflow></data></service></services>',
  ],
  [
    "vulnerabilities",
    '<vulnerabilities><vulnerability bom-ref="v"><id>CVE-1</id><ratings><rating><score>9.5</score></rating></ratings><cwes><cwe>79</cwe></cwes><analysis><state>exploitable</state><responses><response>update</response></responses></analysis><affects><target><ref>a</ref><versions><version><range>vers:npm/1</range><status>affected</status></version></versions></target></affects></vulnerability></vulnerabilities>',
  ],
  [
    "compositions and annotations",
    '<compositions><composition><aggregate>complete</aggregate><assemblies><assembly ref="a"/></assemblies></composition></compositions><annotations><annotation><subjects><subject ref="a"/></subjects><annotator><individual><name>i</name></individual></annotator><timestamp>2026-01-01T00:00:00Z</timestamp><text>t</text></annotation></annotations>',
  ],
  [
    "cryptographic properties",
    '<components><component type="cryptographic-asset" bom-ref="a"><name>n</name><cryptoProperties><assetType>protocol</assetType><protocolProperties><ikev2TransformTypes><encr>alg</encr><ke><group>20</group></ke><esn>true</esn></ikev2TransformTypes><cryptoRef>x</cryptoRef></protocolProperties></cryptoProperties></component></components>',
  ],
  [
    "elements and attributes of other namespaces",
    '<components><component type="library" bom-ref="a" xmlns:o="urn:o" o:b="c"><name>n</name><o:d e="f">g<o:h/></o:d></component></components><o:z xmlns:o="urn:o"/>',
  ],
  [
    "an attribute and an element in a list",
    '<services xmlns:o="urn:o" o:b="c"><service bom-ref="s"><name>n</name></service><o:d/></services>',
  ],
  [
    "an element that CycloneDX does not know",
    '<services><service bom-ref="s"><name>n</name><price>1</price></service></services>',
  ],
  ["empty lists", "<services/><properties/>"],
  [
    "line ends and signs in text",
    '<services><service bom-ref="s&#10;&quot;"><name>a&#13;&amp;b</name></service></services>',
  ],
];

describe("CycloneDX XML", () => {
  for (const [name, inner] of KEPT) {
    it(`keeps ${name}`, () => {
      const again = written(bom("1.6", inner));
      const [before, after] = [bom("1.6", inner), again].map((text) => briefOf(text));
      for (const part of (before ?? "").split(/[(),]/)) assert.ok(after?.includes(part), `${part} in ${after}`);
      assert.deepEqual(read(again).sbom, read(bom("1.6", inner)).sbom);
    });
  }

  it("reads the components, their parts and what they depend on", () => {
    const { sbom, specVersion } = read(
      bom(
        "1.5",
        '<metadata><timestamp>2026-01-01T00:00:00Z</timestamp><tools><tool><name>t</name><version>1</version></tool></tools><component type="application" bom-ref="root"><name>app</name></component></metadata><components><component type="library" bom-ref="a"><name>n</name><purl> pkg:npm/n@1 </purl><components><component type="library" bom-ref="b"><name>m</name></component></components></component></components><dependencies><dependency ref="root"><dependency ref="a"/></dependency><dependency ref="a"/></dependencies>',
        ' serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"',
      ),
    );
    assert.equal(specVersion, "1.5");
    assert.equal(sbom.serialNumber, "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79");
    assert.equal(sbom.createdAt, "2026-01-01T00:00:00Z");
    assert.deepEqual(sbom.tools, [{ name: "t", version: "1" }]);
    assert.deepEqual(
      sbom.components.map(({ ref, purl, partOf }) => [ref, purl, partOf]),
      [
        ["a", "pkg:npm/n@1", undefined],
        ["b", undefined, "a"],
      ],
    );
    assert.deepEqual(
      [...sbom.dependencies],
      [
        ["a", []],
        ["root", ["a"]],
      ],
    );
  });

  for (const version of ["1.0", "1.1"]) {
    it(`reads ${version}, which has no JSON form`, () => {
      const inner =
        '<components><component type="library"><name>n</name><version>1</version><modified>false</modified></component></components>';
      const { specVersion, sbom } = read(bom(version, inner));
      assert.equal(specVersion, version);
      assert.equal(sbom.components[0]?.name, "n");
      assert.match(written(bom(version, inner), "1.2"), /<modified>false<\/modified>/);
    });
  }

  it("writes the elements in the order that the schema demands", () => {
    const text = written(
      bom(
        "1.6",
        '<components><component type="library" bom-ref="a"><name>n</name><version>1</version><scope>optional</scope><purl>pkg:npm/n@1</purl><modified>true</modified></component></components>',
      ),
    );
    const places = ["<name>", "<version>", "<scope>", "<purl>", "<modified>"].map((tag) => text.indexOf(tag));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
  });

  it("names what XML has no place for, and what JSON has none for", () => {
    const signed = {
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      signature: { algorithm: "ES256", value: "x" },
    };
    const toXml = writeSbom(read(JSON.stringify(signed)).sbom, "cyclonedx-xml");
    assert.ok(toXml.losses.some(({ path, outcome }) => path === "signature" && outcome === "dropped"));
    const toJson = writeSbom(read(bom("1.6", '<o:z xmlns:o="urn:o"/>')).sbom, "cyclonedx-json");
    assert.ok(toJson.losses.some(({ path, outcome }) => path === "$xml" && outcome === "dropped"));
    assert.doesNotMatch(decodeUtf8(toJson.bytes) ?? "", /\$xml/);
  });

  it("says that a control character was changed", () => {
    const document = {
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      components: [{ type: "library", name: "a\u0001b" }],
    };
    const { bytes, losses } = writeSbom(read(JSON.stringify(document)).sbom, "cyclonedx-xml");
    assert.match(decodeUtf8(bytes) ?? "", /<name>a\ufffdb<\/name>/);
    assert.ok(losses.some(({ outcome }) => outcome === "changed"));
  });

  const REFUSED: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ["a version that is not there yet", bom("1.99", ""), /1\.99/],
    ["another format", "<html/>", /html/],
    ["a broken document", '<bom xmlns="http://cyclonedx.org/schema/bom/1.6">', /line 1/],
    ["entities", '<!DOCTYPE bom [<!ENTITY a "b">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>', /document type/],
    ["a component without a name", bom("1.6", '<components><component type="library"/></components>'), /name/],
  ];
  for (const [name, text, message] of REFUSED) {
    it(`refuses ${name}`, () => {
      const decoded = readSbom(encodeUtf8(text));
      assert.ok(!decoded.ok);
      assert.match(decoded.issues[0]?.message ?? "", message);
    });
  }

  it("reads the bytes of any encoding that XML declares", () => {
    const text = bom(
      "1.6",
      '<components><component type="library" bom-ref="a"><name>é</name></component></components>',
    ).replace("?>", ' encoding="iso-8859-1"?>');
    const decoded = readSbom(Uint8Array.from(text, (sign) => sign.charCodeAt(0)));
    assert.equal(decoded.ok && decoded.value.sbom.components[0]?.name, "é");
  });

  it("takes any junk in a valid document without anything but a refusal", () => {
    const valid = KEPT.map(([, inner]) => bom("1.6", inner)).join("\n");
    const cut = fc.tuple(
      fc.nat(valid.length),
      fc.nat(60),
      fc.constantFrom("", "<a>", "</name>", "&", "<components>", '"', "\u0000"),
    );
    fc.assert(
      fc.property(fc.constantFrom(...KEPT), cut, ([, inner], [at, length, junk]) => {
        const text = bom("1.6", inner);
        const place = at % text.length;
        try {
          const decoded = readSbom(encodeUtf8(text.slice(0, place) + junk + text.slice(place + length)), {
            keepsRemainders: true,
          });
          if (decoded.ok) writeSbom(decoded.value.sbom, "cyclonedx-xml");
        } catch (error) {
          assert.ok(isAmapError(error), String(error));
        }
      }),
      { seed: 9, numRuns: 300 },
    );
  });
});

describe("the table of CycloneDX's XML", () => {
  const KINDS = new Set([
    "text",
    "token",
    "boolean",
    "integer",
    "number",
    "ref",
    "tools",
    "transform",
    ...TYPES,
    ...CHOICES.keys(),
  ]);

  for (const type of TYPES) {
    it(`knows the kinds of ${type}, and has no name twice`, () => {
      const fields = fieldsOf(type) ?? [];
      for (const { kind, name } of fields) assert.ok(KINDS.has(kind), `${type}.${name}: ${kind}`);
      const names = fields.map(({ place, name }) => `${place === "attribute" ? "@" : ""}${name}`);
      assert.equal(new Set(names).size, names.length);
      assert.equal(new Set(fields.map(({ member }) => member)).size, fields.length);
    });
  }

  it("has every element and attribute that the schema of 1.7 names", () => {
    const path = new URL(
      "../../../../../node_modules/@cyclonedx/cyclonedx-library/res/schema/bom-1.7.SNAPSHOT.xsd",
      import.meta.url,
    );
    const decoded = decodeXml(readFileSync(path));
    assert.ok(decoded.ok);
    const known = new Set<Value>(["bom", ...[...CHOICES.values()].flatMap((all) => all.map(({ element }) => element))]);
    for (const type of TYPES) {
      for (const { name, item } of fieldsOf(type) ?? []) known.add(name).add(item);
    }
    const unknown: string[] = [];
    const walk = (element: XmlElement): void => {
      const name = element.attributes.get("name");
      const isNamed = element.name === "element" || element.name === "attribute";
      if (isNamed && name !== undefined && !known.has(name)) unknown.push(name);
      element.children.forEach(walk);
    };
    walk(decoded.value);
    assert.deepEqual(
      unknown,
      ["tool"].filter((name) => unknown.includes(name)),
    );
  });
});
