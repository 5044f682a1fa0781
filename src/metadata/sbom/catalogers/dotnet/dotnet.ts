import { createListCataloger } from "../list-cataloger.ts";
import type { PackageListFormat } from "../package-list.ts";
import { directoryProps, projectFile } from "./msbuild.ts";
import { depsJson, dotnetTools, packagesConfig, packagesLockJson, projectAssetsJson } from "./nuget-lock.ts";
import { paketDependencies, paketLock } from "./paket.ts";

/** Formats of NuGet, MSBuild and Paket. */
export const DOTNET_FORMATS: readonly PackageListFormat[] = [
  packagesLockJson,
  projectAssetsJson,
  depsJson,
  packagesConfig,
  dotnetTools,
  projectFile,
  directoryProps,
  paketLock,
  paketDependencies,
];

/** .NET packages as NuGet and Paket state them. */
export const dotnetCataloger = createListCataloger({
  id: "dotnet",
  ecosystem: "nuget",
  note: "Reads packages.lock.json, project.assets.json, *.deps.json, packages.config, dotnet-tools.json, the PackageReferences of *.csproj, *.fsproj and *.vbproj (with properties of the same file and versions of Directory.Packages.props) and of Directory.Packages.props and Directory.Build.props, paket.lock and paket.dependencies. What a restore left wins over a project file in the same folder. A plain version of a PackageReference is taken as the one that is restored; of a range no version is made. contentHash and sha512 are of a package without its signature, not of the file, and are not taken. Does not evaluate conditions or imports of MSBuild.",
  formats: DOTNET_FORMATS,
});
