import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSigningKeys } from "../../src/adapters/local-key/index.ts";
import { decryptPrivateKey, encryptPrivateKey } from "../../src/attestation/index.ts";
import { AmapError } from "../../src/base/index.ts";
import { assertCode, filesOf, type GoldenCase } from "./golden-case.ts";

const PASSWORD = "pw";

/** cosign's key files: the golden pair, and cosign's own test keys by their expectation in index.tsv. */
export function keyCases(directory: string): readonly GoldenCase[] {
  return [...goldenKeyCases(directory), ...cosignTestKeys(directory)];
}

function goldenKeyCases(directory: string): readonly GoldenCase[] {
  const read = filesOf(directory, "golden", "cosign-3.1.3-key-signed");
  const text = (name: string): string => Buffer.from(read(name)).toString();
  const open = (): Uint8Array => decryptPrivateKey(text("cosign.key"), PASSWORD);
  return [
    {
      name: "golden cosign.key: opens to the key of cosign.pub",
      run: async () => {
        const signer = await createSigningKeys().open(open());
        assert.equal(signer.publicKeyPem, text("cosign.pub"));
      },
    },
    {
      name: "golden cosign.key: another password is refused",
      run: () => assertCode(() => decryptPrivateKey(text("cosign.key"), "pW"), "KEY_PASSWORD"),
    },
    {
      name: "golden cosign.key: a changed ciphertext is refused",
      run: () => {
        const changed = rewrite(text("cosign.key"), (document) => {
          const last = document.ciphertext.at(-5) === "A" ? "B" : "A";
          document.ciphertext = `${document.ciphertext.slice(0, -5)}${last}${document.ciphertext.slice(-4)}`;
        });
        assertCode(() => decryptPrivateKey(changed, PASSWORD), "KEY_PASSWORD");
      },
    },
    {
      name: "golden cosign.key: the same key, salt and nonce give the same file",
      run: () => {
        const document = documentOf(text("cosign.key"));
        const salt = new Uint8Array(Buffer.from(document.kdf.salt, "base64"));
        const nonce = new Uint8Array(Buffer.from(document.cipher.nonce, "base64"));
        assert.equal(encryptPrivateKey(open(), PASSWORD, { salt, nonce }), text("cosign.key"));
      },
    },
  ];
}

interface KeyDocument {
  readonly kdf: { readonly salt: string };
  readonly cipher: { readonly nonce: string };
  ciphertext: string;
}

function documentOf(pem: string): KeyDocument {
  const body = pem.split("\n").filter((line) => line !== "" && !line.startsWith("-"));
  return JSON.parse(Buffer.from(body.join(""), "base64").toString()) as KeyDocument;
}

function rewrite(pem: string, change: (document: KeyDocument) => void): string {
  const document = documentOf(pem);
  change(document);
  const [first = "", last = ""] = pem.split("\n").filter((line) => line.startsWith("-"));
  return [first, Buffer.from(JSON.stringify(document)).toString("base64"), last, ""].join("\n");
}

/** Rows `cosign-key`, id, path, expectation, … of index.tsv. */
function cosignTestKeys(directory: string): readonly GoldenCase[] {
  const rows = readFileSync(join(directory, "index.tsv"), "utf8")
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([kind]) => kind === "cosign-key");
  return rows.map(([, , path = "", expectation = ""]) => {
    const pem = readFileSync(join(directory, path), "utf8");
    const password = /^decrypt.*:(.*)$/.exec(expectation)?.[1];
    // amap signs with encrypted keys only, as cosign: both valid and invalid keys for import are refused here.
    if (password === undefined) {
      return { name: `${path}: not an encrypted key, refused`, run: (): unknown => refusesPlainKey(pem) };
    }
    const isPkcs8 = expectation.startsWith("decrypt:");
    const name = `${path}: opens with its password${isPkcs8 ? "" : ", and is not PKCS #8"}`;
    return { name, run: async (): Promise<unknown> => opensKey(pem, password, isPkcs8) };
  });
}

function refusesPlainKey(pem: string): void {
  assertCode(() => decryptPrivateKey(pem, "hello"), "KEY_INVALID");
}

async function opensKey(pem: string, password: string, isPkcs8: boolean): Promise<void> {
  assertCode(() => decryptPrivateKey(pem, `${password}!`), "KEY_PASSWORD");
  const opening = createSigningKeys().open(decryptPrivateKey(pem, password));
  if (isPkcs8) {
    assert.equal((await opening).publicKey.algorithm, "ecdsa-p256");
    return;
  }
  await assert.rejects(opening, (error) => error instanceof AmapError && error.code === "KEY_INVALID");
}
