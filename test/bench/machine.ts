import { readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { version } from '../../lib/version.ts'

export type Machine = { cores: number; cpu: string; memoryGiB: number; load: number }

/** `load`: the last minute's average; over half the cores, something else was at work. */
export function describeMachine(): Machine {
  const cores = cpus()
  return {
    cores: cores.length,
    cpu: cores[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
  }
}

export async function versionsOf(site: WordPressSite): Promise<Record<string, string>> {
  const [row] = (await site.sql?.('SELECT VERSION() AS version')) ?? []
  return {
    program: version,
    node: process.versions.node,
    wordpress: site.version,
    php: await site.php('echo PHP_VERSION;'),
    mariadb: row?.['version'] ?? 'unknown',
  }
}

/** Forgets the peak so far. https://docs.kernel.org/filesystems/proc.html#process-specific-subdirectories, clear_refs */
export async function resetPeakMemory(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
}

/** The most memory that the process held at once since then, or since its start; bytes. */
export async function peakMemory(pid: number): Promise<number> {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status says nothing about memory`)
  return Number(kibibytes) * 1024
}
