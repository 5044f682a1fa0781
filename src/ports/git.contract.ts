import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ErrorCode, isAmapError } from "../base/index.ts";
import type { CheckoutRequest, Git } from "./git.ts";

/** What a `Git` under test stands on: one repository with two branches, and a look at the files of checkouts. */
export interface GitUnderTest {
  readonly git: Git;
  /** The address of a repository that has {@link CONTRACT_BRANCHES}. */
  readonly url: string;
  /** The address of nothing. */
  readonly missingUrl: string;
  read(path: string): Promise<string>;
  /** Paths of all files below a folder, sorted; undefined when the folder is not there. */
  list(path: string): Promise<readonly string[] | undefined>;
  dispose(): Promise<void>;
}

/** The branches of the repository, with their files. */
export const CONTRACT_BRANCHES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  main: { "README.md": "of main", "policies/owner.yaml": "kind: ClusterPolicy\n", ".hidden/a b.yaml": "ü\n" },
  "release/1.0": { "README.md": "of a release" },
};

/** The behaviour that every `Git` has; run against the fake and the adapter. */
export function gitContract(name: string, make: () => Promise<GitUnderTest>): void {
  describe(`${name} keeps the Git contract`, () => {
    let under: GitUnderTest;
    before(async () => {
      under = await make();
    });
    after(() => under.dispose());
    const request = (more: Partial<CheckoutRequest> = {}): CheckoutRequest => ({
      url: under.url,
      branch: "main",
      ...more,
    });

    for (const [branch, files] of Object.entries(CONTRACT_BRANCHES)) {
      test(`a checkout of ${branch} has its files and nothing else`, async () => {
        const checkout = await under.git.checkOut(request({ branch }));
        assert.deepEqual(await under.list(checkout.path), Object.keys(files).sort());
        for (const [path, text] of Object.entries(files)) {
          assert.equal(await under.read(`${checkout.path}/${path}`), text);
        }
        assert.match(checkout.commit, /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
        await checkout.close();
      });
    }

    test("two checkouts of one branch are of one commit, in folders of their own", async () => {
      const [one, two] = [await under.git.checkOut(request()), await under.git.checkOut(request())];
      assert.equal(one.commit, two.commit);
      assert.notEqual(one.path, two.path);
      await one.close();
      assert.equal(await under.list(one.path), undefined);
      assert.notEqual(await under.list(two.path), undefined);
      await two.close();
      await two.close();
      assert.equal(await under.list(two.path), undefined);
    });

    const refused: readonly (readonly [string, Partial<CheckoutRequest>, ErrorCode])[] = [
      ["a branch that is not there", { branch: "other" }, "GIT_NOT_FOUND"],
      ["no branch", { branch: "" }, "USAGE"],
      ["a branch that is an option", { branch: "--upload-pack=touch x" }, "USAGE"],
      ["a branch that is a refspec", { branch: "main:refs/heads/x" }, "USAGE"],
      ["a branch that goes up", { branch: "a/../b" }, "USAGE"],
      ["an address that is an option", { url: "--upload-pack=touch x" }, "USAGE"],
      ["an address of a program", { url: "ext::sh -c touch% x" }, "USAGE"],
      ["an address of a path", { url: "/etc" }, "USAGE"],
      ["an address with blanks", { url: "https://git.invalid/a b" }, "USAGE"],
      ["an address with a password", { url: "https://me:secret@git.invalid/a/b" }, "USAGE"],
    ];
    for (const [what, more, code] of refused) {
      test(`${what} is ${code}`, async () => {
        await assert.rejects(under.git.checkOut(request(more)), (error) => {
          assert.ok(isAmapError(error, code), String(error));
          assert.doesNotMatch(error.message, /secret/);
          return true;
        });
      });
    }

    test("a repository that is not there is GIT_NOT_FOUND", async () => {
      await assert.rejects(under.git.checkOut(request({ url: under.missingUrl })), (error) =>
        isAmapError(error, "GIT_NOT_FOUND"),
      );
    });
  });
}
