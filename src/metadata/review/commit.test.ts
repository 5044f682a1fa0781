import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { createIdentities, decodeCommit } from "../index.ts";

const TIME = "1767225600 +0000";
const id = (digit: string): string => digit.repeat(40);

describe("decodeCommit", () => {
  const head = [
    `tree ${id("0")}`,
    `parent ${id("1")}`,
    `author Ä <a@x.example> ${TIME}`,
    `committer B <b@x.example> ${TIME}`,
  ];
  const decode = (lines: readonly string[], message = "m\n"): ReturnType<typeof decodeCommit> =>
    decodeCommit(id("a"), encodeUtf8(`${lines.join("\n")}\n\n${message}`));

  it("takes the signature out of what is signed", () => {
    const signed = [
      ...head,
      "gpgsig -----BEGIN\n one\n \n two\n -----END",
      "gpgsig-sha256 other\n more",
      "x-note kept\n too",
    ];
    const decoded = decode(signed, "subject\n\ngpgsig not one\n");
    assert.ok(decoded.ok);
    assert.equal(decoded.value.signature, "-----BEGIN\none\n\ntwo\n-----END\n");
    const payload = `${[...head, "x-note kept\n too"].join("\n")}\n\nsubject\n\ngpgsig not one\n`;
    assert.equal(Buffer.from(decoded.value.signedPayload).toString(), payload);
    assert.deepEqual(decoded.value.author, { name: "Ä", email: "a@x.example", at: "2026-01-01T00:00:00Z" });
    assert.deepEqual(decoded.value.parents, [id("1")]);
  });

  it("keeps what git keeps: a header whose name only begins as a signature's is signed with the rest", () => {
    const decoded = decode([...head, "gpgsig -----BEGIN\n -----END", "gpgsigx planted"]);
    assert.ok(decoded.ok);
    assert.match(Buffer.from(decoded.value.signedPayload).toString(), /\ngpgsigx planted\n/);
  });

  const refused: readonly (readonly [string, readonly string[]])[] = [
    ["no tree", head.slice(1)],
    ["no author", [head[0] ?? "", head[1] ?? "", head[3] ?? ""]],
    ["a parent that is none", [head[0] ?? "", "parent HEAD", ...head.slice(2)]],
    ["a person without an address", [head[0] ?? "", `author a ${TIME}`, head[3] ?? ""]],
    ["the committer first", [head[0] ?? "", head[3] ?? "", head[2] ?? ""]],
  ];
  for (const [what, lines] of refused) it(`refuses ${what}`, () => assert.equal(decode(lines).ok, false));

  const messages: readonly (readonly [string, string, readonly string[]])[] = [
    ["trailers at the end", "s\n\ntext\n\nReviewed-by: B <b@x>\nAcked-by: C\n", ["Reviewed-by=B <b@x>", "Acked-by=C"]],
    ["a subject that looks like one", "Reviewed-by: B <b@x>\n", []],
    ["text before the end", "s\n\nReviewed-by: B\n\nmore text\n", []],
    ["text among them", "s\n\nReviewed-by: B\nand this is no trailer\n", []],
    ["a line that goes on", "s\n\nReviewed-by: B\n  <b@x>\n", ["Reviewed-by=B <b@x>"]],
    ["carriage returns", "s\r\n\r\nReviewed-by: B\r\n", ["Reviewed-by=B"]],
  ];
  for (const [what, message, expected] of messages) {
    it(`reads ${what}`, () => {
      const decoded = decode(head, message);
      assert.deepEqual(decoded.ok && decoded.value.trailers.map(({ key, value }) => `${key}=${value}`), expected);
    });
  }
});

describe("createIdentities", () => {
  const identities = createIdentities([
    ["Alice@Example.com", "github:alice"],
    ["alice@home.example", "alice@example.com"],
    [],
  ]);
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["alice@example.com", "ALICE@example.com", true],
    ["Alice A <alice@example.com>", "github:Alice", true],
    ["alice+work@example.com", "alice@home.example", true],
    ["5+Alice@users.noreply.github.com", "alice@home.example", true],
    ["alice@users.noreply.github.com", "github:alice", true],
    ["5+alice@users.noreply.gitlab.com", "github:alice", false],
    ["alice@example.org", "alice@example.com", false],
    ["gitlab:alice", "github:alice", false],
  ];
  for (const [one, other, same] of rows) {
    it(`${one} ${same ? "is" : "is not"} ${other}`, () =>
      assert.equal(identities.personOf(one) === identities.personOf(other), same));
  }
  it("knows nobody without a name", () => assert.equal(identities.personOf(" "), undefined));
});
