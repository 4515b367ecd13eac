// The package's own index.d.ts re-exports './run-cli' without an extension, which ES module resolution does not find.
declare module '@wp-playground/cli' {
  import type { Server as HttpServer } from 'node:http'

  type Server = {
    playground: {
      run(request: { code: string }): Promise<{ text: string; errors: string; exitCode: number }>
      readFileAsText(path: string): Promise<string>
      writeFile(path: string, text: string): Promise<void>
    }
    server: HttpServer
    serverUrl: string
    [Symbol.asyncDispose](): Promise<void>
  }
  /** https://wordpress.github.io/wordpress-playground/developers/local-development/wp-playground-cli */
  export function runCLI(options: {
    command: 'server'
    php: string
    port: number
    workers: number
    verbosity: 'quiet' | 'normal' | 'debug'
    redis: boolean
    memcached: boolean
    wp?: string
    wordpressInstallMode: 'download-and-install' | 'install-from-existing-files-if-needed' | 'do-not-attempt-installing'
    'mount-before-install': { hostPath: string; vfsPath: string }[]
  }): Promise<Server>
}
