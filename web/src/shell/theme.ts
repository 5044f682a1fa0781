import { useEffect, useState } from "react";

const KEY = "amap-theme";
const DARK_CLASS = "pf-v6-theme-dark";

/** Light, dark, or as the system has it. */
export type Theme = "light" | "dark" | "system";

/** The theme that was chosen before; "system" when none was, or when the browser keeps nothing. */
export function readTheme(storage: Pick<Storage, "getItem">): Theme {
  try {
    const kept = storage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

/** Whether the page is dark, and a switch that keeps what was chosen. */
export function useTheme(): { readonly isDark: boolean; readonly toggle: () => void } {
  const [theme, setTheme] = useState(() => readTheme(localStorage));
  const [systemDark, setSystemDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setSystemDark(media.matches);
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  const isDark = theme === "dark" || (theme === "system" && systemDark);
  useEffect(() => {
    document.documentElement.classList.toggle(DARK_CLASS, isDark);
  }, [isDark]);
  const toggle = () => {
    const next = isDark ? "light" : "dark";
    setTheme(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // A browser that keeps nothing still switches this page.
    }
  };
  return { isDark, toggle };
}
