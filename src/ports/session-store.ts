/** A person's session with the dashboard. Only the hash of its token is stored. */
export interface Session {
  /** sha256 of the token. */
  readonly tokenHash: string;
  readonly role: "admin" | "viewer";
  /** RFC 3339. */
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Sessions, and one-time tokens that start them. */
export interface SessionStore {
  /** Makes a one-time token good until then; only its hash is stored. */
  putLoginToken(tokenHash: string, expiresAt: string): Promise<void>;
  /** True for exactly one caller, if the token is there and not expired at `now`. */
  takeLoginToken(tokenHash: string, now: string): Promise<boolean>;
  put(session: Session): Promise<void>;
  /** The session, unless it expired before `now`. */
  find(tokenHash: string, now: string): Promise<Session | undefined>;
  revoke(tokenHash: string): Promise<void>;
  prune(now: string): Promise<number>;
}
