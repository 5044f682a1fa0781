/** PostgreSQL 15 for end-to-end tests: found on the machine or installed by apt, started on the loopback address. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

const FOLDER = "/usr/lib/postgresql/15/bin";
const READY_TRIES = 400;
const READY_STEP_MS = 25;
const START_TRIES = 20;

/** Where PostgreSQL's programs are. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/** Debian's PostgreSQL 15; with `install`, apt installs it when it is not there. Undefined when it cannot be had. */
export function findPostgres(options: { readonly install: boolean }): PostgresPrograms | undefined {
  const programs = { initdb: join(FOLDER, "initdb"), postgres: join(FOLDER, "postgres") };
  if (existsSync(programs.postgres)) return programs;
  if (!options.install || !existsSync("/usr/bin/apt-get")) return undefined;
  console.error("installing postgresql-15 …");
  // Without a cluster of its own: the tests start theirs.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  execFileSync("apt-get", ["update", "-qq"], { env, stdio: ["ignore", "ignore", "inherit"] });
  execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "postgresql-15"], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return existsSync(programs.postgres) ? programs : undefined;
}

/** A running PostgreSQL on the loopback address, with storage of its own. */
export interface RunningPostgres {
  /** `postgres://amap@127.0.0.1:PORT/postgres`. */
  readonly url: string;
  /** The URL of a new, empty database. */
  createDatabase(name: string): Promise<string>;
  /** Kills the server with all its processes, as a power cut would, and starts it again on the same storage. */
  readonly crash: () => Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes, or as nobody. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const line = users.find((each) => each.startsWith("postgres:")) ?? users.find((each) => each.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Starts PostgreSQL on a free port, waiting for the disk at each commit (fsync), and waits until it answers. */
export async function startPostgres(programs: PostgresPrograms): Promise<RunningPostgres> {
  const user = unprivilegedUser();
  const folder = mkdtempSync(join(tmpdir(), "amap-postgres-"));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const asUser = { ...user, cwd: folder, stdio: "ignore" as const };
  const port = await freePort();
  execFileSync(
    programs.initdb,
    ["-D", data, "-U", "amap", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"],
    asUser,
  );
  const start = async (): Promise<ChildProcess> => {
    const settings = [
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "shared_buffers=64MB",
      "max_connections=60",
    ];
    const flags = settings.flatMap((setting) => ["-c", setting]);
    const child = spawn(programs.postgres, ["-D", data, "-p", String(port), ...flags], asUser);
    await waitUntilReady(child, port);
    return child;
  };
  let server = await start();
  const killAtExit = (): void => void server.kill("SIGKILL");
  process.once("exit", killAtExit);
  const end = async (kill: () => void): Promise<void> => {
    const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
    if (server.exitCode !== null || server.signalCode !== null) return;
    kill();
    await ended;
  };
  const url = `postgres://amap@127.0.0.1:${port}`;
  return {
    url: `${url}/postgres`,
    createDatabase: async (name) => {
      await runSql(`${url}/postgres`, `CREATE DATABASE "${name}"`);
      return `${url}/${name}`;
    },
    crash: async () => {
      await end(() => killGroup(server));
      server = await startAgain(start);
    },
    stop: async () => {
      await end(() => server.kill("SIGINT"));
      process.off("exit", killAtExit);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Shared memory is free once the last of the killed processes is gone, which takes a moment. */
async function startAgain(start: () => Promise<ChildProcess>): Promise<ChildProcess> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (tries >= START_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, READY_STEP_MS));
    }
  }
}

function killGroup(server: ChildProcess): void {
  if (server.pid === undefined) return;
  // The server's processes are groups of their own: found while their parent still lives.
  const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").trim().split(" ");
  process.kill(server.pid, "SIGKILL");
  for (const pid of children.map(Number)) {
    try {
      if (pid > 0) process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

async function waitUntilReady(server: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < READY_TRIES; tries += 1) {
    if (server.exitCode !== null) break;
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, READY_STEP_MS));
  }
  server.kill("SIGKILL");
  throw new Error(`PostgreSQL did not answer on port ${port}`);
}

/** Whether it answers a client: while it starts or recovers it takes connections and refuses them. */
async function accepts(port: number): Promise<boolean> {
  if (!(await connects(port))) return false;
  return runSql(`postgres://amap@127.0.0.1:${port}/postgres`, "SELECT 1").then(
    () => true,
    () => false,
  );
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function runSql(url: string, sql: string): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}
