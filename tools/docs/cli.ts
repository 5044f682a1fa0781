import { renderCommandReference } from "../../src/cli/reference.ts";
import { loadProgram } from "../../src/cli/run-cli.ts";
import { VERBS } from "../../src/cli/verbs.ts";

/** docs/reference/cli.md from the verbs themselves. */
export async function renderCli(): Promise<string> {
  return renderCommandReference(await loadProgram(VERBS));
}
