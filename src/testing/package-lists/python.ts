import { HASH, type PackageListSample, SHA_1 } from "./sample.ts";

/** Files of Python. */
export const PYTHON_SAMPLES: readonly PackageListSample[] = [
  {
    format: "python/requirements",
    path: "app/requirements.txt",
    text: `# what the application needs
Flask[async]==3.0.0  # pinned
requests>=2.20, <3 ; python_version >= "3.8"
six==1.16.0 \\
    --hash=sha256:${HASH}
bare
-r more/requirements.txt
--index-url https://pypi.example/simple
tool @ git+https://git.example/tool.git@v1.0#egg=tool
-e git+https://git.example/edit.git@${SHA_1}#egg=edit
-c limits.txt
`,
    others: { "app/more/requirements.txt": "nested==1.0\n-r ../requirements.txt\n", "app/limits.txt": "bare==4.2\n" },
    states: [
      "Flask@3.0.0 pypi",
      "requests (>=2.20,<3) pypi",
      "six@1.16.0 pypi",
      "bare@4.2 pypi",
      "nested@1.0 pypi",
      "tool@ pypi",
      "edit@ pypi",
    ],
  },
  {
    format: "python/pipfilelock",
    path: "Pipfile.lock",
    text: JSON.stringify({
      _meta: { "pipfile-spec": 6 },
      default: { requests: { version: "==2.31.0", hashes: [`sha256:${HASH}`] }, here: { path: ".", editable: true } },
      develop: { pytest: { version: "==8.0.0" }, fork: { git: "https://git.example/fork.git", ref: SHA_1 } },
    }),
    states: ["requests@2.31.0 pypi", "here@", "pytest@8.0.0 development pypi", "fork@ development pypi"],
  },
  {
    format: "python/poetrylock",
    path: "poetry.lock",
    text: `[[package]]
name = "requests"
version = "2.31.0"
optional = false
groups = ["main"]
files = [{file = "requests.whl", hash = "sha256:${HASH}"}]

[package.dependencies]
Idna = ">=2.5"

[[package]]
name = "idna"
version = "3.6"
optional = true

[[package]]
name = "pytest"
version = "8.0.0"
groups = ["dev"]

[[package]]
name = "fork"
version = "0.1.0"

[package.source]
type = "git"
url = "https://git.example/fork.git"
resolved_reference = "${SHA_1}"
`,
    states: [
      "requests@2.31.0 pypi -> idna",
      "idna@3.6 optional pypi ->",
      "pytest@8.0.0 development pypi ->",
      "fork@0.1.0 pypi ->",
    ],
  },
  {
    format: "python/pdmlock",
    path: "pdm.lock",
    text: `[[package]]
name = "requests"
version = "2.31.0"
groups = ["default", "dev"]
dependencies = ["idna<4,>=2.5", "win; sys_platform == 'win32'"]

[[package]]
name = "idna"
version = "3.6"
groups = ["default"]

[[package]]
name = "pytest"
version = "8.0.0"
groups = ["dev"]
`,
    states: ["requests@2.31.0 pypi -> idna win", "idna@3.6 pypi ->", "pytest@8.0.0 development pypi ->"],
  },
  {
    format: "python/uvlock",
    path: "uv.lock",
    text: `version = 1

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "requests" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "requests"
version = "2.31.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.example/requests.tar.gz", hash = "sha256:${HASH}" }

[[package]]
name = "pytest"
version = "8.0.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "fork"
version = "0.1.0"
source = { git = "https://git.example/fork?rev=main#${SHA_1}" }
`,
    states: [
      "project shop@0.1.0 -> requests pytest",
      "requests@2.31.0 pypi ->",
      "pytest@8.0.0 development pypi ->",
      "fork@0.1.0 pypi ->",
    ],
  },
  {
    format: "python/pylock",
    path: "pylock.toml",
    text: `lock-version = "1.0"
[[packages]]
name = "attrs"
version = "25.1.0"
dependencies = [{ name = "cattrs" }]
wheels = [{ name = "attrs.whl", hashes = { sha256 = "${HASH}" } }]
[[packages]]
name = "cattrs"
version = "24.1.2"
[[packages]]
name = "shop"
directory = { path = "." }
[[packages]]
name = "fork"
version = "0.1.0"
vcs = { type = "git", url = "https://git.example/fork.git", commit-id = "${SHA_1}" }
`,
    states: ["attrs@25.1.0 pypi -> cattrs", "cattrs@24.1.2 pypi", "project shop@", "fork@0.1.0 pypi"],
  },
  {
    format: "python/pyprojecttoml",
    path: "pyproject.toml",
    text: `[project]
name = "shop"
version = "1.0"
dependencies = ["requests>=2.20", "Flask[async]==3.0.0; python_version > '3.8'"]
[project.optional-dependencies]
fast = ["uvloop ~= 0.19"]
[dependency-groups]
test = ["pytest==8.0.0", {include-group = "lint"}]
`,
    states: [
      "project shop@1.0 -> requests flask uvloop pytest",
      "requests (>=2.20) pypi",
      "Flask@3.0.0 pypi",
      "uvloop (~=0.19) optional pypi",
      "pytest@8.0.0 development pypi",
    ],
  },
  {
    format: "python/pyprojecttools",
    path: "poetry/pyproject.toml",
    text: `[tool.poetry]
name = "shop"
version = "1.0"
[tool.poetry.dependencies]
python = "^3.9"
requests = "^2.20"
flask = { version = "3.0.0", optional = true }
fork = { git = "https://git.example/fork.git", tag = "v1" }
[tool.poetry.group.dev.dependencies]
pytest = "8.0.0"
[tool.pdm.dev-dependencies]
lint = ["ruff==0.8.0"]
[tool.uv]
dev-dependencies = ["mypy"]
`,
    states: [
      "project shop@1.0 -> requests flask fork pytest ruff mypy",
      "requests (^2.20) pypi",
      "flask@3.0.0 optional pypi",
      "fork@ pypi",
      "pytest@8.0.0 development pypi",
      "ruff@0.8.0 development pypi",
      "mypy () development pypi",
    ],
  },
  {
    format: "python/setup",
    path: "setup.py",
    text: `from setuptools import setup
# 'commented==1.0'
setup(name="shop", python_requires=">=3.8", version='1.0',
      install_requires=['requests>=2.20', "Flask==3.0.0", 'bare', 'templated=={}'.format(x)],
      extras_require={'fast': ["uvloop==0.19.0"]})
`,
    states: ["requests (>=2.20) pypi", "Flask@3.0.0 pypi", "bare () pypi", "uvloop@0.19.0 optional pypi"],
  },
  {
    format: "python/setupcfg",
    path: "setup.cfg",
    text: `[metadata]
name = shop
version = attr: shop.VERSION
[options]
install_requires =
    requests>=2.20
    # a comment
    Flask==3.0.0
[options.extras_require]
fast = uvloop
`,
    states: [
      "project shop@ -> requests flask uvloop",
      "requests (>=2.20) pypi",
      "Flask@3.0.0 pypi",
      "uvloop () optional pypi",
    ],
  },
  {
    format: "python/condameta",
    path: "opt/conda/conda-meta/numpy-1.26.4-py311.json",
    text: JSON.stringify({
      name: "numpy",
      version: "1.26.4",
      build: "py311_0",
      channel: "https://repo.anaconda.com/pkgs/main/linux-64",
      subdir: "linux-64",
      license: "BSD-3-Clause",
      depends: ["python >=3.11,<3.12.0a0", "libblas"],
      md5: "0123456789abcdef0123456789abcdef",
      fn: "numpy-1.26.4-py311_0.conda",
    }),
    states: ["numpy@1.26.4 conda -> python libblas"],
  },
];
