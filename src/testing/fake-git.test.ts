import { decodeUtf8, isAmapError } from "../base/index.ts";
import { CONTRACT_BRANCHES, gitContract } from "../ports/git.contract.ts";
import { createFakeFiles } from "./fake-files.ts";
import { createFakeGit } from "./fake-git.ts";

gitContract("createFakeGit", async () => {
  const files = createFakeFiles();
  const git = createFakeGit(files);
  const url = "https://git.example/team/policies";
  for (const [branch, content] of Object.entries(CONTRACT_BRANCHES)) git.publish(url, branch, content);
  return {
    git,
    directory: "/repository",
    write: (branch, commit) => git.write("/repository", branch, commit),
    url,
    missingUrl: "https://git.example/team/nothing",
    read: async (path) => decodeUtf8(await files.read(path, 1_000)) ?? "",
    list: (path) =>
      files.list(path, 100).then(
        (entries) => entries.map((entry) => entry.path),
        (error) => {
          if (isAmapError(error, "FILE_NOT_FOUND")) return undefined;
          throw error;
        },
      ),
    dispose: async () => {},
  };
});
