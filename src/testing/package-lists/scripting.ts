import { type PackageListSample, SHA_1 } from "./sample.ts";

/** Manifests and installed packages of PHP, Ruby, Perl, Lua and R, and tools' version files. */
export const SCRIPTING_SAMPLES: readonly PackageListSample[] = [
  {
    format: "php/composerjson",
    path: "composer.json",
    text: JSON.stringify({
      name: "acme/shop",
      version: "1.0.0",
      license: "MIT",
      require: { php: ">=8.1", "ext-json": "*", "monolog/monolog": "^3.0", "symfony/yaml": "v6.4.0" },
      "require-dev": { "phpunit/phpunit": "10.5.1" },
    }),
    states: [
      "project acme/shop@1.0.0 -> monolog/monolog symfony/yaml phpunit/phpunit",
      "monolog/monolog (^3.0) composer",
      "symfony/yaml@v6.4.0 composer",
      "phpunit/phpunit@10.5.1 development composer",
    ],
  },
  {
    format: "php/pear",
    path: "usr/share/php/.registry/archive_tar.reg",
    text: 'a:5:{s:4:"name";s:11:"Archive_Tar";s:7:"channel";s:12:"pear.php.net";s:7:"version";a:2:{s:7:"release";s:6:"1.4.14";s:3:"api";s:5:"1.4.0";}s:7:"license";a:2:{s:7:"attribs";a:1:{s:3:"uri";s:3:"a;b";}s:8:"_content";s:3:"MIT";}s:5:"count";a:3:{i:0;i:1;i:1;d:0.5;i:2;N;}}',
    states: ["Archive_Tar@1.4.14 pear"],
  },
  {
    format: "php/pear",
    path: "usr/share/php/.registry/.channel.pecl.php.net/memcached.reg",
    text: 'a:3:{s:4:"name";s:9:"memcached";s:7:"channel";s:12:"pecl.php.net";s:7:"version";a:1:{s:7:"release";s:5:"3.2.0";}}',
    states: ["memcached@3.2.0 pecl"],
  },
  {
    format: "wordpress/plugins",
    path: "var/www/html/wp-content/plugins/shop-cart/shop-cart.php",
    text: `<?php
/**
 * Plugin Name: Shop Cart
 * Plugin URI: https://shop.example/
 * Version: 5.3.1
 * Author: Acme
 * License: GPL-2.0-or-later
 */
defined('ABSPATH') || exit;
`,
    states: ["shop-cart@5.3.1 wordpress-plugin"],
  },
  {
    format: "ruby/gemfile",
    path: "Gemfile",
    text: `source "https://rubygems.org"
ruby "3.2.2"
gem "rails", "7.1.2"
gem 'puma', '>= 5.0', '< 7'
gem "bare"
gem "fork", git: "https://git.example/fork.git", branch: "main"
gem "hosted", github: "acme/hosted", ref: "v1"
gem "here", path: "../here"
gem "debug", "1.9.0", group: :development
group :test, :development do
  if ENV["CI"]
    gem "rspec", "~> 3.12" # a range
  end
  gem "pry", require: false
end
gem "late", "= 1.0"
`,
    states: [
      "rails@7.1.2 gem",
      "puma (>= 5.0, < 7) gem",
      "bare () gem",
      "fork@ gem",
      "hosted@ gem",
      "here@",
      "debug@1.9.0 development gem",
      "rspec (~> 3.12) development gem",
      "pry () development gem",
      "late@1.0 gem",
    ],
  },
  {
    format: "perl/cartonlock",
    path: "cpanfile.snapshot",
    text: `# carton snapshot format: version 1.0
DISTRIBUTIONS
  Class-Inspector-1.36
    pathname: P/PL/PLICEASE/Class-Inspector-1.36.tar.gz
    provides:
      Class::Inspector 1.36
      Class::Inspector::Functions 1.36
    requirements:
      File::Spec 0.80
      perl 5.008
  File-ShareDir-1.118
    pathname: R/RE/REHSACK/File-ShareDir-1.118.tar.gz
    provides:
      File::ShareDir 1.118
    requirements:
      Class::Inspector 1.12
  version-v0.99.30
    pathname: L/LE/LEONT/version-v0.99.30.tar.gz
`,
    states: [
      "Class-Inspector@1.36 cpan -> File::Spec perl",
      "File-ShareDir@1.118 cpan -> Class::Inspector",
      "version@v0.99.30 cpan ->",
    ],
  },
  {
    format: "perl/cpan",
    path: "root/.cpan/build/Try-Tiny-0.31-0/META.json",
    text: JSON.stringify({ name: "Try-Tiny", version: "0.31", license: ["mit"], author: ["Somebody"] }),
    states: ["Try-Tiny@0.31 cpan"],
  },
  {
    format: "perl/cpanfile",
    path: "cpanfile",
    text: `requires 'perl', '5.010';
requires 'Plack', '1.0047'; # web
requires "JSON::XS" => '== 4.03';
recommends 'Cpanel::JSON::XS';
on 'test' => sub {
    requires 'Test::More', '>= 0.96, < 2.0';
};
requires 'Last';
`,
    states: [
      "Plack (1.0047) cpan",
      "JSON::XS@4.03 cpan",
      "Cpanel::JSON::XS () optional cpan",
      "Test::More (>= 0.96, < 2.0) development cpan",
      "Last () cpan",
    ],
  },
  {
    format: "lua/rockspec",
    path: "shop-1.0-1.rockspec",
    text: `package = "shop"
version = "1.0-1"
description = { summary = "A shop", license = "MIT" }
dependencies = {
   "lua >= 5.1, < 5.5", -- the language
   "lpeg ~> 1.0",
   'luafilesystem == 1.8.0-1',
   "acme/own",
}
test_dependencies = { "busted >= 2.0" }
build = { type = "builtin", modules = {} }
`,
    states: [
      "project shop@1.0-1 -> lpeg luafilesystem own busted",
      "lpeg (~> 1.0) luarocks",
      "luafilesystem@1.8.0-1 luarocks",
      "own () luarocks",
      "busted (>= 2.0) development luarocks",
    ],
  },
  {
    format: "lua/luarockslock",
    path: "luarocks.lock",
    text: `return {
   build_dependencies = {},
   dependencies = {
      ["lua-cjson"] = "2.1.0.10-1",
      lpeg = "1.1.0-1",
      lua = "5.4-1"
   },
   test_dependencies = { busted = "2.2.0-1" }
}
`,
    states: ["lua-cjson@2.1.0.10-1 luarocks", "lpeg@1.1.0-1 luarocks", "busted@2.2.0-1 development luarocks"],
  },
  {
    format: "r/packratlock",
    path: "packrat/packrat.lock",
    text: `PackratFormat: 1.4
PackratVersion: 0.9.2
RVersion: 4.3.1
Repos: CRAN=https://cran.rstudio.com

Package: cli
Source: CRAN
Version: 3.6.1
Hash: 0123456789abcdef0123456789abcdef

Package: glue
Source: github
Version: 1.6.2
Requires: cli, R
GithubRepo: glue
GithubUsername: tidyverse
GithubSha1: ${SHA_1}

Package: Biobase
Source: Bioconductor
Version: 2.60.0

Package: own
Source: source
Version: 0.1
`,
    states: ["cli@3.6.1 cran ->", "glue@1.6.2 cran -> cli", "Biobase@2.60.0 bioconductor ->", "own@0.1 ->"],
  },
  {
    format: "r/description",
    path: "DESCRIPTION",
    text: `Package: shop
Title: A Shop
Version: 0.1.0
Depends: R (>= 4.1.0), methods
Imports:
    cli (>= 3.6.0),
    glue (== 1.6.2)
Suggests: testthat (>= 3.0.0)
`,
    states: [
      "project shop@0.1.0 -> cli glue testthat",
      "cli (>= 3.6.0) cran",
      "glue@1.6.2 cran",
      "testthat (>= 3.0.0) optional cran",
    ],
  },
  {
    format: "tools/precommit",
    path: ".pre-commit-config.yaml",
    text: `repos:
- repo: https://github.com/pre-commit/pre-commit-hooks
  rev: v4.5.0
  hooks:
  - id: trailing-whitespace
- repo: https://git.example/acme/hooks.git
  rev: 1.0.0
  hooks: []
- repo: local
  hooks: []
`,
    states: ["pre-commit/pre-commit-hooks@v4.5.0 development github", "hooks@1.0.0 development generic"],
  },
  {
    format: "tools/asdf",
    path: ".tool-versions",
    text: `# tools
nodejs 20.10.0 18.19.0
java temurin-17.0.9+9
python 3.12 system
tool ref:main
`,
    states: [
      "nodejs@20.10.0 development generic",
      "nodejs@18.19.0 development generic",
      "java@temurin-17.0.9+9 development generic",
      "python@3.12 development generic",
    ],
  },
  {
    format: "tools/mise",
    path: "mise.toml",
    text: `[tools]
node = "20"
python = ["3.12.1", "3.11.7"]
go = { version = "1.21.5" }
tool = "latest"
[env]
A = "b"
`,
    states: [
      "node (20) development generic",
      "python@3.12.1 development generic",
      "python@3.11.7 development generic",
      "go@1.21.5 development generic",
      "tool (latest) development generic",
    ],
  },
  {
    format: "tools/nodeversion",
    path: ".nvmrc",
    text: "v20.10.0\n",
    states: ["node@20.10.0 development generic"],
  },
  {
    format: "tools/nodeversion",
    path: "b/.node-version",
    text: "lts/iron\n",
    states: ["node (lts/iron) development generic"],
  },
];
