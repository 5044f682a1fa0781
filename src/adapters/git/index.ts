/** The `Git` port over the installed `git` program. */
export { createGit } from "./git.ts";
