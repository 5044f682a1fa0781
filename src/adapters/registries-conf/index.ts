/** The door of `adapters/registries-conf`: where repositories are read from. */
export { loadRegistriesConf, type RegistriesConfPlace } from "./load.ts";
export type { PullPlaces, PullSource, RegistriesConf } from "./registries-conf.ts";
