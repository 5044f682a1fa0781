import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../bytes/text.ts";
import { isAmapError } from "../errors/amap-error.ts";
import { LIMITS } from "../limits.ts";
import { childElement, childElements, decodeXml, textOfElement, walkXml } from "./xml-reader.ts";
import type { XmlElement } from "./xml-tree.ts";

/** An element as a short text: `{namespace}name[attribute=value](children)"text"`. */
function brief({ name, namespace, attributes, children, text }: XmlElement): string {
  const stated = [...attributes].map(([key, value]) => `[${key}=${value}]`).join("");
  const inner = children.length === 0 ? "" : `(${children.map(brief).join(",")})`;
  return `${namespace === "" ? "" : `{${namespace}}`}${name}${stated}${inner}${text.trim() === "" ? "" : `"${text}"`}`;
}

const ACCEPTED: readonly (readonly [name: string, text: string | Uint8Array, expected: string])[] = [
  ["one element", "<a/>", "a"],
  ["a declaration, comments and white space", '<?xml version="1.0"?>\n<!-- x --><a>\n</a><!-- y -->\n', "a"],
  ["text and its references", "<a>x &lt;&#233;&#x1F600;&amp;amp;</a>", 'a"x <é😀&amp;"'],
  ["CDATA", "<a>x<![CDATA[<b>&lt;]]>y</a>", 'a"x<b>&lt;y"'],
  ["attributes of both quotes", `<a b="1" c='"'/>`, 'a[b=1][c="]'],
  ["children in their order", "<a><b/>x<c><b/></c></a>", 'a(b,c(b))"x"'],
  [
    "namespaces",
    '<p:a xmlns:p="urn:p" xmlns="urn:d" p:x="1" y="2"><b/><c xmlns=""/></p:a>',
    "{urn:p}a[{urn:p}x=1][y=2]({urn:d}b,c)",
  ],
  [
    "a prefix declared anew inside",
    '<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"/><p:c/></p:a>',
    "{urn:1}a({urn:2}b,{urn:1}c)",
  ],
  ["xml's own prefix", '<a xml:lang="en"/>', "a[{http://www.w3.org/XML/1998/namespace}lang=en]"],
  [
    "names of Object's prototype",
    '<constructor hasOwnProperty="1" __proto__="2" a="3"/>',
    "constructor[hasOwnProperty=1][__proto__=2][a=3]",
  ],
  ["a document type without declarations", '<!DOCTYPE a PUBLIC "x" "http://127.0.0.1/a.dtd"><a/>', "a"],
  ["a byte order mark", "\ufeff<a/>", "a"],
  ["UTF-8 with a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, ...encodeUtf8("<a>é</a>")), 'a"é"'],
  ["UTF-16, big end first", utf16('<?xml version="1.0" encoding="UTF-16"?><a>é😀</a>', false, true), 'a"é😀"'],
  ["UTF-16, little end first", utf16("<a>é😀</a>", true, true), 'a"é😀"'],
  ["UTF-16 without a mark", utf16('<?xml version="1.0"?><a>é</a>', true, false), 'a"é"'],
  [
    "ISO-8859-1 where it is declared",
    Uint8Array.of(...encodeUtf8('<?xml version="1.0" encoding="iso-8859-1"?><a>'), 0xe9, ...encodeUtf8("</a>")),
    'a"é"',
  ],
];

function utf16(text: string, littleEnd: boolean, marked: boolean): Uint8Array {
  const units = `${marked ? "\ufeff" : ""}${text}`;
  return Uint8Array.from({ length: units.length * 2 }, (_, index) => {
    const unit = units.charCodeAt(index >> 1);
    return (index % 2 === 0) === littleEnd ? unit & 0xff : unit >> 8;
  });
}

const REFUSED: readonly (readonly [name: string, text: string | Uint8Array, message: RegExp])[] = [
  ["nothing", "", /expected an element/],
  ["only a comment", "<!-- a -->", /expected an element/],
  ["prose", "this is no XML", /line 1, column 1/],
  ["an open element", "<a><b></b>", /Unclosed root tag/],
  ["elements across each other", "<a><b></a></b>", /Unexpected close tag/],
  ["two roots", "<a/><b/>", /second root/],
  ["text after the root", "<a/>x", /outside of root/],
  ["an attribute twice", '<a b="1" b="2"/>', /b occurs twice/],
  ["an attribute twice by two prefixes", '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>', /occurs twice/],
  ["an attribute without quotes", "<a b=1/>", /Unquoted/],
  ["an unknown entity", "<a>&eacute;</a>", /entity/i],
  ["an open reference", "<a>&</a>", /line 1/],
  ["an unknown prefix", "<p:a/>", /prefix/i],
  ["an unknown prefix of an attribute", '<a p:b="1"/>', /prefix/i],
  ["a prefix that Object's prototype has", "<constructor:a/>", /prefix/i],
  ["entities of a document type", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /document type|entity/i],
  ["an external entity", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', /document type|entity/i],
  ["an empty set of declarations", "<!DOCTYPE a []><a/>", /document type/],
  ["a declaration within", "<a><!ELEMENT b></a>", /declaration/],
  ["a control character", "<a>\u0001</a>", /does not allow/],
  ["a control character by reference", "<a>&#1;</a>", /line 1/],
  ["half of a surrogate pair by reference", "<a>&#xd800;</a>", /line 1/],
  ["an encoding that is not known", '<?xml version="1.0" encoding="windows-1252"?><a/>', /windows-1252/],
  ["bytes that are not UTF-8", Uint8Array.of(...encodeUtf8("<a>"), 0xe9, ...encodeUtf8("</a>")), /UTF-8/],
  ["an odd number of bytes in UTF-16", Uint8Array.of(0xff, 0xfe, 0x3c), /odd/],
];

describe("decodeXml", () => {
  for (const [name, text, expected] of ACCEPTED) {
    it(`reads ${name}`, () => {
      const decoded = decodeXml(text);
      assert.ok(decoded.ok, JSON.stringify(decoded));
      assert.equal(brief(decoded.value), expected);
    });
  }

  for (const [name, text, message] of REFUSED) {
    it(`refuses ${name}`, () => {
      const decoded = decodeXml(typeof text === "string" ? encodeUtf8(text) : text);
      assert.ok(!decoded.ok);
      assert.equal(decoded.issues[0]?.code, "XML_INVALID");
      assert.match(decoded.issues[0]?.message ?? "", message);
    });
  }

  const many = (count: number, write: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => write(i)).join("");
  const LIMITED: readonly (readonly [name: string, text: string, options: object])[] = [
    ["bytes", "<a></a>", { maxBytes: 6 }],
    ["nesting", "<a>".repeat(LIMITS.xmlDepth + 1), {}],
    ["a given depth", "<a><b/></a>", { maxDepth: 1 }],
    ["attributes of one element", `<a ${many(LIMITS.xmlAttributes + 1, (index) => `b${index}="" `)}/>`, {}],
    ["namespaces in force", many(3, (level) => `<a ${many(100, (index) => `xmlns:p${level}-${index}="u" `)}>`), {}],
  ];
  for (const [name, text, options] of LIMITED) {
    it(`limits ${name}`, () => assert.throws(() => decodeXml(text, options), { code: "LIMIT_EXCEEDED" }));
  }

  it("says where an error is", () => {
    const decoded = decodeXml("<a>\n<b>\n</c></a>");
    assert.match(decoded.ok ? "" : (decoded.issues[0]?.message ?? ""), /at line 3, column \d+/);
  });

  it("takes long texts and attributes whole, in a time that grows with their length", () => {
    const long = "x".repeat(1_000_000);
    const started = performance.now();
    const decoded = decodeXml(`<!--${long}--><a b="${long}">${long}<![CDATA[${long}]]>${"<c/>".repeat(100_000)}</a>`);
    assert.ok(decoded.ok);
    assert.equal(decoded.value.text.length, 2 * long.length);
    assert.equal(decoded.value.attributes.get("b")?.length, long.length);
    for (const junk of [long, `<${long}`, `<a ${long}`, `<a b="${long}`, `<a>&${long};</a>`, `<!DOCTYPE ${long}`]) {
      assert.ok(!decodeXml(junk).ok);
    }
    assert.ok(performance.now() - started < 10_000);
  });

  it("gives back what a simple writer wrote, and never throws anything else than limits", () => {
    const name = fc.constantFrom("a", "b", "constructor", "x-y", "é");
    const text = fc.string().map((words) => words.replaceAll(/[^\u0020-\ud7ff]/g, " "));
    const element = fc.letrec<{ element: string }>((tie) => ({
      element: fc
        .tuple(
          name,
          fc.dictionary(name, text, { maxKeys: 3 }),
          fc.array(fc.oneof({ maxDepth: 3 }, text.map(escape), tie("element")), { maxLength: 4 }),
        )
        .map(([tag, attributes, inner]) => {
          const stated = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(value)}"`);
          return `<${tag}${stated.join("")}>${inner.join("")}</${tag}>`;
        }),
    })).element;
    fc.assert(
      fc.property(element, (written) => {
        const decoded = decodeXml(written);
        assert.ok(decoded.ok);
        const again = decodeXml(encodeUtf8(written));
        assert.deepEqual(again, decoded);
      }),
      { numRuns: 200, seed: 9 },
    );
    fc.assert(
      fc.property(
        element,
        fc.nat(),
        fc.constantFrom("<", ">", "&", '"', "]]>", "<!", "<?", "/", "=", "\0"),
        (written, at, insert) => {
          const place = at % (written.length + 1);
          try {
            decodeXml(written.slice(0, place) + insert + written.slice(place + 1));
          } catch (error) {
            assert.ok(isAmapError(error, "LIMIT_EXCEEDED"));
          }
        },
      ),
      { numRuns: 500, seed: 10 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void decodeXml(bytes)),
      { numRuns: 300, seed: 11 },
    );
  });
});

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll(">", "&gt;");
}

