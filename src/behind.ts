import { readdirSync, readFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/**
 * Puts threads of this process, all or those with such a name, behind whatever else wants the processors, and with them what
 * they start. On Linux a priority is a thread's own (setpriority(2)), and ten steps leave a tenth of a processor to whoever
 * stands behind where everybody wants it, and all of it where nobody does; elsewhere nothing happens. There is no way back.
 */
export function standBehind(isMeant: (name: string) => boolean = () => true): void {
  if (process.platform !== "linux") return;
  const behind = Math.min(19, getPriority() + 10);
  for (const thread of readdirSync("/proc/self/task")) {
    try {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, "utf8").trim();
      if (isMeant(name)) setPriority(Number(thread), behind);
    } catch {
      // It has ended meanwhile.
    }
  }
}
