import { z } from 'zod'

const text = z.string().nullish()
const texts = z.array(z.string()).nullish()

export const extensionNumbers = [
  '1',
  '2',
  '3',
  '4',
  '5',
  '6',
  '7',
  '8',
  '9',
  '10',
  '11',
  '12',
  '13',
  '14',
  '15',
] as const

export const personPropertiesSchema = z.strictObject({
  accountEnabled: z.boolean().nullish(),
  businessPhones: texts,
  city: text,
  companyName: text,
  country: text,
  createdDateTime: text,
  department: text,
  displayName: text,
  employeeId: text,
  employeeOrgData: z.strictObject({ division: text, costCenter: text }).nullish(),
  externalUserState: text,
  givenName: text,
  identities: z.array(z.strictObject({ signInType: text, issuer: text, issuerAssignedId: text })).nullish(),
  jobTitle: text,
  mail: text,
  mailNickname: text,
  /** Object id of another person. */
  manager: text,
  mobilePhone: text,
  officeLocation: text,
  /** `extensionAttribute1` to `15`; Graph shows all of them wherever the property is selected. */
  onPremisesExtensionAttributes: z
    .partialRecord(z.templateLiteral(['extensionAttribute', z.enum(extensionNumbers)]), z.string().nullable())
    .nullish(),
  otherMails: texts,
  postalCode: text,
  preferredLanguage: text,
  state: text,
  streetAddress: text,
  surname: text,
  usageLocation: text,
  userPrincipalName: z.string().min(1).optional(),
  userType: text,
})

/** Directory extensions and B2C custom attributes: `extension_{app id without hyphens}_{name}`. */
export const extensionValuesSchema = z.record(
  z.templateLiteral(['extension_', z.string().regex(/^[0-9a-f]{32}_\w+$/)]),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullish(),
)

/** What a person can be given through the admin surface. `null` = cleared; left out = never set or left as it is. */
export const personPatchSchema = z.intersection(personPropertiesSchema, extensionValuesSchema)

export type PersonPatch = z.infer<typeof personPatchSchema>
export type Person = PersonPatch & { id: string; userPrincipalName: string }

/** Properties that `$select` takes on `/users`. */
export const selectableProperties: ReadonlySet<string> = new Set(['id', ...Object.keys(personPropertiesSchema.shape)])

/** What `GET /users` returns without `$select`. https://learn.microsoft.com/graph/api/user-list */
export const defaultProperties = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
] as const

/** Properties that only `GET /users/{id}` takes: on the collection they answer 501. */
export const singleUserProperties: ReadonlySet<string> = new Set([
  'aboutMe',
  'birthday',
  'hireDate',
  'interests',
  'mailboxSettings',
  'mySite',
  'pastProjects',
  'preferredName',
  'responsibilities',
  'schools',
  'skills',
])
