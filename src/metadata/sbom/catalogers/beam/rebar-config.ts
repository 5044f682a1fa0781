import {
  type ListFile,
  type PackageList,
  type PackageListFormat,
  readListText,
  type StatedPackage,
  toVcsUrl,
} from "../package-list.ts";
import { readTerms, type Term, termItems, termText } from "./term.ts";

/** rebar.config of rebar3: what it asks for. */
export const rebarConfig: PackageListFormat = {
  id: "erlang/rebarconfig",
  names: ["rebar.config"],
  lockedBy: { names: ["rebar.lock"], isAbove: true },
  read: readRebarConfig,
};

type Scope = NonNullable<StatedPackage["scope"]>;

function readRebarConfig({ bytes }: ListFile): PackageList {
  const { terms, problem } = readTerms(readListText(bytes));
  const options = terms.map((term) => termItems(term));
  const value = (wanted: string): readonly Term[] =>
    options.filter(([key]) => termText(key) === wanted).flatMap(([, list]) => termItems(list));
  const packages = [
    ...value("deps").flatMap((entry) => askedPackage(entry, "production")),
    ...["plugins", "project_plugins"].flatMap((key) =>
      value(key).flatMap((entry) => askedPackage(entry, "development")),
    ),
    ...value("profiles").flatMap((profile) =>
      termItems(termItems(profile)[1])
        .filter((option) => termText(termItems(option)[0]) === "deps")
        .flatMap((option) => termItems(termItems(option)[1]).flatMap((entry) => askedPackage(entry, "development"))),
    ),
  ];
  return { packages, problems: problem === undefined ? [] : [problem] };
}

/** `name`, `{name, "1.0"}`, `{name, "1.0", {pkg, other}}`, `{name, {git, "address", {tag, "1.0"}}}`. */
function askedPackage(entry: Term, scope: Scope): readonly StatedPackage[] {
  const [first = entry, ...others] = termItems(entry);
  const name = termText(first);
  if (name === "") return [];
  const source = others.find((term) => termText(termItems(term)[0]) === "git");
  if (source !== undefined) {
    const [, address, reference] = termItems(source);
    // The commit stands alone or behind the kind of the reference.
    const commit = termText(reference) || termText(termItems(reference)[1]);
    const origin = toVcsUrl(termText(address), commit);
    return [{ name, identity: { type: "hex", name, qualifiers: { vcs_url: origin } }, scope }];
  }
  const alias = others.find((term) => termText(termItems(term)[0]) === "pkg");
  const published = termText(termItems(alias)[1]) || name;
  const range = others.map(termText).find((text) => text !== "") ?? "";
  const isExact = /^(?:== ?)?\d+\.\d+\.\d+[-+.0-9A-Za-z]*$/.test(range);
  return [
    {
      name: published,
      ...(isExact ? { version: range.replace(/^== ?/, "") } : { requirement: range }),
      identity: { type: "hex", name: published },
      scope,
    },
  ];
}
