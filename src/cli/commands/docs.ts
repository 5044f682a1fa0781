import { encodeUtf8, formatTime } from "../../base/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { declareBoolean, isOn, requireText } from "../flags.ts";
import { type CommandPageOptions, renderCommandPages } from "../reference.ts";
import type { Flags, Verb } from "../verb.ts";

/** `amap docs`: the reference of the command line, a Markdown file for each command. */
export const docs: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    command.requiredOption("-o, --output <folder>", "where to write; made when it is not there");
    declareBoolean(command, "--website", "with front matter and links for a web site", false);
    declareBoolean(command, "--autogenTag", "end each page with the version and the date that it was made", true);
    declareBoolean(command, "--noDate", "no date in the front matter of --website", false);
    declareBoolean(command, "--markdownLinks", "links to Markdown files with --website, too", false);
  },
  run: async ({ terminal, world, loadProgram }, _, flags) => {
    const folder = requireText(flags, "output", "--output").replace(/(?<=.)\/+$/, "");
    const now = formatTime(Math.floor(world.clock.now() / 1000) * 1000);
    const pages = renderCommandPages(await loadProgram(), pageOptions(flags, now));
    await world.files.makeDirectory(folder);
    for (const { name, text } of pages) await world.files.write(`${folder}/${name}`, encodeUtf8(text));
    terminal.note(`Wrote ${pages.length} pages to ${folder}.`);
    return 0;
  },
};

function pageOptions(flags: Flags, now: string): CommandPageOptions {
  const website = isOn(flags, "website");
  return {
    links: website && !isOn(flags, "markdownLinks") ? "pages" : "files",
    ...(website ? { frontMatter: isOn(flags, "noDate") ? {} : { date: now } } : {}),
    ...(isOn(flags, "autogenTag") ? { footer: `Made by amap ${VERSION} on ${now.slice(0, 10)}.` } : {}),
  };
}
