import assert from "node:assert/strict";
import { it } from "node:test";
import { signerContract } from "../ports/signer.contract.ts";
import { createFakeSigningKeys, testSigner } from "./fake-signer.ts";

signerContract("fake", createFakeSigningKeys);

it("a test key depends on its name alone", () => {
  assert.equal(testSigner("a").publicKeyPem, testSigner("a").publicKeyPem);
  assert.notEqual(testSigner("a").publicKeyPem, testSigner("b").publicKeyPem);
});
