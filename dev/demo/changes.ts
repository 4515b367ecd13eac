import type { DirectoryAdmin } from '../directory/admin-client.ts'

export type DemoChange = {
  /** What happens, in a sentence. */
  story: string
  objectId: string
}

/** A day in a directory: a colleague is renamed, one joins, one gets a new address, one leaves. */
export async function makeChanges(admin: DirectoryAdmin): Promise<DemoChange[]> {
  const people = (await admin.listUsers()).filter(({ status, person }) => status === 'active' && person.accountEnabled)
  const members = people.filter(({ person }) => person.userType !== 'Guest' && person.mail && person.givenName)
  const [renamed, moved, left] = members.map(({ person }) => person)
  if (!renamed || !moved || !left)
    throw new Error('The directory has too few people for the demo: use --users 5 or more')

  const surname = `${renamed.surname}-Lindqvist`
  await admin.updateUser(renamed.id, { surname, displayName: `${renamed.givenName} ${surname}` })
  const joined = await admin.createUser({
    displayName: 'Noor El Amrani',
    givenName: 'Noor',
    surname: 'El Amrani',
    userPrincipalName: 'noor.elamrani@contoso.example',
    mail: 'noor.elamrani@contoso.example',
    accountEnabled: true,
    userType: 'Member',
    jobTitle: 'Editor',
  })
  const mail = `new.address.${moved.mail}`
  await admin.updateUser(moved.id, { mail })
  await admin.updateUser(left.id, { accountEnabled: false })
  return [
    { story: `${renamed.displayName} is now called ${renamed.givenName} ${surname}`, objectId: renamed.id },
    { story: `${joined.displayName} joins as ${joined.jobTitle}`, objectId: joined.id },
    { story: `${moved.displayName} gets the address ${mail}`, objectId: moved.id },
    { story: `${left.displayName} leaves: sign-in is disabled`, objectId: left.id },
  ]
}