describe("walkXml", () => {
  it("calls the visitor in the document's order", () => {
    const calls: string[] = [];
    const walked = walkXml("<a>1<b c='d'/>2</a>", {
      open: ({ name, attributes }, depth) => void calls.push(`open ${name} ${depth} ${attributes.get("c") ?? ""}`),
      text: (text) => void calls.push(text),
      close: (name, depth) => void calls.push(`close ${name} ${depth}`),
    });
    assert.ok(walked.ok);
    assert.deepEqual(calls, ["open a 1 ", "1", "open b 2 d", "close b 2", "2", "close a 1"]);
  });

  it("ends with what the visitor throws", () => {
    const stop = (): never => {
      throw new RangeError("enough");
    };
    assert.throws(() => walkXml("<a/>", { open: stop }), RangeError);
  });
});

describe("the parts of an element", () => {
  const decoded = decodeXml("<a><b> 1 </b><c/><b>2</b></a>");
  const root = decoded.ok ? decoded.value : undefined;

  it("are found by name", () => {
    assert.equal(textOfElement(root, "b"), "1");
    assert.equal(textOfElement(root, "d"), "");
    assert.deepEqual(
      childElements(root, "b").map(({ text }) => text),
      [" 1 ", "2"],
    );
    assert.equal(childElement(root, "c")?.name, "c");
    assert.equal(childElement(undefined, "c"), undefined);
  });
});
