import { createListCataloger } from "../list-cataloger.ts";
import type { PackageListFormat } from "../package-list.ts";
import { condaMeta } from "./conda.ts";
import { condaEnvironment, pixiToml } from "./conda-environment.ts";
import { condaExplicit, condaLock, pixiLock } from "./conda-lock.ts";
import { pdmLock, pipfileLock, poetryLock, pylock, uvLock } from "./lock-files.ts";
import { pipfile } from "./pipfile.ts";
import { pyproject, pyprojectTools } from "./pyproject.ts";
import { requirementsIn, requirementsText } from "./requirements.ts";
import { setupCfg, setupPy } from "./setup.ts";

/** Lists of Python packages. */
export const PYTHON_FORMATS: readonly PackageListFormat[] = [
  requirementsText,
  requirementsIn,
  pipfile,
  pipfileLock,
  poetryLock,
  pdmLock,
  uvLock,
  pylock,
  pyproject,
  pyprojectTools,
  setupPy,
  setupCfg,
  condaMeta,
  condaEnvironment,
  condaLock,
  condaExplicit,
  pixiToml,
  pixiLock,
];

/** Python packages as lock files, manifests and conda's records state them. */
export const pythonCataloger = createListCataloger({
  id: "python",
  ecosystem: "pypi",
  note: "Reads requirements files (with the files that -r and -c name, continuations, extras and markers; --hash as hash where there is one), Pipfile.lock, poetry.lock, pdm.lock, uv.lock, pylock.toml, pyproject.toml (project, dependency-groups, and the tables of Poetry, PDM and uv), setup.cfg, requirements that setup.py holds as plain texts, and conda-meta (pkg:conda, with licence and hashes). A lock file wins over pyproject.toml, setup.cfg and setup.py. Of a range no version is made. Hashes are taken where a file states one archive of a package, not where it states the wheels of several systems. Markers are not evaluated: packages for other systems are listed too. Also reads Pipfile, requirements.in, environment.yml (of NAME=VERSION the version is taken as conda writes it, though it asks for any that begins so), conda-lock.yml, explicit lock files of conda, pixi.toml and pixi.lock; each gives way to its lock file. Does not run setup.py.",
  formats: PYTHON_FORMATS,
});
