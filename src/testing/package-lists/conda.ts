import { HASH, type PackageListSample, SHA_1 } from "./sample.ts";

/** Files of conda and pixi, and what Python's lock files are made of. */
export const CONDA_SAMPLES: readonly PackageListSample[] = [
  {
    format: "python/requirementsin",
    path: "requirements.in",
    text: `Flask>=3 # asked for
six==1.16.0
-c limits.txt
`,
    others: { "limits.txt": "Flask==3.0.2\n" },
    states: ["Flask@3.0.2 pypi", "six@1.16.0 pypi"],
  },
  {
    format: "python/pipfile",
    path: "Pipfile",
    text: `[[source]]
url = "https://pypi.org/simple"
name = "pypi"

[packages]
requests = "*"
Flask = "==3.0.0"
six = {version = ">=1.10", extras = ["all"]}
fork = {git = "https://git.example/fork.git", ref = "v1"}
here = {path = ".", editable = true}

[dev-packages]
pytest = "~=8.0"

[requires]
python_version = "3.12"
`,
    states: [
      "requests () pypi",
      "Flask@3.0.0 pypi",
      "six (>=1.10) pypi",
      "fork@ pypi",
      "here@",
      "pytest (~=8.0) development pypi",
    ],
  },
  {
    format: "python/condaenv",
    path: "environment.yml",
    text: `name: shop
channels: [conda-forge]
dependencies:
  - python=3.11
  - numpy=1.26.4=py311h64a7726_0
  - conda-forge::scipy==1.11.0
  - pandas >=2.0,<3
  - zlib=1.2.*
  - pip
  - pip:
    - requests==2.31.0
    - rich>=13
`,
    states: [
      "python@3.11 conda",
      "numpy@1.26.4 conda",
      "scipy@1.11.0 conda",
      "pandas (>=2.0,<3) conda",
      "zlib (=1.2.*) conda",
      "pip () conda",
      "requests@2.31.0 pypi",
      "rich (>=13) pypi",
    ],
  },
  {
    format: "python/condalock",
    path: "conda-lock.yml",
    text: `version: 1
metadata:
  platforms: [linux-64]
package:
- name: python
  version: 3.11.0
  manager: conda
  platform: linux-64
  dependencies: {libzlib: '>=1.2.13'}
  url: https://conda.anaconda.org/conda-forge/linux-64/python-3.11.0-h10a6764_1_cpython.conda
  hash: {md5: 0123456789abcdef0123456789abcdef, sha256: ${HASH}}
  category: main
  optional: false
- name: libzlib
  version: 1.2.13
  manager: conda
  platform: linux-64
  dependencies: {}
  url: https://conda.anaconda.org/conda-forge/linux-64/libzlib-1.2.13-hd590300_5.tar.bz2
  hash: {}
  category: dev
- name: requests
  version: 2.31.0
  manager: pip
  platform: linux-64
  dependencies: {python: '*'}
  url: https://files.example/requests.whl
  hash: {sha256: ${HASH}}
  category: main
`,
    states: [
      "python@3.11.0 conda -> linux-64 libzlib",
      "libzlib@1.2.13 development conda ->",
      "requests@2.31.0 pypi -> linux-64 python",
    ],
  },
  {
    format: "python/condaexplicit",
    path: "conda-linux-64.lock",
    text: `# platform: linux-64
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/ca-certificates-2024.2.2-hbcca054_0.conda#0123456789abcdef0123456789abcdef
https://repo.anaconda.com/pkgs/main/noarch/tzdata-2024a-h04d1e81_0.tar.bz2#sha256:${HASH}
`,
    states: ["ca-certificates@2024.2.2 conda", "tzdata@2024a conda"],
  },
  {
    format: "python/pixitoml",
    path: "pixi.toml",
    text: `[workspace]
name = "shop"
version = "0.1.0"
channels = ["conda-forge"]
[dependencies]
python = ">=3.11"
numpy = "==1.26.4"
cuda = { version = "12.*", channel = "nvidia" }
[build-dependencies]
cmake = "3.28"
[pypi-dependencies]
requests = "==2.31.0"
rich = "*"
fork = { git = "https://git.example/fork.git", rev = "${SHA_1}" }
here = { path = ".", editable = true }
[feature.test.dependencies]
pytest = "*"
[target.linux-64.dependencies]
gcc = ">=13"
`,
    states: [
      "project shop@0.1.0 -> python numpy cuda cmake requests rich fork here gcc pytest",
      "python (>=3.11) conda",
      "numpy@1.26.4 conda",
      "cuda (12.*) conda",
      "cmake (3.28) development conda",
      "requests@2.31.0 pypi",
      "rich () pypi",
      "fork@ pypi",
      "here@",
      "gcc (>=13) conda",
      "pytest () optional conda",
    ],
  },
  {
    format: "python/pixilock",
    path: "pixi.lock",
    text: `version: 6
environments: {}
packages:
- conda: https://conda.anaconda.org/conda-forge/linux-64/python-3.11.0-h10a6764_1_cpython.conda
  sha256: ${HASH}
  depends:
  - libzlib >=1.2.13
- conda: https://conda.anaconda.org/conda-forge/linux-64/libzlib-1.2.13-hd590300_5.conda
  md5: 0123456789abcdef0123456789abcdef
- pypi: https://files.example/requests-2.31.0-py3-none-any.whl
  name: requests
  version: 2.31.0
  requires_dist:
  - idna<4,>=2.5
- kind: conda
  name: xz
  version: 5.2.6
  url: https://conda.anaconda.org/conda-forge/linux-64/xz-5.2.6-h166bdaf_0.tar.bz2
`,
    states: [
      "python@3.11.0 conda -> libzlib",
      "libzlib@1.2.13 conda ->",
      "requests@2.31.0 pypi -> idna",
      "xz@5.2.6 conda ->",
    ],
  },
];
