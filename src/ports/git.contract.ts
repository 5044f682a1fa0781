import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ErrorCode, isAmapError } from "../base/index.ts";
import type { CheckoutRequest, Git, HistoryRequest } from "./git.ts";

/** What a `Git` under test stands on: one repository with two branches, and a look at the files of checkouts. */
export interface GitUnderTest {
  readonly git: Git;
  /** The address of a repository that has {@link CONTRACT_BRANCHES}. */
  readonly url: string;
  /** The address of nothing. */
  readonly missingUrl: string;
  read(path: string): Promise<string>;
  /** A folder with a repository without commits, and what adds one to a branch of it. */
  readonly directory: string;
  write(branch: string, commit: ContractCommit): string;
  /** Paths of all files below a folder, sorted; undefined when the folder is not there. */
  list(path: string): Promise<readonly string[] | undefined>;
  dispose(): Promise<void>;
}

/** What a commit of the contract is made of. */
export interface ContractCommit {
  readonly files: Readonly<Record<string, string>>;
  readonly author: string;
  readonly message: string;
  readonly parents?: readonly string[];
  readonly sign?: (payload: string) => string;
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
    test("a folder without a repository has no working tree", async () => {
      await assert.rejects(under.git.workTree("/nonexistent/folder"), (error) => isAmapError(error, "GIT_NOT_FOUND"));
    });
    historyContract(() => under);
  });
}

const AUTHOR = "Álice <alice@example.com>";

function historyContract(under: () => GitUnderTest): void {
  describe("its histories", () => {
    let ids: Readonly<Record<"root" | "left" | "right" | "merge" | "last", string>>;
    const directory = (): string => under().directory;
    before(() => {
      const write = (message: string, files: Readonly<Record<string, string>>, parents: readonly string[]): string =>
        under().write("main", { author: AUTHOR, message, files, parents });
      const root = write("Root\n", { "a/b.yaml": "1", c: "1" }, []);
      const left = write("Left\n\nReviewed-by: Bob <bob@example.com>\n", { "a/b.yaml": "2", c: "1" }, [root]);
      const right = write("Right\n", { "a/b.yaml": "1", c: "2" }, [root]);
      const merge = write("Merge\n", { "a/b.yaml": "2", c: "2", d: "new" }, [left, right]);
      const last = under().write("main", {
        author: AUTHOR,
        message: "Last\n",
        files: { "a/b.yaml": "2", c: "2" },
        sign: (payload) => `-----BEGIN\n${Buffer.byteLength(payload)}\n-----END\n`,
      });
      ids = { root, left, right, merge, last };
    });

    test("are whole, each commit before its parents, with what it changes", async () => {
      const { head, base, commits } = await under().git.history({ directory: directory(), revision: "main" });
      assert.equal(head, ids.last);
      assert.equal(base, undefined);
      assert.deepEqual(commits.map(({ id }) => id).sort(), Object.values(ids).sort());
      const seen = new Set<string>();
      for (const { id, parents } of commits) {
        for (const parent of parents) assert.ok(!seen.has(parent), "a parent stands before its child");
        seen.add(id);
      }
      const changed = new Map(commits.map(({ id, changedPaths }) => [id, changedPaths.join()]));
      assert.deepEqual(
        Object.values(ids).map((id) => changed.get(id)),
        ["a/b.yaml,c", "a/b.yaml", "c", "d", "d"],
      );
    });

    test("give commits as they are stored: people, times, trailers, signatures", async () => {
      const { commits } = await under().git.history({ directory: directory(), revision: "main" });
      const left = commits.find(({ id }) => id === ids.left);
      assert.deepEqual(left?.author, { name: "Álice", email: "alice@example.com", at: "2026-01-01T00:00:00Z" });
      assert.deepEqual(left?.trailers, [{ key: "Reviewed-by", value: "Bob <bob@example.com>" }]);
      assert.equal(left?.signature, undefined);
      const last = commits.find(({ id }) => id === ids.last);
      assert.equal(last?.signature, `-----BEGIN\n${last?.signedPayload.length}\n-----END\n`);
    });

    test("end at what they begin after, and are only of the paths asked for", async () => {
      const ask = async (more: Partial<HistoryRequest>): Promise<readonly string[]> =>
        (await under().git.history({ directory: directory(), revision: "main", ...more })).commits.map(({ id }) => id);
      assert.deepEqual(await ask({ since: ids.merge }), [ids.last]);
      assert.deepEqual([...(await ask({ since: ids.left }))].sort(), [ids.right, ids.merge, ids.last].sort());
      assert.deepEqual(await ask({ since: "main" }), []);
      assert.deepEqual(await ask({ paths: ["a"] }), [ids.left, ids.root]);
      assert.deepEqual(await ask({ paths: ["*"] }), []);
      assert.equal((await ask({ limit: 5 })).length, 5);
      await assert.rejects(ask({ limit: 4 }), (error) => isAmapError(error, "LIMIT_EXCEEDED"));
      for (const [more, code] of [
        [{ revision: "none" }, "GIT_NOT_FOUND"],
        [{ since: "none" }, "GIT_NOT_FOUND"],
        [{ revision: "--all" }, "USAGE"],
        [{ since: "a..b" }, "USAGE"],
      ] as const)
        await assert.rejects(ask(more), (error) => isAmapError(error, code), JSON.stringify(more));
    });

    test("files are read as they are committed", async () => {
      const read = async (revision: string, path: string): Promise<string | undefined> => {
        const bytes = await under().git.readBlob({ directory: directory(), revision, path });
        return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
      };
      assert.equal(await read("main", "a/b.yaml"), "2");
      assert.equal(await read(ids.root, "a/b.yaml"), "1");
      for (const path of ["a", "none", "a/none", "c/none"]) assert.equal(await read("main", path), undefined, path);
      for (const path of ["", "/c", "../c", "a//b.yaml", "./c"])
        await assert.rejects(read("main", path), (error) => isAmapError(error, "USAGE"), path);
    });
  });
}
