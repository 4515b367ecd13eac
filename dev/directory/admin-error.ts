/** What an admin request asks for can't be done: answered with its status. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
