import { glob, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AppRegistry } from './core-module.ts'

/**
 * Loads the app in `root` by the Node.js worker's rules: every file that the pattern `main` of package.json matches, as ESM or CommonJS by
 * its extension and the package's `type`. Afterwards nothing can be registered any more.
 * https://github.com/Azure/azure-functions-nodejs-worker/blob/v4.x/src/startApp.ts
 *
 * @returns the files that were loaded, relative to `root`
 * @throws Error naming the entry point, with the module's own error as `cause`: the app then has no functions at all
 */
export async function loadApp(root: string, app: AppRegistry): Promise<string[]> {
  const { main, type } = await readPackage(root)
  let current = main ?? ''
  try {
    const files: string[] = []
    if (main !== null) for await (const file of glob(main, { cwd: root })) files.push(file)
    files.sort()
    if (main !== null && files.length === 0) throw new Error('Found zero files matching the supplied pattern')
    for (const file of files) {
      current = file
      const full = path.join(root, file)
      if (isModule(file, type)) await import(pathToFileURL(full).href)
      else createRequire(full)(full)
    }
    for (const hook of app.hooks.appStart)
      await hook({ hookData: {}, appHookData: app.hookData, functionAppDirectory: root })
    return files
  } catch (cause) {
    app.functions.clear()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Worker was unable to load entry point "${current}": ${reason}`, { cause })
  } finally {
    app.locked = true
  }
}

async function readPackage(root: string): Promise<{ main: string | null; type: string | null }> {
  // No schema library here: this file also runs beside an app that has no node_modules.
  const data: unknown = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
  const field = (name: string) => {
    const value: unknown = data !== null && typeof data === 'object' ? Reflect.get(data, name) : undefined
    return typeof value === 'string' && value !== '' ? value : null
  }
  return { main: field('main'), type: field('type') }
}

function isModule(file: string, type: string | null): boolean {
  if (file.endsWith('.mjs')) return true
  return !file.endsWith('.cjs') && type === 'module'
}
