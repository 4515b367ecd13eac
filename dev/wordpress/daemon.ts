import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'

export type Daemon = { stop(signal?: NodeJS.Signals): Promise<void> }

/**
 * Starts a program that stays, and waits until `address` takes connections. It ends with this process, however that
 * ends (`setpriv --pdeathsig` of util-linux, which every Debian has). Throws with the end of its log when it exits.
 */
export async function startDaemon(
  command: readonly string[],
  log: string,
  address: { port: number; host: string } | { path: string },
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Daemon> {
  const output = openSync(log, 'a')
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...command], {
    stdio: ['ignore', output, output],
    env: environment,
  })
  closeSync(output)
  const exited = once(child, 'exit') // rejects when the program can't be started at all
  let running = true
  exited.then(
    () => (running = false),
    () => (running = false),
  )
  while (!(await accepts(address))) {
    if (!running || child.pid === undefined) {
      const written = await readFile(log, 'utf8').catch(() => '')
      throw new Error(`${command[0]} did not start:\n${written.slice(-2000)}`)
    }
    await setTimeout(20)
  }
  return {
    async stop(signal = 'SIGTERM') {
      if (running) child.kill(signal)
      await exited
    },
  }
}

function accepts(address: { port: number; host: string } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address)
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}

/**
 * A port of 127.0.0.1 that is free now. Below the range from which Linux takes the ports of outgoing connections (32768
 * and up): so nothing else gets it while a site is paused.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer()
    const taken = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(true))
      server.listen(port, '127.0.0.1', () => resolve(false))
    })
    if (taken) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
