import * as z from 'zod'

const identity = z.looseObject({
  signInType: z.string().nullish(),
  issuer: z.string().nullish(),
  issuerAssignedId: z.string().nullish(),
})

/**
 * A person as Graph says it. Properties that were not selected are absent; a selected one that was never set is
 * `null` on `GET /users` but absent in a delta page, so nothing may tell the two apart (see fingerprint.ts).
 */
export const directoryUserSchema = z.looseObject({
  id: z.string().min(1),
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
  mail: z.string().nullish(),
  otherMails: z.array(z.string()).nullish(),
  identities: z.array(identity).nullish(),
  displayName: z.string().nullish(),
  givenName: z.string().nullish(),
  surname: z.string().nullish(),
  jobTitle: z.string().nullish(),
  department: z.string().nullish(),
  preferredLanguage: z.string().nullish(),
})

export type DirectoryUser = z.infer<typeof directoryUserSchema>

/** What asking the directory for one id can answer. `deleted` = soft-deleted and restorable; `absent` = 404 everywhere. */
export type LookUp = { kind: 'found'; user: DirectoryUser } | { kind: 'deleted' } | { kind: 'absent' }
