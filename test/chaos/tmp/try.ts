import { writeFileSync } from 'node:fs'
import { planRun } from '/work/main/test/chaos/plan.ts'
import { runInProcess } from '/work/main/test/chaos/run-in-process.ts'
import { startServers } from '/work/main/test/chaos/servers.ts'
const [seed, from, to] = process.argv.slice(2).map(Number)
process.on('unhandledRejection', (e) => console.error('UNHANDLED', e))
const servers = await startServers('any', console.error)
console.error('ready')
try {
  for (let run = from; run <= to; run++) {
    const schedule = planRun(seed, run, { hosts: false })
    const t = Date.now()
    const passed = new Map(),
      killed = []
    const result = await runInProcess(servers, schedule, {
      without: null,
      watch: { passed: (p) => passed.set(p, (passed.get(p) ?? 0) + 1), killed: (p, w) => killed.push(`${w} ${p}`) },
    })
    console.log(
      run,
      schedule.motifs.join(),
      Date.now() - t,
      'ms conv',
      result.convergence,
      'killed',
      killed.join(),
      'io',
      [...passed.values()].reduce((a, b) => a + b, 0),
    )
    console.log([...result.injected].map(([k, n]) => k + ':' + n).join(' '))
    if (result.findings.length) writeFileSync(`/tmp/dump-${run}.json`, JSON.stringify(result.evidence, null, 1))
    for (const f of result.findings) console.log('  !!', f.invariant, f.detail)
  }
} finally {
  await servers.stop()
}
