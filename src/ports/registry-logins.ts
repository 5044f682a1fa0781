/** A user name and its password for one registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** Logins of registries as docker keeps them for all programs on this machine. */
export interface RegistryLogins {
  /**
   * Asks the registry whether it accepts a login: `accepted`, or `notAsked` by a registry that lets everybody in.
   * @throws {AmapError} REGISTRY_UNAUTHORIZED where it does not; REFERENCE_INVALID, REGISTRY_…, TIMEOUT, OFFLINE
   */
  check(registry: string, login: RegistryLogin): Promise<"accepted" | "notAsked">;
  /**
   * Keeps a login; what is kept for other registries stays. Returns where it is kept, for messages.
   * @throws {AmapError} CREDENTIAL_HELPER_FAILED, JSON_INVALID, FILE_UNREADABLE, STORAGE_CONFLICT; USAGE without a place
   */
  store(registry: string, login: RegistryLogin): Promise<string>;
  /** Forgets a login. Whether one was kept, and where. @throws {AmapError} as `store` */
  erase(registry: string): Promise<{ readonly place: string; readonly isErased: boolean }>;
}
