import { execFile } from 'node:child_process'
import { glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cachedFolder } from './wordpress/cache-folder.ts'

/**
 * `npm run check:bicep [-- FOLDER]`: compiles and lints infra/ (or another folder), warnings are errors, and checks its formatting. With
 * `bicep` or `az` where they are on PATH, else with the compiler's NuGet package where there is dotnet; skipped where there is neither.
 */
const run = promisify(execFile)
const folder = path.resolve(process.argv[2] ?? fileURLToPath(new URL('../infra', import.meta.url)))
const nuget = { id: 'Azure.Bicep.CommandLine.linux-x64', version: '0.49.2' }

/** What main.bicepparam reads: values that are good enough to compile it. */
const sample = {
  WORDPRESS_URL: 'https://www.contoso.com',
  WORDPRESS_USERNAME: 'entra-sync',
  WORDPRESS_APP_PASSWORD: 'none',
}

type Answer = { stdout: string; stderr: string; ok: boolean }
type Compiler = (command: 'build' | 'build-params' | 'format', file: string) => Promise<Answer>

async function answer(program: string, args: string[]): Promise<Answer> {
  const env = { ...process.env, ...sample }
  return await run(program, args, { env, maxBuffer: 2 ** 26 }).then(
    ({ stdout, stderr }) => ({ stdout, stderr, ok: true }),
    (error: Error & Partial<Answer>) => ({
      stdout: error.stdout ?? '',
      stderr: error.stderr || error.message,
      ok: false,
    }),
  )
}

async function findCompiler(): Promise<Compiler | null> {
  const works = async (program: string, ...args: string[]) => (await answer(program, args)).ok
  if (await works('bicep', '--version')) return (command, file) => answer('bicep', [command, file, '--stdout'])
  if (await works('az', 'bicep', 'version'))
    return (command, file) => answer('az', ['bicep', command, '--file', file, '--stdout'])
  if (process.platform !== 'linux' || process.arch !== 'x64' || !(await works('dotnet', '--version'))) return null
  const bicep = path.join(await cachedFolder(`bicep-${nuget.version}`, restoreCompiler), 'bicep')
  return (command, file) => answer(bicep, [command, file, '--stdout'])
}

async function restoreCompiler(draft: string): Promise<void> {
  const work = path.join(draft, 'restore')
  await mkdir(work)
  await writeFile(
    path.join(work, 'restore.csproj'),
    `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
    <RestorePackagesPath>packages</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup><PackageDownload Include="${nuget.id}" Version="[${nuget.version}]" /></ItemGroup>
</Project>
`,
  )
  const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' }
  await run('dotnet', ['restore'], { cwd: work, env })
  await rename(
    path.join(work, 'packages', nuget.id.toLowerCase(), nuget.version, 'tools', 'bicep'),
    path.join(draft, 'bicep'),
  )
  await run('chmod', ['+x', path.join(draft, 'bicep')])
  await rm(work, { recursive: true })
}

/** What is wrong with one file, one text each. */
async function faultsOf(compile: Compiler, file: string): Promise<string[]> {
  const isParameters = file.endsWith('.bicepparam')
  const built = await compile(isParameters ? 'build-params' : 'build', file)
  const faults = built.stderr.split('\n').filter((line) => /\) : (Error|Warning) /.test(line))
  if (!built.ok && faults.length === 0) faults.push(`${file}: ${built.stderr.trim()}`)
  if (faults.length > 0) return faults
  const formatted = await compile('format', file)
  if (!formatted.ok) return [`${file}: ${formatted.stderr.trim()}`]
  return formatted.stdout.trimEnd() === (await readFile(file, 'utf8')).trimEnd()
    ? []
    : [`${file}: not formatted: bicep format ${path.relative(process.cwd(), file)}`]
}

try {
  const files: string[] = []
  for await (const file of glob('**/*.{bicep,bicepparam}', { cwd: folder })) files.push(path.join(folder, file))
  if (files.length === 0) throw new Error(`There is no Bicep file in ${folder}`)
  const compile = await findCompiler()
  if (compile === null) {
    process.stdout.write('skipped: no Bicep compiler can be had here\n')
  } else {
    const faults = new Set<string>()
    for (const file of files.sort()) for (const fault of await faultsOf(compile, file)) faults.add(fault)
    for (const fault of faults) process.stderr.write(`${fault}\n`)
    if (faults.size > 0) process.exitCode = 1
    else process.stdout.write(`${files.length} Bicep files compiled without a warning\n`)
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
