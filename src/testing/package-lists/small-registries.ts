import { type PackageListSample, SHA_1 } from "./sample.ts";

/** Files of Crystal, D, Elm, PureScript, Bower and SWI-Prolog. */
export const SMALL_REGISTRY_SAMPLES: readonly PackageListSample[] = [
  {
    format: "crystal/shardlock",
    path: "shard.lock",
    text: `version: 2.0
shards:
  kemal:
    git: https://github.com/kemalcr/kemal.git
    version: 1.4.0
  fork:
    git: https://git.example/fork.git
    version: 0.1.0+git.commit.${SHA_1}
  old:
    github: acme/old
    commit: ${SHA_1}
  here:
    path: ../here
    version: 0.1.0
`,
    states: ["kemal@1.4.0 github", "fork@0.1.0 generic", `old@${SHA_1} github`, "here@0.1.0"],
  },
  {
    format: "d/dubselections",
    path: "dub.selections.json",
    text: JSON.stringify({
      fileVersion: 1,
      versions: {
        "vibe-d": "0.9.7",
        main: "~master",
        here: { path: "../here" },
        fork: { version: SHA_1, repository: "git+https://git.example/fork.git" },
      },
    }),
    states: ["vibe-d@0.9.7 dub", "main (~master) dub", "here@", "fork@ dub"],
  },
  {
    format: "elm/elmjson",
    path: "elm.json",
    text: JSON.stringify({
      type: "application",
      "elm-version": "0.19.1",
      dependencies: { direct: { "elm/core": "1.0.5" }, indirect: { "elm/json": "1.1.3" } },
      "test-dependencies": { direct: { "elm-explorations/test": "2.1.1" }, indirect: {} },
    }),
    states: ["elm/core@1.0.5 elm", "elm/json@1.1.3 elm", "elm-explorations/test@2.1.1 development elm"],
  },
  {
    format: "elm/elmjson",
    path: "library/elm.json",
    text: JSON.stringify({
      type: "package",
      name: "acme/shop",
      version: "1.0.0",
      dependencies: { "elm/core": "1.0.0 <= v < 2.0.0" },
      "test-dependencies": {},
    }),
    states: ["elm/core (1.0.0 <= v < 2.0.0) elm"],
  },
  {
    format: "purescript/spagolock",
    path: "spago.lock",
    text: `workspace: {}
packages:
  prelude:
    type: registry
    version: 6.0.1
    integrity: sha256-AAAA
    dependencies: []
  effect:
    type: registry
    version: 4.0.0
    dependencies: [prelude]
  fork:
    type: git
    url: https://git.example/fork.git
    rev: ${SHA_1}
    dependencies: []
`,
    states: ["prelude@6.0.1 purescript ->", "effect@4.0.0 purescript -> prelude", "fork@ purescript ->"],
  },
  {
    format: "javascript/bowerjson",
    path: "bower.json",
    text: JSON.stringify({
      name: "shop",
      version: "1.0.0",
      dependencies: { jquery: "3.6.0", bootstrap: "~4.0", renamed: "other#^1.0", fork: "acme/fork#v1" },
      devDependencies: { qunit: "*" },
    }),
    states: [
      "project shop@1.0.0 -> jquery bootstrap renamed fork qunit",
      "jquery@3.6.0 bower",
      "bootstrap (~4.0) bower",
      "renamed (^1.0) bower",
      "fork@ bower",
      "qunit (*) development bower",
    ],
  },
  {
    format: "javascript/bowerinstalled",
    path: "static/bower_components/jquery/.bower.json",
    text: JSON.stringify({
      name: "jquery",
      version: "3.6.0",
      license: "MIT",
      _resolution: { type: "version", tag: "3.6.0" },
    }),
    states: ["jquery@3.6.0 bower"],
  },
  {
    format: "prolog/swiplpack",
    path: "usr/lib/swipl/pack/hello/pack.pl",
    text: `name(hello).
version('1.2.0').
title('A greeting').
author("Somebody", "a@example.com").
`,
    states: ["hello@1.2.0 swiplpack"],
  },
];
