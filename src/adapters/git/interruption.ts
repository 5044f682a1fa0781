const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Does something when the process is asked to end, then lets it end as it would have. Returns what takes that back. The
 * process group of git's own does not hear Ctrl+C, and a temporary folder would stay.
 */
export function onInterruption(act: () => void): () => void {
  const listeners = SIGNALS.map((signal) => {
    const listener = (): void => {
      takeBack();
      act();
      // Whoever else listens decides how to end.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    // The newest first: git is ended before its folder is removed.
    process.prependListener(signal, listener);
    return { signal, listener };
  });
  const takeBack = (): void => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
  return takeBack;
}
