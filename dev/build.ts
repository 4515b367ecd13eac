import { build, type Metafile } from 'esbuild'
import { glob, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))

/**
 * Bundles every file of functions/ into dist/functions/, what they share into dist/chunks/, and removes what an earlier build left there:
 * afterwards `root` is a valid Functions app. Files change one by one and whole, so a host that runs from dist/ never reads half a file.
 *
 * @returns the bytes that the app loads, without source maps
 */
export async function buildApp(root = repository): Promise<{ files: string[]; bytes: number }> {
  const entryPoints = await collect('functions/*.ts', root)
  if (entryPoints.length === 0) throw new Error(`There is nothing to build in ${path.join(root, 'functions')}`)
  const result = await build({
    absWorkingDir: root,
    entryPoints: entryPoints.sort(),
    outdir: 'dist',
    outbase: '.',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    format: 'esm',
    // Without it every entry would hold, and start, a composition root of its own.
    splitting: true,
    platform: 'node',
    target: 'node22',
    external: ['@azure/functions-core'],
    // The worker injects that module into `require`, which ESM doesn't have.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    // Names stay, so that a stack trace of a live app can be read without a map.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'external',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  for (const { path: file, contents } of result.outputFiles) {
    await mkdir(path.dirname(file), { recursive: true })
    const unfinished = `${file}.${process.pid}.tmp`
    await writeFile(unfinished, contents)
    await rename(unfinished, file)
  }
  await removeOthers(path.join(root, 'dist'), new Set(result.outputFiles.map((file) => file.path)))
  return loaded(result.metafile)
}

/** Builds where dist/ is missing or older than what it is made from. @returns whether it built */
export async function buildIfStale(root = repository): Promise<boolean> {
  const sources = [...(await collect('{functions,lib}/**/*.ts', root)), 'package.json', 'package-lock.json']
  const [newest, oldest] = [
    Math.max(...(await changedAt(sources, root))),
    Math.min(...(await changedAt(await collect('dist/functions/*.js', root), root))),
  ]
  const count = (await collect('dist/functions/*.js', root)).length
  if (count === (await collect('functions/*.ts', root)).length && oldest >= newest) return false
  await buildApp(root)
  return true
}

async function changedAt(files: readonly string[], root: string): Promise<number[]> {
  return await Promise.all(
    files.map(async (file) => (await stat(path.join(root, file)).catch(() => null))?.mtimeMs ?? 0),
  )
}

async function collect(pattern: string, root: string): Promise<string[]> {
  const files: string[] = []
  for await (const file of glob(pattern, { cwd: root })) files.push(file)
  return files
}

async function removeOthers(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    // Another build may be between its two steps.
    if (entry.isFile() && !keep.has(file) && !file.endsWith('.tmp')) await rm(file, { force: true })
  }
}

function loaded({ outputs }: Metafile): { files: string[]; bytes: number } {
  const files = Object.keys(outputs).filter((file) => file.endsWith('.js'))
  return { files, bytes: files.reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0) }
}

if (import.meta.main) {
  try {
    const { files, bytes } = await buildApp()
    process.stdout.write(`dist/: ${files.length} files, ${(bytes / 1e6).toFixed(2)} MB\n`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
